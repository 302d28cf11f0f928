"""Spare mermaid2 the pages: it parses each of them whole only to count the diagrams.

Any page that says "mermaid" anywhere is parsed, and all of ours name the script that draws. That
is most of a build's time and grows with the site. So mermaid2 is handed what it looks for and
nothing else: a page with its diagrams left empty, or an empty page if there is none. What it adds
goes into the real page, as it was.

This module must be the first of ``hooks:`` in mkdocs.yml: hooks come after plugins, and whatever
else works on finished pages has to see them whole.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mkdocs.plugins import CombinedEvent, event_priority

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

_DIAGRAM = re.compile(r'<div\b[^>]*\bclass="(?:[^"]* )?mermaid[ "]')
_CODE = re.compile(r'<code\b[^>]*\bclass="(?:[^"]* )?(?:language-)?mermaid[ "]')
_SCRIPT = re.compile(r"<script.*</script>", re.DOTALL)

_whole: dict[str, str] = {}  # by address, the page that mermaid2 has before it


@event_priority(100)
def _set_aside(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Keep the finished page and hand on what mermaid2 needs of it."""
    if "mermaid2" not in config.plugins or _CODE.search(output):
        return output  # it would change that code itself
    _whole[page.url] = output
    diagrams = len(_DIAGRAM.findall(output))
    if not diagrams:
        return " "  # nothing at all would be an empty page, which MkDocs warns of
    return "<html><body>" + '<div class="mermaid"></div>' * diagrams + "</body></html>"


@event_priority(0)
def _bring_back(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """The finished page, with the scripts that mermaid2 wrote for it."""
    del config
    whole = _whole.pop(page.url, None)
    if whole is None:
        return output
    added = _SCRIPT.search(output)
    if added is None:
        return whole
    before, end, after = whole.rpartition("</body>")
    return f"{before}{added[0]}{end}{after}"


on_post_page = CombinedEvent(_set_aside, _bring_back)
