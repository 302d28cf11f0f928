"""What a page should show instead of what is not true.

`proposals` is asked while a page runs, about an output that disagrees; a proposal that is then
judged to be true, by the rules of every other page, is the correction of that failure. What agrees
stays as its author wrote it; what does not gets the real line in the page's names, with its remark;
``...`` stays where it leaves something out. `edits_of` makes the edits of the page from what became
of its blocks.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kubedoctest.comparison import job_notices, outputs
from kubedoctest.page import filecopy
from kubedoctest.page.document import Block, PageError, Role
from kubedoctest.page.transcript import ANY_LINES, DocumentedLine, Step, bare, parse, steps_of
from kubedoctest.shell.observation import Observation
from kubedoctest.update import table_rewriting
from kubedoctest.update.output_alignment import Answer, Line, Sheet, likely, likeness
from kubedoctest.update.page_edits import Edit, PageEdits, PageText
from kubedoctest.verdicts.outcome import Outcome

_FENCE = re.compile(r"[ \t>]*(?:`{3,}|~{3,})")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TELLS_OF_FAILURE = re.compile(
    r"error\b|unable to |fatal\b|The \S+ \"[^\"]*\" is invalid"
    r"|\S.*: (?:cannot |.*(?:not found|no such file|permission denied|refused))",
    re.IGNORECASE,
)
"""How a line begins that a command writes because it fails (kubectl's, bash's, coreutils')."""


def proposals(block: Block, step: Step, seen: Observation, answer: Answer) -> Iterator[Step]:
    """The step with other outputs that may be true, the nearest to the page first.

    None when the page shows notices of background jobs, the command ended in another way than it
    tells (a person must look at it), or its output cannot stand in a page.
    """
    if job_notices.among(step.output) or not _ends_as_documented(block, step, seen):
        return
    for lines in rewritings(step.output, answer):
        texts = [line.text.rstrip() for line in lines]
        if any(map(_FENCE.match, texts)) or any(map(_UNPRINTABLE.search, texts)):
            continue
        first = _first_line(step)
        output = tuple(DocumentedLine(first + n, text) for n, text in enumerate(texts))
        proposed = replace(step, output=output)
        if texts != _texts(step) and _reads_back(block, step, proposed):
            yield proposed


def edits_of(page: Path, outcomes: Iterable[Outcome], text: PageText, files: Path) -> PageEdits:
    """The edits that make a page show what is true, as far as that is known, from top to bottom.

    Args:
        files: the folder that file titles are relative to.
    """
    made: dict[int, Edit] = {}
    by_hand = 0
    for outcome in outcomes:
        block = outcome.block
        copied = None
        if block.role is Role.FILE and outcome.failures:
            copied = _copy_of_file(block, text, files)
            made.update({block.line: copied} if copied is not None else {})
        for failure in outcome.failures:
            corrected = failure.correction
            if corrected is None:
                by_hand += copied is None
                continue
            step = next(s for s in steps_of(block) if s.line == corrected.line)
            made[step.line] = _edit(block, step, corrected, text)  # the last one is how it ends
    edits = sorted(made.values(), key=lambda edit: edit.first)
    return PageEdits(page.resolve(), text.content, tuple(edits), by_hand)


def _edit(block: Block, step: Step, corrected: Step, text: PageText) -> Edit:
    first = _first_line(step)
    now = _texts(corrected)
    lines = tuple(_changed(block, first, _texts(step), now, text))
    last = step.output[-1].number if step.output else first - 1
    remarks = [(ln.number, ln.text[len(bare(ln.text)) :]) for ln in step.output]
    lost = [(number, r.strip()) for number, r in remarks if r and r.strip() not in "\n".join(now)]
    return Edit(step.line, step.command, first, last, lines, tuple(lost))


def _copy_of_file(block: Block, text: PageText, files: Path) -> Edit | None:
    """The edit that makes a block show its file again; None if it cannot."""
    try:
        of_file = filecopy.lines_of(block.title or "", files)
    except PageError:
        return None
    of_page = block.code.split("\n") if block.code else []
    if any(_FENCE.match(line) or _UNPRINTABLE.search(line) for line in of_file):
        return None
    first = block.line_of(0)
    lines = tuple(_changed(block, first, of_page, of_file, text))
    return Edit(block.line, "", first, first + len(of_page) - 1, lines)


def _changed(
    block: Block, first: int, before: Sequence[str], now: Sequence[str], text: PageText
) -> Iterator[str]:
    """Lines of a block from the page's line ``first`` on; those that stay are not touched."""
    opening = re.match(r"[\ufeff]?([ \t>]*)", text.lines[block.line - 1])
    prefix, end = opening[1] if opening else "", text.end_of(first - 1)
    matcher = difflib.SequenceMatcher(None, before, now, autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            yield from text.lines[first + a - 1 : first + b - 1]
        else:
            yield from (
                (prefix + line if line.strip() else prefix.rstrip()) + end for line in now[c:d]
            )


def _texts(step: Step) -> list[str]:
    return [line.text for line in step.output]


def _first_line(step: Step) -> int:
    """The page's line after a command."""
    return step.line + step.command.count("\n") + 1


def _ends_as_documented(block: Block, step: Step, seen: Observation) -> bool:
    """Whether the command failed, or not, as the page says it does.

    A wrong exit code is no matter of what is shown: where a directive gives it, the verdict tells.
    """
    if block.directives.exit_code is not None:
        return True
    told = any(_TELLS_OF_FAILURE.match(line.text.strip()) for line in step.output)
    if seen.exit_code == 0:
        return not told or any(map(_TELLS_OF_FAILURE.match, outputs.real_lines(seen.output)))
    return told


def _reads_back(block: Block, step: Step, proposed: Step) -> bool:
    """Whether the page, with the new output in it, shows that command with that output."""
    lines = block.code.split("\n")
    start = _first_line(step) - block.line - 1
    lines[start : start + len(step.output)] = _texts(proposed)
    try:
        steps = {s.line: s for s in parse(replace(block, code="\n".join(lines)))}
    except PageError:
        return False
    read = steps.get(step.line)
    if read is None or read.command != step.command or len(steps) != len(parse(block)):
        return False
    return _texts(read) == _texts(proposed)


# -- from a documented output and the real one, those that the page should show


def rewritings(documented: Sequence[DocumentedLine], answer: Answer) -> Iterator[Sequence[Line]]:
    """Other lines for an output that does not agree, those nearest to the page first."""
    moved_aside = _indented_again(Sheet(documented, answer))
    if moved_aside is not None:
        yield moved_aside
        return  # that it is a fragment is its author's choice
    first = _nearest(Sheet(documented, answer))
    says_something = any(line.slot is not None for line in first)
    if says_something or (not first and not answer.output.strip()):
        yield first
        yield _in_real_order(first)
    sheet = Sheet(documented, answer)
    gaps = any(map(sheet.is_gap, range(len(documented))))
    if not answer.form.partial and not (sheet.real and gaps):
        yield [_new(sheet, n) for n in range(len(sheet.real))]


def _indented_again(sheet: Sheet) -> list[Line] | None:
    """A fragment that lost its indentation, with it, and with ``...`` where lines are missing."""
    shown = [text.strip() for text in sheet.bare]
    real = [text.strip() for text in sheet.real]
    if len(shown) >= len(real) or not any(shown) or any(map(sheet.is_gap, range(len(shown)))):
        return None
    starts = [n for n in range(len(real)) if real[n : n + len(shown)] == shown]
    places = range(starts[0], starts[0] + len(shown)) if len(starts) == 1 else range(0)
    if not places or sheet.bare == [sheet.real[n] for n in places]:
        return None
    lines = [sheet.changed(i, n, sheet.real[n]) for i, n in enumerate(places)]
    above = [Line(ANY_LINES)] if places[0] else []
    below = [Line(ANY_LINES)] if places[-1] + 1 < len(real) else []
    return [*above, *lines, *below]


def _nearest(sheet: Sheet) -> list[Line]:
    lines: list[Line] = []
    below = 0
    for shown, answered in outputs.side_by_side(sheet.bare, sheet.real, sheet.answer.form):
        lines += [sheet.kept(i, None) for i in range(below, shown.start)]
        below = shown.indices.stop
        if shown.is_table and table_rewriting.is_regular(answered):
            lines += table_rewriting.rewritten(sheet, shown, answered)
        else:
            lines += _text(sheet, shown.indices, answered.indices)
    return lines


def _in_real_order(lines: Sequence[Line]) -> list[Line]:
    """The lines that stand for a real one change places until they are in the real order."""
    real = (line for line in lines if line.slot is not None)
    ordered = iter(sorted(real, key=lambda line: line.slot or 0))
    return [line if line.slot is None else next(ordered) for line in lines]


def _text(sheet: Sheet, documented: range, real: range) -> Iterator[Line]:
    """The lines of a text."""
    said = [i for i in documented if not sheet.is_gap(i)]
    in_order, moved = sheet.agreeing(said, real, {})
    if len(said) < len(documented) or sheet.answer.form.partial:
        in_order = {i: n for i, n in in_order.items() if _stands_there(sheet, i, n)}
    taken = {*in_order.values(), *moved.values()}
    interval: list[int] = []
    before = real.start - 1
    for i in documented:
        if i not in in_order:
            interval.append(i)
            continue
        between = [n for n in real if before < n < in_order[i] and n not in taken]
        yield from _interval(sheet, interval, between, moved)
        yield sheet.kept(i, in_order[i])
        interval, before = [], in_order[i]
    rest = [n for n in real if n > before and n not in taken]
    yield from _interval(sheet, interval, rest, moved)


def _interval(
    sheet: Sheet, documented: Sequence[int], real: Sequence[int], moved: dict[int, int]
) -> Iterator[Line]:
    """What stands between two lines that agree in order."""
    gaps = [i for i in documented if sheet.is_gap(i)]
    wrong = [i for i in documented if i not in gaps and i not in moved]
    form = sheet.answer.form
    changed = _pairs(sheet, wrong, real, gaps)
    if gaps or form.partial:  # in an excerpt, a line stays under the ones that it stands under
        changed = {i: n for i, n in changed.items() if _stands_there(sheet, i, n)}
    waiting = [n for n in real if n not in changed.values()]
    if gaps or form.partial or form.progress:
        waiting = []
    elif form.incidental is not None:
        waiting = [n for n in waiting if not form.incidental.fullmatch(sheet.real[n])]
    for i in documented:
        slot = changed.get(i)
        while slot is not None and waiting and waiting[0] < slot:
            yield _new(sheet, waiting.pop(0))
        if i in gaps:
            yield sheet.kept(i, None)
        elif i in moved:
            yield sheet.kept(i, moved[i])
        elif slot is not None:
            yield sheet.changed(i, slot, sheet.written(slot, sheet.bare[i]))
    yield from (_new(sheet, n) for n in waiting)


def _pairs(
    sheet: Sheet, wrong: Sequence[int], real: Sequence[int], gaps: Sequence[int]
) -> dict[int, int]:
    """Which real line each wrong one becomes.

    What stands right before the first ``...`` goes on from the line above, and what stands
    right after the last one goes up to the line below: there the place decides.
    """

    def alike(index: int, slot: int) -> float:
        return likeness(sheet.bare[index], sheet.names.written(sheet.real[slot]))

    if not gaps:
        return likely(wrong, real, alike)
    head = [i for i in wrong if i < gaps[0]]
    tail = [i for i in wrong if i > gaps[-1]]
    size = min(len(head), len(real))
    changed = dict(zip(head[:size], real[:size], strict=True))
    rest = real[size:]
    size = min(len(tail), len(rest))
    after = len(rest) - size
    changed |= zip(tail[len(tail) - size :], rest[after:], strict=True)
    middle = [i for i in wrong if gaps[0] < i < gaps[-1]]
    return changed | likely(middle, rest[:after], alike)


def _stands_there(sheet: Sheet, index: int, slot: int) -> bool:
    """Whether a line of an excerpt may be that real one: as far in, and under the same lines."""
    page, real = sheet.page_outline, sheet.real_outline
    above = {sheet.names.written(real.lines[n].strip()) for n in real.above(slot)}
    under = {page.lines[n].strip() for n in page.above(index)}
    return page.depths[index] == real.depths[slot] and under <= above


def _new(sheet: Sheet, slot: int) -> Line:
    return Line(sheet.written(slot), slot=slot)
