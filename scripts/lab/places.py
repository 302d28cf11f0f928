"""Where the lab keeps its things."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_FOLDER = "taller-kubernetes"


@dataclass(frozen=True)
class Places:
    """The two folders of the lab: what can be made again, and what it must remember."""

    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> Places:
        """The folders that the XDG base directory specification gives to this user."""
        home = Path.home()
        cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
        state = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
        return cls(cache / _FOLDER, state / _FOLDER)

    def make(self) -> None:
        """Creates both folders; the state is for its owner's eyes, it holds the kubeconfig."""
        self.cache.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)

    @property
    def tools(self) -> Path:
        """Programs that come first in the PATH of who uses the lab: kubectl, kind, docker."""
        return self.state / "bin"

    @property
    def docker_config(self) -> Path:
        """The settings and plugins of the lab's own docker; the user's are never touched."""
        return self.state / "docker"

    @property
    def kubeconfig(self) -> Path:
        """The lab's own kubeconfig; the user's is never touched."""
        return self.state / "kubeconfig"

    @property
    def record(self) -> Path:
        """What the lab remembers between commands: see record.py."""
        return self.state / "lab.json"

    @property
    def config(self) -> Path:
        """The configuration from which kind makes the cluster: the readers', for this host."""
        return self.state / "cluster.yaml"

    @property
    def made_config(self) -> Path:
        """The configuration with which the present cluster was made."""
        return self.state / "made-cluster.yaml"

    @property
    def lock(self) -> Path:
        """Held while a command changes the lab."""
        return self.state / "lock"

    @property
    def logs(self) -> Path:
        """Logs of builds and of the Docker engine that the lab started."""
        return self.state / "logs"
