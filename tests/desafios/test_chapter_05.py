"""Each task of chapter 05: its check against what a learner may have left.

Untouched it fails, the solution passes, and wrong tries fail at their step. What is left is the
solution as the page writes it, with what the learner did otherwise. That each solution is one on a
real cluster is proved by the page; 05-2 and 05-4 are also tried there, in test_on_cluster.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from api_of_objects import Object, check_try

from desafios import CHALLENGES, Challenge

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ROOT / "extras/05-buenas-practicas"
PAGE = (ROOT / "docs/05-buenas-practicas.md").read_text(encoding="utf-8")
BASE = EXTRAS / "base/deployment-mi-deploy.yaml"


def written(name: str) -> str:
    """A file of ``mis-archivos`` as the page's solution writes it."""
    found = re.search(rf"^( *)cat > mis-archivos/{name} <<'EOF'\n(.*?)^\1EOF$", PAGE, re.M | re.S)
    assert found, name
    return "\n".join(line.removeprefix(found[1]) for line in found[2].splitlines())


def left(
    text: str, *changes: tuple[str, str], namespace: str = "default", ready: bool = True
) -> tuple[Object, ...]:
    """The objects of a manifest as a learner has edited and applied it.

    Args:
        changes: what was replaced in it, by what.
        ready: whether the replicas of the Deployments came up.
    """
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    objects: list[Object] = list(yaml.safe_load_all(text))
    for one in objects:
        one["metadata"]["namespace"] = namespace
        if one["kind"] == "Deployment":
            count = one["spec"]["replicas"]
            up = count if ready else 0
            one["status"] = {"replicas": count, "updatedReplicas": count, "readyReplicas": up}
    return tuple(objects)


def namespace(name: str, **labels: str) -> Object:
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def endpoints(count: int, namespace: str) -> tuple[Object, ...]:
    """The Service of the base and what it finds."""
    labels = {"kubernetes.io/service-name": "mi-servicio"}
    ready = [{"addresses": ["10.244.1.2"], "conditions": {"ready": True}}] * count
    return (
        {"kind": "Service", "metadata": {"name": "mi-servicio", "namespace": namespace}},
        {
            "kind": "EndpointSlice",
            "metadata": {"name": "x", "namespace": namespace, "labels": labels},
            "endpoints": ready,
        },
    )


def pods(app: str, *classes: str) -> tuple[Object, ...]:
    return tuple(
        {
            "kind": "Pod",
            "metadata": {"name": f"{app}-{number}", "labels": {"app": app}},
            "spec": {"containers": [{"name": app}]},
            "status": {"qosClass": one},
        }
        for number, one in enumerate(classes)
    )


@dataclass(frozen=True)
class Try:
    """What is there, and the beginning of the step that is missing; None: it is solved."""

    missing: str | None
    objects: tuple[Object, ...] = ()


# -- 05-1: what the overlay makes of the base

TWO = ("replicas: 3", "replicas: 2")
OWN = ("      labels:\n        app: mi-app\n", "      labels: {app: mi-app, entorno: ensayo}\n")


def rehearsal(*changes: tuple[str, str], found: int = 2, ready: bool = True) -> tuple[Object, ...]:
    base = left(BASE.read_text(encoding="utf-8"), *changes, namespace="ensayo", ready=ready)
    return (namespace("ensayo"), *base, *endpoints(found, "ensayo"))


def without(field: str, objects: tuple[Object, ...]) -> tuple[Object, ...]:
    for one in objects:
        if one["kind"] == "Deployment":
            del one["spec"]["template"]["spec"]["containers"][0][field]
    return objects


# -- 05-2

PUNCTUAL = written("puntual.yaml")
GIVEN = (EXTRAS / "desafio-2/puntual.yaml").read_text(encoding="utf-8")
LIMITS = "            limits:\n              cpu: 100m\n              memory: 32Mi"

