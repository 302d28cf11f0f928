"""What the author of a page decides: the words of its manifests and commands.

A node port that stands in a manifest is the author's and stays as written; one that the cluster
chose differs in every run (comparison rule 8). A value that a command takes from an earlier output
of the page is not the author's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubedoctest.page.document import Document, Role
from kubedoctest.page.transcript import Step
from kubedoctest.values.names import WORD

_APPLIED = re.compile(r"(?:^|\s)(?:-f|--filename|-k|--kustomize)(?:=|\s+)(?P<path>[^\s;|&<>]+)")
_LARGEST = 1_000_000
_WORDS = re.compile(WORD.replace(r"(?<![A-Za-z0-9.-])", r"(?<![A-Za-z0-9])", 1))
_MANIFESTS = (Role.FILE, Role.MANIFEST, Role.COMMANDS, Role.PYTHON)


@dataclass(frozen=True)
class Authored:
    """The words of one page.

    Attributes:
        chosen: those of its manifests, and those of its commands that no output before showed.
        named: those of its manifests and of all its commands.
        in_manifests: those of its manifests.
        manifests: the text of its manifests.
    """

    chosen: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    in_manifests: frozenset[str] = frozenset()
    manifests: str = ""


def of(document: Document, steps: Sequence[Step], files: Path) -> Authored:
    """What the page's author decided.

    Args:
        document: the page.
        steps: its commands, in order.
        files: the folder that the commands' paths are relative to.
    """
    shown_blocks = (b.code for b in document.blocks if b.role in _MANIFESTS)
    manifests = "\n".join([*shown_blocks, *_applied((step.command for step in steps), files)])
    in_manifests = _words(manifests)
    chosen = set(in_manifests)
    named = set(in_manifests)
    shown: set[str] = set()
    for step in steps:
        words = _words(step.command)
        chosen |= words - shown
        named |= words
        for line in step.output:
            shown |= _words(line.text)
    return Authored(frozenset(chosen), frozenset(named), frozenset(in_manifests), manifests)


def _words(text: str) -> set[str]:
    return set(_WORDS.findall(text))


def _applied(commands: Iterable[str], files: Path) -> Iterator[str]:
    """The text of the manifests that the commands name."""
    named = {match["path"] for command in commands for match in _APPLIED.finditer(command)}
    for word in sorted(named):
        path = files / word
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            if file.is_file() and file.stat().st_size < _LARGEST:
                yield file.read_text(encoding="utf-8", errors="replace")
