"""What is known of values that a page shows side by side: a pod's name and its address.

Which real pod a row stands for may be open, and so which address: but once one is known, so is the
other. A tie keeps the joint possibilities of one row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

Candidates = dict[str, frozenset[str]]
"""By documented value, the real ones that it may stand for."""

Ties = dict[tuple[str, ...], frozenset[tuple[str, ...]]]
"""By the documented values of a row, the real ones that they may stand for together."""


def of_row(pairs: Iterable[Iterable[tuple[str, str]]]) -> Ties:
    """The tie of one row, from the pairs of each of its possibilities; empty if there is none."""
    sorted_pairs = [sorted(one) for one in pairs]
    keys = {tuple(documented for documented, _ in one) for one in sorted_pairs}
    if len(keys) != 1 or len(next(iter(keys))) < 2:
        return {}
    return {keys.pop(): frozenset(tuple(real for _, real in one) for one in sorted_pairs)}


def joined(ties: Ties, more: Ties) -> Ties:
    """Both, where a row that was shown before keeps only what both allow."""
    return {**ties, **{key: ties.get(key, found) & found for key, found in more.items()}}


def settle(
    candidates: Mapping[str, frozenset[str]], ties: Ties, changed: Iterable[str] | None = None
) -> Candidates | None:
    """The candidates that are left, or None when some value has none.

    A decided real value is taken away from all others, and what no row allows any more is dropped,
    until nothing changes. In whatever order that is done, the same are left.

    Args:
        candidates: what each documented value may stand for.
        ties: the rows that were shown.
        changed: the values that have other candidates, or other ties, than when all was settled
            last; by default any may have.
    """
    left = dict(candidates)
    waiting = deque(left if changed is None else changed)
    while waiting:
        value = waiting.popleft()
        for other, fewer in _narrowed(value, left, ties):
            if not fewer:
                return None
            left[other] = fewer
            waiting.append(other)
    return left if all(left.values()) else None


def _narrowed(value: str, left: Candidates, ties: Ties) -> Iterator[tuple[str, frozenset[str]]]:
    """The values that have fewer candidates because of those of one."""
    if len(left[value]) == 1:
        for other, found in list(left.items()):
            if other != value and not found.isdisjoint(left[value]):
                yield other, found - left[value]
    for key, rows in ties.items():
        if value in key:
            yield from _narrowed_by_tie(key, rows, left)


def _narrowed_by_tie(
    key: tuple[str, ...], rows: frozenset[tuple[str, ...]], left: Candidates
) -> Iterator[tuple[str, frozenset[str]]]:
    allowed = [
        row
        for row in rows
        if all(real in left.get(shown, (real,)) for shown, real in zip(key, row, strict=True))
    ]
    for index, shown in enumerate(key):
        if shown in left:
            fewer = left[shown].intersection(row[index] for row in allowed)
            if len(fewer) < len(left[shown]):
                yield shown, fewer
