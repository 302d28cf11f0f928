"""Tables of any kind, several in one answer, judged by the recording (comparison rules 1 to 3)."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from stage import (
    DEPLOYMENTS,
    PODS,
    Recorded,
    daemon_pod,
    deployment,
    deployment_pod,
    landed,
    life,
    lines,
    worker,
)

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.timeline import Life
from kubedoctest.comparison.solve import Proof
from kubedoctest.comparison.stretch import Evidence, Settled, Span, Stretch, left_by_itself
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import Step
from kubedoctest.run.judgement import Attempt, Judge, Verdict
from kubedoctest.shell.observation import Observation
from kubedoctest.values.authored import Authored

NOW = """
NAME        READY   UP-TO-DATE   AVAILABLE   AGE
mi-deploy   2/2     2            2           9s
"""
PASSED = NOW.replace("2/2     2            2", "0/2     2            0")
BOTH = """
NAME                        READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/mi-deploy   2/2     2            2           9s

NAME                               READY   STATUS    RESTARTS   AGE
pod/mi-deploy-5d4f8c7b9d-4kx2p     1/1     Running   0          9s
pod/mi-deploy-5d4f8c7b9d-b9w7d     1/1     Running   0          9s
"""
BOTH_PASSED = """
NAME                        READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/mi-deploy   0/2     2            0           1s

NAME                             READY   STATUS              RESTARTS   AGE
pod/mi-deploy-7c6b5f9d8-zzzzz    0/1     ContainerCreating   0          1s
pod/mi-deploy-7c6b5f9d8-ccccc    0/1     ContainerCreating   0          1s
"""


class TwoKinds(Cluster):
    """A cluster that serves pods and Deployments, and says nothing else."""

    def __init__(self) -> None:
        self.__dict__["resources"] = (PODS, DEPLOYMENTS)


class Shown:
    """A stretch that began with a rollout from second 10 to 12."""

    def __init__(self, *lives: Life) -> None:
        self.timeline = Recorded(*lives)
        self.judge = Judge(
            TwoKinds(), self.timeline, lambda: "default", Authored(), lambda _: time.monotonic()
        )
        self.judge.accept(self.judge.knowledge.in_new_stretch(5))
        self.stretch = Stretch((Span(10.0, 12.0, "page.md:5", "kubectl apply"),))

    def verdict(self, command: str, text: str, real: str, *, passing: bool) -> Verdict:
        block = Block(Path("page.md"), 1, "console", None, "", Role.TRANSCRIPT)
        seen = Observation(command, real.lstrip("\n"), 0, False, 20.0, 20.1)
        listed = {one.scope for one in self.judge.listings.of(command)} if passing else set()
        step = Step(9, command, lines(text))
        verdict = self.judge.judge(Attempt(block, step, command, seen, self.stretch, listed))
        self.judge.accept(verdict.knowledge)
        return verdict

    def lasts(self, settled: Settled) -> bool:
        known = self.judge.knowledge.bindings
        found = left_by_itself(settled, Evidence(self.timeline, self.judge.patterns, known))
        return isinstance(found, Proof)

    def passes(self, command: str, text: str, real: str) -> bool:
        return self.verdict(command, text, real, passing=True).failure is None


@pytest.fixture
def rollout() -> Shown:
    pods = ["mi-deploy-5d4f8c7b9d-4kx2p", "mi-deploy-5d4f8c7b9d-b9w7d"]
    return Shown(
        deployment("mi-deploy", (10.5, "0/2 0 0"), (10.6, "0/2 2 0"), (13.0, "2/2 2 2")),
        *(
            life(
                deployment_pod(name),
                (10.7, "0/1", "Pending"),
                (10.8, "0/1", "ContainerCreating"),
                (12.9, "1/1", "Running"),
            )
            for name in pods
        ),
    )


def test_a_deployment_s_passing_state(rollout: Shown) -> None:
    assert rollout.passes("kubectl get deploy", PASSED, NOW)
    assert rollout.passes("kubectl get deploy mi-deploy", PASSED, NOW)


@pytest.mark.parametrize("lie", ["1/2     2            1", "0/3     2            0"])
def test_a_deployment_s_state_that_never_was(rollout: Shown, lie: str) -> None:
    text = NOW.replace("2/2     2            2", lie)
    assert not rollout.passes("kubectl get deploy", text, NOW)


def test_a_settled_table_must_be_true_now(rollout: Shown) -> None:
    true = rollout.verdict("kubectl get deploy", NOW, NOW, passing=False)
    assert true.failure is None
    assert len(true.settled) == 1
    assert rollout.verdict("kubectl get deploy", PASSED, NOW, passing=False).failure is not None


def test_several_kinds_at_a_moment_that_passed(rollout: Shown) -> None:
    for command in ("kubectl get deploy,pods", "kubectl get all"):
        assert rollout.passes(command, BOTH_PASSED, BOTH), command


@pytest.mark.parametrize(
    ("true", "lie"),
    [
        ("0/2     2            0", "1/2     2            1"),
        ("ContainerCreating", "ErrImagePull"),
        ("pod/mi-deploy-7c6b5f9d8-ccccc", "pod/mi-deploy-7c6b5f9d8-zzzzz"),
        ("pod/mi-deploy-7c6b5f9d8-ccccc", "mi-deploy-7c6b5f9d8-ccccc"),
        ("pod/mi-deploy-7c6b5f9d8-ccccc    0/1     ContainerCreating   0          1s\n", ""),
        ("deployment.apps/mi-deploy", "deployment/mi-deploy"),
        ("AVAILABLE", "DISPONIBLE"),
    ],
)
def test_several_kinds_with_one_lie(rollout: Shown, true: str, lie: str) -> None:
    assert true in BOTH_PASSED
    text = BOTH_PASSED.replace(true, lie, 1)
    assert not rollout.passes("kubectl get deploy,pods", text, BOTH)


def test_failed_attempt_leaves_open_which_object_is_which() -> None:
    one, other = "mi-deploy-5d4f8c7b9d-4kx2p", "mi-deploy-5d4f8c7b9d-b9w7d"
    first = life(deployment_pod(one), (10.8, "0/1", "Pending"), (12.5, "1/1", "Running"))
    text = """
