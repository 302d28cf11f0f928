"""A documented output and the real one side by side, for who writes the one that should be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubedoctest.amending import alignment
from kubedoctest.amending.page_names import PageNames
from kubedoctest.amending.row_writing import with_remark
from kubedoctest.comparison import outputs
from kubedoctest.comparison.form import TEXT, Form
from kubedoctest.comparison.layout import Section, is_gap, paired, sections
from kubedoctest.comparison.pattern import Pair, Pattern, Patterns
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.values.bindings import Bindings


@dataclass(frozen=True)
class Answer:
    """What a documented output is rewritten from.

    Attributes:
        output: what the command wrote.
        form: how it is to be read.
        upcoming: lines that the page shows later, before anything else is changed.
        passed: rows that a table could have shown a moment before (an object's name and its cells,
            in the order of time); what shows them is true too.
    """

    output: str
    patterns: Patterns
    bindings: Bindings
    form: Form = TEXT
    upcoming: tuple[str, ...] = ()
    passed: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of the new output.

    Attributes:
        text: what it says.
        kept: the index of the documented line that it is, unchanged; None for a new text.
        slot: the index of the real line that it stands for; None for ``...`` and blank lines.
    """

    text: str
    kept: int | None = None
    slot: int | None = None


@dataclass(frozen=True)
class Part:
    """A run of lines of one kind on both sides, by index; a table's header is its first line."""

    is_table: bool
    documented: tuple[int, ...]
    real: tuple[int, ...]


class Sheet:
    """Both sides of one output while it is rewritten.

    Attributes:
        answer: the real side, and what is known.
        names: the page's names.
        bare: the documented lines without remarks.
        real: the real lines.
        in_order: the real lines whose place among the others counts.
        shapes: what may be documented for a real line, where that is known.
        lost: the documented lines (by index) that have gone so far.
    """

    def __init__(self, documented: Sequence[DocumentedLine], answer: Answer) -> None:
        self._documented = documented
        self.answer = answer
        self.names = PageNames(answer.bindings, answer.patterns.names, answer.upcoming)
        self.bare = [outputs.versions(line.text)[-1] for line in documented]
        reading = outputs.read(documented, answer.output, answer.patterns, answer.form)
        self.real = list(reading.answer)
        self.shapes = reading.shapes
        self.in_order = frozenset(reading.order)
        self.lost: list[int] = []

    def is_gap(self, index: int) -> bool:
        """Whether a documented line is ``...``."""
        return is_gap(self._documented[index].text)

    def kept(self, index: int, slot: int | None) -> Line:
        """A documented line as it is."""
        return Line(self._documented[index].text, kept=index, slot=slot)

    def changed(self, index: int, slot: int, text: str) -> Line:
        """A new text in the place of a documented line, with its remark."""
        if outputs.versions(self.real[slot])[-1] != self.real[slot]:
            return Line(text, slot=slot)  # what looks like a remark may be output
        return Line(with_remark(text, self._documented[index].text), slot=slot)

    def written(self, slot: int, beside: str = "") -> str:
        """A real line as the page would say it, in the place of a documented one if given."""
        return plain(self.names.written(self.real[slot], beside))

    def agreeing(
        self,
        documented: Sequence[int],
        real: Sequence[int],
        more: Mapping[int, Sequence[Pattern]] | None = None,
    ) -> tuple[dict[int, int], dict[int, int]]:
        """The lines that agree, as :func:`alignment.agreeing` pairs them.

        Args:
            documented, real: the lines to look at, by index.
            more: further patterns of real lines.
        """
        patterns = {
            n: [*([self.shapes[n]] if n in self.shapes else ()), *((more or {}).get(n, ()))]
            for n in real
        }

        def fits(index: int, slot: int) -> frozenset[Pair] | None:
            text = self._documented[index].text
            for pattern in patterns[slot]:
                for option in outputs.options_for(text, [(slot, pattern)]):
                    if self.names.admit(option.pairs):
                        return option.pairs
            return None

        return alignment.agreeing(documented, real, fits, self.names)


def plain(text: str) -> str:
    """A real line as a page can show it: tabs between words as spaces, which compare alike."""
    body = text.lstrip()
    return text[: len(text) - len(body)] + re.sub(r"\t+", "    ", body).rstrip()


def parts(sheet: Sheet) -> list[Part]:
    """Tables and text of both sides, side by side, as outputs.read pairs them."""
    headed = sheet.answer.form.headed
    page, real = sections(sheet.bare, headed), sections(sheet.real, headed)
    return [
        Part(shown.is_table and answered.is_table, _indices(shown), _indices(answered))
        for shown, answered in paired(page, real, sheet.real)
    ] or [Part(False, tuple(range(len(sheet.bare))), tuple(range(len(sheet.real))))]


def _indices(section: Section) -> tuple[int, ...]:
    return tuple(range(section.start, section.start + len(section.lines)))
