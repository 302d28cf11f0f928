"""Publish mermaid, the diagram library, from the site's own origin, and diagrams in words.

The library is never committed. ``./taller`` brings the pinned version once, as npm packs it, and
keeps the part that browsers need under ``.taller/mermaid/VERSION``; this hook adds those files to
the site. ``docs/assets/mermaid-perezoso.js`` loads them, only on pages that hold a diagram.

A diagram says itself in words, as mermaid has it: ``accTitle: …`` and ``accDescr: …`` (or
``accDescr { … }``), each on lines of its own. They become the picture's name and a paragraph after
it, for who listens to the page or has no JavaScript. A diagram without them is a warning.

``diagram_sizes.json`` says how much room each takes, so that it has it before it is drawn and
nothing moves. ``tests/site/measure_diagrams.py`` writes it, in a browser; one that is not there
yet is drawn all the same, and moves what is under it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs_hooks.npm_package import NpmPackage, bring  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page

_log = logging.getLogger("mkdocs.hooks.mermaid")
VERSION = "11.17.2"
PACKAGE = NpmPackage(
    "mermaid",
    VERSION,
    "sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/"
    "qt5gHO73aCleBBg==",
)
ENTRY = "mermaid.esm.min.mjs"
CHUNKS = "chunks/mermaid.esm.min/"
SITE_FOLDER = "assets/mermaid"
SIZES = Path(__file__).with_name("diagram_sizes.json")

# mermaid2 tells its settings at each build, and recommends another way to load the library: that
# one breaks under navigation.instant, where only `extra_javascript` is still there.
logging.getLogger("mkdocs.plugins.mermaid2.util").setLevel(logging.WARNING)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the library's files to the site."""
    folder = home(Path(config.docs_dir).parent)
    if not (folder / ENTRY).is_file():
        raise PluginError(
            f"Falta mermaid {VERSION}, la biblioteca de los diagramas. "
            "`./taller construir` (o `./taller servir`) la trae y construye el sitio."
        )
    for path in sorted(folder.rglob("*.mjs")):
        file = File.generated(
            config,
            f"{SITE_FOLDER}/{path.relative_to(folder).as_posix()}",
            abs_src_path=str(path),
            inclusion=InclusionLevel.INCLUDED,
        )
        files.append(file)
    return files


_DIAGRAM = re.compile(r'<div class="mermaid">(?P<source>.*?)</div>', re.DOTALL)
_NAME = re.compile(r"^[ \t]*accTitle[ \t]*:[ \t]*(.+)\n?", re.MULTILINE)
_WORDS = re.compile(r"^[ \t]*accDescr[ \t]*(?::[ \t]*(.+)|\{([^}]*)\})\n?", re.MULTILINE)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Say the page's diagrams in words, and keep their room."""
    del config, files
    return in_words(html, page.file.src_uri, json.loads(SIZES.read_text(encoding="utf-8")))


def in_words(html: str, name: str, sizes: Mapping[str, Mapping[str, Sequence[int]]]) -> str:
    """``html`` with each diagram named, and told after it.

    Args:
        html: a page's.
        name: the page's, for the warnings.
        sizes: by diagram (:func:`key_of`), and by the reader's room (``wide``, ``phone``), CSS
            pixels of width and height, and 1 if it is turned there (left to right, top down).
    """

    def told(match: re.Match[str]) -> str:
        source = unescape(match["source"])
        title, words = _NAME.search(source), _WORDS.search(source)
        if title is None or words is None:
            _log.warning(
                "%s: al diagrama «%s» le faltan palabras para quien no puede verlo: "
                "una línea «accTitle: …» y otra «accDescr: …».",
                name,
                " ".join(source.split())[:60],
            )
            return match[0]
        drawn = _WORDS.sub("", _NAME.sub("", source))
        text = " ".join((words[1] or words[2]).split())
        # The source is nothing to search for; the words are.
        return (
            f'<div class="mermaid" role="img" aria-label="{escape(title[1].strip())}"'
            f"{_room(key_of(drawn), sizes)} data-search-exclude>"
            f"{escape(drawn, quote=False)}</div>\n"
            f'<p class="mermaid-palabras">{escape(text, quote=False)}</p>'
        )

    return _DIAGRAM.sub(told, html)


def key_of(drawn: str) -> str:
    """What tells a diagram from the others: a hash of what is drawn."""
    return hashlib.sha256(drawn.strip().encode()).hexdigest()[:12]


def _room(key: str, sizes: Mapping[str, Mapping[str, Sequence[int]]]) -> str:
    """The attributes that keep a diagram's room."""
    known = sizes.get(key)
    if known is None:
        return f' data-diagram="{key}"'
    (width, height, wide), (on_phone, high, phone) = known["wide"], known["phone"]
    turned = " ".join(room for room, way in (("wide", wide), ("phone", phone)) if way)
    return (
        f' data-diagram="{key}" data-turned="{turned}" style="--width:{width};--height:{height};'
        f'--phone-width:{on_phone};--phone-height:{high}"'
    )


def home(project: Path) -> Path:
    """Where ``project`` keeps the pinned library."""
    return project / ".taller" / "mermaid" / VERSION


def ensure(project: Path) -> bool:
    """Bring the library if it is not there; True if it had to be brought.

    Raises:
        PackageError: npm is missing or fails, or the package is not the pinned one.
    """
    folder = home(project)
    if (folder / ENTRY).is_file():
        return False
    bring(PACKAGE, _wanted, folder)
    return True


def _wanted(path: str) -> str | None:
    """The entry module and its chunks; the rest of the package is not used."""
    name = path.removeprefix("dist/")
    module = name == ENTRY or (name.startswith(CHUNKS) and name.endswith(".mjs"))
    return name if module and path != name else None
