"""One page run from start to end: its commands in order, its outputs judged as it goes.

A block's verdict is final only when the stretch of what it shows has ended, for a settled state
must last until the next command that changes something. So a chapter may run ahead of the block
that is asked for, up to that command.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import product

from kubedoctest.cluster.api import Resource
from kubedoctest.commands.command import Command
from kubedoctest.comparison import job_notices, output_format, stretch, table
from kubedoctest.comparison.object_query import ObjectQuery
from kubedoctest.comparison.solve import DECIDE_NEXT, NOT_DECIDED, Proof, Undecided
from kubedoctest.comparison.stretch import Settled, SettledText, Span, Stretch, still_open
from kubedoctest.page import terminals
from kubedoctest.page.document import Block, Document, Role
from kubedoctest.page.terminals import Way
from kubedoctest.page.transcript import Step
from kubedoctest.run import failures
from kubedoctest.run.chapter_context import (
    INTERPRETER,
    ChapterContext,
    Limits,
    Moment,
    Phase,
    Progress,
    Schedule,
    only_reads,
)
from kubedoctest.run.failures import CORRECTED, failed_job, is_last, not_recorded, of_step, untrue
from kubedoctest.run.judgement import Attempt, Judge, Verdict
from kubedoctest.run.streams import Fault, Streams
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.update.output_alignment import Answer
from kubedoctest.values import authored
from kubedoctest.verdicts.outcome import Failure, NotRecorded, Outcome, Status

LOOK_AGAIN_SECONDS = 0.5
LASTING = "muestren el estado en que queda, o este y después otra vez, con el estado final"
JOB_SECONDS = 1.0  # within which a reader sees a background job fail before going on


OnMismatch = Callable[[Block, Step, Observation, Answer], Iterable[Step]]
"""Other forms of a step whose output is not what the page shows; the first that is true is its
correction. Asked with what the command did, and what is known for writing it."""


class Chapter:
    """The run of one page. ``outcome(n)`` runs as much of it as the n-th block's verdict needs.

    With ``on_mismatch`` the page goes on past an output that is not true, with the names of its
    correction, if there is one; without, it stops there. A command that fails always stops it.
    """

    def __init__(
        self,
        document: Document,
        work: ChapterContext,
        limits: Limits,
        tell: Callable[[Block, Step], None] = lambda _block, _step: None,
        on_mismatch: OnMismatch | None = None,
    ) -> None:
        self._on_mismatch = on_mismatch
        self._document = document
        self._work = work
        self._limits = limits
        self._tell = tell
        self._schedule = Schedule(document.blocks)
        steps = self._schedule.steps
        decided = authored.authored(document, steps, work.files)
        self._begun = work.clock.now()
        work.timeline.advance(self._begun)
        self._judge = Judge(work.cluster, work.timeline, work.namespace, decided, self._reached)
        self._applied = decided.applied
        self._step = 0
        self._attempt = 0
        self._stretch: Stretch | None = None
        self._spans: list[Span] = []
        self._printed: Observation | None = None
        self._streams = Streams(work, limits, self._judge)
        self._ways = terminals.ways(document.blocks)
        work.timeline.follow(self._judge.listings.kinds_shown(steps, decided))

    def outcome(self, number: int) -> Outcome:
        """The verdict on the ``number``-th block (0-based).

        Raises:
            ClusterLost: the API server stopped answering.
        """
        p = self._schedule.progress[number]
        while not p.final:
            self._advance()
        return self._verdict(p)

    def unshown_names(self) -> list[tuple[int, str]]:
        """Generated names in the prose that no block of the page shows: (line, name)."""
        page = self._judge.shown
        found = ((one.line, page.unshown_in_prose(one.text)) for one in self._document.prose)
        return [(line, word) for line, word in found if word is not None]

    @property
    def broken(self) -> Block | None:
        """The first block that the page stopped at, if any."""
        return next((p.block for p in self._schedule.progress if p.failure is not None), None)

    @property
    def finished(self) -> bool:
        """Whether the page has been run to its end."""
        return self._schedule.next is None and self.broken is None

    def _verdict(self, p: Progress) -> Outcome:
        verdict = Outcome(p.block, Status.PASSED, "", p.seconds, p.commands, p.working, p.waiting)
        failures = (*p.false, *([p.failure] if p.failure is not None else []))
        if failures:
            reason = next(iter(failures[0].reasons), "lo que se muestra no es lo que se obtiene")
            status = Status.FAILED if p.failure is not None else Status.FALSE
            status = status if failures[-1].recorded else Status.NOT_RECORDED
            return replace(verdict, status=status, reason=reason, failures=failures)
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
        coming = self._schedule.next
        if self.broken is not None or coming is None:
            self._end()
            return
        p, step = coming
        if step is not None:
            self._attempt = 0
            self._reached(Phase.BEGINS)
            if not only_reads(p.block, step.command):
                self._end_stretch()
                if self.broken is not None:
                    return
                self._work.let_get_ready()
        started = self._work.clock.now()
        try:
            if step is None:
                self._finish(p)
            else:
                if step.command:
                    self._tell(p.block, step)
                self._note(p, self._run(p, step))
        except NotRecorded as unknown:
            p.failure = not_recorded(p.block, unknown, step)
        self._step += step is not None
        p.seconds += self._work.clock.now() - started
        self._schedule.tick_off()

    def _end(self) -> None:
        """The page was run as far as it goes: nothing is left open."""
        if self.broken is None:
            self._reached(Phase.BEGINS)
            for fault in self._streams.end():
                self._note(fault.progress, self._with_cause(fault.failure))
        self._end_stretch()
        self._streams.give_up()
        for p in self._schedule.progress:
            p.final = True

    def _note(self, p: Progress, failure: Failure | None) -> None:
        """Take note of what is wrong with a block; whether the page stops there depends on it."""
        if failure is not None and failure.only_shown and self._on_mismatch is not None:
            p.false.append(failure)
        else:
            p.failure = p.failure or failure

    def _reached(self, phase: Phase) -> float:
        """Come to a point of the page's way, and know what had been said by then; the time."""
        now = self._work.clock.reached(Moment(self._step, phase, self._attempt))
        self._work.timeline.advance(now)
        return now

    def _finish(self, p: Progress) -> None:
        """All steps of a block have been run: check what is not a command."""
        failure = None
        if p.block.role is Role.FILE:
            failure = failures.file_failure(p.block, self._work.files)
        elif p.block.role is Role.MANIFEST:
            from kubedoctest.run import manifest  # noqa: PLC0415 (only pages with manifests pay)

            failure = manifest.failure(p.block, self._work.cluster, self._applied)
        elif p.block.role is Role.FRAGMENT:
            failure = failures.fragment_failure(p.block, self._work.files)
        elif p.block.role is Role.PRINTED and self._printed is not None:
            # What the fence has made may not have been reported yet.
            self._work.timeline.catch_up(self._work.timeline.followed)
            self._reached(Phase.PRINTED)
            verdict = self._judge.printed(p.block, self._printed)
            self._judge.accept(verdict.knowledge)
            failure = verdict.failure
        self._note(p, failure and replace(failure, only_shown=True))
        p.failure = p.failure or self._failed_job(p)
        p.done = p.failure is None
        pending = self._stretch.pending if self._stretch else frozenset()
        unsettled = any(p.block.place_at(step.line) in pending for step in p.steps)
        p.final = p.done and not unsettled and not self._streams.awaits(p)

    def _failed_job(self, p: Progress) -> Failure | None:
        """A job that the block starts and that fails at once, if nothing shows that.

        How one ends that the page sends a signal is its own affair: `kubectl get -w`, with 1.
        """
        for step in p.steps if p.block.role is not Role.PYTHON else ():
            if not Command.of(step.command).jobs or step.output:
                continue
            command, _ = self._judge.substitute(step.command)
            for _ in self._work.clock.attempts(JOB_SECONDS):
                if all(job.over for job in self._judge.started(p.block, command)):
                    break
                self._streams.look_at_jobs(p, p.block.directives.exit_code)
                self._attempt += 1
            steps = self._schedule.steps
            shown = [line for one in steps for line in one.output]
            for job in self._judge.started(p.block, command):
                told = job_notices.tell_of_failure(shown, job)
                killed = any(Command.of(one.command).signals(job.number) for one in steps)
                if job.failure is not None and not told and not killed:
                    return failed_job(p.block, step, job.number, job.failure)
        return None

    # -- one step

    def _run(self, p: Progress, step: Step) -> Failure | None:
        if step.continues:
            return self._stream(p, step, "")
        unknown = self._judge.shown.unshown_in_command(step.command)
        if unknown is not None:
            reason = (
                f"`{unknown}` tiene la forma de un nombre generado, pero ninguna salida anterior "
                f"de la página lo muestra"
            )
            next_step = "usen un nombre que la página haya mostrado antes"
            return self._with_cause(of_step(p.block, step, (reason,), next_step))
        command, known = self._judge.substitute(step.command)
        self._judge.accept(known)
        seen = self._carry_out(p, step, command)
        if not isinstance(seen, Observation):
            return seen
        reads = only_reads(p.block, command)
        if not reads:
            self._begin_stretch(p, step, seen.started)
        attempt = last = self._attempted(p, step, command, seen)
        verdict = self._judge.judge(attempt)
        told = output_format.of(command).progress and seen.exit_code == 0
        if reads and not told and Command.of(command).answers_vary:
            # A progress that has come to its end is not told again.
            verdict, last = self._again(p, attempt, verdict)
        ended = last.seen.ending is Ending.DONE
        if verdict.failure and ended and self._streams.await_jobs(p, step.output, last.seen):
            self._attempt += 1
            verdict = self._judge.judge(last)
        failure = self._blame(verdict.failure)
        answers = [seen, last.seen] if attempt.superseded else [last.seen]
        if failure and failure.only_shown and (found := self._correction(attempt, answers)):
            correction, verdict = found
            failure = replace(failure, correction=correction, next_step=CORRECTED)
        self._judge.accept(verdict.knowledge)
        if verdict.settled and self._stretch:
            # The watch may still be behind what the command has just read.
            self._work.timeline.catch_up({table.scope.resource for table in verdict.settled})
            self._reached(Phase.SETTLED)
            read = last.seen.started  # what has happened since may be the end of what it shows
            self._stretch.settled += [Settled(table, read) for table in verdict.settled]
        elif failure is None and reads and step.output and not told:
            self._settle_text(p, step, command)
        return failure

    def _carry_out(self, p: Progress, step: Step, command: str) -> Observation | Failure | None:
        """Run a command; what it did, unless it goes on: then what is wrong with it until now."""
        if p.block.role is Role.PYTHON:
            return self._execute(p, command)
        fault = self._streams.free(p.block.terminal)
        if fault is not None:
            return self._at_fault(p, fault)
        way = self._ways[step.line]
        if way is Way.GOES_ON:
            return self._stream(p, step, command)
        if way is Way.ENDS:
            return self._execute(p, command)
        started = self._work.clock.now()
        seen = self._streams.try_out(p, step, command)
        if isinstance(seen, Observation):
            self._attempt += 1
            p.working += seen.seconds
            return seen
        self._begin_stretch(p, step, started)
        return None if seen is None else self._at_fault(p, seen)

    def _stream(self, p: Progress, step: Step, command: str) -> Failure | None:
        """Run a command that goes on; an earlier block may turn out to be wrong by it."""
        if p.block.directives.exit_code is not None and is_last(p.block, step):
            reason = "`codigo=` no dice nada de un comando que no termina solo"
            return of_step(p.block, step, (reason,), "sáquenlo de la directiva")
        started = self._work.clock.now()
        if step.command:
            self._judge.comes_to(step)
        fault = self._streams.run(p, step, command)
        if not Command.of(command).reads:
            self._begin_stretch(p, step, started)
        return None if fault is None else self._at_fault(p, fault)

    def _at_fault(self, p: Progress, fault: Fault) -> Failure | None:
        """The failure, if it is that of the block itself; another one takes note of its own."""
        failure = self._blame(fault.failure)
        if fault.progress is p:
            return failure
        self._note(fault.progress, failure)
        return None

    def _blame(self, failure: Failure | None) -> Failure | None:
        if failure is None:
            return None
        if self._work.cluster is not None and (nodes := self._work.cluster.nodes_not_ready()):
            # A page is not to blame for a cluster that has gone away, or part of it.
            reason = "¿será el cluster y no la página? Nodos que no están listos ahora: "
            failure = replace(failure, reasons=(*failure.reasons, reason + ", ".join(nodes)))
        return self._with_cause(failure)

    def _again(self, p: Progress, last: Attempt, verdict: Verdict) -> tuple[Verdict, Attempt]:
        """Repeat a reading command until it agrees or the limit for waiting is up."""
        clock = self._work.clock
        with p.awaiting(clock):
            for _ in clock.attempts(self._limits.patience(p.block.directives.limit)):
                decided = verdict.failure is None or verdict.contradiction is not None
                if decided or last.seen.ending is not Ending.DONE:
                    break
                self._wait()
                last = replace(last, seen=self._execute(p, last.command))
                verdict = self._judge.judge(last)
        return verdict, last

    def _correction(
        self, attempt: Attempt, answers: Sequence[Observation]
    ) -> tuple[Step, Verdict] | None:
        """The step as it should be shown, and the verdict on that; None if it is not known.

        Of what would be true it is the nearest to the page: the first answer may have come before
        an object that the page shows.

        Args:
            answers: what the command answered, the answer to be shown if both are as near.
        """
        block, step = attempt.block, attempt.step
        if self._on_mismatch is None or block.role is not Role.TRANSCRIPT:
            return None
        passed = self._judge.passed(attempt) if attempt.superseded else ()
        found: list[tuple[Step, Verdict]] = []
        for seen, shown in product(answers, dict.fromkeys((passed, ()))):
            answer = Answer(
                seen.output,
                self._judge.patterns_for(attempt.command),
                self._judge.knowledge.bindings,
                form=self._judge.listings.format_of(attempt.command),
                upcoming=tuple(self._schedule.text_ahead()),
                passed=shown,
                gone=frozenset(seen.output.split()) - frozenset(answers[-1].output.split()),
            )
            for one in (step, *self._on_mismatch(block, step, seen, answer)):
                proposed = replace(attempt, step=one, seen=seen)
                verdict = self._judge.judge(proposed)
                if verdict.contradiction is not None:
                    fitting = self._judge.with_fitting_ages(step, one, verdict.contradiction)
                    proposed = replace(proposed, step=fitting)
                    verdict = self._judge.judge(proposed)
                if verdict.failure is None:
                    found.append((proposed.step, verdict))
                    break
        return max(found, key=lambda one: _nearness(step, one[0]), default=None)

    def _wait(self) -> None:
        """Wait until the cluster reports something, or a moment where nothing is recorded."""
        timeline = self._work.timeline
        if timeline.followed:
            timeline.wait_for_news(LOOK_AGAIN_SECONDS)
        else:
            self._work.clock.wait(LOOK_AGAIN_SECONDS)

    def _execute(self, p: Progress, command: str) -> Observation:
        python = p.block.role is Role.PYTHON
        terminal = self._work.terminal(INTERPRETER if python else p.block.terminal)
        seen = terminal.run(command, p.block.directives.limit or self._limits.command)
        if not python:
            self._judge.record_jobs(p.block.terminal, seen)
            if output_format.of(command).events:
                queries = Command.of(command).queries
                none = table.no_events(queries[0], self._work.namespace()) if queries else ""
                age = seen.ended - self._begun
                seen = replace(seen, output=table.events_since(seen.output, age, none))
        self._attempt += 1
        p.commands += 1
        p.working += seen.seconds
        self._printed = seen if python else self._printed
        return seen

    def _attempted(self, p: Progress, step: Step, command: str, seen: Observation) -> Attempt:
        return Attempt(p.block, step, command, seen, self._stretch, self._superseded(command))

    # -- stretches

    def _superseded(self, command: str) -> set[ObjectQuery]:
        """What the command lists that a later step of this stretch lists again."""
        listed = {listing.scope for listing in self._judge.listings.of(command)}
        later = self._listed_ahead() if listed else []
        return {one for one in listed if any(other.covers(one) for other in later)}

    def _listed_ahead(self) -> list[ObjectQuery]:
        """What the rest of this stretch shows lists of."""
        steps = (step for step in self._schedule.reading_ahead() if step.output)
        return [one.scope for step in steps for one in self._judge.listings.of(step.command)]

    def _superseded_ahead(self) -> set[Resource]:
        """The recorded kinds that the rest of this stretch lists more than once."""
        timeline = self._work.timeline
        times = Counter(listed.resource for listed in self._listed_ahead())
        return {kind for kind, n in times.items() if n > 1 and timeline.follows(kind)}

    def _begin_stretch(self, p: Progress, step: Step, started: float) -> None:
        if self._work.cluster is None:
            return
        self._work.timeline.follow(self._judge.listings.kinds_that_came())
        # What was deleted meanwhile must be known where a passing state may be shown; each kind
        # costs a request, so only there.
        self._work.timeline.catch_up(self._superseded_ahead())
        place = p.block.place_at(step.line)
        command = "" if p.block.role is Role.PYTHON else step.command
        self._judge.accept(self._judge.knowledge.in_new_stretch(step.line))
        self._spans.append(Span(started, self._reached(Phase.SPANNED), place, command))
        self._stretch = Stretch(tuple(self._spans))

    def _end_stretch(self) -> None:
        """What the stretch shows last must still be so; the blocks that it covers are final."""
        ending, self._stretch = self._stretch, None
        timeline = self._work.timeline
        if ending is not None and (ending.settled or ending.texts):
            self._hold(ending)
            texts = {query.resource for text in ending.texts for query in text.queries}
            timeline.catch_up({s.table.scope.resource for s in ending.settled} | texts)
            self._hold(ending)  # a container may have been restarted just then
            self._reached(Phase.STRETCH_ENDS)
            for settled in ending.settled:
                known = self._judge.knowledge
                found = stretch.left_by_itself(settled, self._judge.evidence(ending))
                if isinstance(found, Proof):
                    self._judge.accept(replace(known, bindings=found.bindings))
                else:
                    self._unsettle(settled, found, ending.span)
            for text in ending.texts:
                if text.may_have_changed(timeline):
                    self._look_again(text, ending.span)
        for p in self._schedule.progress:
            p.final = p.final or (p.done and not self._streams.awaits(p))

    def _settle_text(self, p: Progress, step: Step, command: str) -> None:
        """What a command told of objects, no table, must hold too, unless they are shown again."""
        if self._stretch is None or p.block.role is not Role.TRANSCRIPT:
            return
        queries = self._judge.listings.about(command)
        later = [
            query
            for ahead in (self._schedule.reading_ahead() if queries else ())
            if ahead.output
            for query in self._judge.listings.about(ahead.command)
        ]
        last = tuple(one for one in queries if not any(other.covers(one) for other in later))
        if last:
            self._work.timeline.catch_up({query.resource for query in last})
            now = self._reached(Phase.SETTLED)
            self._stretch.texts.append(SettledText(p.block.place_at(step.line), last, now))

    def _look_again(self, text: SettledText, span: Span) -> None:
        """Whether a command still tells what the page shows last."""
        p, step = self._schedule.step_at(text.place)
        command, _ = self._judge.substitute(step.command)
        with suppress(NotRecorded):  # of before such commands were run again
            seen = self._execute(p, command)
            verdict = self._judge.judge(self._attempted(p, step, command, seen))
            if verdict.failure is not None:
                reasons = ("duró poco: al rato ya no contesta eso", *verdict.failure.reasons)
                failure = replace(verdict.failure, reasons=reasons, next_step=LASTING)
                self._note(p, replace(failure, cause=_told(span)))

    def _hold(self, ending: Stretch) -> None:
        """Wait until it is decided whether what the stretch shows last lasts.

        A recording has waited already: its moments come after.
        """
        clock, timeline = self._work.clock, self._work.timeline
        end = clock.now() + self._limits.retry
        while (now := clock.now()) < end:
            timeline.advance(now)
            hold, known = self._limits.hold, self._judge.evidence(ending)
            tables = [stretch.open_seconds(one, known, now, hold) for one in ending.settled]
            texts = [still_open(text.lives(timeline), now, hold) for text in ending.texts]
            left = max(*tables, *texts, 0.0, 0.0)
            if left <= 0:
                return
            timeline.wait_for_news(min(left, end - now))

    def _unsettle(
        self, settled: Settled, left: Undecided | Sequence[stretch.Left], span: Span
    ) -> None:
        p, step = self._schedule.step_at(settled.table.place)
        if isinstance(left, Undecided):
            failure = of_step(p.block, step, (NOT_DECIDED,), DECIDE_NEXT)
            p.failure = replace(failure, cause=_told(span))
            return
        number = next((one.line.number for one in left if one.line), step.line)
        became = "; ".join(dict.fromkeys(one.became for one in left))
        reason = f"duró poco: después de verse así, por sí solo pasó a: {became}"
        failure = untrue(p.block, step, (reason,), number, next_step=LASTING)
        failure = replace(failure, cause=_told(span))
        if self._on_mismatch is not None:
            command, _ = self._judge.substitute(step.command)
            with suppress(NotRecorded):
                seen = self._execute(p, command)
                found = self._correction(self._attempted(p, step, command, seen), [seen])
                if found is not None:
                    correction, verdict = found
                    self._judge.accept(verdict.knowledge)
                    failure = replace(failure, correction=correction, next_step=CORRECTED)
        self._note(p, failure)

    def _with_cause(self, failure: Failure) -> Failure:
        """Name the last command that changed something, if it is another one."""
        if self._stretch is None or self._stretch.span.place == failure.command_place:
            return failure
        span = self._stretch.span
        return replace(failure, cause=_told(span))


def _nearness(step: Step, proposed: Step) -> float:
    """How much of what a step shows is shown by another, from 0 to 1."""
    before, now = ("\n".join(line.text for line in one.output) for one in (step, proposed))
    return SequenceMatcher(None, before, now, autojunk=False).ratio()


def _told(span: Span) -> str:
    """The changing command of a stretch, for the person who reads a failure."""
    return f"{span.place}  $ {span.command}" if span.command else f"{span.place}  (bloque python)"
