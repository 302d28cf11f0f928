"""What the API server said while a page ran: every state of every object, with its very cells.

One watch per kind asks for ``Table`` events, so that a state recorded here reads exactly as kubectl
prints it, however short it was. Source of the representation:
https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from kubedoctest.cluster.api import TABLE, ApiError, Cluster, ClusterLost, Resource

SILENCE_SECONDS = 300.0
CATCH_UP_SECONDS = 10.0
_TIMES = frozenset({"Age", "Duration", "First Seen", "Last Seen", "Last Schedule"})
_AGE = re.compile(r"(?:[0-9]+[ydhms]){1,2}")
_BREAK = re.compile(r"[\n\f\r]")


@dataclass(frozen=True)
class Owner:
    """The controller of an object, from its ``ownerReferences``."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True)
class Identity:
    """The metadata by which an object is known. ``uid`` is the key: names are used again."""

    kind: str
    namespace: str
    name: str
    uid: str
    generate_name: str
    owner: Owner | None
    labels: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class State:
    """One stretch of time in which an object's cells stayed the same (its age aside).

    Attributes:
        cells: by column name as the server gives it (``Name``, ``Ready``, ``Age``…).
        entered, left: ``time.monotonic()`` seconds; ``left`` is infinite while it lasts.
    """

    identity: Identity
    cells: Mapping[str, str] = field(hash=False)
    entered: float
    left: float = math.inf

    def same_as(self, other: State) -> bool:
        """Whether both read alike, ages aside, under the same labels."""
        return self.identity.labels == other.identity.labels and self._ageless == other._ageless

    @cached_property
    def _ageless(self) -> Mapping[str, str]:
        """The cells without what time alone changes: ages, and the ``(5s ago)`` of restarts."""
        return {
            name: "some time"
            if name in _TIMES and _AGE.fullmatch(value)
            else value.partition(" (")[0]
            if value.endswith(" ago)")
            else value
            for name, value in self.cells.items()
        }


@dataclass(frozen=True)
class Column:
    """A column of the server's table. Those of priority 0 are printed without ``-o wide``."""

    name: str
    priority: int


@dataclass(frozen=True)
class Life:
    """An object from its first to its last state.

    Attributes:
        states: in the order they came, at least one.
        born, gone: ``time.monotonic()`` seconds, ``-inf`` when it was there before the recording
            and ``inf`` while it is there.
    """

    states: tuple[State, ...]
    born: float
    gone: float = math.inf

    @property
    def identity(self) -> Identity:
        """The object's metadata as last seen."""
        return self.states[-1].identity

    @property
    def current(self) -> State | None:
        """Its state now, or None when it is gone."""
        return self.states[-1] if self.gone == math.inf else None


@dataclass(frozen=True)
class Entry:
    """What the API server said at one moment about one kind, as it is kept in a recording.

    Attributes:
        at: ``time.monotonic()`` seconds.
        event: ADDED, MODIFIED or DELETED; FIRST for the list at the start; LIST for one after a gap
            in the watch.
        rows: the table's rows, each with its cells and its object's metadata.
        lost: for LIST, when the gap began.
    """

    at: float
    resource: Resource
    event: str
    rows: tuple[Mapping[str, Any], ...]
    columns: tuple[Column, ...]
    lost: float = 0.0


