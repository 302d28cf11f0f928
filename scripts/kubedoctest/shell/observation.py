"""What one command did, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Ending(Enum):
    """How a command came to its end."""

    DONE = "done"  # it exited
    INTERRUPTED = "interrupted"  # it exited because ``^C`` came while it ran
    LIMIT = "limit"  # its time was up
    FLOOD = "flood"  # it wrote more than the session takes
    SHELL_GONE = "shell-gone"  # the bash that ran it ended (``exit``, a crash)


@dataclass(frozen=True)
class Observation:
    """The outcome of one command.

    Attributes:
        command: the command as it was sent to bash.
        output: stdout and stderr in the order written, UTF-8, undecodable bytes replaced.
        exit_code: the exit status, or None when the command did not end by itself.
        wrote_stderr: whether anything was written to stderr.
        started, ended: ``time.monotonic()`` readings, in seconds.
        ending: how it ended.
        jobs: what bash told of its background jobs then (see ``jobs``).
    """

    command: str
    output: str
    exit_code: int | None
    wrote_stderr: bool
    started: float
    ended: float
    ending: Ending = Ending.DONE
    jobs: str = ""

    @property
    def seconds(self) -> float:
        """How long the command ran, in seconds."""
        return self.ended - self.started
