"""What a cluster holds, so that a page can be held to leave it as it found it.

Only metadata is read (``PartialObjectMetadataList``), of every kind that can be listed and deleted,
and of nodes what a page may change: labels, taints, cordon. Left out is what the cluster makes by
itself: events, leases, endpoints, and objects that a controller owns.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kubedoctest.cluster.api import METADATA_LIST, ApiError, Cluster, Resource

SCHEMA = 1
SETTLE_SECONDS = 90.0  # a pod may take 30 s to end, and its namespace waits for it
POD_GRACE_SECONDS = 1  # for pods that a page left behind
_THREADS = 8

# Made by the cluster itself, at times of its own.
_OWN_KINDS = frozenset(
    {
        "events",
        "leases",
        "leasecandidates",
        "endpoints",
        "endpointslices",
        "ipaddresses",
        "csinodes",
        "csistoragecapacities",
        "volumeattachments",
        "nodes",
        "certificatesigningrequests",
    }
)
_OWN_NAMES = frozenset({"configmaps/kube-root-ca.crt", "configmaps/cluster-info"})
_OWN_TAINTS = "node.kubernetes.io/"
# Kinds without generation or status: whoever writes them changes them.
_PLAIN_KINDS = frozenset(
    {
        "configmaps",
        "secrets",
        "roles",
        "rolebindings",
        "clusterroles",
        "clusterrolebindings",
        "storageclasses",
        "priorityclasses",
    }
)
_PROVISIONED = "pv.kubernetes.io/provisioned-by"
_AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"


@dataclass(frozen=True, order=True)
class Key:
    """An object's place: its kind (``pods``, ``deployments.apps``), namespace or "", and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        where = f" (namespace {self.namespace})" if self.namespace else ""
        return f"{self.kind}/{self.name}{where}"


@dataclass(frozen=True)
class Mark:
    """What of an object must stay the same.

    Attributes:
        uid: its identity; an object deleted and made again has another.
        version: changes with its specification, not with its status.
        labels: its labels.
    """

    uid: str
    version: str
    labels: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class NodeMark:
    """What a page may change of a node: labels, taints (the cluster's own left out), cordon."""

    labels: Mapping[str, str] = field(hash=False)
    taints: tuple[tuple[str, str, str], ...]
    unschedulable: bool


