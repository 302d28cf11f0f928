"""The parts of a page that can be run by themselves, known from its headings.

A page is run from its top to its end, unless sections of it begin with a start of their own
(`Titles`): a heading below the section's, or a paragraph that begins with those words in bold. Each
of these is a part, up to the next; it ends with its own cleanup, and no part needs another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from kubedoctest.page import terminals
from kubedoctest.page.document import Document, Heading, PageError, Titles
from kubedoctest.page.site_markdown import MarkdownSettings, anchors_of, lines_of

_BOLD_LEVEL = 7
_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*(?:\{[^}]*\})?[ \t]*")
_MARK = "zqtitulo{}qz "
_MARKED = re.compile(r"zqtitulo([0-9]+)qz ?")


class UnknownSection(PageError):
    """A page has no such section."""


def headings(prose: Sequence[str], titles: Titles) -> tuple[Heading, ...]:
    """The headings of a page's lines (fences blanked), in order."""
    named = "|".join(map(re.escape, (titles.start, titles.cleanup)))
    bold = re.compile(rf" {{0,3}}\*\*(?P<text>{named})(?:[.:]?\*\*|\*\*[.:]).*", re.IGNORECASE)
    found = [
        (number, len(match["marks"]) if "marks" in match.re.groupindex else _BOLD_LEVEL, match)
        for number, line in enumerate(prose, 1)
        if (match := _HEADING.fullmatch(line) or bold.fullmatch(line))
    ]
    ends = [
        next((n for n, other, _ in found[index + 1 :] if other <= level), len(prose) + 1)
        for index, (_, level, _) in enumerate(found)
    ]
    return tuple(
        Heading(match["text"], number, level, end)
        for (number, level, match), end in zip(found, ends, strict=True)
    )


def start_of(part: Document) -> Heading | None:
    """Where a part prepares what it needs."""
    return next((h for h in part.headings if _is(h, part.titles.start)), None)


def cleanup_of(part: Document) -> Heading | None:
    """Where a part leaves the cluster as it was."""
    return next((h for h in reversed(part.headings) if _is(h, part.titles.cleanup)), None)


def parts(page: Document) -> tuple[Document, ...]:
    """The parts of a page, in order; the page itself when no section begins afresh."""
    cuts = [
        owner
        for start in page.headings
        if _is(start, page.titles.start) and (owner := _owner(page.headings, start)) is not None
    ]
    if not cuts:
        return (page,)
    if any(block.line < cuts[0].line for block in page.blocks):
        cuts.insert(0, Heading("", 1, 0, 0))
    begins = [1, *(cut.line for cut in cuts[1:])]
    ends = [*begins[1:], max(h.end for h in page.headings)]
    return tuple(
        replace(_kept(page, range(begin, end).__contains__), section=cut.text)
        for begin, end, cut in zip(begins, ends, cuts, strict=True)
    )


def select(page: Document, anchor: str, markdown: MarkdownSettings) -> tuple[Document, ...]:
    """What has to be run of a page for the section with that anchor.

    That is the section with its own start, or with that of the part that it stands in, and the
    cleanup of a part that begins there.

    Raises:
        UnknownSection: there is no such section, or nothing to run in it.
        SettingsError: as for the page.
    """
    known = anchors(page, markdown)
    wanted = known.get(anchor)
    pieces = [_piece(part, wanted) for part in parts(page)] if wanted is not None else []
    chosen = tuple(piece for piece in pieces if piece is not None)
    if not chosen:
        afresh = {part.section for part in parts(page)}
        sections = {name: h for name, h in known.items() if h.level == 2 or h.text in afresh}
        there = [name for name, h in sections.items() if any(b.line in h for b in page.blocks)]
        what = "no tiene la sección" if wanted is None else "no tiene ningún bloque en la sección"
        raise UnknownSection(
            f"{page.path} {what} «{anchor}».",
            f"Las que se pueden correr son: {', '.join(there)}.",
        )
    return chosen


def anchors(page: Document, markdown: MarkdownSettings) -> dict[str, Heading]:
    """The page's headings by the anchor that its site gives them.

    Raises:
        SettingsError: the site's Markdown extensions cannot be used.
    """
    lines = lines_of(page.path.read_text(encoding="utf-8-sig"))
    for number, heading in enumerate(page.headings):
        if heading.level < _BOLD_LEVEL:
            line = lines[heading.line - 1]
            at = line.index(heading.text, line.index("#"))
            lines[heading.line - 1] = line[:at] + _MARK.format(number) + line[at:]
    found = anchors_of("\n".join(lines), markdown, lambda text: _MARKED.sub("", text))
    return {
        anchor: page.headings[int(mark[1])]
        for anchor, text in found
        if (mark := _MARKED.search(text)) is not None
    }


def _is(heading: Heading, title: str) -> bool:
    return heading.text.casefold() == title.casefold()


def _owner(all_of_page: Sequence[Heading], start: Heading) -> Heading | None:
    """The section that a start belongs to; None for the page's own."""
    above = [h for h in all_of_page if h.line < start.line and h.level < start.level]
    return above[-1] if above and above[-1].level > 1 else None


def _piece(part: Document, wanted: Heading) -> Document | None:
    """What of a part a section needs; None when the part is not in it."""
    if not any(block.line in wanted for block in part.blocks):
        return None
    start, cleanup = start_of(part), cleanup_of(part)
    begins_here = start is not None and start.line in wanted
    needed = [wanted, *([start] if start else []), *([cleanup] if cleanup and begins_here else [])]
    piece = _kept(part, lambda line: any(line in heading for heading in needed))
    if piece.blocks == part.blocks:
        return part
    alone = terminals.problems(piece.blocks)
    return replace(piece, problems=tuple(alone), leaves_nothing=begins_here)


def _kept(page: Document, there: Callable[[int], bool]) -> Document:
    def of(values: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(value for value in values if there(value.line))

    blocks, headings, prose = map(of, (page.blocks, page.headings, page.prose))
    return replace(page, blocks=blocks, headings=headings, prose=prose)
