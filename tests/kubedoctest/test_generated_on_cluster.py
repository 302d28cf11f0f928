"""A page full of generated values on the real cluster: true as it is, red where it lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from edited_pages import Lie, Told, edited, told, told_together

from kubedoctest.testing import Harness

TEXT = (Path(__file__).parent / "pages" / "replicas.md").read_text()
UNCHANGED, _, CHANGES = TEXT.partition("```console\n$ kubectl delete pod")
LEAVES = "```console\n$ kubectl delete -f"
WITHOUT_CHANGES = UNCHANGED + LEAVES + CHANGES.partition(LEAVES)[2]
"""The page up to where it changes what it has made."""
POD = "mi-web-66668888fb"

pytestmark = pytest.mark.cluster


def replaced(true: str, lie: str, *, at: str = "") -> Lie:
    return edited(TEXT, true, lie, at=at)


LIES = {
    "three pods on one node": replaced(
        "10.244.2.11   taller-worker2", "10.244.2.11   taller-worker ", at="$ cat > web.yaml"
    ),
    "a hash that is not the pod's": replaced(
        "9s    app=mi-web,pod-template-hash=66668888fb",
        "9s    app=mi-web,pod-template-hash=777bbbcccd",
    ),
    "one endpoint too many": replaced("10.244.1.12:8080 + 1 more", "10.244.1.12:8080 + 2 more"),
    "one replica too few": replaced("(4/4 replicas created)", "(3/4 replicas created)"),
    "a port that a manifest chose": replaced("80:30100/TCP,", "80:30101/TCP,"),
    "the answer of another pod": replaced(
        f"hola desde {POD}-fffff", f"hola desde {POD}-ddddd", at="$ kubectl describe svc"
    ),
    "two ReplicaSets with one hash": replaced(
        "mi-web-777bbbcccd   2", "mi-web-66668888fb   2", at="$ kubectl set image"
    ),
}


@pytest.fixture(scope="module")
def page(lab_harness: Harness) -> Told:
    return Told(lab_harness, told(lab_harness, TEXT))


def test_other_names_addresses_and_nodes_are_true(page: Told) -> None:
    assert page.recording.runs


@pytest.mark.parametrize("name", LIES)
def test_lie_about_what_is_generated_is_red_in_its_block(page: Told, name: str) -> None:
    page.check(LIES[name])


def test_lies_about_what_is_generated_are_red_on_the_cluster(page: Told) -> None:
    """Those in whose lines nothing is shown first: what is not shown cannot be used further on."""
    together = ("one endpoint too many", "one replica too few")
    lies = (replace(LIES[name], page=WITHOUT_CHANGES) for name in together)
    told_together(page.harness, lies).check()
