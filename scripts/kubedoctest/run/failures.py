"""What is wrong with a step, in words: for those that did not run, or did not end well."""

from __future__ import annotations

from dataclasses import replace

from kubedoctest.comparison import outputs
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import Step, steps_of
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.verdicts.outcome import Failure, NotRecorded

PRINTED_CHARACTERS = 4000
NEXT_STEP = (
    "si el cluster tiene razón, corrijan la página; si la tiene la página, revisen el comando o el "
    "manifiesto que la contradice"
)


def of_step(
    block: Block,
    step: Step,
    *,
    reasons: tuple[str, ...],
    printed: str = "",
    next_step: str,
) -> Failure:
    """The failure of one step.

    Args:
        printed: what the command wrote; its end is shown.
    """
    place = f"{block.page}:{step.line}"
    return Failure(
        place=place,
        command=step.command,
        command_place=place,
        reasons=reasons,
        printed=printed[-PRINTED_CHARACTERS:],
        next_step=next_step,
    )


def refusal(block: Block, step: Step, reason: str, next_step: str) -> Failure:
    """The failure of a step that is not run at all."""
    return of_step(block, step, reasons=(reason,), next_step=next_step)


def not_recorded(block: Block, unknown: NotRecorded, step: Step | None = None) -> Failure:
    """What a replay says of a block that its recording cannot tell anything of."""
    next_step = "graben la página de nuevo (--kubedoctest-record=ARCHIVO)"
    reason = f"no grabado: {unknown}"
    if step is None:
        failure = Failure(block.place, reasons=(reason,), next_step=next_step)
    else:
        failure = refusal(block, step, reason, next_step)
    return replace(failure, recorded=False)


def ended(block: Block, step: Step, seen: Observation) -> Failure:
    """The failure of a command that did not come to its own end."""
    reason, next_step = {
        Ending.LIMIT: (
            f"el comando no terminó en {seen.seconds:.0f} s y fue interrumpido",
            "si de verdad tarda, escriban <!-- verificar: limite=SEGUNDOS --> antes del bloque",
        ),
        Ending.FLOOD: (
            "el comando escribió demasiado y fue interrumpido",
            "limiten su salida (por ejemplo con | head) o corrijan el comando",
        ),
        Ending.SHELL_GONE: (
            "el comando terminó el bash de la página",
            "quiten el `exit` o lo que lo haya cerrado",
        ),
    }[seen.ending]
    return of_step(block, step, reasons=(reason,), printed=seen.output, next_step=next_step)


def wrong_exit(
    block: Block, step: Step, seen: Observation, difference: Failure | None
) -> Failure | None:
    """Why the exit code is not the one that the page tells of, or None (comparison rule 16).

    Args:
        difference: what is wrong with the output, told along.
    """
    wanted = block.directives.exit_code
    if wanted is not None and not is_last(block, step):
        wanted = None
    shown = [line.text.strip() for line in step.output]
    told = (
        block.role is Role.TRANSCRIPT
        and seen.wrote_stderr
        and bool(shown)
        and outputs.ANY_LINES not in shown
        and not block.directives.partial
    )
    if seen.exit_code == (0 if wanted is None else wanted):
        return None
    if wanted is None and told:
        return None
    expected = "" if wanted is None else f"; la página dice {wanted}"
    failure = of_step(
        block,
        step,
        reasons=(
            f"el comando terminó con código {seen.exit_code}{expected}",
            *(difference.reasons if difference else ()),
        ),
        printed="" if difference and difference.difference else seen.output,
        next_step=(
            "si tiene que fallar, muestren entero lo que escribe, o pongan "
            f"<!-- verificar: codigo={seen.exit_code} --> antes del bloque; si no, corríjanlo"
        ),
    )
    if difference is None:
        return failure
    return replace(failure, place=difference.place, difference=difference.difference)


def is_last(block: Block, step: Step) -> bool:
    """Whether the step is its block's last: the one that ``codigo=`` tells of."""
    return step.line == steps_of(block)[-1].line
