"""What a page shows of a command that does not end, against what it has printed (rule 11).

A watch's rows are judged by object: what repeats collapses, the documented ones are a part of the
real ones, each object's in their order; between objects the order counts unless they came under a
second apart and neither can be the cause of the other. Of other commands the first lines are shown,
or lines between ``...``; of loops any.

What a kubelet reports of two pods comes in any order; what a controller does, it does because of
something, so where a page shows an effect, no cause of it may come later (comparison rule 10b).
Sources: k8s.io/kubernetes/pkg/controller/statefulset (stateful_set_control.go: a pod is made once
all before it are ready), pkg/controller/replicaset (a pod that is being deleted no longer counts),
pkg/controller/deployment (rolling.go: old pods go as new ones are available), pkg/controller/job.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cached_property
from itertools import pairwise

from kubedoctest.cluster.timeline import Identity, Life, State, Timeline
from kubedoctest.commands.command import GoesOn
from kubedoctest.comparison import object_query, outputs, table
from kubedoctest.comparison.documented import Row, options_for
from kubedoctest.comparison.object_query import ObjectQuery
from kubedoctest.comparison.output_format import TEXT, OutputFormat
from kubedoctest.comparison.outputs import Reading, RealLine
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.solve import Choice, OfAll, OfTwo, Option
from kubedoctest.comparison.table import Cells
from kubedoctest.page.transcript import ANY_LINES, DocumentedLine, bare, is_gap, versions
from kubedoctest.values import shapes

SIMULTANEOUS_SECONDS = 1.0
_AGES = re.compile(rf"\({shapes.AGE} ago\)|(?<!\S){shapes.AGE}(?!\S)")


@dataclass(frozen=True)
class Happening:
    """A row that a watch printed."""

    at: int  # its line among the real ones
    subject: Cells  # the object, by the cells that name it
    pattern: Pattern
    step: Step | None = None  # the state that it shows, or None: not recorded
    listed: bool = False  # whether it was so before the watch began
    # the rows before it, each by its index, of which one at least is needed for it
    after: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True)
class Recording:
    """Where to find when the states that a watch shows were entered."""

    timeline: Timeline
    scope: ObjectQuery
    began: float  # when the watch was started, ``time.monotonic()`` seconds


def read(
    kind: GoesOn,
    documented: Sequence[DocumentedLine],
    output: str,
    patterns: Patterns,
    recording: Recording | None = None,
    form: OutputFormat = TEXT,
) -> Reading:
    """Lay what a page shows of a stream, in all its blocks, against what it printed so far."""
    if kind is GoesOn.WATCH:
        answer = outputs.real_lines(output)
        start = next((n for n, line in enumerate(answer) if table.is_header(line)), None)
        if start is not None:
            return _watch(documented, answer, start, patterns, form, recording)
    some = kind in (GoesOn.WATCH, GoesOn.LOOP)
    if not some:
        last = documented[-1].number if documented else 0
        documented = [*documented, DocumentedLine(last, ANY_LINES)]
    return outputs.read(documented, output, patterns, replace(form, partial=some))


Happened = Mapping[int, Happening]
"""What a watch printed, by its line."""


def _after_its_causes(happened: Happened) -> OfAll[int]:
    """No row comes before all that can have brought it about (see `needed`)."""

    def holds(choice: Choice[int]) -> bool:
        places = {option.payload: place for place, option in enumerate(choice)}
        shown: dict[Cells, list[int]] = defaultdict(list)
        for at in places:
            shown[happened[at].subject].append(at)

        def came_first(cause: int, place: int) -> bool:
            rows = shown[happened[cause].subject]
            return all(places[at] < place for at in rows if at <= cause)

        return all(
            any(came_first(cause, place) for cause in causes)
            for at, place in places.items()
            for causes in happened[at].after
        )

    return OfAll(holds)


def _in_order(happened: Happened) -> OfTwo[int]:
    """Two rows can have been printed in the order in which the page shows them."""

    def holds(one: Option[int], other: Option[int]) -> bool:
        first, then = happened[one.payload], happened[other.payload]
        if first.at < then.at:
            return True
        if first.subject == then.subject or first.step is None or then.step is None:
            return False
        if first.listed and then.listed:
            return bool(one.pairs and other.pairs)  # a list is in the order of names
        return first.step.state.entered - then.step.state.entered < SIMULTANEOUS_SECONDS

    return OfTwo(holds)


# -- watches


def _watch(
    documented: Sequence[DocumentedLine],
    answer: Sequence[str],
    start: int,
    patterns: Patterns,
    form: OutputFormat,
    recording: Recording | None,
) -> Reading:
    headers = table.headings(answer[start])
    lines = [line for line in documented if line.text.strip() and not is_gap(line.text)]
    unmet: list[str] = []
    unknown: list[Row] = []
    if lines and not is_gap(documented[0].text):
        if not any(table.headings(v) == headers for v in versions(lines[0].text)):
            unmet.append(f"el encabezado real es «{'   '.join(headers)}»")
            unknown.append(Row(lines[0], ()))
        del lines[0]
    printed = _happened(answer, start, patterns, form, recording)
    happened = {one.at: one for one in _with_causes(printed)}
    patterns_of = [(at, one.pattern) for at, one in happened.items()]
    rows = [
        Row(line, options_for(line.text, patterns_of))
        for line in _collapsed(lines, _naming(headers))
    ]
    return Reading(
        rows=(*unknown, *rows),
        answer=tuple(answer),
        settled=frozenset(range(len(answer))) - happened.keys(),  # what is only repeated
        unmet=tuple(unmet),
        lines={
            at: RealLine(one.pattern, None, one.step.state if one.step else None)
            for at, one in happened.items()
        },
        constraints=(_in_order(happened), _after_its_causes(happened)),
    )


def _naming(headers: Sequence[str]) -> int:
    """How many columns, the first ones, name a row's object."""
    return headers.index("NAME") + 1 if "NAME" in headers[:2] else 0


