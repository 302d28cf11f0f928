"""Whether all the times that a page tells can be of one run of its author.

A page is one run: each object was born once, and whatever the page tells of it, minutes later too,
goes by one clock. Each told age bounds how far two moments lie apart, and so does what is true of
every run (a pod is not older than its ReplicaSet). Moments that meet all bounds exist if and only
if no chain of bounds comes back to where it began too early: a system of difference constraints,
which Bellman and Ford's relaxation decides. How long the author paused is free.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

ANY_AGE = "(?:[0-9]+[ydhms]){1,2}"
"""What looks like an age, even if kubectl never prints it (``1m75s``)."""
SKEW = 2.0
"""Seconds by which the clocks of two machines may differ: as much as kubectl itself forgives.

Source: k8s.io/apimachinery/pkg/util/duration.HumanDuration.
"""
_TICK = 1e-3  # seconds: what is less than a bound is at least this much less
_TURNS = 8  # how often all edges are looked at before it is asked whether that ever ends
_UNITS = {"y": 31536000, "d": 86400, "h": 3600, "m": 60, "s": 1}
_FORMS = (
    # Below so many seconds an age is printed in these units, the second one if it is not 0.
    (120, "s"),
    (600, "ms"),
    (10800, "m"),
    (28800, "hm"),
    (172800, "h"),
    (691200, "dh"),
    (63072000, "d"),
    (252288000, "yd"),
    (math.inf, "y"),
)
"""Source: k8s.io/apimachinery/pkg/util/duration.HumanDuration."""


@dataclass(frozen=True)
class Told:
    """A time as the page tells it: the page's line (1-based) and the words."""

    line: int
    text: str


@dataclass(frozen=True)
class Bound:
    """How far two moments lie apart: at least ``least`` seconds and less than ``most``."""

    # earlier, later: whatever names the moments
    earlier: Hashable
    later: Hashable
    least: float = 0.0
    most: float = math.inf
    told: Told | None = None  # where the page says so; None for what is true of every run


@dataclass(frozen=True)
class _Edge:
    """The moment at the end comes at most ``seconds`` after the one at the start."""

    start: Hashable
    end: Hashable
    seconds: float
    told: Told | None


def printed(seconds: float) -> str:
    """A duration as kubectl prints it."""
    units = _units(seconds)
    count, rest = divmod(int(seconds), _UNITS[units[0]])
    finer = rest // _UNITS[units[-1]] if len(units) > 1 else 0
    return f"{count}{units[0]}" + (f"{finer}{units[1]}" if finer else "")


def printed_for(age: str) -> tuple[float, float] | None:
    """The durations that kubectl prints as ``age``: from, and below, in seconds.

    None for what it never prints (``1m75s``).
    """
    if not re.fullmatch(ANY_AGE, age):
        return None
    least = sum(int(n) * _UNITS[unit] for n, unit in re.findall("([0-9]+)([ydhms])", age))
    return (least, least + _UNITS[_units(least)[-1]]) if printed(least) == age else None


def _units(seconds: float) -> str:
    return next(units for below, units in _FORMS if seconds < below)


@dataclass(frozen=True)
class AuthorsClock:
    """All bounds of a page so far, and moments that meet them, in seconds."""

    edges: tuple[_Edge, ...] = ()
    moments: Mapping[Hashable, float] = field(default_factory=dict)

    def with_bounds(self, bounds: Iterable[Bound]) -> AuthorsClock | tuple[Told, ...]:
        """The clock with these bounds too, or what the page tells that cannot all be true.

        That is the times of one chain of bounds, in the page's order: each one is needed for the
        contradiction.
        """
        edges = dict.fromkeys(self.edges)
        for bound in bounds:
            edges[_Edge(bound.later, bound.earlier, -bound.least, bound.told)] = None
            if bound.most < math.inf:
                most = bound.most - _TICK
                edges[_Edge(bound.earlier, bound.later, most, bound.told)] = None
        moments = dict(self.moments)
        chain = _relax(tuple(edges), moments)
        if chain is None:
            return AuthorsClock(tuple(edges), moments)
        told = {edge.told for edge in chain if edge.told is not None}
        return tuple(sorted(told, key=lambda t: (t.line, t.text)))


def _relax(edges: Sequence[_Edge], moments: dict[Hashable, float]) -> list[_Edge] | None:
    """Move the moments until they meet every edge; or a chain of edges that never lets them.

    A new moment begins where those that are known let it be, so that little has to move.
    """
    known = frozenset(moments)
    latest = max(moments.values(), default=0.0)
    for edge in edges:
        moments.setdefault(edge.start, latest)
        moments.setdefault(edge.end, latest)
        if edge.end not in known and edge.start in known:
            moments[edge.end] = max(moments[edge.end], moments[edge.start] + edge.seconds)
    by: dict[Hashable, _Edge] = {}
    for turn in count(1):
        moved = False
        for edge in edges:
            latest = moments[edge.start] + edge.seconds
            if latest < moments[edge.end] - _TICK / 2:
                moments[edge.end] = latest
                by[edge.end] = edge
                moved = True
        if not moved:
            break
        if turn % _TURNS == 0 and (chain := _circle(by)) is not None:
            return chain
    return None


def _circle(by: Mapping[Hashable, _Edge]) -> list[_Edge] | None:
    """Edges that each moved the next one's start, in a circle."""
    clear: set[Hashable] = set()
    for first in by:
        moment, path = first, dict[Hashable, None]()
        while moment in by and moment not in clear and moment not in path:
            path[moment] = None
            moment = by[moment].start
        if moment in path:
            circle = [by[moment]]
            while circle[-1].start != moment:
                circle.append(by[circle[-1].start])
            return circle
        clear.update(path)
    return None
