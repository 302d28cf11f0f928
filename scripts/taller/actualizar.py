"""``actualizar``: run the chapters and write into them what the cluster really answers."""

from __future__ import annotations

import difflib
import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

import lab
from kubedoctest.update import page_edits
from kubedoctest.update.page_edits import PageEdits, PageText
from taller import verificar
from taller.chapters import Chosen
from taller.exits import ExitCode, Refusal, WrongUse
from taller.project import shown
from taller.voice import complain, say

CONTEXT = 2  # lines shown around a change
_STYLES = {"-": "red", "+": "green", " ": "dim"}


@dataclass(frozen=True)
class NewPage:
    """A page and the text that it should have."""

    path: Path
    edits: PageEdits
    old: PageText
    text: str


def update(
    pages: Sequence[Chosen],
    mode: lab.Mode = "auto",
    context: str | None = None,
    agreed: bool = False,
    wait: float = 60.0,
) -> ExitCode:
    """Propose what should change in ``pages``, and write it if the person agrees.

    Args:
        pages, mode, context: as for :func:`verificar.verify`.
        agreed: write without asking.
        wait: seconds that a state shown by a page has to come about before it is amended.
    """
    documents = verificar.read(pages)
    cluster = verificar.cluster_for(documents, mode, context)
    with tempfile.TemporaryDirectory(prefix="taller-actualizar-") as folder:
        proposed = Path(folder) / "cambios.json"
        options = (f"--kubedoctest-update={proposed}", f"--kubedoctest-retry={wait}")
        code = verificar.run_pytest(pages, cluster, *options)
        if code not in (ExitCode.FINE, ExitCode.NOT_TRUE):
            say("No cambiamos nada.")
            return code
        run = page_edits.read(proposed)
        new = [page for page in map(_new_page, run) if page is not None]
    by_hand = sum(page.by_hand for page in run)
    if by_hand:
        say(
            "[yellow]![/] Lo que quedó en rojo arriba y no dice «actualizar» no se puede "
            "reescribir solo: miren ese archivo y esa línea. Si falló un comando, lo que sigue en "
            "esa página no se ejecutó."
        )
    if not new:
        if by_hand:
            return ExitCode.NOT_TRUE
        say("[green]✓[/] No hay nada que cambiar: las páginas ya dicen la verdad.")
        return ExitCode.FINE
    for page in new:
        show(page)
    if not (agreed or _agreed()):
        say("No escribimos nada. Para escribirlo sin preguntar: ./taller actualizar --si")
        return ExitCode.NOT_TRUE
    return ExitCode.NOT_TRUE if not _write_all(new) or by_hand else ExitCode.FINE


def show(page: NewPage) -> None:
    """Print what changes in a page, each change with its file and line."""
    console = Console(highlight=False, soft_wrap=True)
    name = shown(page.path)
    commands = {a.first: a for a in page.edits.edits}
    old = [line.rstrip("\r\n") for line in page.old.lines]
    new = [line.rstrip("\r\n") for line in PageText.of(page.text.encode()).lines]
    console.print()
    console.print(Text(f"--- {name}\n+++ {name} (lo real)", style="bold"))
    for number, lines in _hunks(old, new):
        said = [a.command for first, a in commands.items() if first <= number <= a.last + 1]
        command = said[-1].split("\n", 1)[0] if said else ""
        heading = f"{name}:{number}" + (f"  $ {command}" if command else "")
        console.print(Text(heading, style="bold cyan"))
        for line in lines:
            console.print(Text(line, style=_STYLES[line[0]]))
    for each in page.edits.edits:
        for number, remark in each.lost:
            text = f"{name}:{number}: se va esta línea, y con ella su aclaración: {remark}"
            console.print(Text(text, style="yellow"))


def write(path: Path, data: bytes) -> None:
    """Write a page whole or not at all, with the mode it had.

    Raises:
        OSError: it could not be written; the page is as it was.
    """
    path = path.resolve()
    was = path.stat()
    if not os.access(path, os.W_OK):  # replacing it would not mind
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    fresh = path.with_name(f".{path.name}.actualizar")
    fresh.unlink(missing_ok=True)
    try:
        with fresh.open("xb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), stat.S_IMODE(was.st_mode))
            if os.geteuid() == 0:
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _new_page(page: PageEdits) -> NewPage | None:
    """The page with its amendments; None when nothing changes."""
    old = _unchanged(page)
    text = old.edited(page.edits)
    return None if text == "".join(old.lines) else NewPage(page.page, page, old, text)


def _unchanged(page: PageEdits) -> PageText:
    """The page's text, as long as it is the one that was run."""
    text = PageText.of(page.page.read_bytes())
    if text.content != page.content:
        raise WrongUse(
            f"{shown(page.page)} cambió mientras corría; no la tocamos.",
            "Vuelvan a correr ./taller actualizar.",
        )
    return text


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The changes: the old line where each begins, and the lines of its diff."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        lines: list[str] = []
        for what, a, b, c, d in group:
            if what == "equal":
                lines += [f" {line}" for line in old[a:b]]
            else:
                lines += [f"-{line}" for line in old[a:b]]
                lines += [f"+{line}" for line in new[c:d]]
        yield next(a for what, a, *_ in group if what != "equal") + 1, lines


def _agreed() -> bool:
    """Whether the person at the terminal says yes; without one, no."""
    if not sys.stdin.isatty():
        return False
    try:
        answer = input("\n¿Escribimos estos cambios? [s/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("s", "si", "sí")


def _write_all(pages: Sequence[NewPage]) -> bool:
    """Write the pages, each whole; whether all could be written."""
    fine = True
    for page in pages:
        try:
            _unchanged(page.edits)
            write(page.path, page.text.encode())
        except OSError as error:
            fine = False
            complain(
                Refusal(
                    f"No se pudo escribir {shown(page.path)}: {error.strerror}.",
                    "La página quedó como estaba. Resuélvanlo y vuelvan a correr actualizar.",
                )
            )
        except Refusal as error:
            fine = False
            complain(error)
        else:
            say(f"[green]✓[/] {shown(page.path)} quedó actualizada.")
    return fine
