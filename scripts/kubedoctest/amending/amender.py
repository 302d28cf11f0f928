"""Collects, while a chapter runs, what its page should show instead of what is not true.

The chapter asks it for proposals when an output disagrees; one that the chapter then finds true is
accepted, and the chapter goes on as if the page had said that.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kubedoctest.amending.amendment import Amendment, PageAmendments, PageText
from kubedoctest.amending.rewriting import Answer, Line, Rewriting, rewritings
from kubedoctest.comparison import job_notices, outputs
from kubedoctest.page import filecopy
from kubedoctest.page.document import Block, Directives
from kubedoctest.page.transcript import DocumentedLine, Step, TranscriptError, parse
from kubedoctest.shell.observation import Ending, Observation

_FENCE = re.compile(r"[ \t>]*(?:`{3,}|~{3,})")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TELLS_OF_FAILURE = re.compile(
    r"error\b|unable to |fatal\b|The \S+ \"[^\"]*\" is invalid"
    r"|\S.*: (?:cannot |.*(?:not found|no such file|permission denied|refused))",
    re.IGNORECASE,
)
"""How a line begins that a command writes because it fails (kubectl's, bash's, coreutils')."""


@dataclass(frozen=True)
class Proposal:
    """A step with the output that the page should show."""

    step: Step
    rewriting: Rewriting


class Amender:
    """The amendments of one page."""

    def __init__(self, page: Path, text: PageText) -> None:
        self._page = page
        self._text = text
        self._originals: dict[int, Step] = {}
        self._made: dict[int, Amendment] = {}

    @property
    def amendments(self) -> PageAmendments:
        """What has been accepted so far."""
        made = sorted(self._made.values(), key=lambda amendment: amendment.first)
        return PageAmendments(self._page.resolve(), self._text.content, tuple(made))

    def proposals(
        self, block: Block, step: Step, seen: Observation, answer: Answer
    ) -> Iterator[Proposal]:
        """The step with other outputs that may be true, the nearest to the page first.

        None when the command ended in another way than the page tells (a person must look at it),
        or its output cannot stand in a page.
        """
        original = self._originals.get(step.line, step)
        if original.interrupted or original.continues or job_notices.among(original.output):
            return  # a stream, or notices of background jobs
        if seen.ending is not Ending.DONE or not _ends_as_documented(block, original, seen):
            return
        for rewriting in rewritings(original.output, answer):
            if block.directives.partial and rewriting.lost:
                continue  # which lines an excerpt shows is its author's choice
            if any(_FENCE.match(line.text) for line in rewriting.lines):
                continue
            if any(_UNPRINTABLE.search(line.text) for line in rewriting.lines):
                continue
            first = _first_line(original)
            output = tuple(
                DocumentedLine(first + n, line.text.rstrip())
                for n, line in enumerate(rewriting.lines)
            )
            amended = replace(original, output=output)
            if [line.text for line in output] == [line.text for line in original.output]:
                continue
            if _reads_back(block, original, amended):
                yield Proposal(amended, rewriting)

    def accept(self, block: Block, step: Step, proposal: Proposal) -> None:
        """Note that the page should show this."""
        original = self._originals.setdefault(step.line, step)
        numbers = [line.number for line in original.output]
        first = _first_line(original)
        self._made[step.line] = Amendment(
            line=original.line,
            command=original.command,
            first=first,
            last=numbers[-1] if numbers else first - 1,
            lines=tuple(self._raw(block, numbers, line) for line in proposal.rewriting.lines),
            lost=_remarks(original, proposal.rewriting),
        )

    def copy_file(self, block: Block, files: Path) -> bool:
        """Note that a block should show its file again; whether that can be."""
        if filecopy.missing(block.title or "", files) is not None:
            return False
        try:
            content = (files / (block.title or "")).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            return False
        of_file = content.rstrip("\n").split("\n")
        of_page = block.code.split("\n") if block.code else []
        if any(_FENCE.match(line) or _UNPRINTABLE.search(line) for line in of_file):
            return False
        first = block.line_of(0)
        lines: list[str] = []
        matcher = difflib.SequenceMatcher(None, of_page, of_file, autojunk=False)
        for what, a, b, c, d in matcher.get_opcodes():
            if what == "equal":
                lines += [self._text.line(first + n) for n in range(a, b)]
            else:
                lines += [self._prefixed(block, text) for text in of_file[c:d]]
        last = first + len(of_page) - 1
        self._made[block.line] = Amendment(block.line, "", first, last, tuple(lines))
        return True

    def _raw(self, block: Block, numbers: list[int], line: Line) -> str:
        if line.kept is not None:
            return self._text.line(numbers[line.kept])
        return self._prefixed(block, line.text)

    def _prefixed(self, block: Block, text: str) -> str:
        """A line at the depth of its fence."""
        opening = re.match(r"[\ufeff]?([ \t>]*)", self._text.line(block.line))
        prefix = opening[1] if opening else ""
        return (prefix + text).rstrip() if not text.strip() else prefix + text


def _remarks(step: Step, rewriting: Rewriting) -> tuple[tuple[int, str], ...]:
    """The remarks on lines that are gone, with the page's line of each."""
    lines = [step.output[i] for i in rewriting.lost]
    remarks = [(line.number, line.text[len(outputs.versions(line.text)[-1]) :]) for line in lines]
    return tuple((number, remark.strip()) for number, remark in remarks if remark)


def _first_line(step: Step) -> int:
    """The page's line after a command."""
    return step.line + step.command.count("\n") + 1


def _ends_as_documented(block: Block, step: Step, seen: Observation) -> bool:
    """Whether the command failed, or not, as the page says it does."""
    if block.directives != Directives() and block.directives.exit_code is not None:
        return seen.exit_code == block.directives.exit_code
    told = any(_TELLS_OF_FAILURE.match(line.text.strip()) for line in step.output)
    if seen.exit_code == 0:
        failed = any(map(_TELLS_OF_FAILURE.match, outputs.real_lines(seen.output)))
        return failed or not told
    return told and seen.wrote_stderr


def _reads_back(block: Block, step: Step, amended: Step) -> bool:
    """Whether the page, with the new output in it, shows that command with that output."""
    lines = block.code.split("\n")
    start = _first_line(step) - block.line - 1
    lines[start : start + len(step.output)] = [line.text for line in amended.output]
    try:
        steps = {s.line: s for s in parse(replace(block, code="\n".join(lines)))}
    except TranscriptError:
        return False
    read = steps.get(step.line)
    if read is None or read.command != step.command or len(steps) != len(parse(block)):
        return False
    return [line.text for line in read.output] == [line.text for line in amended.output]
