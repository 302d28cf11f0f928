"""All endpoints of a Service, of which kubectl prints the first three (comparison rule 9).

Source: k8s.io/kubernetes/pkg/printers/internalversion, formatEndpoints and
formatEndpointSliceEndpoints, which end with ``+ 1 more...``; kubectl describe does the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from kubedoctest.cluster.api import ApiError, Cluster


class EndpointLists:
    """The lists of one moment: read once, and only if an output cuts one short."""

    def __init__(self, cluster: Cluster | None, pods: Collection[str]) -> None:
        self._cluster = cluster
        self._pods = pods
        self._lists: list[frozenset[str]] | None = None

    def forget(self) -> None:
        """Read the lists again when they are needed next."""
        self._lists = None

    def __call__(self, shown: Sequence[str], total: int) -> Sequence[str]:
        """The whole list that begins with ``shown``; where it is unknown, every pod may follow."""
        if self._lists is None:
            self._lists = list(_lists(self._cluster)) if self._cluster is not None else []
        for endpoints in self._lists:
            if len(endpoints) == total and endpoints.issuperset(shown):
                return sorted(endpoints)
        _, colon, port = shown[0].partition(":")
        return sorted({*shown, *(f"{pod}{colon}{port}" for pod in self._pods)})


def _lists(cluster: Cluster) -> Iterator[frozenset[str]]:
    """Each slice's addresses, and for each Service the ready ones with their ports."""
    resource = cluster.resource("endpointslices.discovery.k8s.io")
    if resource is None:
        return
    try:
        slices = cluster.get(resource.path)["items"]
    except ApiError:
        return
    services: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in slices or ():
        yield frozenset(_addresses(item, ready=False))
        metadata = item["metadata"]
        service = (metadata.get("labels") or {}).get("kubernetes.io/service-name", "")
        for port in item.get("ports") or ():
            suffix = f":{port.get('port')}"
            yield frozenset(a + suffix for a in _addresses(item, ready=True))
            services[metadata["namespace"], service] |= {
                a + suffix for a in _addresses(item, ready=True)
            }
    yield from map(frozenset, services.values())


def _addresses(item: dict[str, Any], ready: bool) -> Iterator[str]:
    for endpoint in item.get("endpoints") or ():
        if not ready or (endpoint.get("conditions") or {}).get("ready", True):
            yield from endpoint.get("addresses", ())
