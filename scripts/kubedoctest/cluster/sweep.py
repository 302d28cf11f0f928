"""``python -m kubedoctest.cluster.sweep FILE…``: puts a cluster back as a saved snapshot says.

The supervisor runs it when the harness dies in the middle of a page, and the next run when it finds
the file of one that could not even do that. Both may happen at once: it is done by who has the
cluster's lock, for what a run that has begun leaves there is not for the supervisor of another.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from kubedoctest.cluster import engine
from kubedoctest.cluster.api import ApiError, Cluster, ClusterLost, Resource
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
    kind_of,
    let_go,
    settle,
)
from kubedoctest.commands.shell_syntax import is_named
from kubedoctest.page.document import Document, Role
from kubedoctest.page.transcript import steps_of

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


# -- what of a cluster that others use too is a page's own

# Nothing in an object says who made it: everybody's kubectl signs ``managedFields`` with the same
# names, and a controller makes objects for all. What a page makes is named somewhere, though: kind
# and name stand together in one command, one documented line or one manifest, of the page or of a
# file that its commands find. So only what has not been there before the page, and is named so, in
# a namespace that the page names or works in, is its own.

_KIND_OF_VERB = {
    "run": "pods",
    "debug": "pods",
    "expose": "services",
    "autoscale": "horizontalpodautoscalers",
}
_NODE_VERBS = frozenset({"cordon", "drain", "taint", "uncordon"})
_NODES = frozenset({"no", "node", "nodes"})
_CHOSEN_LATER = ("$", "--all", "-l", "--selector")
_WORD = re.compile(r"[\w.-]+")
_PYTHON_VERB = re.compile(r"\bcreate_(?:namespaced_)?(\w+)\(")
_HEREDOC = re.compile(
    r"<<-?\s*(['\"]?)(?P<end>\w+)\1[^\n]*\n(?P<text>.*?)\n\s*(?P=end)(?:\n|$)", re.DOTALL
)


@dataclass(frozen=True)
class Claims:
    """What a page names."""

    # the words that stand together, each in one command, output line or manifest
    groups: tuple[frozenset[str], ...]
    namespace: str = "default"  # where its commands work if they do not name another one

    def split(self, found: Difference, cluster: Cluster) -> tuple[Difference, Difference]:
        """What is the page's of a difference, and what is somebody else's."""
        kinds = {kind_of(resource): resource for resource in cluster.resources}

        def own(keys: Iterable[Key], wanted: bool) -> tuple[Key, ...]:
            return tuple(key for key in keys if self._names(key, kinds.get(key.kind)) is wanted)

        mine, others = (
            replace(
                found,
                added=own(found.added, wanted),
                removed=own(found.removed, wanted),
                changed=own(found.changed, wanted),
                nodes=tuple(name for name in found.nodes if self._changes_node(name) is wanted),
            )
            for wanted in (True, False)
        )
        return mine, others

    def _names(self, key: Key, resource: Resource | None) -> bool:
        if resource is None:
            return False
        if key.namespace not in ("", self.namespace) and not any(
            key.namespace in group for group in self.groups
        ):
            return False
        return any(
            any(map(resource.answers_to, group)) and is_named(key.name, group)
            for group in self.groups
        )

    def _changes_node(self, name: str) -> bool:
        """Whether a command is about that node, or about nodes that are known when it runs."""
        return any(
            name in group or any(word.startswith(_CHOSEN_LATER) for word in group)
            for group in self.groups
            if "kubectl" in group and group & (_NODE_VERBS | _NODES)
        )


def claims_of(document: Document, files: Path, copied: Iterable[str], namespace: str) -> Claims:
    """What a page claims, and the files below ``files`` that its commands find."""
    groups: list[frozenset[str]] = []
    for block in document.blocks:
        if block.role in (Role.TRANSCRIPT, Role.COMMANDS):
            for step in steps_of(block):
                groups += _of_command(step.command)
                groups += (_words(line.text) for line in step.output)
        else:
            groups += _of_manifests(block.code)
    for path in chain.from_iterable(map(_files, (files / name for name in copied))):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = path.read_text(encoding="utf-8")
            groups += _of_command(text) if path.suffix in ("", ".sh") else _of_manifests(text)
    return Claims(tuple(group for group in dict.fromkeys(groups) if len(group) > 1), namespace)


def _files(path: Path) -> Iterator[Path]:
    return filter(Path.is_file, path.rglob("*")) if path.is_dir() else iter((path,))


def _of_command(text: str) -> Iterator[frozenset[str]]:
    """The words of each simple command, and the manifests in its here-documents."""
    for document in _HEREDOC.finditer(text):
        yield from _of_manifests(document["text"])
    rest = _HEREDOC.sub("\n", text).replace("\\\n", " ")
    for command in re.split(r"[;&|\n]+", rest):
        given = frozenset(word for word in command.split() if "=" not in word)
        verbs = frozenset(kind for verb, kind in _KIND_OF_VERB.items() if verb in given)
        yield _words(" ".join(given)) | verbs
        yield from (frozenset(word.split("=", 1)) for word in command.split() if "=" in word)


def _of_manifests(text: str) -> Iterator[frozenset[str]]:
    """Kind, name and namespace of each object; all words of what is no manifest (a program)."""
    for part in re.split(r"^---.*$", text, flags=re.MULTILINE):
        try:
            value = yaml.safe_load(part)
        except yaml.YAMLError:
            value = None
        items = value.get("items", [value]) if isinstance(value, dict) else []
        objects = [one for one in items if isinstance(one, dict) and "kind" in one]
        for one in objects:
            yield from _of_object(one)
        if not objects:
            program = {"".join(made.split("_")) for made in _PYTHON_VERB.findall(part)}
            yield frozenset(_WORD.findall(part)) | program


def _of_object(value: dict[str, Any]) -> Iterator[frozenset[str]]:
    metadata = value.get("metadata") or {}
    told = (metadata.get("name") or metadata.get("generateName"), metadata.get("namespace"))
    yield frozenset(map(str, filter(None, (value["kind"], *told))))
    for template in (value.get("spec") or {}).get("volumeClaimTemplates") or ():
        name = f"{template['metadata']['name']}-{metadata.get('name')}-"
        yield frozenset(("persistentvolumeclaims", name))


def _words(text: str) -> frozenset[str]:
    """The words of a line that may be a kind and a name (``pod/web created``)."""
    words = (word.strip("\"'(),") for word in re.split(r"[\s/]+", text))
    return frozenset(filter(None, words))


if __name__ == "__main__":
    sys.exit(main())
