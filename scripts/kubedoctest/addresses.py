"""Addresses and ports that the cluster allocates, from the objects that have them.

A value that the author chose (it is in a manifest or a command of the page) stays literal, and so
do the two addresses that every cluster made like this one has (comparison rule 8): the API server's
Service takes the first one of the range, DNS the tenth.
Source: k8s.io/kubernetes/cmd/kubeadm/app/constants, GetDNSIP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kubedoctest.names import Family, Name
from kubedoctest.timeline import Life, State

OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"{OCTET}(?:\.{OCTET}){{3}}"
ANY_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"

_NODE_PORTS = r"(?:3[01][0-9]{3}|32[0-6][0-9]{2}|327[0-5][0-9]|3276[0-7])"
_SAME_EVERYWHERE = {("default", "kubernetes"), ("kube-system", "kube-dns")}
_COLUMNS = {"Pod": ("IP",), "Service": ("Cluster-IP", "External-IP"), "Node": ("Internal-IP",)}


@dataclass(frozen=True)
class Allocated:
    """The values of one moment.

    Attributes:
        names: what may be documented for each, by real value.
        pods: the addresses of pods, gone ones included.
    """

    names: dict[str, Name]
    pods: frozenset[str]


def allocated(lives: Iterable[Life], chosen: frozenset[str] = frozenset()) -> Allocated:
    """The addresses of pods, Services and nodes, and the node ports.

    Args:
        lives: the objects recorded, of any kind.
        chosen: the words that the author chose.
    """
    return Allocations(chosen).of(lives)


@dataclass
class _Had:
    """The values that the objects of a page have had.

    Attributes:
        by_kind: addresses.
        fixed: those that every cluster has.
        ports: node ports.
    """

    by_kind: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in _COLUMNS})
    fixed: set[str] = field(default_factory=set)
    ports: set[str] = field(default_factory=set)


class Allocations:
    """The values allocated from one moment of a page to the next.

    An object is looked at again only when it has changed, and what may be documented is worked out
    again only when a value has come.

    Args:
        chosen: the words that the author chose.
    """

    def __init__(self, chosen: frozenset[str]) -> None:
        self._chosen = chosen
        self._fixed = {word for word in chosen if _is_address(word)}
        self._taken = _none_of(word for word in chosen if word.isdigit())
        self._seen: dict[str, tuple[Life, frozenset[str], frozenset[str]]] = {}
        self._last: tuple[_Had, Allocated] | None = None

    def of(self, lives: Iterable[Life]) -> Allocated:
        """The values that these objects have or had, as :func:`allocated`."""
        had = self._had(lives)
        if self._last is None or self._last[0] != had:
            self._last = (had, self._allocated(had))
        return self._last[1]

    def _had(self, lives: Iterable[Life]) -> _Had:
        had = _Had(fixed=set(self._fixed))
        for life in lives:
            identity = life.identity
            if identity.kind not in _COLUMNS:
                continue
            found, ports = self._values(life)
            had.by_kind[identity.kind].update(found)
            had.ports.update(ports)
            if (identity.namespace, identity.name) in _SAME_EVERYWHERE:
                had.fixed.update(found)
        had.by_kind["Pod"].difference_update(had.by_kind["Node"])  # in the node's own network
        return had

    def _values(self, life: Life) -> tuple[frozenset[str], frozenset[str]]:
        """The addresses and node ports that one object has had."""
        seen = self._seen.get(life.identity.uid)
        if seen is None or seen[0] is not life:
            found = frozenset(value for state in life.states for value in _addresses(state))
            service = life.identity.kind == "Service"
            ports = (port for state in life.states for port in _ports(state)) if service else ()
            seen = self._seen[life.identity.uid] = (life, found, frozenset(ports))
        return seen[1:]

    def _allocated(self, had: _Had) -> Allocated:
        names: dict[str, Name] = {}
        networks = {kind: _networks(values) for kind, values in had.by_kind.items()}
        for kind, values in had.by_kind.items():
            foreign = set[str]().union(*(found for k, found in networks.items() if k != kind))
            regex = f"({_none_of(had.fixed, foreign - networks[kind])}{IPV4})"
            for value in values - had.fixed:
                names[value] = Name(value, (value,), regex, ANY_IPV4, Family.ADDRESS)
        for port in had.ports - self._chosen:
            usual = re.fullmatch(_NODE_PORTS, port)
            regex = f"({self._taken}{_NODE_PORTS if usual else '[0-9]{2,5}'})"
            names[port] = Name(port, (port,), regex, "[0-9]+", Family.PORT)
        return Allocated(names, frozenset(had.by_kind["Pod"]))


_is_address = re.compile(ANY_IPV4).fullmatch
_can_be_address = re.compile(IPV4).fullmatch


def _addresses(state: State) -> Iterator[str]:
    for column in _COLUMNS[state.identity.kind]:
        value = state.cells.get(column, "")
        if column == "External-IP" and state.cells.get("Type") != "LoadBalancer":
            continue
        if _can_be_address(value):
            yield value


def _ports(state: State) -> Iterator[str]:
    """The node ports of a cell like ``80:30100/TCP,81:32135/TCP``."""
    for match in re.finditer(r":([0-9]+)/", state.cells.get("Port(s)", "")):
        yield match[1]


def _networks(values: Iterable[str]) -> set[str]:
    """The /16 networks of these addresses, as their first two numbers and a dot."""
    return {".".join(value.split(".")[:2]) + "." for value in values}


def _none_of(values: Iterable[str], networks: Iterable[str] = ()) -> str:
    """A lookahead against some addresses and networks."""
    refused = [rf"{re.escape(value)}(?![0-9])" for value in sorted(values)]
    refused += [re.escape(network) for network in sorted(networks)]
    return f"(?!{'|'.join(refused)})" if refused else ""
