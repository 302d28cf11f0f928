"""`verificar` on pages that need no cluster: what it prints, writes and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from taller.project import RESULTS, ROOT

TRUE = "# Verdad\n\n```console\n$ echo hola\nhola\n```\n"
LIE = "# Mentira\n\n```console\n$ echo hola\nchau\n```\n"
PROSE = "# Prosa\n\nSin bloques.\n"


@pytest.fixture(autouse=True)
def results_of_others_stay(tmp_path: Path) -> object:
    """The results of the last real run are put back."""
    kept = RESULTS.read_bytes() if RESULTS.is_file() else None
    yield
    if kept is not None:
        RESULTS.write_bytes(kept)


def verify(page: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    page.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "taller", "verificar", page.name, "--sin-sitio", *options],
        cwd=page.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_true_page(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", TRUE, "--json", "salida/r.json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == "1 passed, 0 failed"
    assert "Ejecutados" in answer.stdout
    written = json.loads((tmp_path / "salida" / "r.json").read_text())
    assert written["schema"] == 1
    (block,) = written["blocks"]
    assert (block["line"], block["lang"], block["status"]) == (3, "console", "passed")
    assert written == json.loads(RESULTS.read_text())


def test_a_page_that_lies(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", LIE)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "0 passed, 1 failed"
    assert "p.md:" in answer.stdout
    assert "chau" in answer.stdout


def test_a_malformed_page_runs_nothing(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", TRUE + "\n```console\n$ echo\n")
    assert answer.returncode == 2
    assert "p.md:8" in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout
    assert "passed" not in answer.stdout


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "ocupado").touch()
    answer = verify(tmp_path / "p.md", TRUE, "--json", "ocupado/r.json")
    assert answer.returncode == 2
    assert "No se pudo escribir" in answer.stderr


def test_a_page_without_blocks(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", PROSE)
    assert answer.returncode == 0, answer.stdout + answer.stderr
