"""What is left of the candidates, whichever of them is narrowed down first."""

from __future__ import annotations

import random

import pytest

from kubedoctest.values.bindings import Candidates, JointCandidates, settle

REALS = "abcde"
SHOWN = "ABCDE"


def by_the_definition(candidates: Candidates, joint: JointCandidates) -> Candidates | None:
    """Every rule on every value, again and again until nothing changes."""
    left = dict(candidates)
    while True:
        before = dict(left)
        for shown, found in before.items():
            others = (c for other, c in before.items() if other != shown and len(c) == 1)
            left[shown] = found.difference(*others)
        for key, rows in joint.items():
            allowed = [r for r in rows if all(map(lambda s, v: v in left.get(s, v), key, r))]
            for index, shown in enumerate(key):
                if shown in left:
                    left[shown] &= {row[index] for row in allowed}
        if not all(left.values()):
            return None
        if left == before:
            return left


def made(dice: random.Random) -> tuple[Candidates, JointCandidates]:
    shown = dice.sample(SHOWN, dice.randint(1, 5))
    candidates = {s: frozenset(dice.sample(REALS, dice.randint(1, 4))) for s in shown}
    joint: JointCandidates = {}
    for _ in range(dice.randint(0, 3)):
        key = tuple(sorted(dice.sample(SHOWN, 2)))
        joint[key] = frozenset(tuple(dice.sample(REALS, 2)) for _ in range(dice.randint(1, 6)))
    return candidates, joint


@pytest.mark.parametrize("seed", range(40))
def test_the_same_are_left_as_by_the_definition(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(50):
        candidates, joint = made(dice)
        assert settle(candidates, joint) == by_the_definition(candidates, joint)


@pytest.mark.parametrize("seed", range(40))
def test_going_on_from_what_is_settled(seed: int) -> None:
    dice = random.Random(seed)
    compared = 0
    while compared < 20:
        candidates, joint = made(dice)
        settled = settle(candidates, joint)
        if settled is None:
            continue
        shown = dice.choice([*settled, "Z"])  # one that was shown before, or a new one
        real = dice.choice(sorted(settled.get(shown, frozenset(REALS))))
        changed = {**settled, shown: frozenset({real})}
        assert settle(changed, joint, [shown]) == by_the_definition(changed, joint)
        compared += 1
