"""`probar`: every check runs, and the summary is honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from taller import probar, tools
from taller.exits import ExitCode, MissingTool
from taller.probar import Check


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
