"""Where pages run: one guardian and one recording for all, a directory and terminals for each."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from kubedoctest import environment, snapshot, sweep
from kubedoctest.chapter import Work, steps_of
from kubedoctest.cluster import Cluster
from kubedoctest.document import Document, Role
from kubedoctest.guardian import Guardian
from kubedoctest.session import Terminal
from kubedoctest.timeline import Timeline

_ASKS_CLUSTER = ("kubectl", "helm", "kustomize")


@dataclass(frozen=True)
class Settings:
    """What the user chose for a run.

    Attributes:
        kubeconfig, context: the cluster, or None where pages use none.
        files: the folder that file titles are relative to.
        copied: folders and files below ``files`` that commands find in their directory.
        path: the PATH of commands.
        variables: further environment of commands.
    """

    kubeconfig: Path | None
    context: str | None
    files: Path
    copied: tuple[str, ...]
    path: str
    variables: Mapping[str, str] = field(hash=False)


class MissingCluster(Exception):
    """A page needs a cluster and none was given. The message is for the user, in Spanish."""


class Workbench:
    """Everything that a run holds open. Close it, or leave it to the guardian."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guardian = Guardian()
        self._cluster: Cluster | None = None
        self._timeline: Timeline | None = None
        self._state_file = Path()

    @property
    def kubernetes(self) -> str | None:
        """The version of the cluster that was used, or None."""
        return self._cluster.version if self._cluster is not None else None

    def open(self, document: Document) -> Place:
        """A place for one page to run in.

        Raises:
            MissingCluster: the page needs a cluster, and the settings name none.
            ClusterLost: the cluster does not answer.
        """
        if needs_cluster(document):
            self._reach_cluster(document)
            assert self._cluster is not None
            return Place(
                self._settings, self._guardian, self._cluster, self._timeline, self._state_file
            )
        return Place(self._settings, self._guardian)

    def close(self) -> None:
        """End every process and remove every file of the run."""
        if self._timeline is not None:
            self._timeline.close()
        self._guardian.close()

    def _reach_cluster(self, document: Document) -> None:
        if self._cluster is not None:
            return
        if self._settings.kubeconfig is None:
            raise MissingCluster(
                f"{document.path} usa un cluster y no se dio ninguno "
                "(--kubedoctest-kubeconfig=ARCHIVO)"
            )
        cluster = Cluster(self._settings.kubeconfig, self._settings.context)
        self._state_file = sweep.state_file(cluster)
        if self._state_file.exists():
            # A run that was cut off by more than its own death: put back what it left.
            sweep.sweep(self._state_file)
        self._cluster = cluster
        self._timeline = Timeline(cluster)


class Place:
    """One page's directory, environment and terminals."""

    def __init__(
        self,
        settings: Settings,
        guardian: Guardian,
        cluster: Cluster | None = None,
        timeline: Timeline | None = None,
        state_file: Path | None = None,
    ) -> None:
        self._guardian = guardian
        self._cluster = cluster
        self._state_file = state_file
        self._before = self._remember()
        self._terminals: dict[str, Terminal] = {}
        self._directory = guardian.room("page")
        self._environment = environment.build(
            home=guardian.room("home"),
            kubeconfig=settings.kubeconfig if cluster is not None else None,
            context=settings.context,
            path=settings.path,
            extra=settings.variables,
        )
        _copy(settings.files, self._directory, settings.copied)
        self.work = Work(self._terminal, settings.files, cluster, timeline, self._namespace)

    def close(self) -> list[str]:
        """End the page's terminals and all that runs in them, and put the cluster back.

        Returns:
            What the page had left in the cluster, one Spanish sentence each.
        """
        for terminal in self._terminals.values():
            terminal.close()
        self._terminals.clear()
        shutil.rmtree(self._directory, ignore_errors=True)
        return self._put_back()

    def _remember(self) -> snapshot.Snapshot | None:
        """Take a snapshot, and see to it that the cluster is put back even if we are killed."""
        if self._cluster is None or self._state_file is None:
            return None
        before = snapshot.settled(self._cluster)
        snapshot.save(self._state_file, self._cluster, before)
        package_root = str(Path(__file__).parents[1])
        self._guardian.on_death(
            [sys.executable, "-m", "kubedoctest.sweep", str(self._state_file)],
            {"PATH": os.defpath, "HOME": str(Path.home()), "PYTHONPATH": package_root},
        )
        return before

    def _put_back(self) -> list[str]:
        if self._cluster is None or self._state_file is None or self._before is None:
            return []
        left = snapshot.difference(self._before, snapshot.settled(self._cluster))
        if left:
            snapshot.clean(self._cluster, self._before, left)
        self._guardian.on_death([])
        self._state_file.unlink(missing_ok=True)
        self._before = None
        return left.faults()

    def _terminal(self, title: str) -> Terminal:
        if title not in self._terminals:
            self._terminals[title] = Terminal(self._directory, self._environment, self._guardian)
        return self._terminals[title]

    def _namespace(self) -> str:
        """The namespace of the page's current context; a page may have changed it."""
        path = self._environment.get("KUBECONFIG")
        if not path:
            return "default"
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
        current = config.get("current-context")
        for context in config.get("contexts") or ():
            if context.get("name") == current:
                return str((context.get("context") or {}).get("namespace") or "default")
        return "default"


def needs_cluster(document: Document) -> bool:
    """Whether any block of the page talks to a cluster."""
    return any(
        block.role is Role.MANIFEST
        or any(word in step.command for step in steps_of(block) for word in _ASKS_CLUSTER)
        for block in document.blocks
    )


def _copy(files: Path, directory: Path, copied: Sequence[str]) -> None:
    for name in copied:
        source = files / name
        if source.is_dir():
            shutil.copytree(source, directory / name, symlinks=True)
        elif source.is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, directory / name)
