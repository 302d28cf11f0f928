"""The verdict on what a page shows of a command that goes on running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kubedoctest.cluster.timeline import Timeline
from kubedoctest.commands.endless import Endless
from kubedoctest.comparison import form, outputs, stream
from kubedoctest.comparison.mismatch import explain
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.page.document import Role
from kubedoctest.page.transcript import DocumentedLine, Step
from kubedoctest.run.failures import NEXT_STEP
from kubedoctest.run.judgement import Judge
from kubedoctest.run.progress import Progress
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.values import shapes
from kubedoctest.verdicts.outcome import Failure

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
class Printed:
    """What a command that goes on has printed, and what the page shows of it.

    Attributes:
        command: as bash was given it.
        began: when it was started, ``time.monotonic()`` seconds.
        text: what it has printed until now.
    """

    command: str
    kind: Endless
    began: float = 0.0
    text: str = ""
    parts: list[Part] = field(default_factory=list)

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


class StreamJudge:
    """Judges streams with what the page's judge knows, and lets it learn."""

    def __init__(self, judge: Judge, timeline: Timeline | None) -> None:
        self._judge = judge
        self._timeline = timeline

    def holds(self, printed: Printed) -> bool:
        """Whether all that the page has shown of a stream is in what it has printed."""
        watched = self._judge.listings.watched(printed.command)
        if watched is not None and self._timeline is not None:
            self._timeline.catch_up([watched.resource])
        return self._agree(printed, printed.documented)

    def fault(self, printed: Printed, how: str) -> Fault:
        """What the page shows of a stream and it did not print; ``how`` it ended, in Spanish."""
        laid = self._lay(printed, printed.documented)
        found = explain(laid.reading, self._judge.patterns, self._judge.bindings)
        number = found.number
        if number is None:
            wrong = stream.first_wrong(printed.documented, lambda ls: self._agree(printed, ls))
            number = wrong.number if wrong is not None else None
        failure = _failure(printed, number, (*found.reasons, how))
        return Fault(printed.holder(number), replace(failure, difference=found.difference))

    def silent(self, printed: Printed) -> Fault | None:
        """A page that shows nothing of what a command prints."""
        block = printed.parts[0].progress.block
        if block.role is not Role.TRANSCRIPT or block.directives.partial:
            return None
        if printed.documented or not printed.text.strip():
            return None
        reason = "el comando imprime, y la página no muestra nada de eso"
        return _told(printed, printed.parts[0], reason)

    def at_interrupt(self, printed: Printed, before: str, seen: Observation) -> Fault | None:
        """What is wrong with a stream, its lines aside, that the page ends with ``^C``.

        Args:
            before: what it had printed when it was interrupted.
            seen: what it did in all.
        """
        how = _not_interrupted(seen)
        if how is not None:
            return _told(printed, printed.parts[-1], how, printed.parts[-1].step.interrupt)
        return self.silent(printed) or self._after(printed, before, seen)

    def wrong_notice(self, printed: Printed, wrong: Mapping[int, str]) -> Fault | None:
        """A notice of a job that is not true (see `job_notices`), unless that is what it prints."""
        printed_lines = outputs.real_lines(printed.text)
        part = printed.parts[-1]
        for line in part.step.output:
            if line.number in wrong and line.text not in printed_lines:
                return Fault(part.progress, _failure(printed, line.number, (wrong[line.number],)))
        return None

    def _agree(self, printed: Printed, documented: Sequence[DocumentedLine]) -> bool:
        laid = self._lay(printed, documented)
        return stream.agrees(laid, self._judge.bindings, printed.place)

    def _lay(self, printed: Printed, documented: Sequence[DocumentedLine]) -> stream.Laid:
        recording = None
        watched = self._judge.listings.watched(printed.command)
        if watched is not None and self._timeline is not None:
            recording = stream.Recording(self._timeline, watched, printed.began)
        patterns, how = self._judge.patterns, form.of(printed.command)
        return stream.lay(printed.kind, documented, printed.text, patterns, recording, how)

    def _after(self, printed: Printed, before: str, seen: Observation) -> Fault | None:
        """What is printed after ``^C`` is documented; more lines like its others need not be."""
        patterns = self._judge.patterns
        lines = outputs.real_lines(printed.text)
        kept = before.count("\n")
        usual = {_shape(line, patterns) for line in lines[:kept]}
        rest = lines[kept:]
        while rest and (printed.kind is Endless.WATCH or _shape(rest[0], patterns) in usual):
            del rest[0]
        part = printed.parts[-1]
        told = self._judge.told_of_jobs(part.progress.block, part.step.after_interrupt, seen)
        documented = told.lines
        if not documented:
            shown = "; ".join(rest[:_MOST_LINES])
            reason = f"después de ^C escribe también: {shown}"
            return _told(printed, part, reason, part.step.interrupt) if rest else None
        tail = rest if len(rest) >= len(documented) else lines[-len(documented) :]
        laid = outputs.read(documented, "\n".join(tail), patterns)
        if outputs.agrees(laid, self._judge.bindings, printed.place):
            return None
        found = explain(laid, patterns, self._judge.bindings)
        failure = _failure(printed, found.number or documented[0].number, found.reasons)
        return Fault(printed.parts[-1].progress, replace(failure, difference=found.difference))


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
    return patterns.of_line(line, shapes.DESCRIPTION).source if masked == line else masked


def _told(printed: Printed, part: Part, reason: str, line: DocumentedLine | None = None) -> Fault:
    """What is wrong with a part as a whole, or with one line of it."""
    failure = _failure(printed, line.number if line else part.step.line, (reason,))
    return Fault(part.progress, replace(failure, printed=printed.text))


def _failure(printed: Printed, number: int | None, reasons: tuple[str, ...]) -> Failure:
    page = printed.parts[0].progress.block.page
    return Failure(
        place=f"{page}:{number or printed.parts[-1].step.line}",
        command=printed.parts[0].step.command,
        command_place=printed.place,
        reasons=reasons,
        next_step=NEXT_STEP,
    )
