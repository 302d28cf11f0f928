"""``construir``: build the site, and refuse one with broken links; or zip one for a folder."""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from mkdocs_hooks import file_pages, mermaid, offline
from mkdocs_hooks.npm_package import PackageError
from taller import child
from taller.exits import ExitCode, MissingTool
from taller.project import MKDOCS, ROOT, SCRIPTS, SITE, shown
from taller.voice import say

ZIP = ROOT / file_pages.ZIP
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the same site makes the same zip, to the last byte


def build_site() -> ExitCode:
    """Build ``site/`` strictly; NOT_TRUE if MkDocs found anything wrong."""
    code = build_into(SITE)
    if code is ExitCode.FINE:
        say("[green]✓[/] El sitio quedó en site/.")
    return code


def zip_site(target: Path = ZIP) -> ExitCode:
    """Build a site that opens from a folder, without a server, and zip it; ``site/`` stays."""
    _bring(
        lambda: offline.ensure(ROOT),
        (offline.home(ROOT) / Path(offline.MERMAID_SCRIPT).name).is_file(),
        "lo que un sitio sin servidor necesita",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "sitio"
        code = build_into(folder, {offline.SWITCH: "true"})
        if code is not ExitCode.FINE:
            return code
        zipped(folder, target)
    say(
        f"[green]✓[/] El sitio entero quedó en {shown(target)} "
        f"({target.stat().st_size / 1e6:.1f} MB): se descomprime y se abre index.html."
    )
    return ExitCode.FINE


def zipped(folder: Path, target: Path) -> None:
    """Zip ``folder`` whole or not at all, under one folder that has the zip's name."""
    fresh = target.with_name(f".{target.name}.nuevo")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{target.stem}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, _OLDEST)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    fresh.replace(target)


def bring_mermaid() -> None:
    """Bring the diagram library if this checkout does not have it yet."""
    _bring(
        lambda: mermaid.ensure(ROOT),
        (mermaid.home(ROOT) / mermaid.ENTRY).is_file(),
        f"mermaid {mermaid.VERSION}, la biblioteca de los diagramas",
    )


def environment() -> dict[str, str]:
    """What MkDocs sees: our packages, and no advertisement of its theme's."""
    return {**os.environ, "PYTHONPATH": str(SCRIPTS), "NO_MKDOCS_2_WARNING": "1"}


def build_into(folder: Path, settings: Mapping[str, str] | None = None) -> ExitCode:
    """Build into ``folder``, strictly; NOT_TRUE if MkDocs found anything wrong.

    Never ``--quiet``: MkDocs 1.6 then exits 0 on broken links.
    """
    bring_mermaid()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", f"--config-file={MKDOCS}"]
    command.append(f"--site-dir={folder}")
    code = child.run(command, cwd=ROOT, env={**environment(), **(settings or {})})
    if code == 0:
        return ExitCode.FINE
    say("[red]✗[/] El sitio no se pudo construir: arriba dice qué página y qué enlace.")
    return ExitCode.NOT_TRUE


def _bring(ensure: Callable[[], bool], present: bool, name: str) -> None:
    if present:
        return
    say(f"Trayendo {name} (una sola vez)…")
    try:
        ensure()
    except PackageError as error:
        raise MissingTool(error.message, error.next_step) from error
