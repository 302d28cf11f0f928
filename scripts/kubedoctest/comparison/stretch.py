"""What a page shows between two commands that change something, judged by the recording.

A *transient* table is one that a later table of the stretch supersedes: its states may have passed
by the time the harness looks. A *settled* table must be true when it is shown and when the stretch
ends: its states hold for as long as a person takes to type the next command, or the objects come
back to them by themselves again and again (comparison rules 1 to 3).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kubedoctest.cluster.timeline import Life, State, Timeline
from kubedoctest.comparison.documented import cells_of, options_for
from kubedoctest.comparison.object_query import ObjectQuery, ShownTable
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import (
    Answer,
    Choice,
    Mismatch,
    OfAll,
    OfTwo,
    Option,
    Proof,
    Undecided,
    solve,
)
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.bindings import Bindings

HOLDS_SECONDS = 3.0
"""A person who has read an answer takes at least this long to type and send the next command."""
ON_ITS_WAY = 3
"""How many times as long a state must hold that is on its way to another one.

It is known to change, so it is only shown as the last word if it takes its time.
"""
KUBELET_LOOKS_AGAIN_SECONDS = 20.0
"""How long `ErrImagePull` is shown at most before `ImagePullBackOff` is, on a busy machine too.

The kubelet looks at a pod that failed again after ten seconds and up to half of that more: source
pkg/kubelet/kubelet.go (backOffPeriod) and pod_workers.go (workerBackOffPeriodJitterFactor). On the
real cluster 12.5 and 14.9 s.
"""
_FAILED_PULL = "ErrImagePull"
_WAITING = re.compile(r"Pending|ContainerCreating|PodInitializing|Init:.*|Terminating")
_SHARE = re.compile(r"(?P<there>[0-9]+)/(?P<wanted>[0-9]+)")
_RESTARTS_OF_A_CYCLE = 2  # one restart may be what a command asked for


def still_open(lives: Iterable[Life], now: float, holds: float = HOLDS_SECONDS) -> float:
    """For how long the present states of these objects may still turn out to pass; 0 if they last.

    Args:
        now: ``time.monotonic()`` seconds.
        holds: seconds that a state must hold, counted from when it was entered.
    """
    present = (life.current for life in lives)
    return max((s.entered + _must_hold(s, holds) - now for s in present if s), default=0.0)


def recurring(life: Life, changes: Sequence[float]) -> tuple[State, ...]:
    """The states that the object came back to by itself, each time it was in them.

    A container that ends again and again is restarted each time, so its pod goes through the same
    states with ever more restarts. One restart is no cycle: the page may have asked for it.

    Args:
        changes: when each command of the page that changes something began, in order.
    """
    cycling = {
        form
        for start, end in pairwise((*changes, float("inf")))
        for form in _came_back([s for s in life.states if s.left > start and s.entered < end])
    }
    if not cycling:
        return ()
    here = {_form(s) for s in life.states if s.left > max(changes, default=0.0)}
    return tuple(state for state in life.states if _form(state) in cycling & here)


def restarts(state: State) -> int:
    """How often the pod's containers were restarted; 0 for what has no such count."""
    count = state.cells.get("Restarts", "").partition(" ")[0]
    return int(count) if count.isdigit() else 0


def _came_back(states: Sequence[State]) -> set[frozenset[tuple[str, str]]]:
    """The forms of the states that were entered again, if their object was restarted often."""
    if not states or restarts(states[-1]) - restarts(states[0]) < _RESTARTS_OF_A_CYCLE:
        return set()
    counts: dict[frozenset[tuple[str, str]], set[int]] = {}
    for state in states:
        counts.setdefault(_form(state), set()).add(restarts(state))
    return {form for form, different in counts.items() if len(different) > 1}


def _form(state: State) -> frozenset[tuple[str, str]]:
    """What a state has in common with its like at another turn: all but ages and restarts."""
    cells: Mapping[str, str] = state.ageless
    return frozenset((name, cell) for name, cell in cells.items() if name != "Restarts")


