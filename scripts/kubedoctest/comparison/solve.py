"""Whether a set of documented lines can be true at once: the one question of every comparison.

Each documented line stands for one of several real things, no two lines for the same one; each
choice binds some of the page's generated values, and constraints say which choices go together. The
answer is a proof with all that stays possible, for which line is which may only be told by a later
command (comparison rule 6). It changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

from kubedoctest.values.bindings import Bindings, lasting, one_each, one_to_one
from kubedoctest.values.names import Pair

T = TypeVar("T")

MOST_STEPS = 200_000
FEASIBILITY_STEPS = 20
"""What a look at all of the page's names costs, beside one at two lines."""
NOT_DECIDED = (
    "no se pudo decidir si es cierto: hay demasiadas maneras de repartir estas líneas entre los "
    "objetos reales"
)
DECIDE_NEXT = (
    "muestren menos filas de una vez (con `-l`, un nombre o `...`), o antes un comando que nombre "
    "los objetos"
)
"""What a page's author can do where it is not decided."""


@dataclass(frozen=True, eq=False)
class Option(Generic[T]):
    """One real thing that a documented line may stand for."""

    slot: Hashable  # the real thing; no two lines may take the same
    pairs: frozenset[Pair]  # the generated values that this choice would bind
    payload: T  # what the constraints judge it by


Claims = Sequence[Sequence[Option[T]]]
"""The options of each documented line, in the page's order."""

Choice = tuple[Option[T], ...]
"""An option for each line."""


@dataclass(frozen=True)
class OfTwo(Generic[T]):
    """A constraint on any two lines; ``holds`` is given the option of the earlier one first."""

    holds: Callable[[Option[T], Option[T]], bool]


@dataclass(frozen=True)
class OfAll(Generic[T]):
    """A constraint on a whole choice."""

    holds: Callable[[Choice[T]], bool]


Constraint = OfTwo[T] | OfAll[T]


@dataclass(frozen=True)
class Proof(Generic[T]):
    """The lines can be true at once."""

    bindings: Bindings  # the page's, with what the lines leave open
    choice: Choice[T]  # one way in which they are true
    # of each line, the options with which all can be true. Where the search stopped at its limit,
    # those that were not refuted: never fewer than are possible.
    possible: tuple[tuple[Option[T], ...], ...]


@dataclass(frozen=True)
class Mismatch:
    """No choice is true."""


@dataclass(frozen=True)
class Undecided:
    """The search stopped at its limit before it found a choice that is true."""


Answer = Proof[T] | Mismatch | Undecided


def solve(
    claims: Claims[T],
    bindings: Bindings,
    place: str,
    constraints: Sequence[Constraint[T]] = (),
) -> Answer[T]:
    """Whether one choice for all lines agrees with the constraints and with the page so far.

    Args:
        constraints: what must hold of a choice besides being one to one.
    """
    search = _Search(bindings, constraints)
    try:
        start = search.start(claims)
        choice = None if start is None else search.first(start)
    except _LimitReached:
        return Undecided()
    if start is None or choice is None:
        return Mismatch()
    possible = search.possible(start, choice)
    pairs = [{lasting(option.pairs) for option in line} for line in possible]
    return Proof(bindings.narrowed(pairs, place), choice, possible)


class _LimitReached(Exception):
    """The search has taken all the steps that it may."""


@dataclass(frozen=True)
class _State(Generic[T]):
    """How far a search has come."""

    chosen: Mapping[int, Option[T]]  # by line, its option
    # by line, the options, two at least, that go with all that is chosen
    open: Mapping[int, Sequence[Option[T]]]


class _Search(Generic[T]):
    """One search; all that changes is how many steps are left."""

    def __init__(self, bindings: Bindings, constraints: Sequence[Constraint[T]]) -> None:
        self._of_two = [one.holds for one in constraints if isinstance(one, OfTwo)]
        self._of_all = [one.holds for one in constraints if isinstance(one, OfAll)]
        self._feasible = cache(bindings.feasible)
        self._steps_left = MOST_STEPS

    def start(self, claims: Claims[T]) -> _State[T] | None:
        """What is decided without a search; None where a line can stand for nothing."""
        left = {
            line: [option for option in options if self._feasible(lasting(option.pairs))]
            for line, options in enumerate(claims)
        }
        slots = {line: {option.slot for option in options} for line, options in left.items()}
        return self._after({}, left) if one_each(slots) else None

    def first(self, state: _State[T]) -> Choice[T] | None:
        """A whole choice that is true, or None."""
        if not state.open:
            choice = tuple(state.chosen[line] for line in sorted(state.chosen))
            return choice if all(holds(choice) for holds in self._of_all) else None
        line = min(state.open, key=lambda n: len(state.open[n]))
        found = (self.first_with(state, line, option) for option in state.open[line])
        return next((choice for choice in found if choice is not None), None)

    def first_with(self, state: _State[T], line: int, option: Option[T]) -> Choice[T] | None:
        """A whole choice that is true with this option of an open line, or None."""
        self._steps_left -= len(state.open) + FEASIBILITY_STEPS
        if self._steps_left < 0:
            raise _LimitReached
        after = self._after(state.chosen, {**state.open, line: (option,)})
        return None if after is None else self.first(after)

    def possible(self, start: _State[T], choice: Choice[T]) -> tuple[tuple[Option[T], ...], ...]:
        """Of each line, the options with which a whole choice is true, or may be."""
        found = [{option} for option in choice]
        refuted: set[Option[T]] = set()
        try:
            for line, options in start.open.items():
                for option in options:
                    if option in found[line]:
                        continue
                    other = self.first_with(_new_first(start, found), line, option)
                    if other is None:
                        refuted.add(option)
                    for known, one in zip(found, other or (), strict=False):
                        known.add(one)
        except _LimitReached:
            for line, options in start.open.items():
                found[line] = set(options) - refuted
        return tuple(map(tuple, found))

    def _after(
        self, chosen: Mapping[int, Option[T]], left: Mapping[int, Sequence[Option[T]]]
    ) -> _State[T] | None:
        """The state once every line is chosen that has one option left; None for a dead end."""
        chosen, left = dict(chosen), dict(left)
        forced = [line for line, options in left.items() if len(options) == 1]
        while forced:
            line = forced.pop()
            (option,) = left.pop(line)
            chosen[line] = option
            for other, options in left.items():
                fitting = [one for one in options if self._agree(line, option, other, one)]
                if not fitting:
                    return None
                if len(fitting) == 1 < len(options):
                    forced.append(other)
                left[other] = fitting
        pairs = lasting(pair for option in chosen.values() for pair in option.pairs)
        return _State(chosen, left) if self._feasible(pairs) else None

    def _agree(self, line: int, option: Option[T], other: int, one: Option[T]) -> bool:
        """Whether two lines can stand for these."""
        if option.slot == one.slot:
            return False
        if option.pairs and one.pairs and not one_to_one([*option.pairs, *one.pairs]):
            return False
        two = (option, one) if line < other else (one, option)
        return all(holds(*two) for holds in self._of_two)


def _new_first(state: _State[T], found: Sequence[Collection[Option[T]]]) -> _State[T]:
    """The state, with the options first that are not known to be possible yet."""
    open_ = {n: sorted(options, key=found[n].__contains__) for n, options in state.open.items()}
    return _State(state.chosen, open_)
