"""From a piece of real output, the pattern of all that a page may truthfully show for it.

Documented text is never taken apart by position (comparison rule 10): the pattern is built from the
real side, whose cells are known, and the documented line is matched as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubedoctest import shapes
from kubedoctest.names import NAME_END, NAME_START, Name

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

    def match(self, documented: str) -> frozenset[Pair] | None:
        """The values that ``documented`` would stand for, or None when it cannot be true."""
        match = self.regex.fullmatch(documented)
        if match is None:
            return None
        pairs = frozenset(zip(match.groups(), self.parts, strict=True))
        return pairs if one_to_one(pairs) else None


class Patterns:
    """Builds patterns, given the generated names of the moment."""

    def __init__(self, names: Mapping[str, Name]) -> None:
        self.names = names
        self._in_line = self._finder(shapes.IN_TEXT)
        self._in_description = self._finder((*shapes.IN_TEXT, *shapes.IN_DESCRIPTIONS))

    def of_line(self, real: str, description: bool = False) -> Pattern:
        """The pattern of a line of text; runs of two spaces or more count as equal."""
        finder = self._in_description if description else self._in_line
        indent = real[: len(real) - len(real.lstrip())]
        source, parts = self._source(real[len(indent) :].rstrip(), finder, spaced=True)
        return Pattern(re.compile(re.escape(indent) + source), parts)

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
                source, found = self._source(cell, self._in_line, spaced=False)
                sources.append(source)
                parts.extend(found)
        return Pattern(re.compile(r"\s*" + r"\s+".join(sources) + r"\s*"), tuple(parts))

    def _source(
        self, text: str, finder: re.Pattern[str] | None, spaced: bool
    ) -> tuple[str, tuple[str, ...]]:
        source: list[str] = []
        parts: list[str] = []
        end = 0
        for match in finder.finditer(text) if finder else ():
            source.append(_literal(text[end : match.start()], spaced))
            end = match.end()
            name = self.names.get(match.group())
            if name is not None:
                source.append(name.regex)
                parts.extend(name.parts)
            else:
                source.append(f"(?:{_shape_of(match.group())})")
        source.append(_literal(text[end:], spaced))
        return "".join(source), tuple(parts)

    def _finder(self, volatile: Sequence[str]) -> re.Pattern[str] | None:
        names = "|".join(re.escape(n) for n in sorted(self.names, key=len, reverse=True))
        kinds = [f"{NAME_START}(?:{names}){NAME_END}"] if names else []
        kinds.extend(volatile)
        return re.compile("|".join(f"(?:{kind})" for kind in kinds)) if kinds else None


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


def _shape_of(value: str) -> str:
    return next(s for s in (*shapes.IN_TEXT, shapes.AGE) if re.fullmatch(s, value))
