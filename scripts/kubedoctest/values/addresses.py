"""Addresses and ports that the cluster allocates, from the objects that have them.

A value that the author chose (it is in a manifest or a command of the page) stays literal, and so
do the two addresses that every cluster made like this one has (comparison rule 8): the API server's
Service takes the first one of the range, DNS the tenth.
Source: k8s.io/kubernetes/cmd/kubeadm/app/constants, GetDNSIP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubedoctest.cluster.timeline import Life, State
from kubedoctest.values.names import Family, Name

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


class Allocations:
    """The values allocated from one moment of a page to the next.

    An object is looked at again only when it has changed, and what may be documented is worked out
    again only when a value has come. What an object has had once, it has had ever after.

    Args:
        chosen: the words that the author chose.
    """

    def __init__(self, chosen: frozenset[str]) -> None:
        self._chosen = chosen
        self._fixed = {word for word in chosen if _is_address(word)}
        self._taken = _none_of(word for word in chosen if word.isdigit())
        self._by_kind: dict[str, set[str]] = {kind: set() for kind in _COLUMNS}
        self._ports: set[str] = set()
        self._seen: dict[str, Life] = {}
        self._last: Allocated | None = None

    def of(self, lives: Iterable[Life]) -> Allocated:
        """The values that these objects have or had, as :func:`allocated`."""
        before = self._count
        for life in lives:
            uid = life.identity.uid
            if self._seen.get(uid) is not life:
                self._seen[uid] = life
                self._take_in(life)
        if self._last is None or self._count != before:
            self._last = self._allocated()
        return self._last

    @property
    def _count(self) -> int:
        """How many values there are; none is ever taken away."""
        return len(self._fixed) + len(self._ports) + sum(map(len, self._by_kind.values()))

    def _take_in(self, life: Life) -> None:
        """Add the addresses and node ports that one object has had."""
        identity = life.identity
        if identity.kind not in _COLUMNS:
            return
        found = {value for state in life.states for value in _addresses(state)}
        self._by_kind[identity.kind] |= found
        if (identity.namespace, identity.name) in _SAME_EVERYWHERE:
            self._fixed |= found
        if identity.kind == "Service":
            self._ports |= {port for state in life.states for port in _ports(state)}

    def _allocated(self) -> Allocated:
        in_own_network = self._by_kind["Pod"] - self._by_kind["Node"]
        by_kind = {**self._by_kind, "Pod": in_own_network}  # others have their node's address
        networks = {kind: _networks(values) for kind, values in by_kind.items()}
        names: dict[str, Name] = {}
        for kind, values in by_kind.items():
            foreign = set[str]().union(*(found for k, found in networks.items() if k != kind))
            regex = f"({_none_of(self._fixed, foreign - networks[kind])}{IPV4})"
            for value in values - self._fixed:
                names[value] = Name(value, (value,), regex, ANY_IPV4, Family.ADDRESS)
        for port in self._ports - self._chosen:
            usual = re.fullmatch(_NODE_PORTS, port)
            regex = f"({self._taken}{_NODE_PORTS if usual else '[0-9]{2,5}'})"
            names[port] = Name(port, (port,), regex, "[0-9]+", Family.PORT)
        return Allocated(names, frozenset(by_kind["Pod"]))


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