def _must_hold(state: State, holds: float) -> float:
    if state.cells.get("Status", "").endswith(_FAILED_PULL):
        return max(holds, KUBELET_LOOKS_AGAIN_SECONDS)
    return holds * ON_ITS_WAY if _on_its_way(state.cells) else holds


def _on_its_way(cells: Mapping[str, str]) -> bool:
    """Whether an object is not yet what it is to be: some of it is not ready, or not up to date."""
    status = cells.get("Status", "")
    share = _SHARE.fullmatch(cells.get("Ready") or cells.get("Completions", ""))
    wanted = cells.get("Desired") or (share["wanted"] if share else "")
    counts = [cells.get(column, wanted) for column in ("Ready", "Up-to-date", "Current")]
    there = [share["there"] if share and at == 0 else count for at, count in enumerate(counts)]
    lacking = bool(wanted) and any(count != wanted for count in there)
    return _WAITING.fullmatch(status) is not None or (lacking and status in ("", "Running"))


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
class Settled:
    """A settled table and the moment from which it must hold."""

    table: ShownTable
    since: float


@dataclass(frozen=True)
class SettledText:
    """What a page shows last of objects otherwise than as a table, and since when it must hold."""

    place: str  # the command's, as ``page:line``
    queries: tuple[ObjectQuery, ...]  # what it is about
    since: float

    def lives(self, timeline: Timeline) -> list[Life]:
        """The objects that it is about, as far as they were there since then.

        Those are left out that end again and again: what is told of them is told by turns.
        """
        return [
            life
            for query in self.queries
            for life in query.lives(timeline)
            if life.gone > self.since and restarts(life.states[-1]) == restarts(life.at(self.since))
        ]

    def may_have_changed(self, timeline: Timeline) -> bool:
        """Whether one of its objects is no longer as it was."""
        return any(
            life.gone < math.inf or _changed(life, self.since) for life in self.lives(timeline)
        )


@dataclass(frozen=True)
class Left:
    """An object that left a settled state by itself: its documented line and what it became."""

    line: DocumentedLine | None
    became: str


@dataclass
class Stretch:
    """The stretch under way."""

    # the commands of the page that changed something, the one that began it last
    spans: tuple[Span, ...]
    settled: list[Settled] = field(default_factory=list)
    texts: list[SettledText] = field(default_factory=list)

    @property
    def span(self) -> Span:
        """The command that it began with."""
        return self.spans[-1]

    @property
    def pending(self) -> frozenset[str]:
        """Where what must hold until its end is shown, as ``page:line``."""
        tables = {one.table.place for one in self.settled}
        return frozenset(tables | {one.place for one in self.texts})

    @property
    def changes(self) -> tuple[float, ...]:
        """When each of the commands began."""
        return tuple(span.start for span in self.spans)


Floors = Mapping[str, float]
"""By uid, when the object entered the earliest state that the stretch's next table may show."""


@dataclass(frozen=True)
class Sighting:
    """A state of an object that a documented row may show."""

    life: Life
    state: State


@dataclass(frozen=True)
class Evidence:
    """What tables are judged by."""

    timeline: Timeline  # what was recorded
    # patterns, bindings: the page's generated values
    patterns: Patterns
    bindings: Bindings
    changes: tuple[float, ...] = ()  # as in `Stretch`

    def options(
        self, shown: ShownTable, sightings: Sequence[Sighting]
    ) -> list[tuple[Option[Sighting], ...]]:
        """What each row of a table may stand for."""
        patterns = [
            (seen, pattern)
            for seen in sightings
            if (pattern := shown.pattern(seen.state, self.timeline, self.patterns)) is not None
        ]
        return [
            options_for(line.text, patterns, lambda seen: seen.life.identity.uid)
            for line in shown.rows
        ]

    def lasting_options(self, shown: ShownTable) -> list[tuple[Option[Sighting], ...]]:
        """What each row may stand for: how objects are now, or come back to be."""
        sightings = [
            Sighting(life, state)
            for life in self.present(shown)
            for state in dict.fromkeys((life.states[-1], *recurring(life, self.changes)))
        ]
        return self.options(shown, sightings)

    def present(self, shown: ShownTable) -> list[Life]:
        """The objects that a table lists now."""
        return [life for life in shown.scope.lives(self.timeline) if life.current is not None]


