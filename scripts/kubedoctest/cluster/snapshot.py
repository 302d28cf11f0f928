"""What a cluster holds, so that a page can be held to leave it as it found it.

Only metadata is read (``PartialObjectMetadataList``), of every kind that can be listed and deleted;
volumes are read whole, and of nodes what a page may change: labels, taints, cordon. Left out is
what the cluster makes by itself: events, leases, endpoints, and objects that a controller owns.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kubedoctest.cluster import engine
from kubedoctest.cluster.api import MERGE_PATCH, METADATA_LIST, ApiError, Cluster, Request, Resource
from kubedoctest.commands.shell_syntax import names

SETTLE_SECONDS = 90.0  # a pod may take 30 s to end, and its namespace waits for it
HELD_SECONDS = 5.0  # for a controller of the page's to take off its finalizer
POD_GRACE_SECONDS = 1  # for pods that a page left behind
_THREADS = 8

# Made by the cluster itself, at times of its own.
_OWN_KINDS = names(
    "events leases leasecandidates endpoints endpointslices ipaddresses csinodes"
    " csistoragecapacities volumeattachments nodes certificatesigningrequests"
)
_OWN_NAMES = frozenset({"configmaps/kube-root-ca.crt", "configmaps/cluster-info"})
_OWN_TAINTS = "node.kubernetes.io/"
# Kinds without generation or status: whoever writes them changes them.
_PLAIN_KINDS = names(
    "configmaps secrets roles rolebindings clusterroles clusterrolebindings storageclasses"
    " priorityclasses"
)
_KUBERNETES_OWN = re.compile(r"^(?:orphan|foregroundDeletion)$|(?:^|\.)(?:k8s|kubernetes)\.io/")
_VOLUMES = "persistentvolumes"
_DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
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
    """What of an object must stay the same."""

    uid: str  # its identity; an object deleted and made again has another
    version: str  # changes with its specification, not with its status
    labels: Mapping[str, str] = field(hash=False)  # its labels


@dataclass(frozen=True)
class NodeMark:
    """What a page may change of a node: labels, taints (the cluster's own left out), cordon."""

    labels: Mapping[str, str] = field(hash=False)
    taints: tuple[tuple[str, str, str], ...]
    unschedulable: bool


@dataclass(frozen=True)
class Leaving:
    """An object that is being deleted, or will be since its owner or claim is gone.

    Attributes:
        version: the resourceVersion from which on to watch it.
        overdue: for how many seconds it should have been gone; 0 when that is not known.
    """

    key: Key
    version: str = ""
    overdue: float = 0.0


@dataclass(frozen=True)
class Snapshot:
    """What a cluster held at one moment."""

    cluster: str  # the uid of its ``kube-system`` namespace, which no two clusters share
    # objects, nodes: what it held
    objects: Mapping[Key, Mark] = field(hash=False)
    nodes: Mapping[str, NodeMark] = field(hash=False)
    running: frozenset[str] = frozenset()  # the nodes that are containers of this machine, and run
    leaving: tuple[Leaving, ...] = ()
    # the finalizers, not Kubernetes' own, that keep each of the former from going
    held: Mapping[Key, tuple[str, ...]] = field(hash=False, default_factory=dict)
    uids: frozenset[str] = frozenset()  # those of all objects, also of those that do not count

    @property
    def going(self) -> frozenset[Key]:
        """What is on its way out."""
        return frozenset(one.key for one in self.leaving)


@dataclass(frozen=True)
class Difference:
    """What is not as it was; empty when the cluster was left as it was found."""

    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()
    nodes: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.nodes or self.stopped)

    @property
    def to_clean(self) -> bool:
        """Whether there is something that can be put back: what was removed or changed cannot."""
        return bool(self.added or self.nodes or self.stopped)

    def lines(self) -> list[str]:
        """One line for each thing, in Spanish."""
        return [
            *(f"quedó {key}" for key in self.added),
            *(f"falta {key}, que estaba antes" for key in self.removed),
            *(f"cambió {key}" for key in self.changed),
            *(f"cambió el nodo {name} (etiquetas, taints o cordon)" for name in self.nodes),
            *(f"quedó apagado el nodo {name}" for name in self.stopped),
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
    kinds = _looked_at(cluster)
    with ThreadPoolExecutor(_THREADS) as pool:
        nodes = pool.submit(lambda: cluster.get("/api/v1/nodes")["items"])
        running = pool.submit(lambda: engine.running(_containers(nodes.result())))
        lists = list(pool.map(lambda resource: _list(cluster, resource), kinds))
    found = [
        (resource, item, answer["metadata"].get("resourceVersion", ""))
        for resource, answer in zip(kinds, lists, strict=True)
        for item in answer["items"] or ()
    ]
    uids = {item["metadata"]["uid"] for _, item, _ in found}
    return Snapshot(
        cluster=cluster.uid,
        objects={_key(r, i): _mark(r, i) for r, i, _ in found if _counts(r, i)},
        nodes={node["metadata"]["name"]: _node_mark(node) for node in nodes.result()},
        running=running.result(),
        leaving=tuple(
            Leaving(_key(r, i), v, _overdue(i)) for r, i, v in found if _is_leaving(i, uids)
        ),
        held={_key(r, i): own for r, i, _ in found if (own := _held_by(i))},
        uids=frozenset(uids),
    )


def _looked_at(cluster: Cluster) -> list[Resource]:
    return [
        resource
        for resource in cluster.resources
        if {"list", "delete"} <= resource.verbs and resource.plural not in _OWN_KINDS
    ]


def _containers(nodes: Iterable[dict[str, Any]]) -> set[str]:
    """The nodes that kind says to be containers."""
    ids = {
        node["metadata"]["name"]: (node.get("spec") or {}).get("providerID", "") for node in nodes
    }
    return {name for name, made in ids.items() if made.startswith(engine.PROVIDER)}


def _list(cluster: Cluster, resource: Resource) -> dict[str, Any]:
    """All objects of a kind; none where these credentials may not list them.

    Of volumes whole: whether one goes with its claim is in its specification.
    """
    accept = "application/json" if resource.plural == _VOLUMES else METADATA_LIST
    try:
        return cluster.get(resource.path, accept)
    except ApiError as error:
        if error.status in (401, 403, 404, 405):  # also: the kind went away, or has no list
            return {"metadata": {}, "items": []}
        raise


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
    """Whether it is being deleted, or will be: all its owners are gone, or a volume's claim."""
    if item["metadata"].get("deletionTimestamp"):
        return True
    volume = item.get("spec") or {}
    if volume.get("persistentVolumeReclaimPolicy") == "Delete" and "claimRef" in volume:
        return volume["claimRef"].get("uid") not in uids
    owners = [
        owner
        for owner in item["metadata"].get("ownerReferences") or ()
        if owner.get("kind") != "Node"  # nodes are not among the uids
    ]
    return bool(owners) and not any(owner["uid"] in uids for owner in owners)


def _overdue(item: dict[str, Any]) -> float:
    """Seconds since an object should have been gone: its time of deletion includes its grace.

    A volume has none until its provisioner begins, but says since when it is released.
    """
    due = item["metadata"].get("deletionTimestamp")
    status = item.get("status") or {}
    if due is None and status.get("phase") in ("Released", "Failed"):
        due = status.get("lastPhaseTransitionTime")
    return max(0.0, time.time() - datetime.fromisoformat(due).timestamp()) if due else 0.0


def _held_by(item: dict[str, Any]) -> tuple[str, ...]:
    """The finalizers of an object on its way out, without those that Kubernetes sees to."""
    metadata = item["metadata"]
    finalizers = metadata.get("finalizers") or () if metadata.get("deletionTimestamp") else ()
    return tuple(name for name in finalizers if not _KUBERNETES_OWN.search(name))


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
    """What is not as it was. Objects inside an added namespace go with it and are not named.

    What was leaving ``before`` may be gone or not.
    """
    added = after.objects.keys() - before.objects.keys()
    new = {key.name for key in added if key.kind == "namespaces"}
    both = before.objects.keys() & after.objects.keys()
    return Difference(
        added=tuple(sorted(key for key in added if key.namespace not in new)),
        removed=tuple(sorted(before.objects.keys() - after.objects.keys() - before.going)),
        changed=tuple(sorted(k for k in both if before.objects[k] != after.objects[k])),
        nodes=tuple(
            sorted(
                name
                for name in before.nodes.keys() & after.nodes.keys()
                if before.nodes[name] != after.nodes[name]
            )
        ),
        stopped=tuple(sorted(before.running - after.running)),
    )


def settle(cluster: Cluster, before: Snapshot, limit: float = SETTLE_SECONDS) -> Snapshot:
    """The cluster once the deletions in progress have ended, or after ``limit`` seconds.

    What was leaving ``before`` already is not waited for, and for ``HELD_SECONDS`` at most what
    may never go: what a finalizer holds that Kubernetes knows nothing of (who should take it off
    may not be there), and what should have been gone for as long as ``SETTLE_SECONDS``.
    """
    started = time.monotonic()
    while True:
        now = take(cluster)
        waited = time.monotonic() - started
        within = {
            one: min(limit, HELD_SECONDS) if _may_stay(one, now) else limit
            for one in now.leaving
            if one.key not in before.going
        }
        if all(waited >= seconds for seconds in within.values()):
            return now
        for one, seconds in within.items():
            _wait_gone(cluster, one, started + seconds)


def _may_stay(one: Leaving, now: Snapshot) -> bool:
    """Whether it is overdue or held, or is the namespace or the definition of one that is held."""
    return one.overdue > SETTLE_SECONDS or any(
        one.key in (held, Key("namespaces", "", held.namespace), Key(_DEFINITIONS, "", held.kind))
        for held in now.held
    )


def _wait_gone(cluster: Cluster, one: Leaving, deadline: float) -> None:
    """Waits until the object was deleted after its version, or the deadline."""
    key = one.key
    left = deadline - time.monotonic()
    resource = cluster.resource(key.kind)
    if left <= 0 or resource is None:
        return
    path = resource.path_of(key.name, key.namespace).rpartition("/")[0]
    params = {
        "fieldSelector": f"metadata.name={key.name}",
        "resourceVersion": one.version,
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


def let_go(cluster: Cluster, left: Difference) -> list[str]:
    """Takes off the finalizers that keep what was added from being deleted.

    Returns:
        What was done, one Spanish sentence for each object.

    Raises:
        ClusterLost: it does not answer.
    """
    namespaces = {key.name for key in left.added if key.kind == "namespaces"}
    done: list[str] = []
    for key, finalizers in take(cluster).held.items():
        resource = cluster.resource(key.kind)
        mine = key in left.added or key.namespace in namespaces
        if resource is None or not mine:
            continue
        path, off = resource.path_of(key.name, key.namespace), {"metadata": {"finalizers": None}}
        with _unless_refused():
            cluster.ask(Request("PATCH", path, body=off, content_type=MERGE_PATCH))
            done.append(f"para borrar {key} le sacamos su finalizer ({', '.join(finalizers)})")
    return done


def forget_events(cluster: Cluster, now: Snapshot) -> None:
    """Deletes the events of objects that are gone: no reader's cluster has those of an earlier run.

    kubectl finds an object's events by its name, and would show those of another that had it.
    """
    kinds = {resource.kind for resource in _looked_at(cluster)}
    with _unless_refused():
        events = cluster.get("/api/v1/events")["items"] or ()
        gone = [
            f"/api/v1/namespaces/{event['metadata']['namespace']}/events/{event['metadata']['name']}"
            for event in events
            if event["involvedObject"].get("kind") in kinds
            and event["involvedObject"].get("uid") not in now.uids
        ]
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda path: _delete_path(cluster, path), gone))


@contextmanager
def _unless_refused() -> Iterator[None]:
    """What the cluster refuses is left as it is, and named by the last difference."""
    try:
        yield
    except ApiError as error:
        if error.status not in (403, 404, 405, 409, 422):
            raise


def _delete_path(cluster: Cluster, path: str, body: object = None) -> None:
    with _unless_refused():
        cluster.ask(Request("DELETE", path, body=body))


def _delete(cluster: Cluster, key: Key) -> None:
    resource = cluster.resource(key.kind)
    if resource is None:
        return
    body: dict[str, Any] = {"propagationPolicy": "Background"}
    if key.kind == "pods":
        body["gracePeriodSeconds"] = POD_GRACE_SECONDS
    _delete_path(cluster, resource.path_of(key.name, key.namespace), body)


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
    cluster.ask(Request("PATCH", path, body=body, content_type=MERGE_PATCH))
