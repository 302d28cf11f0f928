"""Generators of equivalents: one edit each, after which the page says the same and stays true."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import combinations

from mutants import Mutant, Shown, Source, bare, cells, put

from kubedoctest.page.document import Role
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.names import NAME_END, NAME_START

_AGES = ("0s", "7s", "2m3s", "12m", "5h", "3d4h", "400d")
_REMARK = "  # ¡miren!"


def age(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another age."""
    for shown in source.shown:
        for line in shown.rows if shown.header else ():
            assert shown.header is not None
            found = cells(line.text)
            if "AGE" in shown.header and len(found) == len(shown.header):
                cell = found[shown.header.index("AGE")]
                new = put(line.text, cell, dice.choice(_AGES))
                yield source.edited("age", shown.block, line, new)


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


def swap(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Two generated names change places in one table, where nothing tells them apart."""
    del dice
    for shown in source.shown:
        named = [(line, _generated(source, line)) for line in shown.rows if shown.header]
        rows = [(line, names.pop()) for line, names in named if len(names) == 1]
        for (one, a), (other, b) in combinations(rows, 2):
            if other.number == one.number or a.rpartition("-")[0] != b.rpartition("-")[0]:
                continue  # one line, or names of two owners
            if not interchangeable(source, shown, a, b):
                continue
            first = one.number - source.document.blocks[shown.block].line - 1
            last = other.number - source.document.blocks[shown.block].line - 1
            code = source.document.blocks[shown.block].code.split("\n")[first : last + 1]
            new = [_swapped(line, a, b) for line in code]
            count = last - first + 1
            yield source.edited("swap", shown.block, one, *new, count=count)


def interchangeable(source: Source, shown: Shown, a: str, b: str) -> bool:
    """Whether the page says the same with ``a`` and ``b`` in each other's place in ``shown``.

    It does if their rows there are alike (rows of generated names are a set), or if nothing else
    tells them apart: then the swap is a renaming of both in the whole page.
    """
    if _symmetric(shown.lines, a, b):
        return True
    elsewhere = [other for other in source.shown if other is not shown]
    texts = [*_commands(source), *(span.text for span in source.document.spans)]
    return all(_symmetric(other.lines, a, b) for other in elsewhere) and not any(
        _has(text, name) for text in texts for name in (a, b)
    )


EQUIVALENTS: dict[str, Callable[[Source, random.Random], Iterator[Mutant]]] = {
    "age": age,
    "width": width,
    "renaming": renaming,
    "remark": remark,
    "swap": swap,
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
