"""What became of each block of a page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kubedoctest.comparison.mismatch import DiffLine
from kubedoctest.page.document import Block


class Status(Enum):
    """The ends of a block; the values are those of the results file."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not-run"
    SHOWN = "shown"
    NOT_RECORDED = "not-recorded"


class NotRecorded(Exception):
    """A replay came to what is not in its recording. The message is Spanish.

    Attributes:
        recorded: the command that was recorded there instead, or "".
    """

    def __init__(self, message: str, recorded: str = "") -> None:
        super().__init__(message)
        self.recorded = recorded


@dataclass(frozen=True)
class Failure:
    """Why a block is not true, as its author needs to read it (texts in Spanish).

    Attributes:
        place: ``page:line`` of the line that is wrong.
        command: the command under which it stands, as documented; "" when there is none.
        command_place: where that command stands.
        reasons: what is known about why.
        difference: documented against real; empty when there is nothing to compare.
        printed: what the command had printed, when that says more than a difference.
        cause: the last command that changed something before it, with its place; "" if none.
        next_step: what to do.
        recorded: False when a replay cannot tell, since its recording ends or goes another way.
    """

    place: str
    command: str = ""
    command_place: str = ""
    reasons: tuple[str, ...] = ()
    difference: tuple[DiffLine, ...] = ()
    printed: str = ""
    cause: str = ""
    next_step: str = ""
    recorded: bool = True


@dataclass(frozen=True)
class Outcome:
    """The verdict on one block.

    Attributes:
        reason: why it failed, was not run or is only shown; one line, Spanish.
        seconds: how long the block took.
        commands: how many commands were run for it.
        working: seconds that its commands ran for.
        waiting: seconds spent waiting for a documented state, repeated commands included.
    """

    block: Block
    status: Status
    reason: str = ""
    seconds: float = 0.0
    commands: int = 0
    working: float = 0.0
    waiting: float = 0.0
    failure: Failure | None = None


@dataclass(frozen=True)
class Fault:
    """What is wrong with a page as a whole (its text in Spanish).

    Attributes:
        line: the line of the page that shows it, or None.
    """

    page: Path
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}{'' if self.line is None else f':{self.line}'}: {self.text}"
