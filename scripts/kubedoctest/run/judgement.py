"""The verdict on one step: how the command ended, what it wrote, and whether the page says so."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.timeline import Life, Timeline
from kubedoctest.commands.command import Command
from kubedoctest.comparison import (
    ages,
    job_notices,
    object_query,
    outputs,
    replicas,
    stretch,
)
from kubedoctest.comparison.ages import Ages
from kubedoctest.comparison.job_notices import FilteredOutput
from kubedoctest.comparison.mismatch import explain
from kubedoctest.comparison.object_query import Listing, Listings, ObjectQuery, ShownTable
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.replicas import Answers
from kubedoctest.comparison.solve import (
    NOT_DECIDED,
    Answer,
    Mismatch,
    Option,
    Proof,
    Undecided,
)
from kubedoctest.comparison.stretch import Evidence, Floors, Sighting, Stretch
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import DocumentedLine, Step, bare
from kubedoctest.run import failures
from kubedoctest.run.chapter_context import Phase
from kubedoctest.shell.jobs import Job, Jobs
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.values import names
from kubedoctest.values.authored import Authored
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.generated import EndpointLists, Generated, Shown, Values
from kubedoctest.values.names import WORD, Family, Name, Pair
from kubedoctest.verdicts.outcome import Failure

T = TypeVar("T")


@dataclass(frozen=True)
class Landed:
    """By which pods the page has shown its nodes."""

    # by the page's node and the real one that it may be, the uids of those pods
    pods: Mapping[Pair, frozenset[str]] = field(default_factory=dict)

    def with_shown(
        self, pairs: Iterable[Pair], names: Mapping[str, Name], lives: Iterable[Life], text: str
    ) -> Landed:
        """These, and what one output shows.

        Args:
            pairs: what its lines may stand for.
            text: the output and its command; the pods are those that it names, or any of the page.
        """
        nodes = {(d, r) for d, r in pairs if r in names and names[r].family is Family.NODE}
        if not nodes:
            return self
        words = frozenset(re.findall(WORD, text))
        on = defaultdict(set)
        named = defaultdict(set)
        for life in lives:
            where = life.states[-1].cells.get("Node", "")
            if life.identity.kind == "Pod" and life.born > -math.inf:
                if life.identity.name in words:
                    named[where].add(life.identity.uid)
                elif life.gone == math.inf:
                    on[where].add(life.identity.uid)
        found = {pair: frozenset(named[pair[1]] or on[pair[1]]) for pair in nodes}
        more = {pair: self.pods.get(pair, frozenset()) | pods for pair, pods in found.items()}
        return Landed({**self.pods, **more})

    def over(self, gone: Collection[str]) -> frozenset[Pair]:
        """What held only by pods that are gone."""
        return frozenset(pair for pair, pods in self.pods.items() if pods and pods <= set(gone))

    def without(self, shown: Collection[str]) -> Landed:
        """These, but for some of the page's nodes."""
        return Landed({pair: pods for pair, pods in self.pods.items() if pair[0] not in shown})


@dataclass(frozen=True)
class Knowledge:
    """What a page has been found to say so far. It never changes: a verdict comes with another."""

    bindings: Bindings = field(default_factory=Bindings)  # what its generated values stand for
    # the states that the tables of its stretch have shown
    floors: Floors = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)  # the replicas that its stretch has shown
    landed: Landed = field(default_factory=Landed)  # by which pods it has shown its nodes
    # when its author saw what it shows, and how old that was
    ages: Ages = field(default_factory=Ages)
    # by a job's terminal and its place among those started there, the page's line that tells of its
    # end
    notices: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def in_new_stretch(self, line: int) -> Knowledge:
        """What is still known once the command of that line has changed something."""
        return replace(self, floors={}, answers=Answers(), ages=self.ages.at(line))

    def without_pods(self, gone: Collection[str]) -> Knowledge:
        """What is still known of nodes once some pods, by uid, are gone."""
        over = {d for d, real in self.landed.over(gone) if real in self.bindings.candidates(d)}
        if not over:
            return self
        bindings, landed = self.bindings.without(over), self.landed.without(over)
        return replace(self, bindings=bindings, landed=landed)


