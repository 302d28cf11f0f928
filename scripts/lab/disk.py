"""Free disk, checked before anything starts."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.command import CommandFailed, run
from lab.error import LabError

GB = 10**9

# Measured from empty caches: Go's caches and the parts; the node image; five copies of its /var.
BUILDS = 12 * GB
IMAGE = 3 * GB
CLUSTER = 5 * GB


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


def needs(builds: bool, assembled: bool) -> tuple[int, int]:
    """Bytes still to be written in the cache and in the engine's folder."""
    return BUILDS if builds else 0, CLUSTER if assembled else CLUSTER + IMAGE


def check(cache: Path, builds: bool, assembled: bool) -> None:
    """Refuses to start what would not fit."""
    in_cache, in_engine = needs(builds, assembled)
    folder = engine_folder()
    wanted = [(cache, in_cache), (folder, in_engine)]
    if _device(cache) == _device(folder):
        wanted = [(cache, in_cache + in_engine)]
    for path, size in wanted:
        if free(path) < size:
            raise LabError(
                f"No alcanza el disco: hacen falta {size / GB:.0f} GB libres en {path} "
                f"y hay {free(path) / GB:.1f} GB.",
                "Liberá espacio (por ejemplo, docker system prune) y repetí el comando.",
            )


def _device(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
