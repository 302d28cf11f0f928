"""The harness's side of `supervisor_process`: nothing that a page starts outlives the run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM = Path(__file__).with_name("supervisor_process.py")
CLOSING_LIMIT = 15.0  # seconds; the process's own grace and patience fit in it


class Supervisor:
    """A separate process that ends what was started under it, however the harness ends.

    It starts at once and is not waited for: make it early, and its start-up runs beside the rest.

    Attributes:
        scratch: a private directory of this run (mode 0700), removed at the end.
    """

    def __init__(self) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="kubedoctest-")).resolve()
        self._lock = threading.Lock()
        self._rooms = 0
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROGRAM), str(self.scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )

    @property
    def pid(self) -> int | None:
        """The supervisor process's process id, or None once closed."""
        return None if self._process is None else self._process.pid

    def room(self, name: str) -> Path:
        """A new, empty directory in the scratch directory, its name starting with ``name``."""
        with self._lock:
            self._rooms += 1
            path = self.scratch / f"{name}-{self._rooms}"
        path.mkdir(mode=0o700)
        return path

    def place(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        room: Path,
    ) -> None:
        """Starts a shell, the room's ``script`` its standard input, under a reaper of its own.

        That, ``control`` and ``lifeline`` are FIFOs in the room, open on the caller's side. The
        reaper writes lines to ``control`` (``shell PID``, ``gone STATUS``, ``ended JSON``), and
        ends all that the shell started when a line comes over ``lifeline``, or when it closes.
        """
        self._order(
            {
                "do": "place",
                "argv": list(argv),
                "environment": dict(environment),
                "cwd": str(cwd),
                "room": str(room),
            }
        )

    def on_death(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Registers what to run, and all that it sees of the environment, should the harness die.

        It runs once every process is ended and before the scratch directory is removed. An empty
        ``argv`` takes it back.
        """
        seen = {"LC_ALL": "C.UTF-8", **environment}
        self._order({"do": "on-death", "argv": list(argv), "environment": seen})

    def _order(self, order: Mapping[str, object]) -> None:
        with self._lock:
            if self._process is None or self._process.stdin is None:
                raise RuntimeError("the supervisor is closed")
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def close(self) -> tuple[str, ...]:
        """Ends what is left, and the process; the command lines of what had been left running."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return ()
        try:
            report, _ = process.communicate(b'{"do": "release"}\n', timeout=CLOSING_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            report, _ = process.communicate()
        shutil.rmtree(self.scratch, ignore_errors=True)
        return tuple(json.loads(report)) if report else ()
