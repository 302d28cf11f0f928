"""From a piece of real output, the pattern of all that a page may truthfully show for it.

Documented text is never taken apart by position (comparison rule 10): the pattern is built from the
real side, whose cells are known, and the documented line is matched as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from kubedoctest import shapes
from kubedoctest.addresses import ANY_IPV4
from kubedoctest.names import WORD, Family, Name
from kubedoctest.nodes import where_literal
from kubedoctest.several import Endpoints, Item, Pair, Several, one_to_one, unknown_endpoints
from kubedoctest.shapes import Shape

__all__ = ["Pair", "Pattern", "Patterns", "one_to_one"]

CELL_INDENT = 12
"""Blanks at a line's start from here on are a blank cell's width, not nesting (``describe``)."""

MOST_WAYS = 720
_BETWEEN = re.compile(r"(?P<port>:[0-9]+)?(?P<separator>[, ])")
_AFTER = re.compile(r"(?P<port>:[0-9]+)?(?P<more> \+ (?P<count>[0-9]+) more\.\.\.)?")
_FORWARDED = r"(?<=Forwarding from 127\.0\.0\.1:)[0-9]+|(?<=Forwarding from \[::1\]:)[0-9]+"


@dataclass(frozen=True)
class Pattern:
    """What may be documented for a piece of real text.

    Attributes:
        regex: matches the whole documented line; its groups are generated values.
        parts: for each group the real value, or the several in any order that it lists.
    """

    regex: re.Pattern[str]
    parts: tuple[str | Several, ...]

    @property
    def source(self) -> str:
        """The regex's text: equal for lines that differ only in generated values."""
        return self.regex.pattern

    def match(self, documented: str) -> frozenset[Pair] | None:
        """The values that ``documented`` would stand for, or None when it cannot be true."""
        return next(self.ways(documented), None)

    def ways(self, documented: str) -> Iterator[frozenset[Pair]]:
        """Every choice of values that ``documented`` can stand for; most lines have one at most."""
        match = self.regex.fullmatch(documented)
        if match is None:
            return
        sure: list[Pair] = []
        lists: list[tuple[str, Several]] = []
        for shown, real in zip(match.groups(), self.parts, strict=True):
            if isinstance(real, Several):
                lists.append((shown, real))
            else:
                sure.append((shown, real))
        if not one_to_one(sure):
            return
        seen: set[frozenset[Pair]] = set()
        for pairs in _product(lists, tuple(sure)):
            if pairs not in seen:
                seen.add(pairs)
                yield pairs
            if len(seen) >= MOST_WAYS:
                return


@dataclass(frozen=True)
class _Found:
    """A generated value in a real text."""

    start: int
    end: int
    name: Name


