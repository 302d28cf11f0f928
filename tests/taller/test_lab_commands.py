"""What is shown and not run prepares the lab that the chapters run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory
from lab import gateway_api, scanner
from taller import lab_commands
from taller.project import DOCS, MKDOCS, ROOT

MARKDOWN = inventory.settings(MKDOCS)
REGISTRY = "localhost:5001/fedek3/workshop-uns"
CREATE = "kind create cluster --config extras/03-kubernetes/cluster.yaml"
BUILDS = (
    f"docker build -t {REGISTRY}:v0.1.0 extras/02-imagenes/deploy-01",
    f"docker build -t {REGISTRY}:v0.2.0 extras/02-imagenes/deploy-02",
)
PUSHES = (f"docker push {REGISTRY}:v0.1.0", f"docker push {REGISTRY}:v0.2.0")
ALL = "\n".join([CREATE, "sh extras/03-kubernetes/registro.sh", *BUILDS, *PUSHES])


def problems(folder: Path, commands: str) -> list[tuple[int, str]]:
    page = folder / "page.md"
    page.write_text(f'<!-- verificar: mostrar motivo="x" -->\n```bash\n{commands}\n```\n')
    document = inventory.read_page(page, MARKDOWN, ROOT)
    assert not document.problems
    return [(found.line, found.message) for found in lab_commands.problems(document, ROOT)]


@pytest.mark.parametrize(
    "commands",
    [
        ALL,
        "\n".join([*BUILDS, f"docker push --all-tags {REGISTRY}"]),
        "git clone https://github.com/fedek3/taller-de-kubernetes\ncd taller-de-kubernetes",
        "brew install kind kubectl",
        f"curl --location --output descargas/{gateway_api.NAME} {gateway_api.URL}",
        "curl --location --output juego.zip https://example.org/juego.zip",
        f"pipx install {scanner.requirement()}",
        "python3 ~/extras/x.py /extras/y",
    ],
)
def test_commands_of_the_lab_are_fine(tmp_path: Path, commands: str) -> None:
    assert problems(tmp_path, commands) == []


@pytest.mark.parametrize(
    ("true", "lie", "line", "said"),
    [
        (" --config extras/03-kubernetes/cluster.yaml", "", 3, "se crea con `--config extras/03-"),
        ("03-kubernetes/cluster.yaml", "03-kubernetes/otro.yaml", 3, "otro.yaml` no existe"),
        ("registro.sh", "registry.sh", 4, "registry.sh` no existe"),
        ("02-imagenes/deploy-02", "02-imagenes/deploy-01", 6, "se construye con `extras/02-imag"),
        (":v0.2.0 extras", ":v0.3.0 extras", 6, "no tiene esa imagen"),
        (f"\n{PUSHES[1]}", "", 6, "Falta subir `localhost:5001/fedek3/workshop-uns:v0.2.0`"),
        (f"{BUILDS[1]}\n", "", 5, "Falta construir `localhost:5001/fedek3/workshop-uns:v0.2.0`"),
    ],
)
def test_commands_that_would_prepare_another_lab_are_refused(
    tmp_path: Path, true: str, lie: str, line: int, said: str
) -> None:
    assert true in ALL
    found = problems(tmp_path, ALL.replace(true, lie, 1))
    assert any(at == line and said in message for at, message in found), found


@pytest.mark.parametrize(
    "lie",
    [
        f"curl -o descargas/gateway-api-v1.3.0.yaml {gateway_api.URL}",
        f"curl -o descargas/{gateway_api.NAME} {gateway_api.URL.replace('v1.4', 'v1.3')}",
    ],
)
def test_download_that_is_not_the_one_of_the_lab_is_refused(tmp_path: Path, lie: str) -> None:
    ((line, message),) = problems(tmp_path, lie)
    assert line == 3 and gateway_api.URL in message


@pytest.mark.parametrize("other", ["checkov==3.0.0", "checkov"])
def test_program_of_another_version_than_the_one_of_the_lab_is_refused(
    tmp_path: Path, other: str
) -> None:
    ((line, message),) = problems(tmp_path, f"pipx install {other}")
    assert line == 3 and scanner.requirement() in message


@pytest.mark.parametrize("page", [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"], ids=str)
def test_our_pages_prepare_the_lab(page: Path) -> None:
    document = inventory.read_page(page, MARKDOWN, ROOT)
    assert [str(found) for found in lab_commands.problems(document, ROOT)] == []
