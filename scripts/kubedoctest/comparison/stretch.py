"""What a page shows between two commands that change something, judged by the recording.

A *transient* table is one that a later table of the stretch supersedes: its states may have passed
by the time the harness looks. A *settled* table must be true when it is shown and stay true until
the stretch ends (comparison rules 1 to 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kubedoctest.cluster.timeline import Life, State, Timeline
from kubedoctest.comparison.documented import versions
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.scope import PLAIN, Scope, View, cells, listed
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.assignment import Choice, Option
from kubedoctest.values.bindings import Bindings


@dataclass(frozen=True)
class Span:
    """A command that changed something: from when it began until its effects were recorded.

    ``start`` and ``end`` are ``time.monotonic()`` seconds; ``place`` is ``page:line``.
    """

    start: float
    end: float
    place: str
    command: str


@dataclass(frozen=True)
class ShownTable:
    """A documented table of objects that are being recorded.

    Attributes:
        rows: its lines, without header and ``...``; none where it says that there are no objects.
        excerpt: whether ``...`` leaves some out.
        headers: its headings; none where it says that there are no objects.
        place: where it begins, as ``page:line``.
    """

    rows: tuple[DocumentedLine, ...]
    excerpt: bool
    headers: tuple[str, ...]
    scope: Scope
    place: str
    view: View = PLAIN

    @property
    def is_only_a_header(self) -> bool:
        """Whether nothing follows the header, which kubectl never prints without rows."""
        return bool(self.headers) and not self.rows and not self.excerpt


@dataclass(frozen=True)
class Settled:
    """A settled table and the moment from which it must hold."""

    table: ShownTable
    since: float


@dataclass(frozen=True)
class Left:
    """An object that left a settled state by itself: its documented line and what it became."""

    line: DocumentedLine | None
    became: str


@dataclass
class Stretch:
    """The stretch under way."""

    span: Span
    settled: list[Settled] = field(default_factory=list)
    floor: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Sighting:
    """A state of an object that a documented row may show."""

    life: Life
    state: State


def once_true(
    shown: ShownTable,
    stretch: Stretch,
    timeline: Timeline,
    patterns: Patterns,
    bindings: Bindings,
    now: float,
) -> bool:
    """Whether the table was true at some moment of the stretch; if so the bindings have learnt."""
    span = stretch.span
    if shown.is_only_a_header or timeline.gap_since(shown.scope.resource, span.start):
        return False
    lives, sightings = _within(shown, stretch, timeline)
    rows = [_options(line, sightings, shown, timeline, patterns) for line in shown.rows]
    if not all(rows) or not _sorted(shown, rows, timeline, patterns):
        return False
    judge = _none_left_out(lives, span, now) if not shown.excerpt else lambda _: True
    if bindings.learn(rows, shown.place, _together, judge) is None:
        return False
    for option in (option for row in rows for option in row):
        sighting = _sighting(option)
        uid = sighting.life.identity.uid
        earliest = min(
            _sighting(o).state.entered for row in rows for o in row if o.slot == option.slot
        )
        stretch.floor[uid] = max(stretch.floor.get(uid, -math.inf), earliest)
    return True


def passed(
    shown: ShownTable, stretch: Stretch, timeline: Timeline
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The rows that the table could have shown: object's name and cells, in the order of time."""
    if timeline.gap_since(shown.scope.resource, stretch.span.start):
        return ()
    columns = timeline.columns(shown.scope.resource)
    _, sightings = _within(shown, stretch, timeline)
    sightings.sort(key=lambda sighting: sighting.state.entered)
    printed = [cells(one.state, shown.headers, columns, shown.view) for one in sightings]
    name = shown.headers.index("NAME") if "NAME" in shown.headers else 0
    return tuple((row[name], row) for row in printed if row is not None)


def left_by_itself(
    settled: Settled, timeline: Timeline, patterns: Patterns, bindings: Bindings
) -> list[Left]:
    """What no longer is as a settled table says, at the end of its stretch; empty if all is."""
    shown = settled.table
    lives = [
        life
        for life in listed(timeline.lives(shown.scope.resource), shown.scope)
        if life.gone > settled.since
    ]
    steady: list[_Sighting] = []
    changed: list[Life] = []
    for life in lives:
        states = [state for state in life.states if state.left > settled.since]
        forms = {_printed(state, shown, timeline, patterns) for state in states}
        if life.current is not None and len(forms) == 1:
            steady.append(_Sighting(life, states[-1]))
        else:
            changed.append(life)
    rows = [_options(line, steady, shown, timeline, patterns) for line in shown.rows]
    newcomers = not shown.excerpt and len(lives) > len(shown.rows)
    if not newcomers and all(rows) and bindings.learn(rows, shown.place) is not None:
        return []
    story = [_story(life, settled.since, shown, timeline, bindings) for life in changed]
    lost: list[DocumentedLine | None] = [
        line for line, options in zip(shown.rows, rows, strict=True) if not options
    ]
    if not story:
        story = ["apareció otro objeto"] if newcomers else ["ya no está así"]
    return [Left(line, "; ".join(story)) for line in lost or [None]]


