"""The times that a page's tables tell of their objects, as bounds on its author's clock.

What is true of every run bounds them too: an object is not older than what made it, nor younger
than a command that came after it was there. Authors type more slowly than a page is run here, so
what was there before a command here was there before it then.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from typing import TypeVar

from kubedoctest.cluster.timeline import Life
from kubedoctest.comparison.documented import cells_of
from kubedoctest.comparison.pattern import Pattern
from kubedoctest.comparison.solve import Mismatch, OfTwo, Option, Proof, solve
from kubedoctest.comparison.stretch import Span
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.authors_clock import (
    ANY_AGE,
    SKEW,
    AuthorsClock,
    Bound,
    Told,
    printed,
    printed_for,
)
from kubedoctest.values.bindings import Bindings

T = TypeVar("T")

_TIMES = ("AGE", "RESTARTS", "DURATION", "LAST SCHEDULE")
_REPEATED = re.compile(rf"(?<!\S)(?P<last>{ANY_AGE}) \(x[0-9]+ over (?P<over>{ANY_AGE})\)")
_AGO = re.compile(rf"[0-9]+ \(({ANY_AGE}) ago\)")
_STAMP = 1.0  # seconds: the API server cuts an object's birth to whole ones
_QUIET_SECONDS = 2.5
"""An object whose sibling was made less than this before a command may be of an earlier one."""
_LATE_SECONDS = 0.5  # the watch may tell of an object after the command that made it has ended
_BY_TIME = frozenset({"CronJob", "Job"})  # what they make comes when it is time, not by a command
_ONE_BY_ONE = frozenset({"Deployment", "StatefulSet", "CronJob"})


NEXT_STEP = "copien todas las salidas de una misma corrida, o escríbanlas con `actualizar`"


@dataclass(frozen=True)
class Row:
    """A documented row and the objects that it may stand for."""

    line: int  # the page's
    cells: Mapping[str, str]  # the documented name and times, by heading
    lives: tuple[Life, ...]


@dataclass(frozen=True)
class Ages:
    """The author's clock of a page, as far as the page has been read."""

    clock: AuthorsClock = field(default_factory=AuthorsClock)
    moments: tuple[int, ...] = ()  # the lines of its commands, in the order in which they were run
    # by key, the objects whose times may have been told
    lives: Mapping[Hashable, tuple[Life, ...]] = field(default_factory=dict)

    def at(self, line: int) -> Ages:
        """The page has come to the command of that line."""
        return self if line in self.moments else replace(self, moments=(*self.moments, line))

    def with_stream(self, rows: Sequence[Row], line: int, lives: Iterable[Life]) -> Ages | Told:
        """The clock with the rows of a watch, or the first time of them that contradicts others.

        Args:
            line: that of the watch's command.
        """
        ages, before, lives = self, line, tuple(lives)
        for row in rows:
            found = ages.with_rows([row], (), lives, at=-row.line, after=before)
            if not isinstance(found, Ages):
                return next((one for one in found if one.line == row.line), found[-1])
            ages, before = found, -row.line
        return ages

    def with_rows(
        self,
        rows: Sequence[Row],
        spans: Sequence[Span],
        lives: Iterable[Life],
        at: int | None = None,
        after: int | None = None,
    ) -> Ages | tuple[Told, ...]:
        """The clock with a table of the moment's command, or the times that contradict each other.

        Args:
            spans: the page's commands that changed something so far, in order.
            at: the moment of the rows, if that is another one.
            after: the moment that it comes after, but for a second: a watch's rows may have come
                together.
        """
        for row in rows:
            for _, time in _times(row):
                if printed_for(time) is None:
                    return (Told(row.line, time),)
        past = _Past(spans, tuple(lives), self.moments)
        keyed = {past.key(row): row for row in rows}
        known = {**self.lives, **{key: row.lives for key, row in keyed.items()}}
        bounds = [Bound(one, other) for one, other in pairwise(self.moments)]
        bounds += [Bound(after, at, -_STAMP)] if after is not None else []
        for key, row in keyed.items():
            bounds += _told(key, row, self.moments[-1] if at is None else at)
            bounds += past.bounds(key, row.lives)
            bounds += _of_relatives(key, row.lives, known)
        clock = self.clock.with_bounds(bounds)
        return replace(self, clock=clock, lives=known) if isinstance(clock, AuthorsClock) else clock


