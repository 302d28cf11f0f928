"""Each chapter can be begun anywhere: it prepares what it needs, and leaves nothing behind.

A chapter that changes the cluster says so with two headings, which readers see too: its first
changes are under «Punto de partida», its last under «Limpieza».
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kubedoctest.commands import reading
from kubedoctest.page import fences
from kubedoctest.page.document import Block, Document, Problem, Role
from kubedoctest.run.agenda import steps_of
from kubedoctest.run.workbench import asks_cluster

START = "Punto de partida"
CLEANUP = "Limpieza"
_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*(?:\{[^}]*\})?[ \t]*")
_RUN = frozenset({Role.TRANSCRIPT, Role.COMMANDS, Role.PYTHON})


@dataclass(frozen=True)
class _Section:
    """A heading's line, and the line of the next heading that is not below it."""

    text: str
    line: int
    end: int

    def __contains__(self, block: Block) -> bool:
        return self.line < block.line < self.end


def problems(document: Document) -> list[Problem]:
    """What keeps a chapter from being run by itself; nothing for one that changes no cluster."""
    changing = [block for block in document.blocks if _changes(block)]
    if not changing:
        return []
    sections = list(_sections(document.path.read_text(encoding="utf-8-sig").split("\n")))
    start = next((s for s in sections if s.text.casefold() == START.casefold()), None)
    cleanup = next((s for s in reversed(sections) if s.text.casefold() == CLEANUP.casefold()), None)
    found = list(_missing(document, changing, start, cleanup))
    if start is None or cleanup is None:
        return found
    if start.line > cleanup.line:
        found.append(
            Problem(
                document.path,
                start.line,
                f"«{START}» está después de «{CLEANUP}» (línea {cleanup.line}).",
                "El capítulo empieza preparando lo que necesita y termina dejando todo como "
                "estaba: cambien el orden.",
            )
        )
        return found
    return found + list(_misplaced(changing, start, cleanup))


def _changes(block: Block) -> bool:
    """Whether a block is run and may leave the cluster other than it was."""
    return asks_cluster(block) and any(
        not reading.only_reads(step.command) for step in steps_of(block)
    )


def _missing(
    document: Document, changing: list[Block], start: _Section | None, cleanup: _Section | None
) -> Iterator[Problem]:
    for title, section, job, at in (
        (START, start, "prepare lo que el capítulo necesita", changing[0].line),
        (CLEANUP, cleanup, "deje el cluster como estaba", changing[-1].line),
    ):
        if section is None:
            yield Problem(
                document.path,
                at,
                f"El capítulo cambia el cluster y no tiene un «{title}».",
                f"Agreguen un título `## {title}` con un bloque que {job}: así cada capítulo se "
                "puede empezar solo.",
            )
        elif not any(block in section for block in document.blocks if block.role in _RUN):
            yield Problem(
                document.path,
                section.line,
                f"«{title}» no tiene ningún bloque que se ejecute.",
                f"Pongan ahí un bloque `bash` o `console` que {job}.",
            )


def _misplaced(changing: list[Block], start: _Section, cleanup: _Section) -> Iterator[Problem]:
    for block in changing:
        if block.line < start.line:
            yield Problem(
                block.page,
                block.line,
                f"Este bloque cambia el cluster antes del «{START}» (línea {start.line}).",
                f"Muévanlo a «{START}», o después.",
            )
        elif block.line > cleanup.end:
            yield Problem(
                block.page,
                block.line,
                f"Este bloque cambia el cluster después de la «{CLEANUP}» (línea {cleanup.line}).",
                f"Muévanlo antes, o a «{CLEANUP}».",
            )


def _sections(lines: list[str]) -> Iterator[_Section]:
    found = fences.find(lines)
    within = {n for fence in found for n in range(fence.line, fence.last_line + 1)}
    headings = [
        (number, len(match["marks"]), match["text"])
        for number, line in enumerate(lines, 1)
        if number not in within and (match := _HEADING.fullmatch(line))
    ]
    for index, (number, level, text) in enumerate(headings):
        below = (n for n, other, _ in headings[index + 1 :] if other <= level)
        yield _Section(text, number, next(below, len(lines) + 1))