def _collapsed(lines: Sequence[DocumentedLine], naming: int) -> Iterator[DocumentedLine]:
    """The documented rows, without those that repeat their object's row before."""
    last: dict[Cells, str] = {}
    for line in lines:
        words = bare(line.text).split()
        row = _AGES.sub("", " ".join(words))
        subject = tuple(words[:naming])
        if not naming or last.get(subject) != row:
            yield line
        last[subject] = row


def _happened(
    answer: Sequence[str],
    start: int,
    patterns: Patterns,
    form: OutputFormat,
    recording: Recording | None,
) -> Iterator[Happening]:
    """What a watch printed, without the rows that repeat their object's row before."""
    real = table.read(answer[start:])
    naming = _naming(real.headers)
    moments = _Moments(real.headers, recording) if recording is not None and naming else None
    last: dict[Cells, Cells] = {}
    rows = (*[None] * (start + 1), *real.rows)
    for at, (line, cells) in enumerate(zip(answer, rows, strict=True)):
        if cells is None:
            if at != start:
                yield Happening(at, (str(at),), patterns.of_line(line, form.volatile))
            continue
        subject = cells[:naming] or (str(at),)
        row = _ageless(real.headers, cells)
        if last.get(subject) == row:
            continue
        last[subject] = row
        step = moments.entered(cells) if moments is not None else None
        pattern = patterns.of_row(real.headers, cells, form.volatile)
        listed = recording is not None and step is not None and step.state.entered < recording.began
        yield Happening(at, subject, pattern, step, listed)


def _with_causes(happened: Iterable[Happening]) -> Iterator[Happening]:
    """The rows, each with those that it needs before it, and its object's rows before it need."""
    earlier: list[Happening] = []
    inherited: dict[Cells, tuple[frozenset[int], ...]] = {}
    for one in happened:
        after = inherited.get(one.subject, ())
        if one.step is not None and not one.listed:
            others = {
                other.step: other.at
                for other in earlier
                if other.step is not None and other.subject != one.subject and not other.listed
            }
            after += tuple(
                frozenset(others[cause] for cause in causes)
                for causes in needed(one.step, tuple(others))
            )
        inherited[one.subject] = after
        earlier.append(one)
        yield replace(one, after=after)


@dataclass
class _Moments:
    """When the cluster entered the states that a watch printed, one after the other."""

    headers: Cells
    recording: Recording
    passed: dict[str, int] = field(default_factory=dict)

    def entered(self, cells: Sequence[str]) -> Step | None:
        """The state that this row shows; None: not recorded."""
        wanted = _ageless(self.headers, cells)
        timeline, listed = self.recording.timeline, self.recording.scope
        columns = timeline.columns(listed.resource)
        named = dict(zip(self.headers, cells, strict=True))
        steps = _steps(listed.lives(timeline), named)
        key = f"{named.get('NAMESPACE')}/{named['NAME']}"
        for n, step in enumerate(steps):
            printed = object_query.cells(step.state, self.headers, columns)
            if n < self.passed.get(key, 0) or step.state.left <= self.recording.began:
                continue
            if printed is not None and _ageless(self.headers, printed) == wanted:
                self.passed[key] = n + 1
                return step
        return None


