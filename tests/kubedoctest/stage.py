"""A cluster's past made by hand, for tests: identities, histories, documented lines."""

from __future__ import annotations

import itertools
import math
from textwrap import dedent

from kubedoctest import form
from kubedoctest.bindings import Bindings
from kubedoctest.cluster import Resource
from kubedoctest.comparison import Reading, agrees, read
from kubedoctest.mismatch import Mismatch, explain
from kubedoctest.names import known
from kubedoctest.pattern import Patterns
from kubedoctest.timeline import Column, Identity, Life, Owner, State, Timeline
from kubedoctest.transcript import DocumentedLine

PODS = Resource(
    "", "v1", "pods", "Pod", "pod", ("po",), True, frozenset({"list", "watch"}), frozenset({"all"})
)
COLUMNS = tuple(
    Column(name, priority)
    for name, priority in [
        ("Name", 0),
        ("Ready", 0),
        ("Status", 0),
        ("Restarts", 0),
        ("Age", 0),
        ("IP", 1),
        ("Node", 1),
    ]
)


def lines(text: str, first: int = 10) -> tuple[DocumentedLine, ...]:
    """Documented lines, numbered from ``first``."""
    texts = dedent(text).strip("\n").split("\n") if text.strip() else []
    return tuple(DocumentedLine(first + n, line.rstrip()) for n, line in enumerate(texts))


def daemon_pod(name: str) -> Identity:
    owner = Owner("DaemonSet", "mi-app", "uid-of-mi-app")
    return Identity("Pod", "default", name, f"uid-{name}", "mi-app-", owner, {"app": "mi-app"})


def deployment_pod(name: str) -> Identity:
    replica_set, _, _ = name.rpartition("-")
    labels = {"pod-template-hash": replica_set.rpartition("-")[2]}
    owner = Owner("ReplicaSet", replica_set, f"uid-{replica_set}")
    return Identity("Pod", "default", name, f"uid-{name}", f"{replica_set}-", owner, labels)


def bare_pod(name: str) -> Identity:
    return Identity("Pod", "default", name, f"uid-{name}", "", None, {"run": name})


def life(identity: Identity, *states: tuple[float, str, str], gone: float = math.inf) -> Life:
    """A pod's life; each state is (when it was entered, READY, STATUS)."""
    ends = [*(entered for entered, _, _ in states[1:]), gone]
    return Life(
        tuple(
            State(
                identity,
                {
                    "Name": identity.name,
                    "Ready": ready,
                    "Status": status,
                    "Restarts": "0",
                    "Age": "3s",
                },
                entered,
                left,
            )
            for (entered, ready, status), left in zip(states, ends, strict=True)
        ),
        states[0][0],
        gone,
    )


DEPLOYMENTS = Resource(
    "apps", "v1", "deployments", "Deployment", "deployment", ("deploy",), True,
    frozenset({"list", "watch"}), frozenset({"all"}),
)  # fmt: skip
DEPLOYMENT_COLUMNS = tuple(
    Column(name, 0) for name in ("Name", "Ready", "Up-to-date", "Available", "Age")
)


def deployment(name: str, *states: tuple[float, str], gone: float = math.inf) -> Life:
    """A Deployment's life; each state is (when it was entered, "READY UP-TO-DATE AVAILABLE")."""
    identity = Identity("Deployment", "default", name, f"uid-{name}", "", None, {"app": name})
    ends = [*(entered for entered, _ in states[1:]), gone]
    names = [column.name for column in DEPLOYMENT_COLUMNS]
    return Life(
        tuple(
            State(identity, dict(zip(names, [name, *cells.split(), "3s"], strict=True)), at, left)
            for (at, cells), left in zip(states, ends, strict=True)
        ),
        states[0][0],
        gone,
    )


class Recorded(Timeline):
    """A timeline that only replays."""

    def __init__(self, *lives: Life) -> None:
        self._lives = lives

    @property
    def events(self) -> int:
        return len(self._lives)

    def identities(self) -> tuple[Identity, ...]:
        return tuple(life.identity for life in self._lives)

    def follows(self, resource: Resource) -> bool:
        return resource in (PODS, DEPLOYMENTS)

    def lives(self, resource: Resource) -> tuple[Life, ...]:
        return tuple(life for life in self._lives if life.identity.kind == resource.kind)

    def columns(self, resource: Resource) -> tuple[Column, ...]:
        return COLUMNS if resource == PODS else DEPLOYMENT_COLUMNS

    def gap_since(self, resource: Resource, moment: float) -> bool:
        return False


class Page:
    """The comparisons of one page, one after another, with one set of bindings."""

    def __init__(self, *identities: Identity) -> None:
        self.patterns = Patterns(known(identities))
        self.bindings = Bindings()
        self._line = itertools.count(10, 20)

    def shows(
        self, documented: str, real: str, command: str = "cat", *, partial: bool = False
    ) -> bool:
        place, laid = self._read(documented, real, command, partial)
        return agrees(laid, self.bindings, place)

    def mismatch(
        self, documented: str, real: str, command: str = "cat", *, partial: bool = False
    ) -> Mismatch:
        place, laid = self._read(documented, real, command, partial)
        assert not agrees(laid, self.bindings, place)
        return explain(laid, self.patterns, self.bindings)

    def _read(self, documented: str, real: str, command: str, partial: bool) -> tuple[str, Reading]:
        first = next(self._line)
        output = dedent(real).lstrip("\n")
        laid = read(lines(documented, first), output, self.patterns, form.of(command, partial))
        return f"page.md:{first}", laid
