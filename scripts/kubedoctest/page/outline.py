"""Lines that stand under one another: YAML, JSON, what ``kubectl describe`` prints.

An excerpt of such a text is a subtree: each line belongs under the one that it is shown under, and
what is left out (``...``) never hides that it is another's (comparison rule 23).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

_KEY = re.compile(r"\s*(?:- )*(?P<quote>\"?)(?P<key>[^\s\"#][^\"]*?)(?P=quote):(?=\s|$)")
_VALUE = re.compile(r"\s*[^\s:][^:]*:\s+(?=\S)")
_ROOT = -1


class Style(Enum):
    """How a text shows what stands under what."""

    NESTED = "nested"  # by indentation alone: YAML, JSON
    DESCRIPTION = "description"  # a name opens an object; what is too long goes on below its start


@dataclass(frozen=True)
class Outline:
    """A text's lines as a tree."""

    lines: tuple[str, ...]  # the text
    style: Style = Style.NESTED  # how it shows its tree

    @cached_property
    def depths(self) -> tuple[float | None, ...]:
        """How deep each line stands; None for blank ones."""
        return tuple(self._depth(line) for line in self.lines)

    @cached_property
    def parents(self) -> tuple[int, ...]:
        """For each line the one that it stands under; -1 for none."""
        found: list[int] = []
        above: list[int] = []
        for n, depth in enumerate(self.depths):
            if depth is None:
                found.append(_ROOT)
                continue
            while above and (self.depths[above[-1]] or 0) >= depth:
                above.pop()
            found.append(above[-1] if above else _ROOT)
            above.append(n)
        return tuple(found)

    @cached_property
    def inner(self) -> frozenset[int]:
        """The lines that others stand under."""
        return frozenset(self.parents)

    def above(self, n: int) -> Iterator[int]:
        """The lines that a line stands under, the nearest first."""
        while (n := self.parents[n]) != _ROOT:
            yield n

    def path(self, n: int) -> str:
        """The keys above a line and its own, joined by slashes."""
        return "/".join(
            match["key"]
            for line in (*reversed(list(self.above(n))), n)
            if (match := _KEY.match(self.lines[line]))
            and not (self.style is Style.DESCRIPTION and self._opens(line) and line != n)
        )

    def goes_on(self, n: int) -> bool:
        """Whether a line goes on with the value of the one above, in that value's column."""
        parent = self.parents[n]
        if self.style is not Style.DESCRIPTION or parent == _ROOT:
            return False
        value = _VALUE.match(self.lines[parent])
        return value is not None and value.end() == indent(self.lines[n])

    def _opens(self, n: int) -> bool:
        return self.lines[n].startswith("Name:")

    def _depth(self, line: str) -> float | None:
        if not line.strip():
            return None
        blanks = indent(line)
        if self.style is Style.DESCRIPTION:
            return -0.5 if line.startswith("Name:") else blanks
        if line == "---":
            return -0.5
        # An item of a list may be no deeper than the key that it stands under.
        return blanks + 0.5 if line[blanks:].startswith("- ") else blanks


@dataclass(frozen=True)
class Bond:
    """A line that an excerpt shows another under (``under``), or beside."""

    line: int
    under: bool


@dataclass(frozen=True)
class Run:
    """Lines of an excerpt that follow one another."""

    first: int  # the index of the first one among the excerpt's
    size: int  # how many they are
    starts: range | None = None  # where in the text it may begin; None: anywhere


