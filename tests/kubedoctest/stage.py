"""A cluster's past made by hand, for tests: identities, histories, documented lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from textwrap import dedent

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.timeline import Column, Identity, Life, Owner, State, Timeline
from kubedoctest.comparison import form
from kubedoctest.comparison.mismatch import Mismatch, explain
from kubedoctest.comparison.outputs import Reading, agrees, read
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.addresses import allocated
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import known
from kubedoctest.values.nodes import moving_addresses, renamable
from kubedoctest.values.several import Endpoints, unknown_endpoints

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


def replica_set(name: str) -> Identity:
    deployment, _, hashed = name.rpartition("-")
    owner = Owner("Deployment", deployment, f"uid-{deployment}")
    labels = {"pod-template-hash": hashed}
    return Identity("ReplicaSet", "default", name, f"uid-{name}", "", owner, labels)


def still(identity: Identity, **cells: str) -> Life:
    """An object that never changed, by its table's cells (``Cluster_IP`` for ``Cluster-IP``)."""
    named = {name.replace("_", "-"): value for name, value in cells.items()}
    state = State(identity, {"Name": identity.name, **named}, -math.inf)
    return Life((state,), -math.inf)


def pod_at(identity: Identity, address: str, node: str = "taller-worker") -> Life:
    return still(identity, IP=address, Node=node)


def worker(name: str, address: str = "<none>") -> Life:
    labels = {"kubernetes.io/hostname": name}
    if name.endswith("control-plane"):
        labels["node-role.kubernetes.io/control-plane"] = ""
    return still(Identity("Node", "", name, f"uid-{name}", "", None, labels), Internal_IP=address)


def service(name: str, address: str, ports: str = "80/TCP", namespace: str = "default") -> Life:
    identity = Identity("Service", namespace, name, f"uid-{name}", "", None, {})
    cells = {"Type": "NodePort", "Cluster-IP": address, "External-IP": "<none>", "Port(s)": ports}
    return still(identity, **cells)


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

    def recorded(self) -> tuple[Life, ...]:
        return self._lives

    def columns(self, resource: Resource) -> tuple[Column, ...]:
        return COLUMNS if resource == PODS else DEPLOYMENT_COLUMNS

    def gap_since(self, resource: Resource, moment: float) -> bool:
        return False


class Page:
    """The comparisons of one page, one after another, with one set of bindings."""

    def __init__(
        self,
        *objects: Identity | Life,
        chosen: Iterable[str] = (),
        named: Iterable[str] = (),
        endpoints: Endpoints = unknown_endpoints,
    ) -> None:
        lives = [o if isinstance(o, Life) else still(o) for o in objects]
        identities = [one.identity for one in lives]
        renamed = renamable(identities, frozenset(named))
        addresses = allocated(lives, frozenset(chosen)).names
        moving = moving_addresses(addresses, lives, renamed)
        names = {**renamed, **addresses, **moving, **known(identities)}
        self.patterns = Patterns(names, endpoints)
        self.bindings = Bindings()
        self._line = itertools.count(10, 20)

    def runs(self, command: str) -> str:
        return self.bindings.substitute(command, self.patterns.names)

    def lists_nodes(self, documented: str, real: str) -> bool:
        how = form.of("kubectl get nodes")
        output = dedent(real).lstrip("\n")
        laid = read(lines(documented), output, self.patterns.with_literal_nodes, how)
        return agrees(laid, self.bindings, "page.md:10")

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
