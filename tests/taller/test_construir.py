"""`construir`: what it builds, and what it leaves alone."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from mkdocs_hooks.npm_package import PackageError
from taller import child, construir
from taller.cli import main
from taller.exits import ExitCode


def test_a_zip_depends_only_on_what_it_holds(tmp_path: Path) -> None:
    made = []
    for name, hour in (("uno", 1e9), ("dos", 2e9)):
        folder = tmp_path / name / "sitio"
        (folder / "a").mkdir(parents=True)
        (folder / "index.html").write_text("¡hola!")
        (folder / "a" / "x.txt").write_text("x")
        os.utime(folder / "index.html", (hour, hour))
        construir.zipped(folder, folder.with_name("t.zip"))
        made.append(folder.with_name("t.zip").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "uno" / "t.zip") as archive:
        assert archive.namelist() == ["t/a/x.txt", "t/index.html"]
        assert archive.read("t/index.html").decode() == "¡hola!"


def test_a_failed_build_leaves_the_last_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "t.zip"
    target.write_text("el anterior")
    monkeypatch.setattr(construir, "_bring", lambda *_: None)
    monkeypatch.setattr(child, "run", lambda *_, **__: 1)
    assert construir.zip_site(target) is ExitCode.NOT_TRUE
    assert target.read_text() == "el anterior"
    assert list(tmp_path.iterdir()) == [target]


def test_the_site_is_built_strictly_and_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *, cwd: Path, env: dict[str, str]) -> int:
        del cwd
        ran.append((command, env))
        return 0

    monkeypatch.setattr(construir, "_bring", lambda *_: None)
    monkeypatch.setattr(child, "run", run)
    monkeypatch.delenv("TALLER_SIN_SERVIDOR", raising=False)
    assert main(["construir"]) == ExitCode.FINE
    command, env = ran[0]
    assert "--strict" in command
    assert not {"-q", "--quiet"} & set(command)
    assert "TALLER_SIN_SERVIDOR" not in env


def test_a_library_that_does_not_come_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def nothing(project: Path) -> bool:
        raise PackageError("no pudimos traer mermaid", "Revisen la conexión")

    monkeypatch.setattr(construir, "ROOT", tmp_path)
    monkeypatch.setattr(construir.mermaid, "ensure", nothing)
    assert main(["construir"]) != ExitCode.FINE
    assert "no pudimos traer mermaid" in capsys.readouterr().err
