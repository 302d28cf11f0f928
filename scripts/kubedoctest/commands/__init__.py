"""What a shell command does, known from its words before it runs.

``shell_syntax`` parses; ``reading`` says what only reads, ``endless`` what does not end by itself,
``refusal`` and ``foreign`` what a page may not hold.
"""
