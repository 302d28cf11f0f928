"""The run of a page as it is, from which those of its mutants branch off.

Two pages that are alike up to some block are run alike up to there, unless what comes later has a
say in it. What has is little: the words that the author chose and the kinds that the page shows,
which are of the page as a whole; and the rest of the stretch, which a step looks ahead to. So a
mutant branches off where the stretch of its first changed block begins; and where the page as a
whole decides otherwise, not at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from mutants import ROOT, Source

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.timeline import Timeline
from kubedoctest.comparison.object_query import Listings
from kubedoctest.page import terminals
from kubedoctest.page.document import Block, Document
from kubedoctest.page.transcript import steps_of
from kubedoctest.recordings.replay import Replay
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.chapter_context import Limits, Schedule, only_reads
from kubedoctest.values import authored
from kubedoctest.values.authored import Authored
from kubedoctest.verdicts.outcome import Outcome, Status


class Branching(Schedule):
    """A schedule that can go on as that of another page."""

    @property
    def next_block(self) -> int:
        """The index of the block that comes next, or is under way."""
        return sum(step is None for _, step in self._queue[: self._at])

    def become(self, blocks: Sequence[Block]) -> None:
        """Go on with other blocks, as many and with as many steps, from where this one is."""
        other, done = Schedule(blocks), {p.block: p for p in self.progress}
        self.progress = [done.get(p.block, p) for p in other.progress]
        self._queue = [(p, step) for p in self.progress for step in (*p.steps, None)]


class Trunk(Chapter):
    """A page's run that can stop before a block, and go on from there as that of another page.

    It knows the inside of :class:`Chapter`, so that nothing there is made for the tests' sake.
    """

    def __init__(self, source: Source, document: Document) -> None:
        place = Replay({source.path: source.recording}, ROOT).open(document)
        super().__init__(document, place.work, Limits())
        self._schedule: Branching = Branching(document.blocks)
        self._whole = self._seen_as_a_whole(document)

    def reach(self, number: int) -> None:
        """Run the page until that block is next."""
        while self._schedule.next_block < number:
            assert self.broken is None, f"{self.broken.place} is not true as it is"
            self._advance()

    def fork_of(self, other: Document) -> int | None:
        """The block from which on the run of another page has to be its own.

        None if it may be another one from the start.
        """
        if self._seen_as_a_whole(other) != self._whole:
            return None
        mine, theirs = self._document.blocks, other.blocks
        if len(mine) != len(theirs) or _count(mine) != _count(theirs):
            return None
        changed = next((n for n in range(len(mine)) if mine[n] != theirs[n]), len(mine))
        begin = reversed(range(min(changed + 1, len(mine))))
        fork = next((n for n in begin if _changes(mine[n]) and _changes(theirs[n])), 0)
        return fork if _going_on(mine, fork) == _going_on(theirs, fork) else None

    def become(self, other: Document) -> None:
        """Go on as another page, that is the same up to the block that is next."""
        self._document = other
        self._schedule.become(other.blocks)
        self._ways = terminals.ways(other.blocks)

    def first_untrue(self, last: int | None = None) -> tuple[int | None, Outcome | None]:
        """The first block, up to ``last``, that is not true, and its outcome.

        With ``last`` None the page's prose counts too, as a block after the last, without outcome.
        """
        blocks = len(self._document.blocks)
        for number in range(blocks if last is None else last + 1):
            outcome = self.outcome(number)
            # A stream that went on when a later block failed was not compared to its end.
            if outcome.status not in (Status.PASSED, Status.SHOWN, Status.NOT_RUN):
                return number, outcome
        faults = self.unshown_names() if last is None else []
        return (blocks if faults else None), None

    def _seen_as_a_whole(self, document: Document) -> tuple[Authored, list[Resource]]:
        """What a run knows of its page from the start, as :class:`Chapter` does."""
        steps = [step for block in document.blocks for step in steps_of(block)]
        decided = authored.authored(document, steps, ROOT)
        listings = Listings(self._work.cluster, Timeline(), self._work.namespace)
        return decided, listings.kinds_shown(steps, decided)


def _count(blocks: tuple[Block, ...]) -> int:
    return sum(len(steps_of(block)) for block in blocks)


def _changes(block: Block) -> bool:
    """Whether a block begins with a command that changes something: no step looks beyond it."""
    steps = steps_of(block)
    return bool(steps) and not only_reads(block, steps[0].command)


def _going_on(blocks: tuple[Block, ...], number: int) -> set[int]:
    """The commands before a block that a block of the page shows to go on."""
    return {line for line in terminals.shown_going_on(blocks) if line < blocks[number].line}