NAME                            READY   STATUS    RESTARTS   AGE
pod/mi-deploy-7c6b5f9d8-zzzzz   1/1     Running   0          1s
...

NAME                        READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/mi-deploy   2/2     2            2           1s
"""
    early = Shown(
        deployment("mi-deploy", (10.6, "1/2 2 1")),
        first,
        life(deployment_pod(other), (10.9, "0/1", "Pending")),
    )
    command, real = "kubectl get pods,deploy", text.replace("1s", "9s").replace("Running", "Other")
    assert not early.passes(command, text, real), "the Deployment is not there yet"
    early.timeline.becomes(
        deployment("mi-deploy", (10.6, "1/2 2 1"), (13.0, "2/2 2 2")),
        first,
        life(deployment_pod(other), (10.9, "0/1", "Pending"), (13.0, "1/1", "Running")),
    )
    assert early.passes(command, text, real)
    known = early.judge.knowledge.bindings
    assert known.candidates("mi-deploy-7c6b5f9d8-zzzzz") == {one, other}


def test_passing_table_with_a_gap_shows_some_of_the_rows(rollout: Shown) -> None:
    head, row = "NAME   READY   STATUS   RESTARTS   AGE", "mi-deploy-7c6b5f9d8-zzzzz"
    real = "\n".join(BOTH.strip().split("\n")[3:]).replace("pod/", "")
    text = f"{head}\n{row}   0/1   {{}}   0   1s\n..."
    assert rollout.passes("kubectl get pods", text.format("ContainerCreating"), real)
    assert not rollout.passes("kubectl get pods", text.format("ErrImagePull"), real)
    whole = text.format("ContainerCreating").removesuffix("\n...")
    assert not rollout.passes("kubectl get pods", whole, real), "there were two"


def test_a_kind_that_is_not_shown_was_not_there_yet(rollout: Shown) -> None:
    only_deployment = "\n".join(BOTH_PASSED.strip().split("\n")[:2])
    late = Shown(
        deployment("mi-deploy", (10.5, "0/2 2 0")),
        life(deployment_pod("mi-deploy-5d4f8c7b9d-4kx2p"), (12.5, "1/1", "Running")),
    )
    assert late.passes("kubectl get deploy,pods", only_deployment, BOTH)
    assert not rollout.passes("kubectl get deploy,pods", only_deployment, BOTH)


def test_each_settled_table_is_followed(rollout: Shown) -> None:
    found = rollout.verdict("kubectl get deploy,pods", BOTH, BOTH, passing=False)
    assert found.failure is None
    assert [one.scope.resource for one in found.settled] == [DEPLOYMENTS, PODS]
    for one in found.settled:
        assert rollout.lasts(Settled(one, 14.0))
        assert not rollout.lasts(Settled(replace(one, rows=one.rows[:-1]), 14.0))


def test_nothing_at_a_moment_that_passed(rollout: Shown) -> None:
    nothing = "No resources found in default namespace."
    late = Shown(life(deployment_pod("mi-deploy-5d4f8c7b9d-4kx2p"), (12.5, "1/1", "Running")))
    real = "NAME   READY\nmi-deploy-5d4f8c7b9d-4kx2p   1/1\n"
    assert late.passes("kubectl get pods", nothing, real)
    assert not rollout.passes("kubectl get pods", nothing, real)


class TestNarrowed:
    """A selector, names or a field selector say which objects a table lists."""

    @pytest.mark.parametrize(
        "command",
        [
            "kubectl get deploy -l app=mi-deploy",
            "kubectl get deploy --field-selector metadata.name=mi-deploy",
            "kubectl get deploy/mi-deploy",
        ],
    )
    def test_others_are_not_missed(self, command: str) -> None:
        past = Shown(
            deployment("mi-deploy", (10.5, "0/2 2 0"), (13.0, "2/2 2 2")),
            deployment("otro", (1.0, "1/1 1 1")),
        )
        assert past.passes(command, PASSED, NOW)
        assert not past.passes("kubectl get deploy", PASSED, NOW)

    def test_labels_as_columns(self) -> None:
        past = Shown(deployment("mi-deploy", (10.5, "0/2 2 0"), (13.0, "2/2 2 2")))
        text = (
            "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   APP\nmi-deploy   0/2   2   0   1s   {}"
        )
        command = "kubectl get deploy -L app"
        assert past.passes(command, text.format("mi-deploy"), NOW)
        assert not past.passes(command, text.format("otra"), NOW)
        text = text.replace("APP", "LABELS")
        command = "kubectl get deploy --show-labels"
        assert past.passes(command, text.format("app=mi-deploy"), NOW)
        assert not past.passes(command, text.format("app=otra"), NOW)

    def test_no_headers(self) -> None:
        past = Shown(deployment("mi-deploy", (10.5, "0/2 2 0"), (13.0, "2/2 2 2")))
        command = "kubectl get deploy --no-headers"
        now = NOW.strip().split("\n")[1]
        assert past.passes(command, "mi-deploy   0/2   2   0   9s", now)
        assert not past.passes(command, "mi-deploy   1/2   2   1   1s", now)
        (kept,) = past.verdict(command, now, f"{now}\n", passing=False).settled
        assert past.lasts(Settled(kept, 14.0))
        passed = replace(kept, rows=lines("mi-deploy   0/2   2   0   1s"))
        assert not past.lasts(Settled(passed, 12.5))

    def test_namespaces_as_a_column(self) -> None:
        past = Shown(deployment("mi-deploy", (10.5, "0/2 2 0"), (13.0, "2/2 2 2")))
        text = "NAMESPACE   NAME   READY   UP-TO-DATE   AVAILABLE   AGE\n{} mi-deploy 0/2 2 0 1s"
        assert past.passes("kubectl get deploy -A", text.format("default"), NOW)
        assert not past.passes("kubectl get deploy -A", text.format("otro"), NOW)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("kubectl get pods", "kubectl get pods mi-pod"),
        ("kubectl get pods", "kubectl get pods -l app=x"),
        ("kubectl get pods -A", "kubectl get pods"),
        ("kubectl get pods a b", "kubectl get pods b"),
    ],
)
def test_a_wider_table_supersedes_a_narrower_one(wide: str, narrow: str) -> None:
    judge = Shown().judge
    (more,), (less,) = judge.listings.of(wide), judge.listings.of(narrow)
    assert more.scope.covers(less.scope)
    assert not less.scope.covers(more.scope)


def test_events_settle_nothing() -> None:
    events = Resource(
        "", "v1", "events", "Event", "event", ("ev",), True, frozenset({"list", "watch"})
    )
    judge = Shown().judge
    cluster = judge._cluster
    assert cluster is not None
    cluster.__dict__["resources"] = (PODS, events)
    assert judge.listings.of("kubectl get events") == ()
    assert judge.listings.kinds_shown([Step(1, "kubectl get events", ())], Authored()) == [PODS]


class TestNodes:
    WIDE = """
