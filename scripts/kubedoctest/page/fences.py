"""The fences of a page: found by its lines, at any nesting, and held against the site's HTML.

A fence starts after any run of spaces, tabs and ``>`` and goes on until the same marks stand alone
at the same depth, as in pymdownx.superfences. What cannot be a fence there but looks like one
(unclosed, right after a list's bullet, less indented than its opening) is found as well, so that
it can be reported.

Which of them the site renders as they are written is asked with a sentinel in each: the page is
converted with the site's own Markdown, and each sentinel must come out alone in one code block,
with the fence's content under it; a code block without a sentinel is a problem too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from kubedoctest.page.document import Problem
from kubedoctest.page.site_markdown import MarkdownSettings, render

TAB = 4
"""Columns of a tab, Python-Markdown's default."""

_OPENING = re.compile(
    r"(?P<prefix>[ \t>]*)(?P<bullet>(?:(?:[-*+:]|[0-9]+[.)])[ \t]+)*)"
    r"(?P<marks>`{3,}|~{3,})(?P<info>.*)"
)
_OPTION = re.compile(r"""(?P<key>[\w-]+)=(?P<quote>["']?)(?P<value>.*?)(?P=quote)(?=[\s}]|$)""")
_LANGUAGE = re.compile(r"\s*\{?\s*\.?(?P<lang>[\w#+.-]+)(?=[\s}]|$)(?!=)")


class Fault(Enum):
    """Why a fence is none on the site."""

    UNCLOSED = "unclosed"
    SHALLOW = "shallow"  # a line of the content is less indented than the opening
    BULLET = "bullet"  # it opens on a list bullet's own line
    SWALLOWS = "swallows"  # another fence seems to open inside: the closing line is missing


@dataclass(frozen=True)
class Fence:
    """Lines that look like a fence."""

    line: int  # 1-based line of the opening
    last_line: int  # 1-based line of the closing, or of the last line that belongs to it
    prefix: str  # the whitespace and quote marks before the opening, tabs expanded
    marks: str
    info: str  # what follows the opening marks
    content: tuple[str, ...]  # the lines between, without the prefix
    # what keeps it from being a fence, with the line that shows it; None if it is one
    fault: Fault | None = None
    fault_line: int = 0

    @property
    def lang(self) -> str:
        """The language, lower case; empty if none is written."""
        match = _LANGUAGE.match(self.info)
        return match["lang"].lower() if match else ""

    @property
    def options(self) -> tuple[str, ...]:
        """The words after the language that are no ``key=value``; only braces can hold them."""
        words = _OPTION.sub(" ", self.info).strip("{} ").split()[1:]
        return tuple(word.lstrip(".") for word in words)

    @property
    def title(self) -> str | None:
        """The value of ``title="…"``."""
        options = _OPTION.finditer(self.info)
        return next((option["value"] for option in options if option["key"] == "title"), None)


def find(lines: list[str]) -> list[Fence]:
    """The fences among a page's lines, in order."""
    found: list[Fence] = []
    index = 0
    while index < len(lines):
        opening = _OPENING.fullmatch(lines[index])
        if opening is None or "`" in opening["info"]:
            index += 1
            continue
        fence = _bulleted(lines, index, opening) if opening["bullet"] else None
        fence = fence or _fence(lines, index, opening)
        found.append(fence)
        index = fence.last_line
    return found


def _fence(lines: list[str], start: int, opening: re.Match[str]) -> Fence:
    prefix, marks = opening["prefix"].expandtabs(TAB), opening["marks"]
    closing = re.compile(re.escape(marks) + r"[ \t]*")
    content: list[str] = []
    swallowed = 0
    last = len(lines)
    fault: Fault | None = Fault.UNCLOSED
    for index in range(start + 1, len(lines)):
        space, rest = _cut(lines[index], len(prefix))
        if not rest.strip():
            content.append("")
            continue
        if not _same_depth(space, prefix):
            last, fault, swallowed = index, Fault.SHALLOW, index + 1
            break
        if closing.fullmatch(rest):
            last, fault = index + 1, Fault.SWALLOWS if swallowed else None
            break
        if not swallowed and _opens_another(rest, marks):
            swallowed = index + 1
        content.append(rest)
    info = opening["info"].strip()
    return Fence(start + 1, last, prefix, marks, info, tuple(content), fault, swallowed)


