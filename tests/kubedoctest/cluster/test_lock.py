"""Two runs at once on one cluster: the second says so, waits, and goes on when the first ends."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from stand_in_cluster import stand_in

from kubedoctest.cluster.sweep import ClusterLock

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
PYTEST = (sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider")
WAITS = "esperamos a que termine"
HELD = """\
```bash
: kubectl; touch "$CARPETA/empezó"; until [ -e "$CARPETA/ya" ]; do sleep 0.05; done
```
"""
FREE = """\
```bash
: kubectl; touch "$CARPETA/segunda"
```
"""


class Runs:
    """Runs of pages on one cluster, that are told apart by their folders."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self.folder = folder
        self._kubeconfig = kubeconfig
        self.started: list[subprocess.Popen[str]] = []

    def begin(self, name: str, page: str) -> subprocess.Popen[str]:
        pages = self.folder / name
        pages.mkdir()
        (pages / "page.md").write_text(page)
        options = [
            f"--kubedoctest-kubeconfig={self._kubeconfig}",
            f"--kubedoctest-env=CARPETA={self.folder}",
        ]
        run = subprocess.Popen(
            [*PYTEST, "-c", os.devnull, "--rootdir", str(pages), "page.md", *options],
            cwd=pages,
            env={
                **os.environ,
                "PYTHONPATH": str(SCRIPTS),
                "XDG_STATE_HOME": str(self.folder / "estado"),
                "PYTHONUNBUFFERED": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(run)
        return run

    def under_way(self) -> subprocess.Popen[str]:
        """A run that has the cluster until the file ``ya`` is there."""
        run = self.begin("una", HELD)
        for _ in range(600):
            if (self.folder / "empezó").exists():
                return run
            assert run.poll() is None, run.communicate()[0]
            threading.Event().wait(0.05)
        raise AssertionError("the first run does not begin")


def until_it_waits(run: subprocess.Popen[str]) -> str:
    """What a run has said when it says that it waits."""
    said = ""
    assert run.stdout is not None
    while WAITS not in said:
        line = run.stdout.readline()
        assert line, said
        said += line
    return said


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with stand_in(tmp_path) as (_, kubeconfig):
        runs = Runs(tmp_path, kubeconfig)
        yield runs
        for run in runs.started:
            run.kill()
            run.communicate()


@pytest.mark.slow
def test_the_second_run_says_so_and_goes_on_when_the_first_ends(runs: Runs) -> None:
    first = runs.under_way()
    second = runs.begin("otra", FREE)
    assert WAITS in until_it_waits(second)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.5)
    assert not (runs.folder / "segunda").exists()
    (runs.folder / "ya").touch()
    for run in (first, second):
        said, _ = run.communicate(timeout=60)
        assert run.returncode == 0, said
    assert (runs.folder / "segunda").exists()


@pytest.mark.slow
def test_one_that_waits_ends_at_once_when_it_is_asked_to(runs: Runs) -> None:
    first = runs.under_way()
    second = runs.begin("otra", FREE)
    until_it_waits(second)
    second.send_signal(signal.SIGINT)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 2, said
    assert not (runs.folder / "segunda").exists()
    assert first.poll() is None
    (runs.folder / "ya").touch()
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 0, said


def test_lock_that_is_not_waited_for_is_refused_and_free_again(tmp_path: Path) -> None:
    path = tmp_path / "estado" / "uid.turn"
    lock = ClusterLock(path)
    with pytest.raises(BlockingIOError):
        ClusterLock(path)
    lock.release()
    said: list[str] = []
    ClusterLock(path, tell=said.append).release()
    assert said == []


def test_run_that_waits_is_told_again_who_has_the_lock_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "uid.turn"
    lock = ClusterLock(path, "docs/03.md")
    since = datetime.fromtimestamp(json.loads(path.read_text())["since"]).strftime("%H:%M:%S")
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            lock.release()

    ClusterLock(path, "docs/04.md", tell, tell_again=0.01).release()
    assert len(said) >= 3
    for text in said[:3]:
        assert f"(docs/03.md, proceso {os.getpid()})" in text
        assert f"desde las {since} (hace " in text


def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "uid.turn"
    code = "import pathlib, sys; from kubedoctest.cluster import sweep"
    code += "; held = sweep.ClusterLock(pathlib.Path(sys.argv[1]))"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{code}; print(1, flush=True); input()", str(path)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "1\n"
    with path.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    holder.kill()
    holder.communicate()
    ClusterLock(path).release()
