"""A command's options, split from its words the way getopt does."""

from __future__ import annotations

from dataclasses import dataclass

from kubedoctest.commands.shell_syntax import Words


@dataclass(frozen=True)
class Options:
    """The options that a command takes: letters and long names, without and with a value."""

    flags: frozenset[str]
    valued: frozenset[str]

    def split(self, words: Words) -> tuple[list[tuple[str, str | None]], list[str | None]] | None:
        """The options given, with their values, and the operands; None if one is not known."""
        given: list[tuple[str, str | None]] = []
        operands: list[str | None] = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--":
                return given, operands + rest
            if word is None or word in ("-", "") or not word.startswith("-"):
                operands.append(word)
            elif word.startswith("--"):
                name, equals, value = word.partition("=")
                if equals and name in self.flags | self.valued:
                    given.append((name, value))
                elif name in self.flags:
                    given.append((name, None))
                elif name in self.valued and rest:
                    given.append((name, rest.pop(0)))
                else:
                    return None
            elif not self._letters(word[1:], rest, given):
                return None
        return given, operands

    def _letters(
        self, letters: str, rest: list[str | None], given: list[tuple[str, str | None]]
    ) -> bool:
        """Splits ``-abVALUE``; False if a letter is not known or its value is missing."""
        for at, letter in enumerate(letters):
            name = f"-{letter}"
            if name in self.valued:
                value: str | None = letters[at + 1 :].removeprefix("=")
                if not value:
                    if not rest:
                        return False
                    value = rest.pop(0)
                given.append((name, value))
                return True
            if name not in self.flags:
                return False
            given.append((name, None))
        return True


def options(flags: str, valued: str) -> Options:
    """From the names of both, separated by spaces."""
    return Options(frozenset(flags.split()), frozenset(valued.split()))
