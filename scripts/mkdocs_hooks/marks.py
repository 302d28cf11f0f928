"""Say under each code block what became of it when it was last run, and lead to all that is known.

A block that was run, one that is a file's copy and one that is only shown look different. When it
was run and by what is said at once by the line under the title; a block says it to who points at
its mark, comes to it with the keyboard, touches or listens, and to all where it differs from its
page. The mark leads to the block's place in ``verificacion/`` (see the hook verification.py).
A block that was edited since says that it is not verified; without results the site is the same,
with one line a page that says so. Beside the mark of what is run stands the link by which a reader
tells that it gave them something else.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from kubedoctest.verdicts.results import NOT_ASKED  # noqa: E402
from mkdocs_hooks import rendered, repository, verified  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_MINUTE = 60.0
_ROUND_FROM = 10.0  # seconds; from here on they are told in fives
_NOTHING_TO_RUN = ("shown", "rendered")
_COPIES = ("file", "fragment")
_TAG = re.compile(r"<[^>]*>")
_SEARCHED = " data-search-exclude"  # it is no search result


@dataclass(frozen=True)
class State:
    """How a block stands: the name that style sheets know it by, its sign, its words.

    A sign is for the eye only: what it says is in the words.
    """

    name: str
    sign: str
    words: str


YES = State("si", "✓", "Verificado")
COPY = State("copia", "=", "Igual a su archivo")
NO = State("no", "✗", "No coincidió con lo que se obtuvo")
UNKNOWN = State("duda", "–", "Sin verificar desde el último cambio")
SHOWN = State("mostrado", "○", "Solo se muestra")


@dataclass(frozen=True)
class Links:
    """Where a page's marks lead to; nowhere, if it is empty.

    Attributes:
        verification: the page's place in ``verificacion/``; a block's ends in ``-`` and its number.
        repository: where readers tell what differs, ``owner/name``.
        source: the page's path in it.
    """

    verification: str = ""
    repository: str = ""
    source: str = ""


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Add the marks to a page's HTML; what the build itself writes is never run."""
    if page.file.generated_by:
        return html
    target = files.get_file_from_path(verified.PAGE)
    address = target.url_relative_to(page.file) if target is not None else ""
    links = Links(
        f"{address}#{verified.key_of(page.file.src_uri)}" if address else "",
        repository.of(config),
        f"docs/{page.file.src_uri}",
    )
    return marked(html, verified.of_page(page, config), links)


