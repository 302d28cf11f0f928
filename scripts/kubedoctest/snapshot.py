"""What a cluster holds, so that a page leaves it as it found it (comparison rule 21).

Left out is what comes and goes by itself: events, leases, and everything that a controller made and
would make again.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kubedoctest.cluster import METADATA_LIST, ApiError, Cluster, Resource

LISTED_AT_ONCE = 8
LOOK_AGAIN_SECONDS = 0.2
SETTLE_SECONDS = 90.0

_PASSING = frozenset(
    {
        ("", "events"),
        ("events.k8s.io", "events"),
        ("coordination.k8s.io", "leases"),
        ("", "endpoints"),
        ("networking.k8s.io", "ipaddresses"),
        ("certificates.k8s.io", "certificatesigningrequests"),
    }
)
_OWN_TAINTS = "node.kubernetes.io/"
"""Taints that the node controller sets and takes away."""

_OWN_OBJECTS = frozenset({("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")})
"""What every namespace is given."""


@dataclass(frozen=True, order=True)
class Thing:
    """An object: the path of its kind's list, its namespace ("" if none), and its name."""

    kind: str
    path: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f" (namespace {self.namespace})" if self.namespace not in ("", "default") else ""
        return f"{self.kind} {self.name}{where}"


@dataclass(frozen=True)
class Node:
    """What a page may change of a node: labels, taints, and whether it takes pods."""

    labels: Mapping[str, str] = field(hash=False)
    taints: tuple[Mapping[str, str], ...] = field(hash=False)
    unschedulable: bool


@dataclass(frozen=True)
class Snapshot:
    """What a cluster holds at a moment.

    Attributes:
        things: the objects that stay.
        leaving: objects on their way out, controllers' ones included.
    """

    things: frozenset[Thing]
    nodes: Mapping[str, Node] = field(hash=False)
    leaving: frozenset[Thing] = frozenset()


@dataclass(frozen=True)
class Difference:
    """What a later snapshot has more, less, or otherwise. Empty if the cluster is as it was."""

    added: tuple[Thing, ...] = ()
    removed: tuple[Thing, ...] = ()
    nodes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.nodes)

    def faults(self) -> list[str]:
        """What a page's author needs to know, in Spanish."""
        return [
            *(f"la página deja {thing}: bórrenlo en «Limpieza»" for thing in self.added),
            *(f"la página borró {thing}, que estaba de antes" for thing in self.removed),
            *(
                f"la página deja cambiado el nodo {name} (labels, taints o cordon)"
                for name in self.nodes
            ),
        ]


def take(cluster: Cluster) -> Snapshot:
    """Take a snapshot.

    Raises:
        ClusterLost: the API server does not answer.
    """
    kinds = [
        r
        for r in cluster.resources
        if {"list", "delete"} <= r.verbs and (r.group, r.plural) not in _PASSING
    ]
    with ThreadPoolExecutor(LISTED_AT_ONCE) as pool:
        listed = list(pool.map(lambda resource: _listed(cluster, resource), kinds))
    living = {item["metadata"]["uid"] for items in listed for item in items}
    things: set[Thing] = set()
    leaving: set[Thing] = set()
    for resource, items in zip(kinds, listed, strict=True):
        for item in items:
            metadata = item["metadata"]
            thing = Thing(
                resource.kind, resource.path, metadata.get("namespace", ""), metadata["name"]
            )
            controllers = [o for o in metadata.get("ownerReferences", ()) if o.get("controller")]
            orphaned = any(owner["uid"] not in living for owner in controllers)
            if metadata.get("deletionTimestamp") or orphaned:
                leaving.add(thing)
            elif not controllers and (resource.plural, thing.name) not in _OWN_OBJECTS:
                things.add(thing)
    return Snapshot(frozenset(things), _nodes(cluster), frozenset(leaving))


