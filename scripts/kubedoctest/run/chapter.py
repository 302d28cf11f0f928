"""One page run from start to end: its commands in order, its outputs judged as it goes.

A block's verdict is final only when the stretch of what it shows has ended, for a settled state
must last until the next command that changes something. So a chapter may run ahead of the block
that is asked for, up to that command.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from kubedoctest.amending.amender import Amender
from kubedoctest.amending.sheet import Answer
from kubedoctest.cluster.api import Resource
from kubedoctest.commands import reading
from kubedoctest.commands.refusal import refused
from kubedoctest.comparison import events, form, stretch
from kubedoctest.comparison.scope import Scope
from kubedoctest.comparison.stretch import Settled, Span, Stretch
from kubedoctest.page import terminals
from kubedoctest.page.document import Block, Document, Role
from kubedoctest.page.transcript import Step
from kubedoctest.run import copies, interpreter
from kubedoctest.run.agenda import Agenda, only_reads, place_of
from kubedoctest.run.clock import Moment, Phase
from kubedoctest.run.failures import is_last, not_recorded, refusal
from kubedoctest.run.judgement import Judge, Verdict
from kubedoctest.run.progress import Progress
from kubedoctest.run.streams import Streams, goes_on
from kubedoctest.run.work import Limits, Work
from kubedoctest.shell import jobs
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.values import authored
from kubedoctest.verdicts.outcome import Failure, NotRecorded, Outcome, Status

LOOK_AGAIN_SECONDS = 0.5
# What answers otherwise later: a cluster, a server, a shell whose job is on its way out.
_ANSWERS_CHANGE = re.compile(r"\b(?:kubectl|curl|wget|docker|kind|jobs)\b")


class Chapter:
    """The run of one page. ``outcome(n)`` runs as much of it as the n-th block's verdict needs."""

    def __init__(
        self,
        document: Document,
        work: Work,
        limits: Limits,
        tell: Callable[[Block, Step], None] = lambda _block, _step: None,
        amender: Amender | None = None,
    ) -> None:
        self._amender = amender
        self._document = document
        self._work = work
        self._limits = limits
        self._tell = tell
        self._agenda = Agenda(document.blocks)
        steps = self._agenda.steps
        decided = authored.of(document, steps, work.files)
        self._judge = Judge(work.cluster, work.timeline, work.namespace, decided, work.clock)
        self._begun = work.clock.now()
        self._step = 0
        self._attempt = 0
        self._stretch: Stretch | None = None
        self._printed: Observation | None = None
        self._streams = Streams(work, limits, self._judge)
        self._going_on = terminals.shown_going_on(document.blocks)
        if work.timeline is not None:
            work.timeline.follow(self._judge.listings.kinds_shown(steps, decided))

    def outcome(self, number: int) -> Outcome:
        """The verdict on the ``number``-th block (0-based).

        Raises:
            ClusterLost: the API server stopped answering.
        """
        p = self._agenda.progress[number]
        while not p.final:
            self._advance()
        return self._verdict(p)

    def unshown_names(self) -> list[tuple[int, str]]:
        """Generated names in the prose that no block of the page shows: (line, name)."""
        spans = ((span.line, self._judge.unknown_name(span.text)) for span in self._document.spans)
        return [(line, word) for line, word in spans if word is not None]

    @property
    def broken(self) -> Block | None:
        """The first block that is not true, if any."""
        return next((p.block for p in self._agenda.progress if p.failure is not None), None)

    @property
    def finished(self) -> bool:
        """Whether the page has been run to its end, and nothing in it was wrong."""
        return self._agenda.next is None and self.broken is None

    def _verdict(self, p: Progress) -> Outcome:
        verdict = Outcome(p.block, Status.PASSED, "", p.seconds, p.commands, p.working, p.waiting)
        if p.failure is not None:
            reason = next(iter(p.failure.reasons), "lo que se muestra no es lo que se obtiene")
            status = Status.FAILED if p.failure.recorded else Status.NOT_RECORDED
            return replace(verdict, status=status, reason=reason, failure=p.failure)
        if p.block.role in (Role.SHOWN, Role.RENDERED):
            return replace(verdict, status=Status.SHOWN, reason=p.block.reason)
        if p.done:
            return verdict
        assert self.broken is not None
        undone = "no se terminó de comparar" if p.commands else "no se ejecutó"
        reason = f"{undone} porque falló {self.broken.place}"
        return replace(verdict, status=Status.NOT_RUN, reason=reason)

    def _advance(self) -> None:
        """Do the next thing: a step, the end of a block, or the end of the chapter."""
        coming = self._agenda.next
        if self.broken is not None or coming is None:
            self._end()
            return
        p, step = coming
        if step is not None:
            self._attempt = 0
            self._reached(Phase.BEGINS)
        if step is not None and not only_reads(p.block, step.command):
            self._end_stretch()
            if self.broken is not None:
                return
        started = self._work.clock.now()
        if step is None:
            try:
                self._finish(p)
            except NotRecorded as unknown:
                p.failure = not_recorded(p.block, unknown)
        else:
            if step.command:
                self._tell(p.block, step)
            try:
                p.failure = self._run(p, step)
            except NotRecorded as unknown:
                p.failure = not_recorded(p.block, unknown, step)
            self._step += 1
        p.seconds += self._work.clock.now() - started
        self._agenda.tick_off()

    def _end(self) -> None:
        """The page was run as far as it goes: nothing is left open."""
        if self.broken is None:
            self._reached(Phase.BEGINS)
            for fault in self._streams.end():
                fault.progress.failure = fault.progress.failure or self._with_cause(fault.failure)
        self._end_stretch()
        self._streams.give_up()
        for p in self._agenda.progress:
            p.final = True

    def _reached(self, phase: Phase) -> float:
        return self._work.clock.reached(Moment(self._step, phase, self._attempt))

    def _finish(self, p: Progress) -> None:
        """All steps of a block have been run: check what is not a command."""
        if p.block.role is Role.FILE:
            p.failure = copies.file_failure(p.block, self._work.files)
            if p.failure and self._amender and self._amender.copy_file(p.block, self._work.files):
                p.failure = None
        elif p.block.role is Role.MANIFEST:
            from kubedoctest.run import manifest  # noqa: PLC0415 (only pages with manifests pay)

            p.failure = manifest.failure(p.block, self._work.cluster)
        elif p.block.role is Role.FRAGMENT:
            p.failure = copies.fragment_failure(p.block, self._work.files)
        elif p.block.role is Role.PRINTED and self._printed is not None:
            p.failure = self._judge.printed(p.block, self._printed)
        p.done = p.failure is None
        pending = self._stretch.settled if self._stretch else ()
        places = {place_of(p.block, step) for step in p.steps}
        unsettled = any(s.table.place in places for s in pending)
        p.final = p.done and not unsettled and not self._streams.awaits(p)

    # -- one step

    def _run(self, p: Progress, step: Step) -> Failure | None:
        if step.continues:
            return self._stream(p, step, "")
        why = None if p.block.role is Role.PYTHON else refused(step.command)
        if why is not None:
            return refusal(p.block, step, why, "escriban el comando de otra manera")
        unknown = self._judge.unknown_name(step.command)
        if unknown is not None:
            return self._with_cause(
                refusal(
                    p.block,
                    step,
                    f"`{unknown}` tiene la forma de un nombre generado, pero ninguna salida "
                    f"anterior de la página lo muestra",
                    "usen un nombre que la página haya mostrado antes",
                )
            )
        command = self._judge.substitute(step.command)
        never_ends = goes_on(step) or step.line in self._going_on
        if p.block.role is not Role.PYTHON and never_ends:
            return self._stream(p, step, command)
        seen = self._execute(p, command)
        reads = only_reads(p.block, command)
        if not reads:
            self._begin_stretch(p, step, seen.started)
        verdict = self._judge_step(p, step, command, seen)
        answers = [seen]
        told = form.of(command).progress and seen.exit_code == 0
        if verdict.failure and reads and not told and _ANSWERS_CHANGE.search(command):
            # A progress that has come to its end is not told again.
            verdict, last = self._again(p, step, command, seen, verdict)
            answers = [seen, last] if self._superseded(command) else [last]
        if verdict.failure and self._judge.awaits_job(p.block, step.output, answers[-1]):
            verdict = self._after_jobs(p, step, command, answers[-1])
        if verdict.failure and self._amender and p.block.role is Role.TRANSCRIPT:
            verdict = self._amend(self._amender, p, step, command, answers) or verdict
        if verdict.settled and self._stretch and self._work.timeline:
            # The watch may still be behind what the command has just read.
            self._work.timeline.catch_up({table.scope.resource for table in verdict.settled})
            now = self._reached(Phase.SETTLED)
            self._stretch.settled += [Settled(table, now) for table in verdict.settled]
        return self._blame(verdict.failure)

    def _stream(self, p: Progress, step: Step, command: str) -> Failure | None:
        """Run a command that goes on; an earlier block may turn out to be wrong by it."""
        if p.block.directives.exit_code is not None and is_last(p.block, step):
            return refusal(
                p.block,
                step,
                "`codigo=` no dice nada de un comando que no termina solo",
                "sáquenlo de la directiva",
            )
        started = self._work.clock.now()
        fault = self._streams.run(p, step, command)
        if not reading.only_reads(command):
            self._begin_stretch(p, step, started)
        if fault is None:
            return None
        failure = self._blame(fault.failure)
        if fault.progress is p:
            return failure
        fault.progress.failure = failure
        return None

    def _blame(self, failure: Failure | None) -> Failure | None:
        if failure is None:
            return None
        if self._work.cluster is not None:
            # A page is not to blame for a cluster that has gone away, or part of it.
            failure = _beside(failure, self._work.cluster.nodes_not_ready())
        return self._with_cause(failure)

    def _again(
        self, p: Progress, step: Step, command: str, seen: Observation, verdict: Verdict
    ) -> tuple[Verdict, Observation]:
        """Repeat a reading command until it agrees or the limit for waiting is up."""
        clock = self._work.clock
        started = clock.now()
        working = p.working
        while (
            verdict.failure is not None
            and seen.ending is Ending.DONE
            and clock.now() - started < self._limits.retry
            and clock.goes_on()
        ):
            self._wait()
            seen = self._execute(p, command)
            verdict = self._judge_step(p, step, command, seen)
        p.working = working
        p.waiting += clock.now() - started
        return verdict, seen

    def _after_jobs(self, p: Progress, step: Step, command: str, seen: Observation) -> Verdict:
        """Judge a step that tells of a job's end once that has come: when it does is chance."""
        clock = self._work.clock
        started, working = clock.now(), p.working
        verdict = self._judge_step(p, step, command, seen)
        while (
            verdict.failure is not None
            and seen.ending is Ending.DONE
            and self._judge.awaits_job(p.block, step.output, seen)
            and clock.now() - started < self._limits.retry
            and clock.goes_on()
        ):
            self._execute(p, jobs.look(seen))
            verdict = self._judge_step(p, step, command, seen)
            clock.wait(jobs.LOOK_AGAIN_SECONDS if verdict.failure else 0)
        p.working = working
        p.waiting += clock.now() - started
        return verdict

    def _amend(
        self,
        amender: Amender,
        p: Progress,
        step: Step,
        command: str,
        answers: Sequence[Observation],
    ) -> Verdict | None:
        """Go on as if the page had said what it should; None if no proposal is true.

        Args:
            answers: what the command answered, the answer to be shown first.
        """
        superseded = self._superseded(command)
        passed = self._judge.passed(p.block, step, command, self._stretch) if superseded else ()
        for seen, shown in [
            (seen, shown) for seen in answers for shown in dict.fromkeys((passed, ()))
        ]:
            answer = Answer(
                seen.output,
                self._judge.patterns_for(command),
                self._judge.bindings,
                form=form.of(command, p.block.directives.partial),
                upcoming=tuple(self._agenda.text_ahead()),
                passed=shown,
            )
            for proposal in amender.proposals(p.block, step, seen, answer):
                verdict = self._judge_step(p, proposal.step, command, seen)
                if verdict.failure is None:
                    amender.accept(p.block, step, proposal)
                    return verdict
        return None

    def _wait(self) -> None:
        """Wait until the cluster reports something, or a moment where nothing is recorded."""
        if self._work.timeline is not None:
            self._work.timeline.wait_for_event(self._work.timeline.events, LOOK_AGAIN_SECONDS)
        else:
            self._work.clock.wait(LOOK_AGAIN_SECONDS)

    def _execute(self, p: Progress, command: str) -> Observation:
        python = p.block.role is Role.PYTHON
        terminal = self._work.terminal(interpreter.TITLE if python else p.block.terminal)
        seen = terminal.run(command, p.block.directives.limit or self._limits.command)
        if not python:
            self._judge.hear(p.block.terminal, seen)
            if form.of(command).events:
                seen = replace(seen, output=events.since(seen.output, seen.ended - self._begun))
        self._attempt += 1
        p.commands += 1
        p.working += seen.seconds
        self._printed = seen if python else self._printed
        return seen

    def _judge_step(self, p: Progress, step: Step, command: str, seen: Observation) -> Verdict:
        self._reached(Phase.JUDGED)
        return self._judge.judge(
            p.block, step, command, seen, self._stretch, self._superseded(command)
        )

    # -- stretches

    def _superseded(self, command: str) -> set[Scope]:
        """What the command lists that a later step of this stretch lists again."""
        listed = {listing.scope for listing in self._judge.listings.of(command)}
        later = self._listed_ahead() if listed else []
        return {one for one in listed if any(other.covers(one) for other in later)}

    def _listed_ahead(self) -> list[Scope]:
        """What the rest of this stretch shows lists of."""
        steps = (step for step in self._agenda.reading_ahead() if step.output)
        return [one.scope for step in steps for one in self._judge.listings.of(step.command)]

    def _superseded_ahead(self) -> set[Resource]:
        """The recorded kinds that the rest of this stretch lists more than once."""
        timeline = self._work.timeline
        times = Counter(listed.resource for listed in self._listed_ahead())
        return {kind for kind, n in times.items() if n > 1 and timeline and timeline.follows(kind)}

    def _begin_stretch(self, p: Progress, step: Step, started: float) -> None:
        if self._work.timeline is None:
            return
        # What was deleted meanwhile must be known where a passing state may be shown; each kind
        # costs a request, so only there.
        self._work.timeline.catch_up(self._superseded_ahead())
        place = place_of(p.block, step)
        command = "" if p.block.role is Role.PYTHON else step.command
        self._stretch = Stretch(Span(started, self._reached(Phase.SPANNED), place, command))

    def _end_stretch(self) -> None:
        """What the stretch shows last must still be so; the blocks that it covers are final."""
        ending, self._stretch = self._stretch, None
        if ending is not None and ending.settled and self._work.timeline is not None:
            self._work.timeline.catch_up({s.table.scope.resource for s in ending.settled})
            self._reached(Phase.STRETCH_ENDS)
            for settled in ending.settled:
                left = stretch.left_by_itself(
                    settled, self._work.timeline, self._judge.patterns, self._judge.bindings
                )
                if left and not self._resettle(settled):
                    self._unsettle(settled, left, ending.span)
        for p in self._agenda.progress:
            p.final = p.final or (p.done and not self._streams.awaits(p))

    def _resettle(self, settled: Settled) -> bool:
        """Have a table that did not last show how it is now; whether that can be."""
        if self._amender is None:
            return False
        p, step = self._agenda.step_at(settled.table.place)
        command = self._judge.substitute(step.command)
        seen = self._execute(p, command)
        return self._amend(self._amender, p, step, command, [seen]) is not None

    def _unsettle(self, settled: Settled, left: list[stretch.Left], span: Span) -> None:
        p, step = self._agenda.step_at(settled.table.place)
        number = next((one.line.number for one in left if one.line), step.line)
        failure = refusal(
            p.block,
            step,
            "duró poco: después de verse así, por sí solo pasó a: "
            + "; ".join(dict.fromkeys(one.became for one in left)),
            "muestren el estado en que queda, o esta tabla y después otra con el estado final",
        )
        p.failure = replace(failure, place=f"{p.block.page}:{number}", cause=_told(span))

    def _with_cause(self, failure: Failure) -> Failure:
        """Name the last command that changed something, if it is another one."""
        if self._stretch is None or self._stretch.span.place == failure.command_place:
            return failure
        span = self._stretch.span
        return replace(failure, cause=_told(span))


def _beside(failure: Failure, nodes: Sequence[str]) -> Failure:
    """The failure, with the nodes that were not ready when it was seen."""
    if not nodes:
        return failure
    reason = f"¿será el cluster y no la página? Nodos que no están listos ahora: {', '.join(nodes)}"
    return replace(failure, reasons=(*failure.reasons, reason))


def _told(span: Span) -> str:
    """The changing command of a stretch, for the person who reads a failure."""
    return f"{span.place}  $ {span.command}" if span.command else f"{span.place}  (bloque python)"