@dataclass(frozen=True)
class Contradiction:
    """Times that are of no run."""

    told: tuple[Told, ...]  # those that contradict each other
    rows: tuple[Row, ...]  # those of the table that has the last of them
    # spans, lives: as in `Ages.with_rows`
    spans: tuple[Span, ...]
    lives: tuple[Life, ...]

    def mended(
        self, output: Iterable[DocumentedLine], ages: Ages, own: Collection[str]
    ) -> tuple[DocumentedLine, ...]:
        """The table's lines with ages of the page's own clock where they do not go together.

        Args:
            ages: of before the table.
            own: the texts of lines that the author wrote; if those contradict each other too, the
                lines of the contradiction give way.
        """
        told = {one.line for one in self.told}
        texts = {line.number: line.text for line in output}
        wrong = {row.line for row in self.rows if texts.get(row.line, "") not in own} or told
        for row in sorted(self.rows, key=lambda row: row.line in wrong):
            known = ages.with_rows([row], self.spans, self.lives)
            if not isinstance(known, Ages):
                known = ages.with_rows(
                    [replace(row, cells={"NAME": row.cells["NAME"]})], self.spans, self.lives
                )
                if not isinstance(known, Ages):
                    continue
                key = _Past(self.spans, self.lives, ages.moments).key(row)
                age = known.clock.moments[ages.moments[-1]] - known.clock.moments["birth", key]
                texts[row.line] = _aged(texts[row.line], row.cells.get("AGE", ""), max(age, 0.0))
            ages = known
        return tuple(DocumentedLine(number, text) for number, text in texts.items())


def _aged(text: str, before: str, seconds: float) -> str:
    """A row with another age, its columns where they were."""
    found = list(re.finditer(rf"(?<=\s){re.escape(before)}(?=\s|$)", text)) if before else []
    if not found:
        return text
    start, end = found[-1].span()
    now, rest = printed(seconds), text[end:]
    blanks = len(rest) - len(rest.lstrip())
    rest = " " * max(blanks + len(before) - len(now), min(blanks, 2)) + rest.lstrip()
    return (text[:start] + now + rest).rstrip()


def row(line: DocumentedLine, pattern: Pattern, life: Life) -> Row:
    """A documented row as it tells of an object.

    Args:
        pattern: that of the real row that it agrees with.
    """
    shown = cells_of(line, [pattern])
    return Row(line.number, {one: shown.get(one, "") for one in (*_TIMES, "NAME")}, (life,))


def judge(
    possible: Sequence[Mapping[Option[T], Row]],
    bindings: Bindings,
    ages: Ages,
    spans: Sequence[Span],
    lives: Iterable[Life],
    place: str,
) -> tuple[Bindings, Ages] | Contradiction:
    """What a true table tells of the page's names and times; or what times contradict each other.

    Args:
        possible: of each documented row, what it may stand for, and as which it tells times.
    """
    rows_of = {option: row for options in possible for option, row in options.items()}

    def by_age(one: Option[T], other: Option[T]) -> bool:
        return _possible_together(rows_of[one], rows_of[other], spans)

    claims = [tuple(options) for options in possible]
    found = solve(claims, bindings, place, [OfTwo(by_age)])
    if isinstance(found, Proof):
        bindings, claims = found.bindings, list(found.possible)
    rows = []
    for options in claims:
        objects = {life.identity.uid: life for one in options for life in rows_of[one].lives}
        rows.append(replace(rows_of[options[0]], lives=tuple(objects.values())))
    wrong = Contradiction((), tuple(rows), tuple(spans), tuple(lives))
    if isinstance(found, Mismatch):
        for one, other in combinations(rows, 2):
            if not _possible_together(one, other, spans):
                told = (Told(each.line, each.cells["AGE"]) for each in (one, other))
                return replace(wrong, told=tuple(told))
    clocked = ages.with_rows(rows, spans, wrong.lives)
    return (bindings, clocked) if isinstance(clocked, Ages) else replace(wrong, told=clocked)


def _possible_together(one: Row, other: Row, spans: Sequence[Span]) -> bool:
    """Whether two rows of one table can stand for their objects, by their ages."""
    first, second = (printed_for(row.cells.get("AGE", "")) for row in (one, other))
    if first is None or second is None:
        return True
    a, b = one.lives[0], other.lives[0]
    return not (
        (_older(a, b, spans) and first[1] < second[0] - _STAMP)
        or (_older(b, a, spans) and second[1] < first[0] - _STAMP)
    )


def wrong_count(lines: Iterable[DocumentedLine]) -> tuple[Told, ...]:
    """The times of an event that was last seen before it was first seen (``30s (x2 over 3s)``)."""
    for line in lines:
        for match in _REPEATED.finditer(line.text):
            last, first = printed_for(match["last"]), printed_for(match["over"])
            if last is None or first is None or last[0] >= first[1]:
                return (Told(line.number, match["last"]), Told(line.number, match["over"]))
    return ()


def told_in_spanish(told: Sequence[Told]) -> str:
    """Why these times are of no run."""
    if len(told) == 1 and printed_for(told[0].text) is None:
        return f"kubectl no escribe «{told[0].text}»: 75 segundos son `75s`, y 135 son `2m15s`"
    said = ", ".join(f"«{one.text}» (línea {one.line})" for one in told)
    return f"estos tiempos no pueden ser de una sola corrida: {said}"


