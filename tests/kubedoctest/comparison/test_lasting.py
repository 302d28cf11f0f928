"""States that last until somebody has typed the next command, and states that come back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage import bare_pod, life

from kubedoctest.cluster.timeline import Life
from kubedoctest.comparison.stretch import recurring, still_open


def _pod(*states: tuple[float, str, str, str], gone: float = float("inf")) -> Life:
    """A pod's life; each state is (when it was entered, READY, STATUS, RESTARTS)."""
    made = life(
        bare_pod("uno"), *((at, ready, status) for at, ready, status, _ in states), gone=gone
    )
    counted = tuple(
        replace(state, cells={**state.cells, "Restarts": count})
        for state, (_, _, _, count) in zip(made.states, states, strict=True)
    )
    return replace(made, states=counted)


CRASHING = _pod(
    (10.0, "0/1", "ContainerCreating", "0"),
    (11.0, "1/1", "Running", "0"),
    (12.0, "0/1", "Error", "0"),
    (12.5, "1/1", "Running", "1 (0s ago)"),
    (13.0, "0/1", "Error", "1 (1s ago)"),
    (25.0, "0/1", "CrashLoopBackOff", "1 (12s ago)"),
    (25.1, "1/1", "Running", "2 (12s ago)"),
    (26.0, "0/1", "Error", "2 (13s ago)"),
    (46.0, "0/1", "CrashLoopBackOff", "2 (33s ago)"),
)


@pytest.mark.parametrize(
    ("status", "now", "left"),
    [
        ("Running", 11.0, 3.0),  # entered a moment ago
        ("Running", 13.0, 1.0),
        ("Running", 14.0, 0.0),
        ("Pending", 12.0, 8.0),  # on its way
        ("Terminating", 21.0, 0.0),
        ("ErrImagePull", 14.0, 17.0),  # until the kubelet looks again
        ("Init:ErrImagePull", 31.0, 0.0),
        ("ImagePullBackOff", 14.0, 0.0),
    ],
)
def test_state_is_open_until_it_has_held_long_enough(status: str, now: float, left: float) -> None:
    ready = "1/1" if status == "Running" else "0/1"
    assert max(still_open([_pod((11.0, ready, status, "0"))], now), 0.0) == left


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ({"Ready": "3/3", "Up-to-date": "3"}, 3.0),
        ({"Ready": "2/3", "Up-to-date": "3"}, 9.0),
        ({"Ready": "3/3", "Up-to-date": "1"}, 9.0),
        ({"Desired": "4", "Current": "4", "Ready": "4", "Up-to-date": "4"}, 3.0),
        ({"Desired": "4", "Current": "4", "Ready": "3", "Up-to-date": "4"}, 9.0),
        ({"Status": "Running", "Completions": "0/1"}, 9.0),
        ({"Status": "Complete", "Completions": "1/1"}, 3.0),
        ({"Status": "Running", "Ready": "0/1"}, 9.0),
        ({"Status": "Completed", "Ready": "0/1"}, 3.0),
        ({"Status": "Bound"}, 3.0),
        ({"Type": "ClusterIP"}, 3.0),
    ],
)
def test_what_is_not_yet_as_it_is_to_be_must_hold_longer(
    cells: dict[str, str], left: float
) -> None:
    (state,) = life(bare_pod("uno"), (11.0, "1/1", "Running")).states
    made = replace(state, cells=cells)
    assert still_open([Life((made,), 11.0)], 11.0) == left


def test_object_of_before_the_page_and_one_that_is_gone_are_not_waited_for() -> None:
    always = _pod((float("-inf"), "1/1", "Running", "0"))
    gone = _pod((11.0, "1/1", "Running", "0"), gone=11.5)
    assert still_open([always, gone], 11.6) <= 0.0


def test_states_of_a_crashing_container_recur_with_each_count_that_they_had() -> None:
    seen = [(s.cells["Status"], s.cells["Restarts"][0]) for s in recurring(CRASHING, [9.0])]
    assert ("CrashLoopBackOff", "1") in seen
    assert ("Running", "0") in seen
    assert ("Error", "2") in seen
    assert all(status != "ContainerCreating" for status, _ in seen)


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ([9.0], 25.0),  # CrashLoopBackOff was entered once so far
        ([9.0, 24.0], 8.0),  # each restart may be one that a command asked for
    ],
)
def test_state_that_did_not_come_back_by_itself_does_not_recur(
    changes: list[float], until: float
) -> None:
    states = tuple(s for s in CRASHING.states if s.entered <= until)
    young = replace(CRASHING, states=states or CRASHING.states[:5])
    assert not [s for s in recurring(young, changes) if s.cells["Status"] == "CrashLoopBackOff"]


def test_restart_that_a_command_asked_for_is_no_cycle() -> None:
    killed = _pod(
        (10.0, "1/1", "Running", "0"),
        (20.0, "0/1", "Completed", "0"),
        (20.1, "1/1", "Running", "1 (0s ago)"),
    )
    assert recurring(killed, [9.0, 19.9]) == ()


def test_cycle_of_an_earlier_stretch_counts_while_it_goes_on() -> None:
    assert any(s.cells["Status"] == "CrashLoopBackOff" for s in recurring(CRASHING, [9.0, 47.0]))
    healed = replace(
        CRASHING, states=(*CRASHING.states[:-1], replace(CRASHING.states[-1], left=50.0),
                          *_pod((50.0, "1/1", "Running", "3")).states)
    )  # fmt: skip
    assert not any(s.cells["Status"] == "Error" for s in recurring(healed, [9.0, 55.0]))
