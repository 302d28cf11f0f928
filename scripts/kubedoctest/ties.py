"""What is known of values that a page shows side by side: a pod's name and its address.

Which real pod a row stands for may be open, and so which address: but once one is known, so is the
other. A tie keeps the joint possibilities of one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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


def settle(candidates: Mapping[str, frozenset[str]], ties: Ties) -> Candidates | None:
    """The candidates that are left, or None when some value has none.

    A decided real value is taken away from all others, and what no row allows any more is dropped,
    until nothing changes.
    """
    left = dict(candidates)
    while True:
        smaller = _narrow(left, ties)
        if smaller is None or smaller == left:
            return smaller
        left = smaller


def _narrow(candidates: Candidates, ties: Ties) -> Candidates | None:
    decided = {next(iter(c)): d for d, c in candidates.items() if len(c) == 1}
    left = {d: frozenset(r for r in c if decided.get(r, d) == d) for d, c in candidates.items()}
    for key, rows in ties.items():
        allowed = [
            row
            for row in rows
            if all(real in left.get(shown, (real,)) for shown, real in zip(key, row, strict=True))
        ]
        for index, shown in enumerate(key):
            if shown in left:
                left[shown] &= {row[index] for row in allowed}
    return left if all(left.values()) else None
