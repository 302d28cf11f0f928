"""From a piece of real output, the pattern of all that a page may truthfully show for it.

Documented text is never taken apart by position (comparison rule 10): the pattern is built from the
real side, whose cells are known, and the documented line is matched as a whole. Of generated values
listed side by side the order does not count (rule 9); a list of endpoints may be cut: the three
that are printed are any three of them, and the total is what must agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

from kubedoctest.values.bindings import one_to_one
from kubedoctest.values.generated import where_literal
from kubedoctest.values.names import WORD, Family, Name, Pair, compiled, fixed
from kubedoctest.values.shapes import ANY_IPV4, KUBECTL, LITERAL, Shape, Shapes

Endpoints = Callable[[Sequence[str], int], Sequence[str]]
"""All endpoints of a list, given those that are printed and how many there are; empty if unknown.

An endpoint is an address, or an address and a port as in ``10.244.1.2:8080``."""


def unknown_endpoints(_shown: Sequence[str], _total: int) -> Sequence[str]:
    """For where nobody can be asked."""
    return ()


@dataclass(frozen=True)
class ValueList:
    """A list of real values."""

    items: tuple[Name, ...]  # all of them, each with what belongs to it in the list: its port
    separator: str  # what stands between two
    printed: int  # how many are printed
    rest: str = ""  # the regex of what follows when there are more, or empty

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


def _assign(
    shown: Sequence[str], items: Sequence[Name], pairs: tuple[Pair, ...]
) -> Iterator[tuple[Pair, ...]]:
    if not shown:
        yield pairs
        return
    for index, item in enumerate(items):
        found = item.pairs(shown[0])
        if found is not None and one_to_one((*pairs, *found)):
            left = [*items[:index], *items[index + 1 :]]
            yield from _assign(shown[1:], left, (*pairs, *found))


MOST_WAYS = 720
_TAB = 8
_BETWEEN = re.compile(r"(?P<port>:[0-9]+)?(?P<separator>[, ])")
_AFTER = re.compile(r"(?P<port>:[0-9]+)?(?P<more> \+ (?P<count>[0-9]+) more\.\.\.)?")
_GAP = re.compile(r"(\s*\t\s*|\s{2,})")
_KEY_AND_VALUE = re.compile(
    r"(?P<key>.*?:\s+)(?P<open>\"?)(?P<value>\S.*?)(?P<close>\"?,?)", re.DOTALL
)


@dataclass(frozen=True)
class Pattern:
    """What may be documented for a piece of real text."""

    # a regex for the whole documented line, whose groups are generated values, but for those with a
    # name, which are a row's cells; equal for lines that differ only in those
    source: str
    # for each group the real value, or the several in any order that it lists
    parts: tuple[str | ValueList, ...]
    row: tuple[tuple[str, str], ...] = ()  # a row's headings and real cells, without blank ones

    def cells(self, documented: str) -> Mapping[str, str]:
        """A row's cells by heading, as ``documented`` shows them; empty where it cannot."""
        match = compiled(self.source).fullmatch(documented)
        headings = (heading for heading, _ in self.row)
        return dict(zip(headings, match.groupdict().values(), strict=True)) if match else {}

    def match(self, documented: str) -> frozenset[Pair] | None:
        """The values that ``documented`` would stand for, or None when it cannot be true."""
        return next(self.ways(documented), None)

    def ways(self, documented: str) -> Iterator[frozenset[Pair]]:
        """Every choice of values that ``documented`` can stand for; most lines have one at most."""
        if not self.parts and self.source == _of_literal(documented):
            yield frozenset()  # most lines are so, and need no regex
            return
        match = compiled(self.source).fullmatch(documented)
        if match is None:
            return
        sure: list[Pair] = []
        lists: list[tuple[str, ValueList]] = []
        cells = frozenset(match.re.groupindex.values())
        groups = (text for n, text in enumerate(match.groups(), start=1) if n not in cells)
        for shown, real in zip(groups, self.parts, strict=True):
            if isinstance(real, ValueList):
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


_Piece = tuple[int, int, str, tuple[str | ValueList, ...]]
"""A piece of a text that is not literal: from, to, its regex and the real values in it."""


