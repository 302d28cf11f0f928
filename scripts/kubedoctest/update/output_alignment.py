"""A documented output and the real one side by side: which line stands for which, in whose names.

Where the page has no name yet for a generated value, one that it shows for the same object is taken
(on the very line that is rewritten, or further on), so that its author's names stay. What the page
never names is written as the cluster gave it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kubedoctest.comparison import outputs
from kubedoctest.comparison.documented import longest, options_for
from kubedoctest.comparison.output_format import TEXT, OutputFormat
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.page.outline import Outline, Style
from kubedoctest.page.transcript import DocumentedLine, bare, is_gap
from kubedoctest.values.bindings import Bindings, one_to_one
from kubedoctest.values.names import NAME_END, NAME_START, Family, Name, Pair

ALIKE = 0.5
"""From which likeness on (0 to 1) a line is taken for a changed form of another."""

_APART = 2  # spaces that at least stand before a remark
_PLACE = "actualizar"


class PageNames:
    """The page's names while one output is rewritten; the chapter's bindings stay as they are."""

    def __init__(
        self, bindings: Bindings, names: Mapping[str, Name], upcoming: Sequence[str] = ()
    ) -> None:
        """Begin with what the chapter knows.

        Args:
            upcoming: lines of the page after this output, to find names that it shows later.
        """
        self._bindings = bindings
        self._names = names
        self._upcoming = upcoming
        words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._in_text = re.compile(f"{NAME_START}(?:{words}){NAME_END}") if words else None

    def admit(self, pairs: frozenset[Pair]) -> bool:
        """Whether these could all hold."""
        return self._bindings.admit(pairs)

    def hold(self, pairs: frozenset[Pair]) -> bool:
        """Take these as certain; False, and nothing changes, when they cannot all hold."""
        held = self._bindings.holding(pairs, _PLACE)
        self._bindings = held or self._bindings
        return held is not None

    def written(self, real: str, beside: str = "") -> str:
        """Real text in the page's names.

        Args:
            beside: the documented text that it takes the place of.
        """
        for match in self._in_text.finditer(real) if self._in_text else ():
            self._settle(match.group(), beside)
        return self._bindings.as_documented(real, self._names)

    def _settle(self, real: str, beside: str) -> None:
        """Decide the page's name for a real one."""
        name = self._names[real]
        if beside and self._take(name, [beside]):
            return
        known = self._bindings.as_documented(real)
        if known != real:
            self.hold(frozenset({(known, real)}))
        elif name.family is Family.NAME:
            self._take(name, self._upcoming)

    def _take(self, name: Name, texts: Sequence[str]) -> bool:
        """Take the first word of the texts that may be this object's name."""
        form = re.compile(f"{NAME_START}{name.regex}{NAME_END}")
        for text in texts:
            for match in form.finditer(text):
                pairs = frozenset(name.pairs(match.group()) or ())
                word = match.group()
                free = word not in self._bindings or texts is not self._upcoming
                if free and self._bindings.admit(pairs) and self.hold(pairs):
                    return True
        return False


@dataclass(frozen=True)
class Answer:
    """What a documented output is rewritten from."""

    output: str  # what the command wrote
    patterns: Patterns
    bindings: Bindings
    form: OutputFormat = TEXT  # how it is to be read
    # lines that the page shows later, before anything else is changed
    upcoming: tuple[str, ...] = ()
    # rows that a table could have shown a moment before (an object's name and its cells, in the
    # order of time); what shows them is true too
    passed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # words of the output that the command no longer writes: objects on their way out
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Line:
    """A line of the new output."""

    text: str  # what it says
    # the index of the real line that it stands for; None for ``...`` and blank lines
    slot: int | None = None


