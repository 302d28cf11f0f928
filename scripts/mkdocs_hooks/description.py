"""What a page is about, for search engines and for who is sent its link: how it begins.

Material writes ``description:`` of a page's metadata into its head, and the site's where there is
none; here it is the page's first paragraph. overrides/main.html adds what links are previewed by.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page

LONGEST = 160  # characters, about what is shown of it
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def on_page_content(html: str, *, page: Page, **_: object) -> str:
    """Describe a page that does not do it itself."""
    begun = beginning(html)
    if begun:
        page.meta.setdefault("description", escape(begun))  # the theme writes it as it is
    return html


def beginning(html: str) -> str:
    """The first paragraph, as text; cut after a word where it is too long."""
    found = _PARAGRAPH.search(html)
    text = " ".join(unescape(_TAG.sub("", found[1])).split()) if found else ""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
