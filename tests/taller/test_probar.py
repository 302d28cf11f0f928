"""`probar`: every check runs, and the summary is honest."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from taller import probar, tools
from taller.exits import ExitCode, MissingTool
from taller.probar import Check
from taller.project import ROOT, SCRIPTS

MARKED = """
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2))
def test_that_is_slow(number):
    raise AssertionError


@pytest.mark.slow
@pytest.mark.browser
def test_of_a_browser():
    raise AssertionError


def test_that_is_quick():
    pass
"""


def test_all_checks_run_and_one_failure_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def check(name: str, passes: bool) -> Check:
        return Check(name, lambda: ran.append(name) or passes)

    def missing() -> bool:
        raise MissingTool("Falta shellcheck.", "apt-get install shellcheck")

    checks = [check("uno", False), Check("dos", missing), check("tres", True)]
    monkeypatch.setattr(probar, "_checks", lambda quick: checks)
    assert probar.test(quick=True) is ExitCode.NOT_TRUE
    assert ran == ["uno", "tres"]
    said = capsys.readouterr()
    assert said.out.count("FALLA") == 2
    assert "Falta shellcheck." in said.err
    monkeypatch.setattr(probar, "_checks", lambda quick: checks[2:])
    assert probar.test(quick=True) is ExitCode.FINE


@pytest.mark.parametrize("fails", ["nothing", "cluster", "browser", "rest"])
@pytest.mark.parametrize("cores", [1, 2, 8])
def test_tests_of_the_cluster_are_one_process_and_the_others_run_meanwhile(
    monkeypatch: pytest.MonkeyPatch, cores: int, fails: str
) -> None:
    commands: list[list[str]] = []
    chosen = {
        "cluster": "cluster",
        "browser": "browser and not cluster",
        "rest": "not cluster and not browser",
    }

    def run(command: list[str], **_: object) -> int:
        commands.append(command)
        return int(command[command.index("-m", 3) + 1] == chosen.get(fails))

    @contextmanager
    def beside(command: list[str], **how: object) -> Iterator[Callable[[], int]]:
        code = run(command)
        yield lambda: code

    monkeypatch.setattr(probar.child, "run", run)
    monkeypatch.setattr(probar.child, "beside", beside)
    monkeypatch.setattr(probar.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(probar.tools, "ensure", lambda programs: None)
    monkeypatch.setattr(probar, "_lab_environment", dict)
    checks = {check.name: check for check in probar._checks(quick=False)}
    assert checks["pytest"].passes() is (fails == "nothing")
    assert [command[command.index("-m", 3) + 1] for command in commands] == [*chosen.values()]
    several = [[word for word in command if word.startswith("-n")] for command in commands]
    assert several == [[], [], [f"-n{max(cores - 1, 2)}"]]


def test_quick_run_leaves_out_what_is_slow_and_says_how_much(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(probar.child, "run", lambda command, **_: commands.append(command) or 0)
    checks = {check.name: check for check in probar._checks(quick=True)}
    assert checks["pytest (los rápidos)"].passes()
    (tmp_path / "test_marks.py").write_text(MARKED)
    run = [*commands[0][: commands[0].index("tests")], str(tmp_path), *commands[0][4:]]
    told = subprocess.run(
        [*run, "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "1 passed" in told, told
    assert "Quedan afuera 2 pruebas lentas: ./taller probar las corre." in told


def test_shell_scripts_are_known_by_name_or_first_line(tmp_path: Path) -> None:
    folder = tmp_path / "extras"
    folder.mkdir()
    (folder / "a.sh").write_text("echo\n")
    (folder / "b").write_text("#!/usr/bin/env bash\n")
    (folder / "c").write_text("#!/bin/sh -e\n")
    (folder / "d").write_text("#!/usr/bin/env python3\n")
    (folder / "e.yaml").write_bytes(b"\xff")
    assert [path.name for path in probar.shell_scripts(tmp_path)] == ["a.sh", "b", "c"]


def test_a_missing_tool_without_root_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools.shutil, "which", lambda program: None)
    monkeypatch.setattr(tools.os, "geteuid", lambda: 1000)
    with pytest.raises(MissingTool) as error:
        tools.ensure(["shellcheck", "chromium"])
    assert "shellcheck chromium" in error.value.next_step
