"""Mend what Material leaves without a name or out of the keyboard's reach.

Each amendment is one tag of the theme's templates, found as the theme writes it. A theme that
writes it otherwise has to be looked at again, so a build that misses one says so (and fails, if
strict). The keys of the buttons made here are in ``docs/assets/teclado.js``.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

_log = logging.getLogger("mkdocs.hooks.accessibility")


@dataclass(frozen=True)
class Amendment:
    """A tag of the theme: what tells it, what it gains, and what it loses."""

    tag: str  # a regular expression for what the tag holds
    adds: str
    drops: str = ""


_AMENDMENTS = (
    # axe: aria-dialog-name
    Amendment(r'div class="md-search"[^>]*', 'aria-label="Buscar en el taller"'),
    # axe: aria-progressbar-name, region. The bar says nothing that the new page does not.
    Amendment(r'div class="md-progress"[^>]*', 'aria-hidden="true"', ' role="progressbar"'),
    # Labels of hidden checkboxes: only a mouse could press them.
    Amendment(
        r'label class="md-header__button md-icon" for="__drawer"',
        'role="button" tabindex="0" aria-label="Menú"',
    ),
    Amendment(
        r'label class="md-header__button md-icon" for="__search"',
        'role="button" tabindex="0" aria-label="Buscar"',
    ),
)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Amend a page."""
    del config
    return amended(output, page.file.src_uri)


def on_post_template(output: str, *, template_name: str, config: MkDocsConfig) -> str:
    """Amend the page for addresses that are not there."""
    del config
    return amended(output, template_name) if template_name == "404.html" else output


def amended(html: str, name: str) -> str:
    """``html`` with every amendment made; ``name`` is for the warnings."""
    for amendment in _AMENDMENTS:
        pattern = re.compile(f"<({amendment.tag})>")

        def mend(match: re.Match[str], amendment: Amendment = amendment) -> str:
            return f"<{match[1].replace(amendment.drops, '')} {amendment.adds}>"

        html, times = pattern.subn(mend, html)
        if not times:
            _log.warning("%s: el tema ya no escribe <%s>", name, amendment.tag)
    return html
