"""Fences that copy a file: ``yaml title="extras/…"`` must equal the file that it names."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from kubedoctest.page.document import Block

_ANY_LINES = "..."
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


def strange_line(block: Block, title: str, files: Path) -> tuple[int, str] | None:
    """The first line of a fragment that keeps it from being part of its file, and why.

    The lines follow one another in the file as they do in the fence, which may be less indented
    than they are there. A line ``...`` stands for any lines. Blank lines and what comes after a
    ``#`` do not count.

    Returns:
        The offset in the fence's content, and the reason in Spanish; None if the lines are there.
    """
    if (fault := missing(title, files)) is not None:
        return 0, " ".join(fault)
    try:
        content = (files / title).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return 0, f"El archivo `{title}` no es texto UTF-8."
    real = [line for line in map(_bare, content.split("\n")) if line]
    shown = [(n, line) for n, line in enumerate(map(_bare, block.code.split("\n"))) if line]
    while shown and shown[-1][1] == _ANY_LINES:
        shown.pop()
    if all(line == _ANY_LINES for _, line in shown):
        return 0, "el fragmento no muestra ninguna línea"
    indents = {_indent(b) - _indent(a) for a in [s for _, s in shown] for b in real}
    reach = max(_reached(shown, real, " " * shift) for shift in indents if shift >= 0)
    if reach == len(shown):
        return None
    offset, line = shown[reach]
    where = "ahí, después de lo anterior" if reach else "en el archivo"
    return offset, f"`{line.strip()}` no está {where}: es un fragmento de `{title}`"


def _reached(shown: list[tuple[int, str]], real: list[str], indent: str) -> int:
    """How many of the shown lines can be found, indented so, as far as the best attempt goes."""
    best = 0
    attempts = [(0, n, False) for n in range(len(real))]  # shown, real, whether lines may be left
    seen = set(attempts)
    while attempts:
        at, there, loose = attempts.pop()
        best = max(best, at)
        if at == len(shown):
            return at
        line = shown[at][1]
        if line == _ANY_LINES:
            following = [(at + 1, there, True)]
        else:
            same = there < len(real) and real[there] == indent + line
            following = [(at + 1, there + 1, False)] if same else []
            following += [(at, there + 1, True)] if loose and there < len(real) else []
        attempts += [attempt for attempt in following if attempt not in seen]
        seen.update(following)
    return best


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _bare(line: str) -> str:
    """A line without its remark; a ``#`` inside quotes starts none."""
    line = line.rstrip()
    if line.strip() == _ANY_LINES:
        return _ANY_LINES
    for match in re.finditer(r"(?:^|\s+)#", line):
        before = line[: match.start()]
        if before.count('"') % 2 == 0 and before.count("'") % 2 == 0:
            return before.rstrip()
    return line


def first_difference(block: Block, files: Path) -> int:
    """The offset in the fence's content of the first line that is not the file's."""
    of_file = (files / (block.title or "")).read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    of_page = block.code.rstrip("\n").split("\n")
    pairs = zip(of_file, of_page, strict=False)
    found = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(of_file), len(of_page)))
    return min(found, len(of_page) - 1)


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
