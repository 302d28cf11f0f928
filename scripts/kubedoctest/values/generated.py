"""The values among the real objects of a page that differ in every run, from moment to moment.

Generated names are worked out by `names`. Of addresses and ports, those that the author chose (they
are in a manifest or a command of the page) stay literal, and so do the two that every cluster made
like this one has (comparison rule 8): the API server's Service takes the first one of the range,
DNS the tenth. Source: k8s.io/kubernetes/cmd/kubeadm/app/constants, GetDNSIP.

Which node a pod landed on differs in every run; how many landed together does not. The author's
workers stand for the real ones, one to one, in all outputs of the page (comparison rule 8b). A node
that a command or a manifest of the page names is that node, and so is a control plane.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kubedoctest.cluster.api import ApiError, Cluster
from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.values.authored import Authored
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import (
    NAME_END,
    NAME_START,
    Family,
    Local,
    Name,
    compiled,
    known,
    sparing,
)
from kubedoctest.values.shapes import ALPHABET, ANY_IPV4, ENGINE_ID, IPV4, SUFFIX, UID

_NODE_PORTS = r"(?:3[01][0-9]{3}|32[0-6][0-9]{2}|327[0-5][0-9]|3276[0-7])"
_SAME_EVERYWHERE = {("default", "kubernetes"), ("kube-system", "kube-dns")}
_COLUMNS = {"Pod": ("IP",), "Service": ("Cluster-IP", "External-IP"), "Node": ("Internal-IP",)}
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"

_is_address = re.compile(ANY_IPV4).fullmatch
_can_be_address = re.compile(IPV4).fullmatch


@dataclass(frozen=True)
class Values:
    """The values of one moment."""

    names: Mapping[str, Name]  # by real value, what may be documented for it
    pods: frozenset[str]  # the addresses of pods, gone ones included


class Generated:
    """The values among the objects of one page; the same object as long as there is no other.

    An object is looked at again only when it has changed. What one has had, it has had ever after.
    """

    def __init__(self, authored: Authored) -> None:
        self._authored = authored
        self._fixed = {word for word in authored.chosen if _is_address(word)}
        self._addresses: dict[str, set[str]] = {kind: set() for kind in _COLUMNS}
        self._ports: set[str] = set()
        self._seen: dict[str, Life] = {}
        self._last: tuple[tuple[Identity, ...], int, Values] | None = None

    def among(self, lives: Sequence[Life]) -> Values:
        """The values that these objects, those of before among them, have or had."""
        for life in lives:
            uid = life.identity.uid
            if self._seen.get(uid) is not life:
                self._seen[uid] = life
                self._take_in(life)
        # As they were made: a name stays generated when its controller lets go of the object.
        identities = tuple(life.states[0].identity for life in lives)
        allocated = len(self._fixed) + len(self._ports) + sum(map(len, self._addresses.values()))
        if self._last is None or self._last[:2] != (identities, allocated):
            self._last = identities, allocated, self._values(lives, identities)
        return self._last[2]

    def _take_in(self, life: Life) -> None:
        """Add the addresses and node ports that one object has had."""
        identity = life.identity
        if identity.kind not in _COLUMNS:
            return
        found = _addresses_of(life)
        self._addresses[identity.kind] |= found
        if (identity.namespace, identity.name) in _SAME_EVERYWHERE:
            self._fixed |= found
        if identity.kind == "Service":
            self._ports |= _node_ports_of(life)

    def _values(self, lives: Sequence[Life], identities: Sequence[Identity]) -> Values:
        nodes = _renamable(identities, self._authored.named)
        own = [life for life in lives if life.identity.kind == "Node"]
        moving = {a for life in own if life.identity.name in nodes for a in _addresses_of(life)}
        # A pod in its node's network has its address.
        pods = self._addresses["Pod"] - self._addresses["Node"]
        names = {
            **nodes,
            **dict(self._named_addresses({**self._addresses, "Pod": pods}, moving)),
            **dict(self._named_ports()),
            **sparing(known(identities), self._authored.made),
        }
        return Values(names, frozenset(pods))

    def _named_addresses(
        self, by_kind: Mapping[str, set[str]], moving: Collection[str]
    ) -> Iterator[tuple[str, Name]]:
        """The addresses; those of nodes that stand for one another hold where their names do."""
        networks = {kind: _networks(values) for kind, values in by_kind.items()}
        for kind, values in by_kind.items():
            foreign = set[str]().union(*(found for k, found in networks.items() if k != kind))
            regex = f"({_none_of(self._fixed, foreign - networks[kind])}{IPV4})"
            for value in values - self._fixed:
                part = Local(value) if value in moving else value
                yield value, Name((part,), regex, Family.ADDRESS)

    def _named_ports(self) -> Iterator[tuple[str, Name]]:
        taken = _none_of(word for word in self._authored.chosen if word.isdigit())
        for port in self._ports - self._authored.chosen:
            usual = re.fullmatch(_NODE_PORTS, port)
            regex = f"({taken}{_NODE_PORTS if usual else '[0-9]{2,5}'})"
            yield port, Name((port,), regex, Family.PORT)


def where_literal(names: Mapping[str, Name]) -> dict[str, Name]:
    """The generated values of an output in which each node is itself."""
    return {
        real: replace(name, parts=(real,)) if isinstance(name.real, Local) else name
        for real, name in names.items()
        if name.family is not Family.NODE
    }


def _renamable(identities: Iterable[Identity], named: Collection[str]) -> dict[str, Name]:
    """The nodes that may stand for one another, by real name: none that the page names."""
    workers = sorted(
        identity.name
        for identity in identities
        if identity.kind == "Node"
        and _CONTROL_PLANE not in identity.labels
        and identity.name not in named
    )
    regex = f"({'|'.join(map(re.escape, workers))})"
    return {worker: Name((worker,), regex, Family.NODE) for worker in workers}


def _addresses_of(life: Life) -> set[str]:
    """The addresses that an object has had."""
    return {
        value
        for state in life.states
        for column in _COLUMNS[life.identity.kind]
        if _can_be_address(value := state.cells.get(column, ""))
        and (column != "External-IP" or state.cells.get("Type") == "LoadBalancer")
    }


def _node_ports_of(life: Life) -> set[str]:
    """The node ports of cells like ``80:30100/TCP,81:32135/TCP``."""
    cells = (state.cells.get("Port(s)", "") for state in life.states)
    return {match[1] for cell in cells for match in re.finditer(r":([0-9]+)/", cell)}


def _networks(values: Iterable[str]) -> set[str]:
    """The /16 networks of these addresses, as their first two numbers and a dot."""
    return {".".join(value.split(".")[:2]) + "." for value in values}


def _none_of(values: Iterable[str], networks: Iterable[str] = ()) -> str:
    """A lookahead against some addresses and networks."""
    refused = [rf"{re.escape(value)}(?![0-9])" for value in sorted(values)]
    refused += [re.escape(network) for network in sorted(networks)]
    return f"(?!{'|'.join(refused)})" if refused else ""


# -- what kubectl leaves out of a list of endpoints


class EndpointLists:
    """All endpoints of a Service, of which kubectl prints the first three (comparison rule 9).

    They are the lists of one moment: read once, and only if an output cuts one short.
    Source: k8s.io/kubernetes/pkg/printers/internalversion, formatEndpoints and
    formatEndpointSliceEndpoints, which end with ``+ 1 more...``; kubectl describe does the same.
    """

    def __init__(self, cluster: Cluster | None, pods: Collection[str]) -> None:
        self._cluster = cluster
        self._pods = pods
        self._lists: list[frozenset[str]] | None = None

    def forget(self) -> None:
        """Read the lists again when they are needed next."""
        self._lists = None

    def __call__(self, shown: Sequence[str], total: int) -> Sequence[str]:
        """The whole list that begins with ``shown``; where it is unknown, every pod may follow."""
        if self._lists is None:
            self._lists = list(_lists(self._cluster)) if self._cluster is not None else []
        for endpoints in self._lists:
            if len(endpoints) == total and endpoints.issuperset(shown):
                return sorted(endpoints)
        _, colon, port = shown[0].partition(":")
        return sorted({*shown, *(f"{pod}{colon}{port}" for pod in self._pods)})


def _lists(cluster: Cluster) -> Iterator[frozenset[str]]:
    """Each slice's addresses, and for each Service the ready ones with their ports."""
    resource = cluster.resource("endpointslices.discovery.k8s.io")
    if resource is None:
        return
    try:
        slices = cluster.get(resource.path)["items"]
    except ApiError:
        return
    services: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in slices or ():
        yield frozenset(_endpoints(item, ready=False))
        metadata = item["metadata"]
        service = (metadata.get("labels") or {}).get("kubernetes.io/service-name", "")
        for port in item.get("ports") or ():
            suffix = f":{port.get('port')}"
            yield frozenset(a + suffix for a in _endpoints(item, ready=True))
            services[metadata["namespace"], service] |= {
                a + suffix for a in _endpoints(item, ready=True)
            }
    yield from map(frozenset, services.values())


