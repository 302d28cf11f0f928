"""Tables of events, which the API server keeps for an hour, whatever becomes of their objects.

kubectl finds an object's events by its name, so those of one that had that name before come along:
of the same page in an earlier run, say. What a page shows happened since it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubedoctest.comparison import table
from kubedoctest.comparison.layout import sections
from kubedoctest.values.shapes import age_in_seconds

LAST_SEEN = "LAST SEEN"
SKEW = 5
"""Seconds by which an event may look older than it is: ages are cut, and clocks differ."""


def since(output: str, seconds: float) -> str:
    """The output without the events that were last seen longer than ``seconds`` ago.

    Args:
        output: what ``kubectl get events`` or ``kubectl events`` wrote.
    """
    lines = output.split("\n")
    old = set(_older(lines, seconds + SKEW))
    return "\n".join(line for n, line in enumerate(lines) if n not in old)


def _older(lines: Sequence[str], seconds: float) -> Iterator[int]:
    for section in sections(lines):
        if not section.is_table:
            continue
        real = table.read(section.lines)
        if LAST_SEEN not in real.headers:
            continue
        column = real.headers.index(LAST_SEEN)
        for n, cells in enumerate(real.rows, start=section.start + 1):
            age = age_in_seconds(cells[column].partition(" ")[0]) if cells else None
            if age is not None and age > seconds:
                yield n
