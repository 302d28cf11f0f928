"""A check cannot write: not by any verb, nor by the reads that start a conversation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from kubernetes import client

from desafios import Cluster, Unreachable, WriteRefused


class Server(BaseHTTPRequestHandler):
    """An API server that keeps what it was asked, and answers as it is told."""

    asked: ClassVar[list[str]] = []
    status = 404
    body = b""

    def answer(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    Server.asked.clear()
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cluster(server: HTTPServer) -> Cluster:
    configuration = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
    return Cluster(configuration, "default")


WRITES: list[Callable[[client.CoreV1Api], Any]] = [
    lambda api: api.create_namespaced_pod("default", {"metadata": {"name": "x"}}),
    lambda api: api.replace_namespaced_pod("x", "default", {}),
    lambda api: api.patch_namespaced_pod("x", "default", {}),
    lambda api: api.delete_namespaced_pod("x", "default"),
    lambda api: api.delete_collection_namespaced_pod("default"),
    lambda api: api.patch_node("x", {}),
    lambda api: api.connect_get_namespaced_pod_exec("x", "default"),
    lambda api: api.connect_get_namespaced_pod_attach("x", "default"),
    lambda api: api.connect_get_namespaced_pod_portforward("x", "default"),
    lambda api: api.connect_get_namespaced_pod_proxy("x", "default"),
    lambda api: api.connect_get_namespaced_service_proxy_with_path("x", "default", "borrar"),
    lambda api: api.connect_get_node_proxy("x"),
]


@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_refused_before_it_is_sent(
    cluster: Cluster, write: Callable[[client.CoreV1Api], Any]
) -> None:
    with pytest.raises(WriteRefused):
        write(client.CoreV1Api(cluster.api))
    assert Server.asked == []


def test_a_read_is_sent(cluster: Cluster) -> None:
    with pytest.raises(Exception, match="no hay ningún pod"):
        cluster.pod("exec")
    assert Server.asked == ["GET /api/v1/namespaces/default/pods/exec"]


def test_a_cluster_that_forbids_looking_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "status", 403)
    with pytest.raises(Unreachable, match="403") as error:
        cluster.pods({"app": "x"})
    assert "kubectl auth can-i" in error.value.next_step


def test_a_service_that_finds_nothing_has_no_endpoints(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API server then sends ``endpoints: null``, which the client's own checks refuse."""
    monkeypatch.setattr(Server, "status", 200)
    monkeypatch.setattr(
        Server, "body", b'{"items": [{"addressType": "IPv4", "endpoints": null, "ports": null}]}'
    )
    assert cluster.ready_endpoints("tienda") == 0


def test_a_cluster_that_is_off_is_told() -> None:
    cluster = Cluster(client.Configuration(host="http://127.0.0.1:9"), "default")
    with pytest.raises(Unreachable, match="no contesta"):
        cluster.nodes({})