class Patterns:
    """Builds patterns, given the generated values of the moment.

    Args:
        names: the generated values, by real value.
        endpoints: all endpoints of a list of which kubectl prints the first three.
    """

    def __init__(self, names: Mapping[str, Name], endpoints: Endpoints = unknown_endpoints) -> None:
        self.names = names
        self._endpoints = endpoints

    @cached_property
    def with_literal_nodes(self) -> Patterns:
        """The same, for an output in which each node is itself."""
        return Patterns(where_literal(self.names), self._endpoints)

    @cached_property
    def object_names(self) -> tuple[Name, ...]:
        """The names of objects among the generated values."""
        return tuple(name for name in self.names.values() if name.family is Family.NAME)

    def name_an_object(self, parts: Iterable[str | Several]) -> bool:
        """Whether an object's generated name is among the values of a pattern."""
        values = (
            v for part in parts for v in (part.values if isinstance(part, Several) else [part])
        )
        return any(v in self.names and self.names[v].family is Family.NAME for v in values)

    def of_line(
        self, real: str, volatile: tuple[Shape, ...] = shapes.TEXT, aligned: bool = True
    ) -> Pattern:
        """The pattern of a line of text.

        Args:
            real: the line.
            volatile: the shapes that count in it.
            aligned: whether runs of two spaces or more count as equal, as between columns.
        """
        indent = real[: len(real) - len(real.lstrip())]
        text = real[len(indent) :].rstrip()
        source, parts = self._source(text, volatile, spaced=aligned)
        is_cell = aligned and len(indent) >= CELL_INDENT
        start = rf"\s{{{CELL_INDENT},}}" if is_cell else re.escape(indent)
        return Pattern(re.compile(start + source), parts)

    def of_row(self, headers: Sequence[str], cells: Sequence[str]) -> Pattern:
        """The pattern of a table's row, from its real cells; blank cells leave no trace."""
        sources: list[str] = []
        parts: list[str | Several] = []
        for header, cell in zip(headers, cells, strict=True):
            if not cell:
                continue
            by_column = shapes.BY_COLUMN.get(header)
            shaped = by_column(cell) if by_column else None
            if shaped is not None:
                sources.append(shaped)
                continue
            patterns = self.with_literal_nodes if header == "NAME" else self
            source, found = patterns._source(cell, shapes.TEXT, spaced=False)
            sources.append(source)
            parts.extend(found)
        return Pattern(re.compile(r"\s*" + r"\s+".join(sources) + r"\s*"), tuple(parts))

    def _source(
        self, text: str, volatile: tuple[Shape, ...], spaced: bool
    ) -> tuple[str, tuple[str | Several, ...]]:
        source: list[str] = []
        parts: list[str | Several] = []
        end = 0
        for start, stop, regex, real in self._pieces(text, volatile):
            source += [_literal(text[end:start], spaced), regex]
            parts.extend(real)
            end = stop
        source.append(_literal(text[end:], spaced))
        return "".join(source), tuple(parts)

    def _pieces(
        self, text: str, volatile: tuple[Shape, ...]
    ) -> Iterator[tuple[int, int, str, tuple[str | Several, ...]]]:
        """The pieces of a text that are not literal: from, to, regex and real values, in order."""
        pieces: list[tuple[int, int, str, tuple[str | Several, ...]]] = []
        for run in self._runs(text):
            several = self._several(run, text) if len(run) > 1 or _more(run[-1], text) else None
            if several is not None:
                shown, end = several
                pieces.append((run[0].start, end, f"({shown.regex})", (shown,)))
            else:
                pieces += [(f.start, f.end, f.name.regex, f.name.parts) for f in run]
        for match in _finder(volatile).finditer(text):
            shape = volatile[int((match.lastgroup or "s0")[1:])]
            allowed = f"(?:{shape.allows(match.group())})"
            pieces.append((match.start(), match.end(), allowed, ()))
        for match in re.finditer(_FORWARDED, text):
            pieces.append((match.start(), match.end(), "([0-9]{4,5})", (match.group(),)))
        end = 0
        for piece in sorted(pieces, key=lambda p: (p[0], not p[3], -p[1])):
            if piece[0] >= end:
                yield piece
                end = piece[1]

    def _runs(self, text: str) -> list[list[_Found]]:
        """The generated values in a text; those alike that stand in one list are together."""
        runs: list[list[_Found]] = []
        for match in _WORDS.finditer(text):
            name = self.names.get(match.group())
            if name is None:
                continue
            found = _Found(match.start(), match.end(), name)
            last = runs[-1][-1] if runs else None
            if (
                last is not None
                and last.name.regex == name.regex
                and _BETWEEN.fullmatch(text, last.end, found.start)
            ):
                runs[-1].append(found)
            else:
                runs.append([found])
        return runs

    def _several(self, run: Sequence[_Found], text: str) -> tuple[Several, int] | None:
        """A list of values, whose order does not count, and where it ends."""
        tail = _AFTER.match(text, run[-1].end)
        assert tail is not None
        gaps = [_BETWEEN.match(text, f.end) for f in run[:-1]]
        separator = gaps[0]["separator"] if gaps and gaps[0] else ","
        if any(gap is None or gap["separator"] != separator for gap in gaps):
            return None
        ports = [gap["port"] or "" for gap in gaps if gap] + [tail["port"] or ""]
        items = [
            Item(re.compile(f.name.regex + re.escape(port)), f.name.parts)
            for f, port in zip(run, ports, strict=True)
        ]
        if tail["more"]:
            shown = [f.name.real + port for f, port in zip(run, ports, strict=True)]
            items = self._all_endpoints(shown, int(tail["count"])) or items
        return Several(tuple(items), separator, len(run), re.escape(tail["more"] or "")), tail.end()

    def _all_endpoints(self, shown: Sequence[str], more: int) -> list[Item]:
        """The endpoints of a list of which only some are printed."""
        everything = self._endpoints(shown, len(shown) + more)
        items = []
        for endpoint in everything:
            address, _, port = endpoint.partition(":")
            suffix = re.escape(f":{port}") if port else ""
            name = self.names.get(address)
            regex = re.escape(address) if name is None else name.regex
            items.append(Item(re.compile(regex + suffix), () if name is None else name.parts))
        return items


_WORDS = re.compile(WORD)


@cache
def _finder(volatile: tuple[Shape, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<s{n}>{shape.real})" for n, shape in enumerate(volatile)))


def _more(found: _Found, text: str) -> bool:
    """Whether a list of endpoints that ends here says that there are more."""
    tail = _AFTER.match(text, found.end)
    return tail is not None and tail["more"] is not None and _is_address(found.name.real)


def _is_address(text: str) -> bool:
    return re.fullmatch(ANY_IPV4, text) is not None


def _product(
    lists: Sequence[tuple[str, Several]], pairs: tuple[Pair, ...]
) -> Iterator[frozenset[Pair]]:
    if not lists:
        yield frozenset(pairs)
        return
    (shown, several), *rest = lists
    for more in several.ways(shown, pairs):
        yield from _product(rest, more)


def _literal(text: str, spaced: bool) -> str:
    if not spaced:
        return re.escape(text)
    return "".join(
        r"\s{2,}" if re.fullmatch(r"\s{2,}|\t", piece) else re.escape(piece)
        for piece in re.split(r"(\s{2,}|\t)", text)
    )
