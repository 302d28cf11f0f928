"""Say under each code block whether it was run, when, and by which Kubernetes.

The line under the title says when and by which Kubernetes; a block says it again only where its own
are others. A block that was edited since says that it is not verified; without results the site is
the same, with one line a page that says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs_hooks import rendered, verified  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_MINUTE = 60.0
_ROUND_FROM = 10.0  # seconds; from here on they are told in fives
_NOTHING_TO_RUN = ("shown", "rendered")
_YES, _NO, _UNKNOWN, _SHOWN = "si", "no", "duda", "mostrado"
_SIGNS = {_YES: "✓", _NO: "✗", _UNKNOWN: "–", _SHOWN: "○"}


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Add the marks to a page's HTML; what the build itself writes is never run."""
    del files
    if page.file.generated_by:
        return html
    return marked(html, verified.of_page(page, config))


def on_serve(server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
    """Show new results as they come."""
    del builder
    path = verified.home(Path(config.docs_dir).parent)
    if path.is_file():
        server.watch(str(path))
    return server


# -- a page


def marked(html: str, known: verified.PageResults | None) -> str:
    """A page's HTML with a mark after each code block, and a line under its title."""
    blocks, start = rendered.blocks_of(html), rendered.title_end(html)
    if not blocks:
        return html
    if known is None:
        note = _mark(_UNKNOWN, "Los bloques de esta página todavía no se verificaron.", page=True)
        return _inserted(html, [(start, note)])
    found = verified.aligned([block.content for block in blocks], known.blocks)
    marks = [(b.end, mark_of(r, known.page)) for b, r in zip(blocks, found, strict=True)]
    return _inserted(html, [(start, page_line(known, found)), *marks])


def page_line(known: verified.PageResults, found: Sequence[Mapping[str, Any] | None]) -> str:
    """The line under the page's title: how it stands as a whole, and how long its commands take."""
    told = [block for block in found if block is None or block["role"] not in _NOTHING_TO_RUN]
    good = sum(block is not None and block["status"] == "passed" for block in told)
    # What takes no time to speak of is not spoken of.
    long = sum(float(block["seconds"]) for block in known.blocks) >= _ROUND_FROM
    time = f": {commands_time(known)} de comandos" if long else ""
    how = _by(known.page["kubernetes"]) + _on(known.page["finished"])
    if known.page["status"] == "passed" and good == len(told):
        return _mark(_YES, f"Página verificada{how}{time}.", page=True)
    state = _NO if known.page["status"] == "failed" else _UNKNOWN
    part = f"Página verificada en parte{how} ({good} de {len(told)} bloques){time}."
    return _mark(state, part, page=True)


def commands_time(known: verified.PageResults) -> str:
    """How long a page's commands took, as one says it; empty if it has none."""
    if not any(block["commands"] for block in known.blocks):
        return ""
    return spoken(sum(float(block["seconds"]) for block in known.blocks))


def mark_of(block: Mapping[str, Any] | None, page: Mapping[str, Any]) -> str:
    """The mark of a code block, as HTML; what the line of its page says too is only its hint."""
    if block is None:
        return _mark(_UNKNOWN, "Sin verificar desde el último cambio")
    how = _by(block["kubernetes"]) + _on(block["finished"])
    hint = ""
    if _as_said(block, page):
        how, hint = "", f"{_by(block['kubernetes'])} el {_day(block['finished'])}".strip()
    match block["status"]:
        case "passed":
            return _mark(_YES, _praise(block, how), hint=hint)
        case "failed":
            return _mark(_NO, f"No coincidió con lo que se obtuvo{how}", hint=hint)
        case "shown":
            return _mark(_SHOWN, f"No se ejecuta: {escape(_reason(block))}")
        case _:
            return _mark(_UNKNOWN, "Sin ejecutar: falló un bloque anterior")


def _as_said(block: Mapping[str, Any], page: Mapping[str, Any]) -> bool:
    """Whether a block was run on the page's day, by the page's Kubernetes or by none."""
    if block["finished"] is None:
        return False
    same_day = _day(block["finished"]) == _day(page["finished"])
    return same_day and block["kubernetes"] in (None, page["kubernetes"])


def _praise(block: Mapping[str, Any], how: str) -> str:
    if block["role"] == "file":
        return f"Igual a su archivo{how}"
    if block["role"] == "manifest":
        return f"Manifiesto válido{how}"
    return f"Verificado{how} en {_precise(float(block['seconds']))}"


def _reason(block: Mapping[str, Any]) -> str:
    return "es solo texto" if block["reason"] == "texto" else str(block["reason"])


def _by(kubernetes: str | None) -> str:
    return f" con Kubernetes {escape(kubernetes)}" if kubernetes else ""


def _on(finished: str | None) -> str:
    if finished is None:
        return ""
    return f' el <time datetime="{escape(finished)}">{_day(finished)}</time>'


def _day(moment: str) -> str:
    return f"{date.fromisoformat(moment[:10]):%d/%m/%Y}"


def _mark(state: str, text: str, *, hint: str = "", page: bool = False) -> str:
    """The paragraph that says it; its sign is for the eye only, and it is no search result."""
    kind = " verificado--pagina" if page else ""
    sign = f'<span class="verificado__signo" aria-hidden="true">{_SIGNS[state]}</span>'
    title = f' title="{hint}"' if hint else ""
    return (
        f'\n<p class="verificado verificado--{state}{kind}"{title} data-search-exclude>'
        f"{sign} {text}</p>\n"
    )


def _precise(seconds: float) -> str:
    """Seconds as people write them in Spanish: ``1,5 s``, ``2 min 5 s``."""
    if seconds >= _MINUTE:
        minutes, rest = divmod(round(seconds), int(_MINUTE))
        return f"{minutes} min {rest} s"
    return f"{max(seconds, 0.1):.1f} s".replace(".", ",")


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
