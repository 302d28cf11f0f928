"""One part of a page run in a place of its own, and what is wrong with it as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from kubedoctest.cluster.api import ClusterLost
from kubedoctest.page.document import Block, Document
from kubedoctest.page.transcript import Step
from kubedoctest.run.chapter import Chapter, OnMismatch
from kubedoctest.run.chapter_context import ChapterContext, Clock, Limits
from kubedoctest.run.run_session import MissingCluster
from kubedoctest.verdicts.outcome import Fault, Outcome
from kubedoctest.verdicts.results import Versions


class Place(Protocol):
    """Where one part runs, by itself."""

    @property
    def work(self) -> ChapterContext:
        """What its chapter needs."""

    def close(self, cut_short: bool = False) -> list[str]:
        """End it and put the cluster back; what the part had left there, in Spanish.

        Args:
            cut_short: the part has not come to its end, so that its user may wonder at the wait.
        """


class Session(Protocol):
    """What gives each part its place: a cluster and bash, their recording, or a replay of one."""

    def versions(self) -> Versions:
        """Those of the cluster and of the container engine that were used."""

    def open(self, document: Document) -> Place:
        """A place for a part.

        Raises:
            MissingCluster: it needs a cluster, and there is none.
            ClusterLost: the cluster does not answer.
        """

    def close(self) -> None:
        """End all that is held open."""


class PartRun:
    """The run of one part of a page.

    Args:
        document: the part.
        page: the whole page.
        clock: what time it is for this part, if not what the session says.
        tell, on_mismatch: as for `Chapter`.

    Attributes:
        known: the verdicts of the blocks that were reached, by line, and when they were known.
        seconds, finished: as in :class:`~kubedoctest.verdicts.results.PageResult`.
        whole: it was run to its end.
        faults: what is wrong with it as a whole.
    """

    def __init__(
        self,
        document: Document,
        page: Document,
        limits: Limits,
        *,
        clock: Clock | None = None,
        tell: Callable[[Block, Step], None] = lambda _block, _step: None,
        on_mismatch: OnMismatch | None = None,
    ) -> None:
        self._page = page
        self._limits = limits
        self._clock = clock
        self._tell = tell
        self._on_mismatch = on_mismatch
        self._place: Place | None = None
        self._chapter: Chapter | None = None
        self._begun = 0.0
        self.document = document
        self.known: dict[int, tuple[Outcome, datetime]] = {}
        self.seconds = 0.0
        self.finished: datetime | None = None
        self.whole = False
        self.faults: tuple[Fault, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether it is being run."""
        return self._chapter is not None

    @property
    def outcomes(self) -> list[Outcome]:
        """The verdicts on the blocks that were reached."""
        return [outcome for outcome, _ in self.known.values()]

    def begin(self, session: Session) -> None:
        """Begin the run.

        Raises:
            MissingCluster, ClusterLost: it could not be begun.
        """
        self._begun = time.monotonic()
        try:
            self._place = session.open(self.document)
            work = self._place.work
            work = work if self._clock is None else replace(work, clock=self._clock)
            self._chapter = Chapter(
                self.document, work, self._limits, self._tell, self._on_mismatch
            )
        except (MissingCluster, ClusterLost) as error:
            fault = Fault(self.document.path, None, f"no pudo empezar: {error}")
            self.faults, self.finished = (fault,), datetime.now(UTC)
            raise

    def outcome(self, number: int) -> Outcome:
        """The verdict on a block of a part that has begun; runs it up to there.

        Raises:
            ClusterLost: it could not go on.
        """
        assert self._chapter is not None
        outcome = self._chapter.outcome(number)
        self.known[outcome.block.line] = outcome, datetime.now(UTC)
        return outcome

    def close(self) -> tuple[Fault, ...]:
        """End the run; what is wrong with the part as a whole.

        Raises:
            ClusterLost: the cluster could not be put back.
        """
        chapter, place = self._chapter, self._place
        self._chapter = self._place = None
        if place is None:
            return self.faults
        self.whole = chapter is not None and chapter.finished
        unshown = self._unshown(chapter) if chapter is not None and self.whole else []
        left = place.close(cut_short=not self.whole)
        self.seconds = time.monotonic() - self._begun
        self.finished = datetime.now(UTC)
        if self.whole:
            self.faults = (*unshown, *(self._remains(left) if self.document.leaves_nothing else ()))
        return self.faults

    def _unshown(self, chapter: Chapter) -> list[Fault]:
        """Names in the prose that no block of the page shows, where all that they show is true."""
        if any(outcome.failures for outcome in self.outcomes):
            return []
        own = self.document.blocks
        elsewhere = [block.code for block in self._page.blocks if block not in own]
        return [
            Fault(self.document.path, line, f"`{word}` no aparece en ningún bloque de la página")
            for line, word in chapter.unshown_names()
            if not any(word in code for code in elsewhere)
        ]

    def _remains(self, left: list[str]) -> list[Fault]:
        where = f"«{self.document.section}»" if self.document.section else "la página"
        mend = f"agréguenlo a «{self._page.titles.cleanup}»"
        return [
            Fault(self.document.path, None, f"al terminar {where}, {line}; {mend}") for line in left
        ]
