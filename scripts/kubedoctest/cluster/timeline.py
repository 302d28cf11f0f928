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
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from kubedoctest.cluster.api import METADATA_LIST, TABLE, ApiError, Cluster, ClusterLost, Resource

SILENCE_SECONDS = 300.0
CATCH_UP_SECONDS = 30.0
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
    """One stretch of time in which an object's cells stayed the same (its age aside)."""

    identity: Identity
    # by column name as the server gives it (``Name``, ``Ready``, ``Age``…)
    cells: Mapping[str, str] = field(hash=False)
    # entered, left: ``time.monotonic()`` seconds; ``left`` is infinite while it lasts
    entered: float
    left: float = math.inf

    def same_as(self, other: State) -> bool:
        """Whether both read alike, ages aside, under the same labels."""
        return self.identity.labels == other.identity.labels and self.ageless == other.ageless

    @cached_property
    def ageless(self) -> Mapping[str, str]:
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
    """An object from its first to its last state."""

    states: tuple[State, ...]  # in the order they came, at least one
    # born, gone: ``time.monotonic()`` seconds, ``-inf`` when it was there before the recording and
    # ``inf`` while it is there
    born: float
    gone: float = math.inf

    @property
    def identity(self) -> Identity:
        """The object's metadata as last seen."""
        return self.states[-1].identity

    def at(self, moment: float) -> State:
        """Its state at that moment, or the nearest one."""
        return next((s for s in self.states if s.left > moment), self.states[-1])

    @property
    def current(self) -> State | None:
        """Its state now, or None when it is gone."""
        return self.states[-1] if self.gone == math.inf else None


@dataclass(frozen=True)
class Entry:
    """What the API server said at one moment about one kind, as it is kept in a recording."""

    at: float  # ``time.monotonic()`` seconds
    resource: Resource
    # ADDED, MODIFIED or DELETED; FIRST for the list at the start; LIST for one after a gap in the
    # watch
    event: str
    # the table's rows, each with its cells and its object's metadata
    rows: tuple[Mapping[str, Any], ...]
    columns: tuple[Column, ...]
    lost: float = 0.0  # for LIST, when the gap began


class History:
    """All lives of one kind, kept up to date by a :class:`Timeline`."""

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
        if kind == "DELETED":
            self._end(uid, at)
            return
        life = self.lives.get(uid)
        if life is not None and life.identity == identity:
            identity = life.identity  # most changes leave it as it is: one for all states
        state = State(identity, self._cells(row), at)
        self.versions[uid] = row["object"]["metadata"].get("resourceVersion", "")
        if life is None:
            self.lives[uid] = Life((state,), at)
        elif not life.states[-1].same_as(state):
            closed = replace(life.states[-1], left=at)
            self.lives[uid] = replace(life, states=(*life.states[:-1], closed, state))

    def replace_all(self, rows: Sequence[Mapping[str, Any]], at: float, first: bool) -> None:
        """Take in a LIST: at the start, or after a gap in the watch."""
        for row in rows:
            self.record("ADDED", row, -math.inf if first else at)
        listed = {row["object"]["metadata"]["uid"] for row in rows}
        for uid in [u for u, life in self.lives.items() if life.gone == math.inf]:
            if uid not in listed:
                self._end(uid, at)

    def _end(self, uid: str, at: float) -> None:
        """An object is gone."""
        self.versions.pop(uid, None)
        if (life := self.lives.get(uid)) is not None:
            last = replace(life.states[-1], left=at)
            self.lives[uid] = replace(life, states=(*life.states[:-1], last), gone=at)

    def _cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        return {
            column.name: _printed(cell)
            for column, cell in zip(self.columns, row["cells"], strict=False)
        }


class Timeline:
    """The histories of the kinds that a page shows, up to the moment that the page has come to.

    What the API server says is known once ``advance`` has come to it: nothing that is being judged
    changes meanwhile, and a recording knows at each moment what was known then. By itself it is
    told nothing: that of a page that uses no cluster.
    """

    def __init__(self, coming: Iterable[Entry] = ()) -> None:
        self._coming = deque(coming)  # in the order of time
        self._changed = threading.Condition()
        self._told: dict[str, History] = {}
        self._followed: dict[str, Resource] = {}
        self._events = 0

    def hear(self, entry: Entry) -> None:
        """The API server says something, later than all that it said before."""
        with self._changed:
            self._coming.append(entry)
            self._changed.notify_all()

    def advance(self, until: float) -> None:
        """Know all that was said until then (``time.monotonic()`` seconds), and nothing later."""
        with self._changed:
            while self._coming and self._coming[0].at <= until:
                self._take_in(self._coming.popleft())

    def _take_in(self, entry: Entry) -> None:
        history = self._told.setdefault(entry.resource.path, History(entry.resource))
        history.columns = entry.columns
        if entry.event in ("FIRST", "LIST"):
            history.replace_all(entry.rows, entry.at, entry.event == "FIRST")
        else:
            for row in entry.rows:
                history.record(entry.event, row, entry.at)
        if entry.event == "LIST":
            history.gaps.append((entry.lost, entry.at))
        self._events += 1

    def follow(self, resources: Iterable[Resource]) -> None:
        """Show these kinds from now on, as far as they are told."""
        with self._changed:
            for resource in resources:
                self._followed[resource.path] = resource
                self._told.setdefault(resource.path, History(resource))

    def follows(self, resource: Resource) -> bool:
        """Whether this kind is being recorded."""
        return resource.path in self._followed

    def lives(self, resource: Resource) -> tuple[Life, ...]:
        """Every object of that kind that was seen, gone ones included, as of now."""
        with self._changed:
            return tuple(self._told[resource.path].lives.values())

    def columns(self, resource: Resource) -> tuple[Column, ...]:
        """The columns of that kind's table."""
        return self._told[resource.path].columns

    def gap_since(self, resource: Resource, moment: float) -> bool:
        """Whether the watch of that kind was interrupted and could not be resumed since then."""
        return any(end >= moment for _, end in self._told[resource.path].gaps)

    def recorded(self) -> tuple[Life, ...]:
        """Every object seen so far, of all recorded kinds, with all that it went through."""
        with self._changed:
            return tuple(
                life for path in self._followed for life in self._told[path].lives.values()
            )

    @property
    def followed(self) -> tuple[Resource, ...]:
        """The kinds that are being recorded."""
        return tuple(self._followed.values())

    @property
    def events(self) -> int:
        """How many events have been taken in; grows with every one."""
        return self._events

    def wait_for_news(self, seconds: float) -> None:
        """Wait until something was said that is not known yet."""
        with self._changed:
            self._changed.wait_for(lambda: self._coming, timeout=seconds)

    def catch_up(self, resources: Iterable[Resource]) -> None:
        """Wait until all is known that has come about by now.

        A recording does not wait: what is judged then has a moment of its own.
        """


