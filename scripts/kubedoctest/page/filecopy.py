"""Fences that copy a file: ``yaml title="carpeta/…"`` must equal the file that it names."""

from __future__ import annotations

import difflib
import re
from itertools import groupby
from pathlib import Path

from kubedoctest.page.document import Block, PageError
from kubedoctest.page.outline import Excerpt, Outline, Run, indent
from kubedoctest.page.transcript import ANY_LINES

_WITHOUT_SUFFIX = frozenset({"Dockerfile", "Makefile", "Containerfile"})


def names_file(title: str) -> bool:
    """Whether a fence's title is a path rather than a caption: a slash or a suffix, no spaces."""
    if re.search(r"\s|://", title):
        return False
    named = title in _WITHOUT_SUFFIX or re.search(r"\w\.[A-Za-z][A-Za-z0-9]{0,9}$", title)
    return "/" in title or bool(named)


def check(title: str, files: Path) -> None:
    """Whether there is the file that a title names; its path is relative to ``files``, and inside.

    Raises:
        PageError: there is none.
    """
    path = files / title
    if Path(title).is_absolute() or not path.resolve().is_relative_to(files.resolve()):
        raise PageError(
            f"`{title}` está fuera del proyecto.",
            "El título es una ruta relativa a la raíz, por ejemplo `carpeta/…`.",
        )
    if path.is_file():
        return
    nearby = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, nearby, n=1)
    hint = f"¿Será `{(Path(title).parent / close[0]).as_posix()}`? " if close else ""
    raise PageError(
        f"No existe el archivo `{title}`.",
        f"{hint}Creen el archivo, o corrijan el título del bloque.",
    )


def lines_of(title: str, files: Path) -> list[str]:
    """The lines of the file that a title names; newlines at its end do not count.

    Raises:
        PageError: there is none, or it is no text.
    """
    check(title, files)
    try:
        text = (files / title).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError(
            f"El archivo `{title}` no es texto UTF-8.", "Guárdenlo en UTF-8."
        ) from error
    return text.rstrip("\n").split("\n")


def strange_line(block: Block, title: str, files: Path) -> tuple[int, str] | None:
    """The first line of a fragment that keeps it from being part of its file, and why.

    The lines follow one another in the file as they do in the fence, which may be less indented
    than they are there, and stand under the same ones. A line ``...`` stands for any lines. Blank
    lines and what comes after a ``#`` do not count.

    Returns:
        The offset in the fence's content, and the reason in Spanish; None if the lines are there.

    Raises:
        PageError: there is no such file.
    """
    real = [line for line in map(_bare, lines_of(title, files)) if line]
    shown = [(n, line) for n, line in enumerate(map(_bare, block.code.split("\n"))) if line]
    if all(line == ANY_LINES for _, line in shown):
        return 0, "el fragmento no muestra ninguna línea"
    outline = Outline(tuple(real))
    lines = [line for _, line in shown]
    if _stands(lines, outline):
        return None
    wrong = next(n for n in range(1, len(lines) + 1) if not _stands(lines[:n], outline))
    offset, line = shown[wrong - 1]
    where = "ahí, debajo de lo anterior" if wrong > 1 else "en el archivo"
    return offset, f"`{line.strip()}` no está {where}: es un fragmento de `{title}`"


def _stands(shown: list[str], outline: Outline) -> bool:
    """Whether shown lines are part of a file, as indented as they are there or less."""
    lines = [line for line in shown if line != ANY_LINES]
    runs: list[Run] = []
    first = 0
    for gap, group in groupby(shown, key=ANY_LINES.__eq__):
        if not gap:
            runs.append(Run(first, len(list(group))))
            first += runs[-1].size
    shifts = {indent(there) - indent(line) for line in lines for there in outline.lines}

    def fits_so_far_in(shift: int) -> bool:
        indented = [" " * shift + line for line in lines]
        excerpt = Excerpt(lines, runs, outline, lambda n, at: outline.lines[at] == indented[n])
        return next(excerpt.ways(), None) is not None

    return not lines or any(fits_so_far_in(shift) for shift in shifts if shift >= 0)


def _bare(line: str) -> str:
    """A line without its remark; a ``#`` inside quotes starts none."""
    line = line.rstrip()
    if line.strip() == ANY_LINES:
        return ANY_LINES
    for match in re.finditer(r"(?:^|\s+)#", line):
        before = line[: match.start()]
        if before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
            return before.rstrip()
    return line
