"""A documented line and the real ones that it can stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kubedoctest.comparison.pattern import Pattern
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.assignment import Option

_REMARK = re.compile(r"(?<=\S)\s{2,}#.*$")


@dataclass(frozen=True)
class Row:
    """A documented line and the real lines, as options, that it can stand for."""

    line: DocumentedLine
    options: tuple[Option, ...]


def versions(text: str) -> tuple[str, ...]:
    """A documented line as written, and without the author's remark if it ends with one.

    A line that starts with ``#`` is output, however far it is indented (comparison rule 13).
    """
    bare = _REMARK.sub("", text)
    return (text,) if bare == text else (text, bare)


def options_for(text: str, candidates: Iterable[tuple[int, Pattern]]) -> tuple[Option, ...]:
    """The candidates (a slot and its pattern) that a documented line can stand for."""
    candidates = tuple(candidates)
    for version in versions(text):
        options = tuple(
            Option(slot, pairs) for slot, pattern in candidates for pairs in pattern.ways(version)
        )
        if options:
            return options
    return ()
