"""What runs in each terminal as a page goes on, known before anything runs.

A person cannot type where a command has not ended: a page that does is a mistake of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kubedoctest.commands import endless
from kubedoctest.page.document import Block, Problem, Role
from kubedoctest.page.transcript import (
    INTERRUPT,
    Step,
    TranscriptError,
    not_an_interrupt,
    output_first,
    steps_of,
)

_SECOND = 'title="Terminal 2"'


@dataclass(frozen=True)
class _Left:
    """A command that an earlier step left running in a terminal."""

    block: Block
    step: Step


def shown_going_on(blocks: Sequence[Block]) -> frozenset[int]:
    """The lines of the commands that a later block of their terminal shows to go on.

    A program of the page's own may never end, and no grammar tells; the page does, by showing the
    rest of its output in a block that starts without a command.
    """
    found: set[int] = set()
    last: dict[str, Step] = {}
    for block in blocks:
        try:
            steps = steps_of(block)
        except TranscriptError:
            continue  # the inventory has said so
        if not steps:
            continue
        if steps[0].continues and block.terminal in last:
            found.add(last[block.terminal].line)
        last[block.terminal] = steps[-1]
    return frozenset(found)


def problems(blocks: Sequence[Block]) -> list[Problem]:
    """The commands that would run where another one still does, and those that never end."""
    found: list[Problem] = []
    going_on = shown_going_on(blocks)
    running: dict[str, _Left] = {}
    for block in blocks:
        try:
            steps = steps_of(block)
        except TranscriptError:
            continue  # the inventory has said so
        for at, step in enumerate(steps):
            left = running.pop(block.terminal, None)
            if step.continues and left is None:
                error = output_first(block, step.line, step.output[0].text)
                found.append(error.problem)
            elif left is not None and not step.continues:
                found.append(_typed_while_running(block, step, left))
            if step.interrupted:
                continue
            still = left if step.continues else _never_ends(block, step, going_on)
            if still is None:
                continue
            meant = next((ln for ln in step.output if ln.text.lstrip().startswith(INTERRUPT)), None)
            if meant is not None:
                found.append(not_an_interrupt(block, meant).problem)
                continue
            if not block.terminal:
                found.append(_in_first_terminal(block, step))
            elif at + 1 < len(steps):
                found.append(_typed_while_running(block, steps[at + 1], still))
            else:
                running[block.terminal] = still
    return found


def _never_ends(block: Block, step: Step, going_on: frozenset[int]) -> _Left | None:
    endless_command = endless.kind_of(step.command) is not None
    return _Left(block, step) if endless_command or step.line in going_on else None


def _first_line(step: Step) -> str:
    return step.command.split("\n", 1)[0]


def _in_first_terminal(block: Block, step: Step) -> Problem:
    interrupt = (
        "Escríbanlo en un bloque `console`"
        if block.role is Role.COMMANDS
        else f"Terminen su salida con una línea `{INTERRUPT}`"
    )
    return Problem(
        block.page,
        step.line,
        f"`{_first_line(step)}` no termina solo, y lo que sigue no llegaría a correr.",
        f"{interrupt} si ustedes lo cortan ahí, o pónganlo en otra terminal, que sigue corriendo: "
        f"```{block.lang} {_SECOND}.",
    )


def _typed_while_running(block: Block, step: Step, left: _Left) -> Problem:
    return Problem(
        block.page,
        step.line,
        f"En {block.terminal} sigue corriendo `{_first_line(left.step)}` (línea {left.step.line}), "
        f"y ahí no se puede escribir `{_first_line(step)}`.",
        f"Corten aquel comando con una línea `{INTERRUPT}` al final de su salida, o usen otra "
        "terminal.",
    )