# -- 05-3

VIEWER = written("visor.yaml")
VIEWER_GIVEN = (EXTRAS / "desafio-3/visor.yaml").read_text(encoding="utf-8")
RESTRICTED = namespace("fuerte", **{"pod-security.kubernetes.io/enforce": "restricted"})


def viewer(text: str, *changes: tuple[str, str], ready: bool = True) -> tuple[Object, ...]:
    return (RESTRICTED, *left(text, *changes, namespace="fuerte", ready=ready))


# -- 05-4

DOORKEEPER = (EXTRAS / "desafio-4/portera.yaml").read_text(encoding="utf-8")


def doorkeeper(
    *changes: tuple[str, str], allowed: int, desired: int, ready: bool = True
) -> tuple[Object, ...]:
    objects = left(DOORKEEPER, *changes, ready=ready)
    for one in objects:
        if one["kind"] == "PodDisruptionBudget":
            one["status"] = {
                "disruptionsAllowed": allowed,
                "desiredHealthy": desired,
                "currentHealthy": allowed + desired,
                "expectedPods": allowed + desired,
            }
    return objects


PAIR = ("replicas: 1", "replicas: 2")

# -- 05-5

ABSENT_MINDED = (EXTRAS / "deploy-07/distraida.yaml").read_text(encoding="utf-8")
FIFTY = ("v0.2.0\n", "v0.2.0\n          resources: {requests: {cpu: 50m}}\n")
TWO_TO_FIVE = ("maxReplicas: 4", "minReplicas: 2\n  maxReplicas: 5")
SEVENTY = ("averageUtilization: 50", "averageUtilization: 70")

