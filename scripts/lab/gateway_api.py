"""The kinds of Gateway API, as the file that its project publishes and a page has readers download.

A machine that verifies the page may have no way to where it is published. The file is put together
here as its authors do (their ``hack/build-install-yaml.sh``), from the Go module of the version
that Traefik is built with, whose hash its go.sum pins: the same objects in the same order.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from lab import components, tools
from lab.components import GoBuild
from lab.places import Places

MODULE = "sigs.k8s.io/gateway-api"
VERSION = "v1.4.0"
NAME = f"gateway-api-{VERSION}.yaml"
URL = (
    f"https://github.com/kubernetes-sigs/gateway-api/releases/download/{VERSION}/"
    "standard-install.yaml"
)


def ensure(folder: Path) -> None:
    """Put the file in ``folder``, unless it is there.

    Raises:
        LabError: the module cannot be had.
    """
    target = folder / NAME
    if target.is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    cache = Places.of_user().cache
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".unpacking-") as scratch:
        go = GoBuild(tools.find_go(cache), Path(scratch))
        text = joined(go.source(components.TRAEFIK, MODULE) / "config/crd/standard")
    fresh = target.with_name(f".{NAME}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)


def joined(folder: Path) -> str:
    """The files of a channel in one, by their names."""
    files = sorted(folder.glob("gateway*.yaml"))
    return "".join(f"---\n{file.read_text(encoding='utf-8')}" for file in files)
