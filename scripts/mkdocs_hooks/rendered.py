"""What a rendered page is made of: its title, its sections and its code blocks.

By their tags alone, as Python-Markdown and pymdownx.highlight write them: a whole parse of each
page would be a fifth of the time of a build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from kubedoctest.verdicts import results

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page
    from mkdocs.structure.toc import AnchorLink

_BLOCK = re.compile(r'<div class="((?:[^"]* )?highlight(?: [^"]*)?)"[^>]*>')
_DIV = re.compile(r"<(/?)div\b[^>]*>")
_FILENAME = re.compile(r'<span class="filename">(.*?)</span>', re.DOTALL)
_CODE = re.compile(r"<code\b[^>]*>(.*?)</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_TYPED = re.compile(r"^\$ (.*)", re.MULTILINE)
_REMARK = re.compile(r"\s{2,}# .*")
ID = "bloque-{}"
"""The id of a page's nth code block, from 1."""
_HEADING = re.compile(r'<h[1-6][^>]*\bid="([^"]+)"')


@dataclass(frozen=True)
class CodeBlock:
    """A code block: where its HTML is, and what it shows.

    Attributes:
        start: the offset in the page's HTML where it begins.
        end: the offset right after it.
        lang: the fence's language; "" when it has none.
        title: the fence's title; "" when it has none.
        code: the text that a reader sees.
    """

    start: int
    end: int
    lang: str
    title: str
    code: str

    @property
    def name(self) -> str:
        """What a reader knows it by: its file, or the first line that is typed in it."""
        first = self.code.strip("\n").split("\n")[0]
        typed = _TYPED.search(self.code)
        line = typed[1] if typed else first
        return self.title if "/" in self.title else _REMARK.sub("", line).strip()

    @property
    def goes_on(self) -> bool:
        """Whether it shows what a terminal goes on saying, and nothing is typed in it."""
        return self.lang == "console" and not _TYPED.search(self.code)

    @property
    def content(self) -> str:
        """The hash that tells it among the results (`results.content_hash`)."""
        return results.hash_of(self.lang, self.title, self.code)


@dataclass(frozen=True)
class Section:
    """A part of a page: the page's source, relative to docs_dir, and the heading over it.

    The page's beginning has no anchor, and the page's title.
    """

    page: str
    anchor: str
    title: str

    @property
    def source(self) -> str:
        """As a link from a page beside it is written in Markdown."""
        return f"{self.page}#{self.anchor}" if self.anchor else self.page


def title_end(html: str) -> int:
    """The offset right after the page's title; 0 when it has none."""
    title = html.find("</h1>")
    return title + len("</h1>") if title >= 0 else 0


def blocks_of(html: str) -> list[CodeBlock]:
    """The code blocks of a page, in order; drawings are none."""
    return [_block(html, start) for start in _BLOCK.finditer(html)]


def parts_of(html: str) -> Iterator[tuple[str, int, int]]:
    """Each part of a page: the id of the heading over it, "" at first; its beginning; its end."""
    starts = [(0, ""), *((match.start(), match[1]) for match in _HEADING.finditer(html))]
    ends = [start for start, _ in starts[1:]] + [len(html)]
    for (start, anchor), end in zip(starts, ends, strict=True):
        yield anchor, start, end


def anchors_of(html: str, blocks: Sequence[CodeBlock]) -> list[str]:
    """By block, the id of the heading over it, "" before the first."""
    starts = [(start, anchor) for anchor, start, _ in parts_of(html)]
    return [
        next(anchor for start, anchor in reversed(starts) if start <= block.start)
        for block in blocks
    ]


def section(page: Page, anchor: str) -> Section:
    """The section of a rendered page under that heading."""
    return Section(page.file.src_uri, anchor, _titles(page.toc.items).get(anchor, str(page.title)))


def _titles(items: Sequence[AnchorLink]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for item in items:
        found |= {item.id: item.title, **_titles(item.children)}
    return found


def _block(html: str, start: re.Match[str]) -> CodeBlock:
    end = end_of_div(html, start.end())
    inner = html[start.end() : end]
    language = next((c[9:] for c in start[1].split() if c.startswith("language-")), "")
    title = "".join(_text(part) for part in _FILENAME.findall(inner))
    code = "".join(_text(part) for part in _CODE.findall(inner))
    return CodeBlock(start.start(), end, language, title, code)


def end_of_div(html: str, inside: int) -> int:
    """The offset right after a div's end, for an offset right after its beginning."""
    depth = 1
    for tag in _DIV.finditer(html, inside):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return len(html)


def _text(html: str) -> str:
    return unescape(_TAG.sub("", html))
