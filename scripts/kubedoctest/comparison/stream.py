"""What a page shows of a command that does not end, against what it has printed (rule 11).

A watch's rows are judged by object: what repeats collapses, the documented ones are a part of the
real ones, each object's in their order; between objects the order counts unless they came under a
second apart. Of other commands the first lines are shown, or lines between ``...``; of loops any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kubedoctest.cluster.timeline import Life, State, Timeline
from kubedoctest.commands.endless import Endless
from kubedoctest.comparison import outputs, scope, table
from kubedoctest.comparison.form import TEXT, Form
from kubedoctest.comparison.outputs import ANY_LINES, Reading, Row
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.scope import Scope
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values import shapes
from kubedoctest.values.assignment import Option
from kubedoctest.values.bindings import Bindings

SIMULTANEOUS_SECONDS = 1.0
_AGES = re.compile(rf"\({shapes.AGE} ago\)|(?<!\S){shapes.AGE}(?!\S)")


@dataclass(frozen=True)
class Happening:
    """A row that a watch printed.

    Attributes:
        at: its line among the real ones.
        subject: the object, by the cells that name it.
        entered: when the cluster entered that state (``time.monotonic()``), or None: not known.
        listed: whether it was so before the watch began.
    """

    at: int
    subject: tuple[str, ...]
    pattern: Pattern
    entered: float | None = None
    listed: bool = False


@dataclass(frozen=True)
class _Shown:
    """A documented row of a watch: its place among them, and the real row that it stands for."""

    order: int
    happening: Happening


@dataclass(frozen=True)
class Laid:
    """A stream's documented lines laid against its real ones."""

    reading: Reading
    by_object: bool = False


@dataclass(frozen=True)
class Recording:
    """Where to find when the states that a watch shows were entered.

    Attributes:
        began: when the watch was started, ``time.monotonic()`` seconds.
    """

    timeline: Timeline
    scope: Scope
    began: float


def lay(
    kind: Endless,
    documented: Sequence[DocumentedLine],
    output: str,
    patterns: Patterns,
    recording: Recording | None = None,
    form: Form = TEXT,
) -> Laid:
    """Lay what a page shows of a stream, in all its blocks, against what it printed so far."""
    if kind is Endless.WATCH:
        answer = outputs.real_lines(output)
        start = next((n for n, line in enumerate(answer) if table.is_header(line)), None)
        if start is not None:
            return Laid(_watch(documented, answer, start, patterns, recording), by_object=True)
    some = kind in (Endless.WATCH, Endless.LOOP)
    if not some:
        last = documented[-1].number if documented else 0
        documented = [*documented, DocumentedLine(last, ANY_LINES)]
    return Laid(outputs.read(documented, output, patterns, replace(form, partial=some)))


def agrees(laid: Laid, bindings: Bindings, place: str) -> bool:
    """Whether what is documented is true; if so the bindings have learnt from it."""
    reading = laid.reading
    if not laid.by_object:
        return outputs.agrees(reading, bindings, place)
    if reading.unmet or not all(row.options for row in reading.rows):
        return False
    options = [
        [option for option in row.options if bindings.admit(option.pairs)] for row in reading.rows
    ]
    return all(options) and bindings.learn(options, place, _in_order) is not None


def _in_order(one: Option, other: Option) -> bool:
    """Whether two rows can have been printed in the order in which the page shows them."""
    a, b = _shown(one), _shown(other)
    if a.order > b.order:
        a, b, one, other = b, a, other, one
    first, then = a.happening, b.happening
    if first.at < then.at:
        return True
    if first.subject == then.subject or first.entered is None or then.entered is None:
        return False
    if first.listed and then.listed:
        return bool(one.pairs and other.pairs)  # a list is in the order of names
    return first.entered - then.entered < SIMULTANEOUS_SECONDS


def _shown(option: Option) -> _Shown:
    assert isinstance(option.payload, _Shown)
    return option.payload


# -- watches


@dataclass
class _Columns:
    """The columns of a watch's table; its rows get wider as it goes on."""

    headers: tuple[str, ...]
    starts: tuple[int, ...]

    def cells(self, line: str) -> tuple[str, ...] | None:
        """The cells of a row, blank ones empty; None for a line that is no row.

        kubectl pads every cell with three spaces at least; a column never starts further to the
        left than it did before.
        """
        pieces = [(m.start(), m.group()) for m in re.finditer(r"\S+(?: {1,2}\S+)*", line)]
        if len(pieces) == len(self.headers):
            self.starts = tuple(start for start, _ in pieces)
            return tuple(text for _, text in pieces)
        if len(pieces) > len(self.headers) or not pieces or pieces[0][0] != 0:
            return None
        found = dict.fromkeys(self.headers, "")
        for start, text in pieces:
            fitting = [h for h, s in zip(self.headers, self.starts, strict=True) if s == start]
            if not fitting or found[fitting[0]]:
                return None
            found[fitting[0]] = text
        return tuple(found.values())


