"""What a page has to be run for, in order, how far it has come, and what is still ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubedoctest.commands import reading
from kubedoctest.page import transcript
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import Step
from kubedoctest.run import interpreter
from kubedoctest.run.progress import Progress


class Agenda:
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
        return next((p, s) for p in self.progress for s in p.steps if place_of(p.block, s) == place)

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


def steps_of(block: Block) -> tuple[Step, ...]:
    """The commands that running a block means, in order."""
    if block.role is Role.PYTHON:
        return (Step(block.line_of(0), interpreter.source(block), ()),)
    return transcript.steps_of(block)


def only_reads(block: Block, command: str) -> bool:
    """Whether a command changes nothing; what a python fence does cannot be told."""
    return block.role is not Role.PYTHON and reading.only_reads(command)


def place_of(block: Block, step: Step) -> str:
    """Where a step's command stands, as ``page:line``."""
    return f"{block.page}:{step.line}"
