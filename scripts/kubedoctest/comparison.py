"""Documented output against real output.

Both are cut into the same segments, tables and text; each documented line then gets the real lines
that it can stand for, and :class:`~kubedoctest.bindings.Bindings` says whether one consistent
choice is left. The rules are told to authors in CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from kubedoctest import table
from kubedoctest.assignment import Choice, Option
from kubedoctest.bindings import Bindings
from kubedoctest.names import Family
from kubedoctest.pattern import Pattern, Patterns
from kubedoctest.transcript import DocumentedLine

ANY_LINES = "..."
_REMARK = re.compile(r"\s{2,}#.*$")


@dataclass(frozen=True)
class Row:
    """A documented line and the real lines, as options, that it can stand for."""

    line: DocumentedLine
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Reading:
    """Documented output laid against real output.

    Attributes:
        rows: the documented lines that must stand for a real line each.
        answer: the real lines; options' slots are indices into it.
        settled: indices of real lines that need no documented line (headers that agree).
        unmet: what is wrong beyond single lines, in Spanish.
    """

    rows: tuple[Row, ...]
    answer: tuple[str, ...]
    settled: frozenset[int] = frozenset()
    unmet: tuple[str, ...] = ()


@dataclass
class _Segment:
    """A run of lines of one kind: a table with its header first, or text."""

    is_table: bool
    start: int
    lines: list[str] = field(default_factory=list)


def versions(text: str) -> tuple[str, ...]:
    """A documented line as written, and without the author's remark if it ends with one."""
    bare = _REMARK.sub("", text)
    return (text,) if bare == text else (text, bare)


