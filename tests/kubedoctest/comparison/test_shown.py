"""Tables of any kind, several in one answer, judged by the recording (comparison rules 1 to 3)."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import DEPLOYMENTS, PODS, Recorded, deployment, deployment_pod, life, lines

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.timeline import Life
from kubedoctest.comparison.stretch import Settled, Span, Stretch, left_by_itself
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import Step
from kubedoctest.run.judgement import Judge, Verdict
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
        self.judge = Judge(TwoKinds(), self.timeline, lambda: "default")
        self.stretch = Stretch(Span(10.0, 12.0, "page.md:5", "kubectl apply"))

    def verdict(self, command: str, text: str, real: str, *, passing: bool) -> Verdict:
        block = Block(Path("page.md"), 1, "console", None, "", Role.TRANSCRIPT)
        seen = Observation(command, real.lstrip("\n"), 0, False, 20.0, 20.1)
        listed = {one.scope for one in self.judge.listings.of(command)} if passing else set()
        step = Step(9, command, lines(text))
        return self.judge.judge(block, step, command, seen, self.stretch, listed)

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
        judge = rollout.judge
        kept = Settled(one, 14.0)
        assert not left_by_itself(kept, rollout.timeline, judge.patterns, judge.bindings)
        early = Settled(one, 12.5)
        assert left_by_itself(early, rollout.timeline, judge.patterns, judge.bindings)


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
        assert past.passes(command, "mi-deploy   0/2   2   0   1s", now)
        assert not past.passes(command, "mi-deploy   1/2   2   1   1s", now)
        (kept,) = past.verdict(command, now, f"{now}\n", passing=False).settled
        judge = past.judge
        assert not left_by_itself(
            Settled(kept, 14.0), past.timeline, judge.patterns, judge.bindings
        )
        assert left_by_itself(Settled(kept, 12.5), past.timeline, judge.patterns, judge.bindings)

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
