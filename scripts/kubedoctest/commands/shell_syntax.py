"""Shell commands as syntax trees, parsed by tree-sitter's grammar of bash.

The grammar is MIT, released regularly, with wheels for every platform; it takes 3 ms to load and
0.1 ms a command. bashlex, the alternative, is GPL and had its last release in 2023.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
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


def text_of(node: Node) -> str:
    """The node as it is written."""
    return (node.text or b"").decode(errors="surrogateescape")


def commands_in(node: Node) -> Iterator[list[str | None]]:
    """The words of every simple command, those of substitutions too."""
    if node.type == "command":
        yield words_of(node)
    for child in node.children:
        yield from commands_in(child)


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
    for comment in reversed(list(_comments(root))):
        data = data[: comment.start_byte].rstrip(b" \t") + data[comment.end_byte :]
    return data.decode(errors="surrogateescape")


def _comments(node: Node) -> Iterator[Node]:
    if node.type == "comment":
        yield node
    for child in node.children:
        yield from _comments(child)
