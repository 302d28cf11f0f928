"""The supervisor: nothing outlives the harness, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kubedoctest.shell.session import Terminal
from kubedoctest.shell.supervisor import Supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
SCRIPTS = Path(__file__).parents[3] / "scripts"

HARNESS = """
import sys, time
from pathlib import Path
from kubedoctest.shell.supervisor import Supervisor
from kubedoctest.shell.session import Terminal
here = Path(sys.argv[1])
supervisor = Supervisor()
sweep = 'test -d "$1" && echo "$SECRETO$HOME" > "$2"'
words = ["sh", "-c", sweep, "sh", str(supervisor.scratch), str(here / "swept")]
supervisor.on_death(words, {"PATH": "/usr/bin:/bin", "HOME": str(here)})
if sys.argv[2] == "forget":
    supervisor.on_death([], {})
terminal = Terminal(here, {"PATH": "/usr/bin:/bin"}, supervisor)
pids = terminal.run(
    "echo $$; sleep 600 & echo $!;"
    " (setsid bash -c 'trap : TERM HUP INT; echo $BASHPID > daemon; while :; do sleep 1; done' &);"
    " until [ -s daemon ]; do :; done; cat daemon", 60).output
(here / "started").write_text(f"{supervisor.scratch}\\n{supervisor.pid}\\n{pids}")
terminal.begin("sleep 601")
if sys.argv[2] == "return":
    sys.exit()
terminal.finish(600)
"""


def until(condition: Callable[[], bool], limit: float = 60) -> bool:
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def alive(pid: str | int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def harness(folder: Path, how: str) -> tuple[subprocess.Popen[bytes], Path, list[str]]:
    """A harness in a process of its own, with a page's processes running; what it started."""
    process = subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(folder), how],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS), "SECRETO": "x"},
        start_new_session=True,
    )
    started = folder / "started"
    assert until(lambda: started.exists() and started.read_text().count("\n") >= 5)
    scratch, *pids = started.read_text().split()
    assert all(pid.isdigit() for pid in pids) and len(pids) == 4
    return process, Path(scratch), pids


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_outlives_a_harness_that_dies(tmp_path: Path, how: signal.Signals) -> None:
    process, scratch, pids = harness(tmp_path, "wait")
    assert all(alive(pid) for pid in pids) and scratch.is_dir()
    os.killpg(process.pid, how)
    process.wait(60)
    assert until(lambda: not any(alive(pid) for pid in pids))
    assert not scratch.exists()
    assert (tmp_path / "swept").read_text() == f"{tmp_path}\n"


def test_a_harness_that_forgets_to_close(tmp_path: Path) -> None:
    process, scratch, pids = harness(tmp_path, "return")
    process.wait(60)
    assert until(lambda: not any(alive(pid) for pid in pids))
    assert not scratch.exists()


def test_the_cleanup_can_be_taken_back(tmp_path: Path) -> None:
    process, _, pids = harness(tmp_path, "forget")
    process.kill()
    process.wait(60)
    assert until(lambda: not any(alive(pid) for pid in pids))
    assert not (tmp_path / "swept").exists()


def test_an_orderly_end_names_what_was_left_and_does_not_sweep(tmp_path: Path) -> None:
    supervisor = Supervisor()
    supervisor.on_death(["touch", str(tmp_path / "swept")], ENVIRONMENT)
    pid = supervisor.pid
    with closing(Terminal(tmp_path, ENVIRONMENT, supervisor)) as terminal:
        left = terminal.run("setsid sleep 602 >/dev/null & echo $!", 10).output.split()[-1]
        assert alive(left)
    assert supervisor.close() == ()
    assert pid is not None and not alive(pid) and not alive(left)
    assert not supervisor.scratch.exists()
    assert not (tmp_path / "swept").exists()
    assert supervisor.close() == ()


def test_a_terminal_that_was_not_closed_ends_with_the_supervisor(tmp_path: Path) -> None:
    supervisor = Supervisor()
    terminal = Terminal(tmp_path, ENVIRONMENT, supervisor)
    pids = terminal.run("sleep 603 & echo $$ $!", 10).output.split()
    assert any("sleep 603" in line for line in supervisor.close())
    assert not any(alive(pid) for pid in pids)


def test_a_reaper_that_a_page_kills_takes_nothing_with_it(tmp_path: Path) -> None:
    supervisor = Supervisor()
    terminal = Terminal(tmp_path, ENVIRONMENT, supervisor)
    pid = terminal.run("sleep 604 & echo $!; kill -9 $PPID", 10).output.split()[0]
    assert terminal.run("echo sigue", 10).output == "sigue\n"
    supervisor.close()
    assert not alive(pid)


def test_supervisor_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UN_SECRETO", "no-se-ve")
    with (
        closing(Supervisor()) as supervisor,
        closing(Terminal(tmp_path, ENVIRONMENT, supervisor)) as terminal,
    ):
        terminal.run("true", 10)
        command = "cat /proc/$$/environ /proc/$PPID/environ; env"
        seen = (
            terminal.run(command, 10).output + Path(f"/proc/{supervisor.pid}/environ").read_text()
        )
    assert "PATH=" in seen
    assert "no-se-ve" not in seen