def _endpoints(item: dict[str, Any], ready: bool) -> Iterator[str]:
    for endpoint in item.get("endpoints") or ():
        if not ready or (endpoint.get("conditions") or {}).get("ready", True):
            yield from endpoint.get("addresses", ())


# -- values that no block has shown

# Whatever looks like what the cluster generates stands for what a block showed, anywhere in a page
# (comparison rule 7): in a command, in prose, in a link, in a diagram. What the author chose, or
# gave as a name to something that a command or a manifest makes, is the author's.

_HASHED = re.compile(r"(?:pod-template|controller-revision)-hash=(?P<value>[a-z0-9]+)")
_BARE_HASH = re.compile(
    rf"{NAME_START}(?=[a-z]*[0-9])(?=[0-9]*[a-z])(?P<value>[{ALPHABET}]{{8,10}}){NAME_END}"
)
_ENDS = re.compile(rf"(?:…|\.\.\.)-?(?P<value>(?:[{ALPHABET}]{{6,10}}-)?{SUFFIX}){NAME_END}")
_ADDRESS = re.compile(rf"(?<![0-9.])(?P<value>{IPV4})(?![0-9./]*[0-9/])")
_UID = re.compile(rf"(?<![0-9A-Za-z-])(?P<value>{UID})(?![0-9A-Za-z-])")
_ENGINE_ID = re.compile(
    rf"(?<![0-9A-Za-z-])(?=[0-9]*[a-f])(?=[a-f]*[0-9])(?P<value>{ENGINE_ID})(?![0-9A-Za-z-])"
)


