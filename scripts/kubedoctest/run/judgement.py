"""The verdict on one step: how the command ended, what it wrote, and whether the page says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.endpoints import EndpointLists
from kubedoctest.cluster.timeline import Life, Timeline
from kubedoctest.commands import reading
from kubedoctest.comparison import form, job_notices, outputs, replicas, shown, stretch
from kubedoctest.comparison.job_notices import Told
from kubedoctest.comparison.mismatch import explain
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.scope import Scope
from kubedoctest.comparison.shown import Listing
from kubedoctest.comparison.stretch import ShownTable, Stretch
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import DocumentedLine, Step
from kubedoctest.run import failures, interpreter
from kubedoctest.run.clock import Clock
from kubedoctest.run.listings import Listings
from kubedoctest.shell.jobs import Jobs
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.values import nodes
from kubedoctest.values.authored import Authored
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.generated import Generated, Values
from kubedoctest.verdicts.outcome import Failure


@dataclass(frozen=True)
class Verdict:
    """What was found of one observation.

    Attributes:
        failure: why the page is not true, or None.
        settled: the tables that must stay true until the stretch ends.
    """

    failure: Failure | None = None
    settled: tuple[ShownTable, ...] = ()


class Judge:
    """Judges the steps of one page, and learns its names on the way."""

    def __init__(
        self,
        cluster: Cluster | None,
        timeline: Timeline | None,
        namespace: Callable[[], str],
        authored: Authored = Authored(),  # noqa: B008 -- it never changes
        clock: Clock | None = None,
    ) -> None:
        self._authored = authored
        self._past = {
            life.identity.uid
            for life in (timeline.recorded() if timeline else ())
            if life.current is None
        }
        self._cluster = cluster
        self._timeline = timeline
        self._clock = clock or Clock()
        self._generated = Generated(authored)
        self._events: int | None = None
        self._values: Values | None = None
        self._patterns = Patterns({})
        self._endpoints = EndpointLists(None, ())
        self._answers = replicas.Answers()
        self._jobs: defaultdict[str, Jobs] = defaultdict(Jobs)
        self.bindings = Bindings()
        self.listings = Listings(cluster, timeline, namespace)

    def hear(self, terminal: str, seen: Observation) -> None:
        """Take in what a terminal's bash has told of its jobs; before the command is judged."""
        self._jobs[terminal].hear(seen.jobs, seen.command)

    def told_of_jobs(
        self, block: Block, documented: Sequence[DocumentedLine], seen: Observation
    ) -> Told:
        """What is left of a command's output when its terminal's jobs are told apart."""
        return job_notices.read(documented, seen, self._jobs[block.terminal], self.substitute)

    def awaits_job(
        self, block: Block, documented: Sequence[DocumentedLine], seen: Observation
    ) -> bool:
        """Whether the page tells of the end of a job that has not ended yet."""
        return self.told_of_jobs(block, documented, seen).awaited

    def judge(
        self,
        block: Block,
        step: Step,
        command: str,
        seen: Observation,
        here: Stretch | None,
        superseded: Collection[Scope],
    ) -> Verdict:
        """Judge what ``command`` (with real names) did against what ``step`` documents.

        Args:
            here: the stretch that the step is in.
            superseded: what the command lists that a later step of that stretch lists again.
        """
        if block.role is Role.PYTHON:
            return Verdict(interpreter.failure(block, seen))
        if seen.ending is not Ending.DONE:
            return Verdict(failures.ended(block, step, seen))
        verdict = Verdict()
        if block.role is Role.TRANSCRIPT:
            verdict = self._compare(block, step, command, seen, here, superseded)
        exit_failure = failures.wrong_exit(block, step, seen, verdict.failure)
        return Verdict(exit_failure) if exit_failure is not None else verdict

    def printed(self, block: Block, seen: Observation) -> Failure | None:
        """Why the text of ``block`` is not what a python fence printed, or None."""
        lines = tuple(
            DocumentedLine(block.line_of(offset), text)
            for offset, text in enumerate(block.code.split("\n"))
        )
        step = Step(block.line, "", lines)
        failure = self._compare(block, step, "", seen, None, ()).failure
        return None if failure is None else replace(failure, command_place="")

    @property
    def patterns(self) -> Patterns:
        """The patterns of the moment, with every generated value seen so far."""
        if self._timeline is not None and self._timeline.events != self._events:
            self._events = self._timeline.events
            self._take_in(self._generated.among(self._lives(self._timeline)))
        return self._patterns

    def _lives(self, timeline: Timeline) -> list[Life]:
        """The objects that were there since the page began."""
        return [life for life in timeline.recorded() if life.identity.uid not in self._past]

    def _take_in(self, values: Values) -> None:
        """Have the patterns of these values; what was asked before an event may have changed."""
        self._endpoints.forget()
        if values is not self._values:
            self._values = values
            self._endpoints = EndpointLists(self._cluster, values.pods)
            self._patterns = Patterns(values.names, self._endpoints)

    def patterns_for(self, command: str) -> Patterns:
        """The patterns for what a command has written just now."""
        patterns = self.patterns
        self._endpoints.forget()
        return patterns.with_literal_nodes if nodes.literal_in(command) else patterns

    def substitute(self, command: str) -> str:
        """The command with real names in the place of the page's."""
        return self.bindings.substitute(command, self.patterns.names)

    def passed(
        self, block: Block, step: Step, command: str, here: Stretch | None
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What the step's tables could have shown since the last change, as `stretch.passed`."""
        if here is None or self._timeline is None:
            return ()
        timeline = self._timeline
        tables = self._shown_tables(step, self.listings.of(command), f"{block.page}:{step.line}")
        return tuple(row for one in tables for row in stretch.passed(one, here, timeline))

    def unknown_name(self, text: str) -> str | None:
        """A generated name in ``text`` that the page has not shown yet, or None."""
        if self._timeline is None:
            return None
        unknown = [w for w in self.patterns.generated_words(text) if w not in self.bindings]
        if not unknown:
            return None
        fixed = {life.identity.name for life in self._lives(self._timeline)}
        fixed -= self.patterns.names.keys()
        fixed |= self._authored.in_manifests
        return next((word for word in unknown if word not in fixed), None)

    def _compare(
        self,
        block: Block,
        step: Step,
        command: str,
        seen: Observation,
        here: Stretch | None,
        superseded: Collection[Scope],
    ) -> Verdict:
        place = f"{block.page}:{step.line}"
        how = form.of(command, block.directives.partial)
        patterns = self.patterns_for(command)
        told = self.told_of_jobs(block, step.output, seen)
        documented, seen = told.lines, replace(seen, output=told.output)
        laid = outputs.read(documented, seen.output, patterns, how)
        listings = self.listings.of(command)
        tables = self._shown_tables(step, listings, place)
        lasting = tuple(one for one in tables if one.scope not in superseded)
        answers = self._judge_answers(step, command, seen, patterns, place, here)
        if answers is not None and answers.true:
            return Verdict()
        agreed = answers is None and outputs.agrees(laid, self.bindings, place)
        if not agreed and not answers and self._timeline and not reading.only_reads(command):
            # What the command has just made may not have been reported yet.
            self._timeline.catch_up(self._timeline.followed)
            patterns = self.patterns_for(command)
            laid = outputs.read(documented, seen.output, patterns, how)
            agreed = outputs.agrees(laid, self.bindings, place)
        if agreed:
            return Verdict(settled=lasting)
        passing = [one for one in tables if one.scope in superseded]
        if passing and here and self._once_true(passing, here):
            judged = {one.scope for one in passing}
            unjudged = [step.output[n] for n in shown.without(_texts(step), listings, judged)]
            answer = outputs.real_lines(seen.output)
            real = "\n".join(answer[n] for n in shown.without(answer, listings, judged))
            rest = outputs.read(unjudged, real, patterns, how)
            if outputs.agrees(rest, self.bindings, place):
                return Verdict(settled=lasting)
        found = explain(laid, patterns, self.bindings)
        reasons = (
            *([answers.reason] if answers is not None else []),
            *([told.wrong[found.number]] if found.number in told.wrong else []),
            *found.reasons,
        )
        failure = failures.of_step(block, step, reasons=reasons, next_step=failures.NEXT_STEP)
        return Verdict(
            replace(
                failure,
                place=f"{block.page}:{found.number or step.line}",
                difference=found.difference,
            )
        )

    def _judge_answers(
        self,
        step: Step,
        command: str,
        seen: Observation,
        patterns: Patterns,
        place: str,
        here: Stretch | None,
    ) -> replicas.Judged | None:
        if self._timeline is None or not replicas.requests(command):
            return None
        lives = self._lives(self._timeline)
        return self._answers.judge(
            step.output, command, seen, lives, patterns, self.bindings, place, here
        )

    def _shown_tables(
        self, step: Step, listings: Sequence[Listing], place: str
    ) -> tuple[ShownTable, ...]:
        """The documented tables of recorded objects."""
        if self._timeline is None or not listings:
            return ()
        timeline = self._timeline
        return tuple(
            one
            for one in shown.tables(step.output, listings, place)
            if timeline.follows(one.scope.resource)
        )

    def _once_true(self, tables: Iterable[ShownTable], here: Stretch) -> bool:
        """Whether each table was true at some moment of the stretch."""
        timeline, now = self._timeline, self._clock.now()
        return timeline is not None and all(
            stretch.once_true(one, here, timeline, self.patterns, self.bindings, now)
            for one in tables
        )


def _texts(step: Step) -> list[str]:
    return [outputs.versions(line.text)[-1] for line in step.output]