def settled(cluster: Cluster, limit: float = SETTLE_SECONDS) -> Snapshot:
    """Take a snapshot once deletions under way have ended, or after ``limit`` seconds."""
    until = time.monotonic() + limit
    pause = threading.Event()
    snapshot = take(cluster)
    while snapshot.leaving and time.monotonic() < until:
        pause.wait(LOOK_AGAIN_SECONDS)
        snapshot = take(cluster)
    return snapshot


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """What is no longer as it was. What lives in an added namespace is not told apart."""
    added = (after.things | after.leaving) - before.things - before.leaving
    new_spaces = {thing.name for thing in added if thing.kind == "Namespace"}
    return Difference(
        added=tuple(sorted(t for t in added if t.namespace not in new_spaces)),
        removed=tuple(sorted(before.things - after.things)),
        nodes=tuple(
            sorted(n for n, node in before.nodes.items() if after.nodes.get(n, node) != node)
        ),
    )


def clean(cluster: Cluster, before: Snapshot, left: Difference) -> None:
    """Delete what was added and put nodes back; what was removed cannot be brought back."""
    for thing in left.added:
        _delete(cluster, thing)
    for name in left.nodes:
        _restore(cluster, name, before.nodes[name])
    settled(cluster)


def save(path: Path, cluster: Cluster, snapshot: Snapshot) -> None:
    """Keep a snapshot where a later process finds it: whole or not at all, readable by us only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = {
        "kubeconfig": str(cluster.kubeconfig.resolve()),
        "context": cluster.context,
        "things": [asdict(thing) for thing in sorted(snapshot.things)],
        "nodes": {name: asdict(node) for name, node in snapshot.nodes.items()},
    }
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(json.dumps(state))
    part.replace(path)


def load(path: Path) -> tuple[Path, str | None, Snapshot]:
    """The kubeconfig, the context and the snapshot that :func:`save` kept."""
    state = json.loads(path.read_text())
    things = frozenset(Thing(**thing) for thing in state["things"])
    nodes = {
        name: Node(node["labels"], tuple(node["taints"]), node["unschedulable"])
        for name, node in state["nodes"].items()
    }
    return Path(state["kubeconfig"]), state["context"], Snapshot(things, nodes)


def _listed(cluster: Cluster, resource: Resource) -> Iterable[Mapping[str, Any]]:
    try:
        return list(cluster.get(resource.path, accept=METADATA_LIST).get("items") or ())
    except ApiError as error:
        if error.status in (404, 405, 503):  # gone meanwhile, or its own server is not there
            return ()
        raise


def _nodes(cluster: Cluster) -> dict[str, Node]:
    return {
        item["metadata"]["name"]: Node(
            labels=item["metadata"].get("labels", {}),
            taints=tuple(
                {k: v for k, v in taint.items() if k != "timeAdded"}
                for taint in item["spec"].get("taints", ())
                if not taint["key"].startswith(_OWN_TAINTS)
            ),
            unschedulable=bool(item["spec"].get("unschedulable")),
        )
        for item in cluster.get("/api/v1/nodes")["items"]
    }


def _delete(cluster: Cluster, thing: Thing) -> None:
    root, _, plural = thing.path.rpartition("/")
    within = f"/namespaces/{thing.namespace}" if thing.namespace else ""
    try:
        cluster.request(
            "DELETE",
            f"{root}{within}/{plural}/{thing.name}",
            body={"propagationPolicy": "Background"},
        )
    except ApiError as error:
        if error.status != 404:
            raise


def _restore(cluster: Cluster, name: str, node: Node) -> None:
    now = _nodes(cluster)[name]
    labels: dict[str, str | None] = dict.fromkeys(now.labels.keys() - node.labels.keys())
    labels.update(node.labels)
    cluster.request(
        "PATCH",
        f"/api/v1/nodes/{name}",
        body={
            "metadata": {"labels": labels},
            "spec": {
                "taints": list(node.taints) or None,
                "unschedulable": node.unschedulable or None,
            },
        },
        content_type="application/merge-patch+json",
    )
