"""Tables of recorded objects: which ones a command lists, and what a page shows of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.timeline import Column, Identity, Life, State, Timeline
from kubedoctest.commands.command import Command, Query
from kubedoctest.comparison import output_format, table
from kubedoctest.comparison.output_format import OutputFormat
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.table import Section, Sorting, sections
from kubedoctest.page.transcript import DocumentedLine, Step, bare, is_gap
from kubedoctest.values import shapes
from kubedoctest.values.authored import Authored, kinds_named

Requirement = tuple[str, str, frozenset[str]]


@dataclass(frozen=True)
class ObjectQuery:
    """What one table lists."""

    resource: Resource
    namespace: str | None  # the only namespace listed, or None for all
    names: frozenset[str]  # the only names listed, or empty for all
    selector: tuple[Requirement, ...]  # requirements on labels, as (key, operator, values)
    fields: tuple[Requirement, ...] = ()  # the same on ``metadata.name`` and ``metadata.namespace``

    def includes(self, identity: Identity) -> bool:
        """Whether the table lists this object."""
        return (
            (self.namespace is None or identity.namespace in ("", self.namespace))
            and (not self.names or identity.name in self.names)
            and all(_meets(identity.labels, *requirement) for requirement in self.selector)
            and all(_meets(_fields(identity), *requirement) for requirement in self.fields)
        )

    def lives(self, timeline: Timeline) -> list[Life]:
        """The objects that the table lists while they last."""
        return [one for one in timeline.lives(self.resource) if self.includes(one.identity)]

    def covers(self, other: ObjectQuery) -> bool:
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
    """How a table shows its objects."""

    prefix: str = ""  # what comes before each name (``pod/``), or ""
    labels: tuple[tuple[str, str], ...] = ()  # the columns of ``-L``, as (heading, label)
    sorted_by: Sorting | None = None  # what its rows are sorted by, where it shows


PLAIN = View()


@dataclass(frozen=True)
class ShownTable:
    """A documented table of objects that are being recorded."""

    # its lines, without header and ``...``; none where it says that there are no objects
    rows: tuple[DocumentedLine, ...]
    excerpt: bool  # whether ``...`` leaves some out
    headers: tuple[str, ...]  # its headings; none where it says that there are no objects
    scope: ObjectQuery
    place: str  # where it begins, as ``page:line``
    view: View = PLAIN

    @property
    def is_only_a_header(self) -> bool:
        """Whether nothing follows the header, which kubectl never prints without rows."""
        return bool(self.headers) and not self.rows and not self.excerpt

    def cells(self, state: State, timeline: Timeline) -> tuple[str, ...] | None:
        """The row that kubectl prints for a state, or None when a column cannot be known."""
        return cells(state, self.headers, timeline.columns(self.scope.resource), self.view)

    def pattern(self, state: State, timeline: Timeline, patterns: Patterns) -> Pattern | None:
        """What may be documented for a state under the table's headings."""
        row = self.cells(state, timeline)
        if row is None:
            return None
        return patterns.of_row(self.headers, row, shapes.listing(self.scope.resource))


def view_of(get: Query, resource: Resource) -> View:
    """How a command shows objects of one of its kinds: several are told apart by a prefix.

    Source: k8s.io/kubectl/pkg/cmd/get (get.go), k8s.io/cli-runtime/pkg/printers (tableprinter.go).
    """
    told = len(get.kinds) > 1 or "all" in get.kinds or get.show_kind
    labels = tuple((key.rpartition("/")[2].upper(), key) for key in get.label_columns)
    group = f".{resource.group}" if resource.group else ""
    sorted_by = table.sorting_of(get)
    return View(f"{resource.singular}{group}/" if told else "", labels, sorted_by)


def headings(get: Query, resource: Resource, columns: Sequence[Column]) -> tuple[str, ...]:
    """The headings of a command's table, known also where it prints none (``--no-headers``)."""
    wide = get.output == "wide"
    found = ["NAMESPACE"] if get.all_namespaces and resource.namespaced else []
    found += [column.name.upper() for column in columns if wide or column.priority == 0]
    found += [heading for heading, _ in view_of(get, resource).labels]
    return (*found, "LABELS") if get.show_labels else tuple(found)


