"""Commands that would take a page to another cluster than the one it is verified on.

A page's HOME and KUBECONFIG hold the cluster that it is verified on, and no other; what is left is
the path of a file of the machine. Files that the page makes, beside it or in its HOME, are its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubedoctest.commands.shell_syntax import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_VARIABLE, _OPTION = "KUBECONFIG", "--kubeconfig"
_OF_PAGE = re.compile(r"(?:(?:~|\$HOME|\$\{HOME\}|\$PWD|\$\{PWD\})/)?(?![/~])[^$`]*")
_NAMES_ONE = re.compile(rf"\b{_VARIABLE}\+?=|{_OPTION}\b")


def kubeconfig(root: Node | None, command: str) -> str | None:
    """The kubeconfig that ``command`` names and that may be another's, as written; or None.

    Args:
        root: the command's syntax tree; None when it is not understood, and then naming any is
            enough.
    """
    if root is None:
        found = _NAMES_ONE.search(command)
        return found[0] if found else None
    return next((value for value in _named(root) if not all(map(_own, value.split(":")))), None)


def _own(path: str) -> bool:
    return _OF_PAGE.fullmatch(path) is not None and ".." not in path.split("/")


def _named(node: Node) -> Iterator[str]:
    """Every value given as a kubeconfig, without its quotes."""
    if node.type == "variable_assignment":
        name, _, value = _unquoted(node).partition("=")
        if name.rstrip("+") == _VARIABLE:
            yield value
    elif node.type == "command":
        yield from _in_words([_unquoted(child) for child in node.children])
    for child in node.children:
        yield from _named(child)


def _in_words(words: list[str]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if equals and name in (_OPTION, _VARIABLE):  # `env KUBECONFIG=…`
            yield value
        elif word == _OPTION:
            yield following


def _unquoted(node: Node) -> str:
    return re.sub(r"[\"'\\]", "", text_of(node))
