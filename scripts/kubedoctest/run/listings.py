"""What a page's commands list: which objects of which kinds, known from the command's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.timeline import Timeline
from kubedoctest.commands.kubectl_get import GetCommand, kubectl_get
from kubedoctest.comparison import scope
from kubedoctest.comparison.scope import Scope
from kubedoctest.comparison.shown import Listing
from kubedoctest.page.transcript import Step
from kubedoctest.values import kinds_used
from kubedoctest.values.authored import Authored


class Listings:
    """The listings of one page.

    Args:
        namespace: the one that a command means when it names none.
    """

    def __init__(
        self, cluster: Cluster | None, timeline: Timeline | None, namespace: Callable[[], str]
    ) -> None:
        self._cluster = cluster
        self._timeline = timeline
        self._namespace = namespace

    def kinds_shown(self, steps: Sequence[Step], authored: Authored) -> list[Resource]:
        """The kinds to record for a page: those of its tables, and those whose names it uses."""
        if self._cluster is None:
            return []
        words = kinds_used.words(steps, authored)
        found = (resource for word in words for resource in self._cluster.resources_of(word))
        return [resource for resource in dict.fromkeys(found) if not _is_of_events(resource)]

    def of(self, command: str) -> tuple[Listing, ...]:
        """What a command lists, a kind each, if it is one ``kubectl get`` that can be judged."""
        get = kubectl_get(command)
        if get is None or self._cluster is None:
            return ()
        if get.watch or get.output not in (None, "wide"):
            return ()
        found: list[Listing] = []
        for kind in get.kinds:
            resources = self._cluster.resources_of(kind)
            scopes = [scope.of(get, r, self._namespace(), kind) for r in resources]
            if not scopes or any(map(_is_of_events, resources)) or None in scopes:
                return ()
            found += [
                Listing(s, scope.view(get, s.resource), self._headings(get, s.resource))
                for s in scopes
                if s is not None
            ]
        return () if get.no_headers and len(found) > 1 else tuple(found)

    def _headings(self, get: GetCommand, resource: Resource) -> tuple[str, ...]:
        """The headings that a command leaves out; none if it prints them."""
        if not get.no_headers or self._timeline is None or not self._timeline.follows(resource):
            return ()
        return scope.headings(get, resource, self._timeline.columns(resource))

    def watched(self, command: str) -> Scope | None:
        """What a ``kubectl get -w`` of one kind lists, if that kind is being recorded."""
        get = kubectl_get(command)
        if get is None or not get.watch or get.output not in (None, "wide") or len(get.kinds) != 1:
            return None
        resources = self._cluster.resources_of(get.kinds[0]) if self._cluster else ()
        if len(resources) != 1 or not self._timeline or not self._timeline.follows(resources[0]):
            return None
        return scope.of(get, resources[0], self._namespace())


def _is_of_events(resource: Resource) -> bool:
    """Events come and go all the time and settle nothing."""
    return resource.plural == "events"
