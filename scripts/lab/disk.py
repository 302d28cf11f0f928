"""Free disk, checked before anything starts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.command import CommandFailed, run
from lab.error import LabError

GB = 10**9

# Measured from empty caches: Go's caches and the parts; the node image; five copies of its /var.
BUILDS = 12 * GB
IMAGE = 3 * GB
CLUSTER = 5 * GB
PART_BUILD = 4 * GB
PART_IMAGE = GB // 2


def free(path: Path) -> int:
    """Bytes that this user may still write where the path is, or will be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def engine_folder() -> Path:
    """Where the Docker engine keeps images and volumes."""
    try:
        return Path(run("docker", "info", "--format", "{{.DockerRootDir}}").strip())
    except CommandFailed:
        return Path("/var/lib/docker")


@dataclass(frozen=True)
class Pending:
    """What is still to be written."""

    builds: bool
    image: bool
    cluster: bool
    parts: int = 0  # how many of those that only some chapters need

    @property
    def in_cache(self) -> int:
        """Bytes in the user's cache."""
        return (BUILDS if self.builds else 0) + self.parts * PART_BUILD

    @property
    def in_engine(self) -> int:
        """Bytes in the Docker engine's folder."""
        whole = (IMAGE if self.image else 0) + (CLUSTER if self.cluster else 0)
        return whole + self.parts * PART_IMAGE


def check(cache: Path, pending: Pending) -> None:
    """Refuses to start what would not fit."""
    folder = engine_folder()
    wanted = [(cache, pending.in_cache), (folder, pending.in_engine)]
    if _device(cache) == _device(folder):
        wanted = [(cache, pending.in_cache + pending.in_engine)]
    for path, size in wanted:
        if size and free(path) < size:
            raise LabError(
                f"No alcanza el disco: hacen falta {size / GB:.0f} GB libres en {path} "
                f"y hay {free(path) / GB:.1f} GB.",
                "Liberen espacio (por ejemplo, docker system prune) y repitan el comando.",
            )


def _device(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
