"""A page must leave the cluster as it found it: what counts, is waited for, is put back."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from stand_in_cluster import StandIn, stand_in

from kubedoctest.cluster import ownership, snapshot, sweep
from kubedoctest.cluster.api import MERGE_PATCH, Cluster, Request
from kubedoctest.cluster.snapshot import (
    Difference,
    Key,
    Snapshot,
    clean,
    difference,
    forget_events,
    settle,
    take,
)
from kubedoctest.cluster.sweep import ClusterLock, load, save
from kubedoctest.page import inventory
from kubedoctest.page.document import Document
from kubedoctest.run.run_session import RunSession, Settings
from kubedoctest.testing import Harness

if TYPE_CHECKING:
    from conftest import LabUnderTest

NEVER = 600.0  # seconds: what waits to its limit does not come to the end of these tests
SOON = NEVER / 10
CONTROLLED = [{"uid": "uid-de-nadie", "kind": "ReplicaSet", "name": "x", "controller": True}]


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[[str], Document]:
    def read(text: str) -> Document:
        page = tmp_path / "page.md"
        page.write_text(dedent(text))
        return inventory.read_page(page, inventory.settings(None), tmp_path)

    return read


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
    assert not difference(before, settle(cluster, before, NEVER))


def test_dependents_of_what_was_deleted_are_waited_for(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "web-abcde", "default", ownerReferences=CONTROLLED)
    threading.Timer(0.3, api.release, ("pods", "web-abcde", "default")).start()
    settle(cluster, before, NEVER)
    assert ("pods", "default", "web-abcde") not in api.objects


@pytest.mark.parametrize(
    ("policy", "claimed", "is_leaving"),
    [("Delete", False, True), ("Delete", True, False), ("Retain", False, False)],
)
def test_volume_goes_with_its_claim_where_its_policy_says_so(
    world: tuple[StandIn, Cluster], policy: str, claimed: bool, is_leaving: bool
) -> None:
    """One that an earlier page left is on its way out before its provisioner has begun."""
    api, cluster = world
    api.put("persistentvolumeclaims", "datos", "default", uid="the-claim")
    claim = {"uid": "the-claim" if claimed else "a-claim-that-was", "name": "datos"}
    spec = {"persistentVolumeReclaimPolicy": policy, "claimRef": claim}
    api.put("persistentvolumes", "pvc-1", spec=spec)
    assert take(cluster).going == ({Key("persistentvolumes", "", "pvc-1")} if is_leaving else set())


def test_volume_of_a_claim_that_was_deleted_is_waited_for(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    spec = {"persistentVolumeReclaimPolicy": "Delete", "claimRef": {"uid": "a-claim-that-was"}}
    api.put("persistentvolumes", "pvc-1", spec=spec)
    threading.Timer(0.3, api.release, ("persistentvolumes", "pvc-1")).start()
    assert not difference(before, settle(cluster, before, NEVER))


def test_a_deletion_that_does_not_end_is_named(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "mi-pod", "default", finalizers=["x"])
    api.delete("pods", "default", "mi-pod")
    found = difference(before, settle(cluster, before, 0.5))
    assert found.lines() == ["quedó pods/mi-pod (namespace default)"]


def test_what_is_there_to_stay_is_not_waited_for(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    api.put("pods", "colgado", "default", finalizers=["x"])
    api.delete("pods", "default", "colgado")
    before = take(cluster)
    api.put("pods", "mi-pod", "default")
    started = time.monotonic()
    assert difference(before, settle(cluster, before, NEVER)).added == (
        Key("pods", "default", "mi-pod"),
    )
    assert time.monotonic() - started < SOON


def stuck_pod(api: StandIn) -> None:
    api.put("pods", "colgado", "default", finalizers=["kubernetes.io/x"])
    api.delete("pods", "default", "colgado")
    api.objects["pods", "default", "colgado"]["metadata"]["deletionTimestamp"] = LONG_AGO


def stuck_volume(api: StandIn) -> None:
    spec = {"persistentVolumeReclaimPolicy": "Delete", "claimRef": {"uid": "a-claim-that-was"}}
    status = {"phase": "Failed", "lastPhaseTransitionTime": LONG_AGO}
    api.put("persistentvolumes", "pvc-1", spec=spec, status=status)


LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("make", [stuck_pod, stuck_volume])
def test_what_should_have_been_gone_long_ago_is_not_waited_for_long(
    world: tuple[StandIn, Cluster],
    make: Callable[[StandIn], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each page that begins would wait for it anew, and in vain."""
    monkeypatch.setattr(snapshot, "HELD_SECONDS", 0.3)
    api, cluster = world
    before = take(cluster)
    make(api)
    started = time.monotonic()
    settle(cluster, before, NEVER)
    assert time.monotonic() - started < SOON