def on_serve(server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
    """Show new results as they come."""
    del builder
    path = verified.home(Path(config.docs_dir).parent)
    if path.is_file():
        server.watch(str(path))
    return server


# -- a page


def marked(html: str, known: verified.PageResults | None, links: Links | None = None) -> str:
    """A page's HTML with a mark after each code block, and a line under its title."""
    blocks, start = rendered.blocks_of(html), rendered.title_end(html)
    links = links or Links()
    if not blocks:
        return html
    if known is None:
        words = "Los bloques de esta página todavía no se verificaron."
        place = links.verification.partition("#")[0]  # the page has no place of its own there
        note = _mark(replace(UNKNOWN, words=words), place, page=True)
        return _inserted(html, [(start, note)])
    found = verified.aligned([block.content for block in blocks], known.blocks)
    anchors = rendered.anchors_of(html, blocks)
    pieces = [(start, page_line(known, found, links.verification))]
    for n, (block, result, anchor) in enumerate(zip(blocks, found, anchors, strict=True), start=1):
        place = f"{links.verification}-{n}" if links.verification else ""
        report = _report(links, result, anchor)
        pieces += [
            (html.index(">", block.start), f' id="{rendered.ID.format(n)}"'),
            (block.end, mark_of(result, known.page, place, report)),
        ]
    return _inserted(html, pieces)


def page_line(
    known: verified.PageResults, found: Sequence[Mapping[str, Any] | None], place: str = ""
) -> str:
    """The line under the page's title: how it stands as a whole, and how long its commands take."""
    told = [block for block in found if block is None or block["role"] not in _NOTHING_TO_RUN]
    good = sum(block is not None and block["status"] == "passed" for block in told)
    # What takes no time to speak of is not spoken of.
    long = sum(float(block["seconds"]) for block in known.blocks) >= _ROUND_FROM
    time = f": {commands_time(known)} de comandos" if long else ""
    how = by(known.page) + _on(known.page["finished"])
    if known.page["status"] == "passed" and good == len(told):
        whole = replace(YES, words=f"Página verificada{how}{time}.")
        return _mark(whole, place, page=True)
    state = NO if known.page["status"] == "failed" else UNKNOWN
    part = f"Página verificada en parte{how} ({good} de {len(told)} bloques){time}."
    return _mark(replace(state, words=part), place, page=True)


def commands_time(known: verified.PageResults) -> str:
    """How long a page's commands took, as one says it; empty if it has none."""
    if not any(block["commands"] for block in known.blocks):
        return ""
    return spoken(sum(float(block["seconds"]) for block in known.blocks))


def state_of(block: Mapping[str, Any] | None) -> State:
    """How a code block stands."""
    if block is None:
        return UNKNOWN
    match block["status"]:
        case "passed":
            valid = replace(YES, words="Manifiesto válido")
            return (
                COPY if block["role"] in _COPIES else valid if block["role"] == "manifest" else YES
            )
        case "failed" | "false":
            return NO
        case "shown":
            return replace(SHOWN, words=f"{SHOWN.words}: {escape(_reason(block))}")
        case _ if block["reason"] == NOT_ASKED:
            return replace(UNKNOWN, words="Todavía no se verificó")
        case _:
            return replace(UNKNOWN, words="Sin ejecutar: falló un bloque anterior")


def mark_of(
    block: Mapping[str, Any] | None, page: Mapping[str, Any], place: str = "", report: str = ""
) -> str:
    """The mark of a code block, as HTML.

    Args:
        place: what it leads to.
        report: what stands beside it, as HTML.
    """
    detail, state = "", state_of(block)
    if block is not None and state.name not in (UNKNOWN.name, SHOWN.name):
        kind = "detalle" if _as_said(block, page) else "otro"
        how = by(block) + _on(block["finished"])
        detail = f'<span class="verificado__{kind}">{how}</span>'
    return _mark(state, place, detail, report)


def _report(links: Links, block: Mapping[str, Any] | None, anchor: str) -> str:
    """The link by which a reader tells that what they got differs; none where nothing is run."""
    quiet = (*_NOTHING_TO_RUN, *_COPIES)
    if not links.repository or (block is not None and block["role"] in quiet):
        return ""
    where = links.source
    if block is not None:
        how = unescape(_TAG.sub("", by(block) + _on(block["finished"])))
        where += f", línea {block['line']}" + (f" (verificada{how})" if how else "")
    where += f"\n#{anchor}" if anchor else ""
    title = f"{links.source.removeprefix('docs/')}: no me da lo mismo"
    url = escape(repository.issue(links.repository, title, where))
    return f'<a class="verificado__avisar" href="{url}">¿Les dio distinto?</a>'


def _as_said(block: Mapping[str, Any], page: Mapping[str, Any]) -> bool:
    """Whether a block was run on the page's day, by the page's Kubernetes and Docker or by none."""
    same_day = _day(block["finished"]) == _day(page["finished"])
    return same_day and all(block[by] in (None, page[by]) for by in ("kubernetes", "docker"))


def _reason(block: Mapping[str, Any]) -> str:
    return "es solo texto" if block["reason"] == "texto" else str(block["reason"])


def by(told: Mapping[str, Any]) -> str:
    """By what a page or a block was run: `` con Kubernetes v1.37.2 y Docker 29.1.3``; or empty."""
    named = (("Kubernetes", told["kubernetes"]), ("Docker", told["docker"]))
    used = [f"{name} {escape(version)}" for name, version in named if version]
    return f" con {' y '.join(used)}" if used else ""


def _on(finished: str | None) -> str:
    if finished is None:
        return ""
    return f' el <time datetime="{escape(finished)}">{_day(finished)}</time>'


def _day(moment: str) -> str:
    return f"{date.fromisoformat(moment[:10]):%d/%m/%Y}"


def _mark(
    state: State, place: str, detail: str = "", report: str = "", *, page: bool = False
) -> str:
    """The paragraph that says it."""
    kind = " verificado--pagina" if page else ""
    sign = f'<span class="verificado__signo" aria-hidden="true">{state.sign}</span>'
    told = f"{sign} {state.words}{detail}"
    linked = f'<a href="{place}">{told}</a>' if place else told
    return (
        f'\n<p class="verificado verificado--{state.name}{kind}"{_SEARCHED}>{linked}{report}</p>\n'
    )


def spoken(seconds: float) -> str:
    """A length of time as one says it: ``unos 40 segundos``, ``unos 12 minutos``."""
    if seconds < 1.5:
        return "un segundo"
    if seconds < _ROUND_FROM:
        return f"unos {round(seconds)} segundos"
    if seconds < _MINUTE - 2.5:
        return f"unos {5 * round(seconds / 5)} segundos"
    minutes = round(seconds / _MINUTE)
    return "un minuto" if minutes <= 1 else f"unos {minutes} minutos"


def _inserted(html: str, pieces: Iterable[tuple[int, str]]) -> str:
    """``html`` with each piece put in at its offset."""

    def parts() -> Iterator[str]:
        at = 0
        for offset, piece in sorted(pieces, key=lambda pair: pair[0]):
            yield html[at:offset]
            yield piece
            at = offset
        yield html[at:]

    return "".join(parts())
