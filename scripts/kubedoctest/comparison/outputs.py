"""Documented output against real output.

Both are cut into the same sections, tables and text (:mod:`~kubedoctest.comparison.table`); each
documented line then gets the real lines that it can stand for, and
:class:`~kubedoctest.values.bindings.Bindings` says whether one consistent choice is left. The rules
are told to authors in CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from kubedoctest.cluster.timeline import State
from kubedoctest.comparison import table
from kubedoctest.comparison.documented import (
    RealText,
    Row,
    align,
    cells_of,
    interchangeable,
    options_for,
)
from kubedoctest.comparison.output_format import TEXT, OutputFormat, line_patterns
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.solve import Answer, Constraint, Mismatch, OfTwo, Option, solve
from kubedoctest.comparison.table import (
    LAST_SEEN,
    Pairing,
    Section,
    Sorting,
    Table,
    paired,
    sections,
)
from kubedoctest.page.outline import Outline
from kubedoctest.page.transcript import DocumentedLine, bare, is_gap, versions
from kubedoctest.values.authors_clock import printed_for
from kubedoctest.values.bindings import Bindings

TIE_SECONDS = 1
"""Ages are cut to whole seconds, so those of one second can look two apart."""
ONLY_A_HEADER = (
    "la página muestra solo el encabezado, y kubectl no lo escribe sin filas: faltan las filas, o "
    "una línea ... en su lugar"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

Place = tuple[Hashable, int]
"""Where a real line stands: in which sequence, and at what rank of it."""


@dataclass(frozen=True)
class RealLine:
    """A real line that a documented one may stand for."""

    pattern: Pattern  # what may be documented for it, wherever it stands
    # where its order counts; documented lines of one sequence must come by rank
    place: Place | None = None
    state: State | None = None  # of a watch's row, the recorded state that it shows


@dataclass(frozen=True)
class Reading:
    """Documented output held against real output."""

    rows: tuple[Row, ...]  # the documented lines that must stand for a real line each
    answer: tuple[str, ...] = ()  # the real lines; options' slots are indices into it
    # indices of real lines that need no documented line (headers that agree)
    settled: frozenset[int] = frozenset()
    unmet: tuple[str, ...] = ()  # what is wrong beyond single lines, in Spanish
    # the real lines that documented ones may stand for, by their indices
    lines: Mapping[int, RealLine] = field(default_factory=dict)
    constraints: tuple[Constraint[int], ...] = ()  # what must hold of the lines together


def real_lines(output: str) -> list[str]:
    """A command's output as the lines that a terminal is left with.

    Without colours, trailing blanks and blank lines at the end; what was written over (after a
    carriage return or a backspace) is gone.
    """
    text = _COLOUR.sub("", output)
    lines = [_overwritten(line.rstrip("\r")).rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _overwritten(line: str) -> str:
    """A line with its carriage returns and backspaces done."""
    if "\r" not in line and "\b" not in line:
        return line
    shown: list[str] = []
    at = 0
    for character in line:
        if character in "\r\b":
            at = max(at - 1, 0) if character == "\b" else 0
        else:
            shown[at : at + 1] = [character]
            at += 1
    return "".join(shown)


def read(
    documented: Sequence[DocumentedLine], output: str, patterns: Patterns, form: OutputFormat = TEXT
) -> Reading:
    """Lay one command's documented output against its real one."""
    answer = real_lines(output)
    parts = []
    for shown, answered in side_by_side([bare(line.text) for line in documented], answer, form):
        lines = [documented[n] for n in shown.indices]
        lay = _table if shown.is_table else _text
        parts.append(lay(lines, answered, patterns, form))
    known = {slot: line for part in parts for slot, line in part.lines.items()}
    return Reading(
        rows=tuple(row for part in parts for row in part.rows),
        answer=tuple(answer),
        settled=frozenset(n for part in parts for n in part.settled),
        unmet=tuple(reason for part in parts for reason in part.unmet),
        lines=known,
        constraints=(_in_order(known), *(one for part in parts for one in part.constraints)),
    )


def side_by_side(page: Sequence[str], answer: Sequence[str], form: OutputFormat) -> Pairing:
    """The tables and texts of a documented output, each with the real one that it stands for."""
    pairing = []
    if form.outline is None:
        pairing = paired(sections(page, form.headed), sections(answer, form.headed), answer)
    return pairing or [(Section(False, 0, tuple(page)), Section(False, 0, tuple(answer)))]


