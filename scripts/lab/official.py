"""kind with the official node image: what readers use, where there is a network."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab import components, tools
from lab.command import CommandFailed, run, succeeds
from lab.components import GoBuild
from lab.places import Places

KUBERNETES_VERSION = "v1.37.0"
# The digest that kind 0.33.0 itself uses.
NODE_IMAGE = (
    f"kindest/node:{KUBERNETES_VERSION}"
    "@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
)
REGISTRY_IMAGE = "registry:3"
NETWORK = "kind"
_OLDEST_KIND = (0, 32)
_LIMIT = 15.0  # seconds for a registry to say whether it has the image


def is_reachable() -> bool:
    """Whether the node image is here, or a registry that answers soon has it."""
    if succeeds("docker", "image", "inspect", NODE_IMAGE):
        return True
    return succeeds("docker", "manifest", "inspect", NODE_IMAGE, timeout=_LIMIT)


def kind_version(kind: str | Path) -> tuple[int, int]:
    """Major and minor version of a kind client; (0, 0) if it does not say."""
    try:
        match = re.search(r"v?(\d+)\.(\d+)\.", run(kind, "version"))
    except CommandFailed:
        return (0, 0)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def find_kind(places: Places) -> Path:
    """The kind of the PATH if it is new enough, else one built here."""
    present = shutil.which("kind")
    if present and kind_version(present) >= _OLDEST_KIND:
        return Path(present)
    places.logs.mkdir(exist_ok=True)
    go = GoBuild(tools.find_go(places.cache), places.cache)
    folder = go.build(components.KIND, places.logs / "kind.log")
    shutil.rmtree(go.work, ignore_errors=True)
    return folder / "kind"


def remove_network(mode: str) -> None:
    """Removes kind's network after a lab of that kind, unless other clusters are on it."""
    if mode == "kind" and succeeds("docker", "network", "inspect", NETWORK):
        succeeds("docker", "network", "rm", NETWORK)
