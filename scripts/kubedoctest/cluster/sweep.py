"""``python -m kubedoctest.cluster.sweep FILE…``: puts a cluster back as a saved snapshot says.

The supervisor runs it when the harness dies in the middle of a page, and the next run when it finds
the file of one that could not even do that. Both may happen at once: it is done by who has the
cluster's lock, for what a run that has begun leaves there is not for the supervisor of another.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Thread

from kubedoctest.cluster import engine
from kubedoctest.cluster.api import ApiError, Cluster, ClusterLost
from kubedoctest.cluster.ownership import Claims
from kubedoctest.cluster.snapshot import (
    SETTLE_SECONDS,
    Difference,
    Key,
    Leaving,
    Mark,
    NodeMark,
    Snapshot,
    clean,
    difference,
    let_go,
    settle,
)

SCHEMA = 3


class SweepError(Exception):
    """The cluster could not be put back. The message is for the user, in Spanish."""


@dataclass(frozen=True)
class PutBack:
    """How a cluster was put back."""

    found: Difference  # what was not as it had been
    remains: Difference  # what of it is not yet
    told: tuple[str, ...] = ()  # what was done, and left alone, beyond that; Spanish sentences


def put_back(
    cluster: Cluster, before: Snapshot, claims: Claims | None, limit: float = SETTLE_SECONDS
) -> PutBack:
    """Removes what a page left, and puts the nodes back as they were.

    Who has stopped a node can only be told where nobody else uses the cluster.

    Args:
        claims: what the page names, where others use the cluster too; None where nobody does:
            then whatever appeared is the page's, and no finalizer keeps it.
        limit: seconds that deletions may take, each time that they are waited for.

    Raises:
        ClusterLost: it does not answer.
    """
    stopped: tuple[str, ...] = ()
    if claims is None:
        stopped = tuple(sorted(before.running - engine.running(before.running)))
        engine.start(cluster, stopped, limit)  # what is on them goes only then
    now = settle(cluster, before, limit)
    if now.cluster != before.cluster:  # made again since: nothing of the page is in it
        return PutBack(Difference(), Difference())
    found, told = replace(difference(before, now), stopped=stopped), []
    if claims is not None:
        found, others = claims.split(found, cluster)
        told += [f"apareció {key}, que la página no nombra: queda" for key in others.added]
    remains = clean(cluster, before, found, limit) if found else found
    if claims is not None:
        remains, _ = claims.split(replace(remains, stopped=()), cluster)
    elif remains.added:
        told += let_go(cluster, remains)
        remains = clean(cluster, before, remains, limit)
    return PutBack(found, remains, tuple(told))


def command(*states: Path) -> tuple[list[str], dict[str, str]]:
    """How to run this as a process: its words, and its environment."""
    kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    files = (str(state.absolute()) for state in states)
    return [sys.executable, "-m", "kubedoctest.cluster.sweep", *files], environment


def lock_of(state: Path) -> Path:
    """The file of the lock on the cluster whose state is kept in ``state``."""
    return state.with_suffix(".turn")


def sweep(state: Path, cluster: Cluster | None = None) -> list[str]:
    """Puts the cluster back and removes the file; what had been left, one Spanish line each.

    Nothing is touched, and the file goes, when the cluster that it speaks of is not there any more.

    Args:
        state: what :func:`snapshot.save` wrote.
        cluster: a connection to that cluster; by default the one that the file tells of, which may
            lead there no longer.

    Raises:
        SweepError: the cluster does not answer, or something could not be put back; the file stays.
    """
    try:
        saved = load(state)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        state.unlink(missing_ok=True)
        raise SweepError(f"{state} no es el estado de una corrida: {error}") from error
    if cluster is None and not saved.kubeconfig.exists():
        state.unlink()
        return []
    try:
        cluster = cluster or Cluster(saved.kubeconfig, saved.context)
        done = put_back(cluster, saved.snapshot, saved.claims)
    except (ClusterLost, ApiError) as error:
        raise SweepError(f"no se pudo limpiar el cluster: {error}") from error
    if done.remains.to_clean:
        raise SweepError("no se pudo limpiar todo: " + "; ".join(done.remains.lines()))
    state.unlink(missing_ok=True)
    return [*done.found.lines(), *done.told]


# -- one run at a time on a cluster: two would see each other's objects, and both fail

TELL_AGAIN_SECONDS = 60.0


class ClusterLock:
    """The right to run pages on one cluster. It ends with the process, however that ends.

    Args:
        path: a file for this cluster alone; it stays, and says who had the lock last.
        user: what it is wanted for, told to those that wait meanwhile.
        tell: is told, in Spanish, who has the lock and since when, every ``tell_again`` seconds
            while this run waits for it. Without it the lock is not waited for.

    Raises:
        BlockingIOError: another run has the lock, and there is no ``tell``.
    """

    def __init__(
        self,
        path: Path,
        user: str = "",
        tell: Callable[[str], None] | None = None,
        tell_again: float = TELL_AGAIN_SECONDS,
    ) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if tell is None:
                self.release()
                raise
            # One that asks now and then is overtaken by those that stand in the kernel's line.
            waiting = Thread(target=fcntl.flock, args=(self._file, fcntl.LOCK_EX), daemon=True)
            waiting.start()
            while waiting.is_alive():
                tell(f"{_holder(path)}: esperamos a que termine (Ctrl-C para no esperar)")
                waiting.join(tell_again)
        holder = {"pid": os.getpid(), "since": time.time(), "user": user}
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps(holder).encode(), 0)

    def release(self) -> None:
        """Let the next run begin."""
        os.close(self._file)


def _holder(path: Path) -> str:
    """Who has the lock, in Spanish, as far as its file tells."""
    try:
        holder = json.loads(path.read_text())
        seconds = time.time() - holder["since"]
        since = datetime.fromtimestamp(holder["since"]).astimezone()
        user = f"{holder['user']}, " if holder["user"] else ""
        who = f" ({user}proceso {holder['pid']})"
    except (OSError, ValueError, TypeError, KeyError):  # it has only just taken it
        return "otra corrida está usando este cluster"
    ago = f"hace {seconds:.0f} s" if seconds < 60 else f"hace {seconds / 60:.0f} min"
    return f"otra corrida{who} está usando este cluster desde las {since:%H:%M:%S} ({ago})"


# -- what a page that is cut off leaves to be swept


def save(snapshot: Snapshot, cluster: Cluster, path: Path, claims: Claims | None = None) -> None:
    """Writes a snapshot, and how to reach its cluster, to a file that only the user can read.

    Args:
        claims: as for :func:`put_back`.
    """
    state = {
        "schema": SCHEMA,
        "kubeconfig": str(cluster.kubeconfig.absolute()),
        "context": cluster.context,
        "cluster": snapshot.cluster,
        "objects": [[k.kind, k.namespace, k.name, asdict(m)] for k, m in snapshot.objects.items()],
        "nodes": {name: asdict(mark) for name, mark in snapshot.nodes.items()},
        "running": sorted(snapshot.running),
        "leaving": [[k.kind, k.namespace, k.name] for k in sorted(snapshot.going)],
        "claims": claims and [claims.namespace, *map(sorted, claims.groups)],
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(state, file)
    half.replace(path)


@dataclass(frozen=True)
class Saved:
    """A snapshot read from a file, how to reach its cluster, and what its page claimed there."""

    kubeconfig: Path
    context: str | None
    snapshot: Snapshot
    claims: Claims | None


def load(path: Path) -> Saved:
    """Reads what `save` wrote.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not such a file.
    """
    state = json.loads(path.read_text(encoding="utf-8"))
    try:
        if state["schema"] != SCHEMA:
            raise ValueError(f"unknown schema {state['schema']}")
        nodes = {
            name: NodeMark(m["labels"], tuple(tuple(t) for t in m["taints"]), m["unschedulable"])
            for name, m in state["nodes"].items()
        }
        snapshot = Snapshot(
            cluster=state["cluster"],
            objects={Key(k, ns, name): Mark(**m) for k, ns, name, m in state["objects"]},
            nodes=nodes,
            running=frozenset(state["running"]),
            leaving=tuple(Leaving(Key(*words)) for words in state["leaving"]),
        )
        namespace, *groups = state["claims"] or ("",)
        claims = Claims(tuple(map(frozenset, groups)), namespace) if namespace else None
        return Saved(Path(state["kubeconfig"]), state["context"], snapshot, claims)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a saved snapshot: {error!r}") from error


# -- the command line


def main() -> int:
    """The command line."""
    if len(sys.argv) < 2:
        print("uso: python -m kubedoctest.cluster.sweep ARCHIVO…", file=sys.stderr)
        return 2
    return max(_swept(Path(name)) for name in sys.argv[1:])


def _swept(state: Path) -> int:
    try:
        lock = ClusterLock(lock_of(state), "limpieza")
    except BlockingIOError:  # a run that has begun since, which found the file and sweeps
        return 0
    try:
        of_engine = state.name.startswith(engine.PREFIX)
        for line in engine.sweep(state) if of_engine else sweep(state):
            print(line)
    except SweepError as error:
        print(f"{error}\n    → revisen el cluster, o créenlo de nuevo", file=sys.stderr)
        return 1
    finally:
        lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
