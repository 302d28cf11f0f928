"""What runs in each terminal as a page goes on, known before anything runs.

A person cannot type where a command has not ended: a page that does is a mistake of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import Enum

from kubedoctest.commands.command import Command
from kubedoctest.page.document import Block, PageError, Problem, Role
from kubedoctest.page.transcript import INTERRUPT, Step, not_an_interrupt, output_first, steps_of

_SECOND = 'title="Terminal 2"'


class Way(Enum):
    """How a command is run."""

    ENDS = "ends"  # to its end
    GOES_ON = "goes on"  # as far as the page has it go on
    PERHAPS = "perhaps"  # only its end tells which


def _typed(blocks: Sequence[Block]) -> Iterator[tuple[Block, tuple[Step, ...]]]:
    """The blocks whose commands are typed in terminals, and these, as far as they can be read."""
    for block in blocks:
        with suppress(PageError):  # the inventory has said so
            if block.role in (Role.TRANSCRIPT, Role.COMMANDS) and (steps := steps_of(block)):
                yield block, steps


def shown_going_on(blocks: Sequence[Block]) -> frozenset[int]:
    """The lines of the commands that a later block of their terminal shows to go on.

    A program of the page's own may never end, and no grammar tells; the page does, by showing the
    rest of its output in a block that starts without a command.
    """
    found: set[int] = set()
    last: dict[str, Step] = {}
    for block, steps in _typed(blocks):
        if steps[0].continues and block.terminal in last:
            found.add(last[block.terminal].line)
        last[block.terminal] = steps[-1]
    return frozenset(found)


def ways(blocks: Sequence[Block]) -> dict[int, Way]:
    """How each command of a page is run, by its line."""
    going_on, perhaps = shown_going_on(blocks), _perhaps_going_on(blocks)

    def way(block: Block, step: Step) -> Way:
        command = Command.of(step.command)
        # In the first terminal what may end is waited for.
        surely = command.goes_on is not None and not (command.may_end and not block.terminal)
        if step.interrupted or surely or command.in_background or step.line in going_on:
            return Way.GOES_ON
        return Way.PERHAPS if step.line in perhaps else Way.ENDS

    return {step.line: way(block, step) for block, steps in _typed(blocks) for step in steps}


def _perhaps_going_on(blocks: Sequence[Block]) -> frozenset[int]:
    """The lines of the commands after which the page goes on in another terminal.

    Such a command may be a server of the page's own, or one that waits for what is done there: no
    grammar tells. What only reads ends, as far as it is not known to go on.
    """
    found: set[int] = set()
    last: Step | None = None
    terminal = ""
    for block, steps in _typed(blocks):
        if last is not None and terminal and block.terminal != terminal:
            found.add(last.line)
        command = Command.of(steps[-1].command)
        known = command.reads or command.goes_on is not None or command.in_background
        last = None if known or block.directives.exit_code is not None else steps[-1]
        terminal = block.terminal
    return frozenset(found)


def problems(blocks: Sequence[Block]) -> list[Problem]:
    """The commands that would run where another one still does, and those that never end."""
    found: list[Problem] = []
    going_on = shown_going_on(blocks)
    running: dict[str, Step] = {}  # by terminal, the step that left a command running there
    for block, steps in _typed(blocks):
        for step in steps:
            left = running.pop(block.terminal, None)
            if step.continues and left is None:
                error = output_first(step.line, step.output[0].text)
                found.append(error.problem(block.page))
            elif left is not None and not step.continues and not _may_have_ended(left):
                found.append(_typed_while_running(block, step, left))
            if step.interrupted:
                continue
            command = Command.of(step.command)
            goes_on = command.goes_on is not None or step.line in going_on
            still = left if step.continues else step if goes_on else None
            if still is None:
                continue
            meant = next((ln for ln in step.output if ln.text.lstrip().startswith(INTERRUPT)), None)
            if meant is not None:
                found.append(not_an_interrupt(meant).problem(block.page))
            elif block.terminal:
                running[block.terminal] = still
            elif not command.may_end:
                found.append(_in_first_terminal(block, step))
    return found


def _may_have_ended(left: Step) -> bool:
    """Whether a command may end before somebody types there again: not surely it goes on."""
    command = Command.of(left.command)
    return command.goes_on is None or command.may_end


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


def _typed_while_running(block: Block, step: Step, left: Step) -> Problem:
    return Problem(
        block.page,
        step.line,
        f"En {block.terminal} sigue corriendo `{_first_line(left)}` (línea {left.line}), "
        f"y ahí no se puede escribir `{_first_line(step)}`.",
        f"Corten aquel comando con una línea `{INTERRUPT}` al final de su salida, o usen otra "
        "terminal.",
    )
