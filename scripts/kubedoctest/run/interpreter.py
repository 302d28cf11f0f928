"""The terminal of a page's ``python`` fences: one interpreter for all of them.

It is a `Terminal` whose program is `fence_runner` instead of bash, so that all that holds for a
command holds for a fence: its environment, its time limit, the cap on its output, its end with the
page whatever it has started. A fence's command is its source as it stands in the page, line for
line, and its exit code is 0 or, when it raised anything, 1.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.shell.session import ENDING_LIMIT, Terminal
from kubedoctest.shell.supervisor import Supervisor

TITLE = "python"
"""The title by which a page's terminals hold the interpreter; no console can have it."""

RUNNER = Path(__file__).with_name("fence_runner.py")


class Interpreter(Terminal):
    """The persistent interpreter of one page.

    Args:
        page: the page's path as the user gave it, by which tracebacks name it.
        files: the project's folder: a ``conftest.py`` counts from there down to the page.
        cwd, environment, supervisor: as for `Terminal`.

    It ends as a `Terminal` does, and also when a fence ends the process.
    """

    def __init__(
        self,
        page: Path,
        files: Path,
        cwd: Path,
        environment: Mapping[str, str],
        supervisor: Supervisor,
    ) -> None:
        self._page = page
        self._files = files
        super().__init__(cwd, environment, supervisor)

    def _program(self) -> tuple[str, ...]:
        control = str(self._room / "control")
        page = str(self._page.resolve())
        files = str(self._files.resolve())
        return (sys.executable, "-I", "-u", str(RUNNER), page, str(self._page), files, control)

    def _prologue(self) -> str:
        return ""

    def _order(self, command: str) -> str:
        output = f"{self._room}/{self._count}"
        order = {"number": self._count, "source": command, "output": output}
        return json.dumps(order) + "\n"

    def finish(self, limit: float) -> Observation:
        """As `Terminal.finish`; when pytest did not even start, what it says about that."""
        seen = super().finish(limit)
        startup = self._room / "startup"
        if seen.ending is Ending.SHELL_GONE and not seen.output and startup.exists():
            return replace(seen, output=startup.read_text(errors="replace"))
        return seen

    def close(self) -> tuple[str, ...]:
        """Let the page's fixtures clean up, then end everything as `Terminal.close` does."""
        if self.alive and self._control >= 0 and self._output is None:
            self._send('{"end": true}\n')
            self._await(("gone",), time.monotonic() + ENDING_LIMIT, None)
        return super().close()
