"""Number the comments of a manifest that has many, for where they do not fit beside it.

The comments stay in the block, as they are in the file, and a list of them is put after it. On a
phone the style sheet (docs/assets/lectura.css) shows a number for each, and the list.
"""

from __future__ import annotations

import re

from mkdocs_hooks import rendered

_MANY = 4
# A comment after something else in its line, with the spaces that align it.
_BESIDE = re.compile(r'(?<=</span>)<span class="w"> +</span><span class="c1"># ?([^<\n]*)</span>')


def on_page_content(html: str, **_: object) -> str:
    """Number them in a page."""
    parts, at = [], 0
    for block in rendered.blocks_of(html):
        if block.lang != "yaml":
            continue
        told = numbered(html[block.start : block.end])
        parts += [html[at : block.start], told]
        at = block.end
    return "".join([*parts, html[at:]])


def numbered(block: str) -> str:
    """A manifest's HTML with its comments numbered, and their list; as it was if they are few."""
    comments: list[str] = []

    def note(found: re.Match[str]) -> str:
        comments.append(found[1])
        return f'<span class="llamada" data-numero="{len(comments)}">{found[0]}</span>'

    told = _BESIDE.sub(note, block)
    if len(comments) < _MANY:
        return block
    items = "".join(f"<li>{comment}</li>" for comment in comments)
    return f'{told}<ol class="llamadas" data-search-exclude>{items}</ol>'
