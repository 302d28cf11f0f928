"""The tasks of chapter 04: controllers, an edited file, resources, and who gets which request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from desafios.challenge import Challenge, Step
from desafios.checks import amount, images, is_image, is_ready, listed, owners, rolled_out
from desafios.cluster import Cluster
from desafios.errors import Missing

AGENT = "mi-agente"
FAST = {"disco": "rapido"}
CONVERTED = "mi-conversion"
DEPLOYMENT = "mi-deploy"
OWN = {"app": "mi-replica"}
SHARED = "mi-reparto"
ROUTE = "mi-app"
HOST = "mi-app.localhost"
GATEWAY = "mi-puerta"
TESTER = {"probador": "si"}
STABLE, FRESH = "mi-servicio-v1", "mi-servicio-v2"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _named(nodes: list[Any]) -> list[str]:
    return sorted(node.metadata.name for node in nodes)


# -- 04-1


def _two_nodes_are_labelled(cluster: Cluster) -> str | None:
    found = _named(cluster.nodes(FAST))
    return None if len(found) == 2 else f"los que lo llevan: {listed(found)}"


def _agent_exists(cluster: Cluster) -> str | None:
    cluster.daemon_set(AGENT)
    return None


def _agents_are_on_those_nodes(cluster: Cluster) -> str | None:
    selector = cluster.daemon_set(AGENT).spec.selector.match_labels or {}
    there = sorted({pod.spec.node_name or "" for pod in cluster.pods(selector)} - {""})
    return None if there == _named(cluster.nodes(FAST)) else f"hay pods en {listed(there)}"


def _agents_are_ready(cluster: Cluster) -> str | None:
    status = cluster.daemon_set(AGENT).status
    ready, wanted = status.number_ready or 0, status.desired_number_scheduled or 0
    return None if ready == wanted == 2 else f"listos: {ready} de {wanted}"


# -- 04-2


def _converted_exists(cluster: Cluster) -> str | None:
    cluster.daemon_set(CONVERTED)
    return None


def _no_replica_set_is_left(cluster: Cluster) -> str | None:
    try:
        left = cluster.replica_set(CONVERTED)
    except Missing:
        return None
    return f"todavía está, y pide {left.spec.replicas}"


def _converted_runs_the_app(cluster: Cluster) -> str | None:
    found = images(cluster.daemon_set(CONVERTED).spec.template.spec)
    return None if is_image(found[0], "v0.1.0") else f"la imagen es {found[0]}"


def _converted_is_everywhere(cluster: Cluster) -> str | None:
    status = cluster.daemon_set(CONVERTED).status
    ready, wanted = status.number_ready or 0, status.desired_number_scheduled or 0
    return None if wanted > 1 and ready == wanted else f"listos: {ready} de {wanted}"


# -- 04-3


def _deployment_exists(cluster: Cluster) -> str | None:
    cluster.deployment(DEPLOYMENT)
    return None


def _asks_for_five(cluster: Cluster) -> str | None:
    replicas = cluster.deployment(DEPLOYMENT).spec.replicas
    return None if replicas == 5 else f"pide {replicas}"


def _runs_v2(cluster: Cluster) -> str | None:
    found = images(cluster.deployment(DEPLOYMENT).spec.template.spec)
    return None if is_image(found[0], "v0.2.0") else f"la imagen es {found[0]}"


def _five_are_ready(cluster: Cluster) -> str | None:
    return rolled_out(cluster.deployment(DEPLOYMENT), 5)


def _file_says_the_same(cluster: Cluster) -> str | None:
    """What was applied last and what is there agree: applying the file again changes nothing."""
    deployment = cluster.deployment(DEPLOYMENT)
    written = (deployment.metadata.annotations or {}).get(LAST_APPLIED)
    if written is None:
        return "este Deployment no salió de un kubectl apply"
    spec = json.loads(written).get("spec", {})
    replicas = spec.get("replicas", 1)
    image = spec["template"]["spec"]["containers"][0]["image"]
    there = deployment.spec
    if replicas == there.replicas and [image] == images(there.template.spec)[:1]:
        return None
    return f"el archivo que aplicaron dice {replicas} réplicas de {image.rpartition(':')[2]}"


# -- 04-4


def _three_of_ours(cluster: Cluster) -> str | None:
    found = len(cluster.pods(OWN))
    return None if found == 3 else f"hay {found}"


def _nobody_else_owns_them(cluster: Cluster) -> str | None:
    kinds = sorted({kind for pod in cluster.pods(OWN) for kind in owners(pod)})
    return f"son de un {listed(kinds)}" if kinds else None


def _they_come_from_one_template(cluster: Cluster) -> str | None:
    by_hand = [p.metadata.name for p in cluster.pods(OWN) if not p.metadata.generate_name]
    return f"a mano se creó {listed(sorted(by_hand))}" if by_hand else None


def _three_are_ready(cluster: Cluster) -> str | None:
    ready = sum(is_ready(pod) for pod in cluster.pods(OWN))
    return None if ready == 3 else f"listos: {ready}"


# -- 04-5


def _container(cluster: Cluster) -> Any:
    return cluster.deployment(DEPLOYMENT).spec.template.spec.containers[0]


def _asks_for(cluster: Cluster, part: str, resource: str, wanted: str) -> str | None:
    declared = getattr(_container(cluster).resources, part) or {}
    there = declared.get(resource)
    if amount(there) == amount(wanted):
        return None
    return "no lo dice" if there is None else f"dice {there}"


def _asks_for_cpu(cluster: Cluster) -> str | None:
    return _asks_for(cluster, "requests", "cpu", "100m")


def _asks_for_memory(cluster: Cluster) -> str | None:
    return _asks_for(cluster, "requests", "memory", "64Mi")


def _is_limited_in_memory(cluster: Cluster) -> str | None:
    return _asks_for(cluster, "limits", "memory", "128Mi")


def _all_are_ready(cluster: Cluster) -> str | None:
    deployment = cluster.deployment(DEPLOYMENT)
    return rolled_out(deployment, deployment.spec.replicas)


# -- 04-6


def _behind(cluster: Cluster) -> list[Any]:
    selector = cluster.service(SHARED).spec.selector
    return cluster.pods(selector) if selector else []


def _of_version(pods: list[Any], version: str) -> list[Any]:
    return [pod for pod in pods if is_image(images(pod.spec)[0], version)]


def _share_exists(cluster: Cluster) -> str | None:
    return None if _behind(cluster) else "existe, pero su selector no encuentra ningún pod"


def _two_deployments_are_behind(cluster: Cluster) -> str | None:
    pods = _behind(cluster)
    found = [v for v in ("v0.1.0", "v0.2.0") if _of_version(pods, v)]
    return None if len(found) == 2 else f"atiende solo {listed(found)}"


def _nine_to_one(cluster: Cluster) -> str | None:
    pods = _behind(cluster)
    stable, fresh = (len(_of_version(pods, v)) for v in ("v0.1.0", "v0.2.0"))
    if len(pods) == stable + fresh and Decimal(stable) == 9 * fresh:
        return None
    return f"hay {stable} de v0.1.0 y {fresh} de v0.2.0"


def _all_behind_are_ready(cluster: Cluster) -> str | None:
    wanted = len(_behind(cluster))
    ready = cluster.ready_endpoints(SHARED)
    return None if ready == wanted else f"endpoints listos: {ready} de {wanted}"


# -- 04-7


def _route_exists(cluster: Cluster) -> str | None:
    cluster.http_route(ROUTE)
    return None


def _route_is_the_hosts(cluster: Cluster) -> str | None:
    spec = cluster.http_route(ROUTE)["spec"]
    hosts = spec.get("hostnames", [])
    if HOST not in hosts:
        return f"atiende a {listed(hosts)}"
    parents = [parent["name"] for parent in spec.get("parentRefs", [])]
    return None if GATEWAY in parents else f"entra por {listed(parents)}"


def _takes(match: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether a request for ``/`` with these headers is one that a match of a route asks for."""
    path = match.get("path", {"type": "PathPrefix", "value": "/"})
    asked = {one["name"].lower(): one for one in match.get("headers", ())}
    return (
        (path["type"], path["value"]) == ("PathPrefix", "/")
        and not match.keys() & {"method", "queryParams"}
        and all(one.get("type", "Exact") == "Exact" for one in asked.values())
        and all(headers.get(name) == one["value"] for name, one in asked.items())
    )


