"""Which node a pod landed on differs in every run; how many landed together does not.

Within one output the names of nodes compare up to a one-to-one renaming (comparison rule 8). A
node that a command or a manifest of the page names is that node, and so is a control plane.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kubedoctest.names import Family, Local, Name
from kubedoctest.timeline import Identity

_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_ABOUT_NODES = re.compile(
    r"\bkubectl\b[^|;&]*\s(?:nodes?|no|cordon|uncordon|drain|taint)(?=[\s/,]|$)", re.DOTALL
)


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


def literal_in(command: str) -> bool:
    """Whether the command is about nodes themselves, whose names it then gives as they are."""
    return "kubectl" not in command or _ABOUT_NODES.search(command) is not None