def agrees(reading: Reading, bindings: Bindings, place: str) -> Answer[int]:
    """Whether the documented output is true."""
    if reading.unmet:
        return Mismatch()
    return solve([row.options for row in reading.rows], bindings, place, reading.constraints)


# -- tables


def _table(
    documented: Sequence[DocumentedLine], answered: Section, patterns: Patterns, form: OutputFormat
) -> Reading:
    real = table.read(answered.lines)
    if not any(table.headings(v) == real.headers for v in versions(documented[0].text)):
        rows = tuple(Row(line, ()) for line in documented)
        return Reading(rows, unmet=(f"el encabezado real es «{'   '.join(real.headers)}»",))
    lines = [line for line in documented[1:] if line.text.strip() and not is_gap(line.text)]
    gaps = any(is_gap(line.text) for line in documented)
    found = _real_rows(real, answered, patterns, form)
    slots = {slot: line.pattern for slot, line in found.items()}
    may_leave_out = form.partial or gaps or form.events
    unmet = _out_of_order(lines, slots.values(), form.sorted_by)
    if not lines and found and form.listing and not (gaps or form.partial):
        unmet = (ONLY_A_HEADER,)
    elif len(lines) != len(found) and not (may_leave_out and len(lines) < len(found)):
        unmet += (f"la página muestra {_rows(len(lines))}; el comando, {_rows(len(found))}",)
    all_fixed = all(line.place and line.place[0] == _FIXED for line in found.values())
    if gaps and not form.partial and all_fixed:  # what `...` leaves out is known
        places = tuple(range(n, n + 1) for n in range(len(slots)))
        text = RealText(tuple(slots), tuple(slots.values()), places)
        aligned = align([line for line in documented[1:] if line.text], text)
        rows, constraints = aligned.rows, aligned.constraints
    else:
        rows = tuple(Row(line, options_for(line.text, slots.items())) for line in lines)
        constraints = ()
    return Reading(rows, (), frozenset({answered.start}), unmet, found, constraints)


def _real_rows(
    real: Table, answered: Section, patterns: Patterns, form: OutputFormat
) -> dict[int, RealLine]:
    places = _places(real, patterns, form)
    found: dict[int, RealLine] = {}
    for n, (text, cells) in enumerate(zip(answered.lines[1:], real.rows, strict=True)):
        if cells is None:
            line = RealLine(patterns.of_line(text, form.volatile), places.get(n))
        else:
            pattern = patterns.of_row(real.headers, cells, form.volatile)
            line = RealLine(pattern, places.get(n))
        found[answered.start + 1 + n] = line
    return found


def _out_of_order(
    lines: Sequence[DocumentedLine], shapes: Collection[Pattern], sorting: Sorting | None
) -> tuple[str, ...]:
    """Why documented rows cannot be sorted as the command says, if they are not."""
    if sorting is None:
        return ()
    found = (cells_of(line, shapes).get(sorting.heading) for line in lines)
    two = sorting.misplaced([cell for cell in found if cell is not None])
    if two is None:
        return ()
    return (f"ordenadas por {sorting.heading}, «{two[1]}» no puede venir después de «{two[0]}»",)


_FIXED = "fixed"


def _places(real: Table, patterns: Patterns, form: OutputFormat) -> dict[int, Place]:
    """The places of the rows whose order counts (comparison rule 10), by index.

    Rows with fixed names come in order, generated ones as a set. Events come in order for each
    object; between objects it is chance which comes first.
    """
    if form.unordered:
        return {}
    if form.events and "OBJECT" in real.headers:
        return _places_of_events(real, form)
    known_by = real.headers.index("NAME") if "NAME" in real.headers else None
    places: dict[int, Place] = {}
    for n, cells in enumerate(real.rows):
        of_name = cells if cells is None or known_by is None else cells[known_by : known_by + 1]
        shapes = (patterns.of_line(cell) for cell in of_name or ())
        if not any(patterns.name_an_object(shape.parts) for shape in shapes):
            places[n] = (_FIXED, n)
    return places


