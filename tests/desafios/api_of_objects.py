"""A small API server that answers with given objects: what a check finds, without a cluster."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes import client

from desafios import Challenge, Cluster, State, look

Object = dict[str, Any]
COLLECTIONS = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
    "HTTPRoute": "/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses",
    "Namespace": "/api/v1/namespaces",
    "Node": "/api/v1/nodes",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Pod": "/api/v1/namespaces/{}/pods",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "ResourceQuota": "/api/v1/namespaces/{}/resourcequotas",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
}


class _Handler(BaseHTTPRequestHandler):
    """One request: a collection, or one object of it by name."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        selector = parse_qs(url.query).get("labelSelector", [""])[0]
        pairs = [pair.split("=") for pair in selector.split(",") if pair]
        objects: Sequence[Object] = self.server.objects  # type: ignore[attr-defined]
        folder, _, name = url.path.rpartition("/")
        named = [one for one in objects if _folder(one) == folder and _name(one) == name]
        items = [
            one
            for one in objects
            if _folder(one) == url.path
            and all((one["metadata"].get("labels") or {}).get(key) == value for key, value in pairs)
        ]
        is_list = name in {path.rpartition("/")[2] for path in COLLECTIONS.values()}
        answer = named[0] if named else {"items": items} if is_list else None
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer or {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _folder(one: Object) -> str:
    return COLLECTIONS[one["kind"]].format(one["metadata"].get("namespace", "default"))


def _name(one: Object) -> str:
    return str(one["metadata"]["name"])


@contextmanager
def serving(objects: Sequence[Object], namespace: str = "default") -> Iterator[Cluster]:
    """A cluster that has these objects, and nothing else."""
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.objects = objects  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield Cluster(client.Configuration(host=address), namespace)
        finally:
            server.shutdown()
            thread.join()


def check_try(challenge: Challenge, objects: Sequence[Object], missing: str | None) -> None:
    """What was left fails first at the step that begins so; with None it is all that was asked."""
    with serving(objects) as cluster:
        report = look(challenge, cluster)
    asked = [finding.asks for finding in report.findings if finding.state is State.MISSING]
    assert report.done == (missing is None), report
    assert "".join(asked).startswith(missing or ""), report
