"""The tasks of chapter 06: the log with the error, and an app that Prometheus asks too."""

from __future__ import annotations

from typing import Any

from desafios.challenge import Challenge, Step
from desafios.checks import carries, is_ready, listed, rolled_out
from desafios.cluster import Cluster

# -- 06-1

TILLS = ("caja-1", "caja-2", "caja-3")
MARK = {"revisar": "si"}


def _tills_are_there(cluster: Cluster) -> str | None:
    for name in TILLS:
        cluster.pod(name)
    return None


def _marked(cluster: Cluster) -> list[Any]:
    return [pod for pod in map(cluster.pod, TILLS) if carries(pod.metadata.labels, MARK)]


def _one_is_marked(cluster: Cluster) -> str | None:
    names = [pod.metadata.name for pod in _marked(cluster)]
    return None if len(names) == 1 else f"lo llevan: {listed(names)}"


def _it_is_the_one_that_failed(cluster: Cluster) -> str | None:
    (pod,) = _marked(cluster)
    variables = pod.spec.containers[0].env or ()
    fails = any(one.name == "FALLA" and one.value != "0" for one in variables)
    return None if fails else f"a {pod.metadata.name} le fue bien en todas"


# -- 06-2

SHOP = "tienda"
WATCHED = {"prometheus.io/scrape": "true"}


def _shop_exists(cluster: Cluster) -> str | None:
    cluster.deployment(SHOP)
    return None


def _its_pods_ask_for_it(cluster: Cluster) -> str | None:
    deployment = cluster.deployment(SHOP)
    if carries(deployment.spec.template.metadata.annotations, WATCHED):
        return None
    on_itself = carries(deployment.metadata.annotations, WATCHED)
    return "la lleva el Deployment, y no su template" if on_itself else "su template no la lleva"


def _both_are_ready(cluster: Cluster) -> str | None:
    return rolled_out(cluster.deployment(SHOP), 2)


def _somebody_asks(cluster: Cluster) -> str | None:
    pods = cluster.pods({"app": "prometheus"})
    return None if any(map(is_ready, pods)) else "no hay ninguno listo"


CHALLENGES = (
    Challenge(
        "06-1",
        "La caja que no dio el vuelto",
        (
            Step("están las tres cajas", _tills_are_there),
            Step("una sola lleva el label revisar=si", _one_is_marked),
            Step("es la que anotó el error", _it_is_the_one_that_failed),
        ),
    ),
    Challenge(
        "06-2",
        "Que también miren la tienda",
        (
            Step(f"existe el Deployment {SHOP}", _shop_exists),
            Step("sus pods llevan la anotación que Prometheus busca", _its_pods_ask_for_it),
            Step("las dos réplicas están al día y listas", _both_are_ready),
            Step("Prometheus está listo para preguntarles", _somebody_asks),
        ),
    ),
)
