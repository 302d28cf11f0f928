"""What became of each block of a page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kubedoctest.comparison.mismatch import DiffLine
from kubedoctest.page.document import Block
from kubedoctest.page.transcript import Step


class Status(Enum):
    """The ends of a block; the values are those of the results file."""

    PASSED = "passed"
    FAILED = "failed"  # its page stopped there
    FALSE = "false"  # its page went on
    NOT_RUN = "not-run"
    SHOWN = "shown"
    NOT_RECORDED = "not-recorded"


class NotRecorded(Exception):
    """A replay came to what is not in its recording. The message is Spanish."""


@dataclass(frozen=True)
class Failure:
    """Why a block is not true, as its author needs to read it (texts in Spanish)."""

    place: str  # ``page:line`` of the line that is wrong
    command: str = ""  # the command under which it stands, as documented; "" when there is none
    command_place: str = ""  # where that command stands
    reasons: tuple[str, ...] = ()  # what is known about why
    # documented against real; empty when there is nothing to compare
    difference: tuple[DiffLine, ...] = ()
    printed: str = ""  # what the command had printed, when that says more than a difference
    cause: str = ""  # the last command that changed something before it, with its place; "" if none
    next_step: str = ""  # what to do
    # False when a replay cannot tell, since its recording ends or goes another way
    recorded: bool = True
    # the commands did what the page says, and only what it shows is not true
    only_shown: bool = False
    correction: Step | None = None  # the step as the page should show it, when that is known

    @property
    def line(self) -> int:
        """The line of the page that is wrong."""
        return int(self.place.rpartition(":")[2])


@dataclass(frozen=True)
class Outcome:
    """The verdict on one block."""

    block: Block
    status: Status
    reason: str = ""  # why it failed, was not run or is only shown; one line, Spanish
    seconds: float = 0.0  # how long the block took
    commands: int = 0  # how many commands were run for it
    working: float = 0.0  # seconds that its commands ran for
    waiting: float = 0.0  # seconds spent waiting for a documented state, repeated commands included
    # all that is wrong with it; several only where its page went on
    failures: tuple[Failure, ...] = ()

    @property
    def failure(self) -> Failure | None:
        """What is wrong with it first, if anything."""
        return self.failures[0] if self.failures else None


@dataclass(frozen=True)
class Fault:
    """What is wrong with a page as a whole (its text in Spanish)."""

    page: Path
    line: int | None  # the line of the page that shows it, or None
    text: str

    def __str__(self) -> str:
        return f"{self.page}{'' if self.line is None else f':{self.line}'}: {self.text}"
