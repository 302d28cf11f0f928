"""Which objects a ``kubectl get`` lists, so that its table can be judged by the recording too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.timeline import Column, Identity, Life, State
from kubedoctest.commands.kubectl_get import GetCommand
from kubedoctest.comparison import sorting
from kubedoctest.comparison.sorting import Sorting

Requirement = tuple[str, str, frozenset[str]]


@dataclass(frozen=True)
class Scope:
    """What one table lists.

    Attributes:
        namespace: the only namespace listed, or None for all.
        names: the only names listed, or empty for all.
        selector: requirements on labels, as (key, operator, values).
        fields: the same on ``metadata.name`` and ``metadata.namespace``.
    """

    resource: Resource
    namespace: str | None
    names: frozenset[str]
    selector: tuple[Requirement, ...]
    fields: tuple[Requirement, ...] = ()

    def includes(self, identity: Identity) -> bool:
        """Whether the table lists this object."""
        return (
            (self.namespace is None or identity.namespace in ("", self.namespace))
            and (not self.names or identity.name in self.names)
            and all(_meets(identity.labels, *requirement) for requirement in self.selector)
            and all(_meets(_fields(identity), *requirement) for requirement in self.fields)
        )

    def covers(self, other: Scope) -> bool:
        """Whether all that ``other`` lists is surely listed here too."""
        return (
            self.resource == other.resource
            and self.namespace in (None, other.namespace)
            and (not self.names or (bool(other.names) and other.names <= self.names))
            and set(self.selector) <= set(other.selector)
            and set(self.fields) <= set(other.fields)
        )


@dataclass(frozen=True)
class View:
    """How a table shows its objects.

    Attributes:
        prefix: what comes before each name (``pod/``), or "".
        labels: the columns of ``-L``, as (heading, label).
        sorted_by: what its rows are sorted by, where it shows.
    """

    prefix: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    sorted_by: Sorting | None = None


PLAIN = View()


def view(get: GetCommand, resource: Resource) -> View:
    """How a command shows objects of one of its kinds: several are told apart by a prefix.

    Source: k8s.io/kubectl/pkg/cmd/get (get.go), k8s.io/cli-runtime/pkg/printers (tableprinter.go).
    """
    told = len(get.kinds) > 1 or "all" in get.kinds or get.show_kind
    labels = tuple((key.rpartition("/")[2].upper(), key) for key in get.label_columns)
    group = f".{resource.group}" if resource.group else ""
    sorted_by = sorting.of(get.sort_by, get.output)
    return View(f"{resource.singular}{group}/" if told else "", labels, sorted_by)


def headings(get: GetCommand, resource: Resource, columns: Sequence[Column]) -> tuple[str, ...]:
    """The headings of a command's table, known also where it prints none (``--no-headers``)."""
    wide = get.output == "wide"
    found = ["NAMESPACE"] if get.all_namespaces and resource.namespaced else []
    found += [column.name.upper() for column in columns if wide or column.priority == 0]
    found += [heading for heading, _ in view(get, resource).labels]
    return (*found, "LABELS") if get.show_labels else tuple(found)


def of(get: GetCommand, resource: Resource, namespace: str, kind: str = "") -> Scope | None:
    """The scope of a command, or None when its selector is not one that can be judged here.

    Args:
        get: the command.
        resource: the kind that it names.
        namespace: the context's namespace, for when the command names none.
        kind: the kind as the command writes it, where it names several.
    """
    selector = _selector(get.selector or "")
    fields = _selector(get.field_selector or "")
    if selector is None or fields is None or {key for key, _, _ in fields} - set(_FIELDS):
        return None
    everywhere = get.all_namespaces or not resource.namespaced
    return Scope(
        resource,
        None if everywhere else get.namespace or namespace,
        frozenset(get.names_of(kind or get.kinds[0])),
        selector,
        fields,
    )


def cells(
    state: State, headers: Sequence[str], columns: Sequence[Column], how: View = PLAIN
) -> tuple[str, ...] | None:
    """The row that kubectl prints for a state, or None when a column cannot be known here."""
    by_heading = {column.name.upper(): state.cells.get(column.name, "") for column in columns}
    identity = state.identity
    by_heading["NAMESPACE"] = identity.namespace
    by_heading["LABELS"] = (
        ",".join(f"{k}={v}" for k, v in sorted(identity.labels.items())) or "<none>"
    )
    if how.prefix:
        by_heading["NAME"] = how.prefix + by_heading.get("NAME", identity.name)
    for heading, key in how.labels:
        by_heading[heading] = identity.labels.get(key, "<none>")
    if not set(headers) <= by_heading.keys():
        return None
    return tuple(by_heading[header] for header in headers)


def listed(lives: Sequence[Life], scope: Scope) -> list[Life]:
    """The lives that the table lists while they last."""
    return [life for life in lives if scope.includes(life.identity)]


_FIELDS = ("metadata.name", "metadata.namespace")


def _fields(identity: Identity) -> dict[str, str]:
    return dict(zip(_FIELDS, (identity.name, identity.namespace), strict=True))


def _selector(text: str) -> tuple[Requirement, ...] | None:
    requirements: list[Requirement] = []
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
