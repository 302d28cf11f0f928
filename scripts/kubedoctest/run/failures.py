"""What is wrong with a step, in words: for those that did not run, or did not end well."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kubedoctest.comparison.mismatch import DiffLine
from kubedoctest.comparison.solve import DECIDE_NEXT, NOT_DECIDED
from kubedoctest.page import filecopy
from kubedoctest.page.document import Block, PageError, Role
from kubedoctest.page.transcript import Step, is_gap, steps_of
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.verdicts.outcome import Failure, NotRecorded

SIGPIPE = 141  # the status of what writes to a pipe that nobody reads any more
PRINTED_CHARACTERS = 4000
FAILS_ON_PURPOSE = "corríjanlo; si tiene que fallar, muéstrenlo en un bloque `console`"
_TAKES_LONG = "si de verdad tarda, escriban <!-- verificar: limite=SEGUNDOS --> antes del bloque"
NEXT_STEP = (
    "si el cluster tiene razón, corrijan la página; si la tiene la página, revisen el comando o el "
    "manifiesto que la contradice"
)
CORRECTED = (
    "si el cluster tiene razón, `actualizar` lo corrige; si la tiene la página, revisen el comando "
    "o el manifiesto que la contradice"
)


def of_step(
    block: Block,
    step: Step,
    reasons: Sequence[str],
    next_step: str,
    line: int | None = None,
    printed: str = "",
) -> Failure:
    """The failure of one step, at its command or another line; of what it printed, the end."""
    return Failure(
        place=block.place_at(line or step.line),
        command=step.command,
        command_place=block.place_at(step.line),
        reasons=tuple(reasons),
        printed=printed[-PRINTED_CHARACTERS:],
        next_step=next_step,
    )


def untrue(
    block: Block,
    step: Step,
    reasons: Sequence[str],
    line: int | None = None,
    difference: tuple[DiffLine, ...] = (),
    next_step: str = "",
) -> Failure:
    """The failure of a step that did what the page says, and did not print what it shows."""
    usual = DECIDE_NEXT if NOT_DECIDED in reasons else NEXT_STEP
    failure = of_step(block, step, reasons, next_step or usual, line)
    return replace(failure, only_shown=True, difference=difference)


def not_recorded(block: Block, unknown: NotRecorded, step: Step | None) -> Failure:
    """What a replay says of a step, or a block's end, that its recording tells nothing of."""
    next_step = "graben la página de nuevo (--kubedoctest-record=ARCHIVO)"
    reason = f"no grabado: {unknown}"
    if step is None:
        failure = Failure(block.place, reasons=(reason,), next_step=next_step)
    else:
        failure = of_step(block, step, (reason,), next_step)
    return replace(failure, recorded=False)


def ended(block: Block, step: Step, seen: Observation) -> Failure:
    """The failure of a command that did not come to its own end."""
    reason, next_step = {
        Ending.LIMIT: (
            f"el comando no terminó en {seen.seconds:.0f} s y fue interrumpido",
            f"{_TAKES_LONG}; si no termina solo, va en otra terminal o se corta con una línea `^C`",
        ),
        Ending.FLOOD: (
            "el comando escribió demasiado y fue interrumpido",
            "limiten su salida (por ejemplo con | head) o corrijan el comando",
        ),
        Ending.SHELL_GONE: (
            "el comando terminó el bash de la página",
            "a una terminal la cierran `exit`, `exec` y, después de `set -e`, cualquier comando "
            "que falle: saquen lo que la haya cerrado, o córranlo con `bash -c`",
        ),
    }[seen.ending]
    return of_step(block, step, (reason,), next_step, printed=seen.output)


def of_fence(block: Block, seen: Observation) -> Failure | None:
    """Why a ``python`` fence that was run is not true, or None."""
    if seen.ending is Ending.DONE and seen.exit_code == 0:
        return None
    reason, next_step = {
        Ending.DONE: (
            _last_words(seen.output),
            "corrijan el código, o el estado del cluster del que depende",
        ),
        Ending.LIMIT: (
            f"el código no terminó en {seen.seconds:.0f} s y fue interrumpido",
            f"{_TAKES_LONG}; si no termina nunca, guárdenlo en un archivo y córranlo en "
            '```console title="Terminal 2"',
        ),
        Ending.FLOOD: ("el código escribió demasiado y fue interrumpido", "impriman menos"),
        Ending.SHELL_GONE: (
            "el código terminó el intérprete de la página",
            "quiten el `os._exit`, el `exec` o lo que lo haya cerrado; o corrijan `conftest.py`",
        ),
    }[seen.ending]
    return Failure(
        place=block.place_at(_line_of_error(block, seen.output)),
        command_place=block.place_at(block.line_of(0)),
        reasons=(reason,),
        printed=seen.output[-PRINTED_CHARACTERS:],
        next_step=next_step,
    )


