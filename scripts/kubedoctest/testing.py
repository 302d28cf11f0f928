"""For tests: judges a page's text in this process, and tells what became of it.

The same rooms as a run of pytest, without its session: a page in, verdicts out::

    with Harness() as harness:
        page = harness.judge("```console\n$ echo hola\nchau\n```\n")
        assert page.red == [3], page.told

Pages that use a cluster get it by its kubeconfig, a real one or a stand-in's. It is this harness's
turn on that cluster from the first such page until it is closed, and the connection and its watch
are shared by all of them. Harnesses that are told to be beside others run pages at the same time.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Self

from kubedoctest.page import inventory, sections
from kubedoctest.page.document import Document
from kubedoctest.page.transcript import steps_of
from kubedoctest.recordings.recorder import Recorder
from kubedoctest.recordings.recording import PageRecording
from kubedoctest.recordings.replay import Replay
from kubedoctest.run.chapter_context import Clock, Limits, Moment
from kubedoctest.run.part import PartRun, Session
from kubedoctest.run.run_session import Settings
from kubedoctest.update import updater
from kubedoctest.verdicts import report
from kubedoctest.verdicts.outcome import Fault, Outcome, Status

LIE_PATIENCE = 4.0
"""Seconds that what a page shows wrongly is waited for on a cluster."""


@dataclass(frozen=True)
class JudgedPage:
    """What became of a page."""

    document: Document  # the page; one with problems was not run
    outcomes: tuple[Outcome, ...] = ()  # the verdict on each of its blocks, in their order
    faults: tuple[Fault, ...] = ()  # what is wrong with the page as a whole

    @property
    def true(self) -> bool:
        """Whether everything that it shows is true, and it left nothing behind."""
        return not (self.document.problems or self.faults or self.red)

    @property
    def red(self) -> list[int]:
        """The lines that are told to be wrong, in the order of their blocks."""
        return [failure.line for one in self.outcomes for failure in one.failures]

    @property
    def red_blocks(self) -> list[int]:
        """The lines of the fences that are not true."""
        return [one.block.line for one in self.outcomes if one.failure is not None]

    @property
    def told(self) -> str:
        """All that its author is told, in Spanish; the page goes by its name, without a folder."""
        failed = (report.failure_text(one) for one in self.outcomes if one.failure is not None)
        text = "\n".join([*map(str, self.document.problems), *failed, *map(str, self.faults)])
        return text.replace(f"{self.document.path.parent}/", "")

    def count(self, status: Status) -> int:
        """How many blocks came to that end."""
        return sum(one.status is status for one in self.outcomes)


class FastClock(Clock):
    """Time that passes at once where the harness only waits for it to pass.

    A command that is run takes its real time; between two attempts none does. What is told by a
    cluster's watch is waited for in real time.
    """

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        """Seconds on a clock that runs ahead of the real one, and never goes back."""
        return super().now() + self._skipped

    def wait(self, seconds: float) -> None:
        """Let that time have passed."""
        self._skipped += seconds


class HurriedClock(Clock):
    """Real time, of which some of a page's steps get little.

    Args:
        steps: the ordinals of those steps among all of the page, 0-based.
        patience: seconds from the beginning of such a step until nothing is waited for any more.
    """

    def __init__(self, steps: Collection[int], patience: float) -> None:
        self._steps = steps
        self._patience = patience
        self._step = -1
        self._until = math.inf

    def reached(self, moment: Moment) -> float:
        """Take note of the step; returns the time."""
        now = super().reached(moment)
        if moment.step != self._step:
            self._step = moment.step
            self._until = now + self._patience if moment.step in self._steps else math.inf
        return now

    def goes_on(self) -> bool:
        """Whether there is time left to wait."""
        return self.now() < self._until


class Harness:
    """Judges pages one after another. Close it, or use it as a context.

    Args:
        folder: where the pages are; by default one of the harness's own, removed in the end.
        files: the folder that file titles are relative to; by default the same.
        copied: what of ``files`` the commands find in their folder.
        kubeconfig, context: the cluster; without it, only pages that use none can be judged.
        path: folders that come first in the commands' PATH.
        own_cluster: whether nobody else uses the cluster.
        python: what the commands find as ``python3``.
        mkdocs: the mkdocs.yml by whose Markdown the pages are read.
        limits: how long a command may take, and a documented state be waited for.
        variables: further environment variables of the commands.
        beside_others: do not wait for a turn on the cluster, where other harnesses may run pages
            of their own meanwhile.
    """

    def __init__(
        self,
        *,
        folder: Path | None = None,
        files: Path | None = None,
        copied: tuple[str, ...] = (),
        kubeconfig: Path | None = None,
        context: str | None = None,
        path: tuple[Path, ...] = (),
        python: Path | None = None,
        own_cluster: bool = False,
        mkdocs: Path | None = None,
        limits: Limits = Limits(),  # noqa: B008 (it is frozen)
        variables: Mapping[str, str] | None = None,
        beside_others: bool = False,
    ) -> None:
        self._limits = limits
        self._markdown = inventory.settings(mkdocs)
        self._own = tempfile.TemporaryDirectory(prefix="kubedoctest-pages-")
        self._folder = folder or Path(self._own.name)
        self._files = (files or self._folder).resolve()
        settings = Settings(
            kubeconfig=kubeconfig,
            context=context,
            files=self._files,
            copied=copied,
            path=os.pathsep.join([*map(str, path), os.environ.get("PATH", "")]),
            variables=variables or {},
            python=python,
            own_cluster=own_cluster,
            state=Path(self._own.name, "state") if beside_others else None,
        )
        self._session = Recorder(settings, lambda _said: None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that the pages have started, and let others use the cluster."""
        self._session.close()
        self._own.cleanup()

    def judge(
        self,
        text: str,
        *,
        lie: int | Collection[int] = (),
        patience: float = LIE_PATIENCE,
        limits: Limits | None = None,
        clock: Clock | None = None,
        keep_going: bool = False,
    ) -> JudgedPage:
        """Run a page from start to end, and leave the cluster as it was.

        Args:
            text: the page; what all its lines are indented by does not count.
            lie: the line that is not true, or all of them: what other commands show is waited for
                as always, but what theirs show only for ``patience`` seconds.
            patience: long enough for what the page shows to have become true, were it not a lie.
            limits: instead of the harness's own.
            clock: what time it is for this page, such as a `FastClock`; not together with a lie.
            keep_going: go on past an output that is not true.

        Raises:
            MissingCluster: the page needs a cluster, and none was given.
            ClusterLost: the cluster does not answer.
        """
        document = self._read(text)
        lies = (lie,) if isinstance(lie, int) else lie or ()

        def clock_of(part: Document) -> Clock | None:
            steps = {_step_at(part, line) for line in lies if _holds(part, line)}
            return HurriedClock(steps, patience) if steps else clock

        parts, live = sections.parts(document), self._session.live
        return _judged(document, parts, live, limits or self._limits, clock_of, keep_going)

    def record(self, text: str) -> tuple[JudgedPage, PageRecording]:
        """Run a page that has no problems, and keep what bash and the cluster answered.

        Raises:
            MissingCluster, ClusterLost: as for `judge`.
        """
        document = self._read(text)
        page = _judged(document, [document], self._session, self._limits)
        return page, self._session.pages[document.name]

    def judge_by(self, recording: PageRecording, text: str) -> JudgedPage:
        """Judge a page, such as one with a lie, by what was answered when it was recorded."""
        document = self._read(text)
        replay = Replay({document.name: recording}, self._files)
        return _judged(document, [document], replay, self._limits)

    def _read(self, text: str) -> Document:
        page = self._folder / "page.md"
        page.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return inventory.read_page(page, self._markdown, self._files)


def _judged(
    document: Document,
    parts: Sequence[Document],
    session: Session,
    limits: Limits,
    clock_of: Callable[[Document], Clock | None] = lambda _part: None,
    keep_going: bool = False,
) -> JudgedPage:
    """What becomes of a page, part by part."""
    page = JudgedPage(document)
    for part in parts if not document.problems else ():
        on_mismatch = updater.proposals if keep_going else None
        run = PartRun(part, document, limits, clock=clock_of(part), on_mismatch=on_mismatch)
        run.begin(session)
        with closing(run):
            outcomes = [run.outcome(number) for number in range(len(part.blocks))]
        page = replace(
            page, outcomes=(*page.outcomes, *outcomes), faults=(*page.faults, *run.faults)
        )
    return page


def _holds(part: Document, line: int) -> bool:
    """Whether a line of the page stands in one of the part's blocks, or between them."""
    last = part.blocks[-1] if part.blocks else None
    return last is not None and part.blocks[0].line <= line <= last.line_of(last.code.count("\n"))


def _step_at(document: Document, line: int) -> int:
    """The ordinal of the last step whose command is not below that line."""
    steps = [step for block in document.blocks for step in steps_of(block)]
    return max(sum(step.line <= line for step in steps) - 1, 0)
