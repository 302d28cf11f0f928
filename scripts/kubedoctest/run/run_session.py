"""Where pages run: one supervisor and one recording for all, a directory and terminals for each."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from kubedoctest.cluster import engine, ownership, snapshot, sweep
from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.readiness import Readiness
from kubedoctest.cluster.sweep import ClusterLock
from kubedoctest.cluster.timeline import Entry, LiveTimeline, Timeline
from kubedoctest.page.document import Document
from kubedoctest.page.transcript import needs_cluster
from kubedoctest.run.chapter_context import INTERPRETER, ChapterContext
from kubedoctest.shell import environment
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.shell.session import ENDING_LIMIT, Terminal
from kubedoctest.shell.supervisor import Supervisor
from kubedoctest.verdicts.results import Versions

_RUNNER = Path(__file__).with_name("fence_runner.py")


@dataclass(frozen=True)
class Settings:
    """What the user chose for a run."""

    # kubeconfig, context: the cluster, or None where pages use none
    kubeconfig: Path | None
    context: str | None
    files: Path  # the folder that file titles are relative to
    # folders and files that commands find in their directory: at the same place where they are
    # below ``files``, or just by their name where the path is absolute
    copied: tuple[str, ...]
    path: str  # the PATH of commands
    variables: Mapping[str, str] = field(hash=False)  # further environment of commands
    # the Python that commands find as ``python3``, or None for the PATH's
    python: Path | None = None
    # whether nobody else uses the cluster, so that whatever appears in it is the page's
    own_cluster: bool = False
    # the folder of what a run that is cut off leaves to be done, and of whose turn it is on a
    # cluster; None for the user's own
    state: Path | None = None


class MissingCluster(Exception):
    """A page needs a cluster and none was given. The message is for the user, in Spanish."""


@dataclass(frozen=True)
class Reached:
    """The cluster that the pages of a run share."""

    cluster: Cluster
    timeline: LiveTimeline
    readiness: Readiness


class RunSession:
    """Everything that a run holds open. Close it, or leave it to the supervisor."""

    def __init__(
        self,
        settings: Settings,
        tell: Callable[[str], None],
        keep: Callable[[Entry], None] = lambda _entry: None,
    ) -> None:
        self._settings = settings
        self._keep = keep
        self._tell = tell
        self._lock: ClusterLock | None = None
        self._engine_lock: ClusterLock | None = None
        self._supervisor = Supervisor()
        self._reached: Reached | None = None
        self._docker: str | None = None  # the version of the container engine that was used

    def versions(self) -> Versions:
        """Those of the cluster and of the container engine that were used.

        Raises:
            ClusterLost: the cluster does not answer.
        """
        cluster = self._reached.cluster if self._reached is not None else None
        return Versions(cluster.version if cluster is not None else None, self._docker)

    def open(self, document: Document) -> PageSandbox:
        """A place for one page to run in.

        Raises:
            MissingCluster: the page needs a cluster, and the settings name none.
            ClusterLost: the cluster does not answer.
        """
        asks, uses_engine = needs_cluster(document), engine.is_used_by(document)
        named = self._settings.kubeconfig is not None
        reached = self._reach_cluster(document) if asks or (uses_engine and named) else None
        if uses_engine and self._engine_lock is None:  # after the cluster's, in every run
            used = engine.Engine({"PATH": self._settings.path, **self._settings.variables})
            file = engine.state_file(_state_folder(self._settings), used)
            self._engine_lock = ClusterLock(sweep.lock_of(file), str(document.path), self._tell)
            self._docker = used.version()
        shared = reached if asks else None
        return PageSandbox(self._settings, self._supervisor, document, self._tell, shared)

    def close(self) -> None:
        """End every process and remove every file of the run."""
        if self._reached is not None:
            self._reached.timeline.close()
        self._supervisor.close()
        for lock in filter(None, (self._engine_lock, self._lock)):
            lock.release()

    def _reach_cluster(self, document: Document) -> Reached:
        if self._reached is not None:
            return self._reached
        if self._settings.kubeconfig is None:
            raise MissingCluster(
                f"{document.path} usa un cluster y no se dio ninguno "
                "(--kubedoctest-kubeconfig=ARCHIVO)"
            )
        cluster = Cluster(self._settings.kubeconfig, self._settings.context)
        file = sweep.lock_of(_state_file(self._settings, cluster.uid))
        self._lock = ClusterLock(file, str(document.path), self._tell)
        self._reached = Reached(cluster, LiveTimeline(cluster, self._keep), Readiness(cluster))
        return self._reached


class PageSandbox:
    """One page's directory, environment and terminals."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        document: Document,
        tell: Callable[[str], None],
        reached: Reached | None = None,
    ) -> None:
        cluster = reached.cluster if reached is not None else None
        self._supervisor = supervisor
        self._document = document
        self._settings = settings
        self._tell = tell
        self._cluster = cluster
        self._state_file: Path | None = None
        self._engine: EngineOfPage | None = None
        self._current: tuple[int, str] | None = None
        self._terminals: dict[str, Terminal] = {}
        self._directory = supervisor.room("page")
        self._environment = environment.build(
            home=supervisor.room("home"),
            kubeconfig=settings.kubeconfig if cluster is not None else None,
            context=settings.context,
            path=_with_python(settings, supervisor),
            extra=settings.variables,
        )
        _copy(settings.files, self._directory, settings.copied)
        self._claims: ownership.Claims | None = None
        if cluster is not None and not settings.own_cluster:
            named = document, settings.files, settings.copied
            self._claims = ownership.of_page(*named, self._namespace())
        if engine.is_used_by(document):
            folder = _state_folder(settings)
            self._engine = EngineOfPage(document, self._environment, tell, folder)
        self._before = self._remember(cluster) if cluster is not None else None
        files = (self._state_file, self._engine.state_file if self._engine is not None else None)
        if kept := [file for file in files if file is not None]:  # even if we are killed
            supervisor.on_death(*sweep.command(*kept))
        self.work = ChapterContext(
            self._terminal,
            settings.files,
            cluster,
            reached.timeline if reached is not None else Timeline(),
            self._namespace,
            reached.readiness.wait if reached is not None else lambda: None,
        )

    def close(self, cut_short: bool = False) -> list[str]:
        """End the page's terminals and all that runs in them, and put the cluster back.

        Returns:
            What the page had left in the cluster, one Spanish sentence each.

        Raises:
            ClusterLost: it could not be put back; the next run will.
        """
        if cut_short and self._before is not None:
            self._tell(f"{self._document.name}: dejamos el cluster como estaba…")
        for terminal in self._terminals.values():
            terminal.close()
        self._terminals.clear()
        shutil.rmtree(self._directory, ignore_errors=True)
        before, self._before = self._before, None
        left = self._engine.put_back() if self._engine is not None else []
        if self._cluster is not None and before is not None:
            left += self._put_back(self._cluster, before)
        self._supervisor.on_death([], {})
        return left

    def _remember(self, cluster: Cluster) -> snapshot.Snapshot:
        """Take a snapshot, and keep it for the case that we are killed."""
        before = snapshot.take(cluster)
        state = _state_file(self._settings, before.cluster)
        if state.exists() or before.leaving:
            # An earlier run was cut off by more than its own death, or something is on its way out.
            try:
                for line in sweep.sweep(state, cluster):
                    self._tell(f"de una corrida anterior: {line}")
            except sweep.SweepError as error:
                self._tell(f"quedó algo de una corrida anterior, y seguimos igual: {error}")
            if before.leaving:
                going = ", ".join(map(str, sorted(before.going)))
                self._tell(f"{self._document.name}: esperamos a que termine de irse {going}…")
            before = snapshot.settle(cluster, replace(before, leaving=()))
        if self._settings.own_cluster:
            snapshot.forget_events(cluster, before)
        sweep.save(before, cluster, state, self._claims)
        self._state_file = state
        return before

    def _put_back(self, cluster: Cluster, before: snapshot.Snapshot) -> list[str]:
        done = sweep.put_back(cluster, before, self._claims)
        for line in done.told:
            self._tell(f"{self._document.path}: {line}")
        if self._state_file is not None and not done.remains.to_clean:
            self._state_file.unlink(missing_ok=True)
        not_cleaned = (f"y no se pudo limpiar: {line}" for line in done.remains.lines())
        return [*done.found.lines(), *not_cleaned]

    def _terminal(self, title: str) -> Terminal:
        if title not in self._terminals:
            room = (self._directory, self._environment, self._supervisor)
            self._terminals[title] = (
                Interpreter(self._document.path, self._settings.files, *room)
                if title == INTERPRETER
                else Terminal(*room)
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


class Interpreter(Terminal):
    """The terminal of a page's ``python`` fences: one interpreter for all of them.

    Its program is `fence_runner` instead of bash, so that all that holds for a command holds for a
    fence: its environment, its time limit, the cap on its output, its end with the page whatever it
    has started. A fence's command is its source as it stands in the page, line for line, and its
    exit code is 0 or, when it raised anything, 1.

    Args:
        page: the page's path as the user gave it, by which tracebacks name it.
        files: the project's folder: a ``conftest.py`` counts from there down to the page.
        cwd, environment, supervisor: as for `Terminal`.

    It ends as a `Terminal` does, and also when a fence ends the process.
    """

    def __init__(
        self,
        page: Path,
        files: Path,
        cwd: Path,
        environment: Mapping[str, str],
        supervisor: Supervisor,
    ) -> None:
        self._page = page
        self._files = files
        super().__init__(cwd, environment, supervisor)

    def _program(self) -> tuple[str, ...]:
        places = (self._page.resolve(), self._page, self._files.resolve(), self._room / "control")
        return (sys.executable, "-I", "-u", str(_RUNNER), *map(str, places))

    def _prologue(self) -> str:
        return ""

    def _order(self, command: str) -> str:
        output = f"{self._room}/{self._count}"
        order = {"number": self._count, "source": command, "output": output}
        return json.dumps(order) + "\n"

    def finish(self, limit: float) -> Observation:
        """As `Terminal.finish`; when pytest did not even start, what it says about that."""
        seen = super().finish(limit)
        startup = self._room / "startup"
        if seen.ending is Ending.SHELL_GONE and not seen.output and startup.exists():
            return replace(seen, output=startup.read_text(errors="replace"))
        return seen

    def close(self) -> tuple[str, ...]:
        """Let the page's fixtures clean up, then end everything as `Terminal.close` does."""
        if self.alive and self._control >= 0 and self._output is None:
            self._send('{"end": true}\n')
            self._await(("gone",), time.monotonic() + ENDING_LIMIT, None)
        return super().close()


class EngineOfPage:
    """The container engine that a page's commands use, as it was before them.

    Attributes:
        state_file: what a later run needs to put it back; None if no engine answered.
    """

    def __init__(
        self,
        document: Document,
        environment: Mapping[str, str],
        tell: Callable[[str], None],
        state: Path,
    ) -> None:
        self._engine = engine.Engine(environment)
        self._words = engine.words_of(document)
        self._tell = lambda line: tell(f"{document.path}: {line}")
        file = engine.state_file(state, self._engine)
        for line in engine.sweep(file):
            tell(f"de una corrida anterior: {line}")
        self._before = self._engine.holdings()
        self.state_file = None if self._before is None else file
        if self._before is not None:
            engine.save(file, self._engine, self._before, self._words)

    def put_back(self) -> list[str]:
        """Remove what the page left; what that was, one Spanish sentence each."""
        if self._before is None or self.state_file is None:
            return []
        left = self._engine.put_back(self._before, self._words, self._tell)
        self.state_file.unlink(missing_ok=True)
        return left


def _namespace_of(kubeconfig: Path) -> str:
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8")) or {}
    current = config.get("current-context")
    for context in config.get("contexts") or ():
        if context.get("name") == current:
            return str((context.get("context") or {}).get("namespace") or "default")
    return "default"


def _with_python(settings: Settings, supervisor: Supervisor) -> str:
    """The PATH of commands, with a folder of its own for the ``python3`` that was asked for.

    A link would not do: Python finds a virtual environment by the place of its own executable. As
    on a terminal, a line is written when it is printed (``-u``).
    """
    if settings.python is None:
        return settings.path
    folder = supervisor.room("python")
    wrapper = folder / "python3"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(str(settings.python))} -u "$@"\n')
    wrapper.chmod(0o700)
    return os.pathsep.join([str(folder), settings.path])


def _state_file(settings: Settings, uid: str) -> Path:
    """Where a later run looks for the snapshot of one that was cut off on that cluster."""
    return _state_folder(settings) / f"{uid}.json"


def _state_folder(settings: Settings) -> Path:
    if settings.state is not None:
        return settings.state
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "kubedoctest"


def _copy(files: Path, directory: Path, copied: Sequence[str]) -> None:
    for name in copied:
        source = files / name
        target = directory / (source.name if Path(name).is_absolute() else name)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
