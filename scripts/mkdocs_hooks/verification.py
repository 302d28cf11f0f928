"""``verificacion/``: every code block of the site and what became of it, for people and machines.

What "verified" means is said in docs/verificacion.md; this hook adds what the latest results say:
totals by page, the last failure and where those before it are kept, and each block with its
section, its versions, when it was run and how long it took. It publishes beside them

* ``resultados.json``, the results themselves, and ``resultados.schema.json``, what they are;
* ``insignia.svg`` and ``insignias/PAGE.svg``: how the site, or a page, stands.

Without results the page says so, and the site's badge too. docs/assets/verificacion.js filters.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files, InclusionLevel

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from kubedoctest.verdicts import results  # noqa: E402
from mkdocs_hooks import badge, marks, page_order, rendered, repository, verified  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

FOLDER = "verificacion"
JSON = f"{FOLDER}/resultados.json"
SCHEMA = f"{FOLDER}/resultados.schema.json"
BADGE = f"{FOLDER}/insignia.svg"
_SCHEMA_FILE = Path(results.__file__).with_name("results.schema.json")
_LONGEST = 60  # characters of a block's name
_PART = re.compile(r'<!-- verificar: [^>]*\bfragmento="([^"]+)"[^>]*-->\s*$')  # before its block
_NAMES = {  # of one, and of more
    marks.YES.name: ("verificado", "verificados"),
    marks.COPY.name: ("igual a su archivo", "iguales a su archivo"),
    marks.NO.name: ("que no coincide", "que no coinciden"),
    marks.UNKNOWN.name: ("sin verificar", "sin verificar"),
    marks.SHOWN.name: ("que solo se muestra", "que solo se muestran"),
}
_NONE = """
!!! warning "Todavía no hay resultados"

    Este sitio se construyó en una computadora en la que no se verificó ningún capítulo, así que
    de sus bloques no podemos decir nada. Con `./taller verificar` se corren, y esta página los
    muestra.
"""


@dataclass(frozen=True)
class Entry:
    """A code block of a page.

    Attributes:
        number: its place in the page, from 1.
        part_of: the file that it is a part of; "" if of none.
        result: what is known of it; None when it was edited since.
    """

    number: int
    block: rendered.CodeBlock
    part_of: str
    section: rendered.Section
    result: Mapping[str, Any] | None

    @property
    def state(self) -> marks.State:
        """How it stands."""
        return marks.state_of(self.result)


def _part_of(html: str, block: rendered.CodeBlock) -> str:
    """The file that a block is a part of, by the comment that says so; "" if there is none."""
    comment = max(0, html.rfind("<!--", 0, block.start))
    told = _PART.search(html, comment, block.start)
    return told[1] if told else ""


@dataclass
class _Build:
    """What one build knows: by page, as they are rendered, its blocks."""

    results: Mapping[str, verified.PageResults] = field(default_factory=dict)
    pages: list[tuple[Page, list[Entry]]] = field(default_factory=list)


_build = _Build()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the page last, for it tells of all others; publish the results and the badges."""
    if not page_order.render_last(files, verified.PAGE):
        return files
    project = Path(config.docs_dir).parent
    _build.results, _build.pages = verified.of_project(project), []
    published = {BADGE: badge.of_site(_build.results)}
    for name, known in _build.results.items():
        published[badge_of(name)] = badge.of_page(known)
    if _build.results:
        published[JSON] = verified.home(project).read_text(encoding="utf-8")
        published[SCHEMA] = _SCHEMA_FILE.read_text(encoding="utf-8")
    for name, content in published.items():
        inclusion = InclusionLevel.INCLUDED
        files.append(File.generated(config, name, content=content, inclusion=inclusion))
    return files


