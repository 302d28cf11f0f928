"""The generated values of a page, from one moment to the next.

On a cluster something is reported all the time, and few of those events bring a new name or
address. So each part is kept with what it depends on, and patterns are made anew only when a value
has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.values import nodes
from kubedoctest.values.addresses import Allocated, Allocations
from kubedoctest.values.authored import Authored
from kubedoctest.values.names import Name, Register


@dataclass(frozen=True)
class Values:
    """The values of one moment.

    Attributes:
        names: by real value, what may be documented for it.
        pods: the addresses of pods, gone ones included.
    """

    names: Mapping[str, Name]
    pods: frozenset[str]


class Generated:
    """The values among the objects of one page; the same object as long as there is no other."""

    def __init__(self, authored: Authored) -> None:
        self._named = authored.named
        self._register = Register()
        self._allocations = Allocations(authored.chosen)
        self._last: tuple[tuple[Identity, ...], Allocated, Values] | None = None

    def among(self, lives: Sequence[Life]) -> Values:
        """The values that these objects, those of before among them, have or had."""
        identities = tuple(life.identity for life in lives)
        allocated = self._allocations.of(lives)
        if self._last is None or self._last[0] != identities or self._last[1] is not allocated:
            renamed = nodes.renamable(identities, self._named)
            moving = nodes.moving_addresses(allocated.names, lives, renamed)
            known = self._register.names(identities)
            names = {**renamed, **allocated.names, **moving, **known}
            self._last = (identities, allocated, Values(names, allocated.pods))
        return self._last[2]
