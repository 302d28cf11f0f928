"""The steps of a fence: commands, and for a console fence the output that is shown for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from kubedoctest.commands.command import Command
from kubedoctest.commands.shell_syntax import Unfinished, Waiting, unfinished
from kubedoctest.page.document import Block, Document, PageError, Role

_PROMPT = re.compile(r"(?:\$|╰─) +(?P<command>\S.*)")
_LIKE_A_PROMPT = re.compile(r"\$(?: +\S.*|\s*)|╰─.*")
_DECORATION = "╭─"  # the first line of a two-line prompt
_CONTINUATION = re.compile(r">(?: |$)")
_INSIDE_A_CONTAINER = re.compile(
    r"(?:(?:[\w-]+@[\w.-]+:)?[/~][\w./~-]* ?|(?:ba)?sh-[0-9.]+)[#$](?: .*)?"
)
ANY_LINES = "..."
_REMARK = re.compile(r"(?<=\S)\s{2,}#.*$")
INTERRUPT = "^C"
_INTERRUPT = re.compile(r"\s*\^C(?:\s{2,}# .*)?\s*")
_NEARLY_REMARKED = re.compile(r"\s*\^C\s*#.*")
_MANIFEST = re.compile(r"(?:apiVersion|kind|metadata|spec):(?:\s.*)?")


@dataclass(frozen=True)
class DocumentedLine:
    """A line of output that the page shows."""

    number: int
    text: str


@dataclass(frozen=True)
class Step:
    """A command and the output that the page shows for it."""

    line: int  # 1-based line of the page where the command starts
    command: str  # what bash is given; several lines for a continued command
    # what the page shows under it, without trailing blank lines. Remarks, ``...`` and ``^C`` are
    # kept as written.
    output: tuple[DocumentedLine, ...]
    # it has no command of its own: what it shows is what the command that runs in its terminal goes
    # on printing
    continues: bool = False

    @property
    def interrupt(self) -> DocumentedLine | None:
        """The ``^C``, on a line of its own, with which the page ends the command."""
        return next((line for line in self.output if is_interrupt(line.text)), None)

    @property
    def interrupted(self) -> bool:
        """Whether the page ends the command with ``^C``."""
        return self.interrupt is not None

    @property
    def before_interrupt(self) -> tuple[DocumentedLine, ...]:
        """What the page shows up to ``^C``; all of it when there is none."""
        mark = self.interrupt
        return self.output if mark is None else self.output[: self.output.index(mark)]

    @property
    def after_interrupt(self) -> tuple[DocumentedLine, ...]:
        """What the page shows after ``^C``."""
        return self.output[len(self.before_interrupt) + 1 :]


def is_gap(text: str) -> bool:
    """Whether the line stands for any lines; it may have a remark."""
    return bare(text.strip()) == ANY_LINES


def bare(text: str) -> str:
    """A documented line without the author's remark."""
    return versions(text)[-1]


def versions(text: str) -> tuple[str, ...]:
    """A documented line as written, and without the author's remark if it ends with one.

    A line that starts with ``#`` is output, however far it is indented (comparison rule 13).
    """
    without = _REMARK.sub("", text) if "#" in text else text
    return (text,) if without == text else (text, without)


def is_interrupt(text: str) -> bool:
    """Whether a line is the ``^C`` that ends a command; it may bear a remark."""
    return _INTERRUPT.fullmatch(text) is not None


def not_an_interrupt(line: DocumentedLine) -> PageError:
    """The mistake of a ``^C`` that shares its line with more than a remark."""
    return PageError(
        f"`{line.text.strip()}` no corta el comando: `{INTERRUPT}` va solo en su línea.",
        f"Dejen `{INTERRUPT}`; una aclaración va después de dos espacios y `# `, y lo que el "
        "comando escribe entonces, en la línea de abajo.",
        line.number,
    )


@lru_cache(maxsize=1024)  # a page's blocks are read again at each of its steps
def steps_of(block: Block) -> tuple[Step, ...]:
    """The commands that running a block means, in order.

    Raises:
        PageError: as in :func:`parse` and :func:`commands`.
    """
    if block.role is Role.TRANSCRIPT:
        return parse(block)
    if block.role is Role.PYTHON:
        return (Step(block.line_of(0), _python_source(block), ()),)
    return commands(block) if block.role is Role.COMMANDS else ()