class History:
    """All lives of one kind, kept up to date by :class:`Timeline`."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.columns: tuple[Column, ...] = ()
        self.lives: dict[str, Life] = {}
        self.versions: dict[str, str] = {}
        self.gaps: list[tuple[float, float]] = []

    def record(self, kind: str, row: Mapping[str, Any], at: float) -> None:
        """Take in one row of an event of type ``kind`` (ADDED, MODIFIED, DELETED)."""
        identity = _identity(row["object"], self.resource)
        uid = identity.uid
        life = self.lives.get(uid)
        if life is not None and life.identity == identity:
            identity = life.identity  # most changes leave it as it is: one for all states
        state = State(identity, self._cells(row), at)
        self.versions[uid] = row["object"]["metadata"].get("resourceVersion", "")
        if kind == "DELETED":
            if life is not None:
                last = replace(life.states[-1], left=at)
                self.lives[uid] = replace(life, states=(*life.states[:-1], last), gone=at)
            self.versions.pop(uid, None)
        elif life is None:
            self.lives[uid] = Life((state,), at)
        elif not life.states[-1].same_as(state):
            closed = replace(life.states[-1], left=at)
            self.lives[uid] = replace(life, states=(*life.states[:-1], closed, state))

    def replace_all(self, table: Mapping[str, Any], at: float, first: bool) -> None:
        """Take in a LIST: at the start, or after a gap in the watch."""
        self.set_columns(table)
        listed = set()
        for row in table.get("rows") or ():
            listed.add(row["object"]["metadata"]["uid"])
            self.record("ADDED", row, -math.inf if first else at)
        for uid, life in list(self.lives.items()):
            if life.gone == math.inf and uid not in listed:
                last = replace(life.states[-1], left=at)
                self.lives[uid] = replace(life, states=(*life.states[:-1], last), gone=at)
                self.versions.pop(uid, None)

    def set_columns(self, table: Mapping[str, Any]) -> None:
        """Remember the columns; only a watch's first event carries them."""
        if table.get("columnDefinitions"):
            self.columns = tuple(
                Column(c["name"], c.get("priority", 0)) for c in table["columnDefinitions"]
            )

    def _cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        return {
            column.name: _printed(cell)
            for column, cell in zip(self.columns, row["cells"], strict=False)
        }


