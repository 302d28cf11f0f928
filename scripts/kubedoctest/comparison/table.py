"""Tables as kubectl, docker and kind print them: their cells, their order, and which is which.

The real table is read by its header's columns, which its cells are aligned to; the documented one
is never taken apart, only its header's words are compared (comparison rule 10).

Sources: k8s.io/kubectl/pkg/cmd/get (sorter.go: a field that is missing comes first, quantities by
what they amount to, other texts naturally), github.com/fvbommel/sortorder (NaturalLess),
k8s.io/cli-runtime/pkg/printers (customcolumn.go, tableprinter.go).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubedoctest.commands.command import Query
from kubedoctest.page.transcript import is_gap
from kubedoctest.values.authors_clock import printed_for
from kubedoctest.values.shapes import quantity

_REST = r"[A-Z0-9%/_-]*(?:\([A-Za-z%]+\))?"
_HEADING = rf"[A-Z]{_REST}(?: [A-Z%/(]{_REST})*"
_HEADER = re.compile(rf"{_HEADING}(?:\s{{2,}}{_HEADING})+\s*|NAME\s*")

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table of an output."""

    headers: Cells  # the columns' headings
    # for each line below the header the cells, as many as headings, blank ones empty; None for a
    # line that is not aligned to the header: a message among the rows
    rows: tuple[Cells | None, ...]


def is_header(line: str) -> bool:
    """Whether the line is a table's heading."""
    return _HEADER.fullmatch(line) is not None


def headings(line: str) -> tuple[str, ...]:
    """The headings of a header line, real or documented."""
    return tuple(re.split(r"\s{2,}", line.strip()))


def read(lines: Sequence[str]) -> Table:
    """A real table: the first line is its header, every row is aligned to it or to a wider one.

    The rows of a watch get wider as it goes on: where one does not fit any more and has a cell for
    each heading, three spaces apart at least, those after it are aligned to that one.
    """
    columns = list(re.finditer(r"\S+(?: \S+)*", lines[0]))
    starts = [0, *(column.start() for column in columns[1:])]
    rows: list[Cells | None] = []
    for line in lines[1:]:
        if not _fits(line, starts):
            pieces = list(re.finditer(r"\S+(?: {1,2}\S+)*", line))
            if len(pieces) != len(starts):
                rows.append(None)
                continue
            starts = [0, *(piece.start() for piece in pieces[1:])]
        ends = [*starts[1:], None]
        rows.append(tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True)))
    return Table(tuple(column.group() for column in columns), tuple(rows))


def _fits(line: str, starts: Sequence[int]) -> bool:
    """Whether no text runs across the gap before a column."""
    return not any(line[start - 1 : start].strip() for start in starts[1:])


# -- the parts of an output, and which documented one is which real one


@dataclass(frozen=True)
class Section:
    """A run of lines of one kind: a table with its header first, or text."""

    is_table: bool
    start: int  # the index of its first line in the output
    lines: tuple[str, ...]

    @property
    def indices(self) -> range:
        """Those of its lines in the output."""
        return range(self.start, self.start + len(self.lines))


Pairing = list[tuple[Section, Section]]
"""Documented sections, each with its real one."""


def sections(lines: Sequence[str], headed: bool = False) -> list[Section]:
    """Cut an output into tables (from a header to a blank line) and text.

    Args:
        headed: whether the first line is a header, whatever it looks like.
    """
    starts: list[tuple[bool, int]] = []
    ends: dict[int, int] = {}
    in_table = False
    for index, text in enumerate(lines):
        if is_header(text) or (headed and index == 0):
            starts.append((True, index))
            in_table = True
        elif in_table and not text:
            in_table = False
            ends[len(starts) - 1] = index
        elif not in_table and (not starts or starts[-1][0]):
            starts.append((False, index))
    bounds = [*(index for _, index in starts[1:]), len(lines)]
    found = [
        Section(is_table, start, tuple(lines[start : ends.get(n, bound)]))
        for n, ((is_table, start), bound) in enumerate(zip(starts, bounds, strict=False))
    ]
    return found or [Section(False, 0, ())]


def paired(page: Sequence[Section], real: Sequence[Section], answer: Sequence[str]) -> Pairing:
    """Which real section each documented one stands for.

    A documented text with ``...`` may stand for several sections, tables too. What cannot be paired
    is laid against the rest as text.
    """
    exact = _pair(page, real, answer)
    if exact is not None:
        return exact
    if [s.is_table for s in page] == [s.is_table for s in real]:
        return list(zip(page, real, strict=True))
    return []


