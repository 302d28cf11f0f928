"""GitHub's workflows, read by actionlint, which is built here from its Go module."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import lab
from lab import tools
from taller.exits import MissingTool
from taller.project import ROOT, SCRIPTS, STATE
from taller.voice import say

MODULE = SCRIPTS / "taller" / "modules" / "actionlint"
PROGRAM = "github.com/rhysd/actionlint/cmd/actionlint"
FOLDER = ROOT / ".github" / "workflows"


def actionlint() -> Path:
    """The program, at the version that go.mod pins; built the first time.

    Raises:
        MissingTool: Go is missing, or its module does not come.
    """
    pinned = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    program = STATE / "actionlint" / hashlib.sha256(pinned).hexdigest()[:16]
    if program.is_file():
        return program
    say("Compilando actionlint, que revisa los workflows (una sola vez)…")
    program.parent.mkdir(parents=True, exist_ok=True)
    try:
        go = tools.find_go(STATE)
    except lab.LabError as error:
        raise MissingTool(error.message, error.next_step) from error
    fresh = program.with_name(f".{program.name}.nuevo")
    result = subprocess.run(
        [go, "build", "-trimpath", "-o", str(fresh), PROGRAM],
        cwd=MODULE,
        env={**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        said = result.stderr.strip().splitlines()
        raise MissingTool(
            f"actionlint no se pudo compilar: {said[-1] if said else 'sin explicación'}",
            "Revisen la conexión (o el proxy de módulos de Go) y vuelvan a probar.",
        )
    fresh.replace(program)
    return program


def complaints(folder: Path = FOLDER) -> str:
    """What actionlint says of the workflows of ``folder``; nothing if they are right."""
    result = subprocess.run(
        [actionlint(), "-no-color", *sorted(str(path) for path in folder.glob("*.yml"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = (result.stdout + result.stderr).strip()
    if not said and result.returncode != 0:
        return f"actionlint terminó con código {result.returncode} y no dijo por qué"
    return said
