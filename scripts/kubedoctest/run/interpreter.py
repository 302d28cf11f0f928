"""The terminal of a page's ``python`` fences: one interpreter for all of them.

It is a `Terminal` whose program is `fence_runner` instead of bash, so that all that holds for a
command holds for a fence: its environment, its time limit, the cap on its output, its end with the
page whatever it has started. A fence's command is its source as it stands in the page, line for
line (see `source`), and its exit code is 0 or, when it raised anything, 1.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kubedoctest.page.document import Block
from kubedoctest.run.failures import PRINTED_CHARACTERS
from kubedoctest.shell.guardian import Guardian
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.shell.session import ENDING_LIMIT, Terminal
from kubedoctest.verdicts.outcome import Failure

TITLE = "python"
"""The title by which a page's terminals hold the interpreter; no console can have it."""

RUNNER = Path(__file__).with_name("fence_runner.py")


class Interpreter(Terminal):
    """The persistent interpreter of one page.

    Args:
        page: the page's path as the user gave it, by which tracebacks name it.
        files: the project's folder: a ``conftest.py`` counts from there down to the page.
        cwd, environment, guardian: as for `Terminal`.

    It ends as a `Terminal` does, and also when a fence ends the process.
    """

    def __init__(
        self,
        page: Path,
        files: Path,
        cwd: Path,
        environment: Mapping[str, str],
        guardian: Guardian,
    ) -> None:
        self._page = page
        self._files = files
        super().__init__(cwd, environment, guardian)

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


def source(block: Block) -> str:
    """A fence's command: its options as a comment, and its lines where they stand in the page."""
    options = [*block.options, *(["continuation"] if block.directives.continues else [])]
    return f"# {' '.join(options)}".rstrip() + "\n" * block.line + block.code


def failure(block: Block, seen: Observation) -> Failure | None:
    """Why a fence that was run is not true, or None."""
    if seen.ending is Ending.DONE and seen.exit_code == 0:
        return None
    reason, next_step = {
        Ending.DONE: (
            _last_words(seen.output),
            "corrijan el código, o el estado del cluster del que depende",
        ),
        Ending.LIMIT: (
            f"el código no terminó en {seen.seconds:.0f} s y fue interrumpido",
            "si de verdad tarda, escriban <!-- verificar: limite=SEGUNDOS --> antes del bloque; si "
            'no termina nunca, guárdenlo en un archivo y córranlo en ```console title="Terminal 2"',
        ),
        Ending.FLOOD: ("el código escribió demasiado y fue interrumpido", "impriman menos"),
        Ending.SHELL_GONE: (
            "el código terminó el intérprete de la página",
            "quiten el `os._exit`, el `exec` o lo que lo haya cerrado; o corrijan `conftest.py`",
        ),
    }[seen.ending]
    return Failure(
        place=f"{block.page}:{_line(block, seen.output)}",
        command_place=f"{block.page}:{block.line_of(0)}",
        reasons=(reason,),
        printed=seen.output[-PRINTED_CHARACTERS:],
        next_step=next_step,
    )


def _last_words(output: str) -> str:
    """The line with which a traceback ends: the exception."""
    words = [line for line in output.split("\n") if re.match(r"[A-Za-z_][\w.]*(?:: |$)", line)]
    return words[-1] if words else "el código falló"


def _line(block: Block, output: str) -> int:
    """The page's line where it went wrong: the innermost one in this fence, or its opening."""
    last = block.line_of(block.code.count("\n"))
    named = re.findall(rf'^ +File "{re.escape(str(block.page))}", line (\d+)', output, re.MULTILINE)
    return next((n for n in map(int, reversed(named)) if block.line < n <= last), block.line)
