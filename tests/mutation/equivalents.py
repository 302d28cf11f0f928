"""Generators of equivalents: one edit each, after which the page says the same and stays true."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import combinations

from mutants import Mutant, Shown, Source, bare, cells, put

from kubedoctest.page.document import Role
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.authors_clock import printed, printed_for
from kubedoctest.values.names import NAME_END, NAME_START

_PAUSES = (1, 45, 3600, 200_000)
_REMARK = "  # ¡miren!"


def pause(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A pause of the author before the last table, or a cluster that was made longer ago."""
    del dice
    tables = [shown for shown in source.shown if "AGE" in (shown.header or ())]
    told = [name for shown in tables for line in shown.rows for name in line.text.split()[:1]]
    there = {
        row["object"]["metadata"]["name"]
        for entry in source.recording.entries
        if entry.event == "FIRST"
        for row in entry.rows
    }
    for shown in tables:
        names = [line.text.split()[0] for line in shown.rows]
        old = all(name in there and told.count(name) == 1 for name in names)
        for seconds in _PAUSES if names and (old or shown is tables[-1]) else ():
            new = [_older(shown, line, seconds) for line in shown.rows]
            lines = shown.rows
            if None not in new and lines[-1].number - lines[0].number == len(lines) - 1:
                texts = [text or "" for text in new]
                yield source.edited("pause", shown.block, lines[0], *texts, count=len(lines))


def _older(shown: Shown, line: DocumentedLine, seconds: int) -> str | None:
    """A row as it reads some time later, if all of it that grows is its age."""
    found = cells(line.text)
    headers = shown.header or ()
    told = len(found) == len(headers) and printed_for(found[headers.index("AGE")].group())
    if not told or " ago)" in line.text:
        return None
    return put(line.text, found[headers.index("AGE")], printed(told[0] + seconds))


