"""Parts that only some chapters need: a hermetic lab makes them when they are asked for.

With a network there is nothing to make: the nodes fetch the same images from where they are
published.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab import components, engine, image_archive, registry
from lab.command import MINUTE, run, succeeds
from lab.components import Component, GoBuild
from lab.error import LabError
from lab.image_archive import Image

PartName = Literal["ingress", "metrics", "prometheus"]


@dataclass(frozen=True)
class Part:
    """A program that runs in the cluster, under the name that its published image has.

    Attributes:
        name: how the part is asked for.
        image: the image in full, as a manifest writes it.
        component: what its programs are built from; the first is the one that runs.
    """

    name: PartName
    image: str
    component: Component

    @property
    def repository(self) -> str:
        """The image's name without registry and tag."""
        return self.image.partition("/")[2].rpartition(":")[0]

    @property
    def version(self) -> str:
        """The image's tag."""
        return self.image.rpartition(":")[2]

    @property
    def tag(self) -> str:
        """The image's name in the engine: it tells what it was made from."""
        source = Path(__file__).read_bytes() + Path(image_archive.__file__).read_bytes()
        key = hashlib.sha256(self.component.key().encode() + source).hexdigest()[:12]
        return f"taller/{self.component.name}:{key}"


INGRESS = Part("ingress", "docker.io/library/traefik:v3.6.12", components.TRAEFIK)
METRICS = Part(
    "metrics",
    "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
    components.METRICS_SERVER,
)
PROMETHEUS = Part("prometheus", "docker.io/prom/prometheus:v3.16.0", components.PROMETHEUS)
ALL = (INGRESS, METRICS, PROMETHEUS)


def named(names: Iterable[str]) -> tuple[Part, ...]:
    """The parts of those names, in the order in which they are made."""
    wanted = set(names)
    known = {part.name for part in ALL}
    if unknown := sorted(wanted - known):
        raise LabError(
            f"El laboratorio no tiene ninguna parte «{unknown[0]}».",
            f"Las que tiene son: {', '.join(sorted(known))}.",
        )
    return tuple(part for part in ALL if part.name in wanted)


def mentioned(text: str) -> tuple[PartName, ...]:
    """The parts whose images a text, such as a manifest, names."""
    return tuple(part.name for part in ALL if _as_people_write(part.image) in text)


def _as_people_write(image: str) -> str:
    """An image's name without what goes without saying."""
    return image.removeprefix("docker.io/").removeprefix("library/")


def unbuilt(wanted: Iterable[Part], go: GoBuild) -> list[Component]:
    """Components of the parts whose image the engine lacks and that have not been built."""
    return [
        part.component
        for part in wanted
        if engine.image_id(part.tag) is None and not go.is_built(part.component)
    ]


def ensure(part: Part, go: GoBuild) -> bool:
    """Puts the part's image in the registry, if it is not there; whether there was need to."""
    if engine.image_id(part.tag) is None:
        _load(part, go)
        _drop_older(part)
    return registry.publish(part.tag, part.repository, part.version)


def is_there(part: Part) -> bool:
    """Whether the registry has the part's image."""
    return registry.config_digest(part.repository, part.version) is not None


def _load(part: Part, go: GoBuild) -> None:
    names = [name for name, _ in part.component.programs]
    programs = {f"bin/{name}": go.folder(part.component) / name for name in names}
    folders = {"bin/": 0o755, "tmp/": 0o1777}
    image = Image(part.tag, programs, folders=folders, entrypoint=(f"/bin/{names[0]}",))
    with tempfile.TemporaryDirectory(dir=go.cache, prefix=".assembling-") as folder:
        archive = Path(folder) / "image.tar"
        image_archive.write(archive, (image,), os.uname().machine)
        run("docker", "load", "--input", archive, timeout=5 * MINUTE)


def _drop_older(part: Part) -> None:
    layout = ("--format", "{{.Repository}}:{{.Tag}}")
    for tag in run("docker", "images", *layout, part.tag.partition(":")[0]).split():
        if tag != part.tag:
            succeeds("docker", "image", "rm", tag)
