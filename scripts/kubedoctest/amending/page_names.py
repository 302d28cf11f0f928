"""The names that a page uses for real objects: the inverse of its bindings, for writing.

Where the page has no name yet for a generated value, one that it shows for the same object is taken
(on the very line that is rewritten, or further on), so that its author's names stay. What the page
never names is written as the cluster gave it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence

from kubedoctest.comparison.pattern import Pair
from kubedoctest.values.assignment import Option
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import NAME_END, NAME_START, Family, Name

_PLACE = "actualizar"


class PageNames:
    """The page's names while one output is rewritten; the chapter's bindings stay as they are."""

    def __init__(
        self, bindings: Bindings, names: Mapping[str, Name], upcoming: Sequence[str] = ()
    ) -> None:
        """Begin with what the chapter knows.

        Args:
            bindings: the chapter's.
            names: the generated names of the moment, by real name.
            upcoming: lines of the page after this output, to find names that it shows later.
        """
        self._bindings = copy.deepcopy(bindings)
        self._names = names
        self._upcoming = upcoming
        words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._in_text = re.compile(f"{NAME_START}(?:{words}){NAME_END}") if words else None

    def admit(self, pairs: frozenset[Pair]) -> bool:
        """Whether these could all hold."""
        return self._bindings.admit(pairs)

    def hold(self, pairs: frozenset[Pair]) -> bool:
        """Take these as certain; False, and nothing changes, when they cannot all hold."""
        return self._bindings.learn([[Option("", pairs)]], _PLACE) is not None

    def written(self, real: str, beside: str = "") -> str:
        """Real text in the page's names.

        Args:
            real: what the cluster gave.
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
                pairs = frozenset(zip(match.groups(), name.parts, strict=True))
                word = match.group()
                free = word not in self._bindings or texts is not self._upcoming
                if free and self._bindings.admit(pairs) and self.hold(pairs):
                    return True
        return False
