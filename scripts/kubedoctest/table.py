"""Tables as kubectl, docker and kind print them.

The real table is read by its header's columns, which its cells are aligned to; the documented one
is never taken apart, only its header's words are compared (comparison rule 10).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEADING = r"[A-Z][A-Z0-9()%/-]*(?: [A-Z(%][A-Z0-9()%/-]*)*"
_HEADER = re.compile(rf"{_HEADING}(?:\s{{2,}}{_HEADING})+\s*|NAME\s*")


@dataclass(frozen=True)
class Table:
    """One table of an output.

    Attributes:
        headers: the columns' headings.
        rows: the cells of each row, as many as headings, blank ones empty.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def is_header(line: str) -> bool:
    """Whether the line is a table's heading."""
    return _HEADER.fullmatch(line) is not None


def headings(line: str) -> tuple[str, ...]:
    """The headings of a header line, real or documented."""
    return tuple(re.split(r"\s{2,}", line.strip()))


def read(lines: Sequence[str]) -> Table:
    """A real table: the first line is its header, every row is aligned to it."""
    header = lines[0]
    names = headings(header)
    starts: list[int] = []
    for name in names:
        starts.append(header.index(name, starts[-1] + 1 if starts else 0))
    ends = [*starts[1:], None]
    return Table(
        names,
        tuple(
            tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True))
            for line in lines[1:]
        ),
    )


def sections(lines: Sequence[str]) -> list[list[str]]:
    """The parts of an output that blank lines set apart (several kinds in one ``get``)."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]
