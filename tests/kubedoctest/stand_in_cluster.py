"""A stand-in for an API server: a few kinds in memory, served as the real one does.

Deleting an object whose ``finalizers`` are not empty only marks it, as in Kubernetes; the test
then lets it go with `StandIn.release`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import yaml

KINDS = {
    ("", "namespaces"): "Namespace",
    ("", "pods"): "Pod",
    ("", "nodes"): "Node",
    ("", "configmaps"): "ConfigMap",
    ("", "events"): "Event",
    ("", "secrets"): "Secret",
    ("", "services"): "Service",
    ("", "serviceaccounts"): "ServiceAccount",
    ("", "resourcequotas"): "ResourceQuota",
    ("", "persistentvolumeclaims"): "PersistentVolumeClaim",
    ("", "persistentvolumes"): "PersistentVolume",
    ("apps", "deployments"): "Deployment",
    ("metrics.k8s.io", "podmetrics"): "PodMetrics",
    ("apiextensions.k8s.io", "customresourcedefinitions"): "CustomResourceDefinition",
}
CLUSTER_WIDE = {"namespaces", "nodes", "persistentvolumes", "customresourcedefinitions"}


class StandIn:
    """The objects, by (plural, namespace, name), and what was asked of them."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.events: list[tuple[int, str, dict[str, Any]]] = []
        self.requests: list[tuple[str, str]] = []
        self.forbidden: set[str] = set()
        self.busy: dict[str, int] = {}  # by kind, how often it still answers 429
        self.silent: dict[str, int] = {}  # by kind, how often it still closes without an answer
        self.changed = threading.Condition()
        self.url = ""

    def put(self, plural: str, name: str, namespace: str = "", **metadata: Any) -> None:
        """Makes or replaces an object; ``spec`` and ``status`` go beside its metadata."""
        with self.changed:
            beside = {"spec": metadata.pop("spec", {}), "status": metadata.pop("status", {})}
            number = len(self.events) + 1
            meta = {"uid": f"uid-{number}", "generation": 1, **metadata}
            meta |= {"name": name, "resourceVersion": str(number)}
            meta |= {"namespace": namespace} if namespace else {}
            item = {"metadata": meta, **beside}
            self.objects[plural, namespace, name] = item
            self._happened("ADDED", plural, item)

    def delete(self, plural: str, namespace: str, name: str) -> bool:
        with self.changed:
            item = self.objects.get((plural, namespace, name))
            if item is None:
                return False
            if item["metadata"].get("finalizers"):
                item["metadata"]["deletionTimestamp"] = datetime.now(UTC).isoformat()
                self._happened("MODIFIED", plural, item)
            else:
                self.release(plural, name, namespace)
            return True

    def release(self, plural: str, name: str, namespace: str = "") -> None:
        """The object is gone at last, and with a namespace all that is in it."""
        with self.changed:
            self._happened("DELETED", plural, self.objects.pop((plural, namespace, name)))
            if plural == "namespaces":
                for key in [key for key in self.objects if key[1] == name]:
                    del self.objects[key]

    def _happened(self, kind: str, plural: str, item: dict[str, Any]) -> None:
        self.events.append((len(self.events) + 1, kind, {"plural": plural, **item}))
        self.changed.notify_all()


def _discovery(core: bool) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for (group, plural), kind in KINDS.items():
        if (group == "") is core:
            groups.setdefault(group, []).append(
                {
                    "resource": plural,
                    "responseKind": {"kind": kind},
                    "scope": "Cluster" if plural in CLUSTER_WIDE else "Namespaced",
                    "verbs": ["get", "list"] + (["delete"] if "metrics" not in group else []),
                }
            )
    return {
        "items": [
            {"metadata": {"name": group}, "versions": [{"version": "v1", "resources": resources}]}
            for group, resources in groups.items()
        ]
    }


