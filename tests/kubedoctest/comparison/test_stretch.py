"""Transient and settled tables against a recorded past (comparison rules 1 to 3)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from stage import PODS, Recorded, bare_pod, daemon_pod, life, lines

from kubedoctest.cluster.timeline import Life
from kubedoctest.commands.command import Query
from kubedoctest.comparison import table
from kubedoctest.comparison.object_query import PLAIN, ObjectQuery, ShownTable, View
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import Proof
from kubedoctest.comparison.stretch import (
    Evidence,
    Floors,
    Settled,
    Span,
    comes_back,
    left_by_itself,
    once_true,
    open_seconds,
    raised,
)
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import known

HEADERS = ("NAME", "READY", "STATUS", "RESTARTS", "AGE")
CHANGES = (10.0,)
SPAN = Span(10.0, 12.0, "page.md:5", "kubectl apply")
EVERYTHING = ObjectQuery(PODS, "default", frozenset(), ())


def shown(rows: str, cells: int = 3) -> ShownTable:
    """A documented table of pods: one ``name ready status`` a line, or all five cells."""
    rest = "   0   3s" if cells == 3 else ""
    texts = "\n".join(f"{row}{rest}" for row in rows.strip().split("\n"))
    return ShownTable(lines(texts), False, HEADERS, EVERYTHING, "page.md:9")


class Past:
    """A stretch that begins with a command from second 10 to second 12; now is second 30."""

    def __init__(self, *lives: Life) -> None:
        self.timeline = Recorded(*lives)
        self.patterns = Patterns(known(life.identity for life in lives))
        self.bindings = Bindings()
        self.floors: Floors = {}

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.timeline, self.patterns, self.bindings, CHANGES)

    def had(self, rows: str) -> bool:
        return self.had_table(shown(rows))

    def had_table(self, table: ShownTable) -> bool:
        found = once_true(table, SPAN, self.floors, self.evidence, 30.0)
        if isinstance(found, Proof):
            self.bindings, self.floors = found.bindings, raised(self.floors, found)
        return isinstance(found, Proof)

    def recurs(self, row: str) -> bool:
        return isinstance(comes_back(shown(row, cells=5), self.evidence), Proof)

    def open(self, row: str, since: float) -> float:
        settled = Settled(shown(row, cells=5), since)
        return open_seconds(settled, self.evidence, 30.0, 3.0)

    def keeps(self, rows: str, since: float, cells: int = 3) -> bool:
        settled = Settled(shown(rows, cells), since)
        return isinstance(left_by_itself(settled, self.evidence), Proof)


def four() -> Past:
    """A DaemonSet's pods as one cluster made them: never all ContainerCreating at one instant."""
    return Past(
        life(
            daemon_pod("mi-app-4kx2p"),
            (12.01, "0/1", "Pending"),
            (12.10, "0/1", "ContainerCreating"),
            (13.0, "1/1", "Running"),
        ),
        life(
            daemon_pod("mi-app-b9w7d"),
            (12.02, "0/1", "Pending"),
            (12.11, "0/1", "ContainerCreating"),
            (13.1, "1/1", "Running"),
        ),
        life(
            daemon_pod("mi-app-qz5nt"),
            (12.03, "0/1", "Pending"),
            (13.2, "0/1", "ContainerCreating"),
            (14.0, "1/1", "Running"),
        ),
        life(
            daemon_pod("mi-app-x8c6v"),
            (12.04, "0/1", "Pending"),
            (13.3, "0/1", "ContainerCreating"),
            (14.1, "1/1", "Running"),
        ),
    )


CREATING = """
mi-app-tr8jm   0/1   ContainerCreating
mi-app-2dqqt   0/1   ContainerCreating
mi-app-5gh7k   0/1   ContainerCreating
mi-app-vwx9z   0/1   ContainerCreating
"""


def test_states_that_passed_are_true() -> None:
    assert four().had(CREATING)
    assert four().had(CREATING.replace("ContainerCreating", "Pending"))


