"""What the author decides, and which kinds a page has a use for."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory
from kubedoctest.page.transcript import Step, steps_of
from kubedoctest.values import authored
from kubedoctest.values.authored import Authored


def of(tmp_path: Path, text: str) -> tuple[Authored, list[Step]]:
    page = tmp_path / "page.md"
    page.write_text(text)
    document = inventory.read_page(page, inventory.settings(None), tmp_path)
    steps = [step for block in document.blocks for step in steps_of(block)]
    return authored.authored(document, steps, tmp_path), steps


def console(text: str) -> str:
    return f"```console\n{text}\n```\n\n"


def test_a_value_that_an_output_showed_first_is_not_the_author_s(tmp_path: Path) -> None:
    found, _ = of(
        tmp_path,
        console("$ kubectl get svc mi-svc\nmi-svc   10.96.3.3   80:32135/TCP")
        + console("$ curl 10.96.3.3 localhost:32135 localhost:30100"),
    )
    assert "30100" in found.chosen
    assert not {"10.96.3.3", "32135"} & found.chosen
    assert {"10.96.3.3", "32135", "30100"} <= found.named


def test_values_of_manifests_shown_and_applied(tmp_path: Path) -> None:
    folder = tmp_path / "extras"
    folder.mkdir()
    (folder / "a.yaml").write_text("nodePort: 30101\n")
    found, _ = of(
        tmp_path,
        "```yaml\napiVersion: v1\nkind: Service\nspec: {ports: [{nodePort: 30102}]}\n```\n\n"
        + console("$ kubectl apply -f extras/a.yaml -f extras/none.yaml\nservice/mi-svc created"),
    )
    assert {"30101", "30102"} <= found.chosen


def test_a_node_that_a_command_uses_is_named_even_if_shown(tmp_path: Path) -> None:
    found, _ = of(
        tmp_path, console("$ kubectl get nodes\ntaller-worker2\n$ kubectl cordon taller-worker2")
    )
    assert "taller-worker2" in found.named
    assert "taller-worker2" not in found.chosen


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("$ true", {"pods"}),
        ("$ kubectl get ds", {"pods", "ds"}),
        ("$ kubectl create deployment x --image=y\ndeployment.apps/x created", {"replicasets"}),
        ("$ kubectl apply -f x\ncronjob.batch/copia created\n$ kubectl get cronjob", {"jobs"}),
        ("$ kubectl get pvc", {"persistentvolumeclaims"}),
        ("$ kubectl describe svc mi-svc\nEndpoints: 10.244.1.2:80", {"services", "nodes"}),
        ("$ kubectl get svc\nmi-svc   80:32135/TCP", {"services"}),
        ("$ kubectl get pods -o wide\nNAME   NODE\na   taller-worker", {"nodes"}),
        (
            "$ kubectl create -f - <<EOF\nkind: ConfigMap\nmetadata: {generateName: a-}\nEOF",
            {"ConfigMap"},
        ),
    ],
)
def test_kinds_recorded(tmp_path: Path, text: str, kinds: set[str]) -> None:
    found, steps = of(tmp_path, console(text))
    words = authored.kinds_named(steps, found)
    assert kinds <= set(words)
    assert len(words) <= 2 + len(kinds)
