"""Each task of chapter 06: its check against what a learner may have left.

That each solution is one on a real cluster is proved by the page.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from api_of_objects import Object, check_try

from desafios import CHALLENGES, Challenge

EXTRAS = Path(__file__).resolve().parents[2] / "extras/06-observabilidad"
ASKS = {"prometheus.io/scrape": "true"}
PROMETHEUS: Object = {
    "kind": "Pod",
    "metadata": {"name": "prometheus-x", "labels": {"app": "prometheus"}},
    "spec": {"containers": [{"name": "prometheus"}]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}
STARTING = {**PROMETHEUS, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}


def given(path: str) -> list[Object]:
    return list(yaml.safe_load_all((EXTRAS / path).read_text(encoding="utf-8")))


def tills(*marked: str, value: str = "si") -> list[Object]:
    """The three tills, some of them with the label."""
    objects = given("desafio-1/cajas.yaml")
    for one in objects:
        if one["metadata"]["name"] in marked:
            one["metadata"]["labels"]["revisar"] = value
    return objects


def without_variables(objects: list[Object]) -> list[Object]:
    """The tills as a learner may have made them anew."""
    for one in objects[1:]:
        del one["spec"]["containers"][0]["env"]
    return objects


def shop(on_template: object = None, on_itself: object = None, up: int = 2) -> list[Object]:
    """The shop with annotations on its template or on itself, and how many replicas are ready."""
    (deployment,) = deepcopy(given("desafio-2/tienda.yaml"))
    deployment["spec"]["template"]["metadata"]["annotations"] = on_template
    deployment["metadata"]["annotations"] = on_itself
    deployment["status"] = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": up}
    return [deployment]


TRIES: dict[str, tuple[tuple[str | None, list[Object]], ...]] = {
    "06-1": (
        ("están las tres", []),
        ("una sola", tills()),
        ("están las tres", tills("caja-2")[:-1]),
        ("una sola", tills("caja-1", "caja-2", "caja-3")),
        ("una sola", tills("caja-2", value="sí")),
        ("es la que", tills("caja-1")),
        ("es la que", tills("caja-3")),
        ("es la que", without_variables(tills("caja-1"))),
        (None, tills("caja-2")),
    ),
    "06-2": (
        ("existe el Deployment", []),
        ("sus pods llevan", [*shop(), PROMETHEUS]),
        ("sus pods llevan", [*shop(on_itself=ASKS), PROMETHEUS]),
        ("sus pods llevan", [*shop({"prometheus.io/scrape": "yes"}), PROMETHEUS]),
        ("las dos réplicas", [*shop(ASKS, up=1), PROMETHEUS]),
        ("Prometheus está", shop(ASKS)),
        ("Prometheus está", [*shop(ASKS), STARTING]),
        (None, [*shop(ASKS), PROMETHEUS]),
    ),
}
OURS = [one for one in CHALLENGES if one.number.startswith("06-")]


@pytest.mark.parametrize("challenge", OURS, ids=lambda one: one.number)
def test_untouched_and_wrong_tries_fail_at_their_step_and_the_solution_passes(
    challenge: Challenge,
) -> None:
    tries = TRIES[challenge.number]
    assert tries[0][0]
    assert tries[-1][0] is None
    for missing, objects in tries:
        check_try(challenge, objects, missing)


def test_every_task_has_its_tries() -> None:
    assert [one.number for one in OURS] == list(TRIES)