def width(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Columns further apart."""
    for shown in source.shown:
        for line in shown.lines if shown.header else ():
            text = bare(line.text)
            wider = re.sub(r"(?<=\S) {2,}(?=\S)", lambda m: m[0] + " " * dice.randint(1, 4), text)
            if wider != text:
                new = wider + line.text[len(text) :]
                yield source.edited("width", shown.block, line, new)


def renaming(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another generated name, wherever the page uses it."""
    names = {n for shown in source.shown for line in shown.lines for n in _generated(source, line)}
    for name in sorted(names):
        if any(other.startswith(f"{name}-") for other in names):
            continue  # its pods' names hold it: they would have to change too
        if any(name[-5:] in line.text.replace(name, "") for line in source.document.prose):
            continue  # its end alone stands for it there, and would have to change too
        end = name.rpartition("-")[2]
        if any(end in line.text.replace(name, "") for s in source.shown for line in s.lines):
            continue  # so it does there, as the hash in a selector
        letters = "0123456789abcdef" if name.startswith("pvc-") else "bcdfghjklmnpqrstvwxz2456789"
        tail = "".join(dice.sample(letters, 5))
        where = next(
            (shown, line)
            for shown in source.shown
            for line in shown.lines
            if name in _generated(source, line)
        )
        yield Mutant(
            "renaming", where[0].block, where[1].number, name, name[:-5] + tail,
            renamed=(name, name[:-5] + tail),
        )  # fmt: skip


def remark(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A remark added, changed or removed, at a command or at a line of its output."""
    for number, block in source.blocks:
        if block.role is not Role.TRANSCRIPT:
            continue
        for shown in (s for s in source.shown if s.block == number):
            lines = list(shown.lines)
            if "\n" not in shown.step.command:
                code = block.code.split("\n")[shown.step.line - block.line - 1]
                lines.append(DocumentedLine(shown.step.line, code))
            for line in lines:
                text = bare(line.text)
                other = (_REMARK, "") if text != line.text else (_REMARK,)
                new = text + dice.choice(other)
                yield source.edited("remark", number, line, new)


def gap(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A remark on what stands for any lines."""
    del dice
    for shown in source.shown:
        for line in shown.step.output:
            if line.text.strip() == "...":
                yield source.edited("gap", shown.block, line, line.text + _REMARK)


def swap(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Two generated names change places in one table, where nothing tells them apart."""
    del dice
    for shown in source.shown:
        named = [(line, _generated(source, line)) for line in shown.rows if shown.header]
        rows = [(line, names.pop()) for line, names in named if len(names) == 1]
        for (one, a), (other, b) in combinations(rows, 2):
            if other.number == one.number or a.rpartition("-")[0] != b.rpartition("-")[0]:
                continue  # one line, or names of two owners
            if not interchangeable(source, shown, a, b) or _age(shown, one) != _age(shown, other):
                continue  # two births change places where their ages differ
            first = one.number - source.document.blocks[shown.block].line - 1
            last = other.number - source.document.blocks[shown.block].line - 1
            code = source.document.blocks[shown.block].code.split("\n")[first : last + 1]
            new = [_swapped(line, a, b) for line in code]
            count = last - first + 1
            yield source.edited("swap", shown.block, one, *new, count=count)


def _age(shown: Shown, line: DocumentedLine) -> str:
    """A row's age, where the table tells it."""
    headers, found = shown.header or (), cells(line.text)
    at = headers.index("AGE") if "AGE" in headers else len(found)
    return found[at].group() if at < len(found) else ""


def interchangeable(source: Source, shown: Shown, a: str, b: str) -> bool:
    """Whether the page says the same with ``a`` and ``b`` in each other's place in ``shown``.

    It does if their rows there are alike (rows of generated names are a set), or if nothing else
    tells them apart: then the swap is a renaming of both in the whole page.
    """
    if _symmetric(shown.lines, a, b):
        return True
    elsewhere = [other for other in source.shown if other is not shown]
    texts = [*_commands(source), *(line.text for line in source.document.prose)]
    return all(_symmetric(other.lines, a, b) for other in elsewhere) and not any(
        _has(text, name) for text in texts for name in (a, b)
    )


def engine_time(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A container that the author looked at later, or an image of another size."""
    for shown in source.shown:
        for line in shown.lines if shown.step.command.startswith("docker ") else ():
            text = bare(line.text)
            ago = f"{dice.randint(2, 50)} {dice.choice(('seconds', 'minutes', 'hours'))} ago"
            later = re.sub(r"\b[0-9]+ (?:second|minute|hour)s? ago", ago, text)
            if later != text:
                yield source.edited("engine time", shown.block, line, later)


def engine_renaming(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another id for a container of the page, everywhere, and so another for its beginning."""
    whole = "\n".join(block.code for _, block in source.blocks)
    found = re.findall(r"(?<![\w:.-])([0-9a-f]{12})(?:[0-9a-f]{52})?(?![\w-])", whole)
    for old in sorted(set(found)):
        if any(old[:n] in whole.replace(old, "") for n in (4, 6, 8)):
            continue  # a command uses its beginning
        new = "".join(dice.choice("0123456789abcdef") for _ in old)
        first = next(
            (shown.block, line)
            for shown in source.shown
            for line in (*shown.lines, DocumentedLine(shown.step.line, shown.step.command))
            if old in line.text
        )
        yield Mutant("engine renaming", first[0], first[1].number, old, new, renamed=(old, new))


EQUIVALENTS: dict[str, Callable[[Source, random.Random], Iterator[Mutant]]] = {
    "pause": pause,
    "width": width,
    "renaming": renaming,
    "remark": remark,
    "gap": gap,
    "swap": swap,
    "engine time": engine_time,
    "engine renaming": engine_renaming,
}


def _commands(source: Source) -> Iterator[str]:
    for _, block in source.blocks:
        if block.role in (Role.TRANSCRIPT, Role.COMMANDS):
            yield from (line for line in block.code.split("\n") if line.startswith(("$ ", "╰─ ")))
            if block.role is Role.COMMANDS:
                yield block.code


def _generated(source: Source, line: DocumentedLine) -> set[str]:
    return source.generated_in(bare(line.text))


def _symmetric(lines: tuple[DocumentedLine, ...], a: str, b: str) -> bool:
    """Whether the lines are the same ones with both names in each other's place."""
    alike = sorted(_ageless(line.text) for line in lines)
    return alike == sorted(_ageless(_swapped(line.text, a, b)) for line in lines)


def _ageless(text: str) -> str:
    return re.sub(r"(?<=\s)\d+[smhd]\S*$", "*", re.sub(r"\s+", " ", bare(text)).strip())


def _swapped(text: str, a: str, b: str) -> str:
    word = f"{NAME_START}(?:{re.escape(a)}|{re.escape(b)}){NAME_END}"
    return re.sub(word, lambda match: b if match.group() == a else a, text)


def _has(text: str, name: str) -> bool:
    return re.search(f"{NAME_START}{re.escape(name)}{NAME_END}", text) is not None
