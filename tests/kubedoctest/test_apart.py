"""The harness without the workshop: installed elsewhere, and with no word of it in its modules."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "scripts" / "kubedoctest"
LIE = "```console\n$ echo uno\ndos\n```\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the package was installed from its wheel, and nothing else."""
    pytest.importorskip("setuptools", minversion="77")
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, source)
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scripts", source / "scripts", ignore=compiled)
    folder = tmp_path_factory.mktemp("installed")
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def check(installed: Path, folder: Path, page: str) -> subprocess.CompletedProcess[str]:
    (folder / "page.md").write_text(page)
    options = ("-p", "kubedoctest.plugin", "-p", "no:cacheprovider", "-c", os.devnull)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "page.md", "--kubedoctest-json=r.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def files_of(package: Path) -> set[Path]:
    found = (path for path in package.rglob("*") if path.is_file())
    return {path.relative_to(package) for path in found if path.parent.name != "__pycache__"}


@pytest.mark.slow
def test_what_is_installed_is_the_package_alone_and_whole(installed: Path) -> None:
    assert [path.name for path in installed.iterdir() if path.suffix != ".dist-info"] == [
        "kubedoctest"
    ]
    there, here = files_of(installed / "kubedoctest"), files_of(PACKAGE)
    assert Path("verdicts/results.schema.json") in there
    assert there == here


@pytest.mark.slow
def test_a_lie_is_red_from_an_installed_package(installed: Path, tmp_path: Path) -> None:
    done = check(installed, tmp_path, LIE.replace("dos", "uno"))
    assert done.returncode == 0, done.stdout + done.stderr
    done = check(installed, tmp_path, LIE)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "page.md:3: no es cierto" in done.stdout
    assert '"failed"' in (tmp_path / "r.json").read_text()
    origin = "import kubedoctest; print(kubedoctest.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", origin],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).parent == installed / "kubedoctest"


def words_of_the_workshop() -> set[str]:
    """The names that are the workshop's own: of its chapters, its folders, its images, its apps."""
    manifests = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "extras").rglob("*.yaml"))
    )
    images = re.findall(r"image: *(\S+/[\w-]+)", manifests)
    apps = re.findall(r"^ *app: *([\w-]+)", manifests, re.MULTILINE)
    chapters = [path.stem for path in (ROOT / "docs").glob("[0-9]*.md")]
    chapters += [path.name for path in (ROOT / "extras").iterdir()]
    return {"taller", "workshop", "laboratorio", "extras/", *images, *apps, *chapters}


def test_no_module_knows_the_workshop() -> None:
    words = words_of_the_workshop()
    assert {"mi-app", "04-hola-mundo-real", "fedek3/workshop-uns"} <= words
    known = re.compile(
        rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})(?:(?<=/)|\b)", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1)
        if known.search(line)
    ]
    assert found == []
