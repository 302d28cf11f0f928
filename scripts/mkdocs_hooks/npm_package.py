"""Browser libraries, as npm packs them: brought once, at a pinned version, never committed.

They come from the registry that npm would ask, without npm: a reader's laptop need not have Node.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import shutil
import tarfile
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REGISTRY = "https://registry.npmjs.org"
SECONDS = 60


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
        PackageError: the registry does not give it, or the package is not the pinned one.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".nueva-") as name:
        work = Path(name)
        fresh = work / "files"
        unpack(checked(_packed(package, work), package), pick, fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)


def registry() -> str:
    """The registry that npm is set to: by the environment, by ~/.npmrc, or its own.

    Source: https://docs.npmjs.com/cli/using-npm/config (npm reads ``npm_config_*`` in any case).
    """
    environment = {name.lower(): value for name, value in os.environ.items()}
    settings = Path.home() / ".npmrc"
    lines = settings.read_text("utf-8").splitlines() if settings.is_file() else []
    written = dict(line.replace(" ", "").partition("=")[::2] for line in lines)
    chosen = environment.get("npm_config_registry") or written.get("registry") or REGISTRY
    return chosen.rstrip("/")


def _packed(package: NpmPackage, folder: Path) -> Path:
    archive = folder / f"{package.name.rpartition('/')[2]}-{package.version}.tgz"
    address = f"{registry()}/{package.name}/-/{archive.name}"
    try:
        if not address.startswith(("https://", "http://")):
            raise ValueError(f"{address} no es una dirección web")
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 -- see above
            archive.write_bytes(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PackageError(
            f"No pudimos traer {package} de {registry()}: {error}",
            "Revisen la conexión (o el registro configurado en npm) y vuelvan a probar.",
        ) from error
    return archive


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