def _bulleted(lines: list[str], start: int, opening: re.Match[str]) -> Fence:
    """A fence on its bullet's line, up to where its author meant it to end."""
    prefix, marks = opening["prefix"].expandtabs(TAB), opening["marks"]
    ends = (n for n in range(start + 1, len(lines)) if lines[n].strip(" \t>") == marks)
    last = next(ends, len(lines) - 1) + 1
    return Fence(start + 1, last, prefix, marks, opening["info"].strip(), (), Fault.BULLET)


def _opens_another(content: str, marks: str) -> bool:
    """Whether a content line looks like the opening of a fence of the very same marks."""
    return re.fullmatch(rf"[ \t]*{re.escape(marks)}[\w{{.][^`]*", content) is not None


def _same_depth(space: str, prefix: str) -> bool:
    if ">" in prefix:
        # A quote's later lines may leave marks out, as long as they reach the same column.
        return space.count(">") <= prefix.count(">") and len(space) >= len(prefix)
    return len(space) == len(prefix) and ">" not in space


def _cut(line: str, width: int) -> tuple[str, str]:
    """Split a line after its whitespace and quote marks, at most ``width`` columns of them."""
    column = taken = 0
    space = ""
    for character in line:
        if column >= width or character not in " \t>":
            break
        step = TAB - column % TAB if character == "\t" else 1
        space += " " * step if character == "\t" else character
        column += step
        taken += 1
    return space, line[taken:]


# -- what the site makes of them

_SENTINEL = "zqbloque{}qz"
_SENTINELS = re.compile(r"zqbloque([0-9]+)qz")
_UNSEEN = (
    "Este bloque está en un elemento oculto: quien lee la página no lo ve.",
    "Todo lo que se ejecuta o se compara se muestra: sáquenlo de ahí, o bórrenlo.",
)
_AS_TEXT = (
    'Revisen la indentación (cuatro espacios por nivel), las opciones (title="…") y que la '
    "extensión que lo contiene esté en mkdocs.yml."
)
_INSIDE_ANOTHER = "Este bloque queda dentro de otro bloque de código: su indentación sobra."
_OTHER_CONTENT = "El sitio muestra en este bloque otra cosa que la que está escrita."
_AS_WRITTEN = "Indenten el bloque como el texto que lo rodea, y escriban su contenido en la página."


def confront(
    path: Path, lines: list[str], prose: list[str], found: list[Fence], markdown: MarkdownSettings
) -> tuple[list[Fence], list[Problem]]:
    """The fences that the site renders as they are written, and what is wrong with the rest."""
    rendered = render(_with_sentinels(lines, found), markdown)
    homes: dict[int, list[str]] = {}
    unclaimed: list[str] = []
    unseen: set[int] = set()
    for index, code in enumerate(rendered.code):
        marks = {int(number) for number in _SENTINELS.findall(code)}
        for mark in marks:
            homes.setdefault(mark, []).append(code)
        unseen |= marks if index in rendered.hidden else set()
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
        elif mark in unseen:
            consequent.append(Problem(path, fence.line, *_UNSEEN))
        elif mark not in homes:
            message = f"El sitio muestra este bloque (`{fence.marks}{fence.info}`) como texto, no"
            consequent.append(Problem(path, fence.line, f"{message} como código.", _AS_TEXT))
        elif len(homes[mark]) == 1 and _same_content(mark, fence, homes[mark][0]):
            sound.append(fence)
        else:
            inside = len(_SENTINELS.findall(homes[mark][0])) > 1
            inside = inside or not _SENTINELS.match(homes[mark][0])
            message = _INSIDE_ANOTHER if inside else _OTHER_CONTENT
            consequent.append(Problem(path, fence.line, message, _AS_WRITTEN))
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
    """Whether a code block is the fence's; most sites show tabs expanded."""
    prefix, first = fence.prefix, _SENTINEL.format(mark)
    expanded = [(prefix + line).expandtabs(TAB)[len(prefix) :] for line in fence.content]
    shown = _trimmed(code.split("\n"))
    return shown in (_trimmed([first, *expanded]), _trimmed([first, *fence.content]))


def _trimmed(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).rstrip()


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
