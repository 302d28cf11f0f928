"""Rows of a watch under a second apart: those that one could have caused keep their order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from stage import PODS, Recorded, daemon_pod, deployment_pod, life, replica_set

from kubedoctest.cluster.timeline import Identity, Life, Owner, State
from kubedoctest.commands.command import GoesOn
from kubedoctest.comparison.object_query import ObjectQuery
from kubedoctest.comparison.outputs import agrees
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import Proof
from kubedoctest.comparison.stream import Recording, Step, needed, read
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import known


def row(name: str, ready: str, status: str, restarts: str, age: str) -> str:
    return f"{name:<30}{ready:<8}{status:<20}{restarts:<11}{age}"


HEADER = row("NAME", "READY", "STATUS", "RESTARTS", "AGE")


def owned(name: str, kind: str) -> Identity:
    owner = Owner(kind, "web", f"uid-of-{kind}")
    return Identity("Pod", "default", name, f"uid-{name}", "", owner, {})


@dataclass(frozen=True)
class Watch:
    """What some pods went through while a watch looked on; its rows are numbered from 1."""

    lives: tuple[Life, ...]

    @property
    def rows(self) -> list[str]:
        states = [(state.entered, state) for one in self.lives for state in one.states]
        printed = []
        for _, state in sorted(states, key=lambda one: one[0]):
            name, ready, status, restarts, age, *_ = state.cells.values()
            printed.append(row(name, ready, status, restarts, age))
        return printed

    def could_show(self, *numbers: int) -> bool:
        """Whether a page may show these rows, in this order."""
        rows = self.rows
        shown = [HEADER, *(rows[n - 1] for n in numbers)]
        documented = [DocumentedLine(10 + n, text) for n, text in enumerate(shown)]
        patterns = Patterns(known(one.identity for one in self.lives))
        everything = ObjectQuery(PODS, "default", frozenset(), ())
        recording = Recording(Recorded(*self.lives), everything, 0.0)
        output = "\n".join([HEADER, *rows]) + "\n"
        reading = read(GoesOn.WATCH, documented, output, patterns, recording)
        return isinstance(agrees(reading, Bindings(), "page.md:9"), Proof)


def starting(identity: Identity, at: float, ready: float) -> Life:
    return life(identity, (at, "0/1", "Pending"), (ready, "1/1", "Running"))


class TestStatefulSet:
    """Rows: 1 and 2 of web-0, 3 and 4 of web-1, 5 and 6 of web-2, each Pending and Running."""

    def watch(self) -> Watch:
        return Watch(
            tuple(
                starting(owned(f"web-{n}", "StatefulSet"), n / 4 + 0.1, n / 4 + 0.3)
                for n in range(3)
            )
        )

    @pytest.mark.parametrize("rows", [(1, 2, 3, 4, 5, 6), (1, 4, 6), (2, 3), (3, 4)])
    def test_next_pod_comes_once_those_before_are_ready(self, rows: tuple[int, ...]) -> None:
        assert self.watch().could_show(*rows)

    @pytest.mark.parametrize(
        "rows",
        [
            (1, 3, 2, 4, 5, 6),  # web-1 is made while web-0 is not ready
            (3, 2),
            (1, 4, 2),  # it even runs by then
            (3, 1),
            (1, 2, 3, 5, 4, 6),
            (5, 2),
        ],
    )
    def test_next_pod_never_comes_before_that(self, rows: tuple[int, ...]) -> None:
        assert not self.watch().could_show(*rows)

    def test_pods_made_in_parallel_may_change_places(self) -> None:
        watch = Watch(
            (
                starting(owned("web-0", "StatefulSet"), 0.1, 0.5),
                starting(owned("web-1", "StatefulSet"), 0.2, 0.6),
            )
        )
        for rows in ((1, 2, 3, 4), (2, 1, 3, 4), (1, 2, 4, 3)):
            assert watch.could_show(*rows)


class TestRollout:
    """Rows: 1 new Pending, 2 new Running, 3 old Terminating, 4 next Pending."""

    def watch(self, ready: float = 0.4) -> Watch:
        old, new = "mi-deploy-5d4f8c7b9d", "mi-deploy-7c6b5f9d8f"
        return Watch(
            (
                life(
                    deployment_pod(f"{old}-bbbbb"),
                    (-5.0, "1/1", "Running"),
                    (0.5, "1/1", "Terminating"),
                ),
                starting(deployment_pod(f"{new}-ccccc"), 0.1, ready),
                starting(deployment_pod(f"{new}-ddddd"), 0.6, 9.0),
            )
        )

    def rows(self, *numbers: int) -> tuple[int, ...]:
        return tuple(n + 1 for n in numbers)  # the first row was there

    def test_old_pod_goes_once_a_new_one_is_ready(self) -> None:
        assert self.watch().could_show(*self.rows(1, 2, 3, 4))
        assert self.watch().could_show(*self.rows(1, 3))
        assert not self.watch().could_show(*self.rows(1, 3, 2, 4))

    def test_next_pod_comes_once_the_one_before_is_ready(self) -> None:
        assert not self.watch().could_show(*self.rows(1, 4, 2, 3))
        assert self.watch().could_show(*self.rows(1, 2, 4, 3)), "both follow at once"


class TestReplacement:
    """Rows: 1 and 2 there, 3 one Terminating, 4 the other Terminating, 5 and 6 replacements."""

    def watch(self) -> Watch:
        name = "mi-deploy-5d4f8c7b9d"
        return Watch(
            (
                life(
                    deployment_pod(f"{name}-bbbbb"),
                    (-5.0, "1/1", "Running"),
                    (0.10, "1/1", "Terminating"),
                ),
                life(
                    deployment_pod(f"{name}-ccccc"),
                    (-4.0, "1/1", "Running"),
                    (0.12, "1/1", "Terminating"),
                ),
                starting(deployment_pod(f"{name}-ddddd"), 0.14, 9.0),
                starting(deployment_pod(f"{name}-fffff"), 0.16, 9.1),
            )
        )

    @pytest.mark.parametrize("rows", [(3, 4, 5, 6), (3, 5, 4, 6), (4, 3, 6, 5), (5, 6), (5, 3)])
    def test_first_replacement_follows_some_deletion(self, rows: tuple[int, ...]) -> None:
        assert self.watch().could_show(*rows)

    @pytest.mark.parametrize("rows", [(5, 3, 4, 6), (5, 6, 3, 4), (5, 4, 3)])
    def test_replacement_never_comes_before_all_deletions(self, rows: tuple[int, ...]) -> None:
        assert not self.watch().could_show(*rows)


def test_what_kubelets_report_of_siblings_may_change_places() -> None:
    pods = (
        starting(daemon_pod("mi-app-44444"), 0.1, 0.5),
        starting(daemon_pod("mi-app-55555"), 0.2, 0.6),
    )
    for rows in ((1, 2, 3, 4), (2, 1, 3, 4), (1, 2, 4, 3), (2, 4, 1, 3)):
        assert Watch(pods).could_show(*rows)


def test_job_s_next_pod_comes_once_one_is_over() -> None:
    watch = Watch(
        (
            life(owned("web-aaaaa", "Job"), (0.1, "0/1", "Pending"), (0.5, "0/1", "Completed")),
            starting(owned("web-bbbbb", "Job"), 0.6, 9.0),
        )
    )
    assert watch.could_show(1, 2, 3)
    assert not watch.could_show(1, 3, 2)


def test_pods_of_nobody_have_no_causes() -> None:
    watch = Watch(
        (
            starting(daemon_pod("mi-app-44444"), 0.1, 0.3),
            starting(owned("web-0", "StatefulSet"), 0.4, 0.6),
        )
    )
    assert watch.could_show(1, 3, 2, 4)


class TestReplicaSets:
    """Of one Deployment's ReplicaSets, who is ready decides how many are wanted of the other."""

    def step(self, name: str, at: float, now: str, before: str) -> Step:
        identity = replica_set(name)
        states = (
            State(identity, dict(zip(("Desired", "Current", "Ready"), t.split(), strict=True)), at)
            for t in (now, before)
        )
        return Step(*states)

    def test_fewer_old_ones_are_wanted_once_a_new_one_is_ready(self) -> None:
        ready = self.step("web-7777bbbb", 1.0, "1 1 1", "1 1 0")
        fewer = self.step("web-5555cccc", 1.1, "2 3 3", "3 3 3")
        more = self.step("web-7777bbbb", 1.2, "2 1 1", "1 1 1")
        assert needed(fewer, [ready]) == [[ready]]
        assert needed(more, [fewer]) == [[fewer]]
        assert needed(ready, [fewer]) == []

    def test_what_is_long_past_was_not_what_a_controller_answered(self) -> None:
        ready = self.step("web-7777bbbb", 1.0, "1 1 1", "1 1 0")
        fewer = self.step("web-5555cccc", 9.1, "2 3 3", "3 3 3")
        assert needed(fewer, [ready]) == []

    def test_other_deployment_s_have_nothing_to_do_with_it(self) -> None:
        ready = self.step("otra-7777bbbb", 1.0, "1 1 1", "1 1 0")
        fewer = self.step("web-5555cccc", 1.1, "2 3 3", "3 3 3")
        assert needed(fewer, [ready]) == []
