"""The lines that a page shows: what each can stand for, and what of them nothing compares.

Text is aligned with real text line by line, a line ``...`` standing for any lines.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TypeVar

from kubedoctest.comparison.pattern import Pattern
from kubedoctest.comparison.solve import OfTwo, Option
from kubedoctest.page.document import Block, Document, Role
from kubedoctest.page.outline import Excerpt, Outline, Run
from kubedoctest.page.transcript import DocumentedLine, bare, is_gap, steps_of, versions

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class Row:
    """A documented line and the real lines, by their index, that it can stand for."""

    line: DocumentedLine
    options: tuple[Option[int], ...]
    why: str = ""  # what is wrong with it where it has no options, in Spanish, if that is known


def cells_of(line: DocumentedLine, patterns: Iterable[Pattern]) -> Mapping[str, str]:
    """A documented row's cells by heading, told by the first real row that it can stand for."""
    found = (pattern.cells(text) for text in versions(line.text) for pattern in patterns)
    return next(filter(None, found), {})


def options_for(
    text: str,
    candidates: Iterable[tuple[T, Pattern]],
    slot: Callable[[T], Hashable] = lambda thing: thing,
) -> tuple[Option[T], ...]:
    """What a documented line can stand for, of real things with their patterns.

    Args:
        slot: what tells a thing from the others; itself, if nothing is said.
    """
    candidates = tuple(candidates)
    for version in versions(text):
        options = tuple(
            Option(slot(thing), pairs, thing)
            for thing, pattern in candidates
            for pairs in pattern.ways(version)
        )
        if options:
            return options
    return ()


# -- documented text and real text, side by side


@dataclass(frozen=True)
class RealText:
    """Real lines that a page may show."""

    slots: tuple[int, ...]  # of each line, its index in the whole output
    shapes: tuple[Pattern, ...]  # of each line, what may be documented for it
    # of each line, the lines among which it may stand elsewhere (indices into these)
    reach: tuple[range, ...]
    outline: Outline | None = None  # the lines as a tree, where they are one

    def options(self, line: DocumentedLine, at: int) -> tuple[Option[int], ...]:
        """What the documented line can stand for, at the place of the ``at``-th line."""
        places = self.reach[at] if at < len(self.shapes) else range(0)
        return options_for(line.text, [(self.slots[n], self.shapes[n]) for n in places])


@dataclass(frozen=True)
class Alignment:
    """Documented lines, each with the real ones that it can stand for."""

    rows: tuple[Row, ...]
    left: int  # how many real lines are left over at the end
    # what must hold of any two lines, where one may stand at several places
    constraints: tuple[OfTwo[int], ...] = ()


_Places = dict[Option[int], tuple[int, int]]
"""By option, the line of the excerpt that it is of and the place at which it has it."""


def align(
    documented: Sequence[DocumentedLine],
    real: RealText,
    *,
    partial: bool = False,
    ends: bool = True,
) -> Alignment:
    """Align documented lines with real ones.

    Args:
        partial: whether any lines may be left out, as if ``...`` stood between all of them.
        ends: whether what is shown last must be what is written last, unless it is ``...``.
    """
    size = len(real.shapes)
    lines = [line for line in documented if not is_gap(line.text)]
    runs = list(_runs(documented, size, partial=partial, ends=ends))
    texts = [bare(line.text) for line in lines]
    outline = real.outline or Outline(("",) * size)
    options = cache(lambda n, at: real.options(lines[n], at))
    bound = real.outline is not None
    excerpt = Excerpt(texts, runs, outline, lambda n, at: bool(options(n, at)), bound=bound)
    places: _Places = {}
    rows = tuple(
        _row(lines[n], n, run, excerpt, places, options)
        for run in runs
        for n in range(run.first, run.first + run.size)
    )
    whole = ends and (not documented or (not partial and len(lines) == len(documented)))
    left = max(size - len(lines), 0) if whole else 0
    return Alignment(rows, left, (_in_one_reading(excerpt, places),) if places else ())


def _in_one_reading(excerpt: Excerpt, places: _Places) -> OfTwo[int]:
    """Two lines can stand where they do in one reading of their excerpt."""

    def holds(first: Option[int], then: Option[int]) -> bool:
        if first not in places or then not in places:
            return True
        return excerpt.allows(*places[first], *places[then])

    return OfTwo(holds)


def _row(
    line: DocumentedLine,
    n: int,
    run: Run,
    excerpt: Excerpt,
    places: _Places,
    options_at: Callable[[int, int], tuple[Option[int], ...]],
) -> Row:
    if excerpt.misplaced == n:
        return Row(line, (), "está en la salida, pero no debajo de lo que la página muestra arriba")
    starts = excerpt.starts_of(run)
    if not starts and run.starts is not None:
        starts = run.starts[:1]
    found: list[Option[int]] = []
    for place in (start + n - run.first for start in starts):
        options = options_at(n, place)
        if len(starts) > 1:
            places.update(dict.fromkeys(options, (n, place)))
        found += options
    return Row(line, tuple(found))


