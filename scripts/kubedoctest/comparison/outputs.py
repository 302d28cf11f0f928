"""Documented output against real output.

Both are cut into the same sections, tables and text (:mod:`~kubedoctest.comparison.layout`); each
documented line then gets the real lines that it can stand for, and
:class:`~kubedoctest.values.bindings.Bindings` says whether one consistent choice is left. The rules
are told to authors in CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from kubedoctest.comparison import excerpt, table
from kubedoctest.comparison.documented import Row, options_for, versions
from kubedoctest.comparison.events import LAST_SEEN
from kubedoctest.comparison.excerpt import RealText
from kubedoctest.comparison.form import TEXT, Form
from kubedoctest.comparison.layout import ANY_LINES, Section, is_gap, paired, sections
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.sorting import Sorting
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.assignment import Choice
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.shapes import age_in_seconds

__all__ = [
    "ANY_LINES",
    "Reading",
    "Row",
    "agrees",
    "options_for",
    "read",
    "real_lines",
    "table_rows",
    "versions",
]

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
class Reading:
    """Documented output laid against real output.

    Attributes:
        rows: the documented lines that must stand for a real line each.
        answer: the real lines; options' slots are indices into it.
        settled: indices of real lines that need no documented line (headers that agree).
        unmet: what is wrong beyond single lines, in Spanish.
        order: of real lines whose order counts, their places; documented lines of one sequence
            must come by rank.
        shapes: of real lines, what may be documented for them, wherever it stands.
    """

    rows: tuple[Row, ...]
    answer: tuple[str, ...]
    settled: frozenset[int] = frozenset()
    unmet: tuple[str, ...] = ()
    order: Mapping[int, Place] = field(default_factory=dict)
    shapes: Mapping[int, Pattern] = field(default_factory=dict)


def real_lines(output: str) -> list[str]:
    """A command's output as the lines that a terminal is left with.

    Without colours, trailing blanks and blank lines at the end; of a line that was written over
    (a progress, ended by a carriage return), the last text.
    """
    text = _COLOUR.sub("", output)
    lines = [line.rstrip().rpartition("\r")[2] for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def read(
    documented: Sequence[DocumentedLine], output: str, patterns: Patterns, form: Form = TEXT
) -> Reading:
    """Lay one command's documented output against its real one.

    Args:
        documented: the page's lines, without trailing blank ones.
        output: what the command wrote.
        patterns: with the generated names of the moment.
        form: how the command's output is to be read.
    """
    answer = real_lines(output)
    shown_lines = [versions(line.text)[-1] for line in documented]
    page = sections(shown_lines, form.headed)
    pairing = paired(page, sections(answer, form.headed), answer)
    if not pairing:
        pairing = [(Section(False, 0, tuple(shown_lines)), Section(False, 0, tuple(answer)))]
    parts = []
    for shown, answered in pairing:
        lines = documented[shown.start : shown.start + len(shown.lines)]
        lay = _table if shown.is_table else _text
        parts.append(lay(lines, answered, patterns, form))
    return Reading(
        rows=tuple(row for part in parts for row in part.rows),
        answer=tuple(answer),
        settled=frozenset(n for part in parts for n in part.settled),
        unmet=tuple(reason for part in parts for reason in part.unmet),
        order={slot: place for part in parts for slot, place in part.order.items()},
        shapes={slot: shape for part in parts for slot, shape in part.shapes.items()},
    )


def agrees(reading: Reading, bindings: Bindings, place: str) -> bool:
    """Whether the documented output is true; if so the bindings have learnt from it."""
    if reading.unmet or not all(row.options for row in reading.rows):
        return False
    options = [row.options for row in reading.rows]
    return bindings.learn(options, place, judge=_in_order(reading)) is not None


def table_rows(
    documented: Sequence[DocumentedLine], header: Sequence[str]
) -> tuple[list[DocumentedLine], bool] | None:
    """The rows of a documented table and whether ``...`` leaves some out; None if not this one."""
    if not documented or not any(
        table.headings(v) == tuple(header) for v in versions(documented[0].text)
    ):
        return None
    rows = [line for line in documented[1:] if line.text.strip() not in (ANY_LINES, "")]
    return rows, any(is_gap(line.text) for line in documented)


# -- tables


def _table(
    documented: Sequence[DocumentedLine], answered: Section, patterns: Patterns, form: Form
) -> Reading:
    real = table.read(answered.lines)
    found = table_rows(documented, real.headers)
    if found is None:
        rows = tuple(Row(line, ()) for line in documented)
        return Reading(rows, (), unmet=(f"el encabezado real es «{'   '.join(real.headers)}»",))
    lines, gaps = found
    first = answered.start + 1
    shapes = _shapes_of_rows(real, answered, patterns, form)
    order = _order_of_rows(real, patterns, form, first)
    may_leave_out = form.partial or gaps or form.events
    unmet = _out_of_order(lines, shapes.values(), form.sorted_by)
    if not lines and shapes and not (gaps or form.partial):
        unmet = (ONLY_A_HEADER,)
    elif len(lines) != len(shapes) and not (may_leave_out and len(lines) < len(shapes)):
        unmet += (f"la página muestra {_rows(len(lines))}; el cluster, {_rows(len(shapes))}",)
    if gaps and not form.partial and _all_fixed(order, shapes):
        places = tuple(range(n, n + 1) for n in range(len(shapes)))
        text = RealText(tuple(shapes), tuple(shapes.values()), places)
        rows = excerpt.lay([line for line in documented[1:] if line.text], text).rows
    else:
        rows = tuple(Row(line, options_for(line.text, shapes.items())) for line in lines)
    return Reading(rows, (), frozenset({answered.start}), unmet, order, shapes)


def _shapes_of_rows(
    real: table.Table, answered: Section, patterns: Patterns, form: Form
) -> dict[int, Pattern]:
    texts = answered.lines[1:]
    key = form.sorted_by.heading if form.sorted_by else None
    return {
        answered.start + 1 + n: patterns.of_line(text, form.volatile)
        if cells is None
        else patterns.of_row(real.headers, cells, key)
        for n, (text, cells) in enumerate(zip(texts, real.rows, strict=True))
    }


def _out_of_order(
    lines: Sequence[DocumentedLine], shapes: Collection[Pattern], sorting: Sorting | None
) -> tuple[str, ...]:
    """Why documented rows cannot be sorted as the command says, if they are not."""
    if sorting is None:
        return ()
    found = (next(_keys(line, shapes), None) for line in lines)
    two = sorting.misplaced([key for key in found if key is not None])
    if two is None:
        return ()
    return (f"ordenadas por {sorting.heading}, «{two[1]}» no puede venir después de «{two[0]}»",)


def _keys(line: DocumentedLine, shapes: Collection[Pattern]) -> Iterator[str]:
    """What a documented row is sorted by, told by the real rows that it can stand for."""
    for text in versions(line.text):
        for shape in shapes:
            if (key := shape.key(text)) is not None:
                yield key


def _all_fixed(order: Mapping[int, Place], shapes: Mapping[int, Pattern]) -> bool:
    """Whether every row has its one place, so that what ``...`` leaves out is known."""
    return all(slot in order and order[slot][0] == _FIXED for slot in shapes)


_FIXED = "fixed"


def _order_of_rows(
    real: table.Table, patterns: Patterns, form: Form, first: int
) -> dict[int, Place]:
    """The places of the rows whose order counts (comparison rule 10).

    Rows with fixed names come in order, generated ones as a set. Events come in order for each
    object; between objects it is chance which comes first.
    """
    if form.unordered:
        return {}
    if form.events and "OBJECT" in real.headers:
        return _order_of_events(real, form, first)
    known_by = real.headers.index("NAME") if "NAME" in real.headers else None
    places: dict[int, Place] = {}
    for n, cells in enumerate(real.rows):
        of_name = cells if cells is None or known_by is None else cells[known_by : known_by + 1]
        if not any(_generated(cell, patterns) for cell in of_name or ()):
            places[first + n] = (_FIXED, n)
    return places


def _order_of_events(real: table.Table, form: Form, first: int) -> dict[int, Place]:
    """Events' places by object; where they are sorted by their ages, those alike tie.

    Source: kubectl events sorts by a time that the API server keeps in whole seconds; on the real
    cluster a pod's Created, Started and Pulled came in any order.
    """
    subject = real.headers.index("OBJECT")
    age = real.headers.index(LAST_SEEN) if LAST_SEEN in real.headers else None
    places: dict[int, Place] = {}
    rank = 0
    before: int | None = None
    for n, cells in enumerate(real.rows):
        now = age_in_seconds(cells[age].partition(" ")[0]) if cells and age is not None else None
        alike = now is not None and before is not None and abs(before - now) <= TIE_SECONDS
        rank += not (form.ties and alike)
        before = now
        if cells is not None:
            places[first + n] = (("event", cells[subject]), rank)
    return places


def _generated(cell: str, patterns: Patterns) -> bool:
    return patterns.name_an_object(patterns.of_line(cell).parts)


# -- text


def _text(
    documented: Sequence[DocumentedLine], answered: Section, patterns: Patterns, form: Form
) -> Reading:
    shapes = {
        answered.start + n: patterns.of_line(text, form.volatile, form.aligned)
        for n, text in enumerate(answered.lines)
    }
    chance = {slot for slot in shapes if _by_chance(answered.lines[slot - answered.start], form)}
    real = _real_text(
        {s: p for s, p in shapes.items() if s not in chance}, answered, patterns, form
    )
    lines = [line for line in documented if not _by_chance(line.text, form)]
    if form.progress:
        laid = excerpt.lay(_steps(lines), real, partial=True)
    else:
        laid = excerpt.lay(lines, real, partial=form.partial, ends=not form.partial)
    extras = [(slot, shapes[slot]) for slot in sorted(chance)]
    rows = laid.rows + tuple(
        Row(line, options_for(line.text, extras))
        for line in documented
        if _by_chance(line.text, form)
    )
    order: dict[int, Place] = {
        slot: ("text", slot)
        for slot in real.slots
        if not patterns.name_an_object(shapes[slot].parts)
        and not (form.sorts and shapes[slot].parts)
    }
    return Reading(
        rows,
        (),
        frozenset(chance),
        (f"el comando escribe más que la página: {_lines(laid.left)}",) if laid.left else (),
        {} if form.unordered else order,
        shapes,
    )


def _real_text(
    shapes: Mapping[int, Pattern], answered: Section, patterns: Patterns, form: Form
) -> RealText:
    """The real lines, each with those among which it may stand elsewhere."""
    slots = tuple(shapes)
    leads = tuple(shapes.values())
    if form.listing and not form.sorts:
        firsts = [answered.lines[slot - answered.start].split()[:1] for slot in slots]
        leads = tuple(patterns.of_line(" ".join(first)) for first in firsts)
    everywhere = tuple(range(len(slots)) for _ in slots)
    reach = everywhere if form.unordered else excerpt.interchangeable(leads, form.sorts)
    return RealText(slots, tuple(shapes.values()), reach)


def _steps(documented: Sequence[DocumentedLine]) -> list[DocumentedLine]:
    """A progress's documented lines, repeats and ``...`` left out: how many come is chance."""
    told = [line for line in documented if not is_gap(line.text)]
    return [next(group) for _, group in groupby(told, key=lambda line: versions(line.text)[-1])]


def _by_chance(text: str, form: Form) -> bool:
    return form.incidental is not None and form.incidental.fullmatch(text) is not None


def _in_order(reading: Reading) -> Callable[[Choice], bool]:
    """Whether the lines chosen come, within each sequence, by rank.

    Lines that differ only in generated values may change places.
    """

    def judge(choice: Choice) -> bool:
        sequences: dict[Hashable, list[tuple[int, str]]] = {}
        for option in choice:
            slot = int(str(option.slot))
            if slot in reading.order:
                sequence, rank = reading.order[slot]
                sequences.setdefault(sequence, []).append((rank, reading.shapes[slot].source))
        return all(
            [source for _, source in lines]
            == [source for _, source in sorted(lines, key=lambda line: line[0])]
            for lines in sequences.values()
        )

    return judge


def _rows(count: int) -> str:
    return "1 fila" if count == 1 else f"{count} filas"


def _lines(count: int) -> str:
    return "1 línea más" if count == 1 else f"{count} líneas más"
