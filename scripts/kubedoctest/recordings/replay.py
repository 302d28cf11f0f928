"""Judges pages again by a recording, without a cluster and without waiting.

The chapter runs as ever; its clock goes from one recorded moment to the next, its terminals answer
what bash answered then, and its timeline has seen what the watch had brought until then.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from kubedoctest.cluster.api import ApiError, Cluster, Request, Resource
from kubedoctest.cluster.timeline import Entry, Timeline
from kubedoctest.commands.command import Command
from kubedoctest.page.document import Document
from kubedoctest.page.transcript import steps_of
from kubedoctest.recordings.recorder import request_key
from kubedoctest.recordings.recording import Answer, PageRecording, Run
from kubedoctest.run.chapter_context import ChapterContext, Clock, Moment, Phase
from kubedoctest.shell.observation import Observation, Terminal
from kubedoctest.verdicts.outcome import NotRecorded
from kubedoctest.verdicts.results import Versions


class Replay:
    """A recording in the place of a run session."""

    def __init__(self, pages: Mapping[str, PageRecording], files: Path) -> None:
        self._pages = pages
        self._files = files
        self._versions = Versions()

    def open(self, document: Document) -> ReplayedSandbox:
        """A place for one page, which was recorded, to be judged again in."""
        page = self._pages[document.name]
        self._versions = Versions(page.kubernetes or self._versions.kubernetes)
        return ReplayedSandbox(document, page, self._files)

    def versions(self) -> Versions:
        """That of the cluster that was recorded last; no recording says which engine it was."""
        return self._versions

    def close(self) -> None:
        """Nothing is held open."""


class ReplayedSandbox:
    """One page's recording, as the work of a chapter."""

    def __init__(self, document: Document, page: PageRecording, files: Path) -> None:
        self._page = page
        self._clock = ReplayedClock(page, _aligned(document, page))
        timeline = ReplayedTimeline(page.entries, self._clock)
        used = page.kubernetes is not None
        self.work = ChapterContext(
            terminal=cache(lambda title: ReplayedTerminal(title, page, self._clock)),
            files=files,
            cluster=ReplayedCluster(page, self._clock) if used else None,
            timeline=timeline if used else Timeline(),
            namespace=self._namespace,
            clock=self._clock,
        )

    def close(self, cut_short: bool = False) -> list[str]:
        """What the page had left in the cluster."""
        del cut_short
        return list(self._page.left)

    def _namespace(self) -> str:
        told = self._page.namespaces
        at = bisect.bisect_right([moment for moment, _ in told], self._clock.here) - 1
        return told[max(at, 0)][1] if told else "default"


def _aligned(document: Document, page: PageRecording) -> list[int | None]:
    """For each step of the page, the recorded one; None for what is not recorded.

    Nothing is, after a recorded command that changed something and is no longer in the page.
    """
    now = [step.command for block in document.blocks for step in steps_of(block)]
    then = list(page.steps)
    if len(now) == len(then):
        return list(range(len(now)))
    aligned: list[int | None] = [None] * len(now)
    for tag, a, b, c, d in SequenceMatcher(None, now, then, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and b - a == d - c):
            aligned[a:b] = range(c, d)
        elif not all(Command.of(command).reads for command in then[c:d]):
            break
    return aligned


class ReplayedClock(Clock):
    """Goes to each recorded moment as the chapter reaches it.

    Attributes:
        at: the time of the recording.
        here: the index of the recorded moment.
        step: the recorded step that the chapter is at, or None.
        begins: when the page's first step began.
    """

    def __init__(self, page: PageRecording, aligned: list[int | None]) -> None:
        self._aligned = aligned
        self._steps = len(page.steps)
        self._moments: dict[Moment, tuple[int, float]] = {}
        for index, (moment, at) in enumerate(page.moments):
            self._moments.setdefault(moment, (index, at))
        self._times = [at for _, at in page.moments]
        self._idle = 0.0
        self._over = False
        self.begins = self._times[0] if self._times else 0.0
        self.at = 0.0
        self.here = -1
        self.step: int | None = 0

    def now(self) -> float:
        """The time of the recording, and what has passed idly since."""
        return self.at + self._idle

    def reached(self, moment: Moment) -> float:
        """Go to when that point was reached."""
        if moment.phase is Phase.BEGINS:
            self._over = False
            self.step = self._recorded(moment.step)
        self._idle = 0.0
        step = self._recorded(moment.step)
        if step is not None:
            index, at = self._moments.get(moment._replace(step=step), (self.here, self.at))
            if moment.phase is Phase.CAUGHT_UP and index == self.here:
                # Then it was true without, or it is not noted: until the next moment it had.
                at = next(iter(self._times[self.here + 1 :]), at)
            self.here = max(self.here, index)
            self.go_to(at)
        return self.at

    def goes_on(self) -> bool:
        """Whether the step's command was run again."""
        return not self._over

    def stop(self) -> None:
        """The recording of the step is at its end."""
        self._over = True

    def go_to(self, at: float) -> None:
        """Go on to a time of the recording, never back."""
        self.at = max(self.at, at)

    def wait(self, seconds: float) -> None:
        """Let time pass in which nothing is recorded."""
        self._idle += seconds

    def _recorded(self, step: int) -> int | None:
        return self._aligned[step] if step < len(self._aligned) else self._steps


