"""What the control plane adds to a new object in its first moments, before anyone can miss it.

kubectl returns once an object is stored. That no pod may be made yet in a new namespace, since its
ServiceAccount is still to come, is over before a reader has typed the next command. Who types
faster meets it; so the harness waits until the cluster is as a reader would find it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from kubedoctest.cluster.api import METADATA_LIST, ApiError, Cluster

PATIENCE_SECONDS = 30.0
"""How long an object is waited for: more than it takes on a busy machine, where it ever comes."""
_PAUSE_SECONDS = 0.1
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def _takes_pods(cluster: Cluster, _: str, name: str) -> bool:
    """A namespace has what each pod in it is given.

    Source: k8s.io/kubernetes/plugin/pkg/admission/serviceaccount (a pod without it is refused).
    """
    cluster.get(f"/api/v1/namespaces/{name}/serviceaccounts/default")
    cluster.get(f"/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt")
    return True


def _is_served(cluster: Cluster, _: str, name: str) -> bool:
    """The kind that a definition makes can be asked for, or never will be."""
    status = cluster.get(f"{_DEFINITIONS}/{name}").get("status", {})
    told = {one["type"]: one["status"] for one in status.get("conditions", ())}
    return told.get("Established") == "True" or told.get("NamesAccepted") == "False"


def _is_counted(cluster: Cluster, namespace: str, name: str) -> bool:
    """How much of a quota is used is known; until then all that it limits is refused."""
    quota = cluster.get(f"/api/v1/namespaces/{namespace}/resourcequotas/{name}")
    limits = quota["spec"].get("hard", {})
    return bool(limits.keys() <= quota.get("status", {}).get("hard", {}).keys())


_READY: Mapping[str, Callable[[Cluster, str, str], bool]] = {
    "/api/v1/namespaces": _takes_pods,
    "/api/v1/resourcequotas": _is_counted,
    _DEFINITIONS: _is_served,
}


class Readiness:
    """Whether a cluster's new objects are ready; one that was, or was given up, stays so."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: set[str] = set()

    def wait(self, patience: float = PATIENCE_SECONDS) -> None:
        """Return once every object is ready, or has been waited for long enough.

        Raises:
            ClusterLost: the cluster does not answer.
        """
        deadline = time.monotonic() + patience
        while unready := set(self._unready()):
            if time.monotonic() >= deadline:
                self._known |= unready
                return
            threading.Event().wait(_PAUSE_SECONDS)

    def _unready(self) -> Iterator[str]:
        for path in _READY.keys() & {resource.path for resource in self._cluster.resources}:
            for metadata in self._listed(path):
                uid = metadata["uid"]
                if uid in self._known or "deletionTimestamp" in metadata:
                    continue
                try:
                    ready = _READY[path](
                        self._cluster, metadata.get("namespace", ""), metadata["name"]
                    )
                except ApiError as error:
                    ready = error.status != 404  # refused to us: it is not for us to know
                if ready:
                    self._known.add(uid)
                else:
                    yield uid

    def _listed(self, path: str) -> Iterator[Mapping[str, str]]:
        """The metadata of all objects of a kind; none where these credentials may not list it."""
        try:
            items = self._cluster.get(path, accept=METADATA_LIST)["items"] or ()
        except ApiError:
            return
        yield from (item["metadata"] for item in items)
