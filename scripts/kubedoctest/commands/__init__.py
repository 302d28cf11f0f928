"""What a shell command does, known from its text before it runs: ask `command.Command`.

``shell_syntax`` parses, ``programs`` says what each program does by its words and why a page may
not hold it, and ``kubectl`` reads kubectl's.
"""
