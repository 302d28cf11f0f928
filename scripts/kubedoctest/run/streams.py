"""The commands of a page that go on running: started, awaited and ended.

What such a command prints may be shown in several blocks, as it comes while another terminal goes
on. What a block shows has come when the page goes on from there: a line that only a later command
brings about is not true before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubedoctest.commands import endless
from kubedoctest.commands.endless import Endless
from kubedoctest.commands.reading import only_reads
from kubedoctest.comparison import job_notices
from kubedoctest.page.transcript import DocumentedLine, Step
from kubedoctest.run.clock import Clock
from kubedoctest.run.judgement import Judge
from kubedoctest.run.progress import Progress
from kubedoctest.run.stream_judgement import Fault, Part, Printed, StreamJudge
from kubedoctest.shell import jobs
from kubedoctest.shell.observation import Ending, Observation

if TYPE_CHECKING:
    from kubedoctest.run.work import Limits, Work
    from kubedoctest.shell.terminal import Terminal

LOOK_AGAIN_SECONDS = 0.1
START_AGAIN_SECONDS = 0.5
WINDOW_SECONDS = 3.0  # what a person takes at least to go on in another window
STOP_SECONDS = 15.0  # for a program to end once it gets ``^C``


def goes_on(step: Step) -> bool:
    """Whether the step's command does not end by itself, so that it is run from here."""
    return (
        step.continues
        or step.interrupted
        or endless.kind_of(step.command) is not None
        or endless.left_in_background(step.command)
    )


@dataclass
class _Running:
    """A command in its terminal, and what the page shows of it.

    Attributes:
        hear: takes in what its terminal tells when it ends.
        judged: how many of its parts have been found true.
        seen: what it did in all, once it is over.
    """

    terminal: Terminal
    printed: Printed
    clock: Clock
    hear: Callable[[Observation], None]
    judged: int = 0
    seen: Observation | None = None

    @property
    def in_background(self) -> bool:
        """Whether its terminal takes other commands meanwhile."""
        return endless.left_in_background(self.printed.command)

    def begin(self) -> None:
        self.printed.began = self.clock.now()
        self.terminal.begin(self.printed.command)

    def look(self) -> str:
        """What it has printed so far."""
        if self.seen is None:
            self.printed.text = self.terminal.partial()
        return self.printed.text

    def over(self) -> bool:
        return not self.in_background and (self.seen is not None or self.terminal.ended())

    def finish(self, limit: float) -> Observation:
        if self.seen is None:
            self.seen = self.terminal.finish(limit)
            self.printed.text = self.seen.output
            self.hear(self.seen)
        return self.seen

    def again(self) -> bool:
        """Start it again if it only reads and failed: what it needs may not be there yet."""
        if len(self.printed.parts) > 1 or not only_reads(self.printed.command):
            return False
        if self.finish(STOP_SECONDS).exit_code in (0, None) or not self.terminal.alive:
            return False
        self.seen = None
        self.clock.wait(START_AGAIN_SECONDS)
        self.begin()
        return True


