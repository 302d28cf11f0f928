"""Which pages have the lab make its optional parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory
from kubedoctest.page.document import Document
from lab import gateway_api, scanner
from taller.parts import bring_downloads, bring_programs, needed
from taller.project import MKDOCS

INGRESS = "image: docker.io/library/traefik:v3.6.12\n"
SHOWN = '<!-- verificar: mostrar motivo="porque sí" -->\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "extras/03/con"
    folder.mkdir(parents=True)
    (folder / "controlador.yaml").write_text(INGRESS)
    (folder / "leeme.txt").write_text("registry.k8s.io/metrics-server/metrics-server:v0.9.0")
    (tmp_path / "extras/03/pod.yaml").write_text("kind: Pod\n")
    return tmp_path


def page(root: Path, text: str) -> Document:
    path = root / "p.md"
    path.write_text(text)
    return inventory.read_page(path, inventory.settings(MKDOCS), root)


@pytest.mark.parametrize(
    "command",
    [
        "kubectl apply -f extras/03/con/controlador.yaml",
        "kubectl apply -f extras/03/con",
        "kubectl apply -R -f extras/03/",
        "kubectl create deployment t --image=traefik:v3.6.12",
    ],
)
@pytest.mark.parametrize("fence", ["```bash\n{}\n```\n", "```console\n$ {}\nlisto\n```\n"])
def test_a_page_that_runs_the_controller_needs_it(root: Path, command: str, fence: str) -> None:
    assert needed([page(root, fence.format(command))], root) == ("ingress",)


@pytest.mark.parametrize(
    "text",
    [
        "```bash\nkubectl apply -f extras/03/pod.yaml\n```\n",
        "```bash\nkubectl get ingress\n```\n",
        "Hablamos de extras/03/con/controlador.yaml.\n",
        SHOWN + "```bash\nkubectl apply -f extras/03/con/controlador.yaml\n```\n",
        "```bash\ncat extras/no-esta.yaml\n```\n",
    ],
)
def test_a_page_that_does_not_run_it_needs_nothing(root: Path, text: str) -> None:
    assert needed([page(root, text)], root) == ()


def test_parts_of_all_pages_together(root: Path) -> None:
    metrics = "```bash\nkubectl run m --image=registry.k8s.io/metrics-server/metrics-server:v0.9.0"
    first = page(root, f"{metrics}\n```\n")
    second = page(root, "```bash\nkubectl apply -f extras/03/con\n```\n")
    assert needed([first, second], root) == ("ingress", "metrics")


@pytest.mark.parametrize(
    ("text", "brought"),
    [
        ("```bash\nkubectl apply -f descargas/{}\n```\n", True),
        (SHOWN + "```bash\ncurl -o descargas/{} https://example.org/x\n```\n", False),
        ("Hablamos de descargas/{}.\n", False),
        ("```bash\nkubectl apply -f descargas/otro.yaml\n```\n", False),
    ],
)
def test_download_is_brought_for_a_page_that_runs_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, text: str, brought: bool
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(gateway_api, "ensure", asked.append)
    bring_downloads([page(root, text.format(gateway_api.NAME))], root / "descargas")
    assert asked == [root / "descargas"] * brought


@pytest.mark.parametrize(
    ("text", "brought"),
    [
        ("```console\n$ checkov --file x.yaml\n```\n", True),
        (SHOWN + "```bash\npipx install checkov\n```\n", False),
        ("Hablamos de checkov.\n", False),
    ],
)
def test_program_is_brought_for_a_page_that_runs_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, text: str, brought: bool
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(scanner, "ensure", lambda _cache, programs: asked.append(programs))
    bring_programs([page(root, text)], root / "bin")
    assert asked == [root / "bin"] * brought
