"""Each mutant against the recording: which of them a replay tells from the truth.

A page is replayed once in each process, as it is; where a mutant branches off (see ``trunk``), a
forked child goes on as that mutant, with all that the page's run knew by then.
"""

from __future__ import annotations

import math
import multiprocessing
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from equivalents import EQUIVALENTS
from lies import OPERATORS
from mutants import Mutant, Source
from trunk import Trunk

from kubedoctest.page.document import Document
from kubedoctest.recordings.recording import PageRecording
from kubedoctest.verdicts.outcome import Outcome, Status

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
    """Every mutant of every recorded page, replayed: at most ``most`` of each page.

    A page's parts have a share each, by their steps.
    """
    steps: dict[str, int] = {}
    for part, told in recorded.items():
        page = part.partition("#")[0]
        steps[page] = steps.get(page, 0) + len(told.steps)
    work = []
    for part, told in recorded.items():
        source = Source(part, told)
        share = most * len(told.steps) / steps[part.partition("#")[0]]
        work += [(source, mutant) for mutant in generated(source, kinds, math.ceil(share))]
    return score_all(work, processes)


def score_all(work: Sequence[tuple[Source, Mutant]], processes: int = 2) -> list[Scored]:
    """These mutants, replayed; those of one page must have one source."""
    global _work  # forked children read it; nothing is sent to them
    _work = work
    _trunk.cache_clear()
    with ProcessPoolExecutor(processes, _FORK) as pool:
        forks = list(pool.map(_fork_of, range(len(work)), chunksize=8))
        # A trunk only goes on, so in the order in which it comes by; those without a fork first.
        places = [
            (s.path, -1 if at is None else at) for (s, _), at in zip(work, forks, strict=True)
        ]
        order = sorted(range(len(work)), key=places.__getitem__)
        found = dict(zip(order, pool.map(_score_at, order, [forks[n] for n in order]), strict=True))
    return [found[n] for n in range(len(work))]


_FORK = multiprocessing.get_context("fork")
_work: Sequence[tuple[Source, Mutant]] = ()


@cache
def _trunk(source: Source) -> Trunk:
    """The page's run, as far as this process has come."""
    return Trunk(source, source.document)


def _fork_of(index: int) -> int | None:
    source, mutant = _work[index]
    return _trunk(source).fork_of(source.mutated(mutant))


def _score_at(index: int, fork: int | None) -> Scored:
    source, mutant = _work[index]
    if fork is None:
        return from_the_start(source, mutant)
    trunk = _trunk(source)
    trunk.reach(fork)
    here, there = _FORK.Pipe(duplex=False)
    child = _FORK.Process(target=lambda: there.send(_branch(trunk, source, mutant)))
    child.start()
    there.close()
    found: Scored = here.recv()
    child.join()
    return found


def _branch(trunk: Trunk, source: Source, mutant: Mutant) -> Scored:
    """The mutant, replayed from here on."""
    trunk.become(source.mutated(mutant))
    return _scored(source, mutant, trunk)


def from_the_start(source: Source, mutant: Mutant) -> Scored:
    """The mutant, replayed whole."""
    return _scored(source, mutant, Trunk(source, source.mutated(mutant)))


def _scored(source: Source, mutant: Mutant, trunk: Trunk) -> Scored:
    whole = mutant.operator in EQUIVALENTS or mutant.prose is not None
    block, outcome = trunk.first_untrue(None if whole else mutant.block)
    if outcome is None:
        # What the page says as a whole comes after its last block.
        status = Status.PASSED if block is None else Status.FAILED
        return Scored(source.path, mutant, block, status, "")
    return Scored(source.path, mutant, block, outcome.status, outcome.reason)


def replayed(source: Source, document: Document) -> tuple[int | None, Outcome | None]:
    """The first block of a page that is not true, and its outcome, as `Trunk.first_untrue`."""
    return Trunk(source, document).first_untrue()
