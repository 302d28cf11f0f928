"""The latest results of every chapter, which `./taller verificar` keeps in `.taller/`.

A block is known by its content, so one that was edited since has no result.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubedoctest.verdicts import results

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

PAGE = "verificacion.md"
"""The page that shows all of them (see the hook verification.py)."""
_log = logging.getLogger("mkdocs.hooks.verified")


@dataclass(frozen=True)
class PageResults:
    """What the results say of one page: itself, and its code blocks in order."""

    page: Mapping[str, Any]
    blocks: Sequence[Mapping[str, Any]]


def home(project: Path) -> Path:
    """Where ``project`` keeps the latest results of every chapter (TALLER_RESULTS: elsewhere)."""
    return Path(os.environ.get("TALLER_RESULTS") or project / ".taller") / "verificado.json"


def key_of(source: str) -> str:
    """What the ids of a page's blocks begin with in the page that shows all: of its source."""
    return re.sub(r"[^\w]+", "-", source.removesuffix(".md"))


def of_page(page: Page, config: MkDocsConfig) -> PageResults | None:
    """The latest results of a page of the site; None when it was never run."""
    source = page.file.abs_src_path
    project = Path(config.docs_dir).parent
    if source is None or not Path(source).is_relative_to(project):
        return None
    return of_project(project).get(Path(source).relative_to(project).as_posix())


def of_project(project: Path) -> dict[str, PageResults]:
    """The latest results of ``project``, by page (its path from the project's folder)."""
    path = home(project)
    return _pages(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=1)
def _pages(path: Path, stamp: int) -> dict[str, PageResults]:
    """The results by page; ``stamp`` tells one version of the file from the next."""
    del stamp
    try:
        known = results.read(path)
    except results.ResultsError as error:
        _log.info("%s. El sitio se construye sin resultados.", error)
        known = None
    if known is None:
        return {}
    blocks: dict[str, list[Mapping[str, Any]]] = {}
    for block in known["blocks"]:
        if block["role"] != "rendered":  # a drawing is no code block on the site
            blocks.setdefault(block["page"], []).append(block)
    return {
        page["page"]: PageResults(page, blocks.get(page["page"], [])) for page in known["pages"]
    }


def aligned(
    contents: Sequence[str], blocks: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any] | None]:
    """For each block of the site, by its content hash, its result; None if there is none.

    Both are in the page's order, so that blocks that are alike, or were added, removed or changed,
    do not shift the others.
    """
    found: list[Mapping[str, Any] | None] = [None] * len(contents)
    matcher = difflib.SequenceMatcher(
        None, contents, [str(block["content"]) for block in blocks], autojunk=False
    )
    for at, other, size in matcher.get_matching_blocks():
        found[at : at + size] = blocks[other : other + size]
    return found
