"""Rewrites the text of an output: what agrees stays, and ``...`` where something is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from kubedoctest.amending import alignment
from kubedoctest.amending.alignment import likeness
from kubedoctest.amending.sheet import Line, Part, Sheet
from kubedoctest.comparison.pattern import Pattern


def rewritten(sheet: Sheet, part: Part) -> Iterator[Line]:
    """The lines of a text."""
    said = [i for i in part.documented if not sheet.is_gap(i)]
    lines = {n: [_pattern(sheet, n)] for n in part.real if n not in sheet.shapes}
    in_order, moved = sheet.agreeing(said, part.real, lines)
    taken = {*in_order.values(), *moved.values()}
    interval: list[int] = []
    before = part.real[0] - 1 if part.real else -1
    for i in part.documented:
        if i not in in_order:
            interval.append(i)
            continue
        between = [n for n in part.real if before < n < in_order[i] and n not in taken]
        yield from _interval(sheet, interval, between, moved)
        yield sheet.kept(i, in_order[i])
        interval, before = [], in_order[i]
    rest = [n for n in part.real if n > before and n not in taken]
    yield from _interval(sheet, interval, rest, moved)


def _interval(
    sheet: Sheet, documented: Sequence[int], real: Sequence[int], moved: dict[int, int]
) -> Iterator[Line]:
    """What stands between two lines that agree in order."""
    gaps = [i for i in documented if sheet.is_gap(i)]
    wrong = [i for i in documented if i not in gaps and i not in moved]
    changed = _pairs(sheet, wrong, real, gaps)
    form = sheet.answer.form
    waiting = [n for n in real if n not in changed.values()]
    if gaps or form.partial or form.progress:
        waiting = []
    elif form.incidental is not None:
        waiting = [n for n in waiting if not form.incidental.fullmatch(sheet.real[n])]
    for i in documented:
        slot = changed.get(i)
        while slot is not None and waiting and waiting[0] < slot:
            yield _new(sheet, waiting.pop(0))
        if i in gaps:
            yield sheet.kept(i, None)
        elif i in moved:
            yield sheet.kept(i, moved[i])
        elif slot is not None:
            yield sheet.changed(i, slot, sheet.written(slot, sheet.bare[i]))
        else:
            sheet.lost.append(i)
    yield from (_new(sheet, n) for n in waiting)


def _pairs(
    sheet: Sheet, wrong: Sequence[int], real: Sequence[int], gaps: Sequence[int]
) -> dict[int, int]:
    """Which real line each wrong one becomes.

    What stands right before the first ``...`` goes on from the line above, and what stands
    right after the last one goes up to the line below: there the place decides.
    """
    alike = partial(_likeness, sheet)
    if not gaps:
        return alignment.likely(wrong, real, alike)
    head = [i for i in wrong if i < gaps[0]]
    tail = [i for i in wrong if i > gaps[-1]]
    size = min(len(head), len(real))
    changed = dict(zip(head[:size], real[:size], strict=True))
    rest = real[size:]
    size = min(len(tail), len(rest))
    after = len(rest) - size
    changed |= zip(tail[len(tail) - size :], rest[after:], strict=True)
    middle = [i for i in wrong if gaps[0] < i < gaps[-1]]
    return changed | alignment.likely(middle, rest[:after], alike)


def _pattern(sheet: Sheet, slot: int) -> Pattern:
    form = sheet.answer.form
    return sheet.answer.patterns.of_line(sheet.real[slot], form.volatile, form.aligned)


def _new(sheet: Sheet, slot: int) -> Line:
    return Line(sheet.written(slot), slot=slot)


def _likeness(sheet: Sheet, index: int, slot: int) -> float:
    return likeness(sheet.bare[index], sheet.names.written(sheet.real[slot]))
