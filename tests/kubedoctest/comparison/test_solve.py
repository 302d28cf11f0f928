"""One question, whether a set of lines can be true at once: proved, refuted or not decided."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

import pytest

from kubedoctest.comparison.solve import (
    Choice,
    Mismatch,
    OfAll,
    OfTwo,
    Option,
    Proof,
    Undecided,
    solve,
)
from kubedoctest.values.bindings import Bindings

PLACE = "page.md:1"


def line(*options: str) -> list[Option[str]]:
    """A line's options, each as ``slot documented=real``."""
    found = []
    for option in options:
        slot, *pairs = option.split()
        found.append(
            Option(slot, frozenset((p.split("=")[0], p.split("=")[1]) for p in pairs), slot)
        )
    return found


def alike(rows: int, objects: int) -> list[list[Option[str]]]:
    """Lines that differ in their names only, each of which may be any of some objects."""
    return [line(*(f"{o} shown-{r}=real-{o}" for o in range(objects))) for r in range(rows)]


def test_lines_without_names_are_true_in_one_way() -> None:
    found = solve([line("a"), line("b")], Bindings(), PLACE)
    assert isinstance(found, Proof)
    assert [option.payload for option in found.choice] == ["a", "b"]


def test_two_lines_never_stand_for_one_thing() -> None:
    assert isinstance(solve([line("a"), line("a")], Bindings(), PLACE), Mismatch)


def test_line_that_can_stand_for_nothing_is_a_mismatch() -> None:
    assert isinstance(solve([line("a"), line()], Bindings(), PLACE), Mismatch)


def test_no_lines_are_true_where_constraints_say_so() -> None:
    nothing: list[list[Option[str]]] = []
    assert isinstance(solve(nothing, Bindings(), PLACE), Proof)
    assert isinstance(solve(nothing, Bindings(), PLACE, [OfAll(lambda _: False)]), Mismatch)


def test_constraint_on_two_lines_gets_them_in_the_page_s_order() -> None:
    ascending = OfTwo[str](lambda first, then: first.payload < then.payload)
    found = solve([line("c", "a"), line("b")], Bindings(), PLACE, [ascending])
    assert isinstance(found, Proof)
    assert [[option.payload for option in one] for one in found.possible] == [["a"], ["b"]]
    assert isinstance(solve([line("c"), line("b")], Bindings(), PLACE, [ascending]), Mismatch)


@pytest.mark.parametrize("seed", range(60))
def test_what_is_possible_is_what_some_true_choice_holds(seed: int) -> None:
    dice = random.Random(seed)
    claims = [
        line(*(f"{o} x{r}=y{o}" for o in range(4) if dice.random() < 0.7))
        for r in range(dice.randint(1, 4))
    ]
    forbidden = {(dice.randrange(4), dice.randrange(4)) for _ in range(3)}
    total = dice.randrange(3)

    def two(first: Option[str], then: Option[str]) -> bool:
        return (int(first.payload), int(then.payload)) not in forbidden

    def whole(choice: Choice[str]) -> bool:
        return sum(int(option.payload) for option in choice) % 3 != total

    true = list(_by_the_definition(claims, two, whole))
    found = solve(claims, Bindings(), PLACE, [OfTwo(two), OfAll(whole)])
    assert isinstance(found, Proof) == bool(true)
    if isinstance(found, Proof):
        assert list(map(set, found.possible)) == list(map(set, zip(*true, strict=True)))
        for row, options in enumerate(zip(*true, strict=True)):
            assert found.bindings.candidates(f"x{row}") == {f"y{o.payload}" for o in options}


def _by_the_definition(
    claims: Sequence[Sequence[Option[str]]], two: object, whole: object
) -> Iterator[tuple[Option[str], ...]]:
    for choice in itertools.product(*claims):
        apart = len({option.slot for option in choice}) == len(choice)
        if apart and all(two(*p) for p in itertools.combinations(choice, 2)) and whole(choice):  # type: ignore[operator]
            yield choice


def test_many_lines_alike_are_decided_whole() -> None:
    found = solve(alike(14, 14), Bindings(), PLACE)
    assert isinstance(found, Proof)
    assert found.bindings.candidates("shown-3") == {f"real-{n}" for n in range(14)}


def test_search_that_stops_says_so_and_is_no_mismatch() -> None:
    odd = OfAll[str](lambda choice: choice[-1].payload == "none")
    assert isinstance(solve(alike(12, 12), Bindings(), PLACE, [odd]), Undecided)


def test_more_lines_than_things_are_a_mismatch_at_once() -> None:
    assert isinstance(solve(alike(12, 11), Bindings(), PLACE), Mismatch)


def test_search_that_stops_after_a_proof_rules_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = solve(alike(8, 8), Bindings(), PLACE)
    monkeypatch.setattr("kubedoctest.comparison.solve.MOST_STEPS", 400)
    cut = solve(alike(8, 8), Bindings(), PLACE)
    assert isinstance(whole, Proof)
    assert isinstance(cut, Proof)
    assert cut.bindings == whole.bindings


def test_nothing_is_learnt_but_in_the_proof() -> None:
    before = Bindings()
    found = solve([line("a web-x=web-y")], before, PLACE)
    assert isinstance(found, Proof)
    assert before == Bindings()
    assert found.bindings.committed == {"web-x": "web-y"}
    lie = [line("a web-x=web-z")]
    assert isinstance(solve(lie, found.bindings, PLACE), Mismatch)
    assert isinstance(solve(lie, before, PLACE), Proof)
