"""From a documented output and the real one, the output that the page should show.

What agrees stays as its author wrote it; what does not gets the real line in the page's names, with
its remark; ``...`` stays where it leaves something out. The result is a proposal: whoever asks
compares it with the real output, by the rules of every other page, before using it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubedoctest.amending import table_rewriting, text_rewriting
from kubedoctest.amending.sheet import Answer, Line, Sheet, parts
from kubedoctest.page.transcript import DocumentedLine

__all__ = ["Answer", "Line", "Rewriting", "rewritings"]


@dataclass(frozen=True)
class Rewriting:
    """A proposed output.

    Attributes:
        lines: its lines.
        lost: documented lines (by index) that are gone.
    """

    lines: tuple[Line, ...]
    lost: tuple[int, ...] = ()


def rewritings(documented: Sequence[DocumentedLine], answer: Answer) -> Iterator[Rewriting]:
    """Proposals for an output that does not agree, the one nearest to the page first."""
    first = _nearest(Sheet(documented, answer))
    says_something = any(line.slot is not None for line in first.lines)
    if says_something or (not first.lines and not answer.output.strip()):
        yield first
        yield Rewriting(_in_real_order(first.lines), first.lost)
    sheet = Sheet(documented, answer)
    lost = range(len(documented))
    if answer.form.partial or (sheet.real and any(map(sheet.is_gap, lost))):
        return
    anew = [Line(sheet.written(n), slot=n) for n in range(len(sheet.real))]
    yield Rewriting(tuple(anew), tuple(lost))


def _nearest(sheet: Sheet) -> Rewriting:
    lines: list[Line] = []
    below = 0
    for part in parts(sheet):
        blank = range(below, part.documented[0] if part.documented else below)
        lines += [sheet.kept(i, None) for i in blank]
        below = part.documented[-1] + 1 if part.documented else below
        if part.is_table and table_rewriting.is_regular(sheet, part):
            lines += table_rewriting.rewritten(sheet, part)
        else:
            lines += text_rewriting.rewritten(sheet, part)
    return Rewriting(tuple(lines), tuple(sorted(sheet.lost)))


def _in_real_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that stand for a real one change places until they are in the real order."""
    ordered = iter(sorted((line for line in lines if line.slot is not None), key=_slot))
    return tuple(line if line.slot is None else next(ordered) for line in lines)


def _slot(line: Line) -> int:
    assert line.slot is not None
    return line.slot
