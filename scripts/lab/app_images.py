"""The workshop's own images: built from extras/ and put in the local registry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lab import registry
from lab.command import MINUTE, CommandFailed, run, succeeds
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


# tag -> folder; a new version is a new line
ALL = (AppImage("fedek3/workshop-uns:v0.1.0", EXTRAS / "02-imagenes" / "deploy-01"),)


def _image_id(tag: str) -> str | None:
    try:
        return run("docker", "image", "inspect", "--format", "{{.Id}}", tag).strip()
    except CommandFailed:
        return None


def ensure(image: AppImage) -> bool:
    """Builds and pushes what is missing or has changed; whether there was anything to do.

    What was built is remembered by a tag of ours, so that a reader's own build under the public
    tag, which a chapter asks for, does not count as the workshop's.
    """
    ours = f"taller/app:{image.key()}"
    built = _image_id(ours)
    if built is None:
        if not (image.folder / "Dockerfile").is_file():
            raise LabError(
                f"Falta {image.folder / 'Dockerfile'}, del que sale la imagen {image.tag}.",
                "Recuperen el archivo: git checkout -- extras/",
            )
        run("docker", "build", "--tag", ours, image.folder, timeout=10 * MINUTE)
        built = _image_id(ours)
    public = (image.tag, f"{registry.ADDRESS}/{image.tag}")
    for tag in public:
        if _image_id(tag) != built:
            run("docker", "tag", ours, tag)
    version = image.tag.partition(":")[2]
    if registry.config_digest(image.repository, version) == built:
        return False
    run("docker", "push", public[1], timeout=5 * MINUTE)
    return True


def forget(image: AppImage, nodes: tuple[str, ...]) -> None:
    """Makes the nodes fetch the image anew: they keep a tag that they have, whatever it was."""
    for node in nodes:
        name = f"docker.io/{image.tag}"
        succeeds("docker", "exec", node, "ctr", "--namespace", "k8s.io", "images", "rm", name)