def _services(cluster: Cluster, headers: Mapping[str, str]) -> list[str]:
    """Where a request for ``/`` with these headers may go.

    Of the rules that take it, that which asks for most headers decides, and of those the first.
    Source: gateway-api.sigs.k8s.io, HTTPRouteRule, on precedence.
    """
    rules = cluster.http_route(ROUTE)["spec"].get("rules", ())
    taking = [
        (len(match.get("headers", ())), rule)
        for rule in rules
        for match in rule.get("matches") or [{}]
        if _takes(match, headers)
    ]
    if not taking:
        return []
    rule = max(taking, key=lambda found: found[0])[1]
    return sorted(ref["name"] for ref in rule.get("backendRefs", ()) if ref.get("weight", 1))


def _all_go_to(cluster: Cluster, headers: Mapping[str, str], wanted: str) -> str | None:
    found = _services(cluster, headers)
    return None if found == [wanted] else f"va a {listed(found)}"


def _testers_get_the_new_one(cluster: Cluster) -> str | None:
    return _all_go_to(cluster, TESTER, FRESH)


def _others_get_the_old_one(cluster: Cluster) -> str | None:
    return _all_go_to(cluster, {}, STABLE)


def _route_is_in_force(cluster: Cluster) -> str | None:
    parents = cluster.http_route(ROUTE).get("status", {}).get("parents", [])
    told = [one for parent in parents for one in parent["conditions"]]
    good = {one["type"] for one in told if one["status"] == "True"}
    if {"Accepted", "ResolvedRefs"} <= good:
        return None
    return next((f"dice {o['reason']}" for o in told if o["status"] != "True"), "nadie contestó")


