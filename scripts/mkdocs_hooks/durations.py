"""Tell how long each chapter takes where the home page leaves room for it.

``<span data-capitulo="NN-name.md"></span>`` is filled with what that chapter says of itself after
``**Tiempo:**`` and with how long its commands took when they were last verified.
"""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs_hooks import marks, verified  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_ROOM = re.compile(r'<span data-capitulo="([^"]+)"></span>')
_SAID = re.compile(r"\*\*Tiempo:\*\*\s+([^,.:;]+)")


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill what room the page leaves."""
    del page, files
    docs = Path(config.docs_dir)
    if not _ROOM.search(html):
        return html
    return told(html, docs, verified.of_project(docs.parent))


def told(html: str, docs: Path, known: Mapping[str, verified.PageResults]) -> str:
    """``html`` with each chapter's time; ``known`` are results by page."""

    def time(match: re.Match[str]) -> str:
        chapter = docs / match[1]
        text = chapter.read_text(encoding="utf-8") if chapter.is_file() else ""
        said = _SAID.search(text)
        results = known.get(chapter.relative_to(docs.parent).as_posix())
        taken = marks.commands_time(results) if results else ""
        parts = [" ".join(said[1].split())] if said else []
        parts += [f"sus comandos, medidos: {taken}"] if taken else []
        words = " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)
        return f'<span class="duracion">{escape(words)}</span>'

    return _ROOM.sub(time, html)
