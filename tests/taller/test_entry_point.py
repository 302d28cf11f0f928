"""`./taller` by itself: it makes .venv once, whole, and says what stands in the way."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from taller.cli import app

pytestmark = pytest.mark.slow  # a virtual environment each
SCRIPT = Path(__file__).resolve().parents[2] / "taller"
GROUPS = """\
[project]
name = "nada"

[dependency-groups]
base = []
desafio = [{ include-group = "base" }]
lab = [{ include-group = "base" }, "pip"]
sitio = [{ include-group = "base" }]
verificar = [{ include-group = "desafio" }, { include-group = "lab" }, { include-group = "sitio" }]
todo = [{ include-group = "verificar" }]
unused = ["pip"]

[tool.otra]
"""
ECHO = 'import sys\nprint("corrió", *sys.argv[1:])\nsys.exit(7)\n'


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with no requirements at all, whose CLI says what it was asked."""
    shutil.copy(SCRIPT, tmp_path / "taller")
    (tmp_path / "requirements.txt").write_text("# nada\n")
    (tmp_path / "pyproject.toml").write_text(GROUPS)
    (tmp_path / "scripts" / "taller").mkdir(parents=True)
    (tmp_path / "scripts" / "taller" / "__main__.py").write_text(ECHO)
    return tmp_path


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(project / "taller"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(project: Path, *arguments: str) -> Answer:
    process = start(project, *arguments)
    out, err = process.communicate()
    return Answer(process.returncode, out, err)


def load(project: Path) -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("entry_point", str(project / "taller"))
    spec = importlib.util.spec_from_loader("entry_point", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_venv_is_made_once_and_again_when_it_must(project: Path) -> None:
    first = run(project, "verificar", "04")
    assert (first.code, first.out) == (7, "corrió verificar 04\n")
    assert "Preparando .venv" in first.err

    second = run(project)
    assert (second.code, second.err) == (7, "")

    (project / "requirements.txt").write_text("# otra cosa\n")
    assert "requirements.txt cambió" in run(project).err
    assert run(project).err == ""

    # An interrupted set-up leaves a .venv without its stamp: it is not trusted.
    (project / ".venv" / "taller-listo").unlink()
    (project / ".venv" / "sobra").touch()
    assert "Preparando .venv" in run(project).err
    assert not (project / ".venv" / "sobra").exists()


def test_of_two_at_once_one_prepares_and_the_other_waits(project: Path) -> None:
    both = [start(project), start(project)]
    answers = [(process.communicate(), process.returncode) for process in both]
    assert [code for _, code in answers] == [7, 7]
    assert sum("Preparando .venv" in err for (_, err), _ in answers) == 1


def test_each_command_installs_only_what_it_uses(project: Path) -> None:
    assert "Preparando .venv" in run(project, "desafio").err
    assert stamped(project) == ["base", "desafio"]
    assert not has_pip(project)
    assert run(project, "--help").err == ""

    said = run(project, "verificar").err
    assert "Instalando lo que usa este comando" in said
    assert stamped(project) == ["base", "desafio", "lab", "sitio", "verificar"]
    assert has_pip(project)
    assert [run(project, command).err for command in ("servir", "lab", "desafio")] == ["", "", ""]
    assert "Instalando" in run(project, "probar").err


def test_changed_groups_are_installed_again(project: Path) -> None:
    run(project, "probar")
    file = project / "pyproject.toml"
    file.write_text(file.read_text() + "linea = 1\n")
    assert run(project, "desafio").err == ""
    file.write_text(file.read_text().replace("desafio = [", "nuevo = []\ndesafio = ["))
    assert "cambió" in run(project, "desafio").err
    assert stamped(project) == ["base", "desafio"]


def stamped(project: Path) -> list[str]:
    return (project / ".venv" / "taller-listo").read_text().splitlines()[1:]


def has_pip(project: Path) -> bool:
    return bool(list((project / ".venv").glob("lib/python*/site-packages/pip")))


def test_every_command_has_its_group() -> None:
    entry = load(SCRIPT.parent)
    groups = tomllib.loads((SCRIPT.parent / "pyproject.toml").read_text())["dependency-groups"]
    assert set(entry.GROUP_OF.values()) | {"base", "unused"} == set(groups)
    commands = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
    commands |= {group.typer_instance.info.name for group in app.registered_groups}
    assert set(entry.GROUP_OF) == commands


def ask_for_what_is_not_there(project: Path) -> None:
    groups = GROUPS.replace("base = []", 'base = ["./no-existe"]')
    (project / "pyproject.toml").write_text(groups)


def test_requirements_that_cannot_be_installed(project: Path) -> None:
    ask_for_what_is_not_there(project)
    answer = run(project)
    assert answer.code == 3
    assert "pip no pudo instalar" in answer.err
    assert "→" in answer.err
    assert "Traceback" not in answer.err
    assert not (project / ".venv" / "taller-listo").exists()


def test_a_failed_update_is_not_trusted(project: Path) -> None:
    run(project)
    ask_for_what_is_not_there(project)
    assert run(project).code == 3
    (project / "pyproject.toml").write_text(GROUPS)
    assert "Preparando .venv" in run(project).err


def test_an_old_python_is_told_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load(project)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert module.main([]) == 3
    said = capsys.readouterr().err
    assert "este Python es 3.9 y el taller necesita 3.11" in said


def test_an_old_python_can_read_the_script() -> None:
    compile(SCRIPT.read_text(), "taller", "exec", dont_inherit=True)
    import ast

    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


def test_without_venv_and_without_root_the_package_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load(project)
    monkeypatch.setattr(module, "has_ensurepip", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert module.main([]) == 3
    assert "apt-get install python3-venv" in capsys.readouterr().err
    assert not (project / ".venv").exists()


def test_a_later_start_costs_little(project: Path) -> None:
    module = load(project)
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to("/bin/true")
    Path(module.STAMP).write_text(f"{module.recipe()}\nbase\n")

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    def least(*command: str) -> float:
        """Of the processor's time: others may have it meanwhile."""
        times = []
        for _ in range(9):
            before = used()
            subprocess.run(command, check=True)
            times.append(used() - before)
        return min(times)

    bare = least(sys.executable, "-c", "pass")
    assert least(sys.executable, str(project / "taller")) - bare < 0.05