class Sheet:
    """Both sides of one output while it is rewritten.

    Attributes:
        answer: the real side, and what is known.
        names: the page's names.
        bare: the documented lines without remarks.
        real: the real lines.
        in_order: the real lines whose place among the others counts.
        shapes: what may be documented for a real line.
        page_outline, real_outline: what stands under what on either side; ``...`` under nothing.
    """

    def __init__(self, documented: Sequence[DocumentedLine], answer: Answer) -> None:
        self._documented = documented
        self.answer = answer
        self.names = PageNames(answer.bindings, answer.patterns.names, answer.upcoming)
        self.bare = [bare(line.text) for line in documented]
        reading = outputs.read(documented, answer.output, answer.patterns, answer.form)
        self.real = list(reading.answer)
        form = answer.form
        self.shapes = [
            reading.lines[n].pattern
            if n in reading.lines
            else answer.patterns.of_line(text, form.volatile, form.aligned)
            for n, text in enumerate(reading.answer)
        ]
        self.in_order = frozenset(n for n, one in reading.lines.items() if one.place is not None)
        style = form.outline or Style.NESTED
        self.page_outline = Outline(tuple("" if is_gap(t) else t for t in self.bare), style)
        self.real_outline = Outline(tuple(self.real), style)

    def is_gap(self, index: int) -> bool:
        """Whether a documented line is ``...``."""
        return is_gap(self._documented[index].text)

    def kept(self, index: int, slot: int | None) -> Line:
        """A documented line as it is."""
        return Line(self._documented[index].text, slot)

    def changed(self, index: int, slot: int, text: str) -> Line:
        """A new text in the place of a documented line, with its remark."""
        if bare(self.real[slot]) != self.real[slot]:
            return Line(text, slot=slot)  # what looks like a remark may be output
        return Line(with_remark(text, self._documented[index].text), slot=slot)

    def written(self, slot: int, beside: str = "") -> str:
        """A real line as the page would say it, in the place of a documented one if given."""
        return plain(self.names.written(self.real[slot], beside))

    def agreeing(
        self,
        documented: Sequence[int],
        real: Sequence[int],
        more: Mapping[int, Sequence[Pattern]],
    ) -> tuple[dict[int, int], dict[int, int]]:
        """The lines that agree, by index: in order as many as can be, and the others.

        Args:
            more: further patterns of real lines.
        """
        patterns = {n: [self.shapes[n], *more.get(n, ())] for n in real}
        fits = {
            (d, r): pairs
            for d in documented
            for r in real
            if (pairs := self._admitted(d, patterns[r])) is not None
        }
        in_order = longest(documented, real, lambda d, r: 1.0 if (d, r) in fits else 0.0)
        bound: list[Pair] = []

        def take(d: int, r: int) -> bool:
            pairs = fits[d, r]
            if not one_to_one([*bound, *pairs]) or not self.names.hold(pairs):
                return False
            bound.extend(pairs)
            return True

        in_order = {d: r for d, r in in_order.items() if take(d, r)}
        moved: dict[int, int] = {}
        for (d, r), pairs in fits.items():
            free = d not in in_order and d not in moved
            if free and pairs and r not in {*in_order.values(), *moved.values()} and take(d, r):
                moved[d] = r
        return in_order, moved

    def _admitted(self, index: int, patterns: Sequence[Pattern]) -> frozenset[Pair] | None:
        """The values that a documented line would bind by one of these; None if it is neither."""
        text = self._documented[index].text
        options = (one for pattern in patterns for one in options_for(text, [(index, pattern)]))
        return next((one.pairs for one in options if self.names.admit(one.pairs)), None)


def plain(text: str) -> str:
    """A real line as a page can show it: tabs between words as spaces, which compare alike."""
    body = text.lstrip()
    return text[: len(text) - len(body)] + re.sub(r"\t+", "    ", body).rstrip()


def with_remark(text: str, remarked: str) -> str:
    """``text`` with the remark of another line, in the same column if it was set apart there."""
    said = bare(remarked)
    tail = remarked[len(said) :]
    remark = tail.lstrip()
    if not remark:
        return text
    gap = len(tail) - len(remark)
    column = len(said) + gap
    wanted = column - len(text) if gap > _APART else gap
    return text + " " * max(wanted, _APART) + remark


def likely(
    documented: Sequence[int], real: Sequence[int], likeness: Callable[[int, int], float]
) -> dict[int, int]:
    """Lines left over, paired in order as the same line in another form."""
    if len(documented) == len(real):
        return dict(zip(documented, real, strict=True))
    return longest(documented, real, likeness)


def likeness(one: str, other: str) -> float:
    """How alike two lines are, 0 to 1; 0 when they are not enough so."""
    ratio = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    return ratio if ratio >= ALIKE else 0.0
