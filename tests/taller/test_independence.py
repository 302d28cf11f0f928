"""Chapters that change the cluster open with «Punto de partida» and close with «Limpieza»."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory
from taller import independence
from taller.project import DOCS, MKDOCS, ROOT

MARKDOWN = inventory.settings(MKDOCS)
CHANGE = "```bash\nkubectl create configmap a\n```\n"
READ = "```console\n$ kubectl get pods\nNo resources found in default namespace.\n```\n"
START = f"## Punto de partida\n\n{CHANGE}\n"
CLEANUP = "## Limpieza\n\n```bash\nkubectl delete configmap a\n```\n"


def problems(folder: Path, text: str) -> list[tuple[int, str]]:
    page = folder / "04-prueba.md"
    page.write_text(text)
    document = inventory.read_page(page, MARKDOWN, ROOT)
    assert not document.problems
    found = independence.problems(document)
    assert all(str(p).startswith(f"{page}:{p.line}: ") and p.next_step for p in found)
    return [(p.line, p.message) for p in found]


@pytest.mark.parametrize(
    "text",
    [
        f"# T\n\n{START}\n## Algo\n\n{CHANGE}\n{CLEANUP}",
        f"# T\n\n{READ}\n{START}\n### Más\n\n{CHANGE}\n{CLEANUP}\n## Enlaces\n\nchau\n",
        f"# T\n\n## punto de partida\n\n### Primero\n\n{CHANGE}\n{CLEANUP}",
        f"# T\n\n## Punto de partida\n\n{READ}\n!!! note\n\n    hola\n\n{CHANGE}\n{CLEANUP}",
        "# Solo mira\n\n" + READ,
        "# Sin cluster\n\n```bash\nmkdir a\n```\n",
        '# Solo muestra\n\n<!-- verificar: mostrar motivo="x" -->\n' + CHANGE,
    ],
)
def test_chapters_that_can_be_run_alone(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"# T\n\n{CHANGE}\n{CLEANUP}", 3, "no tiene un «Punto de partida»"),
        (f"# T\n\n{START}", 5, "no tiene un «Limpieza»"),
        (f"{CLEANUP}\n{START}", 7, "«Punto de partida» está después de «Limpieza» (línea 1)"),
        (f"## Punto de partida\n\nNada.\n\n## A\n\n{CHANGE}\n{CLEANUP}", 1, "ningún bloque"),
        (f"{START}\n## Limpieza\n\nSe va solo.\n", 8, "ningún bloque"),
        (
            f"{START}\n## Limpieza\n\n```text\nnada\n```\n",
            8,
            "«Limpieza» no tiene ningún bloque que se ejecute",
        ),
        (f"{CHANGE}\n{START}\n{CLEANUP}", 1, "antes del «Punto de partida» (línea 5)"),
        (f"{START}\n{CLEANUP}\n## Más\n\n{CHANGE}", 16, "después de la «Limpieza» (línea 8)"),
        (f"````text\n## Punto de partida\n````\n\n{CHANGE}\n{CLEANUP}", 5, "no tiene un «Punto"),
    ],
)
def test_chapters_that_cannot(tmp_path: Path, text: str, line: int, said: str) -> None:
    ((at, message),) = problems(tmp_path, text)
    assert at == line
    assert said in message


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_ours_can(page: Path) -> None:
    assert independence.problems(inventory.read_page(page, MARKDOWN, ROOT)) == []
