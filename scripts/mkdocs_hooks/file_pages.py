"""Pages for what is in ``extras/``: each file whole, its download, and the sections that use it.

``extras/NN-name/`` gets the page ``archivos/NN-name/``, and ``archivos/`` lists them all. A code
block that shows a file has its title linked to that file's place there. Who uses a file is read
from the rendered chapters: a link to it, or its path or its folder's in a title or a command.
A folder is called by the number of the chapter that has its name.

The site as a zip is published, and linked, where `./taller construir --zip` has left one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files, InclusionLevel

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs_hooks import offline, rendered  # noqa: E402
from mkdocs_hooks.extras import FOLDER, published  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

PAGES = "archivos"
INDEX = f"{PAGES}/index.md"
ZIP = "taller-de-kubernetes.zip"  # beside mkdocs.yml, and beside the home page
_LANGUAGES = {".yaml": "yaml", ".yml": "yaml", ".py": "python", ".sh": "bash"}
_TITLE = re.compile(rf'(<span class="filename">)({FOLDER}/[^<]+)(</span>)')
_LINK = re.compile(rf'href="[^"]*?({FOLDER}/[^"#?]+)"')
_BLOCK = re.compile(r"</?(?:pre|p|li|t[dhr]|div|h[1-6]|br)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_PATH = re.compile(rf"\b{FOLDER}/[\w./-]*\w")


@dataclass
class _Build:
    """What one build knows: the folders of ``extras/``, and the chapters rendered so far."""

    titles: Mapping[str, str] = field(default_factory=dict)  # by folder
    zipped: bool = False
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by folder, paths in extras/
    uses: dict[str, list[rendered.Section]] = field(
        default_factory=dict
    )  # by path that a chapter names
    extras: Path = Path()


_build = _Build()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for each folder of ``extras/`` that holds files, and the page that lists them."""
    extras = Path(config.docs_dir).parent / FOLDER
    _build.files, _build.uses, _build.extras = _by_folder(extras), {}, extras
    if not _build.files:
        return files
    _build.titles = {
        folder: _title(folder, files.get_file_from_path(f"{folder}.md") is not None)
        for folder in _build.files
    }
    _build.zipped = _publish_zip(files, config)
    for source in [*(page_of(folder) for folder in _build.files), INDEX]:
        # What it says depends on the chapters: see on_page_markdown. MkDocs renders pages in the
        # order of `files`, so that these come last.
        inclusion = InclusionLevel.NOT_IN_NAV  # no warning for those that mkdocs.yml leaves out
        files.append(File.generated(config, source, content="", inclusion=inclusion))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write these pages' text, now that the chapters are rendered."""
    source = page.file.src_uri
    if not page.file.generated_by or not source.startswith(f"{PAGES}/"):
        return markdown
    page.meta["search"] = {"exclude": True}  # the chapters show the same files, explained
    if source == INDEX:
        return "\n".join(_index(_build))
    folder = PurePosixPath(source).stem
    return "\n".join(_folder_page(folder, _build, files))


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Note which files a chapter uses, and link the titles of its blocks to them."""
    del config
    if page.file.generated_by:
        return html
    for path, anchor in mentions(html):
        section = rendered.section(page, anchor)
        known = _build.uses.setdefault(path, [])
        if section not in known:
            known.append(section)

    def linked(match: re.Match[str]) -> str:
        path = unescape(match[2]).removeprefix(f"{FOLDER}/")
        target = files.get_file_from_path(page_of(PurePosixPath(path).parts[0]))
        if target is None or path not in _build.files.get(PurePosixPath(path).parts[0], ()):
            return match[0]
        address = f"{target.url_relative_to(page.file)}#{anchor_of(path)}"
        return f'{match[1]}<a href="{address}">{match[2]}</a>{match[3]}'

    return _TITLE.sub(linked, html)


def page_of(folder: str) -> str:
    """The source of the page about a folder of ``extras/``."""
    return f"{PAGES}/{folder}.md"


def anchor_of(path: str) -> str:
    """The anchor of a file, by its path in ``extras/``."""
    return re.sub(r"[^\w]+", "-", path.split("/", 1)[1]).strip("-").lower()


def mentions(html: str) -> Iterator[tuple[str, str]]:
    """Each path under ``extras/`` that a rendered page names, and the heading's id above it."""
    for anchor, start, end in rendered.parts_of(html):
        part = html[start:end]
        if f"{FOLDER}/" not in part:
            continue
        text = unescape(_TAG.sub("", _BLOCK.sub("\n", part)))
        for path in [*_LINK.findall(part), *_PATH.findall(text)]:
            yield path.removeprefix(f"{FOLDER}/"), anchor


