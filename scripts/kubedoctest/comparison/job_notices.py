"""What a page shows of background jobs: ``[1] 4711``, ``[1]+  Done  sleep 1``, their late output.

A reader may or may not see these lines, and under which command is chance: bash tells of a job's
end when it next prompts. A page may leave them out, or show them later; what it shows must be so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kubedoctest.commands.command import Command
from kubedoctest.page.transcript import DocumentedLine, bare, is_gap
from kubedoctest.shell.jobs import ENDED, STARTED, Job, Jobs
from kubedoctest.shell.observation import Observation

_OF_TAR = re.compile(r"tar: [Rr]emoving leading .* from (?:member names|hard link targets)")


@dataclass(frozen=True)
class FilteredOutput:
    """A command's documented and real output, without what is true of background jobs."""

    # the documented lines that are left, those of notices that are not true among them
    lines: tuple[DocumentedLine, ...]
    output: str  # the real output; ``jobs`` prints notices too
    wrong: dict[int, str]  # why a notice is not true (Spanish), by its line of the page
    # by a job's place among those of its terminal, the line that tells of its end
    shown: Mapping[int, int] = field(default_factory=dict)
    awaited: bool = False  # whether one tells of the end of a job that has not ended yet


def among(documented: Sequence[DocumentedLine]) -> bool:
    """Whether any of the lines looks like a notice."""
    return any(map(_is_notice, documented))


def tell_of_failure(documented: Iterable[DocumentedLine], job: Job) -> bool:
    """Whether any of the lines says that the job failed."""
    told = (ENDED.fullmatch(bare(line.text)) for line in documented)
    return any(
        one["number"] == str(job.number) and one["state"] == f"Exit {job.failure}"
        for one in told
        if one is not None
    )


def others(documented: Sequence[DocumentedLine]) -> tuple[DocumentedLine, ...]:
    """The lines that do not look like a notice."""
    return tuple(line for line in documented if not _is_notice(line))


def read(
    documented: Sequence[DocumentedLine],
    seen: Observation,
    jobs: Jobs,
    real: Callable[[str], str],
    shown: Mapping[int, int],
    late: Iterable[str] = (),
) -> FilteredOutput:
    """Tell the notices of a command from its output.

    Args:
        jobs: those of its terminal, that have heard of ``seen`` already.
        real: puts real names in the place of the page's.
        shown: the notices of before, as in the result.
        late: what its jobs have printed after the commands that started them. A reader sees that
            among the output of a later command; a page may show it there, or not at all.
    """
    behind = Counter(map(str.rstrip, late))
    # What the container's tar says last is lost at times: ``kubectl cp`` does not wait for it.
    copies = any(c.words[:2] == ("kubectl", "cp") for c in Command.of(seen.command).programs)
    if not (behind or copies or jobs.running or among(documented)):
        return FilteredOutput(tuple(documented), _printed(seen, jobs), {}, shown)
    printed = Counter(map(str.rstrip, seen.output.split("\n")))
    started = [int(m["number"]) for m in map(STARTED.fullmatch, seen.jobs.split("\n")) if m]
    lines: list[DocumentedLine] = []
    wrong: dict[int, str] = {}
    awaited = False
    shown = dict(shown)
    at = 0
    while at < len(documented):
        line = documented[at]
        text = bare(line.text)
        at += 1
        if start := STARTED.fullmatch(text):
            if int(start["number"]) in started:
                started.remove(int(start["number"]))
                continue
            wrong[line.number] = f"este comando no empezó ningún trabajo [{start['number']}]"
        elif ENDED.fullmatch(text):
            rest = [real(bare(one.text)) for one in documented[at - 1 :]]
            agreeing = _agreeing(rest, jobs, {n for n, by in shown.items() if by != line.number})
            job = None if agreeing is None else agreeing[1]
            if agreeing is not None and agreeing[1].over:
                shown[agreeing[0]] = line.number
                at += _height(agreeing[1]) - 1
                continue
            awaited = awaited or job is not None
            wrong[line.number] = _why(rest[0], jobs, job)
        elif text and not is_gap(text):
            own = real(text).rstrip()
            printed[own] -= 1
            if printed[own] < 0 and (behind[own] or (copies and _OF_TAR.fullmatch(own))):
                behind[own] -= 1
                continue
            awaited = awaited or (printed[own] < 0 and bool(jobs.running))
        lines.append(line)
    return FilteredOutput(tuple(lines), _printed(seen, jobs), wrong, shown, awaited)


def _is_notice(line: DocumentedLine) -> bool:
    text = bare(line.text)
    return STARTED.fullmatch(text) is not None or ENDED.fullmatch(text) is not None


def _printed(seen: Observation, jobs: Jobs) -> str:
    """The output without the ends of jobs that ``jobs`` tells of: they are a notice there too."""
    if not Command.of(seen.command).lists_jobs:
        return seen.output
    lines = seen.output.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        found = _agreeing(lines[at:], jobs) if ENDED.fullmatch(lines[at].rstrip()) else None
        over = found is not None and found[1].over
        kept += [] if over else [lines[at]]
        at += _height(found[1]) if found is not None and over else 1
    return "\n".join(kept)


def _agreeing(
    lines: Sequence[str], jobs: Jobs, told: Collection[int] = ()
) -> tuple[int, Job] | None:
    """The job, and its place, that the notice at the first line tells of, ended or to end.

    Args:
        told: the places of those whose end the page tells elsewhere; bash tells of it once.
    """
    notice = ENDED.fullmatch(lines[0].rstrip())
    assert notice is not None
    found = [
        (place, job)
        for place, job in enumerate(jobs)
        if job.number == int(notice["number"])
        and place not in told
        and (not job.over or notice["state"] in job.states)
        and _is_its_command(job, notice["command"] or "", lines[1:])
    ]
    return next((one for one in found if one[1].over), found[0] if found else None)


def _is_its_command(job: Job, first: str, more: Sequence[str]) -> bool:
    shown = [first, *more[: _height(job) - 1]]
    if job.text is not None:
        return _spaced("\n".join(shown)) == _spaced(job.text)
    return _squeezed(first) in map(_squeezed, Command.of(job.started_by).jobs)


def _height(job: Job) -> int:
    return (job.text or "").count("\n") + 1


def _spaced(command: str) -> str:
    """A command with its blanks as one, and without the ``&`` of one that is running."""
    return " ".join(command.split()).removesuffix("&").rstrip()


def _squeezed(command: str) -> str:
    """A command without what bash writes in its own way."""
    return re.sub(r"[\s;]", "", command).removesuffix("&")


def _why(notice: str, jobs: Jobs, job: Job | None) -> str:
    """Why a notice of an end is not true, for a person."""
    told = ENDED.fullmatch(notice)
    assert told is not None
    numbered = [one for one in jobs if one.number == int(told["number"])]
    known = job or next(reversed(numbered), None)
    if known is None:
        return f"esta terminal no empezó ningún trabajo [{told['number']}]"
    its_own = _spaced(known.text) if known.text is not None else known.started_by
    if not known.over:
        return f"el trabajo [{known.number}] sigue corriendo: {its_own}"
    if not known.states:
        return f"no se sabe cómo terminó el trabajo [{known.number}]: {its_own}"
    return f"de ese trabajo, bash avisa una vez: [{known.number}]  {known.states[0]}  {its_own}"
