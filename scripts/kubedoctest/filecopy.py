"""Fences that copy a file: ``yaml title="extras/…"`` must equal the file that it names."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from kubedoctest.document import Block

_WITHOUT_SUFFIX = frozenset({"Dockerfile", "Makefile", "Containerfile"})


def names_file(title: str) -> bool:
    """Whether a fence's title is a path rather than a caption: a slash or a suffix, no spaces."""
    if re.search(r"\s|://", title):
        return False
    named = title in _WITHOUT_SUFFIX or re.search(r"\w\.[A-Za-z][A-Za-z0-9]{0,9}$", title)
    return "/" in title or bool(named)


def missing(title: str, files: Path) -> tuple[str, str] | None:
    """What is wrong with the file that a title names, and what to do; None if it can be read.

    The path is relative to ``files`` and stays inside it.
    """
    path = files / title
    if Path(title).is_absolute() or not path.resolve().is_relative_to(files.resolve()):
        return (
            f"`{title}` está fuera del proyecto.",
            "El título es una ruta relativa a la raíz, por ejemplo `extras/…`.",
        )
    if path.is_file():
        return None
    nearby = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, nearby, n=1)
    hint = f"¿Será `{(Path(title).parent / close[0]).as_posix()}`? " if close else ""
    return (
        f"No existe el archivo `{title}`.",
        f"{hint}Creen el archivo, o corrijan el título del bloque.",
    )


def difference(block: Block, files: Path) -> str | None:
    """How the fence's content differs from its file, as a unified diff; None if they are equal.

    Line ends and newlines at the end of the file do not count; all else does.
    """
    title = block.title or ""
    if (fault := missing(title, files)) is not None:
        return " ".join(fault)
    try:
        content = (files / title).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return f"El archivo `{title}` no es texto UTF-8."
    of_file = content.rstrip("\n").split("\n")
    of_page = block.code.rstrip("\n").split("\n")
    if of_file == of_page:
        return None
    return "\n".join(
        difflib.unified_diff(
            of_file,
            of_page,
            f"{title} (el archivo)",
            f"{block.place} (lo que muestra la página)",
            lineterm="",
        )
    )
