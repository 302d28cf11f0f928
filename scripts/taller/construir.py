"""``construir``: build the site, and refuse one with broken links."""

from __future__ import annotations

import os
import sys

from mkdocs_hooks import mermaid
from taller import child
from taller.exits import ExitCode, MissingTool
from taller.project import MKDOCS, ROOT, SCRIPTS
from taller.voice import say


def build_site() -> ExitCode:
    """Build ``site/`` strictly; NOT_TRUE if MkDocs found anything wrong.

    Never ``--quiet``: MkDocs 1.6 then exits 0 on broken links.
    """
    bring_mermaid()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", f"--config-file={MKDOCS}"]
    code = child.run(command, cwd=ROOT, env=environment())
    if code == 0:
        say("[green]✓[/] El sitio quedó en site/.")
        return ExitCode.FINE
    say("[red]✗[/] El sitio no se pudo construir: arriba dice qué página y qué enlace.")
    return ExitCode.NOT_TRUE


def bring_mermaid() -> None:
    """Bring the diagram library if this checkout does not have it yet."""
    if (mermaid.home(ROOT) / mermaid.ENTRY).is_file():
        return
    say(f"Trayendo mermaid {mermaid.VERSION}, la biblioteca de los diagramas (una sola vez)…")
    try:
        mermaid.ensure(ROOT)
    except mermaid.MermaidError as error:
        raise MissingTool(error.message, error.next_step) from error


def environment() -> dict[str, str]:
    """What MkDocs sees: our packages, and no advertisement of its theme's."""
    return {**os.environ, "PYTHONPATH": str(SCRIPTS), "NO_MKDOCS_2_WARNING": "1"}