def test_what_was_leaving_may_go_while_the_page_runs(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    api.put("pods", "colgado", "default", finalizers=["x"])
    api.delete("pods", "default", "colgado")
    before = take(cluster)
    api.release("pods", "colgado", "default")
    assert not left(api, cluster, before)


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


def test_kinds_that_may_not_be_listed_are_left_out(world: tuple[StandIn, Cluster]) -> None:
    api, cluster = world
    api.put("secrets", "clave", "default")
    api.put("configmaps", "datos", "default")
    api.forbidden.add("secrets")
    kinds = {key.kind for key in take(cluster).objects}
    assert "configmaps" in kinds and "secrets" not in kinds


def test_what_only_a_foreign_finalizer_holds_is_not_waited_for_long(
    world: tuple[StandIn, Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "HELD_SECONDS", 0.3)
    api, cluster = world
    before = take(cluster)
    api.put("namespaces", "mio", finalizers=["kubernetes"])
    api.put("configmaps", "duro", "mio", finalizers=["example.com/guardia"])
    for plural, namespace, name in (("configmaps", "mio", "duro"), ("namespaces", "", "mio")):
        api.delete(plural, namespace, name)
    started = time.monotonic()
    settled = settle(cluster, before, NEVER)
    assert difference(before, settled).added == (Key("namespaces", "", "mio"),)
    assert time.monotonic() - started < SOON


# -- events of objects that are gone


def test_events_of_an_earlier_object_of_the_same_name_are_forgotten(
    world: tuple[StandIn, Cluster],
) -> None:
    api, cluster = world
    api.put("pods", "ana", "default", uid="nueva")
    node = {"kind": "Node", "uid": "w1"}
    for name, about in {
        "vieja": {"kind": "Pod", "uid": "de-antes"},
        "nueva": {"kind": "Pod", "uid": "nueva"},
        "nodo": node,
    }.items():
        api.put("events", name, "default")
        api.objects["events", "default", name]["involvedObject"] = about
    forget_events(cluster, take(cluster))
    assert {key[2] for key in api.objects if key[0] == "events"} == {"nueva", "nodo"}


# -- the sweep


GUARD = ["example.com/guardia"]


def test_own_cluster_is_put_back_past_a_finalizer_of_the_page(
    world: tuple[StandIn, Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "HELD_SECONDS", 0.1)
    api, cluster = world
    api.put("configmaps", "ajeno", "default", finalizers=GUARD)
    api.delete("configmaps", "default", "ajeno")
    before = take(cluster)
    api.put("configmaps", "duro", "default", finalizers=GUARD)
    api.delete("configmaps", "default", "duro")
    done = sweep.put_back(cluster, before, None)
    assert done.found.lines() == ["quedó configmaps/duro (namespace default)"]
    assert not done.remains
    assert done.told == (
        "para borrar configmaps/duro (namespace default) le sacamos su finalizer "
        "(example.com/guardia)",
    )
    assert ("configmaps", "default", "ajeno") in api.objects


def test_finalizer_of_kubernetes_is_never_taken_off(
    world: tuple[StandIn, Cluster],
) -> None:
    api, cluster = world
    before = take(cluster)
    api.put("pods", "mi-pod", "default", finalizers=["batch.kubernetes.io/job-tracking"])
    done = sweep.put_back(cluster, before, None, limit=0.3)
    assert done.remains.added == (Key("pods", "default", "mi-pod"),)
    assert done.told == ()


def test_on_a_shared_cluster_only_what_the_page_names_is_removed(
    world: tuple[StandIn, Cluster], page_of: Callable[[str], Document]
) -> None:
    api, cluster = world
    page = """
        ```console
        $ kubectl run mi-pod --image=x
        pod/mi-pod created
        $ for n in 1 2; do kubectl create configmap "datos-$n"; done
        configmap/datos-1 created
        ...
        $ kubectl cordon w1
        node/w1 cordoned
        $ kubectl create --namespace=mio secret generic llave --from-literal=otra=clave
        secret/llave created
        $ kubectl apply -f - <<FIN
        > kind: StatefulSet
        > metadata: {name: base, labels: {app: etiqueta}}
        > spec: {volumeClaimTemplates: [{metadata: {name: disco}}]}
        > FIN
        ```
    """
    claims = ownership.of_page(page_of(page), Path(), (), "default")
    api.put("namespaces", "mio")
    before = take(cluster)
    mine = {
        ("pods", "default", "mi-pod"),
        ("configmaps", "default", "datos-1"),
        ("configmaps", "default", "datos-2"),
        ("secrets", "mio", "llave"),
        ("persistentvolumeclaims", "default", "disco-base-0"),
    }
    others = {
        ("pods", "default", "otro-pod"),
        ("services", "default", "mi-pod"),  # the name of ours, another kind
        ("pods", "ajeno", "mi-pod"),  # in a namespace that the page does not name
        ("configmaps", "default", "otros-datos-1"),
        ("namespaces", "", "suyo"),
        ("configmaps", "suyo", "datos-1"),
        ("persistentvolumeclaims", "default", "disco-otra-0"),
        ("secrets", "mio", "otra"),  # a key of ours
    }
    for plural, namespace, name in sorted(mine | others):
        api.put(plural, name, namespace)
    api.put("nodes", "w1", labels={"a": "b"}, spec={"unschedulable": True})
    done = sweep.put_back(cluster, before, claims)
    assert {(key.kind, key.namespace, key.name) for key in done.found.added} == mine
    assert done.found.nodes == ("w1",)
    assert not done.remains
    assert not mine & api.objects.keys()
    assert others <= api.objects.keys()
    assert "apareció pods/otro-pod (namespace default), que la página no nombra: queda" in done.told


@pytest.mark.parametrize(
    ("page", "kind", "name"),
    [
        ("```bash\nkubectl expose deployment web\n```", "services", "web"),
        (
            "```bash\nkubectl create -f - <<F\nkind: Pod\nmetadata: {generateName: uno-}\nF\n```",
            "pods",
            "uno-x7k2p",
        ),
        (
            "```python\ncreate_namespaced_config_map('default', nombre('dato'))\n```",
            "configmaps",
            "dato",
        ),
        (
            '```bash\nkubectl apply -f- <<F\n{"kind": "Pod", "metadata": {"name": "json"}}\nF\n```',
            "pods",
            "json",
        ),
        ("```bash\nkubectl apply \\\\\n  -f todo.yaml\n```", "configmaps", "del-archivo"),
        ("```bash\nsh todo.sh\n```", "pods", "del-guion"),
    ],
)
def test_what_a_page_makes_in_any_way_is_claimed(
    world: tuple[StandIn, Cluster],
    page_of: Callable[[str], Document],
    tmp_path: Path,
    page: str,
    kind: str,
    name: str,
) -> None:
    (tmp_path / "extras").mkdir()
    (tmp_path / "extras" / "todo.yaml").write_text(
        "kind: List\nitems: [{kind: ConfigMap, metadata: {name: del-archivo}}]"
    )
    (tmp_path / "extras" / "todo.sh").write_text("kubectl run del-guion --image=x")
    api, cluster = world
    claims = ownership.of_page(page_of(page), tmp_path, ("extras",), "default")
    before = take(cluster)
    api.put(kind, name, "default")
    api.put(kind, "ajeno", "default")
    found = sweep.put_back(cluster, before, claims).found
    assert found.added == (Key(kind, "default", name),)


def test_page_that_leaves_nodes_alone_does_not_have_them_put_back(
    world: tuple[StandIn, Cluster], page_of: Callable[[str], Document]
) -> None:
    api, cluster = world
    page = "```console\n$ kubectl label pod mi-pod a=b --overwrite\n$ kubectl get nodes\n```"
    claims = ownership.of_page(page_of(page), Path(), (), "default")
    before = take(cluster)
    api.put("nodes", "w1", labels={"de": "otro"})
    assert not sweep.put_back(cluster, before, claims).found
    assert api.objects["nodes", "", "w1"]["metadata"]["labels"] == {"de": "otro"}


def test_claims_are_kept_for_the_sweep(
    world: tuple[StandIn, Cluster], tmp_path: Path, page_of: Callable[[str], Document]
) -> None:
    api, cluster = world
    claims = ownership.of_page(page_of("```bash\nkubectl run mi-pod\n```"), Path(), (), "default")
    save(take(cluster), cluster, tmp_path / "state", claims)
    for name in ("mi-pod", "otro-pod"):
        api.put("pods", name, "default")
    sweep.sweep(tmp_path / "state")
    assert {key[2] for key in api.objects if key[0] == "pods"} == {"otro-pod"}


def test_dirt_of_one_page_does_not_stop_the_next(
    world: tuple[StandIn, Cluster],
    page_of: Callable[[str], Document],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(snapshot, "HELD_SECONDS", 0.1)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    api, cluster = world
    page = page_of("```bash\n: kubectl create configmap duro\n```")
    told: list[str] = []
    settings = Settings(cluster.kubeconfig, "c", tmp_path / "nada", (), os.defpath, {})
    session = RunSession(settings, told.append)
    try:
        place = session.open(page)
        api.put("configmaps", "duro", "default", finalizers=GUARD)
        assert place.close() == [
            "quedó configmaps/duro (namespace default)",
            "y no se pudo limpiar: quedó configmaps/duro (namespace default)",
        ]
        assert session.open(page).close() == []
    finally:
        session.close()
    assert [text for text in told if "quedó algo de una corrida anterior" in text]
    assert told[-1].endswith("esperamos a que termine de irse configmaps/duro (namespace default)…")


def test_a_saved_snapshot_is_the_same_and_private(
    world: tuple[StandIn, Cluster], tmp_path: Path
) -> None:
    api, cluster = world
    api.put("nodes", "w2", labels={"x": "y"}, spec={"taints": [TAINT]})
    before = take(cluster)
    save(before, cluster, tmp_path / "state")
    saved = load(tmp_path / "state")
    assert replace(saved.snapshot, uids=before.uids) == before
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


def test_supervisor_sweeps_when_the_harness_is_killed(cut_off: tuple[StandIn, Path]) -> None:
    api, state = cut_off
    words, environment = sweep.command(state)
    harness = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, signal; from kubedoctest.shell.supervisor import Supervisor\n"
            f"Supervisor().on_death({words!r}, {environment!r})\n"
            "os.kill(os.getpid(), signal.SIGKILL)",
        ],
        env={**os.environ, "PYTHONPATH": str(Path(sweep.__file__).parents[2])},
    )
    harness.wait(60)
    with api.changed:
        assert api.changed.wait_for(
            lambda: ("pods", "default", "mi-pod") not in api.objects, timeout=120
        )


def test_what_a_run_that_has_begun_since_leaves_is_its_own(cut_off: tuple[StandIn, Path]) -> None:
    api, state = cut_off
    words, environment = sweep.command(state)
    lock = ClusterLock(sweep.lock_of(state))
    subprocess.run(words, env=environment, check=True)
    assert state.exists()
    assert ("pods", "default", "mi-pod") in api.objects
    lock.release()
    subprocess.run(words, env=environment, check=True)
    assert not state.exists()
    assert ("pods", "default", "mi-pod") not in api.objects


# -- a real cluster


DOCKER = """#!/bin/sh
cd {folder} && echo "$*" >> asked
case "$1" in ps) cat running ;; start) echo w1 > running ;; esac
"""


def test_node_that_a_page_stopped_is_named_and_runs_again(
    world: tuple[StandIn, Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, cluster = world
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(folder=tmp_path))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    (tmp_path / "running").write_text("w1\notro\n")
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    api.put("nodes", "w1", spec={"providerID": "kind://docker/taller/w1"}, status=ready)
    before = take(cluster)
    assert sweep.put_back(cluster, before, None) == sweep.PutBack(Difference(), Difference())
    assert "start" not in (tmp_path / "asked").read_text()
    (tmp_path / "running").write_text("otro\n")
    save(before, cluster, tmp_path / "state.json")
    done = sweep.put_back(cluster, load(tmp_path / "state.json").snapshot, None, limit=0.1)
    assert done.found.lines() == ["quedó apagado el nodo w1"]
    assert not done.remains
    assert "start w1" in (tmp_path / "asked").read_text().splitlines()


def test_node_that_stopped_on_a_cluster_of_others_is_left_alone(
    world: tuple[StandIn, Cluster], page_of: Callable[[str], Document]
) -> None:
    _, cluster = world
    claims = ownership.of_page(page_of("```bash\ndocker stop w1\n```"), Path(), (), "default")
    before = replace(take(cluster), running=frozenset({"w1"}))
    done = sweep.put_back(cluster, before, claims)
    assert not done.found and not done.remains


@pytest.mark.cluster
@pytest.mark.parametrize(("how", "fails"), [("stop --time=1", True), ("pause", False)])
def test_node_that_a_page_stopped_is_named_at_its_end_and_runs_for_the_next_page(
    lab_harness: Harness, how: str, fails: bool
) -> None:
    node = "taller-worker2"
    page = f"""
        ```bash
        kubectl get node {node}
        docker {how} {node}
        {"false" if fails else "true"}
        ```
    """
    judged = lab_harness.judge(page)
    assert judged.red == ([4] if fails else [])
    # A page that was cut off did not come to its cleanup: what it left is not held against it.
    assert (f"al terminar la página, quedó apagado el nodo {node}" in judged.told) != fails
    page = f"""
        ```bash
        kubectl run en-el-nodo --image=fedek3/workshop-uns:v0.1.0 \\
          --overrides='{{"spec": {{"nodeName": "{node}"}}}}'
        kubectl wait --for=condition=Ready pod/en-el-nodo --timeout=100s
        kubectl delete pod en-el-nodo --now
        ```
    """
    after = lab_harness.judge(page)
    assert after.true, after.told


@pytest.mark.cluster
def test_on_a_real_cluster(lab: LabUnderTest) -> None:
    cluster = Cluster(lab.kubeconfig, lab.context)
    namespace = f"prueba-{os.getpid()}"
    base = f"/api/v1/namespaces/{namespace}"
    node = next(iter(take(cluster).nodes))
    before = take(cluster)
    meta = {"apiVersion": "v1", "metadata": {"name": namespace}}
    cluster.ask(Request("POST", "/api/v1/namespaces", body={**meta, "kind": "Namespace"}))
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    cluster.ask(Request("POST", f"{base}/configmaps", body=data))
    label, path = {"metadata": {"labels": {namespace: "si"}}}, f"/api/v1/nodes/{node}"
    cluster.ask(Request("PATCH", path, body=label, content_type=MERGE_PATCH))
    mine = Key("namespaces", "", namespace)
    found = difference(before, take(cluster))
    assert mine in found.added and node in found.nodes
    assert Key("configmaps", namespace, "x") not in found.added
    after = clean(cluster, before, Difference(added=(mine,), nodes=(node,)))
    assert mine not in after.added and node not in after.nodes
