"""The commands of a page that go on running: started, awaited, judged and ended.

What such a command prints may be shown in several blocks, as it comes while another terminal goes
on. What a block shows has come when the page goes on from there: a line that only a later command
brings about is not true before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubedoctest.cluster.timeline import Timeline
from kubedoctest.commands.command import Command, GoesOn
from kubedoctest.comparison import ages, job_notices, outputs, stream
from kubedoctest.comparison.mismatch import DiffLine, explain
from kubedoctest.comparison.outputs import Reading
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import NOT_DECIDED, Answer, Proof, Undecided
from kubedoctest.page.document import Role
from kubedoctest.page.transcript import ANY_LINES, DocumentedLine, Step
from kubedoctest.run.chapter_context import ChapterContext, Limits, Progress
from kubedoctest.run.failures import PRINTED_CHARACTERS, untrue
from kubedoctest.run.judgement import Attempt, Judge, Knowledge
from kubedoctest.shell import jobs
from kubedoctest.shell.observation import Ending, Observation, Terminal
from kubedoctest.verdicts.outcome import Failure

LOOK_AGAIN_SECONDS = 0.1
START_AGAIN_SECONDS = 0.5
AT_ONCE_SECONDS = 1.0
"""By then a command that fails or ends at once has ended, on a busy machine too. Until then, one
that has printed a line may still be either: one that goes on, or one that is about to end."""
WINDOW_SECONDS = 3.0  # what a person takes at least to go on in another window
STOP_SECONDS = 15.0  # for a program to end once it gets ``^C``
_MOST_LINES = 5


@dataclass(frozen=True)
class Fault:
    """A block that is not true, found when another one was run or at the end."""

    progress: Progress
    failure: Failure


@dataclass(frozen=True)
class Part:
    """What one block shows of a stream; ``lines`` up to the ``^C``."""

    progress: Progress
    step: Step
    lines: tuple[DocumentedLine, ...]


@dataclass
class Running:
    """A command that goes on in its terminal, and what the page shows of what it prints."""

    command: str  # as bash was given it
    terminal: Terminal
    began: float = 0.0  # when it was started, ``time.monotonic()`` seconds
    text: str = ""  # what it has printed until now
    parts: list[Part] = field(default_factory=list)
    judged: int = 0  # how many of its parts have been found true
    seen: Observation | None = None  # what it did in all, once it is over
    failed: int | None = None  # the exit code of the last time that it was started before

    @property
    def place(self) -> str:
        """Where the page starts it."""
        return f"{self.parts[0].progress.block.page}:{self.parts[0].step.line}"

    @property
    def documented(self) -> list[DocumentedLine]:
        """All that the page shows of it until now."""
        return [line for part in self.parts for line in part.lines]

    def holder(self, number: int | None) -> Progress:
        """The block that shows a line of the page; the last one when none is to blame."""
        for part in self.parts:
            if any(line.number == number for line in part.step.output):
                return part.progress
        return self.parts[-1].progress

    @property
    def in_background(self) -> bool:
        """Whether its terminal takes other commands meanwhile."""
        return Command.of(self.command).in_background

    @property
    def goes_on(self) -> GoesOn | None:
        """How it goes on if only ``^C`` ends it, so that a page may show a part of it; or None."""
        return Command.of(self.command).goes_on

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return not self.in_background and (self.seen is not None or self.terminal.ended())

    def look(self) -> str:
        """What it has printed so far."""
        if self.seen is None:
            self.text = self.terminal.partial()
        return self.text


class Streams:
    """What goes on running in a page's terminals, one command in each at most."""

    def __init__(self, work: ChapterContext, limits: Limits, judge: Judge) -> None:
        self._work = work
        self._limits = limits
        self._judge = StreamJudge(judge, work.timeline)
        self._commands = judge
        self._running: dict[str, Running] = {}

    def run(self, p: Progress, step: Step, command: str) -> Fault | None:
        """Run a command that goes on, as far as the page has it go on.

        Args:
            command: with real names; "" if the step continues what runs in its terminal.
        """
        running = self._running.pop(p.block.terminal, None) or self._begin(p, command)
        lines = step.before_interrupt
        if running.in_background:
            lines = job_notices.others(lines)
        running.parts.append(Part(p, step, lines))
        quiet = not (lines or step.continues or step.interrupted or running.in_background)
        wanted = self._under_way if quiet else self._agrees
        with p.awaiting(self._work.clock):
            agreed = self._wait(running, wanted, self._limits.patience(p.block.directives.limit))
        if step.interrupted:
            return self._interrupt(p, running, agreed)
        if running.in_background:
            return self._leave(p, step, running, agreed)
        self._running[p.block.terminal] = running
        return None if agreed else self._fault(running)

    def try_out(self, p: Progress, step: Step, command: str) -> Observation | Fault | None:
        """Run a command of which only its end tells whether it goes on while the page does.

        Returns:
            What it did, if it ends; a fault if it does not print what the page shows; None for one
            that has printed that, and still runs.
        """
        running = self._begin(p, command)
        running.parts.append(Part(p, step, step.output))
        limit = p.block.directives.limit or self._limits.command
        agreed = self._wait(running, self._going_on_as_shown, limit)
        if running.over:
            return self._finish(running, STOP_SECONDS)
        p.waiting += self._work.clock.now() - running.began
        self._running[p.block.terminal] = running
        return None if agreed else self._fault(running)

    def free(self, terminal: str) -> Fault | None:
        """Somebody types in a terminal: what runs there has to end, as the page shows it."""
        running = self._running.pop(terminal, None)
        if running is None:
            return None
        if not self._wait(running, lambda one: one.over, self._limits.command):
            return self._fault(running)
        return self._ended(running)

    def _ended(self, running: Running) -> Fault | None:
        """What is wrong with a command that has ended by itself: all that it printed is shown."""
        seen = self._finish(running, STOP_SECONDS)
        part = running.parts[0]
        step = replace(part.step, output=tuple(running.documented))
        verdict = self._commands.judge(Attempt(part.progress.block, step, running.command, seen))
        if verdict.failure is None:
            self._commands.accept(verdict.knowledge)
            return None
        failure, line = verdict.failure, verdict.failure.line
        if all(line != one.number for one in running.documented):
            line = running.parts[-1].step.line
            failure = replace(failure, place=part.progress.block.place_at(line))
        return Fault(running.holder(line), failure)

    def awaits(self, p: Progress) -> bool:
        """Whether the block shows part of a stream that is still to be judged."""
        return any(part.progress is p for part in self._unjudged())

    def end(self) -> Iterator[Fault]:
        """The chapter is over: judge what still runs, and end it."""
        for running in self._running.values():
            agreed = self._wait(running, self._agrees)
            if agreed and running.over and running.goes_on is None:
                fault = self._ended(running)
            else:
                fault = self._judge.silent(running) if agreed else self._fault(running)
            running.terminal.interrupt()
            self._finish(running, STOP_SECONDS)
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
            yield from running.parts[running.judged :]

    def _begin(self, p: Progress, command: str) -> Running:
        running = Running(command, self._work.terminal(p.block.terminal))
        self._start(running)
        p.commands += 1
        return running

    def _start(self, running: Running) -> None:
        running.began = self._work.clock.now()
        running.terminal.begin(running.command)

    def _again(self, running: Running) -> bool:
        """Start it again if it only reads and failed: what it needs may not be there yet."""
        if len(running.parts) > 1 or not Command.of(running.command).reads:
            return False
        running.failed = self._finish(running, STOP_SECONDS).exit_code
        if running.failed in (0, None) or not running.terminal.alive:
            return False
        running.seen = None
        self._work.clock.wait(START_AGAIN_SECONDS)
        self._start(running)
        return True

    def _finish(self, running: Running, limit: float) -> Observation:
        """What it did in all, once it has ended or ``limit`` seconds are up."""
        if running.seen is None:
            running.seen = running.terminal.finish(limit)
            running.text = running.seen.output
            title = running.parts[0].progress.block.terminal
            self._commands.record_jobs(title, running.seen)
        return running.seen

    # -- waiting

    def _wait(
        self,
        running: Running,
        wanted: Callable[[Running], bool],
        limit: float | None = None,
    ) -> bool:
        """Wait for what a stream prints; whether it came, before the limit and its end."""
        clock = self._work.clock
        deadline = clock.now() + (self._limits.retry if limit is None else limit)
        looked_at: tuple[str, int, bool] | None = None
        while True:
            over, late = running.over, clock.now() >= deadline or not clock.goes_on()
            text = running.look()
            self._work.timeline.advance(clock.now())
            known = (text, self._work.timeline.events, self._lasts(running))
            if (known != looked_at or not text or over or late) and wanted(running):
                running.look()  # by the time of the last look a recording decides the same
                return True
            looked_at = known
            if late or (over and not self._again(running)):
                return False
            clock.wait(LOOK_AGAIN_SECONDS)

    def _agrees(self, running: Running) -> bool:
        """Whether all that the page has shown of the stream is in what it has printed."""
        known = self._judge.holds(running)
        if known is None:
            return False
        self._commands.accept(known)
        running.judged = len(running.parts)
        return True

    def _under_way(self, running: Running) -> bool:
        """Whether a reader would go on in another terminal, of a command that shows nothing yet.

        A watch of nothing prints nothing, and a log may be empty.
        """
        if running.over:
            failed = self._finish(running, STOP_SECONDS).exit_code != 0
            return not failed and self._judge.silent(running) is None
        if "\n" in running.text:
            return self._lasts(running)
        return not self._is_new(running)

    def _is_new(self, running: Running) -> bool:
        """Whether it was started, perhaps again, so lately that nobody would go on elsewhere."""
        waited = self._work.clock.now() - running.began
        return waited < min(WINDOW_SECONDS, self._limits.retry)

    def _lasts(self, running: Running) -> bool:
        """Whether it has gone on for longer than what ends at once, or no time is left to see."""
        clock = self._work.clock
        waited = clock.now() - running.began
        return waited >= min(AT_ONCE_SECONDS, self._limits.retry) or not clock.goes_on()

    def _going_on_as_shown(self, running: Running) -> bool:
        """Whether it has ended, or a reader would go on elsewhere: it has printed what is shown."""
        return running.over or (not self._is_new(running) and self._agrees(running))

    # -- ending

    def _interrupt(self, p: Progress, running: Running, agreed: bool) -> Fault | None:
        with p.awaiting(self._work.clock):  # nobody is quicker with ^C
            while agreed and not running.over and not self._lasts(running):
                self._work.clock.wait(LOOK_AGAIN_SECONDS)
        started = self._work.clock.now()
        before = running.look()
        fault = None if agreed else self._fault(running)
        running.terminal.interrupt()
        seen = self._finish(running, p.block.directives.limit or STOP_SECONDS)
        p.working += self._work.clock.now() - started
        self.await_jobs(p, running.parts[-1].step.after_interrupt, seen)
        if fault is not None:
            return fault
        found = self._judge.at_interrupt(running, before, seen)
        if isinstance(found, Fault):
            return found
        self._commands.accept(found)
        return None

    def _leave(self, p: Progress, step: Step, running: Running, agreed: bool) -> Fault | None:
        """A command left in the background: what it does from now on is not shown."""
        fault = None if agreed else self._fault(running)
        seen = self._finish(running, p.block.directives.limit or STOP_SECONDS)
        p.working += seen.seconds
        if seen.ending is Ending.DONE and seen.exit_code == 0:
            self.await_jobs(p, step.output, seen)
            wrong = self._commands.notices(p.block, step.output, seen).wrong
            return fault or self._judge.wrong_notice(running, wrong)
        verdict = self._commands.judge(Attempt(p.block, step, running.command, seen))
        return fault if verdict.failure is None else Fault(p, verdict.failure)

    # -- background jobs

    def await_jobs(self, p: Progress, shown: Sequence[DocumentedLine], seen: Observation) -> bool:
        """Wait for the jobs whose end the page shows under a command that is over; whether any."""
        awaited = False
        with p.awaiting(self._work.clock):
            for _ in self._work.clock.attempts(self._limits.retry):
                alive = self._work.terminal(p.block.terminal).alive
                if not alive or not self._commands.notices(p.block, shown, seen).awaited:
                    break
                awaited = True
                self.look_at_jobs(p, seen.exit_code)
        return awaited

    def look_at_jobs(self, p: Progress, status: int | None) -> None:
        """Have bash tell of its jobs, a moment later; ``status``: that of its last command."""
        self._work.clock.wait(jobs.LOOK_AGAIN_SECONDS)
        told = self._work.terminal(p.block.terminal).run(jobs.look(status), STOP_SECONDS)
        self._commands.record_jobs(p.block.terminal, told)

    def _fault(self, running: Running) -> Fault:
        if running.over:
            code = self._finish(running, STOP_SECONDS).exit_code
            how = f"el comando terminó solo, con código {code}"
        elif running.failed is not None and (not running.look() or self._is_new(running)):
            how = f"el comando terminó solo, con código {running.failed}"
        else:
            how = (
                f"lo esperamos {self._limits.retry:.0f} s; si recién sale con un comando que viene "
                f"más abajo, va en otro bloque, debajo de ese comando"
            )
        fault = self._judge.fault(running, how)
        # What comes later is judged without what has been told.
        running.parts = [
            replace(part, lines=tuple(replace(line, text=ANY_LINES) for line in part.lines[:1]))
            if part.progress is fault.progress
            else part
            for part in running.parts
        ]
        return fault


