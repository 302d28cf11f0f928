"""The scanner of manifests: a program of its own packages, at the versions that are pinned."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab import scanner, tools


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, and a PyPI whose checkov tells its words and what it can import."""

    def bring(folder: Path, *_: str) -> Path:
        (folder / "checkov").mkdir(parents=True)
        (folder / "checkov/main.py").write_text(
            "import importlib.util, sys\n"
            "print(sys.argv[1:], importlib.util.find_spec('pytest') is not None)\n"
        )
        return folder

    monkeypatch.setattr(tools, "from_pypi", bring)
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def test_program_runs_with_its_own_packages_and_no_others(tmp_path: Path, programs: Path) -> None:
    scanner.ensure(tmp_path / "cache", programs)
    command = (programs / "checkov", "--file", "a b.yaml")
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == "['--file', 'a b.yaml'] False\n"
    assert [each.name for each in programs.iterdir()] == ["checkov"]


def test_program_outlives_the_checkout_that_made_it(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(python))
    scanner.ensure(tmp_path / "cache", programs)
    python.unlink()
    subprocess.run([programs / "checkov"], capture_output=True, check=True)


def test_packages_of_other_versions_are_dropped(tmp_path: Path, programs: Path) -> None:
    older = tmp_path / "cache/checkov-0123456789ab"
    older.mkdir(parents=True)
    scanner.ensure(tmp_path / "cache", programs)
    (kept,) = (tmp_path / "cache").iterdir()
    assert kept != older


def test_every_package_is_pinned() -> None:
    lines = scanner.REQUIREMENTS.read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in wanted)
    assert scanner.requirement() in wanted
