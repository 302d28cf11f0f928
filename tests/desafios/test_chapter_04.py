"""Task 04-7, an HTTPRoute: its check against what a learner may have left, without a cluster.

Untouched it fails, the solution passes, and wrong tries fail at their step. What is left is the
route as the page's solution writes it, with what the learner did otherwise.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from api_of_objects import Object, check_try

from desafios import CHALLENGES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/04-hola-mundo-real/gateway.md").read_text(encoding="utf-8")
SHARED = (ROOT / "extras/04-hola-mundo-real/deploy-18/httproute-mi-app.yaml").read_text("utf-8")
TASK = next(one for one in CHALLENGES if one.number == "04-7")


def solution() -> str:
    found = re.search(r"^    apiVersion: .*?(?=^    EOF$)", PAGE, re.M | re.S)
    assert found
    return textwrap.dedent(found[0])


def route(text: str, *changes: tuple[str, str], refused: str = "") -> tuple[Object, ...]:
    """A manifest as a learner has edited and applied it, and what the gateway said.

    Args:
        changes: what was replaced in it, by what.
        refused: the type of the condition that is not true.
    """
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    one: Object = yaml.safe_load(text)
    conditions: list[dict[str, Any]] = [
        {"type": kind, "status": "False" if kind == refused else "True", "reason": kind}
        for kind in ("Accepted", "ResolvedRefs")
    ]
    return ({**one, "status": {"parents": [{"conditions": conditions}]}},)


OTHERS = "    - backendRefs:\n        - name: mi-servicio-v1\n          port: 80\n"
NEW = "- name: mi-servicio-v2"
BOTH = f"- {{name: mi-servicio-v1}}\n        {NEW}"
NONE = f"- {{name: mi-servicio-v1, weight: 0}}\n        {NEW}"
BELOW = "- path: {type: PathPrefix, value: /x}\n          headers"
TRIES = {
    "untouched": ("existe", ()),
    "weights": ("con probador", route(SHARED)),
    "another host": ("atiende", route(solution(), ("mi-app.localhost", "otra.localhost"))),
    "another gateway": ("atiende", route(solution(), ("mi-puerta", "puerta"))),
    "another header": ("con probador", route(solution(), ("probador", "prueba"))),
    "another value": ("con probador", route(solution(), ("value: si", "value: no"))),
    "only below a path": ("con probador", route(solution(), ("- headers", BELOW))),
    "both Services to who tests": ("con probador", route(solution(), (NEW, BOTH))),
    "nothing for the others": ("lo demás", route(solution(), (OTHERS, ""))),
    "the new one for all": ("lo demás", route(solution(), ("mi-servicio-v1", "mi-servicio-v2"))),
    "a Service that is not": ("la puerta", route(solution(), refused="ResolvedRefs")),
    "a gateway that refuses": ("la puerta", route(solution(), refused="Accepted")),
    "a weight of zero": (None, route(solution(), (NEW, NONE))),
    "the page's solution": (None, route(solution())),
}


@pytest.mark.parametrize(("missing", "objects"), TRIES.values(), ids=TRIES)
def test_what_is_missing_is_the_first_step_that_the_try_fails(
    missing: str | None, objects: tuple[Object, ...]
) -> None:
    check_try(TASK, objects, missing)


def test_order_of_rules_is_of_no_account_where_one_asks_for_more() -> None:
    swapped = yaml.safe_load(solution())
    swapped["spec"]["rules"].reverse()
    check_try(TASK, route(yaml.safe_dump(swapped)), None)