class StreamJudge:
    """Judges streams by what the page's judge knows."""

    def __init__(self, judge: Judge, timeline: Timeline) -> None:
        self._judge = judge
        self._timeline = timeline

    def holds(self, running: Running) -> Knowledge | None:
        """What is known if all that the page has shown of a stream is in what it has printed."""
        watched = self._judge.listings.watched(running.command)
        if watched is not None:
            self._timeline.catch_up([watched.resource])
        return self._agree(running, running.documented)

    def fault(self, running: Running, how: str) -> Fault:
        """What the page shows of a stream and it did not print; ``how`` it ended, in Spanish."""
        reading, known = self._read(running, running.documented), self._known(running)
        found = explain(reading, self._judge.patterns, known.bindings, running.documented)
        number = found.number
        if number is None:
            number = stream.first_wrong(
                running.documented, lambda lines: self._agree(running, lines) is not None
            )
        answer = outputs.agrees(reading, known.bindings, running.place)
        undecided = isinstance(answer, Undecided)
        reasons = (*([NOT_DECIDED] if undecided else []), *found.reasons, how)
        return Fault(running.holder(number), _failure(running, number, reasons, found.difference))

    def silent(self, running: Running) -> Fault | None:
        """A page that shows nothing of what a command prints."""
        block = running.parts[0].progress.block
        if block.role is not Role.TRANSCRIPT:
            return None
        if running.documented or not running.text.strip():
            return None
        reason = "el comando imprime, y la página no muestra nada de eso"
        return _told(running, running.parts[0], reason)

    def at_interrupt(self, running: Running, before: str, seen: Observation) -> Fault | Knowledge:
        """What is wrong with a stream, its lines aside, that the page ends with ``^C``.

        Args:
            before: what it had printed when it was interrupted.
            seen: what it did in all.
        """
        how = _not_interrupted(seen)
        if how is not None:
            fault = _told(running, running.parts[-1], how, running.parts[-1].step.interrupt)
            return replace(fault, failure=replace(fault.failure, only_shown=False))
        return self.silent(running) or self._untimely(running) or self._after(running, before, seen)

    def _untimely(self, running: Running) -> Fault | None:
        """A row of a watch whose times are of no run of the page's author."""
        reading, known = self._read(running, running.documented), self._known(running)
        proof = outputs.agrees(reading, known.bindings, running.place)
        watched = self._judge.listings.watched(running.command)
        if not isinstance(proof, Proof) or watched is None:
            return None
        lives = {life.identity.uid: life for life in self._timeline.lives(watched.resource)}
        rows = []
        for row, option in zip(reading.rows, proof.choice, strict=True):
            real = reading.lines[option.payload]
            if real.state is not None:
                life = lives[real.state.identity.uid]
                rows.append(ages.row(row.line, real.pattern, life))
        found = known.ages.with_stream(rows, running.parts[0].step.line, self._timeline.recorded())
        if isinstance(found, ages.Ages):
            return None
        reason = ages.told_in_spanish([found])
        holder = running.holder(found.line)
        progress = running.parts[-1].progress if holder.final else holder
        return Fault(progress, _failure(running, found.line, (reason,)))

    def wrong_notice(self, running: Running, wrong: Mapping[int, str]) -> Fault | None:
        """A notice of a job that is not true (see `job_notices`), unless that is what it prints."""
        printed_lines = outputs.real_lines(running.text)
        part = running.parts[-1]
        for line in part.step.output:
            if line.number in wrong and line.text not in printed_lines:
                return Fault(part.progress, _failure(running, line.number, (wrong[line.number],)))
        return None

    def _agree(self, running: Running, documented: Sequence[DocumentedLine]) -> Knowledge | None:
        reading, bindings = self._read(running, documented), self._known(running).bindings
        return self._known_by(running, outputs.agrees(reading, bindings, running.place))

    def _known_by(self, running: Running, answer: Answer[Any]) -> Knowledge | None:
        if not isinstance(answer, Proof):
            return None
        told_in = f"{running.command}\n{running.text}"
        return self._judge.learnt(self._known(running), answer, told_in)

    def _known(self, running: Running) -> Knowledge:
        return self._judge.known_at(running.began)

    def _read(self, running: Running, documented: Sequence[DocumentedLine]) -> Reading:
        recording = None
        watched = self._judge.listings.watched(running.command)
        if watched is not None:
            recording = stream.Recording(self._timeline, watched, running.began)
        patterns, how = self._judge.patterns, self._judge.listings.format_of(running.command)
        kind = running.goes_on or GoesOn.LINES
        return stream.read(kind, documented, running.text, patterns, recording, how)

    def _after(self, running: Running, before: str, seen: Observation) -> Fault | Knowledge:
        """What is printed after ``^C`` is documented; more lines like its others need not be."""
        patterns = self._judge.patterns
        lines = outputs.real_lines(running.text)
        kept = before.count("\n")
        usual = {_shape(line, patterns) for line in lines[:kept]}
        rest = lines[kept:]
        while rest and (running.goes_on is GoesOn.WATCH or _shape(rest[0], patterns) in usual):
            del rest[0]
        part = running.parts[-1]
        told = self._judge.notices(part.progress.block, part.step.after_interrupt, seen)
        documented = told.lines
        if not documented:
            shown = "; ".join(rest[:_MOST_LINES])
            reason = f"después de ^C escribe también: {shown}"
            fault = _told(running, part, reason, part.step.interrupt)
            return fault if rest else self._judge.knowledge
        tail = rest if len(rest) >= len(documented) else lines[-len(documented) :]
        laid = outputs.read(documented, "\n".join(tail), patterns)
        bindings = self._known(running).bindings
        known = self._known_by(running, outputs.agrees(laid, bindings, running.place))
        if known is not None:
            return known
        found = explain(laid, patterns, bindings)
        number = found.number or documented[0].number
        return Fault(part.progress, _failure(running, number, found.reasons, found.difference))