def _watch(
    documented: Sequence[DocumentedLine],
    answer: Sequence[str],
    start: int,
    patterns: Patterns,
    recording: Recording | None,
) -> Reading:
    header = answer[start]
    headers = table.headings(header)
    lines = [line for line in documented if line.text.strip() not in (ANY_LINES, "")]
    unmet: list[str] = []
    unknown: list[Row] = []
    if lines and documented[0].text.strip() != ANY_LINES:
        if not any(table.headings(v) == headers for v in outputs.versions(lines[0].text)):
            unmet.append(f"el encabezado real es «{'   '.join(headers)}»")
            unknown.append(Row(lines[0], ()))
        del lines[0]
    columns = _Columns(headers, tuple(m.start() for m in re.finditer(r"\S+(?: \S+)*", header)))
    happened = list(_happened(answer, start, columns, patterns, recording))
    rows = [
        Row(line, _options(line, order, happened))
        for order, line in enumerate(_collapsed(lines, _naming(headers)))
    ]
    repeated = set(range(len(answer))) - {one.at for one in happened}
    return Reading((*unknown, *rows), tuple(answer), frozenset(repeated), tuple(unmet))


def _options(line: DocumentedLine, order: int, happened: Sequence[Happening]) -> tuple[Option, ...]:
    by_slot = {one.at: one for one in happened}
    found = outputs.options_for(line.text, [(one.at, one.pattern) for one in happened])
    return tuple(
        replace(option, payload=_Shown(order, by_slot[int(str(option.slot))])) for option in found
    )


def _naming(headers: Sequence[str]) -> int:
    """How many columns, the first ones, name a row's object."""
    return headers.index("NAME") + 1 if "NAME" in headers[:2] else 0


def _collapsed(lines: Sequence[DocumentedLine], naming: int) -> Iterator[DocumentedLine]:
    """The documented rows, without those that repeat their object's row before."""
    last: dict[tuple[str, ...], str] = {}
    for line in lines:
        words = outputs.versions(line.text)[-1].split()
        row = _AGES.sub("", " ".join(words))
        subject = tuple(words[:naming])
        if not naming or last.get(subject) != row:
            yield line
        last[subject] = row


def _happened(
    answer: Sequence[str],
    start: int,
    columns: _Columns,
    patterns: Patterns,
    recording: Recording | None,
) -> Iterator[Happening]:
    """What a watch printed, without the rows that repeat their object's row before."""
    naming = _naming(columns.headers)
    moments = _Moments(columns.headers, recording) if recording is not None and naming else None
    last: dict[tuple[str, ...], tuple[str, ...]] = {}
    for at, line in enumerate(answer):
        cells = columns.cells(line) if at > start else None
        if cells is None:
            if at != start:
                yield Happening(at, (str(at),), patterns.of_line(line, shapes.DESCRIPTION))
            continue
        subject = cells[:naming] or (str(at),)
        row = _ageless(columns.headers, cells)
        if last.get(subject) == row:
            continue
        last[subject] = row
        entered = moments.entered(cells) if moments is not None else None
        yield Happening(
            at,
            subject,
            patterns.of_row(columns.headers, cells),
            entered,
            recording is not None and entered is not None and entered < recording.began,
        )


@dataclass
class _Moments:
    """When the cluster entered the states that a watch printed, one after the other."""

    headers: tuple[str, ...]
    recording: Recording
    passed: dict[str, int] = field(default_factory=dict)

    def entered(self, cells: Sequence[str]) -> float | None:
        """When the object of this row entered the state that it shows; None: not recorded."""
        wanted = _ageless(self.headers, cells)
        timeline, listed = self.recording.timeline, self.recording.scope
        columns = timeline.columns(listed.resource)
        named = dict(zip(self.headers, cells, strict=True))
        states = _states(timeline.lives(listed.resource), listed, named)
        key = f"{named.get('NAMESPACE')}/{named['NAME']}"
        for n, state in enumerate(states):
            printed = scope.cells(state, self.headers, columns)
            if n < self.passed.get(key, 0) or state.left <= self.recording.began:
                continue
            if printed is not None and _ageless(self.headers, printed) == wanted:
                self.passed[key] = n + 1
                return state.entered
        return None


def _states(lives: Sequence[Life], listed: Scope, named: Mapping[str, str]) -> list[State]:
    """The states of all objects that had this name, in the order in which they came."""
    same = [
        life
        for life in scope.listed(lives, listed)
        if life.identity.name == named["NAME"]
        and life.identity.namespace == named.get("NAMESPACE", life.identity.namespace)
    ]
    return [state for life in sorted(same, key=lambda life: life.born) for state in life.states]


def _ageless(headers: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        "" if header == "AGE" else _AGES.sub("", cell).rstrip()
        for header, cell in zip(headers, cells, strict=True)
    )


Judgement = Callable[[Sequence[DocumentedLine]], bool]


def first_wrong(documented: Sequence[DocumentedLine], holds: Judgement) -> DocumentedLine | None:
    """The first line with which what is documented so far no longer holds."""
    for count in range(1, len(documented) + 1):
        if not holds(documented[:count]):
            return documented[count - 1]
    return None
