"""What a page shows of what bash says of background jobs: ``[1] 4711``, ``[1]+  Done  sleep 1``.

A reader may or may not see these lines, and under which command is chance: bash tells of a job's
end when it next prompts. A page may leave them out, or show them later; what it shows must be so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kubedoctest.commands.shell_syntax import parse, text_of
from kubedoctest.comparison.documented import versions
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.shell.jobs import ENDED, STARTED, Job, Jobs
from kubedoctest.shell.observation import Observation

_LISTS = re.compile(r"\bjobs\b")


@dataclass(frozen=True)
class Told:
    """A command's documented and real output, without the notices of jobs that are true.

    Attributes:
        lines: the documented lines that are left, those of notices that are not true among them.
        output: the real output; ``jobs`` prints notices too.
        wrong: why a notice is not true (Spanish), by its line of the page.
        awaited: whether one tells of the end of a job that has not ended yet.
    """

    lines: tuple[DocumentedLine, ...]
    output: str
    wrong: dict[int, str]
    awaited: bool = False


def among(documented: Sequence[DocumentedLine]) -> bool:
    """Whether any of the lines looks like a notice."""
    return any(map(_is_notice, documented))


def others(documented: Sequence[DocumentedLine]) -> tuple[DocumentedLine, ...]:
    """The lines that do not look like a notice."""
    return tuple(line for line in documented if not _is_notice(line))


def read(
    documented: Sequence[DocumentedLine],
    seen: Observation,
    jobs: Jobs,
    real: Callable[[str], str],
) -> Told:
    """Tell the notices of a command from its output.

    Args:
        jobs: those of its terminal, that have heard of ``seen`` already.
        real: puts real names in the place of the page's.
    """
    started = [int(m["number"]) for m in map(STARTED.fullmatch, seen.jobs.split("\n")) if m]
    lines: list[DocumentedLine] = []
    wrong: dict[int, str] = {}
    awaited = False
    at = 0
    while at < len(documented):
        line = documented[at]
        text = versions(line.text)[-1]
        at += 1
        if start := STARTED.fullmatch(text):
            if int(start["number"]) in started:
                started.remove(int(start["number"]))
                continue
            wrong[line.number] = f"este comando no empezó ningún trabajo [{start['number']}]"
        elif ENDED.fullmatch(text):
            rest = [real(versions(one.text)[-1]) for one in documented[at - 1 :]]
            job = _agreeing(rest, jobs, line.number)
            if job is not None and job.over:
                job.shown_at = line.number
                at += _height(job) - 1
                continue
            awaited = awaited or job is not None
            wrong[line.number] = _why(rest[0], jobs, job)
        lines.append(line)
    return Told(tuple(lines), _printed(seen, jobs), wrong, awaited)


def _is_notice(line: DocumentedLine) -> bool:
    text = versions(line.text)[-1]
    return STARTED.fullmatch(text) is not None or ENDED.fullmatch(text) is not None


def _printed(seen: Observation, jobs: Jobs) -> str:
    """The output without the ends of jobs that ``jobs`` tells of: they are a notice there too."""
    if not _LISTS.search(seen.command):
        return seen.output
    lines = seen.output.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        job = _agreeing(lines[at:], jobs, None) if ENDED.fullmatch(lines[at].rstrip()) else None
        if job is None or not job.over:
            kept.append(lines[at])
        at += 1 if job is None or not job.over else _height(job)
    return "\n".join(kept)


def _agreeing(lines: Sequence[str], jobs: Jobs, number: int | None) -> Job | None:
    """The job that the notice at the first line tells of, ended or to end in any way.

    Args:
        number: that line's in the page; bash tells of an end once.
    """
    notice = ENDED.fullmatch(lines[0].rstrip())
    assert notice is not None
    found = [
        job
        for job in jobs
        if job.number == int(notice["number"])
        and (number is None or job.shown_at in (None, number))
        and (not job.over or notice["state"] in job.states)
        and _is_its_command(job, notice["command"] or "", lines[1:])
    ]
    return next((job for job in found if job.over), found[0] if found else None)


def _is_its_command(job: Job, first: str, more: Sequence[str]) -> bool:
    shown = [first, *more[: _height(job) - 1]]
    if job.text is not None:
        return _spaced("\n".join(shown)) == _spaced(job.text)
    return _squeezed(first) in map(_squeezed, _in_background(job.started_by))


def _height(job: Job) -> int:
    return (job.text or "").count("\n") + 1


def _spaced(command: str) -> str:
    """A command with its blanks as one, and without the ``&`` of one that is running."""
    return " ".join(command.split()).removesuffix("&").rstrip()


def _squeezed(command: str) -> str:
    """A command without what bash writes in its own way."""
    return re.sub(r"[\s;]", "", command).removesuffix("&")


def _in_background(command: str) -> list[str]:
    """The statements of a command that are followed by ``&``."""
    found: list[str] = []
    waiting = [root] if (root := parse(command)) is not None else []
    while waiting:
        children = waiting.pop().children
        waiting += children
        found += [
            text_of(child) for child, following in pairwise(children) if following.type == "&"
        ]
    return found


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
