"""Where a page sets a task, and the hints and the solution that it folds away.

A task's section is the one that shows ``./taller desafio NUMBER``. In it each ``??? tip`` is a
hint, in order, and ``??? success`` is the solution.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"#{2,6} +(.+?) *$")
_FENCE = re.compile(r" *(```|~~~)")
_FOLDED = re.compile(r'\?\?\?\+? +(tip|success)\b(?: +"(.*)")?')


@dataclass(frozen=True)
class Text:
    """What a page says of a task.

    Attributes:
        page: the page.
        line: the line of the section's heading (1-based).
        heading: the section's heading.
        hints: in order, as Markdown.
        solution: as Markdown; empty if the page has none.
    """

    page: Path
    line: int
    heading: str
    hints: tuple[str, ...]
    solution: str


def find(number: str, docs: Path) -> Text | None:
    """The section of the pages below ``docs`` that sets a task, or None."""
    shows = re.compile(rf"\./taller desafio {re.escape(number)}(?![\w-])")
    for page in sorted(docs.rglob("*.md")):
        for line, heading, lines in _sections(page.read_text(encoding="utf-8").split("\n")):
            if any(shows.search(text) for text in lines):
                folded = list(_folded(lines))
                hints = tuple(text for kind, text in folded if kind == "tip")
                solution = next((text for kind, text in folded if kind == "success"), "")
                return Text(page, line, heading, hints, solution)
    return None


def _sections(lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """A page's parts between headings: line, heading, lines."""
    start, heading, fenced = 0, "", False
    for number, text in enumerate(lines):
        fenced ^= _FENCE.match(text) is not None
        match = None if fenced else _HEADING.fullmatch(text)
        if match:
            yield start + 1, heading, lines[start:number]
            start, heading = number, match[1]
    yield start + 1, heading, lines[start:]


def _folded(lines: list[str]) -> Iterator[tuple[str, str]]:
    """The folded blocks of a section: kind, and text without its indentation."""
    kind, body = "", list[str]()
    for text in [*lines, "."]:
        if kind and (not text.strip() or text.startswith("    ")):
            body.append(text)
            continue
        if kind:
            yield kind, textwrap.dedent("\n".join(body)).strip()
        match = _FOLDED.fullmatch(text.rstrip())
        kind, body = (match[1] if match else ""), []
