"""A page must leave the cluster as it found it: what counts, is waited for, is put back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stand_in_cluster import StandIn, stand_in

from kubedoctest.cluster import sweep
from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.snapshot import (
    Difference,
    Key,
    Snapshot,
    clean,
    difference,
    load,
    save,
    settle,
    take,
)
from kubedoctest.cluster.turn import Turn

if TYPE_CHECKING:
    from conftest import LabUnderTest

CONTROLLED = [{"uid": "uid-de-nadie", "kind": "ReplicaSet", "name": "x", "controller": True}]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[StandIn, Cluster]]:
    with stand_in(tmp_path) as (api, kubeconfig):
        yield api, Cluster(kubeconfig, "c")


def left(api: StandIn, cluster: Cluster, before: Snapshot) -> Difference:
    return difference(before, take(cluster))


def test_a_page_that_cleans_up(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "mi-pod", "default")
    api.delete("pods", "default", "mi-pod")
    assert not left(api, cluster, before)


def test_a_page_that_leaves_something(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "mi-pod", "default")
    api.put("deployments", "web", "default")
    found = left(api, cluster, before)
    assert found.lines() == [
        "quedó deployments.apps/web (namespace default)",
        "quedó pods/mi-pod (namespace default)",
    ]


def test_a_namespace_is_named_and_what_is_in_it_is_not(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("namespaces", "mio")
    api.put("pods", "mi-pod", "mio")
    assert left(api, cluster, before).added == (Key("namespaces", "", "mio"),)


def test_what_the_cluster_makes_by_itself_does_not_count(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("events", "mi-pod.17", "default")
    api.put("podmetrics", "mi-pod", "default")
    api.put("pods", "web-abcde", "default", ownerReferences=CONTROLLED)
    api.put("secrets", "bootstrap-token-abcdef", "kube-system")
    assert not left(api, cluster, before)


def test_an_object_with_an_owner_that_is_no_controller_counts(
    world: tuple[StandIn, Cluster],
) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "x", "default", ownerReferences=[{**CONTROLLED[0], "controller": False}])
    assert left(api, cluster, before).added == (Key("pods", "default", "x"),)


def test_what_is_missing_or_changed(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    for name in ("igual", "estado", "escalado", "otro", "falta"):
        api.put("deployments", name, "default", uid=name)
    api.put("configmaps", "datos", "default", uid="datos")
    before = take(cluster)
    api.put("deployments", "estado", "default", uid="estado")  # another resourceVersion only
    api.put("deployments", "escalado", "default", uid="escalado", generation=2)
    api.put("deployments", "otro", "default", uid="otro-2")
    api.put("configmaps", "datos", "default", uid="datos")  # a ConfigMap has no status
    api.delete("deployments", "default", "falta")
    assert left(api, cluster, before).lines() == [
        "falta deployments.apps/falta (namespace default), que estaba antes",
        "cambió configmaps/datos (namespace default)",
        "cambió deployments.apps/escalado (namespace default)",
        "cambió deployments.apps/otro (namespace default)",
    ]


TAINT = {"key": "clave", "value": "v", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {"a": "b", "disco": "ssd"}},
        {"labels": {}},
        {"labels": {"a": "b"}, "spec": {"taints": [TAINT]}},
        {"labels": {"a": "b"}, "spec": {"unschedulable": True}},
    ],
)
def test_a_node_that_was_changed_is_put_back(
    world: tuple[StandIn, Cluster], change: dict[str, object]
) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("nodes", "w1", **change)
    found = left(api, cluster, before)
    assert found.lines() == ["cambió el nodo w1 (etiquetas, taints o cordon)"]
    assert not clean(cluster, before, found)


def test_the_clusters_own_taints_are_left_alone(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    own = {"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}
    api.put("nodes", "w1", labels={"a": "b"}, spec={"taints": [own]})
    assert not left(api, cluster, before)
    cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    api.put("nodes", "w1", labels={}, spec={"taints": [own, cordon, TAINT], "unschedulable": True})
    assert not clean(cluster, before, left(api, cluster, before))
    assert api.objects["nodes", "", "w1"]["spec"] == {"taints": [own], "unschedulable": None}


def test_deletions_in_progress_are_waited_for(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "mi-pod", "default", finalizers=["x"])
    api.delete("pods", "default", "mi-pod")
    threading.Timer(0.3, api.release, ("pods", "mi-pod", "default")).start()
    started = time.monotonic()
    assert not difference(before, settle(cluster, before, 10))
    assert 0.3 <= time.monotonic() - started < 3


def test_dependents_of_what_was_deleted_are_waited_for(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "web-abcde", "default", ownerReferences=CONTROLLED)
    threading.Timer(0.3, api.release, ("pods", "web-abcde", "default")).start()
    started = time.monotonic()
    settle(cluster, before, 10)
    assert 0.3 <= time.monotonic() - started < 3
    assert ("pods", "default", "web-abcde") not in api.objects


def test_a_deletion_that_does_not_end_is_named(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "mi-pod", "default", finalizers=["x"])
    api.delete("pods", "default", "mi-pod")
    started = time.monotonic()
    found = difference(before, settle(cluster, before, 0.5))
    assert found.lines() == ["quedó pods/mi-pod (namespace default)"]
    assert time.monotonic() - started < 4


def test_what_is_there_to_stay_is_not_waited_for(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    api.put("pods", "colgado", "default", finalizers=["x"])
    api.delete("pods", "default", "colgado")
    before = take(cluster)
    api.put("pods", "mi-pod", "default")
    started = time.monotonic()
    assert difference(before, settle(cluster, before, 10)).added == (
        Key("pods", "default", "mi-pod"),
    )
    assert time.monotonic() - started < 2


def test_cleaning_deletes_what_was_added_and_nothing_else(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    api.put("pods", "ajeno", "default")
    before = take(cluster)
    api.put("pods", "mi-pod", "default")
    api.put("namespaces", "mio")
    api.put("pods", "dentro", "mio")
    assert not clean(cluster, before, left(api, cluster, before))
    assert sorted(api.requests) == [
        ("DELETE", "/api/v1/namespaces/default/pods/mi-pod"),
        ("DELETE", "/api/v1/namespaces/mio"),
    ]


def test_cleaning_says_what_it_could_not_put_right(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    api.put("configmaps", "datos", "default")
    before = take(cluster)
    api.put("pods", "mi-pod", "default", finalizers=["x"])
    api.delete("configmaps", "default", "datos")
    after = clean(cluster, before, left(api, cluster, before), limit=0.5)
    assert after.added == (Key("pods", "default", "mi-pod"),)
    assert after.removed == (Key("configmaps", "default", "datos"),)


def test_kinds_that_may_not_be_listed_are_named(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    assert take(cluster).hidden == ()
    api.forbidden.add("secrets")
    assert take(cluster).hidden == ("secrets",)


# -- the sweep


def test_a_saved_snapshot_is_the_same_and_private(
    world: tuple[StandIn, Cluster], tmp_path: Path
) -> None:
    api, cluster = world
    api.put("nodes", "w2", labels={"x": "y"}, spec={"taints": [TAINT]})
    before = take(cluster)
    save(before, cluster, tmp_path / "state")
    saved = load(tmp_path / "state")
    assert replace(saved.snapshot, hidden=before.hidden) == before
    assert (saved.kubeconfig, saved.context) == (cluster.kubeconfig, "c")
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("state*")] == ["state"]


def test_sweeping_cleans_and_removes_the_file(
    world: tuple[StandIn, Cluster], tmp_path: Path
) -> None:
    api, cluster = world
    state = tmp_path / "state"
    save(take(cluster), cluster, state)
    api.put("pods", "mi-pod", "default")
    api.put("nodes", "w1", labels={})
    assert len(sweep.sweep(state)) == 2
    assert ("pods", "default", "mi-pod") not in api.objects
    assert not state.exists()
    assert sweep.sweep(state) == []


def test_another_cluster_is_not_touched(world: tuple[StandIn, Cluster], tmp_path: Path) -> None:
    api, cluster = world
    state = tmp_path / "state"
    save(take(cluster), cluster, state)
    api.put("namespaces", "kube-system")  # with another uid: the cluster was made again
    api.put("pods", "mi-pod", "default")
    assert sweep.sweep(state) == []
    assert not api.requests
    assert not state.exists()


def test_a_cluster_that_does_not_answer_keeps_the_file(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with stand_in(tmp_path) as (_, kubeconfig):
        cluster = Cluster(kubeconfig, "c")
        save(take(cluster), cluster, state)
    with pytest.raises(sweep.SweepError, match="no se pudo limpiar"):
        sweep.sweep(state)
    assert state.exists()


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 99}', '{"schema": 1, "nodes": 3}'])
def test_a_file_that_is_no_state(tmp_path: Path, text: str) -> None:
    (tmp_path / "state").write_text(text)
    with pytest.raises(sweep.SweepError, match="no es el estado"):
        sweep.sweep(tmp_path / "state")
    assert not (tmp_path / "state").exists()


@pytest.fixture
def cut_off(world: tuple[StandIn, Cluster], tmp_path: Path) -> tuple[StandIn, Path]:
    """A cluster in which a run left a pod, and that run's file."""
    api, cluster = world
    state = tmp_path / "state.json"
    save(take(cluster), cluster, state)
    api.put("pods", "mi-pod", "default")
    return api, state


