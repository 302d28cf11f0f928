"""Rewrites a table of an output: only the cells that are not true.

Rows are written in the author's columns where they fit, else in kubectl's. Source of kubectl's
widths: tabwriter with a minimum of 6 and a padding of 3
(k8s.io/cli-runtime/pkg/printers.GetNewTabWriter).
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubedoctest.comparison import table
from kubedoctest.comparison.pattern import Pattern
from kubedoctest.comparison.table import Cells, Section
from kubedoctest.update.output_alignment import Line, Sheet, likeness
from kubedoctest.values.shapes import LITERAL, Shapes

PADDING = 3
NARROWEST = 6
APART = 2  # spaces that at least stand between two cells


def rewritten(sheet: Sheet, shown: Section, answered: Section) -> list[Line]:
    """The lines of a table."""
    return _Table(sheet, shown, answered).lines()


def is_regular(answered: Section) -> bool:
    """Whether every real row has its cells under the header; a message among them has not."""
    return None not in table.read(answered.lines).rows


@dataclass
class _Row:
    """A row to be written."""

    line: int | None  # the documented line that it is or takes the place of; None for a new row
    slot: int | None  # the real row; None for ``...`` and blank lines
    cells: Cells | None = None  # what it says; None where the documented line stays


class _Table:
    """One table under way; documented and real rows by the index of their line."""

    def __init__(self, sheet: Sheet, shown: Section, answered: Section) -> None:
        self._sheet = sheet
        self._head, *self._rows = shown.indices
        self._real_head, *self._real = answered.indices
        volatile = sheet.answer.form.volatile
        self._columns = Columns(sheet.bare[self._head], answered.lines, volatile)
        self._cells = dict(zip(self._real, self._columns.rows, strict=True))
        gone = sheet.answer.gone
        name_of = self._columns.name_of
        self._staying = [n for n in self._real if name_of(self._cells[n]) not in gone]
        self._said = [i for i in self._rows if not sheet.is_gap(i)]
        form = sheet.answer.form
        gaps = any(map(sheet.is_gap, self._rows))
        anywhere = gaps and not sheet.in_order.issuperset(self._real)
        self._excerpt = form.partial or form.events or anywhere

    def lines(self) -> list[Line]:
        states = {n: [row, *self._passed(row)] for n, row in self._cells.items()}
        agreed = self._agreed(states)
        changed = self._same_objects(agreed)
        shown = {n: i for i, n in changed.items()}
        usual = self._shown_states(agreed, states)
        self._cells = {n: self._nearest(shown.get(n), states[n], usual) for n in self._cells}
        rows = list(self._kept_and_changed(agreed, changed))
        if not self._excerpt:
            self._insert_missing(rows)
        return list(self._laid_out(rows))

    # -- which row is which

    def _passed(self, row: Cells) -> list[Cells]:
        """The other states of a row's object that the table could have shown."""
        if not self._columns.as_documented:
            return []
        passed, name = self._sheet.answer.passed, self._columns.name_of(row)
        return [state for named, state in passed if named == name and len(state) == len(row)]

    def _agreed(self, states: Mapping[int, Sequence[Cells]]) -> dict[int, int]:
        """By documented row that is true, the real one."""
        if not self._columns.as_documented:
            return {}
        patterns = {n: list(map(self._pattern, rows)) for n, rows in states.items()}
        in_order, moved = self._sheet.agreeing(self._said, self._real, patterns)
        return {**in_order, **moved}

    def _shown_states(
        self, agreed: Mapping[int, int], states: Mapping[int, Sequence[Cells]]
    ) -> list[Cells]:
        """What lasts of the states that the rows which stay may show."""
        return [
            self._columns.lasting(state)
            for i, n in agreed.items()
            for state in states[n]
            if self._pattern(state).match(self._sheet.bare[i]) is not None
        ]

    def _pattern(self, row: Cells) -> Pattern:
        """What may be documented for a row."""
        answer = self._sheet.answer
        return answer.patterns.of_row(self._columns.headings, row, answer.form.volatile)

    def _nearest(self, index: int | None, states: Sequence[Cells], usual: Sequence[Cells]) -> Cells:
        """The state to show of an object: as the page has it, or else as its other rows are."""
        return max(
            states,
            key=lambda state: (
                len(self._true_cells(index, state)),
                usual.count(self._columns.lasting(state)),
            ),
        )

    def _same_objects(self, agreed: Mapping[int, int]) -> dict[int, int]:
        """Rows that do not agree, and the real ones of the same objects or else the most alike."""
        wrong = [i for i in self._said if i not in agreed]
        left = [n for n in self._staying if n not in agreed.values()]
        worths: dict[tuple[int, int], tuple[bool, int, float]] = {}
        for i in wrong:
            for n in left:
                kept = self._true_cells(i, self._cells[n])
                alike = likeness(self._sheet.bare[i], self._sheet.real[n])
                if self._columns.name in kept or alike:
                    worths[i, n] = (self._columns.name in kept, len(kept), alike)
        chosen: dict[int, int] = {}
        for i, n in sorted(worths, key=lambda pair: worths[pair], reverse=True):
            if i not in chosen and n not in chosen.values():
                chosen[i] = n
        return chosen

    # -- what the rows say

    def _kept_and_changed(
        self, agreed: Mapping[int, int], changed: Mapping[int, int]
    ) -> Iterator[_Row]:
        """The documented rows, as they are or as they should be, but those that are gone."""
        for i in self._rows:
            if i in agreed or i not in self._said:
                yield _Row(i, agreed.get(i))
            elif i in changed:
                yield _Row(i, changed[i], self._amended(i, changed[i]))

    def _insert_missing(self, rows: list[_Row]) -> None:
        """Put each real row that no line shows where the others' order wants it.

        That is kubectl's own, by name, if the rows are in that order; else after the real row
        before it.
        """
        for slot in self._staying:
            if all(row.slot != slot for row in rows) and not self._left_out(rows, slot):
                new = _Row(None, slot, self._amended(None, slot))
                known = [self._name_of(row) for row in rows]
                if known == sorted(known):
                    rows.insert(bisect.bisect(known, self._name_of(new)), new)
                else:
                    at = next((k for k, row in enumerate(rows) if row.slot == slot - 1), -1)
                    rows.insert(at + 1, new)

    def _left_out(self, rows: Sequence[_Row], slot: int) -> bool:
        """Whether ``...`` stands where a real row would."""
        places = [(k, row.slot) for k, row in enumerate(rows) if row.slot is not None]
        start = max((k + 1 for k, other in places if other < slot), default=0)
        end = min((k for k, other in places if other > slot), default=len(rows))
        between = [row.line for row in rows[start:end] if row.line is not None]
        return any(map(self._sheet.is_gap, between))

    def _name_of(self, row: _Row) -> str:
        if row.cells is not None:
            return self._columns.name_of(row.cells)
        shown = self._columns.cells_of(self._sheet.bare[row.line]) if row.line is not None else {}
        return shown.get(self._columns.name, "")

    def _true_cells(self, index: int | None, cells: Cells) -> dict[str, str]:
        """The cells of a documented row, by heading, that are true of a real one."""
        shown = self._columns.cells_of(self._sheet.bare[index]) if index is not None else {}
        kept: dict[str, str] = {}
        for heading, cell in zip(self._columns.headings, cells, strict=True):
            documented = shown.get(heading, "")
            if not cell or not documented:
                continue
            answer = self._sheet.answer
            pattern = answer.patterns.of_row((heading,), (cell,), answer.form.volatile)
            pairs = pattern.match(documented)
            if pairs is not None and self._sheet.names.admit(pairs):
                kept[heading] = documented
        return kept

    def _amended(self, index: int | None, slot: int) -> Cells:
        """A row's cells: the documented one where it is true, else the real one."""
        kept = self._true_cells(index, self._cells[slot])
        cells: list[str] = []
        for heading, cell in zip(self._columns.headings, self._cells[slot], strict=True):
            written = self._sheet.names.written(cell, kept.get(heading, ""))
            documented = kept.get(heading, written)
            cells.append(documented if written in (cell, documented) else written)
        return tuple(cells)

    # -- how they are laid out

    def _laid_out(self, rows: Sequence[_Row]) -> Iterator[Line]:
        """The table's lines, in the author's columns if all that is new fits into them."""
        columns = self._columns
        new = [row.cells for row in rows if row.cells is not None]
        if columns.as_documented and all(map(columns.fit, new)):
            yield self._sheet.kept(self._head, self._real_head)
        else:
            for row in rows:
                row.cells = row.cells or self._cells_as_shown(row)
            columns = columns.widened(row.cells for row in rows if row.cells is not None)
            header = columns.row(columns.headings)
            yield self._sheet.changed(self._head, self._real_head, header)
        for row in rows:
            if row.cells is None or row.slot is None:
                assert row.line is not None
                yield self._sheet.kept(row.line, row.slot)
            elif row.line is None:
                yield Line(columns.row(row.cells), slot=row.slot)
            else:
                yield self._sheet.changed(row.line, row.slot, columns.row(row.cells))

    def _cells_as_shown(self, row: _Row) -> Cells | None:
        """The cells of a row that stays; None for ``...``."""
        if row.slot is None or row.line is None:
            return None
        shown = self._columns.cells_of(self._sheet.bare[row.line])
        if self._columns.as_documented and shown:
            return tuple(shown.values())
        return self._amended(row.line, row.slot)