def query_of(get: Query, resource: Resource, namespace: str, kind: str) -> ObjectQuery | None:
    """The scope of a command, or None when its selector is not one that can be judged here.

    Args:
        namespace: the context's namespace, for when the command names none.
        kind: the kind as the command writes it.
    """
    selector = _selector(get.selector or "")
    fields = _selector(get.field_selector or "")
    if selector is None or fields is None or {key for key, _, _ in fields} - set(_FIELDS):
        return None
    everywhere = get.all_namespaces or not resource.namespaced
    return ObjectQuery(
        resource,
        None if everywhere else get.namespace or namespace,
        frozenset(get.names_of(kind)),
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
        by_heading[heading] = identity.labels.get(key, "")
    if not set(headers) <= by_heading.keys():
        return None
    return tuple(by_heading[header] for header in headers)


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


_NOTHING = re.compile(r"No resources found(?: in \S+ namespace)?\.?")


@dataclass(frozen=True)
class Listing:
    """What a command lists of one kind, and how."""

    scope: ObjectQuery
    view: View
    # those of its table where it prints none (``--no-headers``); otherwise empty
    headings: tuple[str, ...] = ()


def shown_tables(
    documented: Sequence[DocumentedLine], listings: Sequence[Listing], place: str
) -> tuple[ShownTable, ...]:
    """The documented tables; of several kinds, those that are not shown as tables without rows."""
    texts = [bare(line.text) for line in documented]
    found: list[ShownTable] = []
    for at, headings, listing in _tables(texts, listings):
        lines = documented[at.start : at.stop]
        rows = tuple(line for line in lines if line.text and not is_gap(line.text))
        excerpt = any(is_gap(line.text) for line in lines)
        found.append(ShownTable(rows, excerpt, headings, listing.scope, place, listing.view))
    complete = not any(map(is_gap, texts)) and (bool(found) or any(map(_NOTHING.fullmatch, texts)))
    if complete:
        shown = {one.scope for one in found}
        found += [
            ShownTable((), False, (), listing.scope, place, listing.view)
            for listing in listings
            if listing.scope not in shown
        ]
    return tuple(found)


def outside_tables(
    texts: Sequence[str], listings: Sequence[Listing], judged: Collection[ObjectQuery]
) -> list[int]:
    """The indices of the lines that are not in a table of one of these kinds.

    Args:
        judged: the kinds whose tables are to be left out.
    """
    left = set(range(len(texts)))
    for rows, _, listing in _tables(texts, listings):
        if listing.scope in judged:
            # Its header goes with it, and the blank line that sets it apart.
            left -= set(range(rows.start - 1, rows.stop + 1))
    if all(listing.scope in judged for listing in listings):
        left -= {n for n, text in enumerate(texts) if _NOTHING.fullmatch(text)}
    return sorted(left)


def _tables(
    texts: Sequence[str], listings: Sequence[Listing]
) -> Iterator[tuple[range, tuple[str, ...], Listing]]:
    """The tables of these kinds in an output: the indices of their rows, and their headings."""
    headings = listings[0].headings if listings else ()
    if headings and texts and not any(map(_NOTHING.fullmatch, texts)):
        yield range(len(texts)), headings, listings[0]
        return
    for section in sections(texts):
        listing = _listing_of(section, listings)
        if section.is_table and listing is not None:
            rows = range(section.start + 1, section.start + len(section.lines))
            yield rows, table.headings(section.lines[0]), listing


def _listing_of(section: Section, listings: Sequence[Listing]) -> Listing | None:
    """The kind that a table lists, by the prefix of its names."""
    if len(listings) == 1:
        return listings[0]
    rows = [row for row in section.lines[1:] if row and not is_gap(row)]
    return next(
        (
            listing
            for listing in listings
            if rows and any(word.startswith(listing.view.prefix) for word in rows[0].split()[:2])
        ),
        None,
    )


# -- what a page's commands list: which objects of which kinds, known from the command's words


class Listings:
    """The listings of one page.

    Args:
        namespace: the one that a command means when it names none.
    """

    def __init__(
        self, cluster: Cluster | None, timeline: Timeline, namespace: Callable[[], str]
    ) -> None:
        self._cluster = cluster
        self._timeline = timeline
        self._namespace = namespace
        self._unserved: list[str] = []

    def kinds_shown(self, steps: Sequence[Step], authored: Authored) -> list[Resource]:
        """The kinds to record for a page: those of its tables, and those whose names it uses."""
        words = kinds_named(steps, authored) if self._cluster is not None else []
        self._unserved = [word for word in words if not self._kinds(word)]
        return self._resources(words)

    def kinds_that_came(self) -> list[Resource]:
        """Those of the page's kinds that the cluster has come to serve since it was asked last."""
        if self._cluster is None or not self._unserved:
            return []
        self._cluster.look_again()
        found = self._resources(self._unserved)
        self._unserved = [word for word in self._unserved if not self._kinds(word)]
        return found

    def _kinds(self, word: str) -> tuple[Resource, ...]:
        """The kinds that kubectl means by a word; none where there is no cluster."""
        return self._cluster.resources_of(word) if self._cluster is not None else ()

    def _resources(self, words: Sequence[str]) -> list[Resource]:
        found = (resource for word in words for resource in self._kinds(word))
        return [resource for resource in dict.fromkeys(found) if not _is_of_events(resource)]

    def of(self, command: str) -> tuple[Listing, ...]:
        """What a command lists, a kind each, if it is one ``kubectl get`` that can be judged."""
        get = Command.of(command).query
        if get is None or get.watch or get.output not in (None, "wide"):
            return ()
        scopes = self._scopes(get)
        found = [self._listing(get, scope) for scope in scopes if scope is not None]
        if None in scopes or not all(map(self._kinds, get.kinds)):
            return ()
        if any(_is_of_events(one.scope.resource) for one in found):
            return ()
        return () if get.no_headers and len(found) > 1 else tuple(found)

    def _listing(self, get: Query, scope: ObjectQuery) -> Listing:
        left_out = self._headings(get, scope.resource) if get.no_headers else ()
        return Listing(scope, view_of(get, scope.resource), left_out)

    def about(self, command: str) -> tuple[ObjectQuery, ...]:
        """The recorded objects that a command tells of, in whatever format, if that is known."""
        return tuple(
            scope
            for one in Command.of(command).queries
            if one.verb in ("get", "describe") and not one.watch
            for scope in self._scopes(one)
            if scope is not None and self._timeline.follows(scope.resource)
        )

    def _scopes(self, get: Query) -> list[ObjectQuery | None]:
        """What a command lists of each of its kinds that the cluster serves."""
        return [
            query_of(get, resource, self._namespace(), kind)
            for kind in get.kinds
            for resource in self._kinds(kind)
        ]

    def format_of(self, command: str) -> OutputFormat:
        """How the output of a command is to be read: by its words, and by the kinds that it lists.

        What a table's columns are, and so the end of its rows without a header, the server says.
        """
        how = output_format.of(command)
        gets = [
            one
            for one in Command.of(command).queries
            if one.verb == "get" and one.format in ("", "wide") and not one.of_events
        ]
        if not gets:
            return how
        known = [one for get in gets for word in get.kinds or ("all",) for one in self._kinds(word)]
        volatile = reduce(or_, map(shapes.listing, known), how.volatile)
        first = next((one for word in gets[0].kinds[:1] for one in self._kinds(word)), None)
        headings = ("AGE",) if first is None else self._headings(gets[0], first)
        return replace(how, volatile=volatile, headings=headings)

    def _headings(self, get: Query, resource: Resource) -> tuple[str, ...]:
        """The headings of a command's table; none where they are not known."""
        if not self._timeline.follows(resource):
            return ()
        return headings(get, resource, self._timeline.columns(resource))

    def watched(self, command: str) -> ObjectQuery | None:
        """What a ``kubectl get -w`` of one kind lists, if that kind is being recorded."""
        get = Command.of(command).query
        if get is None or not get.watch or get.output not in (None, "wide") or len(get.kinds) != 1:
            return None
        scopes = self._scopes(get)
        scope = scopes[0] if len(scopes) == 1 else None
        return scope if scope is not None and self._timeline.follows(scope.resource) else None


def _is_of_events(resource: Resource) -> bool:
    """Events come and go all the time and settle nothing."""
    return resource.plural == "events"