def _python_source(block: Block) -> str:
    """A python fence as one command: its options as a comment, each line where it stands."""
    options = [*block.options, *(["continuation"] if block.directives.continues else [])]
    return f"# {' '.join(options)}".rstrip() + "\n" * block.line + block.code


def parse(block: Block) -> tuple[Step, ...]:
    """The steps of a console fence, in order.

    In a second terminal the first step may be the rest of what a command of an earlier fence
    prints (``Step.continues``); `terminals.problems` tells whether one can be running there.

    Raises:
        PageError: there is output before any command, a command is not finished, or the
            fence shows something that only works in a person's terminal.
    """
    lines = block.code.split("\n")
    steps: list[Step] = []
    index = 0
    while index < len(lines):
        if not steps and not lines[index].strip():
            index += 1
            continue
        if not steps and not _is_prompt(lines, index):
            if not block.terminal:
                raise output_first(block.line_of(index), lines[index])
            line = block.line_of(index)
            output, index = _output(block, lines, index)
            steps.append(Step(line, "", output, continues=True))
            continue
        index += lines[index].startswith(_DECORATION)
        line = block.line_of(index)
        command, index = _command(block, lines, index)
        _refuse(line, command)
        output, index = _output(block, lines, index)
        steps.append(Step(line, command, output))
    return tuple(steps)


def commands(block: Block) -> tuple[Step, ...]:
    """The complete commands of a bash fence, one step each; their output is not documented.

    Raises:
        PageError: as in :func:`parse`, or the fence has a prompt or holds a manifest.
    """
    lines = block.code.split("\n")
    steps: list[Step] = []
    index = 0
    while index < len(lines):
        if not lines[index].strip() or lines[index].lstrip().startswith("#"):
            index += 1
            continue
        line = block.line_of(index)
        _refuse_foreign(line, lines[index].strip())
        command, index = _continued(block, lines, index, lines[index], prompted=False)
        _refuse(line, command)
        steps.append(Step(line, command, ()))
    return tuple(steps)


def has_prompt(code: str) -> bool:
    """Whether code starts as a transcript does."""
    first = next((line.strip() for line in code.split("\n") if line.strip()), "")
    return _PROMPT.fullmatch(first) is not None or first.startswith((_DECORATION, "╰─"))


def _refuse_foreign(line: int, text: str) -> None:
    """A bash fence is what a reader copies: no prompts, no YAML."""
    if has_prompt(text):
        raise PageError(
            f"El bloque `bash` tiene un prompt: `{text}`.",
            "Si muestra lo que responde cada comando, escriban ```console; "
            "si es para copiar, saquen el prompt.",
            line,
        )
    if _MANIFEST.fullmatch(text):
        raise PageError(
            f"El bloque `bash` contiene un manifiesto YAML: `{text}`.",
            'Escriban el manifiesto en un bloque ```yaml aparte, con title="carpeta/…" si está en '
            "un archivo, y dejen en ```bash solo los comandos.",
            line,
        )


def output_first(line: int, text: str) -> PageError:
    """The mistake of a fence that begins with output that no command prints."""
    return PageError(
        f"Hay salida antes de cualquier comando: `{text}`.",
        "Un bloque `console` empieza por un comando con su prompt, `$ comando`; solo en una "
        'segunda terminal (title="Terminal 2") puede seguir con lo que imprime el comando que '
        "quedó corriendo ahí. Si no es una sesión de terminal, usen ```text.",
        line,
    )


def _is_prompt(lines: list[str], index: int) -> bool:
    if lines[index].startswith(_DECORATION):
        return index + 1 < len(lines) and lines[index + 1].startswith("╰─")
    return _LIKE_A_PROMPT.fullmatch(lines[index]) is not None


def _command(block: Block, lines: list[str], index: int) -> tuple[str, int]:
    """The command whose prompt stands at ``index``, and the index after it."""
    line = block.line_of(index)
    if match := _PROMPT.fullmatch(lines[index]):
        return _continued(block, lines, index, match["command"], prompted=True)
    if lines[index].strip() in ("$", "╰─"):
        raise PageError(
            "Hay un prompt sin comando.", "Escriban el comando, o borren esa línea.", line
        )
    raise PageError(
        f"No se reconoce este prompt: `{lines[index]}`.",
        "Escriban `$ comando` o `╰─ comando`, con un espacio entre el prompt y el comando.",
        line,
    )


