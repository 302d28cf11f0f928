"""One run at a time on a cluster: two would see each other's objects and both fail."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


class Turn:
    """The right to run pages on one cluster. It ends with the process, however that ends.

    Args:
        path: a file for this cluster alone; it stays, empty.
        tell: is told, in Spanish, when another run has the turn and this one waits for it. Without
            it the turn is not waited for.

    Raises:
        BlockingIOError: another run has the turn, and there is no ``tell``.
    """

    def __init__(self, path: Path, tell: Callable[[str], None] | None = None) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if tell is None:
                self.end()
                raise
            tell("otra corrida está usando este cluster: esperamos a que termine (Ctrl-C, y no)")
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def end(self) -> None:
        """Let the next run begin."""
        os.close(self._file)