@pytest.mark.parametrize(
    "lie",
    [
        CREATING.replace("ContainerCreating", "CrashLoopBackOff", 1),
        CREATING.replace("0/1", "1/1", 1),
        CREATING.replace("mi-app-tr8jm", "mi-app-2dqqt"),
        CREATING.replace("mi-app-vwx9z   0/1   ContainerCreating\n", ""),
        CREATING + "mi-app-zzzzz   0/1   ContainerCreating\n",
    ],
)
def test_states_that_never_were_are_not(lie: str) -> None:
    assert not four().had(lie)


def test_later_tables_show_later_states() -> None:
    past = four()
    assert past.had(CREATING.replace("0/1   ContainerCreating", "1/1   Running"))
    assert not past.had(CREATING)


def deleted() -> Past:
    """``delete`` ran from 10 to 12; the old pod ended at 11.5 and its replacement came at once."""
    return Past(
        life(daemon_pod("mi-app-4kx2p"), (1.0, "1/1", "Running")),
        life(
            daemon_pod("mi-app-b9w7d"),
            (1.0, "1/1", "Running"),
            (10.2, "1/1", "Terminating"),
            gone=11.5,
        ),
        life(
            daemon_pod("mi-app-qz5nt"),
            (11.6, "0/1", "Pending"),
            (11.7, "0/1", "ContainerCreating"),
            (11.9, "1/1", "Running"),
        ),
    )


def test_what_passed_while_the_command_ran_is_true() -> None:
    assert deleted().had("mi-app-tr8jm   1/1   Running\nmi-app-2dqqt   0/1   ContainerCreating")


def test_what_was_deleted_meanwhile_is_gone() -> None:
    assert not deleted().had("mi-app-tr8jm   1/1   Running\nmi-app-2dqqt   1/1   Terminating")


def test_a_replacement_cannot_be_left_out() -> None:
    assert not deleted().had("mi-app-tr8jm   1/1   Running")


def test_objects_of_different_moments_are_not_one_answer() -> None:
    past = Past(
        life(bare_pod("uno"), (12.5, "1/1", "Running"), gone=13.0),
        life(bare_pod("dos"), (14.0, "1/1", "Running")),
    )
    assert not past.had("uno   1/1   Running\ndos   1/1   Running")
    assert past.had("uno   1/1   Running")


class TestTables:
    def past(self) -> Past:
        return Past(
            *(
                life(
                    daemon_pod(f"mi-app-{c * 5}"),
                    (11.0, "0/1", "Pending"),
                    (14.0, "1/1", "Running"),
                )
                for c in "45"
            )
        )

    def had(self, rows: str, view: View = PLAIN) -> bool:
        past = self.past()
        table = ShownTable(lines(rows), False, HEADERS, EVERYTHING, "page.md:9", view)
        return past.had_table(table)

    def test_rows_that_passed_were_sorted(self) -> None:
        rows = "mi-app-44444   0/1   Pending   0   {}\nmi-app-55555   0/1   Pending   0   {}"
        by_age = View(sorted_by=table.sorting_of(Query((), sort_by=".metadata.creationTimestamp")))
        assert self.had(rows.format("9s", "3s"), by_age)
        assert self.had(rows.format("3s", "9s"))
        assert not self.had(rows.format("3s", "9s"), by_age)

    def test_a_header_alone_was_never_printed(self) -> None:
        past = Past(life(daemon_pod("mi-app-44444"), (12.5, "0/1", "Pending")))
        for headers, true in ((HEADERS, False), ((), True)):
            table = ShownTable((), False, headers, EVERYTHING, "page.md:9")
            assert past.had_table(table) is true