@dataclass(frozen=True)
class Patterns:
    """Builds patterns, given the generated values of the moment."""

    names: Mapping[str, Name]  # the generated values, by real value
    # all endpoints of a list of which kubectl prints the first three
    endpoints: Endpoints = unknown_endpoints
    authored: str = ""  # all that the page's author wrote in manifests and commands

    @cached_property
    def with_literal_nodes(self) -> Patterns:
        """The same, for an output in which each node is itself."""
        return replace(self, names=where_literal(self.names))

    def also(self, more: Mapping[str, Name]) -> Patterns:
        """The same, with more generated values."""
        return replace(self, names={**self.names, **more}) if more else self

    def are_engine_ids(self, parts: Sequence[str | ValueList]) -> bool:
        """Whether the values of a pattern are ids of containers that the page has shown before."""
        return bool(parts) and all(
            isinstance(v, str) and v in self.names and self.names[v].family is Family.ENGINE_ID
            for v in parts
        )

    def name_an_object(self, parts: Iterable[str | ValueList]) -> bool:
        """Whether an object's generated name is among the values of a pattern."""
        values = (
            v for part in parts for v in (part.values if isinstance(part, ValueList) else [part])
        )
        return any(v in self.names and self.names[v].family is Family.NAME for v in values)

    def of_line(
        self,
        real: str,
        volatile: Shapes = LITERAL,
        aligned: bool = True,
        *,
        value: Shape | None = None,
        start: str | None = None,
    ) -> Pattern:
        """The pattern of a line of text.

        Args:
            volatile: what may differ in it.
            aligned: whether runs of two spaces or more count as equal, as between columns.
            value: the shape of what stands after its key, if it has one.
            start: a regex for what may stand before it; by default the blanks that do.
        """
        indent = real[: len(real) - len(real.lstrip())]
        text = real[len(indent) :].rstrip()
        start = _blanks(indent) if start is None else start
        match = _KEY_AND_VALUE.fullmatch(text)
        if value is not None and match is not None and value.is_whole(match["value"]):
            key = _literal(match["key"], aligned) + match["open"]
            source = start + key + value.allows(match["value"]) + re.escape(match["close"])
            return Pattern(source, value.parts(match["value"]))
        source, parts = self._source(text, volatile.text, spaced=aligned)
        return Pattern(start + source, parts)

    def of_row(
        self,
        headers: Sequence[str],
        cells: Sequence[str],
        volatile: Shapes = KUBECTL,
        indent: str = "",
    ) -> Pattern:
        """The pattern of a table's row, from its real cells; blank cells leave no trace.

        Args:
            indent: the blanks before it, where they count.
        """
        sources: list[str] = []
        row: list[tuple[str, str]] = []
        parts: list[str | ValueList] = []
        found: tuple[str | ValueList, ...]
        for header, cell in zip(headers, cells, strict=True):
            if not cell:
                continue
            shape = volatile.columns.get(header)
            authored = shape is not None and shape.of_author and _wrote(self.authored, cell)
            if shape is not None and shape.is_whole(cell) and not authored:
                source, found = shape.allows(cell), shape.parts(cell)
            else:
                patterns = self.with_literal_nodes if header == "NAME" else self
                source, found = patterns._source(cell, volatile.text, spaced=False)
            parts.extend(found)
            sources.append(f"(?P<c{len(sources)}>{source})")
            row.append((header, cell))
        start = re.escape(indent) or r"\s*"
        return Pattern(start + r"\s+".join(sources) + r"\s*", tuple(parts), tuple(row))

    def _source(
        self, text: str, volatile: tuple[Shape, ...], spaced: bool
    ) -> tuple[str, tuple[str | ValueList, ...]]:
        runs = self._runs(text)
        if not runs:
            return _nameless(text, volatile, spaced, self.authored)
        shaped = _shaped(text, volatile, self.authored)
        return _source(text, [*self._named(runs, text), *shaped], spaced)

    def _named(self, runs: Iterable[Sequence[_Found]], text: str) -> Iterator[_Piece]:
        """The generated values of a text, those of one list together."""
        for run in runs:
            values = self._value_list(run, text) if len(run) > 1 or _more(run[-1], text) else None
            if values is not None:
                shown, end = values
                yield run[0].start, end, f"({shown.regex})", (shown,)
            else:
                yield from ((f.start, f.end, f.name.regex, f.name.parts) for f in run)

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

    def _value_list(self, run: Sequence[_Found], text: str) -> tuple[ValueList, int] | None:
        """A list of values, whose order does not count, and where it ends."""
        tail = _AFTER.match(text, run[-1].end)
        assert tail is not None
        gaps = [_BETWEEN.match(text, f.end) for f in run[:-1]]
        separator = gaps[0]["separator"] if gaps and gaps[0] else ","
        if any(gap is None or gap["separator"] != separator for gap in gaps):
            return None
        ports = [gap["port"] or "" for gap in gaps if gap] + [tail["port"] or ""]
        items = [
            replace(f.name, regex=f.name.regex + re.escape(port))
            for f, port in zip(run, ports, strict=True)
        ]
        if tail["more"]:
            shown = [f.name.real + port for f, port in zip(run, ports, strict=True)]
            items = self._all_endpoints(shown, int(tail["count"])) or items
        return ValueList(
            tuple(items), separator, len(run), re.escape(tail["more"] or "")
        ), tail.end()

    def _all_endpoints(self, shown: Sequence[str], more: int) -> list[Name]:
        """The endpoints of a list of which only some are printed."""
        items = []
        for endpoint in self.endpoints(shown, len(shown) + more):
            address, colon, port = endpoint.partition(":")
            name = self.names.get(address) or fixed(address)
            items.append(replace(name, regex=name.regex + re.escape(colon + port)))
        return items


