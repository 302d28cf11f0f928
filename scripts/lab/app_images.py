"""The workshop's own images: built from extras/ and put in the local registry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lab import engine, registry
from lab.command import MINUTE, run
from lab.error import LabError

EXTRAS = Path(__file__).parents[2] / "extras"


@dataclass(frozen=True)
class AppImage:
    """A tag of the workshop's app and the folder with its Dockerfile."""

    tag: str
    folder: Path

    @property
    def repository(self) -> str:
        """The tag's part before the colon."""
        return self.tag.partition(":")[0]

    def key(self) -> str:
        """Hash of the folder: names, modes and contents."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            name = path.relative_to(self.folder).as_posix()
            executable = path.stat().st_mode & 0o111 != 0
            digest.update(f"{name}\0{executable}\0".encode() + path.read_bytes() + b"\0")
        return digest.hexdigest()[:12]


# tag -> folder; a new version is a new line, unless a chapter builds it itself
ALL = (
    AppImage("fedek3/workshop-uns:v0.1.0", EXTRAS / "02-imagenes" / "deploy-01"),
    AppImage("fedek3/workshop-uns:v0.2.0", EXTRAS / "02-imagenes" / "deploy-02"),
)


def ensure(image: AppImage) -> bool:
    """Builds and pushes what is missing or has changed; whether there was anything to do.

    What was built is remembered by a tag of ours, so that a reader's own build under the public
    tag, which a chapter asks for, does not count as the workshop's.
    """
    ours = f"taller/app:{image.key()}"
    built = engine.image_id(ours)
    if built is None:
        if not (image.folder / "Dockerfile").is_file():
            raise LabError(
                f"Falta {image.folder / 'Dockerfile'}, del que sale la imagen {image.tag}.",
                "Recuperen el archivo: git checkout -- extras/",
            )
        run("docker", "build", "--tag", ours, image.folder, timeout=10 * MINUTE)
        built = engine.image_id(ours)
    if engine.image_id(image.tag) != built:
        run("docker", "tag", ours, image.tag)
    return registry.publish(ours, image.repository, image.tag.partition(":")[2])
