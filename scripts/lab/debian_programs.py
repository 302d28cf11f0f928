"""Programs of Debian's release of the nodes, unpacked and not installed: the machine keeps its own.

The hermetic lab's docker command is such a one: with BuildKit, as readers have it (26.1.5, with
buildx 0.13.1), which also talks to older engines.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.command import MINUTE, CommandFailed, run
from lab.debian_root import SUITE, mirror
from lab.error import LabError

PLUGIN = "docker-buildx"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Programs:
    """What is brought together.

    Attributes:
        name: what the folder of the cache is called, before the release.
        files: each package, and the program that is taken of it.
    """

    name: str
    files: tuple[tuple[str, str], ...]


DOCKER_CLIENT = Programs(
    "docker-client",
    (
        ("docker-cli", "usr/bin/docker"),
        ("docker-buildx", f"usr/libexec/docker/cli-plugins/{PLUGIN}"),
    ),
)


def ensure(cache: Path, programs: Programs) -> Path:
    """The folder of the programs; brought by apt unless it is in the cache.

    Raises:
        LabError: the packages cannot be had.
    """
    folder = cache / f"{programs.name}-{SUITE}"
    if folder.is_dir():
        return folder
    packages = [package for package, _ in programs.files]
    with tempfile.TemporaryDirectory(dir=cache, prefix=".unpacking-") as scratch:
        work = Path(scratch)
        try:
            _unpack(work, *packages)
        except CommandFailed as error:
            raise LabError(
                f"No se pudo traer {', '.join(packages)} de Debian {SUITE}:\n{error.message}",
                "Revisen la conexión (o el repositorio que usa apt) y repitan el comando.",
            ) from None
        finished = work / "finished"
        finished.mkdir()
        for _, file in programs.files:
            (work / file).rename(finished / Path(file).name)
        finished.rename(folder)
    return folder


def _unpack(work: Path, *packages: str) -> None:
    """Downloads the packages and unpacks them in a folder, without a trace in the machine's apt."""
    (work / "lists" / "partial").mkdir(parents=True)
    sources = work / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {mirror()} {SUITE} main\n")
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work,
        "APT::Sandbox::User": "root",  # another user cannot write in our cache
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    run("apt-get", "--quiet=2", *options, "update", timeout=5 * MINUTE)
    run("apt-get", "--quiet=2", *options, "download", *packages, cwd=work, timeout=5 * MINUTE)
    for package in work.glob("*.deb"):
        run("dpkg-deb", "--extract", package, work)
