"""From what a person names (``04``, a file, a folder, nothing) to the pages meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from taller.exits import WrongUse
from taller.project import shown

_NUMBER = re.compile(r"\d{1,2}")


@dataclass(frozen=True, order=True)
class Chosen:
    """A page, or the section of it with that anchor."""

    page: Path
    section: str = ""

    def __str__(self) -> str:
        return shown(self.page) + (f"#{self.section}" if self.section else "")


def resolve(names: Iterable[str], docs: Path, here: Path) -> tuple[Chosen, ...]:
    """What ``names`` mean, in that order and once each; all pages of ``docs`` for no names.

    Args:
        names: chapter numbers, files or folders; the first two also with ``#anchor``.
        docs: the chapters' folder.
        here: the folder that relative paths start from; the project's own is tried next.

    Raises:
        WrongUse: a name means no page.
    """
    chosen: dict[Chosen, None] = {}
    for name in list(names) or [str(docs)]:
        path, mark, section = name.partition("#")
        pages = _resolve_one(path, docs, here)
        if mark and len(pages) > 1:  # of a chapter with pages under it, its own is meant
            pages = tuple(page for page in pages if page.parent == docs) or pages
        if mark and (not section or len(pages) > 1):
            raise WrongUse(
                f"«{name}» no es una sección de una página.",
                "Se escribe con el ancla que tiene en el sitio: 04#deployments.",
            )
        chosen.update((Chosen(page, section), None) for page in pages)
    whole = {each.page for each in chosen if not each.section}
    return tuple(each for each in chosen if not each.section or each.page not in whole)


def _resolve_one(name: str, docs: Path, here: Path) -> tuple[Path, ...]:
    if _NUMBER.fullmatch(name) and not (here / name).exists():
        return _chapter(name, docs)
    for base in (here, docs.parent):
        path = (base / name).resolve()
        if path.is_dir():
            return _pages_of_folder(path)
        if path.is_file():
            return (_page(path),)
    raise WrongUse(
        f"No encontramos «{name}».",
        f"Prueben con un número de capítulo ({_numbers(docs)}), un archivo .md o una carpeta.",
    )


def _chapter(number: str, docs: Path) -> tuple[Path, ...]:
    prefix = f"{int(number):02d}-"
    found = sorted(path for path in docs.iterdir() if path.name.startswith(prefix))
    pages = [
        page
        for path in found
        for page in (_pages_of_folder(path) if path.is_dir() else (path,))
        if page.suffix == ".md"
    ]
    if not pages:
        raise WrongUse(
            f"No hay un capítulo {int(number):02d}.",
            f"Los capítulos que hay son: {_numbers(docs)}.",
        )
    return tuple(pages)


def _page(path: Path) -> Path:
    if path.suffix != ".md":
        raise WrongUse(
            f"{path.name} no es una página: esperábamos un archivo .md.",
            "Para revisar un manifiesto, nombren el capítulo que lo muestra.",
        )
    return path


def _pages_of_folder(folder: Path) -> tuple[Path, ...]:
    pages = tuple(sorted(folder.rglob("*.md")))
    if not pages:
        raise WrongUse(
            f"En {folder} no hay ninguna página .md.", "Nombren una carpeta que tenga capítulos."
        )
    return pages


def _numbers(docs: Path) -> str:
    found = {path.name[:2] for path in docs.glob("[0-9][0-9]-*")}
    return ", ".join(sorted(found)) or "todavía ninguno"
