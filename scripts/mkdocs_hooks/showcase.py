"""A chapter's block on another page, as the chapter shows it: the home page's transcript.

``<div data-muestra="PAGE.md#SECTION/N"></div>`` is filled with the Nth code block of
that section, with its mark, and says where it is from. So what the home page shows is never a copy
made by hand, and it changes when the chapter does. Without that block the build fails.
"""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs_hooks import rendered, verified  # noqa: E402

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_ROOM = re.compile(r'<div data-muestra="([^"#]+)#([^"/]+)/(\d+)">\s*</div>')
_MARK = re.compile(r'\s*<p class="verificado .*?</p>', re.DOTALL)
_OWN = re.compile(r' id="bloque-\d+"')  # an address is of one page
_LINK = re.compile(r'href="(?!https?:)[^"#]*#([^"]*)"')  # in a mark, to the page of all blocks


@event_priority(50)  # all pages are rendered, and none is joined with others (printable.py)
def on_env(env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Fill the rooms of every page."""
    del config
    for file in files.documentation_pages():
        if file.page is not None and "data-muestra" in (file.page.content or ""):
            file.page.content = filled(file.page, files)
    return env


def filled(page: Page, files: Files) -> str:
    """A page's HTML with its rooms filled.

    Raises:
        PluginError: there is no such block.
    """

    def shown(match: re.Match[str]) -> str:
        source, anchor, number = match[1], match[2], int(match[3])
        file = files.get_file_from_path(source)
        if file is None or file.page is None:
            raise PluginError(f"{page.file.src_uri} muestra un bloque de {source}, que no existe.")
        html = file.page.content or ""
        blocks = rendered.blocks_of(html)
        anchors = rendered.anchors_of(html, blocks)
        own = [block for block, over in zip(blocks, anchors, strict=True) if over == anchor]
        if not 1 <= number <= len(own):
            raise PluginError(
                f"{page.file.src_uri} muestra el bloque {number} de {source}#{anchor}, "
                f"y ahí hay {len(own)}."
            )
        block = own[number - 1]
        mark = _MARK.match(html, block.end)
        address = f"{file.url_relative_to(page.file)}#{anchor}"
        title = rendered.section(file.page, anchor).title
        return (
            f'<figure class="muestra">{_OWN.sub("", html[block.start : block.end], count=1)}'
            f"{_relinked(mark[0] if mark else '', page, files)}"
            f'<figcaption>De <a href="{address}">{title}</a>, en {escape(str(file.page.title))}'
            "</figcaption></figure>"
        )

    return _ROOM.sub(shown, page.content or "")


def _relinked(mark: str, page: Page, files: Files) -> str:
    """A mark of another page, with its link to the page of all blocks from this one."""
    target = files.get_file_from_path(verified.PAGE)
    address = target.url_relative_to(page.file) if target is not None else ""
    return _LINK.sub(rf'href="{address}#\1"', mark)