@dataclass(frozen=True)
class _Past:
    """What the cluster went through, for the bounds on births."""

    spans: Sequence[Span]
    lives: Sequence[Life]
    moments: Sequence[int]

    def key(self, row: Row) -> Hashable:
        """Whose birth a row tells, so that the same name is another one's when it is used again."""
        one = row.lives[0].identity
        name = row.cells.get("NAME", "").rpartition("/")[2]
        named = [life.identity for life in self.lives if life.identity.name == one.name]
        again = sum((o.kind, o.namespace) == (one.kind, one.namespace) for o in named) > 1
        if name == one.name or again:
            return one.uid if len(row.lives) == 1 else (row.line, name)
        return one.kind, one.namespace, name

    def bounds(self, key: Hashable, lives: Sequence[Life]) -> Iterator[Bound]:
        """How the birth of one of these objects lies among the page's commands."""
        birth = ("birth", key)
        last = max(life.born for life in lives)
        if last == -math.inf:
            yield Bound(birth, self.moments[0])
            return
        if all(life.born > -math.inf for life in lives):
            yield Bound(self.moments[0], birth, -_STAMP)
        causes = [_cause(life, self.lives, self.spans) for life in lives]
        known = [cause for cause in causes if cause is not None]
        if len(known) == len(causes):
            first = min(known, key=lambda span: span.start)
            yield Bound(_line(first), birth, -_STAMP, told=_of_command(first))
        after = next((span for span in self.spans if span.start > last), None)
        if after is not None:
            yield Bound(birth, _line(after), told=_of_command(after))


def _times(row: Row) -> Iterator[tuple[str, str]]:
    """The times that a row tells, by heading."""
    for heading in _TIMES:
        cell = row.cells.get(heading, "")
        ago = _AGO.fullmatch(cell)
        time = ago[1] if ago else cell
        if re.fullmatch(ANY_AGE, time):
            yield heading, time


def _told(key: Hashable, row: Row, moment: int) -> Iterator[Bound]:
    """What a row tells."""
    birth = ("birth", key)
    for heading, time in _times(row):
        if (span := printed_for(time)) is None:
            continue
        told = Told(row.line, time)
        if heading == "AGE":
            yield Bound(birth, moment, *span, told)
        elif heading == "DURATION":
            start, end = ("start", key), ("end", key, moment)
            yield from (Bound(start, end, *span, told), Bound(end, moment, -SKEW))
            yield Bound(birth, start, -SKEW)
        else:
            event = (heading, key, moment)
            yield from (Bound(event, moment, *span, told), Bound(birth, event, -SKEW))


def _of_relatives(
    key: Hashable, lives: Sequence[Life], known: Mapping[Hashable, Sequence[Life]]
) -> Iterator[Bound]:
    """An object is not older than its owner, nor than a sibling that had to come before it."""
    own = (key, lives)
    for other in known.items():
        for (parent, olds), (child, youngs) in ((own, other), (other, own)):
            if parent == child or len(olds) > 1:
                continue
            (old,) = olds
            if all(_owner(one) == old.identity.uid or _came_before(old, one) for one in youngs):
                yield Bound(("birth", parent), ("birth", child))


def _came_before(old: Life, young: Life) -> bool:
    owner = young.identity.owner
    return (
        owner is not None
        and owner.kind in _ONE_BY_ONE
        and owner.uid == _owner(old)
        and old.born + _STAMP < young.born
    )


def _older(old: Life, young: Life, spans: Sequence[Span]) -> bool:
    """Whether one object was surely there before the command that led to the other one."""
    cause = _cause(young, (old, young), spans)
    return cause is not None and old.born < cause.start - _QUIET_SECONDS


def _cause(life: Life, lives: Sequence[Life], spans: Sequence[Span]) -> Span | None:
    """The command that led to an object's birth; None where it cannot be told."""
    owner = life.identity.owner
    before = [span for span in spans if span.start <= life.born]
    if not before or (owner is not None and owner.kind in _BY_TIME):
        return None
    if owner is None:
        return before[-1] if life.born <= before[-1].end + _LATE_SECONDS else None
    siblings = [one.born for one in lives if _owner(one) == owner.uid and one is not life]
    while before and any(0 < before[-1].start - born < _QUIET_SECONDS for born in siblings):
        before.pop()
    return before[-1] if before else None


def _owner(life: Life) -> str | None:
    owner = life.identity.owner
    return None if owner is None else owner.uid


def _of_command(span: Span) -> Told:
    return Told(_line(span), f"$ {span.command.splitlines()[0]}" if span.command else "python")


def _line(span: Span) -> int:
    return int(span.place.rpartition(":")[2])
