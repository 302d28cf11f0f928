"""Container images of one layer, written without any image builder.

The format is Docker's ("docker save"), which both ``docker load`` and containerd's
``ctr images import`` read. One layer, because a layer over another cannot be unpacked while the
node image is being made: there the store lies on an overlay itself.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_EPOCH = "1970-01-01T00:00:00Z"


def go_architecture(machine: str) -> str:
    """The name that images use for what ``uname -m`` prints."""
    return _ARCHITECTURES.get(machine, machine)


@dataclass(frozen=True)
class Image:
    """A tag, what its file system holds, and what it runs."""

    tag: str
    programs: Mapping[str, Path | bytes] = field(default_factory=dict)  # path in it -> file here
    texts: Mapping[str, str] = field(default_factory=dict)  # path in the image -> content
    links: Mapping[str, str] = field(default_factory=dict)  # path in the image -> its target
    folders: Mapping[str, int] = field(default_factory=dict)  # path in the image -> mode
    root: bytes = b""  # a tar on which the above is put
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def layer(self) -> bytes:
        """The uncompressed layer; the same inputs give the same bytes."""
        output = io.BytesIO()
        with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as tar:
            if self.root:
                with tarfile.open(fileobj=io.BytesIO(self.root)) as base:
                    for member in base:
                        content = base.extractfile(member) if member.isreg() else None
                        tar.addfile(_anonymous(member), content)
            for path, mode in self.folders.items():
                _add(tar, path, tarfile.DIRTYPE, mode)
            for path, source in self.programs.items():
                program = source if isinstance(source, bytes) else source.read_bytes()
                _add(tar, path, tarfile.REGTYPE, 0o755, program)
            for path, text in self.texts.items():
                _add(tar, path, tarfile.REGTYPE, 0o644, text.encode())
            for path, target in self.links.items():
                _add(tar, path, tarfile.SYMTYPE, 0o777, target=target)
        return output.getvalue()

    def configuration(self, diff_id: str, machine: str) -> dict[str, object]:
        """The image's configuration, as in the Docker image specification v1.2."""
        return {
            "architecture": go_architecture(machine),
            "os": "linux",
            "created": _EPOCH,
            "config": {
                "Env": [_PATH],
                "Entrypoint": list(self.entrypoint) or None,
                "Cmd": list(self.command) or None,
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
            "history": [{"created": _EPOCH, "created_by": "taller lab"}],
        }


def write(target: Path, images: tuple[Image, ...], machine: str) -> None:
    """Writes an archive with the images; their layers are compressed, lightly, to save disk."""
    manifest = []
    with tarfile.open(target, "w") as archive:
        for image in images:
            layer = image.layer()
            diff_id = hashlib.sha256(layer).hexdigest()
            config = json.dumps(image.configuration(diff_id, machine)).encode()
            config_name = f"{hashlib.sha256(config).hexdigest()}.json"
            layer_name = f"{diff_id}/layer.tar"
            _add(archive, config_name, tarfile.REGTYPE, 0o644, config)
            packed = gzip.compress(layer, compresslevel=1, mtime=0)
            _add(archive, layer_name, tarfile.REGTYPE, 0o644, packed)
            manifest.append(
                {"Config": config_name, "RepoTags": [image.tag], "Layers": [layer_name]}
            )
        _add(archive, "manifest.json", tarfile.REGTYPE, 0o644, json.dumps(manifest).encode())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _add(
    tar: tarfile.TarFile, path: str, kind: bytes, mode: int, content: bytes = b"", target: str = ""
) -> None:
    member = tarfile.TarInfo(path.lstrip("/"))
    member.type, member.mode, member.size, member.linkname = kind, mode, len(content), target
    tar.addfile(member, io.BytesIO(content))