class Columns:
    """The columns of a documented table and the cells of the real one."""

    def __init__(self, header: str, real: Sequence[str], volatile: Shapes = LITERAL) -> None:
        self._volatile = volatile.columns
        answered = table.read(real)
        self.headings = answered.headers
        self.rows = tuple(row for row in answered.rows if row is not None)
        self._header = header
        self._shown = table.headings(header)
        starts = [heading.start() for heading in re.finditer(r"\S+(?: \S+)*", header)]
        self._widths = [b - a for a, b in itertools.pairwise(starts)]
        self._margin = starts[0]

    @property
    def as_documented(self) -> bool:
        """Whether the page shows the columns that there are."""
        return self._shown == self.headings

    @property
    def name(self) -> str:
        """The heading of the column that names the object."""
        return "NAME" if "NAME" in self.headings else self.headings[0]

    def name_of(self, cells: Sequence[str]) -> str:
        """What names a row's object."""
        return cells[self.headings.index(self.name)]

    def lasting(self, cells: Sequence[str]) -> tuple[str, ...]:
        """What two objects in the same state have alike: no name, and no ages."""
        shape_of = self._volatile
        return tuple(
            cell
            for heading, cell in zip(self.headings, cells, strict=True)
            if heading != self.name
            and not (heading in shape_of and shape_of[heading].is_whole(cell))
        )

    def cells_of(self, row: str) -> dict[str, str]:
        """A documented row's cells by heading; empty when they cannot be told apart."""
        cells = table.read([self._header, row]).rows[0]
        return {} if cells is None else dict(zip(self._shown, cells, strict=True))

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
