"""A cluster's past made by hand, for tests: identities, histories, documented lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable
from dataclasses import replace
from textwrap import dedent
from typing import Any

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.timeline import Column, Identity, Life, Owner, State, Timeline
from kubedoctest.comparison.mismatch import Explanation, explain
from kubedoctest.comparison.object_query import Listings
from kubedoctest.comparison.outputs import Reading, agrees, read
from kubedoctest.comparison.pattern import Endpoints, Patterns, unknown_endpoints
from kubedoctest.comparison.solve import Answer, Proof
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.authored import Authored
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.generated import Generated

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


def landed(name: str, node: str, born: float, gone: float = math.inf) -> Life:
    """A pod that runs on a node from its birth on."""
    cells = {"Name": name, "Ready": "1/1", "Status": "Running", "Restarts": "0", "Age": "9s"}
    state = State(bare_pod(name), {**cells, "IP": "10.244.1.1", "Node": node}, born, gone)
    return Life((state,), born, gone)


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


OTHER_KINDS = tuple(
    Resource(group, "v1", f"{kind.lower()}s", kind, kind.lower(), (short,), True, frozenset())
    for group, kind, short in (
        ("", "Node", "no"),
        ("", "PersistentVolume", "pv"),
        ("", "PersistentVolumeClaim", "pvc"),
        ("", "ResourceQuota", "quota"),
        ("autoscaling", "HorizontalPodAutoscaler", "hpa"),
        ("batch", "CronJob", "cj"),
        ("batch", "Job", "job"),
    )
)
LISTS_PODS = "kubectl get pods"


class Recorded(Timeline):
    """A timeline that only replays."""

    def __init__(self, *lives: Life) -> None:
        super().__init__()
        self.becomes(*lives)

    def becomes(self, *lives: Life) -> None:
        """What was recorded by a later moment."""
        self._events += 1
        self._lives = lives

    @property
    def events(self) -> int:
        return self._events

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


class Serving(Cluster):
    """A cluster of which only the kinds are known."""

    def __init__(self) -> None:
        self.__dict__["resources"] = (PODS, DEPLOYMENTS, *OTHER_KINDS)


LISTINGS = Listings(Serving(), Recorded(), lambda: "default")


class Page:
    """The comparisons of one page, one after another, with one set of bindings."""

    def __init__(
        self,
        *objects: Identity | Life,
        chosen: Iterable[str] = (),
        named: Iterable[str] = (),
        endpoints: Endpoints = unknown_endpoints,
        authored: str = "",
        made: Collection[str] = (),
    ) -> None:
        lives = [o if isinstance(o, Life) else still(o) for o in objects]
        words = Authored(chosen=frozenset(chosen), named=frozenset(named), made=frozenset(made))
        names = Generated(words).among(lives).names
        self.patterns = Patterns(names, endpoints, authored)
        self.bindings = Bindings()
        self._line = itertools.count(10, 20)

    def runs(self, command: str) -> str:
        text, self.bindings = self.bindings.substitute(command, self.patterns.names)
        return text

    def lists_nodes(self, documented: str, real: str) -> bool:
        how = LISTINGS.format_of("kubectl get nodes")
        output = dedent(real).lstrip("\n")
        laid = read(lines(documented), output, self.patterns.with_literal_nodes, how)
        return self._learns(agrees(laid, self.bindings, "page.md:10"))

    def shows(
        self,
        documented: str,
        real: str,
        command: str = "kubectl get pods",
        *,
        partial: bool = False,
    ) -> bool:
        place, laid = self._read(documented, real, command, partial)
        return self._learns(agrees(laid, self.bindings, place))

    def mismatch(
        self,
        documented: str,
        real: str,
        command: str = "kubectl get pods",
        *,
        partial: bool = False,
    ) -> Explanation:
        place, laid = self._read(documented, real, command, partial)
        assert not isinstance(agrees(laid, self.bindings, place), Proof)
        return explain(laid, self.patterns, self.bindings)

    def _learns(self, answer: Answer[Any]) -> bool:
        if isinstance(answer, Proof):
            self.bindings = answer.bindings
        return isinstance(answer, Proof)

    def _read(self, documented: str, real: str, command: str, partial: bool) -> tuple[str, Reading]:
        first = next(self._line)
        output = dedent(real).lstrip("\n")
        how = replace(LISTINGS.format_of(command), partial=partial)
        laid = read(lines(documented, first), output, self.patterns, how)
        return f"page.md:{first}", laid
