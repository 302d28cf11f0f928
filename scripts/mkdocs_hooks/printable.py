"""The whole workshop on one page, to print: ``imprimir/``.

It joins the chapters as they were rendered, with their marks and diagrams. What is unique in a page
is no longer so in all of them, so ids get their page as a prefix, and links from page to page
become links inside this one. Headings go down one level, under the workshop's own title, and what
is folded is open: paper has no click. So the links of a heading to itself, and of a block to tell
that it went otherwise, a third of all, are left out, as is a page whose metadata say
``imprimir: false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.utils import get_relative_url

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

SOURCE = "imprimir.md"
_TEXT = """---
title: Para imprimir
search: {exclude: true}
hide: [toc]
---
"""
_ROOT = "http://sitio.invalid/"  # stands for the site's root while addresses are resolved
_PAGE_ID = "__pagina"  # the link to a page's beginning
_NAMES = ("id", "for", "name", "aria-labelledby", "aria-describedby", "aria-controls")
# Python-Markdown writes attributes with double quotes, and no < or > inside a tag.
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_ATTRIBUTE = re.compile(rf'(\s(?:{"|".join(_NAMES)}|href|src)=")([^"]*)(")')
_HEADING = re.compile(r"(</?h)([1-5])\b")
_CLICKED = re.compile(r'<a class="(?:headerlink|verificado__avisar)".*?</a>', re.DOTALL)
_FOLDED = re.compile(r"<details(?![^>]*\bopen\b)")

_written: list[Page] = []  # of the build under way


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page, still without its content."""
    files.append(File.generated(config, SOURCE, content=_TEXT, inclusion=InclusionLevel.NOT_IN_NAV))
    return files


def on_nav(nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
    """Keep the order of the pages that people wrote; only those in the navigation are joined."""
    del config, files
    _written[:] = [page for page in nav.pages if not page.file.generated_by]
    return nav


def on_env(env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Fill the page, now that all the others are rendered."""
    target = files.get_file_from_path(SOURCE)
    if target is not None and target.page is not None:
        pages = [page for page in _written if page.meta.get("imprimir", True)]
        target.page.content = joined(pages, target.page.url, str(config.site_name))
    return env


def joined(pages: Sequence[Page], target: str, title: str) -> str:
    """The content of the page at ``target``: a title, a table of contents, then every page."""
    keys = {page.url: key_of(page.url) for page in pages}
    parts = [f"<h1>{escape(title)}</h1>", *_contents(pages, keys)]
    for page in pages:
        key = keys[page.url]
        inner = rewritten(page.content or "", page.url, target, keys)
        parts.append(f'<section class="imprimible" id="{key}--{_PAGE_ID}">\n{inner}\n</section>')
    return "\n".join(parts)


def key_of(url: str) -> str:
    """What the ids of the page at ``url`` begin with."""
    return re.sub(r"\W+", "-", url.removesuffix(".html")).strip("-") or "index"


def rewritten(html: str, url: str, target: str, keys: Mapping[str, str]) -> str:
    """A page's HTML as part of the page at ``target``.

    Args:
        html: what was rendered for the page.
        url: the page's own address, relative to the site's root.
        target: the address of the page that it becomes part of.
        keys: by address, the prefix of each page that is in it.
    """
    key = keys[url]

    def moved(match: re.Match[str]) -> str:
        name = match[1].strip().removesuffix('="')
        if name in _NAMES:
            value = " ".join(f"{key}--{word}" for word in match[2].split(" "))
        else:
            value = address(match[2], url, target, keys)
        return match[1] + value + match[3]

    def tag(match: re.Match[str]) -> str:
        return _ATTRIBUTE.sub(moved, match[0])

    def lower(match: re.Match[str]) -> str:
        return f"{match[1]}{int(match[2]) + 1}"

    html = _TAG.sub(tag, _CLICKED.sub("", html))
    return _FOLDED.sub("<details open", _HEADING.sub(lower, html))


def address(link: str, url: str, target: str, keys: Mapping[str, str]) -> str:
    """A link of the page at ``url``, as one of the page at ``target``; see :func:`rewritten`."""
    parts = urlsplit(urljoin(_ROOT + url, link))
    if not parts.geturl().startswith(_ROOT):
        return link
    path = parts.path.lstrip("/")
    if path in keys:
        return f"#{keys[path]}--{parts.fragment or _PAGE_ID}"
    relative = get_relative_url(path, target)
    return relative + (f"#{parts.fragment}" if parts.fragment else "")


def _contents(pages: Sequence[Page], keys: Mapping[str, str]) -> Iterator[str]:
    yield '<nav class="imprimible__indice" aria-label="Contenido">\n<ul>'
    for page in pages:
        key = keys[page.url]
        yield f'<li><a href="#{key}--{_PAGE_ID}">{escape(str(page.title))}</a>'
        sections = [entry for top in page.toc.items for entry in top.children]
        if sections:
            yield "<ul>"
            for entry in sections:
                yield f'<li><a href="#{key}--{entry.id}">{entry.title}</a></li>'
            yield "</ul>"
        yield "</li>"
    yield "</ul>\n</nav>"