def badge_of(name: str) -> str:
    """Where the badge of a page is, by its path in the project."""
    return f"{FOLDER}/insignias/{verified.key_of(name.removeprefix('docs/'))}.svg"


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Note a page's blocks."""
    del files
    known = verified.of_page(page, config)
    if known is None or page.file.generated_by:
        return html
    blocks = rendered.blocks_of(html)
    found = verified.aligned([block.content for block in blocks], known.blocks)
    told = zip(blocks, rendered.anchors_of(html, blocks), found, strict=True)
    entries = [
        Entry(n, block, _part_of(html, block), rendered.section(page, anchor), result)
        for n, (block, anchor, result) in enumerate(told, start=1)
    ]
    if entries:
        _build.pages.append((page, entries))
    return html


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write what is known after what the page says by itself."""
    if page.file.src_uri != verified.PAGE:
        return markdown
    del files
    told = _told(_build.pages, page, repository.of(config)) if _build.pages else [_NONE]
    return "\n".join([markdown, *told])


# -- what the page says


_Pages = Sequence[tuple["Page", Sequence[Entry]]]


def _told(pages: _Pages, own: Page, kept_in: str) -> Iterator[str]:
    yield f"\n![{badge.words_of_site(_build.results)}]({BADGE})\n"
    yield f"Todo esto está también [en JSON]({JSON}), para otros programas, con"
    yield f"[su esquema]({SCHEMA}). Las horas son de Greenwich (UTC), y los tiempos, los de nuestra"
    yield "máquina: los de ustedes van a ser otros.\n"
    yield "## La última falla\n"
    yield _last_failure(pages, own)
    if kept_in:
        issues = repository.drift(kept_in)
        yield f"\nLas anteriores quedan [en los *issues* del repositorio]({issues}), porque ahí"
        yield "se anota cada vez que un capítulo deja de ser cierto."
    yield "\n## Por página\n"
    yield from _totals(pages)
    yield "\n## Bloque por bloque\n"
    yield '<div class="filtro" data-filtro></div>\n'
    for page, entries in pages:
        key = verified.key_of(page.file.src_uri)
        yield f"### {page.title} {{ #{key} }}\n"
        address = page.file.url_relative_to(own.file)
        items = "".join(_item(entry, key, address) for entry in entries)
        yield f'<ol class="bloques" data-search-exclude>{items}</ol>\n'


def _last_failure(pages: _Pages, own: Page) -> str:
    failed = [
        (entry.result["finished"], page, entry)
        for page, entries in pages
        for entry in entries
        if entry.result is not None and entry.result["status"] in results.UNTRUE
    ]
    faults = [fault for known in _build.results.values() for fault in known.page["faults"]]
    told = [f"- {escape(fault)}" for fault in faults]
    if failed:
        when, page, entry = max(failed, key=lambda one: one[0])
        where = f"{page.file.url_relative_to(own.file)}#{rendered.ID.format(entry.number)}"
        how = ", ".join(filter(None, [_versions(entry.result or {}), _moment(when)]))
        place = f"{page.title}, {entry.section.title}"
        link = f'<a href="{where}">Ver el bloque</a>'
        told.insert(0, f"- `{_name(entry)}`, en {place}, no coincidió ({how}). {link}")
    if told:
        return "\n".join(told)
    return "Ninguna: la última vez que corrimos cada página, todo dio lo que está escrito."


def _totals(pages: _Pages) -> Iterator[str]:
    yield "| página | sus bloques | sus comandos | insignia |"
    yield "|---|---|---|---|"
    every: Counter[str] = Counter()
    for page, entries in pages:
        counts = Counter(entry.state.name for entry in entries)
        every += counts
        name = f"docs/{page.file.src_uri}"
        link = f"[SVG]({badge_of(name)})"
        key = verified.key_of(page.file.src_uri)
        time = marks.commands_time(_build.results[name]) or "–"
        yield f"| [{page.title}](#{key}) | {_counted(counts)} | {time} | {link} |"
    yield f"| **Todas** | {_counted(every)} | | [SVG]({BADGE}) |"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{number} {one if number == 1 else more}"
        for state, (one, more) in _NAMES.items()
        if (number := counts[state])
    )


def _item(entry: Entry, key: str, address: str) -> str:
    """A block, as HTML: its name leads to it."""
    number, state, result = entry.number, entry.state, entry.result
    told = [f"{state.sign} {state.words}"]
    if result is not None and state.name not in (marks.UNKNOWN.name, marks.SHOWN.name):
        told += [_versions(result), _moment(result["finished"])]
        told += [_precise(float(result["seconds"]))] if result["commands"] else []
    more = f" y {result['commands'] - 1} más" if result and result["commands"] > 1 else ""
    if entry.part_of:
        more = f", desde <code>{escape(entry.block.name)}</code>"
    if entry.block.goes_on:
        more = f", lo que sigue diciendo la {entry.block.title or 'terminal'}"
    where = f"{address}#{rendered.ID.format(number)}"
    return (
        f'<li id="{key}-{number}" data-estado="{state.name}">'
        f'<span><a href="{where}"><code>{escape(_name(entry))}</code></a>{more}</span>'
        f"<span>{escape(entry.section.title)}</span>"
        f"<span>{' · '.join(filter(None, told))}</span></li>"
    )


def _name(entry: Entry) -> str:
    name = entry.part_of or entry.block.name
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _versions(told: Mapping[str, Any]) -> str:
    return marks.by(told).removeprefix(" con ")


def _precise(seconds: float) -> str:
    """Seconds as people write them in Spanish: ``1,5 s``, ``2 min 5 s``."""
    if seconds >= 60:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s"
    return f"{max(seconds, 0.1):.1f} s".replace(".", ",")


def _moment(when: str) -> str:
    """A moment in UTC, as it is told."""
    return f"{when[8:10]}/{when[5:7]}/{when[:4]} {when[11:16]} UTC"
