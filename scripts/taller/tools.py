"""Programs that the tests need and that pip does not bring."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from taller.exits import MissingTool
from taller.voice import say


def ensure(programs: Sequence[str], files: Mapping[str, str] | None = None) -> None:
    """Install what is missing with apt when we are root on Debian.

    Args:
        programs: each has its package's name (shellcheck, chromium).
        files: by package, a file that it brings, for packages that bring no program.

    Raises:
        MissingTool: something is missing and we may not, or cannot, install it.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    missing += [name for name, path in (files or {}).items() if not Path(path).exists()]
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingTool(
            f"Para los tests falta instalar: {names}.",
            f"En Debian o Ubuntu: sudo apt-get install {names}",
        )
    say(f"Instalando {names} con apt-get…")
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        _apt(arguments, names)


def _apt(arguments: list[str], names: str) -> None:
    result = subprocess.run(
        ["apt-get", "--quiet", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = "\n".join(f"    {line}" for line in result.stderr.strip().splitlines()[-4:])
        raise MissingTool(
            f"apt-get {arguments[0]} falló:\n{said}",
            f"Prueben a mano: apt-get install {names}",
        )
