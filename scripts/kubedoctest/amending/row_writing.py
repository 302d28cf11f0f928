"""Writes rows of a table: in the author's columns where they fit, else in kubectl's.

Source of kubectl's widths: tabwriter with a minimum of 6 and a padding of 3
(k8s.io/cli-runtime/pkg/printers.GetNewTabWriter).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from kubedoctest.comparison import outputs, table
from kubedoctest.values import shapes

PADDING = 3
NARROWEST = 6
APART = 2  # spaces that at least stand between two cells


class Columns:
    """The columns of a documented table and the cells of the real one."""

    def __init__(self, header: str, real: Sequence[str]) -> None:
        """Begin.

        Args:
            header: the documented header, without a remark.
            real: the real table's lines, its header first.
        """
        answered = table.read(real)
        self.headings = answered.headers
        self.rows = tuple(row for row in answered.rows if row is not None)
        self._shown = table.headings(header)
        self._starts = _starts(header, self._shown)
        self._widths = [b - a for a, b in itertools.pairwise(self._starts)]
        self._margin = self._starts[0]

    @property
    def as_documented(self) -> bool:
        """Whether the page shows the columns that there are."""
        return self._shown == self.headings

    @property
    def name(self) -> str:
        """The heading of the column that names the object."""
        return "NAME" if "NAME" in self.headings else self.headings[0]

    def lasting(self, cells: Sequence[str]) -> tuple[str, ...]:
        """What two objects in the same state have alike: no name, and no ages."""
        shape_of = shapes.BY_COLUMN
        return tuple(
            cell
            for heading, cell in zip(self.headings, cells, strict=True)
            if heading != self.name
            and not (heading in shape_of and shape_of[heading](cell) is not None)
        )

    def cells_of(self, row: str) -> dict[str, str]:
        """A documented row's cells by heading; empty when they cannot be told apart."""
        edges = [*self._starts, None]
        if all(not row[:start].strip() or row[:start][-1:] == " " for start in self._starts):
            cells = [row[a:b].strip() for a, b in itertools.pairwise(edges)]
        else:
            cells = re.split(r"\s{2,}", row.strip())
        if len(cells) != len(self._shown) or any("  " in cell for cell in cells):
            return {}
        return dict(zip(self._shown, cells, strict=True))

    def fit(self, cells: Sequence[str]) -> bool:
        """Whether a row has room in these columns."""
        return all(
            len(cell) + APART <= width for cell, width in zip(cells, self._widths, strict=False)
        )

    def row(self, cells: Sequence[str]) -> str:
        """A row in these columns."""
        padded = [c.ljust(w) for c, w in zip(cells, [*self._widths, 0], strict=True)]
        return (" " * self._margin + "".join(padded)).rstrip()

    def widened(self, rows: Iterable[Sequence[str]]) -> Columns:
        """The columns as kubectl would make them for these rows."""
        columns = zip(self.headings, *rows, strict=True)
        widths = [max(NARROWEST, PADDING + max(map(len, column))) for column in columns]
        header = "".join(h.ljust(w) for h, w in zip(self.headings, widths, strict=True)).rstrip()
        return Columns(header, [header])


def with_remark(text: str, remarked: str) -> str:
    """``text`` with the remark of another line, in the same column if it was set apart there."""
    bare = outputs.versions(remarked)[-1]
    tail = remarked[len(bare) :]
    remark = tail.lstrip()
    if not remark:
        return text
    gap = len(tail) - len(remark)
    column = len(bare) + gap
    wanted = column - len(text) if gap > APART else gap
    return text + " " * max(wanted, APART) + remark


def _starts(header: str, headings: Sequence[str]) -> list[int]:
    starts: list[int] = []
    for heading in headings:
        starts.append(header.index(heading, starts[-1] + 1 if starts else 0))
    return starts