@dataclass(frozen=True)
class Attempt:
    """A step as it was run once."""

    block: Block
    step: Step
    command: str  # with real names
    seen: Observation
    here: Stretch | None = None  # the stretch that the step is in, if it is in one
    # what the command lists that a later step of that stretch lists again
    superseded: Collection[ObjectQuery] = ()

    @property
    def place(self) -> str:
        """Where its command stands."""
        return self.block.place_at(self.step.line)


@dataclass(frozen=True)
class Verdict:
    """What was found of one observation."""

    knowledge: Knowledge  # what is known if it is accepted
    failure: Failure | None = None  # why the page is not true, or None
    settled: tuple[ShownTable, ...] = ()  # the tables that must stay true until the stretch ends
    # where the page contradicts itself, whatever the command answers
    contradiction: ages.Contradiction | None = None


class Judge:
    """Judges the steps of one page by what is known of it.

    Judging changes nothing: a verdict says what would be known, and only ``accept`` makes it so.

    Args:
        reached: is told of each moment at which something is judged; brings the timeline there, and
            returns the time.
    """

    def __init__(
        self,
        cluster: Cluster | None,
        timeline: Timeline,
        namespace: Callable[[], str],
        authored: Authored,
        reached: Callable[[Phase], float],
    ) -> None:
        self._authored = authored
        self._past = {x.identity.uid for x in timeline.recorded() if x.current is None}
        self._cluster = cluster
        self._timeline = timeline
        self._reached = reached
        self._generated = Generated(authored)
        self._events = -1
        self._values: Values | None = None
        self._patterns = Patterns({}, authored=authored.text)
        self._endpoints = EndpointLists(None, ())
        self._jobs: defaultdict[str, Jobs] = defaultdict(Jobs)
        self._late: defaultdict[str, list[str]] = defaultdict(list)
        self.knowledge = Knowledge()
        self.listings = Listings(cluster, timeline, namespace)

    def accept(self, knowledge: Knowledge) -> None:
        """Go on from there."""
        self.knowledge = knowledge

    def comes_to(self, step: Step) -> None:
        """The page has come to a command that is not judged by itself."""
        known = self.knowledge
        self.accept(replace(known, ages=known.ages.at(step.line)))

    def record_jobs(self, terminal: str, seen: Observation) -> None:
        """Take in what a terminal's bash has told of its jobs; before the command is judged."""
        self._jobs[terminal].record(seen.jobs, seen.command)
        self._late[terminal] += outputs.real_lines(seen.late)

    def started(self, block: Block, command: str) -> Iterator[Job]:
        """The jobs that a command of the block has started, in a terminal of it."""
        jobs = self._jobs[block.terminal]
        return (job for job in jobs if job.started_by == command)

    def notices(
        self, block: Block, documented: Sequence[DocumentedLine], seen: Observation
    ) -> FilteredOutput:
        """What the page and a terminal tell of its jobs, and what is left of a command's output."""
        shown = {
            n: line for (at, n), line in self.knowledge.notices.items() if at == block.terminal
        }
        jobs = self._jobs[block.terminal]
        late = self._late[block.terminal]
        return job_notices.read(
            documented, seen, jobs, lambda text: self.substitute(text)[0], shown, late
        )

    def judge(self, attempt: Attempt) -> Verdict:
        """Judge what a step's command did against what the page documents."""
        verdict = self._verdict(attempt, self._reached(Phase.JUDGED))
        compared = attempt.block.role is Role.TRANSCRIPT
        if verdict.failure and compared and not Command.of(attempt.command).reads:
            # What the command has just made may not have been reported yet.
            self._timeline.catch_up(self._timeline.followed)
            verdict = self._verdict(attempt, self._reached(Phase.CAUGHT_UP))
        return verdict

    def _verdict(self, attempt: Attempt, now: float) -> Verdict:
        block, step, seen = attempt.block, attempt.step, attempt.seen
        if block.role is Role.PYTHON:
            return Verdict(self.knowledge, failures.of_fence(block, seen))
        if seen.ending is not Ending.DONE:
            return Verdict(self.knowledge, failures.ended(block, step, seen))
        verdict = Verdict(self.knowledge)
        if block.role is Role.TRANSCRIPT:
            verdict = self._compare(attempt, now)
        exit_failure = failures.wrong_exit(block, step, seen, verdict.failure)
        return Verdict(self.knowledge, exit_failure) if exit_failure is not None else verdict

    def with_fitting_ages(self, step: Step, proposed: Step, found: ages.Contradiction) -> Step:
        """A proposal for a step, with ages that go with those that the page shows before."""
        before = self.knowledge.ages.at(step.line)
        own = frozenset(line.text for line in step.output)
        return replace(proposed, output=found.mended(proposed.output, before, own))

    def printed(self, block: Block, seen: Observation) -> Verdict:
        """Judge the text of ``block`` against what a python fence printed."""
        lines = tuple(
            DocumentedLine(block.line_of(offset), text)
            for offset, text in enumerate(block.code.split("\n"))
        )
        step = Step(block.line, "", lines)
        verdict = self._compare(Attempt(block, step, "", seen), seen.ended)
        failure = verdict.failure and replace(verdict.failure, command_place="")
        return replace(verdict, failure=failure)

    @property
    def patterns(self) -> Patterns:
        """The patterns of the moment, with every generated value seen so far."""
        if self._timeline.events != self._events:
            self._events = self._timeline.events
            self._endpoints.forget()
            values = self._generated.among(self._lives())
            if values is not self._values:
                self._values = values
                self._endpoints = EndpointLists(self._cluster, values.pods)
                self._patterns = Patterns(values.names, self._endpoints, self._authored.text)
        return self._patterns

    def _lives(self) -> list[Life]:
        """The objects that were there since the page began."""
        return [life for life in self._timeline.recorded() if life.identity.uid not in self._past]

    def patterns_for(self, command: str) -> Patterns:
        """The patterns for what a command has written just now."""
        patterns = self.patterns.also(names.of_engine(self.knowledge.bindings.decided))
        self._endpoints.forget()
        return patterns.with_literal_nodes if Command.of(command).about_nodes else patterns

    def substitute(self, command: str) -> tuple[str, Knowledge]:
        """The command with real names in the place of the page's, and what is known by its use."""
        text, bindings = self.knowledge.bindings.substitute(command, self.patterns.names)
        return text, replace(self.knowledge, bindings=bindings)

    def passed(self, attempt: Attempt) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What the step's tables could have shown since the last change, as `stretch.passed`."""
        if attempt.here is None:
            return ()
        listings = self.listings.of(attempt.command)
        told = attempt.here.span, self.knowledge.floors, self._timeline
        tables = self._shown_tables(attempt.step, listings, attempt.place)
        return tuple(row for one in tables for row in stretch.passed(one, *told))

    @property
    def shown(self) -> Shown:
        """What the page has shown by now, and what is its author's."""
        names = self.patterns.names
        fixed = {life.identity.name for life in self._lives()} - names.keys()
        return Shown(names, self.knowledge.bindings, fixed | self._authored.made)

    def _compare(self, attempt: Attempt, now: float) -> Verdict:
        block, step, command, seen = attempt.block, attempt.step, attempt.command, attempt.seen
        here, superseded, place = attempt.here, attempt.superseded, attempt.place
        told = self.notices(block, step.output, seen)
        notices = {(block.terminal, job): line for job, line in told.shown.items()}
        known = self.known_at(seen.started)
        known = replace(known, notices={**known.notices, **notices}, ages=known.ages.at(step.line))
        documented, seen = told.lines, replace(seen, output=told.output)
        reading = self._read(documented, seen.output, command)
        listings = self.listings.of(command)
        tables = self._shown_tables(step, listings, place)
        lasting = tuple(one for one in tables if one.scope not in superseded)
        answers = self._judge_answers(known, step, command, seen, place)
        if answers is not None and answers.wrong is None:
            return Verdict(replace(known, bindings=answers.bindings, answers=answers.answers))
        found: Answer[int] = Mismatch()
        if answers is None:
            found = outputs.agrees(reading, known.bindings, place)
        told_in = f"{command}\n{seen.output}"
        if isinstance(found, Proof):
            known = self.learnt(known, found, told_in)
            aged = self._aged(known, self._as_aged(reading, found, tables), here, place, documented)
            if isinstance(aged, ages.Contradiction):
                return self._contradiction(attempt, aged)
            return Verdict(aged, settled=lasting)
        passing = [one for one in tables if one.scope in superseded]
        if isinstance(found, Mismatch) and here:
            passing += [one for one in lasting if stretch.recurs(one, self.evidence(here))]
        if isinstance(found, Mismatch) and passing and here:
            judged = {one.scope for one in passing}
            rest, real = _without(step, seen, listings, judged)
            passed = self._by_recording(passing, superseded, here, known, now)
            if isinstance(passed, Knowledge):
                known = passed
                found = outputs.agrees(self._read(rest, real, command), known.bindings, place)
            elif isinstance(passed, Undecided):
                found = passed
            elif isinstance(passed, ages.Contradiction):
                return self._contradiction(attempt, passed)
        if isinstance(found, Proof):
            return Verdict(self.learnt(known, found, told_in), settled=lasting)
        bindings = self.known_at(seen.started).bindings
        explained = explain(reading, self.patterns_for(command), bindings, documented)
        wrong = [answers.wrong] if answers is not None and answers.wrong else []
        wrong += [told.wrong[explained.number]] if explained.number in told.wrong else []
        if isinstance(found, Undecided) and NOT_DECIDED not in wrong:
            wrong = [NOT_DECIDED, *wrong]
        reasons = (*wrong, *explained.reasons)
        wrong_at, difference = explained.number, explained.difference
        return Verdict(self.knowledge, failures.untrue(block, step, reasons, wrong_at, difference))

    def known_at(self, moment: float) -> Knowledge:
        """What is known of what is there at a moment (``time.monotonic()``)."""
        gone = {x.identity.uid for x in self._timeline.recorded() if x.gone < moment}
        return self.knowledge.without_pods(gone)

    def learnt(self, known: Knowledge, proof: Proof[Any], told_in: str) -> Knowledge:
        """What is known once lines are proved.

        Args:
            told_in: the output that they are of, and its command.
        """
        pairs = {pair for line in proof.possible for option in line for pair in option.pairs}
        lives = self._timeline.recorded()
        landed = known.landed.with_shown(pairs, self.patterns.names, lives, told_in)
        return replace(known, bindings=proof.bindings, landed=landed)

    def _read(
        self, documented: Sequence[DocumentedLine], output: str, command: str
    ) -> outputs.Reading:
        how = self.listings.format_of(command)
        return outputs.read(documented, output, self.patterns_for(command), how)

    def _judge_answers(
        self, known: Knowledge, step: Step, command: str, seen: Observation, place: str
    ) -> replicas.Judged | None:
        asks = Command.of(command)
        if self._cluster is None or not (asks.requests or asks.picks_a_pod_of):
            return None
        lives, told = self._lives(), (known.bindings, known.answers)
        patterns = self.patterns_for(command)
        return replicas.judge(step.output, command, seen, lives, patterns, *told, place)

    def _shown_tables(
        self, step: Step, listings: Sequence[Listing], place: str
    ) -> tuple[ShownTable, ...]:
        """The documented tables of recorded objects."""
        tables = object_query.shown_tables(step.output, listings, place) if listings else ()
        return tuple(one for one in tables if self._timeline.follows(one.scope.resource))

    def evidence(self, here: Stretch) -> Evidence:
        """What the tables of a stretch are judged by."""
        return Evidence(self._timeline, self.patterns, self.knowledge.bindings, here.changes)

    def _by_recording(
        self,
        tables: Iterable[ShownTable],
        superseded: Collection[ObjectQuery],
        here: Stretch,
        known: Knowledge,
        now: float,
    ) -> Knowledge | Mismatch | Undecided | ages.Contradiction:
        """What is known by tables that were true at some moment of the stretch, or are by turns.

        Or the times that contradict each other.
        """
        for one in tables:
            seen = Evidence(self._timeline, self.patterns, known.bindings, here.changes)
            if one.scope in superseded:
                found = stretch.once_true(one, here.span, known.floors, seen, now)
            else:
                found = stretch.comes_back(one, seen)
            if not isinstance(found, Proof):
                return found
            floors = stretch.raised(known.floors, found)
            known = replace(self.learnt(known, found, ""), floors=floors)
            possible = [
                {option: self._sighted(line, one, option.payload) for option in options}
                for line, options in zip(one.rows, found.possible, strict=True)
            ]
            aged = self._aged(known, possible, here, one.place)
            if not isinstance(aged, Knowledge):
                return aged
            known = aged
        return known

    def _aged(
        self,
        known: Knowledge,
        possible: Sequence[Mapping[Option[T], ages.Row]],
        here: Stretch | None,
        place: str,
        documented: Sequence[DocumentedLine] = (),
    ) -> Knowledge | ages.Contradiction:
        """What is known by the times of a true table, or those that contradict each other."""
        if repeated := ages.wrong_count(documented):
            return ages.Contradiction(repeated, (), (), ())
        if not possible:
            return known
        spans = here.spans if here else ()
        lives = self._timeline.recorded()
        found = ages.judge(possible, known.bindings, known.ages, spans, lives, place)
        if isinstance(found, ages.Contradiction):
            return found
        return replace(known, bindings=found[0], ages=found[1])

    def _as_aged(
        self, reading: outputs.Reading, proof: Proof[int], tables: Sequence[ShownTable]
    ) -> list[dict[Option[int], ages.Row]]:
        """Of each documented row, the objects that it may stand for, as it tells of their times."""
        found = []
        for shown_row, options in zip(reading.rows, proof.possible, strict=True):
            known: dict[Option[int], ages.Row] = {}
            for option in options:
                row = self._listed(shown_row.line, reading.lines[option.payload].pattern, tables)
                known |= {} if row is None else {option: row}
            if known and len(known) == len(options):
                found.append(known)
        return found

    def _listed(
        self, line: DocumentedLine, real: Pattern, tables: Sequence[ShownTable]
    ) -> ages.Row | None:
        """A documented row as it tells of a real one's object; None where that is not known."""
        cells = dict(real.row)
        for one in tables:
            lives = one.scope.lives(self._timeline)
            name = cells.get("NAME", "").removeprefix(one.view.prefix)
            namespace = cells.get("NAMESPACE")
            named = [
                life
                for life in lives
                if life.identity.name == name and namespace in (None, life.identity.namespace)
            ]
            if named and cells.keys() <= set(one.headers):
                life = next((life for life in named if life.current is not None), named[-1])
                return ages.row(line, real, life)
        return None

    def _sighted(self, line: DocumentedLine, table: ShownTable, seen: Sighting) -> ages.Row:
        """A documented row as it tells of an object that it shows in a state."""
        real = table.pattern(seen.state, self._timeline, self.patterns)
        assert real is not None, "it was matched with it"
        return ages.row(line, real, seen.life)

    def _contradiction(self, attempt: Attempt, found: ages.Contradiction) -> Verdict:
        """What is wrong with times that are of no run."""
        block, step = attempt.block, attempt.step
        own = {line.number for line in step.output}
        number = next((one.line for one in reversed(found.told) if one.line in own), None)
        reasons = (ages.told_in_spanish(found.told),)
        failure = failures.untrue(block, step, reasons, number, next_step=ages.NEXT_STEP)
        return Verdict(self.knowledge, failure, contradiction=found)


def _without(
    step: Step, seen: Observation, listings: Sequence[Listing], judged: Collection[ObjectQuery]
) -> tuple[list[DocumentedLine], str]:
    """A documented and a real output without the tables that have been judged by themselves."""
    shown = [bare(line.text) for line in step.output]
    answer = outputs.real_lines(seen.output)
    rest = [step.output[n] for n in object_query.outside_tables(shown, listings, judged)]
    real = (answer[n] for n in object_query.outside_tables(answer, listings, judged))
    return rest, "\n".join(real)