def once_true(
    shown: ShownTable, span: Span, floors: Floors, evidence: Evidence, now: float
) -> Answer[Sighting]:
    """Whether the table was true at some moment of the stretch that began with a command.

    Args:
        floors: what its tables before this one have shown.
    """
    if shown.is_only_a_header or evidence.timeline.gap_since(shown.scope.resource, span.start):
        return Mismatch()
    lives, sightings = _within(shown, span, floors, evidence.timeline)
    rows = evidence.options(shown, sightings)
    if not all(rows) or not _sorted(shown, rows, evidence):
        return Mismatch()
    complete = () if shown.excerpt else (_none_left_out(lives, span, now),)
    return solve(rows, evidence.bindings, shown.place, (OfTwo(_together), *complete))


def raised(floors: Floors, proof: Proof[Sighting]) -> Floors:
    """The floors for the tables after one that was true.

    Only of objects that it surely shows, and from the earliest state that it may show of them.
    """
    slots = [{option.slot for option in line} for line in proof.possible]
    all_shown = len(set().union(*slots)) == len(slots)
    entered: dict[str, float] = {}
    for option in (option for line in proof.possible for option in line):
        uid = option.payload.life.identity.uid
        if all_shown or {option.slot} in slots:
            entered[uid] = min(entered.get(uid, math.inf), option.payload.state.entered)
    return {**floors, **{u: max(at, floors.get(u, -math.inf)) for u, at in entered.items()}}


