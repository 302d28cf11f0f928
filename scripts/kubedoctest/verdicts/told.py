"""A failure as pytest shows it: whole where failures are listed, one line in the summary."""

from __future__ import annotations

from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter


class Told(TerminalRepr):
    """A text, of which the first line says the most.

    In CI pytest's summary repeats the whole of a text that is a mere ``str``; it asks other
    representations, and so does JUnit's, for the message of their ``reprcrash``.
    """

    def __init__(self, text: str, path: str, line: int) -> None:
        self.text = text
        self.reprcrash = ReprFileLocation(path, line, text.partition("\n")[0])

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text."""
        tw.line(self.text)
