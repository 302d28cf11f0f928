"""Badges: a small picture (SVG) that says how a page, or the whole site, stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from mkdocs_hooks import verified

_LABEL = "verificado"
_GOOD, _BAD, _UNKNOWN = "#1b6e2d", "#a3201a", "#565b66"
_LETTER = 6.6  # what one takes of 11 px letters, in px, about; the picture holds them to it
_PROGRAMS = {"kubernetes": "Kubernetes", "docker": "Docker"}
_MARGIN = 8  # px, on both sides of each half


def of_page(known: verified.PageResults) -> str:
    """The badge of a page."""
    return _svg(_words(known.page), _colour([known.page]))


def of_site(known: Mapping[str, verified.PageResults]) -> str:
    """The badge of all pages."""
    return _svg(_site_words(known), _colour([one.page for one in known.values()]))


def words_of_site(known: Mapping[str, verified.PageResults]) -> str:
    """What the site's badge says."""
    return f"{_LABEL}: {_site_words(known)}"


def _site_words(known: Mapping[str, verified.PageResults]) -> str:
    pages = [one.page for one in known.values()]
    if not pages:
        return "todavía no"
    failed = [page for page in pages if page["status"] != "passed"]
    if failed:
        word = "página" if len(pages) == 1 else "páginas"
        return f"{len(pages) - len(failed)} de {len(pages)} {word}"
    latest = max(pages, key=lambda page: str(page["finished"]))
    version = max((str(page["kubernetes"]) for page in pages if page["kubernetes"]), default=None)
    return _words({**latest, "kubernetes": version, "docker": None})


def _words(page: Mapping[str, Any]) -> str:
    if page["status"] != "passed":
        return "no coincide" if page["status"] == "failed" else "en parte"
    used = [f"{name} {page[key]}" for key, name in _PROGRAMS.items() if page[key]]
    return ", ".join([*used, f"{date.fromisoformat(page['finished'][:10]):%d/%m/%Y}"])


def _colour(pages: list[Mapping[str, Any]]) -> str:
    statuses = {page["status"] for page in pages}
    if "failed" in statuses:
        return _BAD
    return _GOOD if statuses == {"passed"} else _UNKNOWN


def _svg(words: str, colour: str) -> str:
    left, right = (round(len(text) * _LETTER) for text in (_LABEL, words))
    middle, whole = left + 2 * _MARGIN, left + right + 4 * _MARGIN
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{length}">{escape(text)}</text>'
        for text, x, length in (
            (_LABEL, _MARGIN, left),
            (words, middle + _MARGIN, right),
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" '
        f'aria-label="{_LABEL}: {escape(words)}">'
        f'<path fill="#2b3440" d="M4 0h{middle - 4}v20H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"/>'
        f'<path fill="{colour}" d="M{middle} 0h{whole - middle - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4'
        f'H{middle}z"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g>'
        "</svg>\n"
    )
