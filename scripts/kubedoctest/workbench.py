"""Where pages run: one guardian and one recording for all, a directory and terminals for each."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from kubedoctest import environment
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
        return Place(self._settings, self._guardian, self._cluster, self._timeline)

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
        self._cluster = Cluster(self._settings.kubeconfig, self._settings.context)
        self._timeline = Timeline(self._cluster)


class Place:
    """One page's directory, environment and terminals."""

    def __init__(
        self,
        settings: Settings,
        guardian: Guardian,
        cluster: Cluster | None,
        timeline: Timeline | None,
    ) -> None:
        self._settings = settings
        self._guardian = guardian
        self._terminals: dict[str, Terminal] = {}
        self.cluster = cluster
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

    def close(self) -> None:
        """End the page's terminals and all that runs in them."""
        for terminal in self._terminals.values():
            terminal.close()
        self._terminals.clear()
        shutil.rmtree(self._directory, ignore_errors=True)

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
