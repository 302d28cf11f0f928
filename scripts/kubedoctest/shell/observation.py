"""What a chapter asks of a terminal, a real bash (``session``) or a recorded one, and gets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Ending(Enum):
    """How a command came to its end."""

    DONE = "done"  # it exited
    INTERRUPTED = "interrupted"  # it exited because ``^C`` came while it ran
    LIMIT = "limit"  # its time was up
    FLOOD = "flood"  # it wrote more than the session takes
    SHELL_GONE = "shell-gone"  # the bash that ran it ended (``exit``, a crash)


@dataclass(frozen=True)
class Observation:
    """The outcome of one command."""

    command: str  # the command as it was sent to bash
    output: str  # stdout and stderr in the order written, UTF-8, undecodable bytes replaced
    exit_code: int | None  # the exit status, or None when the command did not end by itself
    wrote_stderr: bool  # whether anything was written to stderr
    # started, ended: ``time.monotonic()`` readings, in seconds
    started: float
    ended: float
    ending: Ending = Ending.DONE  # how it ended
    # the exit statuses of its last pipeline (PIPESTATUS), if that had several commands
    stages: tuple[int, ...] = ()
    late: str = ""  # what background jobs of its terminal have printed since the command before
    jobs: str = ""  # what bash told of its background jobs then (see ``jobs``)

    @property
    def seconds(self) -> float:
        """How long the command ran, in seconds."""
        return self.ended - self.started


class Terminal(Protocol):
    """One bash, in which what a command leaves behind is there for the next."""

    @property
    def alive(self) -> bool:
        """Whether it takes commands still."""

    def run(self, command: str, limit: float) -> Observation:
        """Run a command to its end, or end it after ``limit`` seconds."""
        self.begin(command)
        return self.finish(limit)

    def begin(self, command: str) -> None:
        """Start a command and return at once; ``finish`` must follow before the next one."""

    def partial(self) -> str:
        """What the command that is running has printed so far."""

    def ended(self) -> bool:
        """Whether the command that ``begin`` started has ended by itself."""

    def interrupt(self) -> None:
        """Do what ``^C`` does."""

    def finish(self, limit: float) -> Observation:
        """Wait for the command that ``begin`` started; past ``limit`` seconds, end it."""
