"""Where a chapter runs, its steps in order, how long they may take, and the time that it goes by.

All that judges a page asks the clock, never ``time`` itself: a recording notes when each point was
reached, and a replay goes from one to the next without waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.timeline import Timeline
from kubedoctest.commands.command import Command
from kubedoctest.comparison import stretch
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import Step, steps_of
from kubedoctest.shell.observation import Terminal
from kubedoctest.verdicts.outcome import Failure

INTERPRETER = "python"
"""The title by which a page's terminals hold its interpreter; no console can have it."""


class Phase(Enum):
    """The points of a step at which what has been recorded so far decides something."""

    BEGINS = "begins"  # the step is next; after the last one, the end of the page
    STRETCH_ENDS = "stretch-ends"  # the stretch before it is over, and its settled tables judged
    SPANNED = "spanned"  # a command that changes something has had its effect
    JUDGED = "judged"  # an answer is about to be judged
    CAUGHT_UP = "caught-up"  # it is judged again, by all that its command has brought about
    PRINTED = "printed"  # what a python fence has printed is about to be judged
    SETTLED = "settled"  # what it shows must be true from now on


class Moment(NamedTuple):
    """A point of a chapter's way."""

    # the ordinal of the step among all of the page, 0-based; as many as there are steps for what
    # comes after the last one
    step: int
    phase: Phase
    attempt: int = 0  # how often the step's command has been run so far


class Clock:
    """The time as it passes."""

    def now(self) -> float:
        """Seconds on a clock that never goes back (``time.monotonic()``)."""
        return time.monotonic()

    def reached(self, moment: Moment) -> float:
        """Take note that the chapter has come to a point; returns the time."""
        del moment
        return self.now()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        threading.Event().wait(seconds)

    def goes_on(self) -> bool:
        """Whether waiting may bring something new; a recording comes to its end."""
        return True

    def attempts(self, seconds: float) -> Iterator[None]:
        """Once for each further attempt at something, until the time is up or no news can come."""
        deadline = self.now() + seconds
        while self.now() < deadline and self.goes_on():
            yield


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds."""

    command: float = 120.0  # one command
    retry: float = 60.0  # waiting for a documented state
    # how long what a page shows last must hold before it changes something
    hold: float = stretch.HOLDS_SECONDS

    def patience(self, asked: float | None) -> float:
        """How long a state is waited for where the page says how long a command may take."""
        return max(self.retry, asked or 0)


@dataclass(frozen=True)
class ChapterContext:
    """Where a chapter runs."""

    # the bash of a block (see `Block.terminal`), or the page's interpreter
    terminal: Callable[[str], Terminal]
    files: Path  # the folder that file titles are relative to
    cluster: Cluster | None  # None for pages that use none
    timeline: Timeline  # what the cluster says; nothing where there is none
    namespace: Callable[[], str]  # the namespace of the session's context, now
    # returns when the cluster is as a reader finds it who types a command now; a recording was,
    # whenever one was run
    let_get_ready: Callable[[], None] = lambda: None
    # what time it is, and who is told how far the page has come
    clock: Clock = field(default_factory=Clock)


# -- the commands of a page in order, which of them comes next, and how far each block has come


@dataclass
class Progress:
    """One block while its page runs."""

    block: Block
    steps: tuple[Step, ...]
    seconds: float = 0.0
    commands: int = 0
    # working, waiting: seconds, as in :class:`~kubedoctest.verdicts.outcome.Outcome`
    working: float = 0.0
    waiting: float = 0.0
    failure: Failure | None = None  # why the page stopped here
    # what it shows that is not true, where the page went on
    false: list[Failure] = field(default_factory=list)
    done: bool = False  # all of it was run, and nothing stopped it
    final: bool = False  # nothing that is still to come can change its verdict

    @contextmanager
    def awaiting(self, clock: Clock) -> Iterator[None]:
        """Count what passes as waiting, and the commands that are run meanwhile as no work."""
        started, working = clock.now(), self.working
        yield
        self.working = working
        self.waiting += clock.now() - started


class Schedule:
    """The steps of a page's blocks, each block followed by its end, and which of them comes next.

    What looks ahead ends with the stretch: with the next command that changes something.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.progress = [Progress(block, steps_of(block)) for block in blocks]
        self._queue = [(p, step) for p in self.progress for step in (*p.steps, None)]
        self._at = 0

    @property
    def steps(self) -> list[Step]:
        """All the steps of the page."""
        return [step for p in self.progress for step in p.steps]

    @property
    def next(self) -> tuple[Progress, Step | None] | None:
        """The block and its step that come next; no step at a block's end, None at the page's."""
        return self._queue[self._at] if self._at < len(self._queue) else None

    def tick_off(self) -> None:
        """What came next is done."""
        self._at += 1

    def step_at(self, place: str) -> tuple[Progress, Step]:
        """The step whose command is there (``page:line``), and its block."""
        return next(
            (p, s) for p in self.progress for s in p.steps if p.block.place_at(s.line) == place
        )

    def reading_ahead(self) -> Iterator[Step]:
        """The steps that are still to come in this stretch."""
        for block, step in self._to_come():
            if not only_reads(block, step.command):
                return
            yield step

    def text_ahead(self) -> Iterator[str]:
        """What the page says up to the next command that changes something, and that command."""
        for block, step in self._to_come():
            yield step.command
            if not only_reads(block, step.command):
                return
            yield from (line.text for line in step.output)

    def _to_come(self) -> Iterator[tuple[Block, Step]]:
        for p, step in self._queue[self._at + 1 :]:
            if step is not None:
                yield p.block, step


def only_reads(block: Block, command: str) -> bool:
    """Whether a command changes nothing; what a python fence does cannot be told."""
    return block.role is not Role.PYTHON and Command.of(command).reads