def real_lines(output: str) -> list[str]:
    """A command's output as lines, without trailing blanks and blank lines at its end."""
    lines = [line.rstrip() for line in output.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def read(
    documented: Sequence[DocumentedLine],
    output: str,
    patterns: Patterns,
    *,
    description: bool = False,
    partial: bool = False,
    sorts: bool = False,
) -> Reading:
    """Lay one command's documented output against its real one.

    Args:
        documented: the page's lines, without trailing blank ones.
        output: what the command wrote.
        patterns: with the generated names of the moment.
        description: whether bare ages may stand in text (kubectl describe, events).
        partial: whether any lines may be left out (``salida=parcial``).
        sorts: whether the lines are sorted by text, and so in no order where it is generated.
    """
    answer = real_lines(output)
    page = _segments([versions(line.text)[-1] for line in documented])
    real = _segments(answer)
    if [s.is_table for s in page] != [s.is_table for s in real]:
        page = [_Segment(False, 0, [line.text for line in documented])]
        real = [_Segment(False, 0, answer)]
    rows: list[Row] = []
    settled: set[int] = set()
    unmet: list[str] = []
    for shown, answered in zip(page, real, strict=True):
        lines = documented[shown.start : shown.start + len(shown.lines)]
        part = (
            _table(lines, answered, patterns, partial)
            if shown.is_table
            else _text(lines, answered, patterns, description, partial, sorts)
        )
        rows += part.rows
        settled |= part.settled
        unmet += part.unmet
    return Reading(tuple(rows), tuple(answer), frozenset(settled), tuple(unmet))


def agrees(reading: Reading, patterns: Patterns, bindings: Bindings, place: str) -> bool:
    """Whether the documented output is true; if so the bindings have learnt from it."""
    if reading.unmet or not all(row.options for row in reading.rows):
        return False
    options = [row.options for row in reading.rows]
    return bindings.learn(options, place, judge=_in_order(patterns)) is not None


def options_for(text: str, candidates: Iterable[tuple[int, Pattern]]) -> tuple[Option, ...]:
    """The candidates (a slot and its pattern) that a documented line can stand for."""
    candidates = tuple(candidates)
    for version in versions(text):
        options = tuple(
            Option(slot, pairs, pattern.source)
            for slot, pattern in candidates
            for pairs in pattern.ways(version)
        )
        if options:
            return options
    return ()


def table_rows(
    documented: Sequence[DocumentedLine], header: Sequence[str]
) -> tuple[list[DocumentedLine], bool] | None:
    """The rows of a documented table and whether ``...`` leaves some out; None if not this one."""
    if not documented or not any(
        table.headings(v) == tuple(header) for v in versions(documented[0].text)
    ):
        return None
    rows = [line for line in documented[1:] if line.text.strip() not in (ANY_LINES, "")]
    return rows, any(line.text.strip() == ANY_LINES for line in documented)


def _segments(lines: Sequence[str]) -> list[_Segment]:
    """Cut an output into tables (from a header to a blank line) and text."""
    segments: list[_Segment] = []
    in_table = False
    for index, text in enumerate(lines):
        if table.is_header(text):
            segments.append(_Segment(True, index))
            in_table = True
        elif in_table and not text:
            in_table = False
            continue
        elif not in_table and (not segments or segments[-1].is_table):
            segments.append(_Segment(False, index))
        segments[-1].lines.append(text)
    return segments or [_Segment(False, 0)]


def _table(
    documented: Sequence[DocumentedLine], answered: _Segment, patterns: Patterns, partial: bool
) -> Reading:
    real = table.read(answered.lines)
    found = table_rows(documented, real.headers)
    if found is None:
        rows = tuple(Row(line, ()) for line in documented)
        return Reading(rows, (), unmet=(f"el encabezado real es «{'   '.join(real.headers)}»",))
    lines, excerpt = found
    shapes = [
        (answered.start + 1 + n, patterns.of_row(real.headers, cells))
        for n, cells in enumerate(real.rows)
    ]
    unmet: tuple[str, ...] = ()
    if len(lines) != len(shapes) and not ((partial or excerpt) and len(lines) < len(shapes)):
        unmet = (f"la página muestra {_rows(len(lines))}; el cluster, {_rows(len(shapes))}",)
    rows = tuple(Row(line, options_for(line.text, shapes)) for line in lines)
    return Reading(rows, (), frozenset({answered.start}), unmet)


def _text(
    documented: Sequence[DocumentedLine],
    answered: _Segment,
    patterns: Patterns,
    description: bool,
    partial: bool,
    sorts: bool,
) -> Reading:
    shapes = [patterns.of_line(line, description) for line in answered.lines]
    reach = _interchangeable(shapes, sorts)
    rows: list[Row] = []
    at = 0
    skipping = partial
    chunks = _chunks(documented, partial)
    for position, chunk in enumerate(chunks):
        if chunk is None:
            skipping = True
            continue
        ends = position == len(chunks) - 1 and not partial
        start = _place(chunk, shapes, at, ends) if skipping else at
        for offset, line in enumerate(chunk):
            slots = (
                reach[start + offset]
                if start is not None and start + offset < len(shapes)
                else range(0)
            )
            found = options_for(line.text, [(answered.start + n, shapes[n]) for n in slots])
            if sorts and len(slots) > 1:
                found = tuple(replace(option, payload=None) for option in found)
            rows.append(Row(line, found))
        at = (at if start is None else start) + len(chunk)
        skipping = False
    unmet: tuple[str, ...] = ()
    if at < len(shapes) and not skipping and not partial:
        unmet = (f"el comando escribe más que la página: {_lines(len(shapes) - at)}",)
    return Reading(tuple(rows), (), frozenset(), unmet)


def _chunks(
    documented: Sequence[DocumentedLine], partial: bool
) -> list[list[DocumentedLine] | None]:
    """The documented lines between ``...`` lines, which become None; one by one if partial."""
    chunks: list[list[DocumentedLine] | None] = []
    for is_gap, group in groupby(documented, key=lambda line: line.text.strip() == ANY_LINES):
        if is_gap:
            chunks.append(None)
        elif partial:
            for line in group:
                chunks += [None, [line]]
        else:
            chunks.append(list(group))
    return chunks


def _place(
    chunk: Sequence[DocumentedLine],
    shapes: Sequence[Pattern],
    at: int,
    ends: bool,
) -> int | None:
    """The first place from ``at`` on (the last one if the output ends with it) where it fits."""
    last = len(shapes) - len(chunk)
    for start in range(max(at, last) if ends else at, last + 1):
        if all(options_for(line.text, [(0, shapes[start + n])]) for n, line in enumerate(chunk)):
            return start
    return None


def _interchangeable(shapes: Sequence[Pattern], sorts: bool) -> list[range]:
    """For each line, the run of neighbours that differ from it only in generated values.

    Args:
        shapes: the lines' patterns.
        sorts: whether all neighbours with such values may change places.
    """

    def alike(pattern: Pattern) -> tuple[str, bool]:
        return "" if sorts and pattern.parts else pattern.source, bool(pattern.parts)

    reach: list[range] = []
    for (_, generated), group in groupby(shapes, key=alike):
        first = len(reach)
        size = len(list(group))
        if generated:
            reach += [range(first, first + size)] * size
        else:
            reach += [range(first + n, first + n + 1) for n in range(size)]
    return reach


def _in_order(patterns: Patterns) -> Callable[[Choice], bool]:
    """Lines without generated names must come in the real order; those with one are a set.

    Lines that differ only in other generated values, such as addresses, may change places.
    """

    def generated(option: Option) -> bool:
        names = (patterns.names.get(real) for _, real in option.pairs)
        return any(name is not None and name.family is Family.NAME for name in names)

    def judge(choice: Choice) -> bool:
        fixed = [option for option in choice if not generated(option)]
        real = sorted(fixed, key=lambda option: int(str(option.slot)))
        return [option.payload for option in fixed] == [option.payload for option in real]

    return judge


def _rows(count: int) -> str:
    return "1 fila" if count == 1 else f"{count} filas"


def _lines(count: int) -> str:
    return "1 línea más" if count == 1 else f"{count} líneas más"