def _steps(lives: Iterable[Life], named: Mapping[str, str]) -> list[Step]:
    """The states of all objects that had this name, in the order in which they came."""
    same = [
        life
        for life in lives
        if life.identity.name == named["NAME"]
        and life.identity.namespace == named.get("NAMESPACE", life.identity.namespace)
    ]
    return [
        Step(state, before)
        for life in sorted(same, key=lambda life: life.born)
        for before, state in pairwise((None, *life.states))
        if state is not None
    ]


def _ageless(headers: Sequence[str], cells: Sequence[str]) -> Cells:
    return tuple(
        "" if header == "AGE" else _AGES.sub("", cell).rstrip()
        for header, cell in zip(headers, cells, strict=True)
    )


def first_wrong(
    documented: Sequence[DocumentedLine], holds: Callable[[Sequence[DocumentedLine]], bool]
) -> int | None:
    """The page's line with which what is documented so far no longer holds."""
    wrong = (line.number for n, line in enumerate(documented, 1) if not holds(documented[:n]))
    return next(wrong, None)


# -- what brings what about

PROMPT_SECONDS = 1.0
"""A controller acts within this time, or something else made it act."""


class Change(Enum):
    """What an object's row says that the one before did not."""

    MADE = auto()
    READY = auto()
    ENDING = auto()
    OVER = auto()
    MORE_WANTED = auto()
    FEWER_WANTED = auto()


@dataclass(frozen=True)
class Step:
    """A state of an object, and the one before it; None where it had just been made."""

    state: State
    before: State | None

    @cached_property
    def changes(self) -> frozenset[Change]:
        """What is new in it."""
        if self.before is None:
            return frozenset({Change.MADE})
        now, before = self.state.cells, self.before.cells
        found = set()
        if _ready(now) > _ready(before):
            found.add(Change.READY)
        status, old = now.get("Status", ""), before.get("Status", "")
        if status == "Terminating" != old:
            found.add(Change.ENDING)
        elif status in ("Completed", "Error") and status != old:
            found.add(Change.OVER)
        wanted, less = _number(now.get("Desired")), _number(before.get("Desired"))
        if wanted != less:
            found.add(Change.MORE_WANTED if wanted > less else Change.FEWER_WANTED)
        return frozenset(found)


def needed(effect: Step, earlier: Sequence[Step]) -> list[list[Step]]:
    """What may have brought a step about: of each of these, one came before it.

    Args:
        earlier: the steps of other objects until then, in the order of time.
    """
    causes = [one for one in earlier if _may_cause(one, effect)]
    if effect.state.identity.owner is None or effect.state.identity.owner.kind != "StatefulSet":
        return [causes] if causes else []
    return [[one] for one in {one.state.identity.name: one for one in causes}.values()]


def _may_cause(cause: Step, effect: Step) -> bool:
    """Whether a change of one object is one that a controller answers with that of the other."""
    one, other = cause.state.identity, effect.state.identity
    if one.kind != other.kind or one.owner is None or other.owner is None:
        return False
    did, does = cause.changes, effect.changes
    prompt = effect.state.entered - cause.state.entered < PROMPT_SECONDS
    if one.owner.uid != other.owner.uid:
        rolled = Change.READY in did and Change.ENDING in does
        return rolled and prompt and _deployment(one) == _deployment(other) is not None
    if other.owner.kind == "StatefulSet":
        follows = _ordinal(one) < _ordinal(other)
        return follows and Change.READY in did and Change.MADE in does
    return prompt and any(c in did and e in does for c, e in _ANSWERS.get(other.owner.kind, ()))


_ANSWERS = {
    "ReplicaSet": ((Change.ENDING, Change.MADE), (Change.READY, Change.MADE)),
    "Job": ((Change.OVER, Change.MADE),),
    "DaemonSet": ((Change.READY, Change.ENDING),),
    "Deployment": (
        (Change.READY, Change.FEWER_WANTED),
        (Change.FEWER_WANTED, Change.MORE_WANTED),
    ),
}
"""By the controller of two objects, what of one it answers with what of the other."""


def _ready(cells: Mapping[str, str]) -> int:
    """How much of an object is ready: a pod if all its containers are, a ReplicaSet's pods."""
    part, _, whole = cells.get("Ready", "").partition("/")
    return int(part == whole != "0") if whole else _number(part)


def _number(cell: str | None) -> int:
    return int(cell) if cell is not None and cell.isdigit() else 0


def _ordinal(pod: Identity) -> int:
    return _number(pod.name.rpartition("-")[2])


def _deployment(pod: Identity) -> str | None:
    """The Deployment of a pod, by the name of its ReplicaSet."""
    hashed = pod.labels.get("pod-template-hash")
    assert pod.owner is not None
    if hashed is None or not pod.owner.name.endswith(f"-{hashed}"):
        return None
    return pod.owner.name.removesuffix(f"-{hashed}")