def _last_words(output: str) -> str:
    """The line with which a traceback ends: the exception."""
    words = [line for line in output.split("\n") if re.match(r"[A-Za-z_][\w.]*(?:: |$)", line)]
    return words[-1] if words else "el código falló"


def _line_of_error(block: Block, output: str) -> int:
    """The page's line where it went wrong: the innermost one in this fence, or its opening."""
    last = block.line_of(block.code.count("\n"))
    named = re.findall(rf'^ +File "{re.escape(str(block.page))}", line (\d+)', output, re.MULTILINE)
    return next((n for n in map(int, reversed(named)) if block.line < n <= last), block.line)


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
        and not any(map(is_gap, shown))
    )
    if seen.exit_code == (0 if wanted is None else wanted):
        return hidden_failure(block, step, seen)
    if wanted is None and told:
        return None
    where = "del bloque" if is_last(block, step) else "de un bloque que termine en ese comando"
    expected = "" if wanted is None else f"; la página dice {wanted}"
    told_whole = difference and difference.difference and not any(map(is_gap, shown))
    ended_with = f"el comando terminó con código {seen.exit_code}{expected}"
    failure = of_step(
        block,
        step,
        (ended_with, *(difference.reasons if difference else ())),
        "si tiene que fallar, muestren entero lo que escribe, o pongan "
        f"<!-- verificar: codigo={seen.exit_code} --> antes {where}; si no, corríjanlo",
        printed="" if told_whole else seen.output,
    )
    if difference is None:
        return failure
    return replace(failure, place=difference.place, difference=difference.difference)


def hidden_failure(block: Block, step: Step, seen: Observation) -> Failure | None:
    """Why a pipeline of a ``bash`` fence failed although its last command did not, or None.

    One that fails and says nothing is no failure: a ``grep`` that finds nothing, or what is cut
    off by a ``head``.
    """
    wanted = (0, SIGPIPE, block.directives.exit_code)
    stages = {n: code for n, code in enumerate(seen.stages, start=1) if code not in wanted}
    if block.role is not Role.COMMANDS or not seen.wrote_stderr or not stages:
        return None
    number, code = next(iter(stages.items()))
    reason = f"en la tubería, el comando {number} de {len(seen.stages)} terminó con código {code}"
    return of_step(block, step, (reason,), FAILS_ON_PURPOSE, printed=seen.output)


def failed_job(block: Block, step: Step, number: int, status: int) -> Failure:
    """The failure of a step that starts a background job, which fails and the page hides it."""
    reason = f"el trabajo [{number}] que empieza acá terminó con código {status}"
    return of_step(block, step, (reason,), FAILS_ON_PURPOSE)


def is_last(block: Block, step: Step) -> bool:
    """Whether the step is its block's last: the one that ``codigo=`` tells of."""
    return step.line == steps_of(block)[-1].line


def file_failure(block: Block, files: Path) -> Failure | None:
    """Why a fence is not the copy of its file that it says it is, or None."""
    try:
        of_file = filecopy.lines_of(block.title or "", files)
    except PageError as error:
        return Failure(block.place, reasons=(error.message,), next_step=error.next_step)
    of_page = block.code.rstrip("\n").split("\n")
    if of_page == of_file:
        return None
    pairs = enumerate(zip(of_page, of_file, strict=False))
    wrong = next((n for n, (shown, real) in pairs if shown != real), len(of_file))
    changes = [*difflib.unified_diff(of_page, of_file, lineterm="")][2:]  # without its two headings
    return Failure(
        place=block.place_at(block.line_of(min(wrong, len(of_page) - 1))),
        reasons=(f"el bloque no es igual a {block.title}",),
        difference=tuple(DiffLine(line[0], line[1:]) for line in changes if line[:2] != "@@"),
        next_step="copien el archivo en el bloque, o corrijan el archivo",
    )


def fragment_failure(block: Block, files: Path) -> Failure | None:
    """Why a fence does not show lines of the file that its directive names, or None."""
    try:
        found = filecopy.strange_line(block, block.directives.fragment or "", files)
    except PageError as error:
        return Failure(block.place, reasons=(error.message,), next_step=error.next_step)
    if found is None:
        return None
    offset, reason = found
    return Failure(
        place=block.place_at(block.line_of(offset)),
        reasons=(reason,),
        next_step="copien las líneas del archivo, con una línea ... donde falten algunas",
    )