CHALLENGES = (
    Challenge(
        "04-1",
        "Un agente en dos nodos, y en ninguno más",
        (
            Step("dos nodos llevan el label disco=rapido", _two_nodes_are_labelled),
            Step(f"existe el DaemonSet {AGENT}", _agent_exists),
            Step("sus pods están en esos dos nodos, y en ningún otro", _agents_are_on_those_nodes),
            Step("los dos están listos", _agents_are_ready),
        ),
    ),
    Challenge(
        "04-2",
        "De ReplicaSet a DaemonSet",
        (
            Step(f"existe el DaemonSet {CONVERTED}", _converted_exists),
            Step(f"no quedó ningún ReplicaSet {CONVERTED}", _no_replica_set_is_left),
            Step("corre la versión v0.1.0 de la app", _converted_runs_the_app),
            Step("hay un pod listo en cada nodo que lo acepta", _converted_is_everywhere),
        ),
    ),
    Challenge(
        "04-3",
        "Cambiar el archivo, y no el cluster",
        (
            Step(f"existe el Deployment {DEPLOYMENT}", _deployment_exists),
            Step("pide 5 réplicas", _asks_for_five),
            Step("corre la versión v0.2.0 de la app", _runs_v2),
            Step("las cinco están listas, y no queda ninguna anterior", _five_are_ready),
            Step("el archivo que aplicaron dice lo mismo que el cluster", _file_says_the_same),
        ),
    ),
    Challenge(
        "04-4",
        "Un controlador que cuida a tres",
        (
            Step("hay tres pods con el label app=mi-replica", _three_of_ours),
            Step("ningún controlador de Kubernetes es su dueño", _nobody_else_owns_them),
            Step("todos salieron del mismo template", _they_come_from_one_template),
            Step("los tres están listos", _three_are_ready),
        ),
    ),
    Challenge(
        "04-5",
        "Pedir lo justo",
        (
            Step(f"existe el Deployment {DEPLOYMENT}", _deployment_exists),
            Step("cada réplica pide 100m de CPU", _asks_for_cpu),
            Step("cada réplica pide 64Mi de memoria", _asks_for_memory),
            Step("cada réplica puede usar hasta 128Mi de memoria", _is_limited_in_memory),
            Step("todas están al día y listas", _all_are_ready),
        ),
    ),
    Challenge(
        "04-6",
        "Nueve a uno",
        (
            Step(f"existe el Service {SHARED}, y encuentra pods", _share_exists),
            Step("atiende con las dos versiones, v0.1.0 y v0.2.0", _two_deployments_are_behind),
            Step("por cada réplica de v0.2.0 hay nueve de v0.1.0", _nine_to_one),
            Step("todas están listas", _all_behind_are_ready),
        ),
    ),
    Challenge(
        "04-7",
        "Los que prueban, primero",
        (
            Step(f"existe el HTTPRoute {ROUTE}", _route_exists),
            Step(f"atiende a {HOST} por {GATEWAY}", _route_is_the_hosts),
            Step(f"con probador: si, todo va a {FRESH}", _testers_get_the_new_one),
            Step(f"lo demás va todo a {STABLE}", _others_get_the_old_one),
            Step("la puerta lo aceptó, y encontró los dos Services", _route_is_in_force),
        ),
    ),
)
