"""The fences that a page's lines show, against the code blocks that the site renders.

A sentinel goes into each fence, the page is converted with the site's own Markdown, and each
sentinel must come out alone in one code block, with the fence's content under it; a code block
without a sentinel is a problem too.
"""

from __future__ import annotations

import re
from pathlib import Path

from kubedoctest.page.document import Problem
from kubedoctest.page.fences import Fault, Fence
from kubedoctest.page.site_markdown import MarkdownSettings, render

_SENTINEL = "zqbloque{}qz"
_SENTINELS = re.compile(r"zqbloque([0-9]+)qz")


def confront(
    path: Path, lines: list[str], prose: list[str], found: list[Fence], markdown: MarkdownSettings
) -> tuple[list[Fence], list[Problem]]:
    """The fences that the site renders as they are written, and what is wrong with the rest."""
    rendered = render(_with_sentinels(lines, found), markdown)
    homes: dict[int, list[str]] = {}
    unclaimed: list[str] = []
    for code in rendered.code:
        marks = {int(number) for number in _SENTINELS.findall(code)}
        for mark in marks:
            homes.setdefault(mark, []).append(code)
        if not marks:
            unclaimed.append(code)
    in_text = {int(number) for number in _SENTINELS.findall(rendered.text)}
    sound: list[Fence] = []
    structural: list[Problem] = []
    consequent = _indented_code(path, prose, unclaimed)
    for mark, fence in enumerate(found):
        if mark not in homes and mark not in in_text:
            continue  # inside an HTML comment: the site does not show it
        if fence.fault is not None:
            structural.append(_structural(path, fence))
        elif mark not in homes:
            consequent.append(_as_text(path, fence))
        elif len(homes[mark]) == 1 and _same_content(mark, fence, homes[mark][0]):
            sound.append(fence)
        else:
            consequent.append(_other_content(path, fence, homes[mark]))
    # Past a fence that does not close, lines and site disagree on everything: one cause is enough.
    first = min((problem.line for problem in structural), default=len(lines) + 1)
    return sound, structural + [problem for problem in consequent if problem.line < first]


def _with_sentinels(lines: list[str], found: list[Fence]) -> str:
    marked = list(lines)
    for mark in reversed(range(len(found))):
        fence = found[mark]
        marked.insert(fence.line, fence.prefix + _SENTINEL.format(mark))
    return "\n".join(marked)


def _same_content(mark: int, fence: Fence, code: str) -> bool:
    shown = [line.rstrip() for line in code.rstrip().split("\n")]
    return shown[0] == _SENTINEL.format(mark) and shown[1:] in (
        _trimmed(fence.expanded),
        _trimmed(fence.content),
    )


def _trimmed(content: tuple[str, ...]) -> list[str]:
    lines = [line.rstrip() for line in content]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _structural(path: Path, fence: Fence) -> Problem:
    marks = fence.marks
    texts = {
        Fault.UNCLOSED: (
            "Este bloque de código no se cierra.",
            f"Agreguen una línea con `{marks}` donde termina, con la misma indentación que la de "
            "apertura." + (f" En la línea {fence.fault_line} ya empieza otro bloque."
                           if fence.fault_line else ""),
        ),
        Fault.SWALLOWS: (
            f"Este bloque de código no se cierra antes de que empiece otro, en la línea "
            f"{fence.fault_line}.",
            f"Agreguen la línea `{marks}` que falta; si querían mostrar un bloque dentro de otro, "
            "abran y cierren el de afuera con una marca más.",
        ),
        Fault.SHALLOW: (
            f"La línea {fence.fault_line} tiene menos indentación que la apertura de este bloque, "
            "y el sitio no lo muestra como código.",
            "Indenten todo el contenido y el cierre igual que la apertura.",
        ),
        Fault.BULLET: (
            "El bloque empieza en la misma línea que la viñeta, y el sitio no lo muestra como "
            "código.",
            "Escriban el texto de la viñeta y, debajo, el bloque con cuatro espacios de "
            "indentación.",
        ),
    }  # fmt: skip
    message, next_step = texts[fence.fault or Fault.UNCLOSED]
    return Problem(path, fence.line, message, next_step)


def _as_text(path: Path, fence: Fence) -> Problem:
    return Problem(
        path,
        fence.line,
        f"El sitio muestra este bloque (`{fence.marks}{fence.info}`) como texto, no como código.",
        'Revisen la indentación (cuatro espacios por nivel), las opciones (title="…") y que la '
        "extensión que lo contiene esté en mkdocs.yml.",
    )


def _other_content(path: Path, fence: Fence, homes: list[str]) -> Problem:
    if len(_SENTINELS.findall(homes[0])) > 1 or not _SENTINELS.match(homes[0]):
        message = "Este bloque queda dentro de otro bloque de código: su indentación sobra."
    else:
        message = "El sitio muestra en este bloque otra cosa que la que está escrita."
    next_step = (
        "Indenten el bloque como el texto que lo rodea, y escriban su contenido en la página."
    )
    return Problem(path, fence.line, message, next_step)


def _indented_code(path: Path, prose: list[str], unclaimed: list[str]) -> list[Problem]:
    """The code blocks of the HTML that no fence wrote."""
    problems = []
    after = 0
    for code in unclaimed:
        first = next((line.strip() for line in code.split("\n") if line.strip()), "")
        places = [n for n, line in enumerate(prose) if n >= after and first and first in line]
        after = places[0] + 1 if places else after
        problems.append(
            Problem(
                path,
                max(after, 1),
                f"El sitio muestra código que no está en un bloque con marcas: `{first}`.",
                "Enciérrenlo entre ``` con su lenguaje, o saquen la indentación si es texto.",
            )
        )
    return problems