def _handler(cluster: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def place(self) -> tuple[str, str, str]:
            """plural, namespace and name of the path."""
            parts = urlparse(self.path).path.strip("/").split("/")
            parts = parts[2:] if parts[0] == "api" else parts[3:]
            namespace = ""
            if parts[0] == "namespaces" and len(parts) > 2:
                namespace, parts = parts[1], parts[2:]
            return parts[0], namespace, parts[1] if len(parts) > 1 else ""

        def closes(self, plural: str) -> bool:
            """Whether this request ends with a closed connection instead of an answer."""
            self.close_connection = cluster.silent.get(plural, 0) > 0
            if self.close_connection:
                cluster.silent[plural] -= 1
            return self.close_connection

        def body(self) -> dict[str, Any]:
            length = int(self.headers.get("Content-Length") or 0)
            return dict(json.loads(self.rfile.read(length) or b"{}"))

        def do_GET(self) -> None:
            url = urlparse(self.path)
            if url.path in ("/api", "/apis"):
                return self.answer(200, _discovery(url.path == "/api"))
            if url.path == "/version":
                return self.answer(200, {"gitVersion": "v1.37.2"})
            plural, namespace, name = self.place()
            query = parse_qs(url.query)
            if plural in cluster.forbidden:
                return self.answer(403, {"message": "no"})
            if self.closes(plural):
                return None
            if cluster.busy.get(plural, 0) > 0:
                cluster.busy[plural] -= 1
                return self.answer(429, {"message": "storage is (re)initializing"})
            if "watch" in query:
                return self.watch(plural, namespace, query)
            with cluster.changed:
                if name:
                    found = cluster.objects.get((plural, namespace, name))
                    return self.answer(*((200, found) if found else (404, {"message": "no"})))
                items = [item for key, item in cluster.objects.items() if key[0] == plural]
                version = str(len(cluster.events))
                listing = {"metadata": {"resourceVersion": version}, "items": items or None}
                return self.answer(200, listing)

        def watch(self, plural: str, namespace: str, query: dict[str, list[str]]) -> None:
            name = query["fieldSelector"][0].removeprefix("metadata.name=")
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            seen = int(query["resourceVersion"][0])
            while True:
                with cluster.changed:
                    while len(cluster.events) == seen:
                        cluster.changed.wait()
                    new, seen = cluster.events[seen:], len(cluster.events)
                for _, kind, item in new:
                    meta = item["metadata"]
                    if (item["plural"], meta.get("namespace", ""), meta["name"]) == (
                        plural,
                        namespace,
                        name,
                    ):
                        event = {"type": kind, "object": item}
                        self.wfile.write(json.dumps(event).encode() + b"\n")
                        self.wfile.flush()
                        if kind == "DELETED":
                            self.close_connection = True
                            return

        def do_DELETE(self) -> None:
            self.body()
            cluster.requests.append(("DELETE", urlparse(self.path).path))
            self.answer(200 if cluster.delete(*self.place()) else 404, {"message": "x"})

        def do_PATCH(self) -> None:
            patch = self.body()
            cluster.requests.append(("PATCH", urlparse(self.path).path))
            plural, namespace, name = self.place()
            if self.closes(plural):
                return
            with cluster.changed:
                item = cluster.objects[plural, namespace, name]
                labels = item["metadata"].setdefault("labels", {})
                for key, value in patch["metadata"].get("labels", {}).items():
                    labels[key] = value
                    if value is None:
                        del labels[key]
                item["spec"] |= patch.get("spec", {})
                if "finalizers" in patch["metadata"]:
                    item["metadata"]["finalizers"] = patch["metadata"]["finalizers"]
                    if item["metadata"].get("deletionTimestamp"):
                        cluster.release(plural, name, namespace)
            self.answer(200, item)

    return Handler


@contextmanager
def stand_in(folder: Path) -> Iterator[tuple[StandIn, Path]]:
    """A running stand-in, with what every cluster holds, and the kubeconfig for it."""
    cluster = StandIn()
    for name in ("default", "kube-system"):
        cluster.put("namespaces", name)
        cluster.put("serviceaccounts", "default", name)
        cluster.put("configmaps", "kube-root-ca.crt", name)
    cluster.put("nodes", "w1", labels={"a": "b"}, spec={"taints": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(cluster))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster.url = f"http://127.0.0.1:{server.server_port}"
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": cluster.url}}],
        "users": [{"name": "u", "user": {}}],
    }
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    try:
        yield cluster, kubeconfig
    finally:
        server.shutdown()
        server.server_close()
