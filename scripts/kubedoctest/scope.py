"""Which objects a ``kubectl get`` lists, so that its table can be judged by the recording too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubedoctest.cluster import Resource
from kubedoctest.reading import GetCommand
from kubedoctest.timeline import Column, Identity, Life, State


@dataclass(frozen=True)
class Scope:
    """What one table lists.

    Attributes:
        namespace: the only namespace listed, or None for all.
        names: the only names listed, or empty for all.
        selector: label requirements, as (key, operator, values).
    """

    resource: Resource
    namespace: str | None
    names: frozenset[str]
    selector: tuple[tuple[str, str, frozenset[str]], ...]

    def includes(self, identity: Identity) -> bool:
        """Whether the table lists this object."""
        return (
            (self.namespace is None or identity.namespace in ("", self.namespace))
            and (not self.names or identity.name in self.names)
            and all(_meets(identity.labels, *requirement) for requirement in self.selector)
        )


def of(get: GetCommand, resource: Resource, namespace: str) -> Scope | None:
    """The scope of a command, or None when its selector is not one that can be judged here.

    Args:
        get: the command.
        resource: the kind that it names.
        namespace: the context's namespace, for when the command names none.
    """
    selector = _selector(get.selector or "")
    if selector is None:
        return None
    everywhere = get.all_namespaces or not resource.namespaced
    return Scope(
        resource,
        None if everywhere else get.namespace or namespace,
        frozenset(get.names),
        selector,
    )


def cells(
    state: State, headers: Sequence[str], columns: Sequence[Column]
) -> tuple[str, ...] | None:
    """The row that kubectl prints for a state, or None when a column cannot be known here."""
    by_heading = {column.name.upper(): state.cells.get(column.name, "") for column in columns}
    identity = state.identity
    by_heading["NAMESPACE"] = identity.namespace
    by_heading["LABELS"] = (
        ",".join(f"{k}={v}" for k, v in sorted(identity.labels.items())) or "<none>"
    )
    if not set(headers) <= by_heading.keys():
        return None
    return tuple(by_heading[header] for header in headers)


def listed(lives: Sequence[Life], scope: Scope) -> list[Life]:
    """The lives that the table lists while they last."""
    return [life for life in lives if scope.includes(life.identity)]


def _selector(text: str) -> tuple[tuple[str, str, frozenset[str]], ...] | None:
    requirements = []
    for part in filter(None, (p.strip() for p in re.split(r",(?![^(]*\))", text))):
        if match := re.fullmatch(r"([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)", part):
            requirements.append((match[1], match[2].replace("==", "="), frozenset({match[3]})))
        elif match := re.fullmatch(r"([^\s!,()]+)\s+(in|notin)\s+\(([^()]*)\)", part):
            values = frozenset(v.strip() for v in match[3].split(","))
            requirements.append((match[1], match[2], values))
        elif match := re.fullmatch(r"(!?)([^\s=!,()]+)", part):
            requirements.append((match[2], "absent" if match[1] else "present", frozenset()))
        else:
            return None
    return tuple(requirements)


def _meets(labels: Mapping[str, str], key: str, operator: str, values: frozenset[str]) -> bool:
    value = labels.get(key)
    if operator in ("=", "in"):
        return value in values
    if operator in ("!=", "notin"):
        return value not in values
    return (value is None) == (operator == "absent")