def _not_interrupted(seen: Observation) -> str | None:
    """Why the ``^C`` that the page shows was not what ended the command."""
    if seen.ending is Ending.DONE:
        return f"el comando terminó solo, con código {seen.exit_code}, antes de ^C"
    if seen.ending is Ending.LIMIT:
        return f"^C no lo detuvo en {seen.seconds:.0f} s"
    if seen.ending is Ending.SHELL_GONE:
        return "el comando terminó el bash de la página"
    return "el comando escribió demasiado" if seen.ending is Ending.FLOOD else None


def _shape(line: str, patterns: Patterns) -> str:
    """A line's form: what differs from one turn of a loop to the next is left out."""
    masked = "".join("0" if c.isdigit() else c for c in line)
    return patterns.of_line(line).source if masked == line else masked


def _told(running: Running, part: Part, reason: str, line: DocumentedLine | None = None) -> Fault:
    """What is wrong with a part as a whole, or with one line of it."""
    failure = _failure(running, line.number if line else part.step.line, (reason,))
    return Fault(part.progress, replace(failure, printed=running.text[-PRINTED_CHARACTERS:]))


def _failure(
    running: Running,
    line: int | None,
    reasons: tuple[str, ...],
    difference: tuple[DiffLine, ...] = (),
) -> Failure:
    first, last = running.parts[0], running.parts[-1]
    block, line = first.progress.block, line or last.step.line
    return untrue(block, first.step, reasons, line, difference)