class Timeline:
    """The histories of the kinds that a page shows. One thread a kind; reads take snapshots.

    Args:
        cluster: whose objects.
        keep: is given all that is taken in, in order.
    """

    def __init__(
        self, cluster: Cluster, keep: Callable[[Entry], None] = lambda _entry: None
    ) -> None:
        self._cluster = cluster
        self._keep = keep
        self._changed = threading.Condition()
        self._histories: dict[str, History] = {}
        self._events = 0
        self._closed = False

    def follow(self, resources: Iterable[Resource]) -> None:
        """Start to record these kinds; returns when their present state is known."""
        for resource in resources:
            if resource.path in self._histories or not {"list", "watch"} <= resource.verbs:
                continue
            history = History(resource)
            version = self._list(history, first=True)
            self._histories[resource.path] = history
            threading.Thread(
                target=self._watch, args=(history, version), name=resource.plural, daemon=True
            ).start()

    def follows(self, resource: Resource) -> bool:
        """Whether this kind is being recorded."""
        return resource.path in self._histories

    def lives(self, resource: Resource) -> tuple[Life, ...]:
        """Every object of that kind that was seen, gone ones included, as of now."""
        with self._changed:
            return tuple(self._histories[resource.path].lives.values())

    def columns(self, resource: Resource) -> tuple[Column, ...]:
        """The columns of that kind's table."""
        return self._histories[resource.path].columns

    def gap_since(self, resource: Resource, moment: float) -> bool:
        """Whether the watch of that kind was interrupted and could not be resumed since then."""
        return any(end >= moment for _, end in self._histories[resource.path].gaps)

    def identities(self) -> tuple[Identity, ...]:
        """Every object seen so far, of all recorded kinds."""
        with self._changed:
            return tuple(
                life.identity
                for history in self._histories.values()
                for life in history.lives.values()
            )

    def recorded(self) -> tuple[Life, ...]:
        """Every object seen so far, of all recorded kinds, with all that it went through."""
        with self._changed:
            return tuple(
                life for history in self._histories.values() for life in history.lives.values()
            )

    @property
    def followed(self) -> tuple[Resource, ...]:
        """The kinds that are being recorded."""
        return tuple(history.resource for history in self._histories.values())

    @property
    def events(self) -> int:
        """How many events have been taken in; grows with every one."""
        return self._events

    def wait_for_event(self, after: int, seconds: float) -> int:
        """Wait until more than ``after`` events were taken in; returns how many there are."""
        with self._changed:
            self._changed.wait_for(lambda: self._events > after, timeout=seconds)
            return self._events

    def catch_up(self, resources: Iterable[Resource]) -> None:
        """Wait until the watch of each kind has brought what a LIST made now says.

        Raises:
            ClusterLost: the API server does not answer, or its watch brings nothing.
        """
        for history in [self._histories[resource.path] for resource in resources]:
            listed = self._cluster.get(
                history.resource.path,
                accept="application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
            )
            goal = {
                item["metadata"]["uid"]: int(item["metadata"]["resourceVersion"])
                for item in listed["items"] or ()
            }
            revision = int(listed["metadata"]["resourceVersion"])
            with self._changed:
                if not self._changed.wait_for(
                    lambda h=history, g=goal, r=revision: _reached(h, g, r),  # type: ignore[misc]
                    timeout=CATCH_UP_SECONDS,
                ):
                    raise ClusterLost(
                        f"el cluster dejó de informar los cambios de {history.resource.plural}"
                    )

    def close(self) -> None:
        """Stop taking in events."""
        self._closed = True

    def _list(self, history: History, first: bool, lost: float = 0.0) -> str:
        # The columns' cells come with the objects' metadata (includeObject's default).
        table = self._cluster.get(history.resource.path, accept=TABLE)
        now = time.monotonic()
        with self._changed:
            history.replace_all(table, now, first)
            rows = tuple(table.get("rows") or ())
            event = "FIRST" if first else "LIST"
            self._keep(Entry(now, history.resource, event, rows, history.columns, lost))
            self._events += 1
            self._changed.notify_all()
        return str(table["metadata"]["resourceVersion"])

    def _watch(self, history: History, version: str) -> None:
        """Follow one kind until closed; after an interruption go on from the last version."""
        pause = threading.Event()
        while not self._closed:
            params = {"resourceVersion": version, "allowWatchBookmarks": "true"}
            try:
                for event in self._cluster.watch(
                    history.resource.path, TABLE, params, silence=SILENCE_SECONDS
                ):
                    if self._closed:
                        return
                    if event["type"] == "ERROR":
                        raise ApiError(event["object"].get("code", 500), "watch")
                    version = self._take_in(history, event) or version
            except ApiError:
                lost = time.monotonic()
                try:
                    version = self._list(history, first=False, lost=lost)
                except (ClusterLost, ApiError):
                    pause.wait(0.5)
                    continue
                history.gaps.append((lost, time.monotonic()))
            except ClusterLost:
                # Nobody answers: ask again, not faster than a person would.
                pause.wait(0.5)

    def _take_in(self, history: History, event: Mapping[str, Any]) -> str:
        table = event["object"]
        now = time.monotonic()
        version = ""
        with self._changed:
            history.set_columns(table)
            rows = tuple(table.get("rows") or ())
            for row in rows:
                version = row["object"]["metadata"].get("resourceVersion", "")
                if event["type"] != "BOOKMARK":
                    history.record(event["type"], row, now)
            if event["type"] != "BOOKMARK":
                self._keep(Entry(now, history.resource, event["type"], rows, history.columns))
            self._events += 1
            self._changed.notify_all()
        return version


def _reached(history: History, goal: Mapping[str, int], revision: int) -> bool:
    """Whether the history knows each listed object at that version or later, and no others."""
    for uid, version in goal.items():
        life = history.lives.get(uid)
        if life is None or (life.gone == math.inf and int(history.versions[uid]) < version):
            return False
    return all(uid in goal or int(version) > revision for uid, version in history.versions.items())


def _printed(cell: object) -> str:
    """A cell as kubectl prints it: nothing for null, up to the first line break.

    Source: k8s.io/cli-runtime/pkg/printers/tableprinter.go (printRows).
    """
    if isinstance(cell, str) and not _BREAK.search(cell):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    text = str(cell)
    first = _BREAK.search(text)
    return text if first is None else f"{text[: first.start()]}..."


def _identity(item: Mapping[str, Any], resource: Resource) -> Identity:
    metadata = item["metadata"]
    controller = next((o for o in metadata.get("ownerReferences", ()) if o.get("controller")), None)
    return Identity(
        kind=resource.kind,
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata["uid"],
        generate_name=metadata.get("generateName", ""),
        owner=controller and Owner(controller["kind"], controller["name"], controller["uid"]),
        labels=metadata.get("labels", {}),
    )
