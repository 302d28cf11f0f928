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
    by_kind: dict[str, set[str]] = {kind: set() for kind in _COLUMNS}
    ports: set[str] = set()
    fixed = {word for word in chosen if re.fullmatch(ANY_IPV4, word)}
    for life in lives:
        identity = life.identity
        if identity.kind not in _COLUMNS:
            continue
        found = {value for state in life.states for value in _addresses(state)}
        if (identity.namespace, identity.name) in _SAME_EVERYWHERE:
            fixed |= found
        by_kind[identity.kind] |= found
        if identity.kind == "Service":
            ports |= {port for state in life.states for port in _ports(state)}
    by_kind["Pod"] -= by_kind["Node"]  # pods in the node's own network
    names: dict[str, Name] = {}
    for kind, values in by_kind.items():
        foreign = _networks(v for k, vs in by_kind.items() if k != kind for v in vs)
        foreign -= _networks(values)
        regex = f"({_none_of(fixed, foreign)}{IPV4})"
        for value in values:
            if value not in fixed:
                names[value] = Name(value, (value,), regex, ANY_IPV4, Family.ADDRESS)
    taken = _none_of(word for word in chosen if word.isdigit())
    for port in ports - chosen:
        usual = re.fullmatch(_NODE_PORTS, port)
        regex = f"({taken}{_NODE_PORTS if usual else '[0-9]{2,5}'})"
        names[port] = Name(port, (port,), regex, "[0-9]+", Family.PORT)
    return Allocated(names, frozenset(by_kind["Pod"]))


def _addresses(state: State) -> Iterator[str]:
    for column in _COLUMNS[state.identity.kind]:
        value = state.cells.get(column, "")
        if column == "External-IP" and state.cells.get("Type") != "LoadBalancer":
            continue
        if re.fullmatch(IPV4, value):
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
