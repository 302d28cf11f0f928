"""A learner's cluster, looked at through a client that cannot write."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from kubernetes import client, config
from kubernetes.client.rest import RESTClientObject

from desafios.errors import Missing, Unreachable, WriteRefused

SECONDS = 10
"""How long each question to the cluster may take."""
_CONNECTS = re.compile(r"/(?:pods|services|nodes)/[^/]+/(?:exec|attach|portforward|proxy)(?:/|$)")


@dataclass(frozen=True)
class Context:
    """An entry of the kubeconfig: its name, its namespace, and the cluster that it names."""

    name: str
    namespace: str
    cluster: str


class _ReadOnly(RESTClientObject):  # type: ignore[misc]
    """The lowest layer of the client, where every request passes: it lets only reads through.

    Some reads are none: the API server takes a GET on a pod's ``exec``, ``attach``,
    ``portforward`` or ``proxy`` as the start of a conversation with what runs inside.
    """

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        if method != "GET" or _CONNECTS.search(urlsplit(url).path):
            raise WriteRefused(f"{method} {urlsplit(url).path}")
        if options.get("_request_timeout") is None:
            options["_request_timeout"] = SECONDS
        return super().request(method, url, *arguments, **options)


class Cluster:
    """The objects of one namespace, and the nodes; each question asks the API server anew.

    Args:
        configuration: how to reach the cluster, as the kubernetes client takes it.
        namespace: the namespace that is looked at.
    """

    def __init__(self, configuration: client.Configuration, namespace: str) -> None:
        configuration.retries = False
        self.namespace = namespace
        self.api = client.ApiClient(configuration)
        self.api.rest_client = _ReadOnly(configuration)
        self._core = client.CoreV1Api(self.api)
        self._apps = client.AppsV1Api(self.api)
        self._discovery = client.DiscoveryV1Api(self.api)
        self._networking = client.NetworkingV1Api(self.api)
        self._rbac = client.RbacAuthorizationV1Api(self.api)
        self._policy = client.PolicyV1Api(self.api)
        self._autoscaling = client.AutoscalingV2Api(self.api)
        self._custom = client.CustomObjectsApi(self.api)

    def in_namespace(self, namespace: str) -> Cluster:
        """The same cluster, looked at in another namespace."""
        other = copy(self)
        other.namespace = namespace
        return other

    def pod(self, name: str) -> Any:
        """The pod of that name, or :class:`Missing`."""
        return self._named(self._core.read_namespaced_pod, "pod", name)

    def service(self, name: str) -> Any:
        """The Service of that name, or :class:`Missing`."""
        return self._named(self._core.read_namespaced_service, "Service", name)

    def daemon_set(self, name: str) -> Any:
        """The DaemonSet of that name, or :class:`Missing`."""
        return self._named(self._apps.read_namespaced_daemon_set, "DaemonSet", name)

    def replica_set(self, name: str) -> Any:
        """The ReplicaSet of that name, or :class:`Missing`."""
        return self._named(self._apps.read_namespaced_replica_set, "ReplicaSet", name)

    def deployment(self, name: str) -> Any:
        """The Deployment of that name, or :class:`Missing`."""
        return self._named(self._apps.read_namespaced_deployment, "Deployment", name)

    def config_map(self, name: str) -> Any:
        """The ConfigMap of that name, or :class:`Missing`."""
        return self._named(self._core.read_namespaced_config_map, "ConfigMap", name)

    def claim(self, name: str) -> Any:
        """The PersistentVolumeClaim of that name, or :class:`Missing`."""
        read = self._core.read_namespaced_persistent_volume_claim
        return self._named(read, "PersistentVolumeClaim", name)

    def quota(self, name: str) -> Any:
        """The ResourceQuota of that name, or :class:`Missing`."""
        return self._named(self._core.read_namespaced_resource_quota, "ResourceQuota", name)

    def service_account(self, name: str) -> Any:
        """The ServiceAccount of that name, or :class:`Missing`."""
        return self._named(self._core.read_namespaced_service_account, "ServiceAccount", name)

    def ingress(self, name: str) -> Any:
        """The Ingress of that name, or :class:`Missing`."""
        return self._named(self._networking.read_namespaced_ingress, "Ingress", name)

    def http_route(self, name: str) -> Any:
        """Gateway API's HTTPRoute of that name as the API server writes it, or :class:`Missing`."""

        def read(name: str, namespace: str) -> Any:
            group, version, plural = "gateway.networking.k8s.io", "v1", "httproutes"
            return self._custom.get_namespaced_custom_object(
                group, version, namespace, plural, name
            )

        return self._named(read, "HTTPRoute", name)

    def ingress_classes(self) -> list[Any]:
        """The classes of Ingress that the cluster has."""
        items: list[Any] = self._ask(self._networking.list_ingress_class).items
        return items

    def namespaces(self) -> list[Any]:
        """The cluster's namespaces, those on their way out too."""
        items: list[Any] = self._ask(self._core.list_namespace).items
        return items

    def rules_of(self, service_account: str) -> list[Any]:
        """What RBAC lets a ServiceAccount of this namespace do in it.

        Only what is bound to the account itself: what every ServiceAccount may do, as one of the
        group of them all, is none of a learner's doing.
        """
        list_bindings = self._rbac.list_namespaced_role_binding
        bindings = self._ask(list_bindings, self.namespace).items
        bindings += self._ask(self._rbac.list_cluster_role_binding).items
        return [
            rule
            for binding in bindings
            if any(
                (subject.kind, subject.name, subject.namespace)
                == ("ServiceAccount", service_account, self.namespace)
                for subject in binding.subjects or ()
            )
            for rule in self._rules(binding.role_ref)
        ]

    def _rules(self, reference: Any) -> list[Any]:
        """The rules of the role that a binding names; none if there is no such role."""
        try:
            if reference.kind == "Role":
                role = self._ask(self._rbac.read_namespaced_role, reference.name, self.namespace)
            else:
                role = self._ask(self._rbac.read_cluster_role, reference.name)
        except LookupError:
            return []
        return role.rules or []

    def autoscalers(self) -> list[Any]:
        """The HorizontalPodAutoscalers."""
        read = self._autoscaling.list_namespaced_horizontal_pod_autoscaler
        items: list[Any] = self._ask(read, self.namespace).items
        return items

    def disruption_budgets(self) -> list[Any]:
        """The PodDisruptionBudgets."""
        read = self._policy.list_namespaced_pod_disruption_budget
        items: list[Any] = self._ask(read, self.namespace).items
        return items

    def pods(self, selector: dict[str, str]) -> list[Any]:
        """The pods with these labels that are not on their way out."""
        found = self._ask(
            self._core.list_namespaced_pod, self.namespace, label_selector=_written(selector)
        )
        return [pod for pod in found.items if pod.metadata.deletion_timestamp is None]

    def nodes(self, selector: dict[str, str]) -> list[Any]:
        """The nodes with these labels."""
        items: list[Any] = self._ask(self._core.list_node, label_selector=_written(selector)).items
        return items

    def ready_endpoints(self, service: str) -> int:
        """How many endpoints of a Service are ready.

        The answer is read as it comes: a Service that finds nothing has a slice with ``endpoints:
        null``, which the client's own model of a slice refuses.
        """
        answer = self._ask(
            self._discovery.list_namespaced_endpoint_slice,
            self.namespace,
            label_selector=f"kubernetes.io/service-name={service}",
            _preload_content=False,
        )
        slices = json.loads(answer.data)["items"]
        endpoints = [endpoint for one in slices for endpoint in one.get("endpoints") or ()]
        return sum(bool(endpoint["conditions"].get("ready")) for endpoint in endpoints)

    def _named(self, read: Callable[..., Any], kind: str, name: str) -> Any:
        try:
            return self._ask(read, name, self.namespace)
        except LookupError as error:
            raise Missing(f"no hay ningún {kind} con ese nombre") from error

    def _ask(self, read: Callable[..., Any], *arguments: str, **options: str | bool) -> Any:
        """What the API server answers.

        Raises:
            LookupError: it knows of no such object.
            Unreachable: it does not answer, or refuses.
        """
        try:
            return read(*arguments, **options)
        except client.ApiException as error:
            if error.status == 404:
                raise LookupError from error
            raise Unreachable(
                f"el cluster no nos deja mirar: {error.status} {error.reason}",
                "Revisen con qué usuario entra ese contexto: kubectl auth can-i --list",
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(
                f"el cluster no contesta en {self.api.configuration.host}",
                "¿Está prendido? Pruébenlo con: kubectl get nodes",
            ) from error


def contexts() -> tuple[list[Context], str | None]:
    """The contexts of the kubeconfig that kubectl would use, and which one is the current.

    Raises:
        Unreachable: there is no kubeconfig, or it cannot be read.
    """
    try:
        entries, current = config.list_kube_config_contexts()
    except (config.ConfigException, OSError, ValueError, TypeError) as error:
        raise Unreachable(
            f"no encontramos un kubeconfig que sirva: {error}",
            "¿Ya crearon el cluster? Así: kind create cluster "
            "--config extras/03-kubernetes/cluster.yaml",
        ) from error
    found = []
    for entry in entries:
        inside = entry.get("context") or {}
        namespace = inside.get("namespace") or "default"
        found.append(Context(entry["name"], namespace, inside.get("cluster") or ""))
    return found, current["name"] if current else None


def connect(context: Context) -> Cluster:
    """The cluster of a context.

    Raises:
        Unreachable: its credentials cannot be used.
    """
    configuration = client.Configuration()
    try:
        config.load_kube_config(context=context.name, client_configuration=configuration)
    except (config.ConfigException, OSError) as error:
        raise Unreachable(
            f"no pudimos usar el contexto {context.name}: {error}",
            "Revísenlo con: kubectl config view",
        ) from error
    return Cluster(configuration, context.namespace)


def _written(selector: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in selector.items())
