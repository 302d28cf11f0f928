"""The parts of an output, tables and text, and which documented part is which real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kubedoctest.comparison import table

ANY_LINES = "..."


@dataclass(frozen=True)
class Section:
    """A run of lines of one kind: a table with its header first, or text.

    Attributes:
        start: the index of its first line in the output.
    """

    is_table: bool
    start: int
    lines: tuple[str, ...]


Pairing = list[tuple[Section, Section]]
"""Documented sections, each with its real one."""


def is_gap(text: str) -> bool:
    """Whether the line stands for any lines."""
    return text.strip() == ANY_LINES


def sections(lines: Sequence[str], headed: bool = False) -> list[Section]:
    """Cut an output into tables (from a header to a blank line) and text.

    Args:
        lines: the output.
        headed: whether the first line is a header, whatever it looks like.
    """
    starts: list[tuple[bool, int]] = []
    ends: dict[int, int] = {}
    in_table = False
    for index, text in enumerate(lines):
        if table.is_header(text) or (headed and index == 0):
            starts.append((True, index))
            in_table = True
        elif in_table and not text:
            in_table = False
            ends[len(starts) - 1] = index
        elif not in_table and (not starts or starts[-1][0]):
            starts.append((False, index))
    bounds = [*(index for _, index in starts[1:]), len(lines)]
    found = [
        Section(is_table, start, tuple(lines[start : ends.get(n, bound)]))
        for n, ((is_table, start), bound) in enumerate(zip(starts, bounds, strict=False))
    ]
    return found or [Section(False, 0, ())]


def paired(page: Sequence[Section], real: Sequence[Section], answer: Sequence[str]) -> Pairing:
    """Which real section each documented one stands for.

    A documented text with ``...`` may stand for several sections, tables too. What cannot be paired
    is laid against the rest as text.
    """
    exact = _pair(page, real, answer)
    if exact is not None:
        return exact
    if [s.is_table for s in page] == [s.is_table for s in real]:
        return list(zip(page, real, strict=True))
    return []


def _pair(
    page: Sequence[Section], real: Sequence[Section], answer: Sequence[str]
) -> Pairing | None:
    if not page:
        return None if real else []
    shown, rest = page[0], page[1:]
    if shown.is_table:
        if not real or not _same_kind(shown, real[0]):
            return None
        after = _pair(rest, real[1:], answer)
        return None if after is None else [(shown, real[0]), *after]
    gap = any(is_gap(text) for text in shown.lines)
    only_gap = all(is_gap(text) or not text for text in shown.lines)
    least = 0 if only_gap else 1
    for taken in range(least, len(real) + 1 if gap else 2):
        if taken > len(real) or (not gap and real[0].is_table):
            break
        after = _pair(rest, real[taken:], answer)
        if after is not None:
            return [(shown, _as_text(real, taken, answer)), *after]
    return None


def _same_kind(shown: Section, real: Section) -> bool:
    return real.is_table and table.headings(shown.lines[0]) == table.headings(real.lines[0])


def _as_text(real: Sequence[Section], count: int, answer: Sequence[str]) -> Section:
    if count == 1 and not real[0].is_table:
        return real[0]
    start = real[0].start if real else len(answer)
    end = real[count].start if count < len(real) else len(answer)
    return Section(False, start, tuple(answer[start : end if count else start]))