@dataclass(frozen=True)
class Shown:
    """What a page has shown, and what is its author's."""

    names: Mapping[str, Name]  # the generated values of the moment, by real value
    bindings: Bindings  # what the page has shown of them
    authored: Collection[str]  # the words that are its author's

    def unshown_in_command(self, command: str) -> str | None:
        """The first name, hash or id in a command that nothing has shown."""
        return self._first(
            self._named(command),
            self._found(_HASHED, command),
            self._found(_ENGINE_ID, command) if self._has_ids else (),
        )

    def unshown_in_prose(self, text: str) -> str | None:
        """The first value of any kind in the page's prose that nothing has shown."""
        return self._first(
            self._named(text),
            self._found(_HASHED, text),
            self._found(_BARE_HASH, text) if self._has_hashes else (),
            (a for a in self._found(_ADDRESS, text) if _network(a) in self._networks),
            self._found(_UID, text) if self.names else (),
            self._found(_ENGINE_ID, text) if self._has_ids else (),
        ) or next(filter(self._ends_none, self._found(_ENDS, text) if self.names else ()), None)

    @cached_property
    def _has_ids(self) -> bool:
        return any(re.fullmatch(ENGINE_ID, r) for r in self.bindings.committed.values())

    @cached_property
    def _has_hashes(self) -> bool:
        return any(name.family is Family.HASH for name in self.names.values())

    @cached_property
    def _networks(self) -> frozenset[str]:
        found = (value for value, name in self.names.items() if name.family is Family.ADDRESS)
        return frozenset(map(_network, found))

    def _first(self, *values: Iterable[str]) -> str | None:
        known = (self.bindings, self.authored)
        found = (value for several in values for value in several)
        return next((value for value in found if not any(value in one for one in known)), None)

    def _named(self, text: str) -> Iterator[str]:
        """The words that have the form of a name generated by the cluster."""
        if self._forms:
            yield from (match.group() for match in compiled(self._forms).finditer(text))

    @cached_property
    def _forms(self) -> str:
        """The regex of all of them; empty if there is none."""
        regexes = dict.fromkeys(n.regex for n in self.names.values() if n.family is Family.NAME)
        return f"{NAME_START}(?:{'|'.join(regexes)}){NAME_END}" if regexes else ""

    def _found(self, regex: re.Pattern[str], text: str) -> Iterator[str]:
        return (match["value"] for match in regex.finditer(text))

    def _ends_none(self, end: str) -> bool:
        """Whether no name that the page has shown ends so (``…-2xkqn``)."""
        return not any(shown.endswith(f"-{end}") for shown in self.bindings.shown)


def _network(address: str) -> str:
    return ".".join(address.split(".")[:2])
