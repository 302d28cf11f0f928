"""Which node a pod landed on differs in every run; how many landed together does not.

Within one output the names and addresses of nodes compare up to a one-to-one renaming (comparison
rule 8). A node that a command or a manifest of the page names is that node, and so is a control
plane.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.values.names import Family, Local, Name

_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_LISTS_NODES = re.compile(r"\bkubectl\b[^|;&]*\s(?:nodes?|no)(?=[\s/,]|$)", re.DOTALL)


def renamable(
    identities: Iterable[Identity], named: frozenset[str] = frozenset()
) -> dict[str, Name]:
    """The nodes that may stand for one another, by real name.

    Args:
        identities: the objects known, of any kind.
        named: the words of the page's commands and manifests.
    """
    workers = sorted(
        identity.name
        for identity in identities
        if identity.kind == "Node"
        and _CONTROL_PLANE not in identity.labels
        and identity.name not in named
    )
    regex = f"({'|'.join(map(re.escape, workers))})"
    return {worker: Name(worker, (Local(worker),), regex, regex, Family.NODE) for worker in workers}


def moving_addresses(
    names: Mapping[str, Name], lives: Iterable[Life], renamed: Mapping[str, Name]
) -> dict[str, Name]:
    """The addresses of nodes that may stand for one another: they hold where the nodes' names do.

    Args:
        names: the addresses allocated, by real value.
        lives: the objects recorded, of any kind.
        renamed: the nodes that may stand for one another.
    """
    found = {
        state.cells.get("Internal-IP", "")
        for life in lives
        if life.identity.kind == "Node" and life.identity.name in renamed
        for state in life.states
    }
    return {
        address: replace(names[address], parts=(Local(address),))
        for address in found
        if address in names
    }


def where_literal(names: Mapping[str, Name]) -> dict[str, Name]:
    """The generated values of an output in which each node is itself."""
    return {real: _lasting(name) for real, name in names.items() if name.family is not Family.NODE}


def _lasting(name: Name) -> Name:
    """The same value, for longer than one output."""
    if not any(isinstance(part, Local) for part in name.parts):
        return name
    return replace(name, parts=tuple(map(str, name.parts)))


def literal_in(command: str) -> bool:
    """Whether the command is about nodes themselves, whose names it then gives as they are.

    A node that ``drain`` or ``cordon`` names is literal by its name; one that they are given by a
    variable is wherever the pod that it was asked for landed.
    """
    return "kubectl" not in command or _LISTS_NODES.search(command) is not None
