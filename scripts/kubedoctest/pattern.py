"""From a piece of real output, the pattern of all that a page may truthfully show for it.

Documented text is never taken apart by position (comparison rule 10): the pattern is built from the
real side, whose cells are known, and the documented line is matched as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubedoctest import shapes
from kubedoctest.names import NAME_END, NAME_START, Name
from kubedoctest.shapes import Shape

CELL_INDENT = 12
"""Blanks at a line's start from here on are a blank cell's width, not nesting (``describe``)."""

Pair = tuple[str, str]
"""A documented value and the real one that it stands for."""


@dataclass(frozen=True)
class Pattern:
    """What may be documented for a piece of real text.

    Attributes:
        regex: matches the whole documented line; its groups are generated values.
        parts: the real value of each group.
    """

    regex: re.Pattern[str]
    parts: tuple[str, ...]

    @property
    def source(self) -> str:
        """The regex's text: equal for lines that differ only in generated values."""
        return self.regex.pattern

    def ways(self, documented: str) -> Iterator[frozenset[Pair]]:
        """Every choice of values that ``documented`` can stand for; most lines have one at most."""
        match = self.regex.fullmatch(documented)
        if match is None:
            return
        pairs = frozenset(zip(match.groups(), self.parts, strict=True))
        if one_to_one(pairs):
            yield pairs

    def match(self, documented: str) -> frozenset[Pair] | None:
        """The values that ``documented`` would stand for, or None when it cannot be true."""
        return next(self.ways(documented), None)


class Patterns:
    """Builds patterns, given the generated names of the moment."""

    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names = names
        self._finders: dict[tuple[Shape, ...], re.Pattern[str]] = {}

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
        parts: list[str] = []
        for header, cell in zip(headers, cells, strict=True):
            if not cell:
                continue
            by_column = shapes.BY_COLUMN.get(header)
            shaped = by_column(cell) if by_column else None
            if shaped is not None:
                sources.append(shaped)
            elif header == "IP" and re.fullmatch(shapes.IPV4, cell):
                sources.append(f"({shapes.IPV4})")
                parts.append(cell)
            else:
                source, found = self._source(cell, shapes.TEXT, spaced=False)
                sources.append(source)
                parts.extend(found)
        return Pattern(re.compile(r"\s*" + r"\s+".join(sources) + r"\s*"), tuple(parts))

    def _source(
        self, text: str, volatile: tuple[Shape, ...], spaced: bool
    ) -> tuple[str, tuple[str, ...]]:
        source: list[str] = []
        parts: list[str] = []
        end = 0
        for match in self._finder(volatile).finditer(text):
            source.append(_literal(text[end : match.start()], spaced))
            end = match.end()
            name = self.names.get(match.group())
            if name is not None:
                source.append(name.regex)
                parts.extend(name.parts)
            else:
                shape = volatile[int((match.lastgroup or "s0")[1:])]
                source.append(f"(?:{shape.allows(match.group())})")
        source.append(_literal(text[end:], spaced))
        return "".join(source), tuple(parts)

    def _finder(self, volatile: tuple[Shape, ...]) -> re.Pattern[str]:
        if volatile not in self._finders:
            names = "|".join(re.escape(n) for n in sorted(self.names, key=len, reverse=True))
            kinds = [f"{NAME_START}(?:{names}){NAME_END}"] if names else []
            kinds += [f"(?P<s{n}>{shape.real})" for n, shape in enumerate(volatile)]
            self._finders[volatile] = re.compile("|".join(kinds))
        return self._finders[volatile]


def one_to_one(pairs: Iterable[Pair]) -> bool:
    """Whether no documented value stands for two real ones, and no real one has two names."""
    documented: dict[str, str] = {}
    real: dict[str, str] = {}
    return all(documented.setdefault(d, r) == r and real.setdefault(r, d) == d for d, r in pairs)


def _literal(text: str, spaced: bool) -> str:
    if not spaced:
        return re.escape(text)
    return "".join(
        r"\s{2,}" if re.fullmatch(r"\s{2,}|\t", piece) else re.escape(piece)
        for piece in re.split(r"(\s{2,}|\t)", text)
    )