def _pair(
    page: Sequence[Section], real: Sequence[Section], answer: Sequence[str]
) -> Pairing | None:
    if not page:
        return None if real else []
    shown, rest = page[0], page[1:]
    if shown.is_table:
        if not real or not _same_kind(shown, real[0]):
            return None
        after = _pair(rest, real[1:], answer)
        return None if after is None else [(shown, real[0]), *after]
    gap = any(is_gap(text) for text in shown.lines)
    only_gap = all(is_gap(text) or not text for text in shown.lines)
    least = 0 if only_gap else 1
    for taken in range(least, len(real) + 1 if gap else 2):
        if taken > len(real) or (not gap and real[0].is_table):
            break
        after = _pair(rest, real[taken:], answer)
        if after is not None:
            return [(shown, _as_text(real, taken, answer)), *after]
    return None


def _same_kind(shown: Section, real: Section) -> bool:
    return real.is_table and headings(shown.lines[0]) == headings(real.lines[0])


def _as_text(real: Sequence[Section], count: int, answer: Sequence[str]) -> Section:
    if count == 1 and not real[0].is_table:
        return real[0]
    start = real[0].start if real else len(answer)
    end = real[count].start if count < len(real) else len(answer)
    return Section(False, start, tuple(answer[start : end if count else start]))


# -- their order

_OF_ITS_OWN = {"metadata.creationTimestamp": "AGE", "spec.nodeName": "NODE"}
"""By what is sorted, the column of kubectl's own tables that shows it."""
_MISSING = "<none>"


@dataclass(frozen=True)
class Sorting:
    """The order of a table's rows."""

    heading: str  # that of the column by which they are sorted
    ages: bool = False  # whether the column shows how long ago that was

    def misplaced(self, shown: Sequence[str]) -> tuple[str, str] | None:
        """The first value of the column that cannot come after the one before: both of them."""
        return next((two for two in itertools.pairwise(shown) if self._less(two[1], two[0])), None)

    def _less(self, one: str, other: str) -> bool:
        if _MISSING in (one, other):
            return one == _MISSING != other
        if self.ages:
            age, than_age = printed_for(one), printed_for(other)
            return age is not None and than_age is not None and age[0] > than_age[0]
        amount, than = quantity(one), quantity(other)
        if amount is not None and than is not None:
            return amount < than
        return _natural(one) < _natural(other)


def sorting_of(query: Query) -> Sorting | None:
    """The order that shows in a query's table."""
    if not query.sort_by:
        return None
    wanted = _bare(query.sort_by)
    if query.format in ("", "wide"):
        heading = _OF_ITS_OWN.get(wanted)
        return None if heading is None else Sorting(heading, ages=heading == "AGE")
    headings = [heading for heading, _ in query.columns]
    found = (heading for heading, shown in query.columns if _bare(shown) == wanted)
    return next((Sorting(one) for one in found if headings.count(one) == 1), None)


def _bare(path: str) -> str:
    """A path as kubectl understands it, however it is written: ``{.a.b}``, ``.a.b``, ``a.b``."""
    inner = re.fullmatch(r"\{(.*)\}", path.strip())
    return (inner[1] if inner else path).strip().removeprefix(".")


def _natural(text: str) -> list[tuple[int, int]]:
    """What texts are compared by: their digits as numbers, all else letter by letter."""
    return [
        (ord("0"), int(piece)) if piece.isdigit() else (ord(piece), 0)
        for piece in re.findall(r"[0-9]+|[^0-9]", text)
    ]


# -- events, which the API server keeps for an hour, whatever becomes of their objects

# kubectl finds an object's events by its name, so those of one that had that name before come
# along: of the same page in an earlier run, say. What a page shows happened since it began.

LAST_SEEN = "LAST SEEN"
_EVENT_SKEW = 5
"""Seconds by which an event may look older than it is: ages are cut, and clocks differ."""


def events_since(output: str, seconds: float, none: str = "") -> str:
    """The output without the events that were last seen longer than ``seconds`` ago.

    Args:
        output: what ``kubectl get events`` or ``kubectl events`` wrote.
        none: what it would have written, had there been no others.
    """
    lines = output.split("\n")
    old = set(_older_events(lines, seconds + _EVENT_SKEW))
    left = [line for n, line in enumerate(lines) if n not in old]
    if old and none and sum(map(bool, left)) == 1:  # the header alone
        return f"{none}\n"
    return "\n".join(left)


def no_events(query: Query, namespace: str) -> str:
    """What ``kubectl get events`` writes where there are none.

    Args:
        namespace: the one in which it looks if none is given.
    """
    where = "" if query.all_namespaces else f" in {query.namespace or namespace} namespace."
    return f"No resources found{where}"


def _older_events(lines: Sequence[str], seconds: float) -> Iterator[int]:
    for section in sections(lines):
        if not section.is_table:
            continue
        real = read(section.lines)
        if LAST_SEEN not in real.headers:
            continue
        column = real.headers.index(LAST_SEEN)
        for n, cells in enumerate(real.rows, start=section.start + 1):
            age = printed_for(cells[column].partition(" ")[0]) if cells else None
            if age is not None and age[0] > seconds:
                yield n