class TestSettled:
    def test_what_stays_is_true(self) -> None:
        past = Past(life(bare_pod("mi-pod"), (12.5, "1/1", "Running")))
        assert past.keeps("mi-pod   1/1   Running", since=13.0)

    def test_what_changes_by_itself_is_not(self) -> None:
        past = Past(life(bare_pod("mi-pod"), (12.5, "1/1", "Running"), (16.0, "0/1", "Completed")))
        assert not past.keeps("mi-pod   1/1   Running", since=13.0)
        assert past.keeps("mi-pod   0/1   Completed", since=16.5)

    def test_what_is_so_again_at_the_end_is_true(self) -> None:
        past = Past(
            life(
                bare_pod("mi-pod"),
                (12.5, "1/1", "Running"),
                (16.0, "0/1", "Completed"),
                (17.0, "1/1", "Running"),
            )
        )
        assert past.keeps("mi-pod   1/1   Running", since=13.0)
        assert not past.keeps("mi-pod   0/1   Completed", since=16.5)

    def test_what_disappears_or_appears(self) -> None:
        past = Past(
            life(bare_pod("mi-pod"), (12.5, "1/1", "Running"), gone=20.0),
            life(bare_pod("otro"), (12.5, "1/1", "Running")),
        )
        assert not past.keeps("mi-pod   1/1   Running\notro   1/1   Running", since=13.0)
        assert past.keeps("otro   1/1   Running", since=21.0)


def crashing(until: float) -> Past:
    """A pod whose container ends again and again, as it had gone until a moment."""
    turns = [
        (12.1, "0/1", "ContainerCreating", "0"),
        (13.0, "1/1", "Running", "0"),
        (13.9, "0/1", "Error", "0"),
        (14.0, "1/1", "Running", "1 (0s ago)"),
        (14.5, "0/1", "Error", "1 (1s ago)"),
        (26.0, "0/1", "CrashLoopBackOff", "1 (12s ago)"),
        (26.1, "1/1", "Running", "2 (12s ago)"),
        (27.0, "0/1", "Error", "2 (13s ago)"),
        (47.0, "0/1", "CrashLoopBackOff", "2 (33s ago)"),
        (47.1, "1/1", "Running", "3 (33s ago)"),
    ]
    told = [turn for turn in turns if turn[0] <= until]
    pod = life(bare_pod("malo"), *(turn[:3] for turn in told))
    counted = tuple(
        replace(state, cells={**state.cells, "Restarts": count})
        for state, (*_, count) in zip(pod.states, told, strict=True)
    )
    return Past(replace(pod, states=counted))


class TestRecurring:
    @pytest.mark.parametrize(
        "row",
        [
            "malo   0/1   CrashLoopBackOff   1 (5s ago)   20s",
            "malo   0/1   CrashLoopBackOff   2 (5s ago)   40s",
            "malo   0/1   Error   2 (5s ago)   40s",
            "malo   1/1   Running   3 (5s ago)   50s",
        ],
    )
    def test_state_that_comes_back_is_true_with_a_count_that_it_had(self, row: str) -> None:
        assert crashing(50.0).recurs(row)
        assert crashing(50.0).keeps(row, since=30.0, cells=5)

    @pytest.mark.parametrize(
        "row",
        [
            "malo   0/1   CrashLoopBackOff   3 (5s ago)   20s",  # not so often yet
            "malo   0/1   CrashLoopBackOff   0   20s",
            "malo   0/1   ContainerCreating   0   20s",
            "malo   0/1   Completed   1 (5s ago)   20s",
        ],
    )
    def test_state_that_never_comes_back_is_not(self, row: str) -> None:
        assert not crashing(50.0).recurs(row)
        assert not crashing(50.0).keeps(row, since=30.0, cells=5)

    def test_state_seen_once_may_still_come_back(self) -> None:
        row = "malo   0/1   CrashLoopBackOff   1 (5s ago)   20s"
        assert not crashing(30.0).recurs(row)
        assert crashing(30.0).open(row, since=26.05) == math.inf
        assert crashing(50.0).open(row, since=26.05) <= 0


def test_state_is_open_until_it_has_held_for_a_while() -> None:
    past = Past(life(bare_pod("mi-pod"), (29.0, "0/1", "ContainerCreating")))
    assert past.open("mi-pod   0/1   ContainerCreating   0   1s", since=29.5) == 8.0
