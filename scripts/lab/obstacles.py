"""What of this machine keeps a cluster from standing, each with the command that mends it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from lab import cluster, disk, host

SOCKET = Path("/var/run/docker.sock")
_MEMINFO = Path("/proc/meminfo")
MEMORY_NEEDED = 2 * disk.GB
"""The control plane takes half of a gigabyte, each worker a tenth (measured), the rest the apps."""


@dataclass(frozen=True)
class Obstacle:
    """One of them; all texts are Spanish.

    Attributes:
        name: a word for it.
        problem: what is wrong.
        mend: the command that mends it, or shows what does.
    """

    name: str
    problem: str
    mend: str


def in_the_way(*, engine_answers: bool, cluster_is_there: bool) -> list[Obstacle]:
    """What would make a cluster fail, or its engine.

    Args:
        cluster_is_there: its nodes have their memory, disk and ports already.
    """
    found = [permission() if not engine_answers else None, _inotify()]
    if not cluster_is_there:
        found += [_memory(), _disk() if engine_answers else None, *_ports()]
    return [one for one in found if one is not None]


def permission() -> Obstacle | None:
    """What keeps this user from an engine that may be there."""
    if not SOCKET.exists() or os.access(SOCKET, os.W_OK):
        return None
    return Obstacle(
        "permisos",
        "el motor de Docker no deja que este usuario le hable",
        "sudo usermod -aG docker $USER   (vale al cerrar la sesión y volver a entrar)",
    )


def _inotify() -> Obstacle | None:
    instances = host.inotify_instances()
    if instances is None or instances >= host.INOTIFY_NEEDED:
        return None
    return Obstacle(
        "inotify",
        f"{instances} instancias por usuario, y con un escritorio abierto pueden no alcanzar "
        "(«too many open files»)",
        "sudo sysctl fs.inotify.max_user_instances=512",
    )


def available_memory() -> int | None:
    """Bytes that programs may still take; None where Linux does not say."""
    try:
        match = re.search(r"^MemAvailable: +(\d+) kB", _MEMINFO.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(match[1]) * 1024 if match else None


def _memory() -> Obstacle | None:
    there = available_memory()
    if there is None or there >= MEMORY_NEEDED:
        return None
    return Obstacle(
        "memoria",
        f"hay {there / disk.GB:.1f} GB libres, y el cluster necesita {MEMORY_NEEDED // disk.GB}",
        "ps aux --sort=-rss | head   (dice quién la usa, para cerrarlo)",
    )


def _disk() -> Obstacle | None:
    folder = disk.engine_folder()
    there = disk.free(folder)
    if there >= disk.CLUSTER:
        return None
    return Obstacle(
        "disco",
        f"hay {there / disk.GB:.1f} GB libres en {folder}, y el cluster necesita "
        f"{disk.CLUSTER // disk.GB}",
        "docker system prune",
    )


def _ports() -> list[Obstacle]:
    return [
        Obstacle(
            "puerto",
            f"el {port} está ocupado, y el cluster lo usa",
            f"ss -ltnp 'sport = :{port}'   (dice quién lo tiene, para cerrarlo)",
        )
        for port in cluster.taken_ports(cluster.CONFIG.read_text())
    ]