@dataclass(frozen=True)
class Snapshot:
    """What a cluster held at one moment.

    Attributes:
        cluster: the uid of its ``kube-system`` namespace, which no two clusters share.
        objects, nodes: what it held.
        leaving: objects that are being deleted, or will be since their owner is gone, and the
            resourceVersion from which on to watch them.
        provisioned: volumes made for a claim, which go some time after it.
        hidden: kinds that these credentials may not list.
    """

    cluster: str
    objects: Mapping[Key, Mark] = field(hash=False)
    nodes: Mapping[str, NodeMark] = field(hash=False)
    leaving: tuple[tuple[Key, str], ...] = ()
    provisioned: tuple[tuple[Key, str], ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What is not as it was; empty when the cluster was left as it was found."""

    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()
    nodes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.nodes)

    def lines(self) -> list[str]:
        """One line for each thing, in Spanish."""
        return [
            *(f"quedó {key}" for key in self.added),
            *(f"falta {key}, que estaba antes" for key in self.removed),
            *(f"cambió {key}" for key in self.changed),
            *(f"cambió el nodo {name} (etiquetas, taints o cordon)" for name in self.nodes),
        ]


# -- taking it


def kind_of(resource: Resource) -> str:
    """The kind as `Key` writes it."""
    return f"{resource.plural}.{resource.group}" if resource.group else resource.plural


def take(cluster: Cluster) -> Snapshot:
    """What the cluster holds now.

    Raises:
        ClusterLost: it does not answer.
    """
    kinds = [
        resource
        for resource in cluster.resources
        if {"list", "delete"} <= resource.verbs and resource.plural not in _OWN_KINDS
    ]
    with ThreadPoolExecutor(_THREADS) as pool:
        nodes = pool.submit(cluster.get, "/api/v1/nodes")
        lists = list(pool.map(lambda resource: _list(cluster, resource), kinds))
        marks = {node["metadata"]["name"]: _node_mark(node) for node in nodes.result()["items"]}
    found = [
        (resource, item, answer["metadata"].get("resourceVersion", ""))
        for resource, answer in zip(kinds, lists, strict=True)
        if answer is not None
        for item in answer["items"] or ()
    ]
    uids = {item["metadata"]["uid"] for _, item, _ in found}
    hidden = [kind_of(r) for r, answer in zip(kinds, lists, strict=True) if answer is None]
    return Snapshot(
        cluster=_identity(found),
        objects={_key(r, i): _mark(r, i) for r, i, _ in found if _counts(r, i)},
        nodes=marks,
        leaving=tuple((_key(r, i), v) for r, i, v in found if _is_leaving(i, uids)),
        provisioned=tuple(
            (_key(r, i), v)
            for r, i, v in found
            if _PROVISIONED in (i["metadata"].get("annotations") or {})
            and r.plural == "persistentvolumes"
        ),
        hidden=tuple(hidden),
    )


def _list(cluster: Cluster, resource: Resource) -> dict[str, Any] | None:
    """All objects of a kind; None when these credentials may not list them."""
    try:
        return cluster.get(resource.path, accept=METADATA_LIST)
    except ApiError as error:
        if error.status in (401, 403):
            return None
        if error.status in (404, 405):  # the kind went away, or cannot be listed after all
            return {"metadata": {}, "items": []}
        raise


def _identity(found: Iterable[tuple[Resource, dict[str, Any], str]]) -> str:
    return next(
        (
            str(item["metadata"]["uid"])
            for resource, item, _ in found
            if resource.plural == "namespaces" and item["metadata"]["name"] == "kube-system"
        ),
        "",
    )


def _key(resource: Resource, item: dict[str, Any]) -> Key:
    metadata = item["metadata"]
    return Key(kind_of(resource), metadata.get("namespace", ""), metadata["name"])


def _mark(resource: Resource, item: dict[str, Any]) -> Mark:
    metadata = item["metadata"]
    plain = resource.plural in _PLAIN_KINDS
    version = metadata["resourceVersion"] if plain else metadata.get("generation", "")
    return Mark(metadata["uid"], str(version), metadata.get("labels") or {})


def _counts(resource: Resource, item: dict[str, Any]) -> bool:
    """Whether an object is somebody's, not the cluster's own."""
    name = item["metadata"]["name"]
    owned = any(o.get("controller") for o in item["metadata"].get("ownerReferences") or ())
    automanaged = _AUTOMANAGED in (item["metadata"].get("labels") or {})
    token = resource.plural == "secrets" and name.startswith("bootstrap-token-")
    own = automanaged or token or f"{resource.plural}/{name}" in _OWN_NAMES
    return not owned and not own


def _is_leaving(item: dict[str, Any], uids: set[str]) -> bool:
    """Whether it is being deleted, or is left to the garbage collector by all its owners."""
    if item["metadata"].get("deletionTimestamp"):
        return True
    owners = [
        owner
        for owner in item["metadata"].get("ownerReferences") or ()
        if owner.get("kind") != "Node"  # nodes are not among the uids
    ]
    return bool(owners) and not any(owner["uid"] in uids for owner in owners)


def _node_mark(node: dict[str, Any]) -> NodeMark:
    spec = node.get("spec") or {}
    taints = sorted(
        (taint["key"], taint.get("value", ""), taint["effect"])
        for taint in spec.get("taints") or ()
        if not taint["key"].startswith(_OWN_TAINTS)
    )
    labels = node["metadata"].get("labels") or {}
    return NodeMark(labels, tuple(taints), bool(spec.get("unschedulable")))


# -- comparing


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """What is not as it was. Objects inside an added namespace go with it and are not named."""
    added = after.objects.keys() - before.objects.keys()
    new = {key.name for key in added if key.kind == "namespaces"}
    both = before.objects.keys() & after.objects.keys()
    return Difference(
        added=tuple(sorted(key for key in added if key.namespace not in new)),
        removed=tuple(sorted(before.objects.keys() - after.objects.keys())),
        changed=tuple(sorted(k for k in both if before.objects[k] != after.objects[k])),
        nodes=tuple(
            sorted(
                name
                for name in before.nodes.keys() & after.nodes.keys()
                if before.nodes[name] != after.nodes[name]
            )
        ),
    )


def settle(cluster: Cluster, before: Snapshot, limit: float = SETTLE_SECONDS) -> Snapshot:
    """The cluster once the deletions in progress have ended, or after ``limit`` seconds.

    What was leaving ``before`` already is not waited for.
    """
    deadline = time.monotonic() + limit
    known = {key for key, _ in before.leaving + before.provisioned}
    while True:
        now = take(cluster)
        going = [(k, v) for k, v in now.leaving + now.provisioned if k not in known]
        if not going or time.monotonic() >= deadline:
            return now
        for key, version in going:
            _wait_gone(cluster, key, version, deadline)


def _wait_gone(cluster: Cluster, key: Key, version: str, deadline: float) -> None:
    """Waits until the object was deleted after ``version``, or the deadline."""
    left = deadline - time.monotonic()
    resource = _resource(cluster, key)
    if left <= 0 or resource is None:
        return
    path = resource.path_of(key.name, key.namespace).rpartition("/")[0]
    params = {
        "fieldSelector": f"metadata.name={key.name}",
        "resourceVersion": version,
        "timeoutSeconds": str(max(1, round(left))),
    }
    accept = METADATA_LIST.replace("PartialObjectMetadataList", "PartialObjectMetadata")
    try:
        for event in cluster.watch(path, accept, params, silence=left):
            if event["type"] in ("DELETED", "ERROR"):  # ERROR: look again
                return
    except ApiError as error:
        if error.status not in (404, 410):  # its kind is gone, or the version is too old
            raise


def _resource(cluster: Cluster, key: Key) -> Resource | None:
    return next((r for r in cluster.resources if kind_of(r) == key.kind), None)


# -- cleaning


def clean(
    cluster: Cluster, before: Snapshot, left: Difference, limit: float = SETTLE_SECONDS
) -> Difference:
    """Deletes what ``left`` names as added and puts its nodes back as they were ``before``.

    Returns what is not as it was after that: objects that were removed or changed cannot be put
    back, since their contents are not known.

    Raises:
        ClusterLost: it does not answer.
    """
    for key in left.added:
        _delete(cluster, key)
    for name in left.nodes:
        _restore(cluster, name, before.nodes[name])
    return difference(before, settle(cluster, before, limit))


def _delete(cluster: Cluster, key: Key) -> None:
    resource = _resource(cluster, key)
    if resource is None:
        return
    body: dict[str, Any] = {"propagationPolicy": "Background"}
    if key.kind == "pods":
        body["gracePeriodSeconds"] = POD_GRACE_SECONDS
    try:
        cluster.request("DELETE", resource.path_of(key.name, key.namespace), body=body)
    except ApiError as error:
        if error.status not in (403, 404, 405, 409, 422):  # named again by the last difference
            raise


def _restore(cluster: Cluster, name: str, then: NodeMark) -> None:
    """Puts a node's labels, taints and cordon back, and leaves the cluster's own taints alone."""
    path = f"/api/v1/nodes/{name}"
    node = cluster.get(path)
    own = [
        taint
        for taint in (node.get("spec") or {}).get("taints") or ()
        if taint["key"].startswith(_OWN_TAINTS)
        and (then.unschedulable or not taint["key"].endswith("/unschedulable"))
    ]
    mine = [{"key": key, "value": value, "effect": effect} for key, value, effect in then.taints]
    gone = dict.fromkeys((node["metadata"].get("labels") or {}).keys() - then.labels.keys())
    body = {
        "metadata": {"labels": {**gone, **then.labels}},
        "spec": {"taints": own + mine, "unschedulable": then.unschedulable or None},
    }
    cluster.request("PATCH", path, body=body, content_type="application/merge-patch+json")


# -- keeping it for a cleanup after the harness's death


def save(snapshot: Snapshot, cluster: Cluster, path: Path) -> None:
    """Writes a snapshot, and how to reach its cluster, to a file that only the user can read."""
    state = {
        "schema": SCHEMA,
        "kubeconfig": str(cluster.kubeconfig.absolute()),
        "context": cluster.context,
        "cluster": snapshot.cluster,
        "objects": [[k.kind, k.namespace, k.name, asdict(m)] for k, m in snapshot.objects.items()],
        "nodes": {name: asdict(mark) for name, mark in snapshot.nodes.items()},
        "leaving": [[k.kind, k.namespace, k.name] for k, _ in snapshot.leaving],
        "provisioned": [[k.kind, k.namespace, k.name] for k, _ in snapshot.provisioned],
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(state, file)
    half.replace(path)


@dataclass(frozen=True)
class Saved:
    """A snapshot read from a file, and how to reach its cluster."""

    kubeconfig: Path
    context: str | None
    snapshot: Snapshot


def load(path: Path) -> Saved:
    """Reads what `save` wrote.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not such a file.
    """
    state = json.loads(path.read_text(encoding="utf-8"))
    try:
        if state["schema"] != SCHEMA:
            raise ValueError(f"unknown schema {state['schema']}")
        nodes = {
            name: NodeMark(m["labels"], tuple(tuple(t) for t in m["taints"]), m["unschedulable"])
            for name, m in state["nodes"].items()
        }
        snapshot = Snapshot(
            cluster=state["cluster"],
            objects={Key(k, ns, name): Mark(**m) for k, ns, name, m in state["objects"]},
            nodes=nodes,
            leaving=tuple((Key(*words), "") for words in state["leaving"]),
            provisioned=tuple((Key(*words), "") for words in state["provisioned"]),
        )
        return Saved(Path(state["kubeconfig"]), state["context"], snapshot)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a saved snapshot: {error!r}") from error
