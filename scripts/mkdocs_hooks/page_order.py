"""When a page is rendered: MkDocs renders them in the order of its list of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.structure.files import Files


def render_last(files: Files, source: str) -> bool:
    """Put a page last, for what it says depends on the others; False if the site has none such."""
    page = files.get_file_from_path(source)
    if page is None:
        return False
    files.remove(page)
    files.append(page)
    return True
