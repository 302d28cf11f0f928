"""Generated values listed side by side, whose order does not count (comparison rules 9 and 10).

A list of endpoints may be cut: the three that are printed are any three of them, and the total is
what must agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubedoctest.values.regex import compiled

Pair = tuple[str, str]
"""A documented value and the real one that it stands for."""

Endpoints = Callable[[Sequence[str], int], Sequence[str]]
"""All endpoints of a list, given those that are printed and how many there are; empty if unknown.

An endpoint is an address, or an address and a port as in ``10.244.1.2:8080``."""


def unknown_endpoints(_shown: Sequence[str], _total: int) -> Sequence[str]:
    """For where nobody can be asked."""
    return ()


@dataclass(frozen=True)
class Item:
    """One value of a list: a regex of what may be documented, and the real values of its groups."""

    regex: str
    parts: tuple[str, ...]

    def match(self, documented: str) -> tuple[Pair, ...] | None:
        """The values that ``documented`` would stand for, or None."""
        match = compiled(self.regex).fullmatch(documented)
        return None if match is None else tuple(zip(match.groups(), self.parts, strict=True))


@dataclass(frozen=True)
class Several:
    """A list of real values.

    Attributes:
        items: all of them.
        separator: what stands between two.
        printed: how many are printed.
        rest: the regex of what follows when there are more, or empty.
    """

    items: tuple[Item, ...]
    separator: str
    printed: int
    rest: str = ""

    @property
    def values(self) -> Iterator[str]:
        """The real values, those inside them too."""
        return (part for item in self.items for part in item.parts)

    @property
    def regex(self) -> str:
        """What a documented list looks like, without groups."""
        one = r"[^\s,]+"
        return f"{one}(?:{self.separator}{one}){{{self.printed - 1}}}{self.rest}"

    def ways(self, documented: str, pairs: tuple[Pair, ...] = ()) -> Iterator[tuple[Pair, ...]]:
        """Every way to give each documented value a real one of its own, added to ``pairs``."""
        shown = re.sub(f"{self.rest}$", "", documented).split(self.separator)
        yield from _assign(shown, self.items, pairs)


def one_to_one(pairs: Iterable[Pair]) -> bool:
    """Whether no documented value stands for two real ones, and no real one has two names."""
    documented: dict[str, str] = {}
    real: dict[str, str] = {}
    return all(documented.setdefault(d, r) == r and real.setdefault(r, d) == d for d, r in pairs)


def _assign(
    shown: Sequence[str], items: Sequence[Item], pairs: tuple[Pair, ...]
) -> Iterator[tuple[Pair, ...]]:
    if not shown:
        yield pairs
        return
    for index, item in enumerate(items):
        found = item.match(shown[0])
        if found is not None and one_to_one((*pairs, *found)):
            left = [*items[:index], *items[index + 1 :]]
            yield from _assign(shown[1:], left, (*pairs, *found))