_WORDS = re.compile(WORD)


@cache
def _finder(volatile: tuple[Shape, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<s{n}>{shape.in_line})" for n, shape in enumerate(volatile)))


def _shaped(text: str, volatile: tuple[Shape, ...], authored: str) -> Iterator[_Piece]:
    """The values of a text that differ in every run."""
    for match in _finder(volatile).finditer(text) if volatile else ():
        value = match.group()
        shape = volatile[int((match.lastgroup or "s0")[1:])]
        if not (shape.of_author and _wrote(authored, value)):
            yield match.start(), match.end(), shape.allows(value), shape.parts(value)


@lru_cache(maxsize=1024)
def _wrote(authored: str, value: str) -> bool:
    """Whether the page's author wrote a value, as a word of its own."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", authored) is not None


@lru_cache(maxsize=4096)
def _nameless(
    text: str, volatile: tuple[Shape, ...], spaced: bool, authored: str
) -> tuple[str, tuple[str | ValueList, ...]]:
    """The source of a text without generated values: ever the same, and most cells are such."""
    return _source(text, _shaped(text, volatile, authored), spaced)


def _source(
    text: str, pieces: Iterable[_Piece], spaced: bool
) -> tuple[str, tuple[str | ValueList, ...]]:
    """A text's regex and the real values in it; of pieces that overlap the first one counts."""
    source: list[str] = []
    parts: list[str | ValueList] = []
    end = 0
    for start, stop, regex, real in sorted(pieces, key=lambda p: (p[0], not p[3], -p[1])):
        if start >= end:
            source += [_literal(text[end:start], spaced), regex]
            parts.extend(real)
            end = stop
    source.append(_literal(text[end:], spaced))
    return "".join(source), tuple(parts)


def _more(found: _Found, text: str) -> bool:
    """Whether a list of endpoints that ends here says that there are more."""
    tail = _AFTER.match(text, found.end)
    more = tail is not None and tail["more"] is not None
    return more and re.fullmatch(ANY_IPV4, found.name.real) is not None


def _product(
    lists: Sequence[tuple[str, ValueList]], pairs: tuple[Pair, ...]
) -> Iterator[frozenset[Pair]]:
    if not lists:
        yield frozenset(pairs)
        return
    (shown, values), *rest = lists
    for more in values.ways(shown, pairs):
        yield from _product(rest, more)


def _literal(text: str, spaced: bool) -> str:
    if not spaced:
        return re.escape(text)
    return "".join(
        (r"\s+" if "\t" in piece else r"\s{2,}") if number % 2 else re.escape(piece)
        for number, piece in enumerate(_GAP.split(text))  # every second piece is a gap
    )


@lru_cache(maxsize=4096)
def _of_literal(text: str) -> str:
    """The source of a line in which nothing may differ."""
    body = text.lstrip()
    return re.escape(text[: len(text) - len(body)]) + _literal(body, spaced=True)


def _blanks(indent: str) -> str:
    """What may stand before a line: the same, a tab as it is or as a terminal shows it."""
    if "\t" not in indent:
        return re.escape(indent)
    return f"(?:{re.escape(indent)}|{' ' * len(indent.expandtabs(_TAB))})"
