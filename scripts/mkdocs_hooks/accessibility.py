"""Mend what Material leaves without a name or out of the keyboard's reach.

Each amendment is one tag of the theme's templates, found as the theme writes it. A theme that
writes it otherwise has to be looked at again, so a build that misses one says so (and fails, if
strict). What the buttons made here do is in ``docs/assets/teclado.js``; until a page has scripts
it shows the label instead (``docs/assets/taller.css``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

_log = logging.getLogger("mkdocs.hooks.accessibility")


@dataclass(frozen=True)
class Amendment:
    """What the theme writes, as a regular expression, and what is written instead."""

    theirs: re.Pattern[str]
    ours: str
    feature: str = ""  # of the theme, that writes it; always written if empty


def _button(toggle: str, name: str) -> Amendment:
    """The label of a hidden checkbox, which only a mouse can press, also as a button."""
    kind = "md-header__button md-icon"
    return Amendment(
        re.compile(rf'<label class="{kind}" for="{toggle}">(.*?)</label>', re.DOTALL),
        r"\g<0>"
        f'<button type="button" class="{kind}" data-boton="{toggle}" aria-label="{name}">'
        r"\1</button>",
    )


_AMENDMENTS = (
    # axe: aria-dialog-name
    Amendment(
        re.compile(r'(<div class="md-search"[^>]*)>'), r'\1 aria-label="Buscar en el taller">'
    ),
    # axe: aria-progressbar-name, region. The bar says nothing that the new page does not.
    Amendment(
        re.compile(r'(<div class="md-progress"[^>]*) role="progressbar"'),
        r'\1 aria-hidden="true"',
        feature="navigation.instant.progress",
    ),
    _button("__drawer", "Menú"),
    _button("__search", "Buscar"),
)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Amend a page."""
    return amended(output, page.file.src_uri, config.theme["features"])


def on_post_template(output: str, *, template_name: str, config: MkDocsConfig) -> str:
    """Amend the page for addresses that are not there."""
    if template_name != "404.html":
        return output
    return amended(output, template_name, config.theme["features"])


def amended(html: str, name: str, features: Sequence[str]) -> str:
    """``html`` with every amendment made.

    Args:
        html: a finished page.
        name: the page's, for the warnings.
        features: those of the theme that are in use.
    """
    for amendment in _AMENDMENTS:
        html, times = amendment.theirs.subn(amendment.ours, html)
        if not times and (not amendment.feature or amendment.feature in features):
            _log.warning("%s: el tema ya no escribe %s", name, amendment.theirs.pattern)
    return html
