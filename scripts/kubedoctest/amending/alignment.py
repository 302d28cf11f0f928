"""Which documented line stands for which real line, when the two do not agree as a whole."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from kubedoctest.amending.page_names import PageNames
from kubedoctest.comparison.pattern import Pair, one_to_one

ALIKE = 0.5
"""From which likeness on (0 to 1) a line is taken for a changed form of another."""

Fit = Callable[[int, int], frozenset[Pair] | None]
"""The values that a documented line (by index) would bind as a real one; None if it is not it."""


def agreeing(
    documented: Sequence[int], real: Sequence[int], fit: Fit, names: PageNames
) -> tuple[dict[int, int], dict[int, int]]:
    """The lines that agree: in order as many as can be, and the others."""
    fits = {
        (d, r): pairs
        for d in documented
        for r in real
        if (pairs := fit(d, r)) is not None and names.admit(pairs)
    }
    in_order = _longest(documented, real, lambda d, r: 1.0 if (d, r) in fits else 0.0)
    bound: list[Pair] = []

    def take(d: int, r: int) -> bool:
        pairs = fits[d, r]
        if not one_to_one([*bound, *pairs]) or not names.hold(pairs):
            return False
        bound.extend(pairs)
        return True

    in_order = {d: r for d, r in in_order.items() if take(d, r)}
    moved: dict[int, int] = {}
    for (d, r), pairs in fits.items():
        free = d not in in_order and d not in moved
        if free and pairs and r not in {*in_order.values(), *moved.values()} and take(d, r):
            moved[d] = r
    return in_order, moved


def likely(
    documented: Sequence[int], real: Sequence[int], likeness: Callable[[int, int], float]
) -> dict[int, int]:
    """Lines left over, paired in order as the same line in another form."""
    if len(documented) == len(real):
        return dict(zip(documented, real, strict=True))
    return _longest(documented, real, likeness)


def likeness(one: str, other: str) -> float:
    """How alike two lines are, 0 to 1; 0 when they are not enough so."""
    ratio = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    return ratio if ratio >= ALIKE else 0.0


def _longest(
    documented: Sequence[int], real: Sequence[int], worth: Callable[[int, int], float]
) -> dict[int, int]:
    """The pairs, in the order of both, that are worth the most together."""
    worths = [[worth(d, r) for r in real] for d in documented]
    best = [[0.0] * (len(real) + 1) for _ in range(len(documented) + 1)]
    for i in reversed(range(len(documented))):
        for j in reversed(range(len(real))):
            paired = worths[i][j] + best[i + 1][j + 1] if worths[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: dict[int, int] = {}
    i = j = 0
    while i < len(documented) and j < len(real):
        if worths[i][j] and best[i][j] == worths[i][j] + best[i + 1][j + 1]:
            pairs[documented[i]] = real[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
