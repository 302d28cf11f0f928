"""Which documented line is which real object: every consistent answer, not the first one.

Rows that look alike fit several objects, and which is which may only be told by a later command
(comparison rule 6), so all answers are kept until then.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from kubedoctest.values.several import Pair

MOST_STEPS = 50_000


@dataclass(frozen=True)
class Option:
    """One real thing that a documented line may stand for.

    Attributes:
        slot: the real thing; no two lines may take the same.
        pairs: the generated values that this choice would bind.
        payload: whatever the caller needs to judge choices together.
    """

    slot: Hashable
    pairs: frozenset[Pair]
    payload: object = field(default=None, compare=False)


Choice = tuple[Option, ...]


@dataclass
class _Search:
    """The state of one search: what has been chosen, and what those choices bind."""

    chosen: dict[int, Option] = field(default_factory=dict)
    slots: set[Hashable] = field(default_factory=set)
    real_of: dict[str, list[str]] = field(default_factory=dict)
    name_of: dict[str, list[str]] = field(default_factory=dict)
    steps: int = 0

    def fits(self, option: Option) -> bool:
        return option.slot not in self.slots and all(
            self.real_of.get(d, [r])[-1] == r and self.name_of.get(r, [d])[-1] == d
            for d, r in option.pairs
        )

    def take(self, row: int, option: Option) -> None:
        self.chosen[row] = option
        self.slots.add(option.slot)
        for documented, real in option.pairs:
            self.real_of.setdefault(documented, []).append(real)
            self.name_of.setdefault(real, []).append(documented)

    def give_back(self, row: int) -> None:
        option = self.chosen.pop(row)
        self.slots.discard(option.slot)
        for documented, real in option.pairs:
            _pop(self.real_of, documented)
            _pop(self.name_of, real)


def choices(
    rows: Sequence[Sequence[Option]], together: Callable[[Option, Option], bool] | None = None
) -> Iterator[Choice]:
    """Every way to give each row one of its options, one to one, as tuples in the rows' order.

    Args:
        rows: the options of each documented line.
        together: whether two choices can be true of one answer; by default always.

    The search gives up after ``MOST_STEPS``; the answers until then are sound, not all.
    """
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    yield from _extend(rows, order, _Search(), together)


def _extend(
    rows: Sequence[Sequence[Option]],
    order: Sequence[int],
    search: _Search,
    together: Callable[[Option, Option], bool] | None,
) -> Iterator[Choice]:
    if not order:
        yield tuple(search.chosen[row] for row in range(len(rows)))
        return
    row, *rest = order
    for option in rows[row]:
        search.steps += 1
        if search.steps > MOST_STEPS:
            return
        if not search.fits(option):
            continue
        if together and not all(together(option, other) for other in search.chosen.values()):
            continue
        search.take(row, option)
        yield from _extend(rows, rest, search, together)
        search.give_back(row)


def _pop(stacks: dict[str, list[str]], key: str) -> None:
    stacks[key].pop()
    if not stacks[key]:
        del stacks[key]
