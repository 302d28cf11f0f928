"""Each chapter, or part of one, can be begun by itself, and leaves nothing behind.

One that changes the cluster says so with two headings, which readers see too: its first changes are
under «Punto de partida», its last under «Limpieza» (see `sections` for the parts of a page).
"""

from __future__ import annotations

from collections.abc import Iterator

from kubedoctest.commands.command import Command
from kubedoctest.page import sections
from kubedoctest.page.document import Block, Document, Heading, Problem, Role, Titles
from kubedoctest.page.transcript import asks_cluster, steps_of

START, CLEANUP = Titles.start, Titles.cleanup
_RUN = frozenset({Role.TRANSCRIPT, Role.COMMANDS, Role.PYTHON})


def problems(page: Document) -> list[Problem]:
    """What keeps a chapter, or a part of it, from being run by itself."""
    return [problem for part in sections.parts(page) for problem in _problems(part)]


def _problems(part: Document) -> Iterator[Problem]:
    changing = [block for block in part.blocks if _changes(block)]
    if not changing:
        return
    start, cleanup = sections.start_of(part), sections.cleanup_of(part)
    yield from _missing(part, changing, start, cleanup)
    if start is None or cleanup is None:
        return
    if start.line > cleanup.line:
        yield Problem(
            part.path,
            start.line,
            f"«{START}» está después de «{CLEANUP}» (línea {cleanup.line}).",
            "Se empieza preparando lo que se necesita y se termina dejando todo como estaba: "
            "cambien el orden.",
        )
        return
    yield from _misplaced(changing, start, cleanup)


def _changes(block: Block) -> bool:
    """Whether a block is run and may leave the cluster other than it was."""
    return asks_cluster(block) and any(
        not Command.of(step.command).reads for step in steps_of(block)
    )


def _missing(
    part: Document, changing: list[Block], start: Heading | None, cleanup: Heading | None
) -> Iterator[Problem]:
    what = f"«{part.section}»" if part.section else "El capítulo"
    form = "un párrafo que empiece con **{}.** y" if part.section else "un título `## {}` con"
    for title, section, job, at in (
        (START, start, "prepare lo que necesita", changing[0].line),
        (CLEANUP, cleanup, "deje el cluster como estaba", changing[-1].line),
    ):
        if section is None:
            yield Problem(
                part.path,
                at,
                f"{what} cambia el cluster y no tiene un «{title}».",
                f"Agreguen {form.format(title)} un bloque que {job}: así se puede empezar ahí.",
            )
        elif not any(block.line in section for block in part.blocks if block.role in _RUN):
            yield Problem(
                part.path,
                section.line,
                f"«{title}» no tiene ningún bloque que se ejecute.",
                f"Pongan ahí un bloque `bash` o `console` que {job}.",
            )


def _misplaced(changing: list[Block], start: Heading, cleanup: Heading) -> Iterator[Problem]:
    for block in changing:
        if block.line < start.line:
            yield Problem(
                block.page,
                block.line,
                f"Este bloque cambia el cluster antes del «{START}» (línea {start.line}).",
                f"Muévanlo a «{START}», o después.",
            )
        elif block.line >= cleanup.end:
            yield Problem(
                block.page,
                block.line,
                f"Este bloque cambia el cluster después de la «{CLEANUP}» (línea {cleanup.line}).",
                f"Muévanlo antes, o a «{CLEANUP}».",
            )
