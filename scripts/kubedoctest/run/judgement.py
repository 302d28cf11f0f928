"""The verdict on one step: how the command ended, what it wrote, and whether the page says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.endpoints import EndpointLists
from kubedoctest.cluster.timeline import Life, Timeline
from kubedoctest.commands import reading
from kubedoctest.commands.kubectl_get import GetCommand, kubectl_get
from kubedoctest.comparison import form, job_notices, outputs, replicas, scope, shown, stretch
from kubedoctest.comparison.job_notices import Told
from kubedoctest.comparison.mismatch import DiffLine, explain
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.scope import Scope
from kubedoctest.comparison.shown import Listing
from kubedoctest.comparison.stretch import ShownTable, Stretch
from kubedoctest.page import filecopy
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import DocumentedLine, Step, steps_of
from kubedoctest.run import interpreter
from kubedoctest.run.clock import Clock
from kubedoctest.shell.jobs import Jobs
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.values import kinds_used, nodes
from kubedoctest.values.authored import Authored
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.generated import Generated, Values
from kubedoctest.verdicts.outcome import Failure, NotRecorded

PRINTED_CHARACTERS = 4000
NEXT_STEP = (
    "si el cluster tiene razón, corrijan la página; si la tiene la página, revisen el comando o el "
    "manifiesto que la contradice"
)


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
        self._namespace = namespace
        self._clock = clock or Clock()
        self._generated = Generated(authored)
        self._events: int | None = None
        self._values: Values | None = None
        self._patterns = Patterns({})
        self._endpoints = EndpointLists(None, ())
        self._answers = replicas.Answers()
        self._jobs: defaultdict[str, Jobs] = defaultdict(Jobs)
        self.bindings = Bindings()

    def kinds_shown(self, steps: Sequence[Step]) -> list[Resource]:
        """The kinds to record for a page: those of its tables, and those whose names it uses."""
        if self._cluster is None:
            return []
        words = kinds_used.words(steps, self._authored)
        found = (resource for word in words for resource in self._cluster.resources_of(word))
        return [resource for resource in dict.fromkeys(found) if not _is_of_events(resource)]

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
            return Verdict(self._ended(block, step, seen))
        verdict = Verdict()
        if block.role is Role.TRANSCRIPT:
            verdict = self._compare(block, step, command, seen, here, superseded)
        exit_failure = _wrong_exit(block, step, seen, verdict.failure)
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

    def listings(self, command: str) -> tuple[Listing, ...]:
        """What a command lists, a kind each, if it is one ``kubectl get`` that can be judged."""
        get = kubectl_get(command)
        if get is None or self._cluster is None:
            return ()
        if get.watch or get.output not in (None, "wide"):
            return ()
        found: list[Listing] = []
        for kind in get.kinds:
            resources = self._cluster.resources_of(kind)
            scopes = [scope.of(get, r, self._namespace(), kind) for r in resources]
            if not scopes or any(map(_is_of_events, resources)) or None in scopes:
                return ()
            found += [
                Listing(s, scope.view(get, s.resource), self._headings(get, s.resource))
                for s in scopes
                if s is not None
            ]
        return () if get.no_headers and len(found) > 1 else tuple(found)

    def _headings(self, get: GetCommand, resource: Resource) -> tuple[str, ...]:
        """The headings that a command leaves out; none if it prints them."""
        if not get.no_headers or self._timeline is None or not self._timeline.follows(resource):
            return ()
        return scope.headings(get, resource, self._timeline.columns(resource))

    def watched(self, command: str) -> Scope | None:
        """What a ``kubectl get -w`` of one kind lists, if that kind is being recorded."""
        get = kubectl_get(command)
        if get is None or not get.watch or get.output not in (None, "wide") or len(get.kinds) != 1:
            return None
        resources = self._cluster.resources_of(get.kinds[0]) if self._cluster else ()
        if len(resources) != 1 or not self._timeline or not self._timeline.follows(resources[0]):
            return None
        return scope.of(get, resources[0], self._namespace())

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
        tables = self._shown_tables(step, self.listings(command), f"{block.page}:{step.line}")
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

    def _ended(self, block: Block, step: Step, seen: Observation) -> Failure:
        reason, next_step = {
            Ending.LIMIT: (
                f"el comando no terminó en {seen.seconds:.0f} s y fue interrumpido",
                "si de verdad tarda, escriban <!-- verificar: limite=SEGUNDOS --> antes del bloque",
            ),
            Ending.FLOOD: (
                "el comando escribió demasiado y fue interrumpido",
                "limiten su salida (por ejemplo con | head) o corrijan el comando",
            ),
            Ending.SHELL_GONE: (
                "el comando terminó el bash de la página",
                "quiten el `exit` o lo que lo haya cerrado",
            ),
        }[seen.ending]
        return _failure(
            block, step, reasons=(reason,), printed=_tail(seen.output), next_step=next_step
        )

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
        listings = self.listings(command)
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
        failure = _failure(block, step, reasons=reasons, next_step=NEXT_STEP)
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


def _is_of_events(resource: Resource) -> bool:
    """Events come and go all the time and settle nothing."""
    return resource.plural == "events"


def _texts(step: Step) -> list[str]:
    return [outputs.versions(line.text)[-1] for line in step.output]


def file_failure(block: Block, files: Path) -> Failure | None:
    """Why a fence is not the copy of its file that it says it is, or None."""
    text = filecopy.difference(block, files)
    if text is None:
        return None
    # In filecopy's diff the file comes first; here the page's side is the one marked "-".
    swap = {"-": "+", "+": "-", " ": " "}
    lines = [line for line in text.split("\n")[2:] if line[:1] in swap]
    place = block.place
    if lines:
        place = f"{block.page}:{block.line_of(filecopy.first_difference(block, files))}"
    return Failure(
        place=place,
        reasons=(f"el bloque no es igual a {block.title}" if lines else text,),
        difference=tuple(DiffLine(swap[line[0]], line[1:]) for line in lines),
        next_step="copien el archivo en el bloque, o corrijan el archivo",
    )


def fragment_failure(block: Block, files: Path) -> Failure | None:
    """Why a fence does not show lines of the file that its directive names, or None."""
    found = filecopy.strange_line(block, block.directives.fragment or "", files)
    if found is None:
        return None
    offset, reason = found
    return Failure(
        place=f"{block.page}:{block.line_of(offset)}",
        reasons=(reason,),
        next_step="copien las líneas del archivo, con una línea ... donde falten algunas",
    )


def refusal(block: Block, step: Step, reason: str, next_step: str) -> Failure:
    """The failure of a step that is not run at all."""
    return _failure(block, step, reasons=(reason,), next_step=next_step)


def not_recorded(block: Block, unknown: NotRecorded, step: Step | None = None) -> Failure:
    """What a replay says of a block that its recording cannot tell anything of."""
    next_step = "graben la página de nuevo (--kubedoctest-record=ARCHIVO)"
    reason = f"no grabado: {unknown}"
    if step is None:
        failure = Failure(block.place, reasons=(reason,), next_step=next_step)
    else:
        failure = refusal(block, step, reason, next_step)
    return replace(failure, recorded=False)


def _wrong_exit(
    block: Block, step: Step, seen: Observation, difference: Failure | None
) -> Failure | None:
    """An exit code that the page does not tell of (comparison rule 16)."""
    wanted = block.directives.exit_code
    if wanted is not None and not is_last(block, step):
        wanted = None
    shown = [line.text.strip() for line in step.output]
    told = (
        block.role is Role.TRANSCRIPT
        and seen.wrote_stderr
        and bool(shown)
        and outputs.ANY_LINES not in shown
        and not block.directives.partial
    )
    if seen.exit_code == (0 if wanted is None else wanted):
        return None
    if wanted is None and told:
        return None
    expected = "" if wanted is None else f"; la página dice {wanted}"
    failure = _failure(
        block,
        step,
        reasons=(
            f"el comando terminó con código {seen.exit_code}{expected}",
            *(difference.reasons if difference else ()),
        ),
        printed="" if difference and difference.difference else _tail(seen.output),
        next_step=(
            "si tiene que fallar, muestren entero lo que escribe, o pongan "
            f"<!-- verificar: codigo={seen.exit_code} --> antes del bloque; si no, corríjanlo"
        ),
    )
    if difference is None:
        return failure
    return replace(failure, place=difference.place, difference=difference.difference)


def is_last(block: Block, step: Step) -> bool:
    """Whether the step is its block's last: the one that ``codigo=`` tells of."""
    return step.line == steps_of(block)[-1].line


def _failure(
    block: Block,
    step: Step,
    *,
    reasons: tuple[str, ...],
    printed: str = "",
    next_step: str,
) -> Failure:
    place = f"{block.page}:{step.line}"
    return Failure(
        place=place,
        command=step.command,
        command_place=place,
        reasons=reasons,
        printed=printed,
        next_step=next_step,
    )


def _tail(output: str) -> str:
    """The end of a long output."""
    return output[-PRINTED_CHARACTERS:]
