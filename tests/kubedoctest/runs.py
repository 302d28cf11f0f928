"""Programs run as their users run them, each in a process of its own that begins at once.

It is forked from a server that has imported the harness already, and what else takes long.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["pytest", "kubedoctest.testing", "typer.rich_utils"])


def python(
    module: str, arguments: Sequence[str], cwd: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """What ``python -m MODULE`` writes, and its exit code; nothing is typed.

    Args:
        more: variables of its environment, besides the caller's.
    """
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS), **more}
    with tempfile.TemporaryDirectory() as told:
        streams = [Path(told, name) for name in ("stdout", "stderr")]
        given = (module, arguments, cwd, environment, streams)
        child = _FORKED.Process(target=_run, args=given)
        child.start()
        child.join()
        written = [stream.read_text() for stream in streams]
    return subprocess.CompletedProcess(arguments, child.exitcode, *written)


def _run(
    module: str,
    arguments: Sequence[str],
    cwd: Path,
    environment: dict[str, str],
    streams: Sequence[Path],
) -> None:
    for descriptor, stream in enumerate(streams, start=1):
        opened = os.open(stream, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, str(cwd))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class Folder:
    """A folder with pages, and pytest run in it with the harness's plugin."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def page(self, text: str, name: str = "page.md") -> Path:
        path = self.path / name
        path.write_text(dedent(text).lstrip("\n"))
        return path

    def options(self) -> tuple[str, ...]:
        """pytest's, before those of a run."""
        plugin = ("-p", "kubedoctest.plugin", "-p", "no:cacheprovider")
        return (*plugin, "-c", os.devnull, "--rootdir", str(self.path))

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return python("pytest", (*self.options(), *arguments), self.path, **more)
