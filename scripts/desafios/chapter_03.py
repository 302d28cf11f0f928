"""The tasks of chapter 03: a pod from a file, and a Service that finds nobody."""

from __future__ import annotations

from desafios.challenge import Challenge, Step
from desafios.checks import carries, images, is_image, is_ready
from desafios.cluster import Cluster

POD = "mi-otro-pod"
SHOP = "tienda"


def _pod_exists(cluster: Cluster) -> str | None:
    cluster.pod(POD)
    return None


def _pod_runs_v2(cluster: Cluster) -> str | None:
    found = images(cluster.pod(POD).spec)
    return None if is_image(found[0], "v0.2.0") else f"la imagen es {found[0]}"


def _pod_is_labelled(cluster: Cluster) -> str | None:
    labels = cluster.pod(POD).metadata.labels or {}
    if carries(labels, {"nivel": "frontend"}):
        return None
    shown = ", ".join(f"{key}={value}" for key, value in labels.items())
    return f"sus labels son: {shown}" if shown else "no tiene labels"


def _pod_restarts(cluster: Cluster) -> str | None:
    policy = cluster.pod(POD).spec.restart_policy
    return None if policy == "Always" else f"dice {policy}"


def _pod_is_ready(cluster: Cluster) -> str | None:
    return None if is_ready(cluster.pod(POD)) else "todavía no lo está"


def _shop_is_there(cluster: Cluster) -> str | None:
    pod = cluster.pod(SHOP)
    if not carries(pod.metadata.labels, {"app": SHOP}):
        return "ya no lleva ese label, y lo que falla no es el pod"
    return None if is_ready(pod) else "está, pero no listo"


def _service_is_there(cluster: Cluster) -> str | None:
    ports = [port.port for port in cluster.service(SHOP).spec.ports]
    return None if ports == [80] else f"atiende en {', '.join(map(str, ports))}"


def _service_finds_the_pod(cluster: Cluster) -> str | None:
    selector = cluster.service(SHOP).spec.selector or {}
    if selector and carries(cluster.pod(SHOP).metadata.labels, selector):
        return None
    shown = ", ".join(f"{key}={value}" for key, value in selector.items())
    return f"busca pods con {shown}" if shown else "no tiene selector"


def _service_reaches_the_port(cluster: Cluster) -> str | None:
    target = cluster.service(SHOP).spec.ports[0].target_port
    ports = {
        port.name: port.container_port
        for container in cluster.pod(SHOP).spec.containers
        for port in container.ports or ()
    }
    return None if ports.get(target, target) == 8080 else f"los manda al {target}"


def _an_endpoint_is_ready(cluster: Cluster) -> str | None:
    return None if cluster.ready_endpoints(SHOP) else "no hay ninguno"


CHALLENGES = (
    Challenge(
        "03-1",
        "Un pod propio, escrito en un archivo",
        (
            Step(f"existe el pod {POD}", _pod_exists),
            Step("corre la versión v0.2.0 de la app", _pod_runs_v2),
            Step("lleva el label nivel: frontend", _pod_is_labelled),
            Step("si su contenedor termina, vuelve a arrancar", _pod_restarts),
            Step("está listo", _pod_is_ready),
        ),
    ),
    Challenge(
        "03-2",
        "El Service que no encuentra a nadie",
        (
            Step(f"el pod {SHOP} sigue ahí, con su label app: {SHOP}", _shop_is_there),
            Step(f"el Service {SHOP} sigue atendiendo en el puerto 80", _service_is_there),
            Step("su selector encuentra al pod", _service_finds_the_pod),
            Step(
                "les pasa los pedidos al puerto en el que escucha la app", _service_reaches_the_port
            ),
            Step("tiene al menos un endpoint listo", _an_endpoint_is_ready),
        ),
    ),
)