def _continued(
    block: Block, lines: list[str], index: int, command: str, *, prompted: bool
) -> tuple[str, int]:
    """A command with the lines it continues on, and the index after it."""
    start = block.line_of(index)
    index += 1
    while (lack := unfinished(command)) is not None:
        taken = _supply(lines, index, command, lack, prompted=prompted)
        if not taken:
            raise _never_finished(start, command, lack)
        command = "\n".join((command, *taken))
        index += len(taken)
    return command, index


def _supply(
    lines: list[str], index: int, command: str, lack: Unfinished, *, prompted: bool
) -> list[str]:
    """The lines from ``index`` on that give a command what it lacks; empty if they never do.

    They are literal, unless every one of them shows the ``> `` that a terminal prints; and the next
    prompt ends them, except in a here-document.
    """
    end = len(lines)
    if prompted and lack.waiting is not Waiting.HERE_DOCUMENT:
        end = next((n for n in range(index, end) if _is_prompt(lines, n)), end)
    shown = [
        _CONTINUATION.sub("", line, count=1)
        for line in takewhile(_CONTINUATION.match, lines[index:])
    ]
    for reading in (shown, lines[index:end]) if prompted else (lines[index:],):
        text = command
        for count, line in enumerate(reading, start=1):
            text = f"{text}\n{line}"
            if _is_supplied(lack, line, text):
                return reading[:count]
    return []


def _is_supplied(lack: Unfinished, line: str, text: str) -> bool:
    """Whether what was lacking has come with a line, the last one of a text."""
    if lack.waiting is Waiting.HERE_DOCUMENT:
        return line.lstrip("\t") == lack.wanted
    if lack.waiting is Waiting.QUOTE:
        still = unfinished(text)
        return still is None or still.waiting is not Waiting.QUOTE
    return True


def _never_finished(line: int, command: str, lack: Unfinished) -> PageError:
    first = command.split("\n", 1)[0]
    reason, step = {
        Waiting.HERE_DOCUMENT: (
            f"su here-document espera una línea `{lack.wanted}`",
            f"Agreguen `{lack.wanted}` solo en su línea, sin espacios.",
        ),
        Waiting.QUOTE: (
            f"falta cerrar con `{lack.wanted}`",
            f"Agreguen el `{lack.wanted}` que falta, o escápenlo con `\\`.",
        ),
        Waiting.BACKSLASH: (
            "termina en `\\` y no sigue nada",
            "Saquen la barra, o escriban la continuación en la línea siguiente.",
        ),
        Waiting.COMMAND: (
            "bash espera que siga",
            "Completen el comando en la misma línea o en las siguientes, con `> `.",
        ),
    }[lack.waiting]
    return PageError(f"El comando `{first}` no está terminado: {reason}.", step, line)


def _output(block: Block, lines: list[str], index: int) -> tuple[tuple[DocumentedLine, ...], int]:
    """The documented output from ``index`` up to the next prompt."""
    output: list[DocumentedLine] = []
    while index < len(lines) and not _is_prompt(lines, index):
        text = lines[index].rstrip()
        if _INSIDE_A_CONTAINER.fullmatch(text):
            raise PageError(
                f"`{text}` parece el prompt de un shell dentro de un contenedor.",
                "El harness no puede escribir en ese shell. Escriban cada comando en su línea: "
                "`kubectl exec mi-pod -- comando`.",
                block.line_of(index),
            )
        line = DocumentedLine(block.line_of(index), text)
        if _NEARLY_REMARKED.fullmatch(text) and not is_interrupt(text):
            raise not_an_interrupt(line)
        output.append(line)
        index += 1
    while output and not output[-1].text:
        output.pop()
    return tuple(output), index


def _refuse(line: int, command: str) -> None:
    refusal = Command.of(command).refusal
    if refusal is not None:
        raise PageError(refusal.message, refusal.next_step, line)


# -- what they ask

_CLIENT = "kubernetes"  # how a python fence talks to a cluster


def needs_cluster(document: Document) -> bool:
    """Whether any block of the page talks to a cluster."""
    return any(asks_cluster(block) for block in document.blocks)


def asks_cluster(block: Block) -> bool:
    """Whether a block talks to a cluster."""
    return block.role is Role.MANIFEST or any(
        Command.of(step.command).asks_cluster
        or (block.role is Role.PYTHON and _CLIENT in step.command)
        for step in steps_of(block)
    )