class LiveTimeline(Timeline):
    """What a cluster says as it comes, told by one thread a kind.

    Args:
        cluster: whose objects.
        keep: is given all that is said, in order.
    """

    def __init__(
        self, cluster: Cluster, keep: Callable[[Entry], None] = lambda _entry: None
    ) -> None:
        super().__init__()
        self._keep = keep
        self._cluster = cluster
        self._columns: dict[str, tuple[Column, ...]] = {}
        self._closed = False

    def follow(self, resources: Iterable[Resource]) -> None:
        """Start to record these kinds; returns when their present state is known."""
        for resource in resources:
            if self.follows(resource) or not {"list", "watch"} <= resource.verbs:
                continue
            version = self._list(resource, "FIRST")
            super().follow([resource])
            self.advance(time.monotonic())
            threading.Thread(
                target=self._watch, args=(resource, version), name=resource.plural, daemon=True
            ).start()

    def catch_up(self, resources: Iterable[Resource]) -> None:
        """Wait until the watch of each kind has brought what a LIST made now says.

        Raises:
            ClusterLost: the API server does not answer, or its watch brings nothing.
        """
        for resource in resources:
            if not self._catch_up(self._told[resource.path]):
                raise ClusterLost(f"el cluster dejó de informar los cambios de {resource.plural}")

    def _catch_up(self, history: History) -> bool:
        listed = self._cluster.get(history.resource.path, accept=METADATA_LIST)
        goal = {
            item["metadata"]["uid"]: int(item["metadata"]["resourceVersion"])
            for item in listed["items"] or ()
        }
        revision = int(listed["metadata"]["resourceVersion"])

        def reached() -> bool:
            self.advance(time.monotonic())
            return _reached(history, goal, revision)

        with self._changed:
            return self._changed.wait_for(reached, timeout=CATCH_UP_SECONDS)

    def close(self) -> None:
        """Stop listening."""
        self._closed = True

    def _list(self, resource: Resource, event: str, lost: float = 0.0) -> str:
        # The columns' cells come with the objects' metadata (includeObject's default).
        table = self._cluster.get(resource.path, accept=TABLE)
        self._tell(resource, event, table, lost)
        return str(table["metadata"]["resourceVersion"])

    def _tell(
        self, resource: Resource, event: str, table: Mapping[str, Any], lost: float = 0.0
    ) -> None:
        """Tell of a table; only a list and a watch's first event carry the columns."""
        columns = columns_of(table) or self._columns[resource.path]
        self._columns[resource.path] = columns
        rows = tuple(table.get("rows") or ())
        with self._changed:  # what is told later is not of an earlier time
            entry = Entry(time.monotonic(), resource, event, rows, columns, lost)
            self._keep(entry)
            self.hear(entry)

    def _watch(self, resource: Resource, version: str) -> None:
        """Follow one kind until closed; after an interruption go on from the last version."""
        pause = threading.Event()
        while not self._closed:
            params = {"resourceVersion": version, "allowWatchBookmarks": "true"}
            try:
                for event in self._cluster.watch(
                    resource.path, TABLE, params, silence=SILENCE_SECONDS
                ):
                    if self._closed:
                        return
                    table = event["object"]
                    if event["type"] == "ERROR":
                        raise ApiError(table.get("code", 500), "watch")
                    for row in table.get("rows") or ():
                        version = row["object"]["metadata"].get("resourceVersion") or version
                    if event["type"] != "BOOKMARK":
                        self._tell(resource, event["type"], table)
            except ApiError:
                lost = time.monotonic()
                try:
                    version = self._list(resource, "LIST", lost)
                except (ClusterLost, ApiError):
                    pause.wait(0.5)
            except ClusterLost:
                # Nobody answers: ask again, not faster than a person would.
                pause.wait(0.5)


def columns_of(table: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns that a table tells of, if it does."""
    told = table.get("columnDefinitions") or ()
    return tuple(Column(one["name"], one.get("priority", 0)) for one in told)


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
