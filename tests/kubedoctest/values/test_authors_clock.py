"""Times that a page tells: those of one run, and those that no run could have shown."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kubedoctest.values.authors_clock import AuthorsClock, Bound, Told, printed, printed_for

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 31536000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (9 * MINUTE + 59, "9m59s"),
        (10 * MINUTE + 59, "10m"), (3 * HOUR - 1, "179m"), (3 * HOUR, "3h"),
        (8 * HOUR - 1, "7h59m"), (8 * HOUR + 59 * MINUTE, "8h"), (2 * DAY - 1, "47h"),
        (2 * DAY, "2d"), (2 * DAY + HOUR, "2d1h"), (8 * DAY, "8d"), (2 * YEAR - 1, "729d"),
        (2 * YEAR + 5 * DAY, "2y5d"), (8 * YEAR + 5 * DAY, "8y"),
    ],
)  # fmt: skip
def test_duration_is_printed_as_kubectl_does_and_read_back(seconds: int, text: str) -> None:
    assert printed(seconds) == text
    least, below = printed_for(text) or (0, 0)
    assert least <= seconds < below
    assert printed(below - 1) == text
    assert printed(below) != text


@pytest.mark.parametrize(
    "text",
    ["1m75s", "1m", "90m5s", "2m0s", "120s", "05s", "5m60s", "180m", "8h1m", "48h", "2y365d", "1w"],
)
def test_age_that_kubectl_never_prints_stands_for_no_duration(text: str) -> None:
    assert printed_for(text) is None


def _age(of: str, at: int, text: str) -> Bound:
    """What a table of moment ``at``, in line ``at``, tells of the age of ``of``."""
    least, below = printed_for(text) or (0.0, 0.0)
    return Bound(("birth", of), at, least, below, Told(at, text))


def _judged(*bounds: Bound) -> AuthorsClock | tuple[Told, ...]:
    """What comes of all bounds, taken in one at a time, and of the page's order of moments."""
    moments = sorted({bound.later for bound in bounds if isinstance(bound.later, int)})
    clock: AuthorsClock | tuple[Told, ...] = AuthorsClock()
    order = [Bound(a, b) for a, b in pairwise(moments)]
    for bound in (*order, *bounds):
        assert isinstance(clock, AuthorsClock)
        clock = clock.with_bounds([bound])
        if not isinstance(clock, AuthorsClock):
            break
    return clock


@pytest.mark.parametrize(
    "ages",
    [
        [("a", 1, "3s"), ("a", 2, "3s")],  # at once, or equal by rounding
        [("a", 1, "3s"), ("a", 2, "47h"), ("a", 3, "8d")],  # a long pause
        [("a", 1, "119s"), ("a", 2, "2m"), ("a", 3, "10m"), ("a", 4, "10m")],
        [("a", 1, "3s"), ("b", 1, "3s"), ("a", 2, "4s"), ("b", 2, "5s")],  # each rounded down
        [("a", 1, "10m"), ("b", 1, "3s"), ("a", 2, "10m"), ("b", 2, "62s")],  # a minute is coarse
    ],
)
def test_ages_of_one_run_agree(ages: list[tuple[str, int, str]]) -> None:
    assert isinstance(_judged(*(_age(*age) for age in ages)), AuthorsClock)


@pytest.mark.parametrize(
    ("ages", "lines"),
    [
        ([("a", 1, "40s"), ("a", 2, "39s")], [1, 2]),  # younger later
        ([("a", 1, "3s"), ("b", 1, "3s"), ("a", 2, "4s"), ("b", 2, "6s")], [1, 2]),
        ([("a", 1, "10m"), ("b", 1, "3s"), ("a", 2, "10m"), ("b", 2, "64s")], [1, 2]),
        ([("a", 1, "8s"), ("b", 1, "5s"), ("a", 2, "8s"), ("b", 2, "8s")], [1, 2]),
    ],
)
def test_ages_of_no_run_are_told_with_their_lines(
    ages: list[tuple[str, int, str]], lines: list[int]
) -> None:
    told = _judged(*(_age(*age) for age in ages))
    assert isinstance(told, tuple)
    assert sorted({one.line for one in told}) == lines


def test_what_does_not_take_part_in_a_contradiction_is_not_told() -> None:
    told = _judged(
        _age("other", 1, "5d"), _age("a", 2, "40s"), _age("other", 3, "5d"), _age("a", 4, "9s")
    )
    assert told == (Told(2, "40s"), Told(4, "9s"))


def test_what_is_true_of_every_run_bounds_too() -> None:
    older = Bound(("birth", "node"), ("birth", "pod"))
    node = _age("node", 1, "3m12s")
    assert isinstance(_judged(older, node, _age("pod", 1, "3m12s")), AuthorsClock)
    assert _judged(older, node, _age("pod", 1, "3m13s")) == (Told(1, "3m12s"), Told(1, "3m13s"))


def test_a_refused_bound_leaves_the_clock_as_it_was() -> None:
    clock = AuthorsClock().with_bounds([Bound(1, 2), _age("a", 1, "40s")])
    assert isinstance(clock, AuthorsClock)
    assert isinstance(clock.with_bounds([_age("a", 2, "9s")]), tuple)
    assert isinstance(clock.with_bounds([_age("a", 2, "41s")]), AuthorsClock)