def _places_of_events(real: Table, form: OutputFormat) -> dict[int, Place]:
    """Events' places by object; where they are sorted by their ages, those alike tie.

    Source: kubectl events sorts by a time that the API server keeps in whole seconds; on the real
    cluster a pod's Created, Started and Pulled came in any order.
    """
    subject = real.headers.index("OBJECT")
    age = real.headers.index(LAST_SEEN) if LAST_SEEN in real.headers else None
    places: dict[int, Place] = {}
    rank = 0
    before: tuple[float, float] | None = None
    for n, cells in enumerate(real.rows):
        now = printed_for(cells[age].partition(" ")[0]) if cells and age is not None else None
        alike = now is not None and before is not None and abs(before[0] - now[0]) <= TIE_SECONDS
        rank += not (form.ties and alike)
        before = now
        if cells is not None:
            places[n] = (("event", cells[subject]), rank)
    return places


# -- text


def _text(
    documented: Sequence[DocumentedLine], answered: Section, patterns: Patterns, form: OutputFormat
) -> Reading:
    outline = None if form.outline is None else Outline(answered.lines, form.outline)
    found = line_patterns(answered.lines, form, patterns, outline)
    shapes = dict(enumerate(found, start=answered.start))
    chance = {slot for slot in shapes if _by_chance(answered.lines[slot - answered.start], form)}
    real = _real_text(
        {s: p for s, p in shapes.items() if s not in chance}, answered, patterns, form
    )
    real = replace(real, outline=outline)
    lines = [line for line in documented if not _by_chance(line.text, form)]
    if form.progress:
        aligned = align(_steps(lines), real, partial=True)
    else:
        aligned = align(lines, real, partial=form.partial, ends=not form.partial)
    extras = [(slot, shapes[slot]) for slot in sorted(chance)]
    rows = aligned.rows + tuple(
        Row(line, options_for(line.text, extras))
        for line in documented
        if _by_chance(line.text, form)
    )
    in_order = {
        slot
        for slot in real.slots
        if not form.unordered
        and not patterns.name_an_object(shapes[slot].parts)
        and not (form.sorts and shapes[slot].parts)
    }
    return Reading(
        rows,
        settled=frozenset(chance),
        unmet=(f"el comando escribe más que la página: {_lines(aligned.left)}",)
        if aligned.left
        else (),
        lines={
            slot: RealLine(shape, ("text", slot) if slot in in_order else None)
            for slot, shape in shapes.items()
        },
        constraints=aligned.constraints,
    )


def _real_text(
    shapes: Mapping[int, Pattern], answered: Section, patterns: Patterns, form: OutputFormat
) -> RealText:
    """The real lines, each with those among which it may stand elsewhere."""
    slots = tuple(shapes)
    leads = tuple(shapes.values())
    if form.listing and not form.sorts:
        firsts = [answered.lines[slot - answered.start].split()[:1] for slot in slots]
        leads = tuple(patterns.of_line(" ".join(first)) for first in firsts)
    everywhere = tuple(range(len(slots)) for _ in slots)
    reach = everywhere if form.unordered else interchangeable(leads, form.sorts)
    if not form.unordered:  # what a command is told by several containers comes in its order
        own = [form.in_order or patterns.are_engine_ids(shapes[slot].parts) for slot in slots]
        reach = tuple(range(n, n + 1) if own[n] else found for n, found in enumerate(reach))
    return RealText(slots, tuple(shapes.values()), reach)


def _steps(documented: Sequence[DocumentedLine]) -> list[DocumentedLine]:
    """A progress's documented lines, repeats and ``...`` left out: how many come is chance."""
    told = [line for line in documented if not is_gap(line.text)]
    return [next(group) for _, group in groupby(told, key=lambda line: bare(line.text))]


def _by_chance(text: str, form: OutputFormat) -> bool:
    return form.incidental is not None and form.incidental.fullmatch(text) is not None


def _in_order(lines: Mapping[int, RealLine]) -> OfTwo[int]:
    """Lines of one sequence come by rank, but for those that differ only in generated values."""

    def holds(first: Option[int], then: Option[int]) -> bool:
        one, other = lines[first.payload], lines[then.payload]
        here, there = one.place, other.place
        if here is None or there is None or here[0] != there[0] or here[1] <= there[1]:
            return True
        return one.pattern.source == other.pattern.source

    return OfTwo(holds)


def _rows(count: int) -> str:
    return "1 fila" if count == 1 else f"{count} filas"


def _lines(count: int) -> str:
    return "1 línea más" if count == 1 else f"{count} líneas más"