def _within(
    shown: ShownTable, stretch: Stretch, timeline: Timeline
) -> tuple[list[Life], list[_Sighting]]:
    """The objects that a table of the stretch may list, and the states that it may show."""
    span = stretch.span
    lives = [
        life
        for life in listed(timeline.lives(shown.scope.resource), shown.scope)
        if life.gone > span.end
    ]
    sightings = [
        _Sighting(life, state)
        for life in lives
        for state in life.states
        if (state.entered >= span.start or state.left > span.end)
        and state.left > stretch.floor.get(life.identity.uid, -math.inf)
    ]
    return lives, sightings


def _options(
    line: DocumentedLine,
    sightings: Sequence[_Sighting],
    shown: ShownTable,
    timeline: Timeline,
    patterns: Patterns,
) -> list[Option]:
    options: list[Option] = []
    for text in versions(line.text):
        for sighting in sightings:
            pattern = _printed(sighting.state, shown, timeline, patterns)
            for pairs in pattern.ways(text) if pattern else ():
                options.append(Option(sighting.life.identity.uid, pairs, sighting))
        if options:
            break
    return options


def _printed(
    state: State, shown: ShownTable, timeline: Timeline, patterns: Patterns
) -> Pattern | None:
    """What may be documented for a state under the table's headings."""
    row = cells(state, shown.headers, timeline.columns(shown.scope.resource), shown.view)
    sorting = shown.view.sorted_by
    key = sorting.heading if sorting else None
    return None if row is None else patterns.of_row(shown.headers, row, key)


def _sorted(
    shown: ShownTable, rows: Sequence[Sequence[Option]], timeline: Timeline, patterns: Patterns
) -> bool:
    """Whether the documented rows come in the order that the command asks for."""
    sorting = shown.view.sorted_by
    if sorting is None:
        return True
    keys: list[str] = []
    for line, options in zip(shown.rows, rows, strict=True):
        pattern = _printed(_sighting(options[0]).state, shown, timeline, patterns)
        found = (pattern.key(text) for text in versions(line.text)) if pattern else ()
        keys += [key for key in found if key is not None][:1]
    return sorting.misplaced(keys) is None


def _sighting(option: Option) -> _Sighting:
    assert isinstance(option.payload, _Sighting)
    return option.payload


def _together(one: Option, other: Option) -> bool:
    """Whether each object was alive while the other was in the state shown."""
    a, b = _sighting(one), _sighting(other)
    return (
        a.life.born < b.state.left
        and a.life.gone > b.state.entered
        and b.life.born < a.state.left
        and b.life.gone > a.state.entered
    )


def _none_left_out(lives: Sequence[Life], span: Span, now: float) -> Callable[[Choice], bool]:
    """An object that the table does not list must have been absent at some moment it shows."""

    def judge(choice: Choice) -> bool:
        shown = {option.slot for option in choice}
        if not choice:
            moments_without = (span.end, *(life.gone for life in lives))
            return any(
                m < math.inf and not any(life.born <= m < life.gone for life in lives)
                for m in moments_without
            )
        moments = [_moments(_sighting(option).state, span, now) for option in choice]
        latest_start = max(start for start, _ in moments)
        earliest_end = min(end for _, end in moments)
        start, end = sorted((latest_start, earliest_end))
        return all(
            life.born > start or life.gone < end for life in lives if life.identity.uid not in shown
        )

    return judge


def _moments(state: State, span: Span, now: float) -> tuple[float, float]:
    """When a state can have been seen: after the command if it lasted, else during it."""
    earliest = span.end if state.left > span.end else span.start
    return max(state.entered, earliest), min(state.left, now)


def _story(
    life: Life, since: float, shown: ShownTable, timeline: Timeline, bindings: Bindings
) -> str:
    """The states that an object went through since a moment, as kubectl would print them."""
    columns = timeline.columns(shown.scope.resource)
    steps = [
        "   ".join(c for c in (cells(state, shown.headers, columns, shown.view) or ()) if c)
        for state in life.states
        if state.left > since
    ]
    if life.gone != math.inf:
        steps.append("(eliminado)")
    return bindings.as_documented(" → ".join(steps))
