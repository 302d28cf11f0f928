"""Programs that we start: their output is the person's, and none outlives us.

Each runs in a process group of its own. Ctrl-C reaches us alone; we pass it on once, wait for the
program to tidy up, and end what is left of its group. If we are killed, the kernel tells it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

GRACE = 60.0  # seconds that an interrupted program has to tidy up
_PR_SET_PDEATHSIG = 1


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> int:
    """Run ``command`` to its end and return its exit code (negative for a signal).

    Args:
        output: a file for what it writes, instead of showing it.

    Raises:
        KeyboardInterrupt: we were interrupted; the program and its group are gone by then.
    """
    return _finish(_start(command, cwd, env, output))


@contextmanager
def beside(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> Iterator[Callable[[], int]]:
    """Have ``command`` running meanwhile, with its output in a file if there is one.

    Gives what waits for its end and returns its exit code, as :func:`run` does; a program that has
    not been waited for is ended with the context.
    """
    process = _start(command, cwd, env, output)
    try:
        yield lambda: _finish(process)
    finally:
        if process.returncode is None:
            _end(process)


def _start(
    command: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str] | None,
    output: IO[bytes] | None,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=dict(env) if env is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        process_group=0,
        preexec_fn=_preparation(),  # noqa: PLW1509 - two calls, bound beforehand
    )


def _finish(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait()
    except KeyboardInterrupt:
        _end(process)
        raise
    except BaseException:
        _signal_group(process, signal.SIGKILL)
        process.wait()
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt the program, wait for it, and kill whatever of its group is left."""
    try:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(GRACE)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        pass  # a second Ctrl-C, or it does not listen: no more waiting
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _preparation() -> Callable[[], None]:
    """What has the program listen to us, and end when we do.

    It would ignore interrupts as we do if a shell has put us in the background. If we die without
    a chance to interrupt it (kill -9), Linux does.
    """
    prctl = ctypes.CDLL(None).prctl if sys.platform.startswith("linux") else None
    number = int(signal.SIGTERM)
    parent = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # it died before we asked
                os.kill(os.getpid(), number)

    return prepare