class Streams:
    """What goes on running in a page's terminals, one command in each at most."""

    def __init__(self, work: Work, limits: Limits, judge: Judge) -> None:
        self._work = work
        self._limits = limits
        self._judge = StreamJudge(judge, work.timeline)
        self._commands = judge
        self._running: dict[str, _Running] = {}

    def run(self, p: Progress, step: Step, command: str) -> Fault | None:
        """Run a step that :func:`goes_on`, as far as the page has it go on.

        Args:
            command: with real names; "" if the step continues what runs in its terminal.
        """
        running = self._running.pop(p.block.terminal, None) or self._begin(p, command)
        lines = step.before_interrupt
        if running.in_background:
            lines = job_notices.others(lines)
        running.printed.parts.append(Part(p, step, lines))
        quiet = not (lines or step.continues or step.interrupted or running.in_background)
        wanted = self._under_way if quiet else self._agrees
        started = self._work.clock.now()
        agreed = self._wait(running, wanted)
        p.waiting += self._work.clock.now() - started
        if step.interrupted:
            return self._interrupt(p, running, agreed)
        if running.in_background:
            return self._leave(p, step, running, agreed)
        self._running[p.block.terminal] = running
        return None if agreed else self._fault(running)

    def awaits(self, p: Progress) -> bool:
        """Whether the block shows part of a stream that is still to be judged."""
        return any(part.progress is p for part in self._unjudged())

    def end(self) -> Iterator[Fault]:
        """The chapter is over: judge what still runs, and end it."""
        for running in self._running.values():
            agreed = self._wait(running, self._agrees)
            fault = self._judge.silent(running.printed) if agreed else self._fault(running)
            running.terminal.interrupt()
            running.finish(STOP_SECONDS)
            if fault is not None:
                yield fault
        self._running.clear()

    def give_up(self) -> None:
        """The chapter goes no further: what a stream has not shown until now is not verified."""
        for part in self._unjudged():
            part.progress.done = False
        self._running.clear()

    def _unjudged(self) -> Iterator[Part]:
        for running in self._running.values():
            yield from running.printed.parts[running.judged :]

    def _begin(self, p: Progress, command: str) -> _Running:
        kind = endless.kind_of(command) or Endless.LINES
        title = p.block.terminal
        running = _Running(
            self._work.terminal(title),
            Printed(command, kind),
            self._work.clock,
            lambda seen: self._commands.hear(title, seen),
        )
        running.begin()
        p.commands += 1
        return running

    # -- waiting

    def _wait(self, running: _Running, wanted: Callable[[_Running, str], bool]) -> bool:
        """Wait for what a stream prints; whether it came, before the limit and its end."""
        deadline = self._work.clock.now() + self._limits.retry
        looked_at: tuple[str, int] | None = None
        while True:
            over, late = running.over(), self._work.clock.now() >= deadline
            text = running.look()
            known = (text, self._work.timeline.events if self._work.timeline else 0)
            if (known != looked_at or not text or over or late) and wanted(running, text):
                return True
            looked_at = known
            if late or (over and not running.again()):
                return False
            self._work.clock.wait(LOOK_AGAIN_SECONDS)

    def _agrees(self, running: _Running, text: str) -> bool:
        """Whether all that the page has shown of the stream is in what it has printed."""
        del text
        if not self._judge.holds(running.printed):
            return False
        running.judged = len(running.printed.parts)
        return True

    def _under_way(self, running: _Running, text: str) -> bool:
        """Whether a reader would go on in another terminal, of a command that shows nothing yet.

        A watch of nothing prints nothing, and a log may be empty.
        """
        if running.over():
            return self._agrees(running, text)
        waited = self._work.clock.now() - running.printed.began
        return "\n" in text or waited >= min(WINDOW_SECONDS, self._limits.retry)

    # -- ending

    def _interrupt(self, p: Progress, running: _Running, agreed: bool) -> Fault | None:
        started = self._work.clock.now()
        before = running.look()
        fault = None if agreed else self._fault(running)
        running.terminal.interrupt()
        seen = running.finish(p.block.directives.limit or STOP_SECONDS)
        p.working += self._work.clock.now() - started
        self._await_jobs(p, running, running.printed.parts[-1].step.after_interrupt, seen)
        return fault or self._judge.at_interrupt(running.printed, before, seen)

    def _leave(self, p: Progress, step: Step, running: _Running, agreed: bool) -> Fault | None:
        """A command left in the background: what it does from now on is not shown."""
        fault = None if agreed else self._fault(running)
        seen = running.finish(p.block.directives.limit or STOP_SECONDS)
        p.working += seen.seconds
        if seen.ending is Ending.DONE and seen.exit_code == 0:
            self._await_jobs(p, running, step.output, seen)
            wrong = self._commands.told_of_jobs(p.block, step.output, seen).wrong
            return fault or self._judge.wrong_notice(running.printed, wrong)
        verdict = self._commands.judge(p.block, step, running.printed.command, seen, None, ())
        return fault if verdict.failure is None else Fault(p, verdict.failure)

    def _await_jobs(
        self,
        p: Progress,
        running: _Running,
        shown: Sequence[DocumentedLine],
        seen: Observation,
    ) -> None:
        """Wait for the jobs whose end the page shows under a command that is over."""
        clock, started = self._work.clock, self._work.clock.now()
        while (
            running.terminal.alive
            and self._commands.awaits_job(p.block, shown, seen)
            and clock.now() - started < self._limits.retry
            and clock.goes_on()
        ):
            running.hear(running.terminal.run(jobs.look(seen), STOP_SECONDS))
            clock.wait(jobs.LOOK_AGAIN_SECONDS)
        p.waiting += clock.now() - started

    def _fault(self, running: _Running) -> Fault:
        if running.over():
            how = f"el comando terminó solo, con código {running.finish(STOP_SECONDS).exit_code}"
        else:
            how = (
                f"lo esperamos {self._limits.retry:.0f} s; si recién sale con un comando que viene "
                f"más abajo, va en otro bloque, debajo de ese comando"
            )
        return self._judge.fault(running.printed, how)
