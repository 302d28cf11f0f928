"""Programs that we start end when we end, however that happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from taller import child
from taller.project import SCRIPTS

OUTER = """
import sys
from pathlib import Path
from taller import child
child.GRACE = float(sys.argv[3])
try:
    child.run([sys.executable, "-c", sys.argv[1], sys.argv[2]], cwd=Path("."))
except KeyboardInterrupt:
    sys.exit(130)
"""
TIDY = """
import pathlib, sys, time
home = pathlib.Path(sys.argv[1])
try:
    (home / "pid").write_text(str(__import__("os").getpid()))
    (home / "listo").touch()
    time.sleep(60)
except KeyboardInterrupt:
    (home / "ordenado").write_text((home / "ordenado").read_text() + "x"
                                   if (home / "ordenado").exists() else "x")
"""
DEAF = """
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
home = pathlib.Path(sys.argv[1])
grandchild = subprocess.Popen(["sleep", "60"])
(home / "pid").write_text(str(grandchild.pid))
(home / "listo").touch()
time.sleep(60)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def start(program: str, home: Path, grace: float = 20) -> subprocess.Popen[bytes]:
    outer = subprocess.Popen(
        [sys.executable, "-c", OUTER, program, str(home), str(grace)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    wait_for((home / "listo").exists)
    return outer


def test_the_exit_code_is_the_programs(tmp_path: Path) -> None:
    assert child.run([sys.executable, "-c", "raise SystemExit(5)"], cwd=tmp_path) == 5


def test_program_beside_us_runs_meanwhile_and_its_output_is_kept(tmp_path: Path) -> None:
    program = "import os; print(os.path.exists('antes')); raise SystemExit(3)"
    wait = "while not __import__('os').path.exists('antes'): pass"
    with (
        tempfile.TemporaryFile() as output,
        child.beside(
            [sys.executable, "-c", f"{wait}\n{program}"], cwd=tmp_path, output=output
        ) as finish,
    ):
        (tmp_path / "antes").touch()
        assert finish() == 3
        output.seek(0)
        assert output.read() == b"True\n"


def test_program_beside_us_ends_with_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GRACE", 0.2)
    with (
        tempfile.TemporaryFile() as output,
        pytest.raises(RuntimeError),
        child.beside([sys.executable, "-c", DEAF, str(tmp_path)], cwd=tmp_path, output=output),
    ):
        wait_for((tmp_path / "pid").exists)
        wait_for((tmp_path / "listo").exists)
        raise RuntimeError
    grandchild = int((tmp_path / "pid").read_text())
    wait_for(lambda: not is_alive(grandchild))  # the kernel ends it in its own time


def test_an_interrupt_reaches_the_program_once_and_waits_for_it(tmp_path: Path) -> None:
    outer = start(TIDY, tmp_path)
    outer.send_signal(signal.SIGINT)
    assert outer.wait(60) == 130
    assert (tmp_path / "ordenado").read_text() == "x"


def test_a_program_is_interrupted_also_where_we_ignore_interrupts(tmp_path: Path) -> None:
    """As those do that a shell has put in the background."""
    ours = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with (
            pytest.raises(RuntimeError),
            child.beside([sys.executable, "-c", TIDY, str(tmp_path)], cwd=tmp_path),
        ):
            wait_for((tmp_path / "listo").exists)
            raise RuntimeError
    finally:
        signal.signal(signal.SIGINT, ours)
    assert (tmp_path / "ordenado").read_text() == "x"


def test_a_program_that_does_not_listen_is_ended_with_its_group(tmp_path: Path) -> None:
    outer = start(DEAF, tmp_path, grace=0.2)
    grandchild = int((tmp_path / "pid").read_text())
    outer.send_signal(signal.SIGINT)
    assert outer.wait(60) == 130
    wait_for(lambda: not is_alive(grandchild))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child")
def test_a_program_does_not_outlive_a_kill_of_ours(tmp_path: Path) -> None:
    outer = start(TIDY, tmp_path)
    program = int((tmp_path / "pid").read_text())
    os.kill(outer.pid, signal.SIGKILL)
    outer.wait(60)
    wait_for(lambda: not is_alive(program))
