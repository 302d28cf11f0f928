"""Pages run by pytest with the harness's plugin, and the file of their results."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from taller import child
from taller.chapters import Chosen
from taller.exits import ExitCode, WrongUse
from taller.project import DOWNLOADS, MKDOCS, ROOT, SCRIPTS, STATE, shown
from taller.voice import say

_FROM_PYTEST = {
    0: ExitCode.FINE,
    1: ExitCode.NOT_TRUE,
    2: ExitCode.WRONG_USE,  # a page could not be collected
    3: ExitCode.NO_CLUSTER,
    4: ExitCode.WRONG_USE,
    5: ExitCode.WRONG_USE,  # no block at all
}


def run_pages(pages: Sequence[Chosen], *options: str) -> ExitCode:
    """Run pytest on the pages, with further options of its own or of the plugin's."""
    STATE.mkdir(exist_ok=True)
    code = child.run(
        [sys.executable, *_pytest(), *options, *map(str, pages)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(SCRIPTS),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the plugins of other packages
        },
    )
    if code < 0:
        say(f"[red]✗[/] La verificación terminó de golpe (señal {-code}).")
        return ExitCode.INTERRUPTED
    return _FROM_PYTEST.get(code, ExitCode.NOT_TRUE)


def _pytest() -> list[str]:
    """pytest's arguments, without the pages: the plugin, none of the project's own settings."""
    arguments = ["-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider"]
    arguments += [
        "-c",
        os.devnull,
        f"--rootdir={ROOT}",
        "--import-mode=importlib",
        "--assert=plain",
    ]
    arguments += [f"--kubedoctest-files={ROOT}", "--kubedoctest-copy=extras"]
    arguments += [f"--kubedoctest-copy={each}" for each in (command_for_pages(), DOWNLOADS)]
    arguments.append(f"--kubedoctest-mkdocs={MKDOCS}")
    arguments.append(f"--kubedoctest-python={sys.executable}")  # it has the package kubernetes
    return arguments


def command_for_pages() -> Path:
    """The ``./taller`` that pages find in their folder: this very one, by its own Python."""
    script = STATE / "pages" / "taller"
    script.parent.mkdir(parents=True, exist_ok=True)
    run = f"{shlex.quote(sys.executable)} -m taller"
    text = f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(SCRIPTS))} exec {run} "$@"\n'
    fresh = script.with_name(f".{script.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(script)
    return script


def copy(source: Path, target: Path) -> None:
    """Copy a file whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.nuevo")
        shutil.copyfile(source, fresh)
        fresh.replace(target)
    except OSError as error:
        raise WrongUse(
            f"No se pudo escribir {target}: {error.strerror}.",
            f"Los resultados quedaron en {shown(source)}.",
        ) from error
