"""Finds the fences of a page by its lines, at any nesting: what the site is then asked about.

A fence starts after any run of spaces, tabs and ``>`` and goes on until the same marks stand alone
at the same depth, as in pymdownx.superfences. What cannot be a fence there but looks like one
(unclosed, right after a list's bullet, less indented than its opening) is found as well, so that
it can be reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

TAB = 4
"""Columns of a tab, Python-Markdown's default."""

_OPENING = re.compile(
    r"(?P<prefix>[ \t>]*)(?P<bullet>(?:(?:[-*+:]|[0-9]+[.)])[ \t]+)*)"
    r"(?P<marks>`{3,}|~{3,})(?P<info>.*)"
)
_OPTION = re.compile(
    r"""(?P<key>[\w-]+)=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>\S+))"""
)
_LANGUAGE = re.compile(r"\s*\{?\s*\.?(?P<lang>[\w#+.-]+)(?=[\s}]|$)(?!=)")


class Fault(Enum):
    """Why a fence is none on the site."""

    UNCLOSED = "unclosed"
    SHALLOW = "shallow"  # a line of the content is less indented than the opening
    BULLET = "bullet"  # it opens on a list bullet's own line
    SWALLOWS = "swallows"  # another fence seems to open inside: the closing line is missing


@dataclass(frozen=True)
class Fence:
    """Lines that look like a fence.

    Attributes:
        line: 1-based line of the opening.
        last_line: 1-based line of the closing, or of the last line that belongs to it.
        prefix: the whitespace and quote marks before the opening, tabs expanded.
        info: what follows the opening marks.
        content: the lines between, without the prefix.
        expanded: the same with tabs expanded, as most sites show them.
        fault: what keeps it from being a fence, with the line that shows it; None if it is one.
    """

    line: int
    last_line: int
    prefix: str
    marks: str
    info: str
    content: tuple[str, ...]
    expanded: tuple[str, ...]
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
        for option in _OPTION.finditer(self.info):
            if option["key"] == "title":
                values = (option["double"], option["single"], option["bare"])
                return next(value for value in values if value is not None)
        return None


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
    prefix = opening["prefix"].expandtabs(TAB)
    closing = re.compile(re.escape(opening["marks"]) + r"[ \t]*")
    content: list[str] = []
    expanded: list[str] = []
    swallowed = 0

    def made(last: int, fault: Fault | None, fault_line: int) -> Fence:
        return Fence(
            start + 1,
            last,
            prefix,
            opening["marks"],
            opening["info"].strip(),
            tuple(content),
            tuple(expanded),
            fault,
            fault_line,
        )

    for index in range(start + 1, len(lines)):
        line = lines[index]
        space, rest = _cut(line, len(prefix))
        if not rest.strip():
            content.append("")
            expanded.append("")
            continue
        if not _same_depth(space, prefix):
            return made(index, Fault.SHALLOW, index + 1)
        if closing.fullmatch(rest):
            fault = Fault.SWALLOWS if swallowed else None
            return made(index + 1, fault, swallowed)
        if not swallowed and _opens_another(rest, opening["marks"]):
            swallowed = index + 1
        content.append(rest)
        expanded.append(line.expandtabs(TAB)[len(prefix) :])
    return made(len(lines), Fault.UNCLOSED, swallowed)


def _bulleted(lines: list[str], start: int, opening: re.Match[str]) -> Fence:
    """A fence on its bullet's line, up to where its author meant it to end."""
    end = len(lines)
    for index in range(start + 1, len(lines)):
        if lines[index].strip(" \t>") == opening["marks"]:
            end = index + 1
            break
    prefix = opening["prefix"].expandtabs(TAB)
    info = opening["info"].strip()
    return Fence(
        start + 1, end, prefix, opening["marks"], info, (), (), Fault.BULLET, fault_line=start + 1
    )


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
