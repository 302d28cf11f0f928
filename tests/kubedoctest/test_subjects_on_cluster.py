"""Permissions, autoscaling, kustomize and server-side apply: true as told, red where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from edited_pages import Told, edited, told

from kubedoctest.recordings.recording import PageRecording
from kubedoctest.testing import Harness

TEXT = (Path(__file__).parent / "pages" / "subjects.md").read_text()

LIES = {
    name: edited(TEXT, true, lie, after=after)
    for name, true, lie, after in [
        ("what one may do", "yes", "no", "can-i list"),
        ("whose role it is", "  temas/lector", "  temas/otro", ""),
        ("which role is bound", "Role/mira-pods", "Role/mira-todo", "-o wide"),
        ("a rule's verbs", "[get list]", "[get]", ""),
        ("who is refused", 'User "system:serviceaccount:temas:lector"', 'User "lector"', ""),
        ("what is refused", 'cannot delete resource "pods"', 'cannot list resource "pods"', ""),
        ("an autoscaler's target", "<unknown>/50%", "<unknown>/60%", ""),
        ("an autoscaler's current value", "cpu: <unknown>/50%", "cpu: 3%/50%", ""),
        ("an autoscaler's most", "3         5         3 ", "3         4         3 ", ""),
        ("an autoscaler's replicas", "5         3          50s", "5         2          50s", ""),
        ("an autoscaler's least", "3       5", "2       5", "ENTRE   Y"),
        ("what an autoscaler does", "\n3\n", "\n1\n", "{.spec.replicas}"),
        ("which pod was let go", "-hx9sd", "-2kzqv", "apartado -o name"),
        ("a let go pod's new label", "apartado\n", "web\n", "{.metadata.labels.app}"),
        ("which pod is deleted", "-hx9sd", "-w5ntj", 'pod "'),
        ("a content's hash", "ajustes-ckb996b8c7", "ajustes-ckb996b8c8", "kustomize dev"),
        ("a generated value's type", 'puerto: "8080"', "puerto: 8080", "kustomize dev"),
        ("another object's label", "dev\n  name: dev-mapa", "pro\n  name: dev-mapa", ""),
        ("a prefix", "configmap/dev-mapa created", "configmap/mapa created", ""),
        ("a label in a column", "3s    dev\ndev-mapa", "3s    pro\ndev-mapa", ""),
        ("whose field it was", 'conflict with "kubectl"', 'conflict with "otro"', ""),
        ("which field it was", ".data.color", ".data.colores", "1 conflict"),
        ("how it was applied", "mapa serverside-applied", "mapa configured", ""),
        ("whose field it is", "manager: otro", "manager: kubectl", ""),
        ("how it was written", "operation: Apply", "operation: Update", ""),
    ]
}  # fmt: skip


pytestmark = [pytest.mark.cluster, pytest.mark.at_once(told, TEXT)]


@pytest.fixture(scope="module")
def page(at_once: Callable[..., PageRecording], alone: Harness) -> Told:
    return Told(alone, at_once(told, TEXT))


def test_permissions_autoscaling_kustomize_and_owned_fields_are_true(page: Told) -> None:
    assert page.recording.runs


@pytest.mark.parametrize("name", LIES)
def test_lie_about_it_is_red_in_its_block(page: Told, name: str) -> None:
    page.check(LIES[name])
