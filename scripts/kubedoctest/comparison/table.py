"""Tables as kubectl, docker and kind print them.

The real table is read by its header's columns, which its cells are aligned to; the documented one
is never taken apart, only its header's words are compared (comparison rule 10).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_REST = r"[A-Z0-9%/_-]*(?:\([A-Za-z%]+\))?"
_HEADING = rf"[A-Z]{_REST}(?: [A-Z%/(]{_REST})*"
_HEADER = re.compile(rf"{_HEADING}(?:\s{{2,}}{_HEADING})+\s*|NAME\s*")


@dataclass(frozen=True)
class Table:
    """One table of an output.

    Attributes:
        headers: the columns' headings.
        rows: for each line below the header the cells, as many as headings, blank ones empty; None
            for a line that is not aligned to the header: a message among the rows.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...] | None, ...]


def is_header(line: str) -> bool:
    """Whether the line is a table's heading."""
    return _HEADER.fullmatch(line) is not None


def headings(line: str) -> tuple[str, ...]:
    """The headings of a header line, real or documented."""
    return tuple(re.split(r"\s{2,}", line.strip()))


def read(lines: Sequence[str]) -> Table:
    """A real table: the first line is its header, every row is aligned to it."""
    columns = list(re.finditer(r"\S+(?: \S+)*", lines[0]))
    starts = [0, *(column.start() for column in columns[1:])]
    return Table(
        tuple(column.group() for column in columns),
        tuple(_cells(line, starts) for line in lines[1:]),
    )


def _cells(line: str, starts: Sequence[int]) -> tuple[str, ...] | None:
    """The cells of a row; None when text runs across the gap before a column."""
    if any(line[start - 1 : start].strip() for start in starts[1:]):
        return None
    ends = [*starts[1:], None]
    return tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True))
