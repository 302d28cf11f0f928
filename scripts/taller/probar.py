"""``probar``: the project's tests and checks, all of them, even after a failure."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import lab
from taller import child, slow_tests, tools, workflows
from taller.construir import build_site
from taller.exits import ExitCode, MissingTool
from taller.project import ROOT, SCRIPTS, STATE
from taller.voice import complain, say, wrong

_CODE = ("scripts", "tests")
_SHELL_FOLDERS = (".ci", ".devcontainer", ".github", "extras", "scripts", "tests")


@dataclass(frozen=True)
class Check:
    """One step: its name and what says whether it went well."""

    name: str
    passes: Callable[[], bool]


@dataclass(frozen=True)
class Verdict:
    """What became of a check."""

    name: str
    passed: bool
    seconds: float


def test(quick: bool) -> ExitCode:
    """Run every check and print a summary.

    Args:
        quick: leave out what needs a cluster or a browser, and the tests that are marked slow.
    """
    verdicts = [_run(check) for check in _checks(quick)]
    _show(verdicts)
    if all(verdict.passed for verdict in verdicts):
        return ExitCode.FINE
    return ExitCode.NOT_TRUE


def _checks(quick: bool) -> list[Check]:
    python = [sys.executable, "-m"]
    return [
        Check("ruff check", lambda: _succeeds([*python, "ruff", "check", *_CODE])),
        Check("ruff format", lambda: _succeeds([*python, "ruff", "format", "--check", *_CODE])),
        Check("mypy --strict", lambda: _succeeds([*python, "mypy", "--strict", str(SCRIPTS)])),
        Check("shellcheck", _shellcheck),
        Check("actionlint", _workflows),
        Check("ortografía", _spelling),
        Check("mkdocs build --strict", lambda: build_site() is ExitCode.FINE),
        Check("pytest (los rápidos)" if quick else "pytest", lambda: _pytest(quick)),
    ]


def _run(check: Check) -> Verdict:
    say(f"\n[bold]── {check.name}[/]")
    start = time.monotonic()
    try:
        passed = check.passes()
    except MissingTool as error:
        complain(error)
        passed = False
    except lab.LabError as error:
        wrong(error.message, error.next_step)
        passed = False
    return Verdict(check.name, passed, time.monotonic() - start)


def _succeeds(
    command: list[str], env: dict[str, str] | None = None, output: IO[bytes] | None = None
) -> bool:
    return child.run(command, cwd=ROOT, env=_environment() | (env or {}), output=output) == 0


def _environment() -> dict[str, str]:
    """Ours, but for what keeps Python from saving what it compiles: tests start it 500 times."""
    ours = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours


def _shellcheck() -> bool:
    tools.ensure(["shellcheck"])
    return _succeeds(["shellcheck", *(str(path) for path in shell_scripts(ROOT))])


def _workflows() -> bool:
    """GitHub understands the workflows, and their scripts are right."""
    tools.ensure(["shellcheck"])
    wrongs = workflows.complaints()
    if wrongs:
        print(wrongs)
    return not wrongs


def _spelling() -> bool:
    """Every word that readers see is in the Spanish dictionary or in the project's own list."""
    tools.ensure(["hunspell"], {"hunspell-es": "/usr/share/hunspell/es_AR.dic"})
    STATE.mkdir(exist_ok=True)  # pyspelling puts its compiled word list there
    return _succeeds([sys.executable, "-m", "pyspelling", "--config", ".pyspelling.yml"])


def shell_scripts(root: Path) -> Iterator[Path]:
    """The project's shell scripts, by their first line or their name."""
    for folder in _SHELL_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "node_modules" not in path.parts and _is_shell(path):
                yield path


def _is_shell(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(100).strip()
    if path.suffix == ".sh":
        return True
    words = first.removeprefix(b"#!").split() if first.startswith(b"#!") else []
    return any(word.split(b"/")[-1] in (b"sh", b"bash") for word in words)


def _pytest(quick: bool) -> bool:
    """Run the tests: those of the cluster one after another, and meanwhile the others.

    A page has the cluster to itself, so its tests are one process. (Not a group of pytest-xdist's:
    with pytest 9.2 it runs them side by side, https://github.com/pytest-dev/pytest-xdist/issues/1386.)
    A browser has a core to itself; of the rest, which mostly waits, there are two at least.
    """
    cores = os.cpu_count() or 1
    pytest = [sys.executable, "-m", "pytest", "tests"]
    if quick:
        chosen = f"not cluster and not browser and not {slow_tests.MARK}"
        return _succeeds([*pytest, f"-n{cores}", "-p", slow_tests.__name__, "-m", chosen])
    tools.ensure(["chromium"])
    several = [f"-n{max(cores - 1, 2)}", "--dist=loadfile"]
    env = _environment() | _lab_environment()
    with (
        tempfile.TemporaryFile() as output,
        child.beside([*pytest, "-m", "cluster", "--durations=10"], cwd=ROOT, env=env) as finish,
    ):
        of_browser = _succeeds([*pytest, "-m", "browser and not cluster"], env, output)
        others = _succeeds([*pytest, *several, "-m", "not cluster and not browser"], env, output)
        on_cluster = finish() == 0
        output.seek(0)
        print(output.read().decode(errors="replace"))
    return on_cluster and of_browser and others


def _lab_environment() -> dict[str, str]:
    """Where the tests find the lab; without one those that need it fail, and the rest run."""
    try:
        made = lab.create(parts=("ingress", "metrics"))
    except lab.LabError as error:
        wrong(error.message, error.next_step)
        return {}
    return {
        **made.environment,
        "TALLER_LAB_KUBECONFIG": str(made.kubeconfig),
        "TALLER_LAB_CONTEXT": made.context,
        "TALLER_LAB_PATH": made.environment["PATH"].split(os.pathsep)[0],
    }


def _show(verdicts: list[Verdict]) -> None:
    table = Table(title="Pruebas", title_justify="left")
    table.add_column("Paso")
    table.add_column("Resultado")
    table.add_column("Segundos", justify="right")
    for verdict in verdicts:
        result = "[green]bien[/]" if verdict.passed else "[bold red]FALLA[/]"
        table.add_row(escape(verdict.name), result, f"{verdict.seconds:.1f}")
    Console(highlight=False).print(table)