class ReplayedTimeline(Timeline):
    """A timeline that has seen what the recorded one had seen at the clock's time."""

    def __init__(self, entries: list[Entry], clock: ReplayedClock) -> None:
        super().__init__(entries)
        self._clock = clock
        self._entries = entries

    def follow(self, resources: Iterable[Resource]) -> None:
        """Show these kinds, if they were recorded, from their first list on."""
        for resource in resources:
            told = (entry.at for entry in self._entries if entry.resource.path == resource.path)
            first = next(told, None)
            if first is not None and not self.follows(resource):
                super().follow([resource])
                if first <= self._clock.begins:  # else it comes with the page's definition of it
                    self._clock.go_to(first)
        self.advance(self._clock.at)

    def advance(self, until: float) -> None:
        """Know what was said by the recording's time: nothing was, while time passes idly."""
        super().advance(min(until, self._clock.at))

    def wait_for_news(self, seconds: float) -> None:
        """Do not wait: the clock alone brings news."""
        self._clock.wait(seconds)


class ReplayedTerminal(Terminal):
    """A terminal that answers as bash did."""

    alive = True

    def __init__(self, title: str, page: PageRecording, clock: ReplayedClock) -> None:
        self._clock = clock
        self._runs: dict[int, list[Run]] = {}
        for run in page.runs:
            if run.terminal == title:
                self._runs.setdefault(run.step, []).append(run)
        self._run: Run | None = None
        self._begun: dict[int, int] = {}

    def begin(self, command: str) -> None:
        """Start what was started then.

        Raises:
            NotRecorded: that command was not run there.
        """
        step = self._clock.step
        runs = self._runs.get(step, []) if step is not None else []
        if step is None or not runs:
            raise NotRecorded("en la grabación no hay ningún comando en este lugar")
        count = self._begun.get(step, 0)
        self._begun[step] = count + 1
        if count + 1 >= len(runs):
            self._clock.stop()
        run = runs[min(count, len(runs) - 1)]
        if Command.of(run.command).without_remarks != Command.of(command).without_remarks:
            raise NotRecorded(f"en este lugar se grabó otro comando: $ {run.command}")
        self._run = run
        self._clock.go_to(run.began)

    def partial(self) -> str:
        """What it had printed by then."""
        told = self._run.partial if self._run is not None else []
        known = [(at, text) for moment, at, text in told if moment <= self._clock.here]
        if known:
            self._clock.go_to(known[-1][0])
        return next((text for _, text in reversed(known) if text is not None), "")

    def ended(self) -> bool:
        """Whether it had ended by then."""
        return self._run is None or (
            self._run.over is not None and self._run.over <= self._clock.here
        )

    def interrupt(self) -> None:
        """Nothing is running."""

    def finish(self, limit: float) -> Observation:
        """What the command that was begun did then.

        Raises:
            NotRecorded: its end was not recorded.
        """
        del limit
        run, self._run = self._run, None
        if run is None or run.seen is None:
            raise NotRecorded("la grabación termina antes que este comando")
        self._clock.go_to(run.seen.ended)
        return run.seen


class ReplayedCluster(Cluster):
    """An API server that answers as the recorded one did."""

    def __init__(self, page: PageRecording, clock: ReplayedClock) -> None:
        self._clock = clock
        self._page = page
        self._told: dict[tuple[str, ...], list[Answer]] = {}
        for answer in page.answers:
            self._told.setdefault(answer.request, []).append(answer)

    def ask(self, request: Request) -> dict[str, Any]:
        """What was answered by then.

        Raises:
            ApiError: that is what was answered.
            NotRecorded: it was not asked.
        """
        told = self._told.get(request_key(request))
        if not told:
            raise NotRecorded(
                "en la grabación no está lo que responde el cluster a "
                f"{request.method} {request.path}"
            )
        at = bisect.bisect_right([answer.moment for answer in told], self._clock.here) - 1
        answer = told[max(at, 0)]
        if answer.body is None:
            raise ApiError(answer.status, answer.message)
        return dict(answer.body)

    def nodes_not_ready(self) -> tuple[str, ...]:
        """None: what is asked when a page is not true is not recorded."""
        return ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The kinds that were recorded."""
        return self._page.resources