NAME   READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
{}    1/1     Running   0          9s    10.244.1.1   {}     <none>           <none>
"""
    COMMAND = "kubectl get pod {} -o wide"

    def lives(self, ana_gone: float = math.inf) -> tuple[Life, ...]:
        return (
            *(worker(f"taller-worker{n}") for n in (1, 2, 3)),
            landed("ana", "taller-worker1", born=11.0, gone=ana_gone),
            landed("bea", "taller-worker2", born=12.0),
            landed("eva", "taller-worker3", born=12.0),
        )

    def shows(self, past: Shown, pod: str, node: str, *, really: str) -> bool:
        text, real = (self.WIDE.format(pod, f"taller-worker{n}") for n in (node, really))
        verdict = past.verdict(self.COMMAND.format(pod), text, real, passing=False)
        return verdict.failure is None

    def test_pods_that_are_there_at_once_keep_their_nodes_apart(self) -> None:
        past = Shown(*self.lives())
        assert self.shows(past, "ana", "3", really="1")
        assert not self.shows(past, "bea", "3", really="2")
        assert self.shows(past, "bea", "1", really="2")
        assert not self.shows(past, "ana", "2", really="1")

    def test_node_is_free_again_once_its_pods_are_gone(self) -> None:
        past = Shown(*self.lives())
        assert self.shows(past, "ana", "3", really="1")
        past.timeline.becomes(*self.lives(ana_gone=19.0))
        assert self.shows(past, "bea", "3", really="2")
        assert not self.shows(past, "eva", "3", really="3"), "by bea, it is another"


class TestNotDecided:
    """A search that stops at its limit is told to be one, with what the author can do."""

    TABLE = "NAME           READY   STATUS    RESTARTS   AGE\n" + "".join(
        f"mi-app-{c * 5}   1/1     Running   0          9s\n" for c in "456"
    )

    def verdict(self) -> Verdict:
        pods = [life(daemon_pod(f"mi-app-{c * 5}"), (10.5, "1/1", "Running")) for c in "789"]
        real = self.TABLE.translate(str.maketrans("456", "789"))
        return Shown(*pods).verdict("kubectl get pods", self.TABLE, real, passing=False)

    def test_search_in_its_limit_says_nothing_of_it(self) -> None:
        assert self.verdict().failure is None

    def test_search_past_its_limit_is_no_mismatch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kubedoctest.comparison.solve.MOST_STEPS", 10)
        failure = self.verdict().failure
        assert failure is not None
        assert "no se pudo decidir" in failure.reasons[0]
        assert "muestren menos filas" in failure.next_step