def _runs(
    documented: Sequence[DocumentedLine], size: int, *, partial: bool, ends: bool
) -> Iterator[Run]:
    """The documented lines between ``...`` lines; one by one if partial."""
    first = 0
    open_start = partial
    groups = [
        (gap, list(lines)) for gap, lines in groupby(documented, key=lambda line: is_gap(line.text))
    ]
    for position, (gap, lines) in enumerate(groups):
        if gap:
            open_start = True
            continue
        for part in [[line] for line in lines] if partial else [lines]:
            last = position == len(groups) - 1 and ends and part[-1] is lines[-1]
            end = max(size - len(part), 0)
            at = range(0, 1) if not open_start else range(end, end + 1) if last else None
            yield Run(first, len(part), at)
            first += len(part)


def interchangeable(leads: Sequence[Pattern], sorts: bool = False) -> tuple[range, ...]:
    """For each line, the run of neighbours that differ from it only in generated values.

    Args:
        leads: of each line what it is known by: the whole line, or in a listing its first word.
        sorts: whether all neighbours with such values may change places.
    """

    def alike(lead: Pattern) -> tuple[str, bool]:
        return "" if sorts and lead.parts else lead.source, bool(lead.parts)

    reach: list[range] = []
    for (_, generated), group in groupby(leads, key=alike):
        first = len(reach)
        size = len(list(group))
        if generated:
            reach += [range(first, first + size)] * size
        else:
            reach += [range(first + n, first + n + 1) for n in range(size)]
    return tuple(reach)


def longest(
    documented: Sequence[int], real: Sequence[int], worth: Callable[[int, int], float]
) -> dict[int, int]:
    """The pairs, in the order of both, that are worth the most together."""
    worths = [[worth(d, r) for r in real] for d in documented]
    best = [[0.0] * (len(real) + 1) for _ in range(len(documented) + 1)]
    for i in reversed(range(len(documented))):
        for j in reversed(range(len(real))):
            paired = worths[i][j] + best[i + 1][j + 1] if worths[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    pairs: dict[int, int] = {}
    i = j = 0
    while i < len(documented) and j < len(real):
        if worths[i][j] and best[i][j] == worths[i][j] + best[i + 1][j + 1]:
            pairs[documented[i]] = real[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


# -- what a page shows and nothing compares, counted for who reviews it


@dataclass(frozen=True)
class Uncompared:
    """Something that a page shows and that is not compared."""

    line: int  # where it stands
    kind: tuple[str, str]  # its name in the count, singular and plural (Spanish)
    why: str  # what is left out, or the author's reason (Spanish)


_GAP = ("«...»", "«...»")
_PARTIAL = ("salida parcial", "salidas parciales")
_COMMANDS = ("bloque de comandos sin su salida", "bloques de comandos sin su salida")
_TEXT = ("bloque `text`", "bloques `text`")
_SHOWN = ("bloque que no se ejecuta", "bloques que no se ejecutan")


def uncompared(document: Document) -> list[Uncompared]:
    """All of a page's, in its order; drawings show nothing that could be compared."""
    return [found for block in document.blocks for found in _uncompared_in(block)]


def told_uncompared(found: list[Uncompared]) -> str:
    """The count, in Spanish: ``3 «...», 1 bloque `text```."""
    kinds = (_GAP, _PARTIAL, _COMMANDS, _TEXT, _SHOWN)
    counts = {kind: sum(one.kind == kind for one in found) for kind in kinds}
    return ", ".join(f"{n} {kind[n != 1]}" for kind, n in counts.items() if n)


def _uncompared_in(block: Block) -> list[Uncompared]:
    if block.role is Role.SHOWN:
        kind = _TEXT if block.lang == "text" and block.directives.show is None else _SHOWN
        return [Uncompared(block.line, kind, block.reason)]
    if block.role is Role.COMMANDS:
        return [Uncompared(block.line, _COMMANDS, "tienen que terminar bien, y nada más")]
    found = []
    if block.directives.partial:
        found.append(Uncompared(block.line, _PARTIAL, "es un fragmento, con «...» donde falta"))
    lines = [(ln.number, ln.text) for step in steps_of(block) for ln in step.output]
    if block.role in (Role.PRINTED, Role.FRAGMENT):
        lines = [(block.line_of(n), text) for n, text in enumerate(block.code.split("\n"))]
    found += [
        Uncompared(number, _GAP, "cualquier cantidad de líneas")
        for number, text in lines
        if is_gap(text)
    ]
    return found
