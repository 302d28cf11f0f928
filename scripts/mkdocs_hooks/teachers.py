"""The page for who teaches the workshop: ``docentes/``, made of what the chapters say.

``docs/docentes.md`` is written by people up to its plans. A plan is a list, in the page's metadata,
of pages, sections and pauses::

    planes:
      Una clase de tres horas:
        - 03-kubernetes.md
        - Pausa: 15
        - 04-hola-mundo-real.md#deployments

Of each chapter the rest is taken as it was rendered: its aims, its time and what it needs, from the
note that begins it; its tasks, which are the sections with an answer, folded, and those of the
pages under it. So none of it can be other than what the chapter says.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs.exceptions import PluginError  # noqa: E402

from mkdocs_hooks import file_pages, page_order, printable, rendered  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

PAGE = "docentes.md"
_ROOM = re.compile(r'<div data-docentes="([^"]+)"></div>')
_NOTE = re.compile(r'<div class="admonition abstract">')
_AIMS = re.compile(r"<ul>.*?</ul>", re.DOTALL)
_AGENDA = re.compile(r"<table>.*?</table>", re.DOTALL)
_SAID = r"<p><strong>{}:</strong>\s*(.*?)</p>"
_ROW = re.compile(r'<tr>\s*<td><a href="#([^"]+)".*?<td>(\d+)</td>\s*</tr>', re.DOTALL)
_MINUTES = re.compile(r"(\d+) minutos")
_ANSWER = re.compile(
    r'<details class="success">\s*<summary>.*?</summary>(.*?)</details>', re.DOTALL
)
_LINE_LINK = re.compile(r'<a id="__codelineno[^>]*></a>')
_ID = re.compile(r' id="[^"]*"')
_ADDRESS = re.compile(r' (href|src)="([^"]*)"')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the page last: what it says depends on the others, and MkDocs renders them in order."""
    del config
    page_order.render_last(files, PAGE)
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write the plans, and a heading for each chapter, after what the page says by itself."""
    del config
    if page.file.src_uri != PAGE:
        return markdown
    pages = {file.src_uri: file.page for file in files.documentation_pages() if file.page}
    chapters = [source for source, one in pages.items() if _NOTE.search(one.content or "")]
    plans = (
        line for title, steps in page.meta["planes"].items() for line in plan(title, steps, pages)
    )
    told = (
        f'\n## {pages[source].title}\n\n<div data-docentes="{source}"></div>' for source in chapters
    )
    return "\n".join([markdown, *plans, *told])


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill the room of each chapter."""
    del config

    def filled(room: re.Match[str]) -> str:
        file = files.src_uris[room[1]]
        assert file.page is not None
        archive = files.get_file_from_path(file_pages.page_of(PurePosixPath(room[1]).stem))
        link = archive.url_relative_to(page.file) if archive else None
        folder = room[1].removesuffix(".md") + "/"
        under = [
            other.page
            for other in files.documentation_pages()
            if other.page and other.src_uri.startswith(folder)
        ]
        return "\n".join(chapter(file.page, under, page.url, link))

    return _ROOM.sub(filled, html)


def plan(title: str, steps: list[Any], pages: Mapping[str, Page]) -> Iterator[str]:
    """A plan as a table: when each step begins, which it is, and its minutes.

    Raises:
        PluginError: a step is of no page, or nothing says how long it takes.
    """
    yield f"\n## {title}\n\n| Empieza | Qué | Minutos |\n|---|---|---|"
    at = 0
    for step in steps:
        words, minutes = next(iter(step.items())) if isinstance(step, dict) else (step, None)
        source, _, anchor = str(words).partition("#")
        name = str(words)
        if source in pages:
            minutes = minutes or minutes_of(pages[source].content or "", anchor)
            name = f"[{rendered.section(pages[source], anchor).title}]({words})"
        if not minutes:
            raise PluginError(
                f"docs/{PAGE}: del paso «{words}» de «{title}» nada dice cuántos minutos lleva. "
                "Va el nombre de una página o una sección con su tiempo, o «paso: minutos»."
            )
        yield f"| {at // 60}:{at % 60:02} | {name} | {minutes} |"
        at += minutes
    yield f"| {at // 60}:{at % 60:02} | **Fin** | **{at}** |"


def minutes_of(html: str, anchor: str) -> int:
    """The minutes that a chapter gives itself, or one of its parts; 0 if it does not say."""
    note = _note(html)
    parts = {name: int(minutes) for name, minutes in _ROW.findall(note)}
    if anchor:
        return parts.get(anchor, 0)
    said = _MINUTES.search(_said("Tiempo", note))
    return sum(parts.values()) or (int(said[1]) if said else 0)


def chapter(page: Page, under: list[Page], target: str, archive: str | None) -> Iterator[str]:
    """What there is to know of a chapter to teach it, as HTML of the page at ``target``.

    Args:
        under: the pages that go on where the chapter leaves off; of them, the tasks.
    """
    html = page.content or ""
    note = _note(html)

    def moved(fragment: str, source: Page = page) -> str:
        fragment = _ID.sub("", _LINE_LINK.sub("", fragment))
        return _ADDRESS.sub(
            lambda a: f' {a[1]}="{printable.address(a[2], source.url, target, {})}"', fragment
        )

    own = printable.address("", page.url, target, {})
    yield f'<p><a href="{own}">Leer</a> · <a href="{own}?proyector">Proyectar</a></p>'
    aims = _AIMS.search(note)
    if aims:
        yield f"<h3>Objetivos</h3>\n{moved(aims[0])}"
    agenda = _AGENDA.search(note)
    yield f"<h3>Tiempo</h3>\n<p>{moved(_capital(_said('Tiempo', note)))}</p>"
    yield moved(agenda[0]) if agenda else ""
    files = (
        f' Los <a href="{archive}">archivos que usa</a> vienen con el repositorio.'
        if archive
        else ""
    )
    yield f"<h3>Materiales</h3>\n<p>{moved(_capital(_said('Antes de empezar', note)))}{files}</p>"
    yield "<h3>Ejercicios</h3>"
    for source in (page, *under):
        content = source.content or ""
        for anchor, start, end in rendered.parts_of(content):
            answers = "".join(moved(one, source) for one in _ANSWER.findall(content[start:end]))
            if not answers:
                continue
            title = escape(rendered.section(source, anchor).title)
            link = printable.address(f"#{anchor}", source.url, target, {})
            yield f'<details class="success respuesta"><summary>{title}</summary>'
            yield f'<p><a href="{link}">El enunciado</a>. La respuesta:</p>\n{answers}</details>'


def _note(html: str) -> str:
    start = _NOTE.search(html)
    return html[start.end() : rendered.end_of_div(html, start.end())] if start else ""


def _said(what: str, note: str) -> str:
    found = re.search(_SAID.format(what), note, re.DOTALL)
    return found[1] if found else ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