def passed(
    shown: ShownTable, span: Span, floors: Floors, timeline: Timeline
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The rows that the table could have shown: object's name and cells, in the order of time."""
    if timeline.gap_since(shown.scope.resource, span.start):
        return ()
    _, sightings = _within(shown, span, floors, timeline)
    sightings.sort(key=lambda sighting: sighting.state.entered)
    printed = [shown.cells(one.state, timeline) for one in sightings]
    name = shown.headers.index("NAME") if "NAME" in shown.headers else 0
    return tuple((row[name], row) for row in printed if row is not None)


def recurs(shown: ShownTable, evidence: Evidence) -> bool:
    """Whether an object that the table lists goes through the same states again and again."""
    return any(recurring(life, evidence.changes) for life in evidence.present(shown))


def comes_back(shown: ShownTable, evidence: Evidence) -> Answer[Sighting]:
    """Whether the table is true of how its objects are now, or come back to be by themselves."""
    if shown.is_only_a_header or _has_newcomers(shown, evidence):
        return Mismatch()
    return solve(evidence.lasting_options(shown), evidence.bindings, shown.place)


def open_seconds(settled: Settled, evidence: Evidence, now: float, hold: float) -> float:
    """For how long it is still open whether a settled table lasts; 0 or less once it is decided.

    Args:
        now: ``time.monotonic()`` seconds.
        hold: seconds that a state must hold.

    Infinite while an object that was restarted may still come back to what the table shows.
    """
    lives = evidence.present(settled.table)
    calm = [one for one in lives if restarts(one.states[-1]) == restarts(one.at(settled.since))]
    if len(calm) < len(lives) and not isinstance(left_by_itself(settled, evidence), Proof):
        return math.inf
    return still_open(calm, now, hold)


def left_by_itself(
    settled: Settled, evidence: Evidence
) -> Proof[Sighting] | Undecided | tuple[Left, ...]:
    """What no longer is as a settled table says, at the end of its stretch; a proof if all is."""
    shown = settled.table
    answer = comes_back(shown, evidence)
    if not isinstance(answer, Mismatch):
        return answer
    story = [
        _story(life, settled.since, shown, evidence)
        for life in shown.scope.lives(evidence.timeline)
        if life.gone > settled.since and (life.current is None or _changed(life, settled.since))
    ]
    if not story:
        newcomers = _has_newcomers(shown, evidence)
        story = ["apareció otro objeto"] if newcomers else ["ya no está así"]
    rows = zip(shown.rows, evidence.lasting_options(shown), strict=True)
    lost: list[DocumentedLine | None] = [line for line, options in rows if not options]
    return tuple(Left(line, "; ".join(story)) for line in lost or [None])


def _has_newcomers(shown: ShownTable, evidence: Evidence) -> bool:
    return not shown.excerpt and len(evidence.present(shown)) > len(shown.rows)


def _changed(life: Life, since: float) -> bool:
    return life.states[-1].entered > since


def _within(
    shown: ShownTable, span: Span, floors: Floors, timeline: Timeline
) -> tuple[list[Life], list[Sighting]]:
    """The objects that a table of the stretch may list, and the states that it may show."""
    lives = [life for life in shown.scope.lives(timeline) if life.gone > span.end]
    sightings = [
        Sighting(life, state)
        for life in lives
        for state in life.states
        if (state.entered >= span.start or state.left > span.end)
        and state.left > floors.get(life.identity.uid, -math.inf)
    ]
    return lives, sightings


def _sorted(
    shown: ShownTable, rows: Sequence[Sequence[Option[Sighting]]], evidence: Evidence
) -> bool:
    """Whether the documented rows come in the order that the command asks for."""
    sorting = shown.view.sorted_by
    if sorting is None:
        return True
    found: list[str | None] = []
    for line, options in zip(shown.rows, rows, strict=True):
        state = options[0].payload.state
        pattern = shown.pattern(state, evidence.timeline, evidence.patterns)
        found.append(cells_of(line, [pattern] if pattern else []).get(sorting.heading))
    return sorting.misplaced([cell for cell in found if cell is not None]) is None


def _together(one: Option[Sighting], other: Option[Sighting]) -> bool:
    """Whether each object was alive while the other was in the state shown."""
    a, b = one.payload, other.payload
    return (
        a.life.born < b.state.left
        and a.life.gone > b.state.entered
        and b.life.born < a.state.left
        and b.life.gone > a.state.entered
    )


def _none_left_out(lives: Sequence[Life], span: Span, now: float) -> OfAll[Sighting]:
    """An object that the table does not list must have been absent at some moment it shows."""

    def holds(choice: Choice[Sighting]) -> bool:
        if not choice:
            moments_without = (span.end, *(life.gone for life in lives))
            return any(
                m < math.inf and not any(life.born <= m < life.gone for life in lives)
                for m in moments_without
            )
        shown = {option.slot for option in choice}
        moments = [_moments(option.payload.state, span, now) for option in choice]
        latest_start = max(start for start, _ in moments)
        earliest_end = min(end for _, end in moments)
        start, end = sorted((latest_start, earliest_end))
        return all(
            life.born > start or life.gone < end for life in lives if life.identity.uid not in shown
        )

    return OfAll(holds)


def _moments(state: State, span: Span, now: float) -> tuple[float, float]:
    """When a state can have been seen: after the command if it lasted, else during it."""
    earliest = span.end if state.left > span.end else span.start
    return max(state.entered, earliest), min(state.left, now)


def _story(life: Life, since: float, shown: ShownTable, evidence: Evidence) -> str:
    """The states that an object went through since a moment, as kubectl would print them."""
    steps = [
        "   ".join(cell for cell in shown.cells(state, evidence.timeline) or () if cell)
        for state in life.states
        if state.left > since
    ]
    if life.gone != math.inf:
        steps.append("(eliminado)")
    return evidence.bindings.as_documented(" → ".join(steps))
