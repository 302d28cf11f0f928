"""Why documented and real output differ, for the person who has to mend the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubedoctest.comparison.outputs import Reading, Row, options_for
from kubedoctest.comparison.pattern import Patterns, one_to_one
from kubedoctest.values.addresses import ANY_IPV4, IPV4
from kubedoctest.values.assignment import Option
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import NAME_END, NAME_START, Local, impossible
from kubedoctest.values.shapes import UID

MOST_COMPARED = 40_000
"""Pairs of lines looked at to find those out of place; beyond, the difference is just longer."""


@dataclass(frozen=True)
class DiffLine:
    """A line of a difference; ``mark`` is ' ' (agrees), '-' (documented) or '+' (real)."""

    mark: str
    text: str


@dataclass(frozen=True)
class Mismatch:
    """What is shown is not what was answered.

    Attributes:
        number: the page's line where it shows first, or None when no line of its own is wrong.
        reasons: what is known about why, in Spanish.
        difference: documented against real, the real side in the page's names.
    """

    number: int | None
    reasons: tuple[str, ...]
    difference: tuple[DiffLine, ...]


def explain(reading: Reading, patterns: Patterns, bindings: Bindings) -> Mismatch:
    """What differs in a reading that does not agree."""
    agreed = _largest_agreement(reading.rows, bindings)
    agreed |= _out_of_place(reading, agreed)
    wrong = [row for row in reading.rows if row.line.number not in agreed]
    reasons = [*reading.unmet, *_why(reading, wrong, patterns, bindings)]
    if not wrong and not reasons:
        reasons.append(
            "cada línea podría ser cierta, pero no todas a la vez: el orden o los nombres "
            "no corresponden a los mismos objetos"
        )
    return Mismatch(
        number=wrong[0].line.number if wrong else None,
        reasons=tuple(dict.fromkeys(reasons)),
        difference=tuple(_difference(reading, agreed, bindings)),
    )


def _largest_agreement(rows: Sequence[Row], bindings: Bindings) -> dict[int, int]:
    """By page line, the real line that it agrees with; choosing greedily is enough to show it."""
    agreed: dict[int, int] = {}
    taken: list[Option] = []
    for row in sorted(rows, key=lambda r: len(r.options)):
        for option in row.options:
            pairs = [pair for other in taken for pair in other.pairs]
            free = all(option.slot != other.slot for other in taken)
            if free and bindings.admit(option.pairs) and one_to_one([*pairs, *option.pairs]):
                taken.append(option)
                agreed[row.line.number] = int(str(option.slot))
                break
    return agreed


def _out_of_place(reading: Reading, agreed: dict[int, int]) -> dict[int, int]:
    """Lines that only stand elsewhere, because one before them is missing or too many.

    By page line, the real line: the longest sequence of those in the same order on both sides.
    """
    rows = [row for row in reading.rows if not row.options]
    slots = [n for n in sorted(reading.shapes) if n not in agreed.values()]
    if len(rows) * len(slots) > MOST_COMPARED:
        return {}
    same = [[bool(options_for(r.line.text, [(n, reading.shapes[n])])) for n in slots] for r in rows]
    longest = [[0] * (len(slots) + 1) for _ in range(len(rows) + 1)]
    for i in reversed(range(len(rows))):
        for j in reversed(range(len(slots))):
            longest[i][j] = (
                1 + longest[i + 1][j + 1]
                if same[i][j]
                else max(longest[i + 1][j], longest[i][j + 1])
            )
    found: dict[int, int] = {}
    i = j = 0
    while i < len(rows) and j < len(slots):
        if same[i][j]:
            found[rows[i].line.number] = slots[j]
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _difference(reading: Reading, agreed: dict[int, int], bindings: Bindings) -> Iterable[DiffLine]:
    used = {*agreed.values(), *reading.settled}
    left = [n for n, text in enumerate(reading.answer) if n not in used and text]
    for row in reading.rows:
        slot = agreed.get(row.line.number)
        while slot is not None and left and left[0] < slot:
            yield DiffLine("+", bindings.as_documented(reading.answer[left.pop(0)]))
        yield DiffLine(" " if slot is not None else "-", row.line.text)
    for n in left:
        yield DiffLine("+", bindings.as_documented(reading.answer[n]))


def _why(
    reading: Reading, wrong: Sequence[Row], patterns: Patterns, bindings: Bindings
) -> Iterable[str]:
    rows, answer = reading.rows, reading.answer
    names = tuple(patterns.names.values())
    for row in wrong:
        for address in re.findall(f"{NAME_START}{ANY_IPV4}{NAME_END}", row.line.text):
            if not re.fullmatch(IPV4, address):
                yield f"`{address}` no es una dirección: cada número va de 0 a 255"
        word = impossible(row.line.text, names)
        if word is not None and not any(word in line for line in answer):
            yield (
                f"`{word}` no puede ser un nombre generado: Kubernetes solo usa las letras y "
                f"cifras bcdfghjklmnpqrstvwxz2456789"
            )
        for documented in dict.fromkeys(d for d, _ in _lasting(row)):
            twin = next((o for o in rows if o is not row and _rivals(row, o, documented)), None)
            if twin is not None:
                yield (
                    f"`{documented}` está también en la línea {twin.line.number}: dos objetos no "
                    f"pueden {_share(documented)}"
                )
            elif documented in bindings and not any(
                bindings.admit([pair]) for pair in _lasting(row) if pair[0] == documented
            ):
                yield (
                    f"`{documented}` es, desde {bindings.first_seen(documented)}, "
                    f"{_belonging(documented)} otro objeto, que ya no está o no está así"
                )


def _lasting(row: Row) -> list[tuple[str, str]]:
    pairs = {p for option in row.options for p in option.pairs if not isinstance(p[1], Local)}
    return sorted(pairs, key=lambda pair: (row.line.text.find(pair[0]), pair))


def _rivals(row: Row, other: Row, documented: str) -> bool:
    """Whether both lines show a value that only one object can have."""
    here = [(o.slot, real) for o in row.options for d, real in o.pairs if d == documented]
    there = [(o.slot, real) for o in other.options for d, real in o.pairs if d == documented]
    return bool(here and there) and all(
        slot == other_slot or real != other_real
        for slot, real in here
        for other_slot, other_real in there
    )


def _share(value: str) -> str:
    if re.fullmatch(UID, value):
        return "tener el mismo uid"
    return "llamarse igual" if _is_name(value) else "tener el mismo"


def _belonging(value: str) -> str:
    if re.fullmatch(ANY_IPV4, value):
        return "la dirección de"
    if re.fullmatch(UID, value):
        return "el uid de"
    return "el nombre de" if _is_name(value) else "el puerto de"


def _is_name(value: str) -> bool:
    return re.search(r"[a-z]", value) is not None