def users(path: str, uses: Mapping[str, Sequence[rendered.Section]]) -> list[rendered.Section]:
    """The sections that use a file: by its path, or by a folder's that holds it."""
    found: list[rendered.Section] = []
    for named in (path, *(parent.as_posix() for parent in PurePosixPath(path).parents)):
        found += [section for section in uses.get(named, ()) if section not in found]
    return found


def _by_folder(extras: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in published(extras):
        name = path.relative_to(extras).as_posix()
        if "/" in name:
            found.setdefault(name.split("/", 1)[0], []).append(name)
    return found


def _publish_zip(files: Files, config: MkDocsConfig) -> bool:
    """Add the zip to the site; False if there is none, or the site is what goes in it."""
    path = Path(config.docs_dir).parent / ZIP
    if offline.is_offline(config) or not path.is_file():
        return False
    inclusion = InclusionLevel.INCLUDED
    files.append(File.generated(config, ZIP, abs_src_path=str(path), inclusion=inclusion))
    return True


# -- what the pages say


def _title(folder: str, is_chapter: bool) -> str:
    number = re.match(r"\d+", folder)
    if is_chapter and number:
        return f"Archivos del capítulo {number[0]}"
    return f"Archivos de {folder}"


def _index(build: _Build) -> Iterator[str]:
    yield "# Archivos del taller\n"
    yield "Todo lo que los capítulos aplican, construyen o ejecutan, tal como está en la carpeta"
    yield f"`{FOLDER}/` del repositorio. De cada archivo mostramos el contenido, un enlace para"
    yield "bajarlo y las secciones que lo usan."
    if build.zipped:
        yield f"\nPara leer sin Internet, [el sitio en un zip](../{ZIP}): se descomprime"
        yield "y se abre `index.html`, sin instalar nada."
    for folder, paths in build.files.items():
        yield f"\n## {build.titles[folder]}\n"
        for part, inner in _by_part(paths).items():
            links = [f"[`{name}`]({folder}.md#{anchor_of(path)})" for name, path in inner.items()]
            purpose = _purpose(inner.values(), build)
            yield f"- `{part}/`{purpose}: {', '.join(links)}" if part else f"- {', '.join(links)}"


def _by_part(paths: Sequence[str]) -> dict[str, dict[str, str]]:
    """By folder inside a chapter's, "" for its own files: the paths, by their names in it."""
    found: dict[str, dict[str, str]] = {}
    for path in paths:
        part, _, name = path.split("/", 1)[1].rpartition("/")
        found.setdefault(part, {})[name] = path
    return found


def _purpose(paths: Iterable[str], build: _Build) -> str:
    """What a folder is for: the section that uses it first."""
    sections = [section for path in paths for section in users(path, build.uses)]
    if not sections:
        return ""
    first = sections[0]
    return f", para [{first.title}](../{first.source})"


def _folder_page(folder: str, build: _Build, files: Files) -> Iterator[str]:
    yield f"# {build.titles[folder]}\n"
    yield f"En el repositorio están en `{FOLDER}/{folder}/`. También pueden ver"
    yield "[los demás archivos](index.md)."
    for path in build.files[folder]:
        name = path.split("/", 1)[1]
        raw = f"../../{FOLDER}/{path}"
        yield f"\n## `{name}` {{ #{anchor_of(path)} }}\n"
        yield f"{_used_by(users(path, build.uses), files)}\n"
        yield f'[Bajarlo]({raw}){{ download="{PurePosixPath(path).name}" }} ·'
        yield f"[Verlo tal cual]({raw})\n"
        yield from _content(build.extras / path)


def _used_by(sections: Sequence[rendered.Section], files: Files) -> str:
    if not sections:
        return "Todavía no lo usa ningún capítulo."
    by_page: dict[str, list[rendered.Section]] = {}
    for section in sections:
        by_page.setdefault(section.page, []).append(section)
    told = []
    for source, found in by_page.items():
        file = files.get_file_from_path(source)
        name = file.page.title if file is not None and file.page is not None else source
        links = [f"[{section.title}](../{section.source})" for section in found]
        told.append(f"{name}: {', '.join(links)}")
    return f"Se usa en {'; '.join(told)}."


def _content(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        yield "No es un archivo de texto."
        return
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(longest + 1, 3)
    yield f"{fence}{_language(path, text)}"
    yield text.rstrip("\n")
    yield fence


def _language(path: Path, text: str) -> str:
    if path.name == "Dockerfile":
        return "dockerfile"
    return _LANGUAGES.get(path.suffix, "bash" if text.startswith("#!") else "text")
