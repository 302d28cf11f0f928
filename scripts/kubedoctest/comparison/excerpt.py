"""Documented text laid against real text, line by line, ``...`` standing for any lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from kubedoctest.comparison.documented import Row, options_for
from kubedoctest.comparison.layout import is_gap
from kubedoctest.comparison.pattern import Pattern
from kubedoctest.page.transcript import DocumentedLine


@dataclass(frozen=True)
class RealText:
    """Real lines that a page may show.

    Attributes:
        slots: of each line, its index in the whole output.
        shapes: of each line, what may be documented for it.
        reach: of each line, the lines among which it may stand elsewhere (indices into these).
    """

    slots: tuple[int, ...]
    shapes: tuple[Pattern, ...]
    reach: tuple[range, ...]

    def options(self, line: DocumentedLine, at: int) -> Row:
        """The documented line at the place of the ``at``-th line, or at one that it reaches."""
        places = self.reach[at] if at < len(self.shapes) else range(0)
        return Row(line, options_for(line.text, [(self.slots[n], self.shapes[n]) for n in places]))


@dataclass(frozen=True)
class Laid:
    """The rows that come of it, and how many real lines are left over at the end."""

    rows: tuple[Row, ...]
    left: int


def lay(
    documented: Sequence[DocumentedLine],
    real: RealText,
    *,
    partial: bool = False,
    ends: bool = True,
) -> Laid:
    """Lay documented lines against real ones.

    Args:
        documented, real: the lines.
        partial: whether any lines may be left out, as if ``...`` stood between all of them.
        ends: whether what is shown last must be what is written last, unless it is ``...``.
    """
    rows: list[Row] = []
    at = 0
    open_end = False
    chunks = list(_chunks(documented, partial))
    for position, chunk in enumerate(chunks):
        if chunk is None:
            open_end = True
            continue
        last = position == len(chunks) - 1 and ends
        start = _place(chunk, real, at, last) if open_end else at
        if start is None:
            rows += [Row(line, ()) for line in chunk]
        else:
            rows += [real.options(line, start + n) for n, line in enumerate(chunk)]
        at = (at if start is None else start) + len(chunk)
        open_end = False
    left = 0 if open_end or not ends else max(len(real.shapes) - at, 0)
    return Laid(tuple(rows), left)


def interchangeable(leads: Sequence[Pattern], sorts: bool = False) -> tuple[range, ...]:
    """For each line, the run of neighbours that differ from it only in generated values.

    Args:
        leads: of each line what it is known by: the whole line, or in a listing its first word.
        sorts: whether all neighbours with such values may change places.
    """

    def alike(lead: Pattern) -> tuple[str, bool]:
        return "" if sorts and lead.parts else lead.source, bool(lead.parts)

    reach: list[range] = []
    for (_, generated), group in groupby(leads, key=alike):
        first = len(reach)
        size = len(list(group))
        if generated:
            reach += [range(first, first + size)] * size
        else:
            reach += [range(first + n, first + n + 1) for n in range(size)]
    return tuple(reach)


def _chunks(
    documented: Sequence[DocumentedLine], partial: bool
) -> Iterator[list[DocumentedLine] | None]:
    """The documented lines between ``...`` lines, which become None; one by one if partial."""
    for gap, group in groupby(documented, key=lambda line: is_gap(line.text)):
        if gap:
            yield None
        elif partial:
            for line in group:
                yield None
                yield [line]
        else:
            yield list(group)


def _place(chunk: Sequence[DocumentedLine], real: RealText, at: int, ends: bool) -> int | None:
    """The first place from ``at`` on (the last one if the output ends with it) where it fits."""
    last = len(real.shapes) - len(chunk)
    for start in range(max(at, last) if ends else at, last + 1):
        if all(real.options(line, start + n).options for n, line in enumerate(chunk)):
            return start
    return None
