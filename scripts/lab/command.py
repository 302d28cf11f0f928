"""Programs that the lab runs: their output, or a LabError that says what they said."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.error import LabError

MINUTE = 60.0
_SHOWN_LINES = 15


class CommandFailed(LabError):
    """A program ended with an error, took too long, or is not there."""


def run(
    *command: str | Path,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = MINUTE,
) -> str:
    """Runs a program and returns its standard output; ``env`` is added to the caller's."""
    shown = shlex.join(str(part) for part in command)
    try:
        result = subprocess.run(
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment() | dict(env or {}),
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise CommandFailed(
            f"Falta el programa {command[0]}.", "Instálenlo y repitan el comando."
        ) from None
    except subprocess.TimeoutExpired:
        raise CommandFailed(
            f"«{shown}» no terminó en {timeout:.0f} s.",
            "Repitan el comando; si vuelve a pasar, empiecen de cero: ./taller lab borrar",
        ) from None
    if result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()[-_SHOWN_LINES:]
        raise CommandFailed(
            f"«{shown}» terminó con error {result.returncode}:\n  " + "\n  ".join(said),
            "Repitan el comando; si vuelve a pasar, empiecen de cero: ./taller lab borrar",
        )
    return result.stdout


def environment() -> dict[str, str]:
    """The caller's, with the administrator's programs in reach, which ``su`` may leave out."""
    return os.environ | {"PATH": f"{os.environ.get('PATH', os.defpath)}:{SBIN}"}


def succeeds(
    *command: str | Path, env: Mapping[str, str] | None = None, timeout: float = MINUTE
) -> bool:
    """Whether a program ends well; why it did not is of no interest."""
    try:
        run(*command, env=env, timeout=timeout)
    except CommandFailed:
        return False
    return True


def tied(*command: str | Path) -> tuple[str | Path, ...]:
    """The command, ended with this process even if this process is killed."""
    return ("setpriv", "--pdeathsig", "TERM", *command) if is_installed("setpriv") else command


def end_children() -> None:
    """Asks every program that this process is running to end."""
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)


def is_installed(program: str) -> bool:
    """Whether the program is in PATH or where Debian keeps the administrator's programs."""
    return shutil.which(program) is not None or shutil.which(program, path=SBIN) is not None


SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
