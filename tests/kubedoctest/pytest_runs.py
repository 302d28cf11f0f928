"""A folder with pages, and pytest run in it with the harness's plugin, as its users do.

Each run is a process of its own, which does not import the harness anew: it is forked from a server
that has.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["pytest", "kubedoctest.testing"])


class Folder:
    """The folder."""

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

    def environment(self, **more: str) -> dict[str, str]:
        """Of its own: the caller's, and more."""
        return {**os.environ, "PYTHONPATH": str(SCRIPTS), **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """What pytest writes, and its exit code.

        Args:
            more: variables of the environment.
        """
        words = [*self.options(), *arguments]
        with tempfile.TemporaryDirectory() as told:
            streams = [Path(told, name) for name in ("stdout", "stderr")]
            given = (words, self.path, self.environment(**more), streams)
            child = _FORKED.Process(target=_pytest, args=given)
            child.start()
            child.join()
            written = [stream.read_text() for stream in streams]
        return subprocess.CompletedProcess(words, child.exitcode, *written)


def _pytest(
    arguments: Sequence[str], cwd: Path, environment: dict[str, str], streams: Sequence[Path]
) -> None:
    """``python -m pytest``, in a process that has just been forked."""
    for descriptor, stream in enumerate(streams, start=1):
        opened = os.open(stream, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, str(cwd))
    sys.argv = ["pytest", *arguments]
    sys.exit(pytest.console_main())
