"""Where pages run: one guardian and one recording for all, a directory and terminals for each."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from kubedoctest.cluster import snapshot, sweep
from kubedoctest.cluster.api import Cluster, ClusterLost
from kubedoctest.cluster.timeline import Entry, Timeline
from kubedoctest.cluster.turn import Turn
from kubedoctest.page.document import Block, Document, Role
from kubedoctest.run.agenda import steps_of
from kubedoctest.run.interpreter import TITLE, Interpreter
from kubedoctest.run.work import Work
from kubedoctest.shell import environment
from kubedoctest.shell.guardian import Guardian
from kubedoctest.shell.session import Terminal

_ASKS_CLUSTER = ("kubectl", "helm", "kustomize")
_ASKS_FROM_PYTHON = (*_ASKS_CLUSTER, "kubernetes")


@dataclass(frozen=True)
class Settings:
    """What the user chose for a run.

    Attributes:
        kubeconfig, context: the cluster, or None where pages use none.
        files: the folder that file titles are relative to.
        copied: folders and files below ``files`` that commands find in their directory.
        path: the PATH of commands.
        variables: further environment of commands.
        python: the Python that commands find as ``python3``, or None for the PATH's.
    """

    kubeconfig: Path | None
    context: str | None
    files: Path
    copied: tuple[str, ...]
    path: str
    variables: Mapping[str, str] = field(hash=False)
    python: Path | None = None


class MissingCluster(Exception):
    """A page needs a cluster and none was given. The message is for the user, in Spanish."""


class Workbench:
    """Everything that a run holds open. Close it, or leave it to the guardian."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[str], None],
        keep: Callable[[Entry], None] = lambda _entry: None,
    ) -> None:
        self._settings = settings
        self._keep = keep
        self._tell = tell
        self._turn: Turn | None = None
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
            return Place(
                self._settings, self._guardian, document.path, self._cluster, self._timeline
            )
        return Place(self._settings, self._guardian, document.path)

    def close(self) -> None:
        """End every process and remove every file of the run."""
        if self._timeline is not None:
            self._timeline.close()
        self._guardian.close()
        if self._turn is not None:
            self._turn.end()

    def _reach_cluster(self, document: Document) -> None:
        if self._cluster is not None:
            return
        if self._settings.kubeconfig is None:
            raise MissingCluster(
                f"{document.path} usa un cluster y no se dio ninguno "
                "(--kubedoctest-kubeconfig=ARCHIVO)"
            )
        cluster = Cluster(self._settings.kubeconfig, self._settings.context)
        self._turn = Turn(sweep.turn_of(_state_file(cluster.uid)), self._tell)
        self._cluster = cluster
        self._timeline = Timeline(cluster, self._keep)


class Place:
    """One page's directory, environment and terminals."""

    def __init__(
        self,
        settings: Settings,
        guardian: Guardian,
        page: Path,
        cluster: Cluster | None = None,
        timeline: Timeline | None = None,
    ) -> None:
        self._guardian = guardian
        self._page = page
        self._files = settings.files
        self._cluster = cluster
        self._state_file: Path | None = None
        self._before = self._remember(cluster) if cluster is not None else None
        self._current: tuple[int, str] | None = None
        self._terminals: dict[str, Terminal] = {}
        self._directory = guardian.room("page")
        self._environment = environment.build(
            home=guardian.room("home"),
            kubeconfig=settings.kubeconfig if cluster is not None else None,
            context=settings.context,
            path=_with_python(settings, guardian),
            extra=settings.variables,
        )
        _copy(settings.files, self._directory, settings.copied)
        self.work = Work(self._terminal, settings.files, cluster, timeline, self._namespace)

    def close(self) -> list[str]:
        """End the page's terminals and all that runs in them, and put the cluster back.

        Returns:
            What the page had left in the cluster, one Spanish sentence each.

        Raises:
            ClusterLost: it could not be put back; the next run will.
        """
        for terminal in self._terminals.values():
            terminal.close()
        self._terminals.clear()
        shutil.rmtree(self._directory, ignore_errors=True)
        before, self._before = self._before, None
        if self._cluster is None or before is None:
            return []
        return self._put_back(self._cluster, before)

    def _remember(self, cluster: Cluster) -> snapshot.Snapshot:
        """Take a snapshot, and see to it that the cluster is put back even if we are killed."""
        before = snapshot.take(cluster)
        state = _state_file(before.cluster)
        if state.exists() or before.leaving:
            # An earlier run was cut off by more than its own death, or something is on its way out.
            try:
                sweep.sweep(state, cluster)
            except sweep.SweepError as error:
                raise ClusterLost(f"quedó algo de una corrida anterior: {error}") from error
            before = snapshot.settle(cluster, replace(before, leaving=()))
        snapshot.save(before, cluster, state)
        self._guardian.on_death(*sweep.command(state))
        self._state_file = state
        return before

    def _put_back(self, cluster: Cluster, before: snapshot.Snapshot) -> list[str]:
        left = snapshot.difference(before, snapshot.settle(cluster, before))
        remains = snapshot.clean(cluster, before, left) if left else left
        self._guardian.on_death([])
        if self._state_file is not None and not (remains.added or remains.nodes):
            self._state_file.unlink(missing_ok=True)
        return [*left.lines(), *(f"y no se pudo limpiar: {line}" for line in remains.lines())]

    def _terminal(self, title: str) -> Terminal:
        if title not in self._terminals:
            room = (self._directory, self._environment, self._guardian)
            self._terminals[title] = (
                Interpreter(self._page, self._files, *room) if title == TITLE else Terminal(*room)
            )
        return self._terminals[title]

    def _namespace(self) -> str:
        """The namespace of the page's current context; a page may have changed it."""
        path = Path(self._environment["KUBECONFIG"])
        if not path.exists():
            return "default"
        written = path.stat().st_mtime_ns
        if self._current is None or self._current[0] != written:
            self._current = (written, _namespace_of(path))
        return self._current[1]


def _namespace_of(kubeconfig: Path) -> str:
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8")) or {}
    current = config.get("current-context")
    for context in config.get("contexts") or ():
        if context.get("name") == current:
            return str((context.get("context") or {}).get("namespace") or "default")
    return "default"


def needs_cluster(document: Document) -> bool:
    """Whether any block of the page talks to a cluster."""
    return any(asks_cluster(block) for block in document.blocks)


def asks_cluster(block: Block) -> bool:
    """Whether a block talks to a cluster."""
    words = _ASKS_FROM_PYTHON if block.role is Role.PYTHON else _ASKS_CLUSTER
    return block.role is Role.MANIFEST or any(
        word in step.command for step in steps_of(block) for word in words
    )


def _with_python(settings: Settings, guardian: Guardian) -> str:
    """The PATH of commands, with a folder of its own for the ``python3`` that was asked for.

    A link would not do: Python finds a virtual environment by the place of its own executable. As
    on a terminal, a line is written when it is printed (``-u``).
    """
    if settings.python is None:
        return settings.path
    folder = guardian.room("python")
    wrapper = folder / "python3"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(str(settings.python))} -u "$@"\n')
    wrapper.chmod(0o700)
    return os.pathsep.join([str(folder), settings.path])


def _state_file(uid: str) -> Path:
    """Where a later run looks for the snapshot of one that was cut off on that cluster."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "kubedoctest" / f"{uid}.json"


def _copy(files: Path, directory: Path, copied: Sequence[str]) -> None:
    for name in copied:
        source = files / name
        if source.is_dir():
            shutil.copytree(source, directory / name, symlinks=True)
        elif source.is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, directory / name)