class Excerpt:
    """Where the lines of an excerpt can stand in a text.

    Args:
        shown: the excerpt's lines, without those that stand for any lines.
        runs: those that follow one another, in order.
        outline: the text.
        fits: whether a line of the excerpt (by index) can stand for one of the text.
        bound: whether the lines have to stand under the right ones.
    """

    def __init__(
        self,
        shown: Sequence[str],
        runs: Sequence[Run],
        outline: Outline,
        fits: Callable[[int, int], bool],
        *,
        bound: bool = True,
    ) -> None:
        self._outline = outline
        self._runs = runs
        self._run_of = {run.first + k: r for r, run in enumerate(runs) for k in range(run.size)}
        self.bonds = _bonds(Outline(tuple(shown), outline.style)) if bound else {}
        self.starts = [self._fitting(run, fits) for run in runs]
        self._in_order()
        self.unplaced = next((r for r, starts in enumerate(self.starts) if not starts), None)
        """The first run that stands nowhere, whatever it is under."""
        self.misplaced: int | None = None
        """A line that is there, but not under the one that it is shown under."""
        if self.unplaced is None:
            self._under_the_right_ones()

    def starts_of(self, run: Run) -> Sequence[int]:
        """Where a run may begin."""
        return self.starts[self._runs.index(run)]

    def allows(self, one: int, place: int, other: int, other_place: int) -> bool:
        """Whether two lines of the excerpt, the first one before, can stand at these places."""
        if self._run_of[one] == self._run_of[other]:
            return other_place - place == other - one
        return place < other_place and self._bound(one, place, other, other_place)

    def ways(self, chosen: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
        """Every choice of where the runs begin."""
        if len(chosen) == len(self._runs):
            yield chosen
            return
        for start in self.starts[len(chosen)]:
            if all(self._compatible(r, at, len(chosen), start) for r, at in enumerate(chosen)):
                yield from self.ways((*chosen, start))

    def _fitting(self, run: Run, fits: Callable[[int, int], bool]) -> list[int]:
        starts = (
            range(len(self._outline.lines) - run.size + 1) if run.starts is None else run.starts
        )
        return [s for s in starts if all(fits(run.first + k, s + k) for k in range(run.size))]

    def _in_order(self) -> None:
        """Leave out the places at which the runs before or after have no room."""
        least = 0
        for r, run in enumerate(self._runs):
            self.starts[r] = [start for start in self.starts[r] if start >= least]
            least = min(self.starts[r], default=least) + run.size
        most = len(self._outline.lines)
        for r in reversed(range(len(self._runs))):
            found = [s for s in self.starts[r] if s + self._runs[r].size <= most]
            most = max(found, default=most)
            self.starts[r] = found or self.starts[r]

    def _under_the_right_ones(self) -> None:
        changed = True
        while changed:
            changed = False
            for line, bond in self.bonds.items():
                here, there = self._run_of[line], self._run_of[bond.line]
                if here == there:
                    continue
                pairs = [
                    (a, b)
                    for a in self.starts[there]
                    for b in self.starts[here]
                    if self._compatible(there, a, here, b)
                ]
                if not pairs:
                    self.misplaced = line
                    return
                for r, left in ((there, {a for a, _ in pairs}), (here, {b for _, b in pairs})):
                    changed = changed or len(left) < len(self.starts[r])
                    self.starts[r] = sorted(left)

    def _compatible(self, r: int, at: int, later: int, start: int) -> bool:
        run, after = self._runs[r], self._runs[later]
        if start < at + run.size:
            return False
        return all(
            self._bound(bond.line, at + bond.line - run.first, line, start + line - after.first)
            for line in range(after.first, after.first + after.size)
            if (bond := self.bonds.get(line)) is not None and self._run_of[bond.line] == r
        )

    def _bound(self, one: int, place: int, line: int, at: int) -> bool:
        """Whether a line stands where it is shown: under that one, or beside it."""
        bond = self.bonds.get(line)
        if bond is None or bond.line != one:
            return True
        parents = self._outline.parents
        if not bond.under:
            return parents[place] == parents[at]
        if self._outline.goes_on(at):
            return parents[at] == place
        above = place if place in self._outline.inner else parents[place]
        return above == _ROOT or above in self._outline.above(at)


def _bonds(shown: Outline) -> dict[int, Bond]:
    """For each line of an excerpt the one that it is shown under or beside, if any."""
    found: dict[int, Bond] = {}
    for n, depth in enumerate(shown.depths):
        if depth is None:
            continue
        for before in reversed(range(n)):
            other = shown.depths[before]
            if other is not None and other <= depth:
                found[n] = Bond(before, under=other < depth)
                break
    return found


def indent(line: str) -> int:
    """How many blanks a line begins with."""
    return len(line) - len(line.lstrip(" "))
