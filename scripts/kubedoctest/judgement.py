"""The verdict on one step: how the command ended, what it wrote, and whether the page says so."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

<<<<<<< HEAD
from kubedoctest import comparison, filecopy, interpreter, reading, scope, stretch, table
=======
from kubedoctest import comparison, filecopy, jobs, reading, scope, stretch, table
>>>>>>> 61771d4 (A second terminal, ^C, and commands that go on while the page does)
from kubedoctest.bindings import Bindings
from kubedoctest.cluster import Cluster, Resource
from kubedoctest.document import Block, Document, Role
from kubedoctest.mismatch import DiffLine, explain
from kubedoctest.names import NAME_END, NAME_START, Name, known
from kubedoctest.observation import Ending, Observation
from kubedoctest.outcome import Failure
from kubedoctest.pattern import Patterns
from kubedoctest.scope import Scope
from kubedoctest.stretch import ShownTable, Stretch
from kubedoctest.timeline import Timeline
from kubedoctest.transcript import DocumentedLine, Step

PRINTED_CHARACTERS = 4000
DESCRIBES = re.compile(r"\bkubectl\b.*\b(?:describe|events|get|rollout)\b", re.DOTALL)
NEXT_STEP = (
    "si el cluster tiene razón, corrijan la página; si la tiene la página, revisen el comando o el "
    "manifiesto que la contradice"
)


@dataclass(frozen=True)
class Verdict:
    """What was found of one observation.

    Attributes:
        failure: why the page is not true, or None.
        settled: the table that must stay true until the stretch ends, or None.
    """

    failure: Failure | None = None
    settled: ShownTable | None = None


class Judge:
    """Judges the steps of one page, and learns its names on the way."""

    def __init__(
        self, cluster: Cluster | None, timeline: Timeline | None, namespace: Callable[[], str]
    ) -> None:
        self._cluster = cluster
        self._timeline = timeline
        self._namespace = namespace
        self._patterns: tuple[int, Patterns] | None = None
        self.bindings = Bindings()

    def kinds_shown(self, document: Document, steps: Iterable[Step]) -> list[Resource]:
        """The kinds to record for a page: those of its tables, and pods, whose names it uses."""
        if self._cluster is None:
            return []
        words = ["pods"]
        for step in steps:
            get = reading.kubectl_get(step.command)
            words += get.kinds if get is not None else ()
        found = (self._cluster.resource(word) for word in words)
        return list(dict.fromkeys(resource for resource in found if resource is not None))

    def judge(
        self,
        block: Block,
        step: Step,
        command: str,
        seen: Observation,
        here: Stretch | None,
        superseded: bool,
    ) -> Verdict:
        """Judge what ``command`` (with real names) did against what ``step`` documents.

        Args:
            here: the stretch that the step is in.
            superseded: whether a later step of that stretch lists the same objects again.
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

<<<<<<< HEAD
    def printed(self, block: Block, seen: Observation) -> Failure | None:
        """Why the text of ``block`` is not what a python fence printed, or None."""
        shown = tuple(
            DocumentedLine(block.line_of(offset), text)
            for offset, text in enumerate(block.code.split("\n"))
        )
        step = Step(block.line, "", shown)
        failure = self._compare(block, step, "", seen, None, False).failure
        return None if failure is None else replace(failure, command_place="")

    def scope(self, command: str) -> scope.Scope | None:
=======
    def scope(self, command: str) -> Scope | None:
>>>>>>> 61771d4 (A second terminal, ^C, and commands that go on while the page does)
        """What a command lists, if it is one ``kubectl get`` of one kind that can be judged."""
        get = reading.kubectl_get(command)
        return None if get is None or get.watch else self._listed(get)

    def watched(self, command: str) -> Scope | None:
        """What a ``kubectl get -w`` lists, if its kind is being recorded."""
        get = reading.kubectl_get(command)
        listed = self._listed(get) if get is not None and get.watch else None
        if listed is None or self._timeline is None or not self._timeline.follows(listed.resource):
            return None
        return listed

    def _listed(self, get: reading.GetCommand) -> Scope | None:
        if self._cluster is None or len(get.kinds) != 1 or get.output not in (None, "wide"):
            return None
        resource = self._cluster.resource(get.kinds[0])
        return None if resource is None else scope.of(get, resource, self._namespace())

    @property
    def patterns(self) -> Patterns:
        """The patterns of the moment, with every generated name seen so far."""
        events = self._timeline.events if self._timeline else 0
        if self._patterns is None or self._patterns[0] != events:
            names = known(self._timeline.identities()) if self._timeline else {}
            self._patterns = (events, Patterns(names))
        return self._patterns[1]

    def substitute(self, command: str) -> str:
        """The command with real names in the place of the page's."""
        return self.bindings.substitute(command, self.patterns.names)

    def unknown_name(self, text: str) -> str | None:
        """A generated name in ``text`` that the page has not shown yet, or None."""
        if self._timeline is None:
            return None
        fixed = {identity.name for identity in self._timeline.identities()}
        fixed -= self.patterns.names.keys()
        for word in _generated_words(text, self.patterns.names.values()):
            if word not in self.bindings and word not in fixed:
                return word
        return None

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
        superseded: bool,
    ) -> Verdict:
        place = f"{block.page}:{step.line}"
        patterns = self.patterns
        laid = comparison.read(
            jobs.without_notices(step.output, seen.output),
            seen.output,
            patterns,
            description=DESCRIBES.search(command) is not None,
            partial=block.directives.partial,
        )
        shown = self._shown_table(step, command, place)
        if comparison.agrees(laid, patterns, self.bindings, place):
            return Verdict(settled=None if superseded else shown)
        if shown and superseded and here and self._timeline:
            now = time.monotonic()
            if stretch.once_true(shown, here, self._timeline, patterns, self.bindings, now):
                return Verdict()
        found = explain(laid, patterns, self.bindings)
        failure = _failure(block, step, reasons=found.reasons, next_step=NEXT_STEP)
        return Verdict(
            replace(
                failure,
                place=f"{block.page}:{found.number or step.line}",
                difference=found.difference,
            )
        )

    def _shown_table(self, step: Step, command: str, place: str) -> ShownTable | None:
        """The documented table as one of recorded objects; None when it is something else."""
        listed = self.scope(command)
        if self._timeline is None or listed is None or not self._timeline.follows(listed.resource):
            return None
        if not step.output:
            return None
        header = comparison.versions(step.output[0].text)[-1]
        if not table.is_header(header):
            return None
        headings = table.headings(header)
        found = comparison.table_rows(step.output, headings)
        if found is None:
            return None
        rows, excerpt = found
        return ShownTable(tuple(rows), excerpt, headings, listed, place)


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


def _wrong_exit(
    block: Block, step: Step, seen: Observation, difference: Failure | None
) -> Failure | None:
    """An exit code that the page does not tell of (comparison rule 16)."""
    wanted = block.directives.exit_code
    shown = [line.text.strip() for line in step.output]
    told = (
        block.role is Role.TRANSCRIPT
        and seen.wrote_stderr
        and bool(shown)
        and comparison.ANY_LINES not in shown
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


def _generated_words(text: str, names: Iterable[Name]) -> Iterator[str]:
    """The words of ``text`` that have the form of a name generated by the cluster."""
    for regex in dict.fromkeys(name.regex for name in names):
        for match in re.finditer(f"{NAME_START}{regex}{NAME_END}", text):
            yield match.group()


def _tail(output: str) -> str:
    """The end of a long output."""
    return output[-PRINTED_CHARACTERS:]
