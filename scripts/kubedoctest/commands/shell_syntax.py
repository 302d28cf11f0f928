"""Shell text: whether a command is finished, its syntax tree, its words, and their options.

tree-sitter's grammar of bash parses. It is MIT, released regularly, with wheels for every platform;
it takes 3 ms to load and 0.1 ms a command. bashlex, the alternative, is GPL and had its last
release in 2023. Whether a command is finished is bash's own judgement (``bash -n``, comparison
rule 17).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_NOT_WORDS = ("file_redirect", "herestring_redirect", "heredoc_redirect", "variable_assignment")

Words = Sequence[str | None]  # a command's words without quotes; None: known only when it runs


def names(text: str) -> frozenset[str]:
    """The words of a text, for tables that read better without quotes and commas."""
    return frozenset(text.split())


@cache
def _parser() -> Parser:
    # Imported here: a run without commands does not pay for it.
    import tree_sitter_bash  # noqa: PLC0415
    from tree_sitter import Language, Parser  # noqa: PLC0415

    return Parser(Language(tree_sitter_bash.language()))


def parse(command: str) -> Node | None:
    """The command's syntax tree, or None when it is not understood in full."""
    root = _parser().parse(command.encode(errors="surrogateescape")).root_node
    return None if root.has_error else root


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, as they are written."""
    yield node
    for child in node.children:
        yield from walk(child)


def text_of(node: Node) -> str:
    """The node as it is written."""
    return (node.text or b"").decode(errors="surrogateescape")


def words_of(node: Node) -> list[str | None]:
    """The words of a simple command; an assignment before it makes them unknown."""
    if any(child.type == "variable_assignment" for child in node.children):
        return [None]
    return arguments_of(node)


def arguments_of(node: Node) -> list[str | None]:
    """The words of a simple command, without the assignments before it."""
    words: list[str | None] = []
    for child in node.children:
        if child.type == "command_name":
            words.append(word_of(child.children[0]))
        elif child.type not in _NOT_WORDS:
            words.append(word_of(child))
    return words


def word_of(node: Node) -> str | None:
    """A word as the command gets it, or None when that is known only when it runs."""
    if node.type == "raw_string":
        return text_of(node)[1:-1]
    if node.type in ("word", "number"):
        return re.sub(r"\\(\n?)(.?)", r"\2", text_of(node), flags=re.DOTALL)
    if node.type == "string":
        if any(c.is_named and c.type != "string_content" for c in node.children):
            return None
        return re.sub(r'\\([$`"\\\n])', lambda m: m[1].strip("\n"), text_of(node)[1:-1])
    if node.type == "concatenation":
        parts = [word_of(child) for child in node.children]
        # An option or path with something unknown at its end is still that option or path.
        return "".join(part for part in parts if part is not None) if None not in parts else None
    return text_of(node) if not node.is_named else None


def without_remarks(command: str) -> str:
    """The command without its comments, which bash does not run."""
    if "#" not in command:
        return command
    root = parse(command)
    if root is None:
        return command
    data = command.encode(errors="surrogateescape")
    for comment in reversed([node for node in walk(root) if node.type == "comment"]):
        data = data[: comment.start_byte].rstrip(b" \t") + data[comment.end_byte :]
    return data.decode(errors="surrogateescape")


# -- names among words

_LEAST_LITERAL = 3  # characters of a name that is put together when the command runs


def is_named(name: str, group: Iterable[str]) -> bool:
    """Whether a name is among words, or is what one of them may become when it runs."""
    return name in group or any(
        fnmatchcase(name, pattern) for pattern in map(_as_pattern, group) if pattern is not None
    )


def _as_pattern(word: str) -> str | None:
    """A word with something in it that the shell puts there, or that the server appends."""
    pattern = f"{word}*" if word.endswith("-") else re.sub(r"\$(?:\{\w+\}|\w+)", "*", word)
    literal = pattern.replace("*", "")
    return pattern if "*" in pattern and len(literal) >= _LEAST_LITERAL else None


# -- options


class UnknownOption(Exception):
    """A word is an option that is not known, or lacks its value."""


@dataclass(frozen=True)
class Options:
    """The options that a command takes: letters and long names, with a value and without."""

    valued: frozenset[str]  # those with a value
    flags: frozenset[str] | None = None  # those without; None if all others are taken for such

    def split(self, words: Words) -> tuple[list[tuple[str, str | None]], list[str | None]]:
        """The options given, with their values, and the operands, as getopt tells them apart.

        Raises:
            UnknownOption: not if ``flags`` is None.
        """
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
                given.append((name, value if equals else self._value(name, rest)))
            else:
                given += self._letters(word[1:], rest)
        return given, operands

    def _letters(self, letters: str, rest: list[str | None]) -> Iterator[tuple[str, str | None]]:
        """Splits ``-abVALUE``."""
        for at, letter in enumerate(letters):
            name, attached = f"-{letter}", letters[at + 1 :].removeprefix("=")
            if name in self.valued and attached:
                yield name, attached
                return
            yield name, self._value(name, rest)

    def _value(self, name: str, rest: list[str | None]) -> str | None:
        """The value of an option, if it takes one, taken from the words after it."""
        if name in self.valued:
            if rest:
                return rest.pop(0)
            if self.flags is not None:
                raise UnknownOption(name)
        elif self.flags is not None and name not in self.flags:
            raise UnknownOption(name)
        return None


# -- whether a command is finished


class Waiting(Enum):
    """What bash waits for when a command is not finished."""

    HERE_DOCUMENT = "here-document"
    QUOTE = "quote"  # a quote, bracket or substitution that was opened
    BACKSLASH = "backslash"  # the last line ends in one
    COMMAND = "command"  # something after a pipe, ``do``, ``&&``…


@dataclass(frozen=True)
class Unfinished:
    """A command that goes on; ``wanted`` is the delimiter or the closing mark, if there is one."""

    waiting: Waiting
    wanted: str = ""


# What the grammar takes for finished, and bash may not.
_ONLY_BASH_KNOWS = re.compile(r"<<|!|\\(?:$|[ #])|\b(?:time|coproc)\b")
_HERE_DOCUMENT = re.compile(
    r"here-document at line [0-9]+ delimited by end-of-file \(wanted `(.*)'\)"
)
_MATCHING = re.compile(r"unexpected (?:EOF|end of file) while looking for (?:matching )?`(.+?)'")
_END = re.compile(r"syntax error: unexpected end of file")


def unfinished(command: str) -> Unfinished | None:
    """What ``command`` still lacks, or None when bash would run it as it is.

    A command with an error of syntax is finished: bash refuses it when it runs.
    """
    return None if _surely_finished(command) else _ask_bash(command)


def _surely_finished(command: str) -> bool:
    """A cheap yes for what the grammar understands; no means that only bash knows."""
    return _ONLY_BASH_KNOWS.search(command) is None and parse(command) is not None


@lru_cache(maxsize=1024)
def _ask_bash(command: str) -> Unfinished | None:
    told = subprocess.run(
        ["bash", "-n"],
        input=command + "\n",
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        check=False,
    ).stderr
    if match := _HERE_DOCUMENT.search(told):
        return Unfinished(Waiting.HERE_DOCUMENT, match[1])
    if _ends_in_backslash(command):
        return Unfinished(Waiting.BACKSLASH)
    if match := _MATCHING.search(told):
        return Unfinished(Waiting.QUOTE, match[1])
    return Unfinished(Waiting.COMMAND) if _END.search(told) else None


def _ends_in_backslash(command: str) -> bool:
    """Whether the last line goes on by a backslash that is neither escaped nor in a comment."""
    line = command.rsplit("\n", 1)[-1]
    backslashes = len(line) - len(line.rstrip("\\"))
    if backslashes % 2 == 0:
        return False
    unquoted = re.sub(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", "q", line)
    return re.search(r"(?:^|\s)#", unquoted) is None