def test_the_guardian_sweeps_when_the_harness_is_killed(cut_off: tuple[StandIn, Path]) -> None:
    api, state = cut_off
    words, environment = sweep.command(state)
    harness = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, signal; from kubedoctest.shell.guardian import Guardian\n"
            f"Guardian().on_death({words!r}, {environment!r})\n"
            "os.kill(os.getpid(), signal.SIGKILL)",
        ],
        env={**os.environ, "PYTHONPATH": str(Path(sweep.__file__).parents[2])},
    )
    harness.wait(20)
    with api.changed:
        assert api.changed.wait_for(
            lambda: ("pods", "default", "mi-pod") not in api.objects, timeout=30
        )


def test_what_a_run_that_has_begun_since_leaves_is_its_own(cut_off: tuple[StandIn, Path]) -> None:
    api, state = cut_off
    words, environment = sweep.command(state)
    turn = Turn(sweep.turn_of(state))
    subprocess.run(words, env=environment, check=True)
    assert state.exists()
    assert ("pods", "default", "mi-pod") in api.objects
    turn.end()
    subprocess.run(words, env=environment, check=True)
    assert not state.exists()
    assert ("pods", "default", "mi-pod") not in api.objects


# -- a real cluster


@pytest.mark.cluster
def test_on_a_real_cluster(lab: LabUnderTest) -> None:
    cluster = Cluster(lab.kubeconfig, lab.context)
    namespace = f"prueba-{os.getpid()}"
    base = f"/api/v1/namespaces/{namespace}"
    node = next(iter(take(cluster).nodes))
    before = take(cluster)
    meta = {"apiVersion": "v1", "metadata": {"name": namespace}}
    cluster.request("POST", "/api/v1/namespaces", body={**meta, "kind": "Namespace"})
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    cluster.request("POST", f"{base}/configmaps", body=data)
    cluster.request(
        "PATCH",
        f"/api/v1/nodes/{node}",
        body={"metadata": {"labels": {namespace: "si"}}},
        content_type="application/merge-patch+json",
    )
    mine = Key("namespaces", "", namespace)
    found = difference(before, take(cluster))
    assert mine in found.added and node in found.nodes
    assert Key("configmaps", namespace, "x") not in found.added
    after = clean(cluster, before, Difference(added=(mine,), nodes=(node,)))
    assert mine not in after.added and node not in after.nodes
