"""Each mutant against the recording: which of them a replay tells from the truth."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import dataclass

from equivalents import EQUIVALENTS
from lies import OPERATORS
from mutants import ROOT, Mutant, Source

from kubedoctest.chapter import Chapter, Limits
from kubedoctest.document import Document
from kubedoctest.outcome import Outcome, Status
from kubedoctest.recording import PageRecording
from kubedoctest.replay import Replay

SEED = 20260515


@dataclass(frozen=True)
class Scored:
    """A mutant, and the first block that a replay of it found not to be true.

    Attributes:
        block: its index; None when the whole page was found true.
        status, reason: of that block.
    """

    page: str
    mutant: Mutant
    block: int | None
    status: Status
    reason: str

    @property
    def killed(self) -> bool:
        """Whether the lie was found, and found where it is."""
        return self.status is Status.FAILED and self.block == self.mutant.block


def generated(source: Source, kinds: str, most: int) -> list[Mutant]:
    """The page's lies or equivalents: of each operator the same share, at most ``most`` in all."""
    generators = OPERATORS if kinds == "lies" else EQUIVALENTS
    found: dict[str, list[Mutant]] = {}
    for operator, generator in generators.items():
        dice = random.Random(f"{SEED}:{source.path}:{operator}")
        found[operator] = list({str(m): m for m in generator(source, dice)}.values())
        dice.shuffle(found[operator])
    while sum(map(len, found.values())) > most:
        max(found.values(), key=len).pop()
    return [mutant for operator in found.values() for mutant in operator]


def score(
    recorded: dict[str, PageRecording], kinds: str, most: int, processes: int = 2
) -> list[Scored]:
    """Every mutant of every recorded page, replayed."""
    sources = [Source(page, recorded[page]) for page in recorded]
    work = [(source, m) for source in sources for m in generated(source, kinds, most)]
    global _work  # forked children read it; nothing is sent to them
    _work = work
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        found = pool.map(_score_one, range(len(work)), chunksize=4)
    return found


_work: Sequence[tuple[Source, Mutant]] = ()


def _score_one(index: int) -> Scored:
    source, mutant = _work[index]
    whole = mutant.operator in EQUIVALENTS or mutant.prose is not None
    block, outcome = replayed(source, source.mutated(mutant), None if whole else mutant.block)
    if outcome is None:
        # What the page says as a whole comes after its last block.
        status = Status.PASSED if block is None else Status.FAILED
        return Scored(source.path, mutant, block, status, "")
    return Scored(source.path, mutant, block, outcome.status, outcome.reason)


def replayed(
    source: Source, document: Document, last: int | None = None
) -> tuple[int | None, Outcome | None]:
    """The first block, up to ``last``, that is not true, and its outcome.

    With ``last`` None the page's prose counts too, as a block after the last, without outcome.
    """
    place = Replay({source.path: source.recording}, ROOT).open(document)
    chapter = Chapter(document, place.work, Limits())
    for number in range(len(document.blocks) if last is None else last + 1):
        outcome = chapter.outcome(number)
        if outcome.status not in (Status.PASSED, Status.SHOWN):
            return number, outcome
    faults = chapter.unshown_names() if last is None else []
    return (len(document.blocks) if faults else None), None
