"""From what a person names (``04``, a file, a folder, nothing) to the pages meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from taller.exits import WrongUse

_NUMBER = re.compile(r"\d{1,2}")


def resolve(names: Iterable[str], docs: Path, here: Path) -> tuple[Path, ...]:
    """The pages that ``names`` mean, in that order and once each; all of ``docs`` for no names.

    Args:
        names: chapter numbers, files or folders.
        docs: the chapters' folder.
        here: the folder that relative paths start from; the project's own is tried next.

    Raises:
        WrongUse: a name means no page.
    """
    wanted = list(names)
    if not wanted:
        return _pages_of_folder(docs)
    pages: dict[Path, None] = {}
    for name in wanted:
        pages.update(dict.fromkeys(_resolve_one(name, docs, here)))
    return tuple(pages)


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