TRIES: dict[str, tuple[Try, ...]] = {
    "05-1": (
        Try("existe el namespace"),
        Try("tiene el Deployment", (namespace("ensayo"),)),
        Try("tiene el Deployment", rehearsal(OWN)),
        Try("sus pods llevan", rehearsal(TWO)),
        Try("las sondas", without("startupProbe", rehearsal(TWO, OWN))),
        Try("las sondas", without("readinessProbe", rehearsal(TWO, OWN))),
        Try("las sondas", without("livenessProbe", rehearsal(TWO, OWN))),
        Try("las sondas", without("lifecycle", rehearsal(TWO, OWN))),
        Try("las dos réplicas", rehearsal(TWO, OWN, ready=False)),
        Try("el Service", rehearsal(TWO, OWN, found=0)),
        Try("el Service", rehearsal(TWO, OWN)[:-2]),
        Try(None, rehearsal(TWO, OWN)),
    ),
    "05-2": (
        Try("existe el Deployment"),
        Try("cada réplica pide 100m", left(GIVEN)),
        Try("cada réplica pide 32Mi", left(GIVEN, ("cpu: 500", "cpu: 100m"), ("512Mb", "512Mi"))),
        Try("cada réplica pide 100m", left(PUNCTUAL, ("              cpu: 100m\n", ""))),
        Try(
            "sus pods son Guaranteed",
            (*left(PUNCTUAL, (LIMITS, "")), *pods("puntual", "Burstable", "Burstable")),
        ),
        Try("sus pods son Guaranteed", left(PUNCTUAL)),
        Try(
            "sus pods son Guaranteed",
            (*left(PUNCTUAL), *pods("puntual", "Guaranteed", "Burstable")),
        ),
        Try(
            "las dos están",
            (*left(PUNCTUAL, ("replicas: 2", "replicas: 1")), *pods("puntual", "Guaranteed")),
        ),
        Try(None, (*left(PUNCTUAL), *pods("puntual", "Guaranteed", "Guaranteed"))),
    ),
    "05-3": (
        Try("el namespace fuerte"),
        Try("el namespace fuerte", (namespace("fuerte"), *left(VIEWER, namespace="fuerte"))),
        Try("tiene el Deployment", (RESTRICTED, *left(VIEWER))),
        Try("su disco", viewer(VIEWER_GIVEN, ready=False)),
        Try("su disco", viewer(VIEWER, ("readOnlyRootFilesystem: true", "privileged: false"))),
        Try("sigue anotando", viewer(VIEWER, ("value: /datos/pedidos", "value: /tmp/pedidos"))),
        Try("sigue anotando", viewer(VIEWER, ("name: PEDIDOS", "name: OTRA"))),
        Try("sigue anotando", viewer(VIEWER, ("mountPath: /datos", "mountPath: /otra"))),
        Try("su réplica", viewer(VIEWER, ready=False)),
        Try(None, viewer(VIEWER)),
    ),
    "05-4": (
        Try("existe el Deployment"),
        Try("tiene más de una", doorkeeper(allowed=0, desired=1)),
        Try("tiene más de una", doorkeeper(PAIR, allowed=0, desired=1, ready=False)),
        Try("un PodDisruptionBudget", doorkeeper(PAIR, allowed=1, desired=1)[:1]),
        Try(
            "un PodDisruptionBudget",
            (
                *doorkeeper(PAIR, allowed=1, desired=1)[:1],
                *left(DOORKEEPER, ("app: portera", "app: otra"))[1:],
            ),
        ),
        Try(
            "deja salir",
            doorkeeper(PAIR, ("minAvailable: 1", "minAvailable: 2"), allowed=0, desired=2),
        ),
        Try(
            "y nunca a todas",
            doorkeeper(PAIR, ("minAvailable: 1", "maxUnavailable: 2"), allowed=2, desired=0),
        ),
        Try(None, doorkeeper(PAIR, allowed=1, desired=1)),
    ),
    "05-5": (
        Try("existe el Deployment"),
        Try("cada réplica pide 50m", left(ABSENT_MINDED)),
        Try("cada réplica pide 50m", left(ABSENT_MINDED, FIFTY, ("50m", "50"))),
        Try("un HPA", left(ABSENT_MINDED, FIFTY)[:1]),
        Try(
            "un HPA",
            left(ABSENT_MINDED, FIFTY, ("Deployment\n    name: dis", "Pod\n    name: dis")),
        ),
        Try("un HPA", (*left(ABSENT_MINDED, FIFTY), *left(ABSENT_MINDED)[1:])),
        Try("son entre 2 y 5", left(ABSENT_MINDED, FIFTY)),
        Try("son entre 2 y 5", left(ABSENT_MINDED, FIFTY, ("maxReplicas: 4", "maxReplicas: 5"))),
        Try("la meta", left(ABSENT_MINDED, FIFTY, TWO_TO_FIVE)),
        Try(
            "la meta",
            left(
                ABSENT_MINDED, FIFTY, TWO_TO_FIVE, SEVENTY, ("cpu\n        t", "memory\n        t")
            ),
        ),
        Try("hay al menos dos", left(ABSENT_MINDED, FIFTY, TWO_TO_FIVE, SEVENTY)),
        Try(
            "hay al menos dos", left(ABSENT_MINDED, FIFTY, TWO_TO_FIVE, SEVENTY, PAIR, ready=False)
        ),
        Try(None, left(ABSENT_MINDED, FIFTY, TWO_TO_FIVE, SEVENTY, PAIR)),
    ),
}
OURS = [one for one in CHALLENGES if one.number.startswith("05-")]


@pytest.mark.parametrize("challenge", OURS, ids=lambda one: one.number)
def test_untouched_and_wrong_tries_fail_at_their_step_and_the_solution_passes(
    challenge: Challenge,
) -> None:
    tries = TRIES[challenge.number]
    assert tries[0].missing
    assert tries[-1].missing is None
    for one in tries:
        check_try(challenge, one.objects, one.missing)


def test_every_task_has_its_tries() -> None:
    assert [one.number for one in OURS] == list(TRIES)
