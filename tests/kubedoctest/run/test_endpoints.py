"""The endpoints that kubectl leaves out, from the slices themselves."""

from __future__ import annotations

from typing import Any, cast

from kubedoctest.cluster.api import Cluster
from kubedoctest.values.generated import EndpointLists


class Slices:
    """A cluster that only has EndpointSlices, and counts how often they are asked for."""

    def __init__(self, *slices: dict[str, Any]) -> None:
        self.slices = slices
        self.asked = 0

    def resource(self, word: str) -> Any:
        return type("Resource", (), {"path": f"/apis/{word}"})

    def get(self, path: str) -> dict[str, Any]:
        self.asked += 1
        return {"items": list(self.slices)}


def endpoint_slice(service: str, *last: int, not_ready: int | None = None) -> dict[str, Any]:
    endpoints = [
        {"addresses": [f"10.244.1.{n}"], "conditions": {"ready": n != not_ready}} for n in last
    ]
    labels = {"kubernetes.io/service-name": service}
    return {
        "metadata": {"namespace": "default", "labels": labels},
        "endpoints": endpoints,
        "ports": [{"port": 8080}],
    }


def lists(cluster: Slices, *pods: str) -> EndpointLists:
    return EndpointLists(cast(Cluster, cluster), pods)


def test_the_whole_list_is_asked_for_once() -> None:
    cluster = Slices(endpoint_slice("otro", 1, 2, 3, 9), endpoint_slice("mi-svc", 1, 2, 4, 5))
    asked = lists(cluster)
    for _ in range(2):
        whole = asked(["10.244.1.1", "10.244.1.2", "10.244.1.4"], 4)
        assert list(whole) == ["10.244.1.1", "10.244.1.2", "10.244.1.4", "10.244.1.5"]
    assert cluster.asked == 1
    asked.forget()
    asked(["10.244.1.1"], 4)
    assert cluster.asked == 2


def test_ready_ones_with_their_port() -> None:
    cluster = Slices(endpoint_slice("mi-svc", 1, 2, 3, 4, 5, not_ready=5))
    whole = lists(cluster)([f"10.244.1.{n}:8080" for n in (1, 2, 3)], 4)
    assert list(whole) == [f"10.244.1.{n}:8080" for n in (1, 2, 3, 4)]


def test_a_list_that_is_no_longer_there_may_go_on_with_any_pod() -> None:
    whole = lists(Slices(), "10.244.1.7")(["10.244.1.1:80"], 4)
    assert list(whole) == ["10.244.1.1:80", "10.244.1.7:80"]
