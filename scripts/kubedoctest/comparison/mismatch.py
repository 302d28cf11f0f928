"""Why documented and real output differ, for the person who has to mend the page."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kubedoctest.comparison.documented import Row, longest, options_for
from kubedoctest.comparison.outputs import Reading
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import Option
from kubedoctest.page.transcript import ANY_LINES, DocumentedLine, is_gap
from kubedoctest.values.bindings import Bindings, lasting, one_to_one
from kubedoctest.values.names import NAME_END, NAME_START, Family, impossible
from kubedoctest.values.shapes import ALPHABET, ANY_IPV4, IPV4, UID

_BLANK = "(línea vacía)"
_MOST_NAMED = 3  # characters that are told by their names
MOST_COMPARED = 40_000
"""Pairs of lines looked at to find those out of place; beyond, the difference is just longer."""


@dataclass(frozen=True)
class DiffLine:
    """A line of a difference; ``mark`` is ' ' (agrees), '-' (documented) or '+' (real)."""

    mark: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """What is shown is not what was answered."""

    # the page's line where it shows first, or None when no line of its own is wrong
    number: int | None
    reasons: tuple[str, ...]  # what is known about why, in Spanish
    difference: tuple[DiffLine, ...]  # documented against real, the real side in the page's names


def explain(
    reading: Reading,
    patterns: Patterns,
    bindings: Bindings,
    documented: Iterable[DocumentedLine] = (),
) -> Explanation:
    """What differs in a reading that does not agree.

    Args:
        documented: the lines that were read; real ones that a ``...`` of theirs may stand for are
            not told one by one.
    """
    agreed = _largest_agreement(reading.rows, bindings)
    agreed |= _out_of_place(reading, agreed)
    wrong = [row for row in reading.rows if row.line.number not in agreed]
    reasons = [
        *reading.unmet,
        *_look_alike(reading, wrong),
        *_why(reading, wrong, patterns, bindings),
    ]
    if reading.rows and not wrong and not reasons:
        reasons.append(
            "cada línea podría ser cierta, pero no todas a la vez: el orden o los nombres "
            "no corresponden a los mismos objetos"
        )
    return Explanation(
        number=wrong[0].line.number if wrong else None,
        reasons=tuple(dict.fromkeys(reasons)),
        difference=tuple(_difference(reading, agreed, bindings, documented)),
    )


def _largest_agreement(rows: Sequence[Row], bindings: Bindings) -> dict[int, int]:
    """By page line, the real line that it agrees with; choosing greedily is enough to show it."""
    agreed: dict[int, int] = {}
    taken: list[Option[int]] = []
    for row in sorted(rows, key=lambda r: len(r.options)):
        for option in row.options:
            pairs = [pair for other in taken for pair in other.pairs]
            free = all(option.slot != other.slot for other in taken)
            if free and bindings.admit(option.pairs) and one_to_one([*pairs, *option.pairs]):
                taken.append(option)
                agreed[row.line.number] = option.payload
                break
    return agreed


def _out_of_place(reading: Reading, agreed: dict[int, int]) -> dict[int, int]:
    """Lines that only stand elsewhere, because one before them is missing or too many.

    By page line, the real line: the longest sequence of those in the same order on both sides.
    """
    rows = [row for row in reading.rows if not row.options and not row.why]
    slots = [n for n in sorted(reading.lines) if n not in agreed.values()]
    if len(rows) * len(slots) > MOST_COMPARED:
        return {}

    def worth(at: int, slot: int) -> float:
        return float(bool(options_for(rows[at].line.text, [(slot, reading.lines[slot].pattern)])))

    found = longest(range(len(rows)), slots, worth)
    return {rows[at].line.number: slot for at, slot in found.items()}


def _difference(
    reading: Reading,
    agreed: dict[int, int],
    bindings: Bindings,
    documented: Iterable[DocumentedLine],
) -> Iterator[DiffLine]:
    used = {*agreed.values(), *reading.settled}
    left = [n for n in range(len(reading.answer)) if n not in used]
    gaps = [line.number for line in documented if is_gap(line.text)]
    before = 0

    def unused(up_to: float, number: float) -> Iterator[DiffLine]:
        """The real lines before a documented one, or at the end."""
        here = [left.pop(0) for n in tuple(left) if n < up_to]
        if any(before < gap < number for gap in gaps):
            yield DiffLine(" ", ANY_LINES)
        else:
            real = (bindings.as_documented(reading.answer[n]) for n in here)
            yield from (DiffLine("+", text or _BLANK) for text in real)

    for row in reading.rows:
        slot = agreed.get(row.line.number)
        if slot is None:
            yield DiffLine("-", row.line.text or _BLANK)
            continue
        yield from unused(slot, row.line.number)
        before = row.line.number
        yield DiffLine(" ", row.line.text)
    yield from unused(math.inf, math.inf)


def _look_alike(reading: Reading, wrong: Sequence[Row]) -> Iterator[str]:
    """Documented and real lines that a person cannot tell apart, and by what they differ."""
    real = {_as_it_looks(text): text for text in reading.answer}
    for row in wrong:
        shown = row.line.text.rstrip()
        answered = real.get(_as_it_looks(shown), shown)
        if answered != shown:
            yield (
                f"la línea {row.line.number} se ve igual y no lo es: la página tiene ahí "
                f"{_unlike(shown, answered)}, y el comando escribe {_unlike(answered, shown)}"
            )


def _as_it_looks(text: str) -> str:
    """A text without what cannot be seen of it (marks that are written apart, zero widths)."""
    if text.isascii():  # all of it can be seen
        return text.rstrip()
    visible = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(visible).rstrip()


def _unlike(text: str, other: str) -> str:
    """The characters by which a text is not another one, by their names."""
    start = _alike(text, other)
    end = _alike(text[start:][::-1], other[start:][::-1])
    part = text[start : len(text) - end]
    return (
        " ".join(f"U+{ord(c):04X} {unicodedata.name(c, '')}".rstrip() for c in part[:_MOST_NAMED])
        or "nada"
    )


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _why(
    reading: Reading, wrong: Sequence[Row], patterns: Patterns, bindings: Bindings
) -> Iterable[str]:
    rows, answer = reading.rows, reading.answer
    names = tuple(patterns.names.values())
    for row in wrong:
        if row.why:
            yield f"`{row.line.text.strip()}` {row.why}"
        for address in re.findall(f"{NAME_START}{ANY_IPV4}{NAME_END}", row.line.text):
            if not re.fullmatch(IPV4, address):
                yield f"`{address}` no es una dirección: cada número va de 0 a 255"
        word = impossible(row.line.text, names)
        if word is not None and not any(word in line for line in answer):
            yield (
                f"`{word}` no puede ser un nombre generado: Kubernetes solo usa las letras y "
                f"cifras {ALPHABET}"
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
        for documented, real in _lasting(row):
            name, known = patterns.names.get(real), bindings.decided.get(real, documented)
            if name is not None and name.family is Family.NODE and known != documented:
                yield (
                    f"ese nodo es, desde {bindings.first_seen(known)}, `{known}` y no "
                    f"`{documented}`: un pod no cambia de nodo, y en toda la página los workers de "
                    f"ustedes se corresponden uno a uno con los reales"
                )


def _lasting(row: Row) -> list[tuple[str, str]]:
    pairs = lasting(pair for option in row.options for pair in option.pairs)
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
