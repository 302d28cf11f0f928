"""Which real value each generated value of a page stands for: one to one, and bound late.

A page's ``mi-app-tr8jm`` is the author's; the cluster generates another name in every run. Each
comparison narrows down which real name it may stand for; a command that uses it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from kubedoctest.assignment import Choice, Option, choices
from kubedoctest.names import NAME_END, NAME_START, Name
from kubedoctest.pattern import Pair

MOST_CHOICES = 400


class Bindings:
    """The bindings of one chapter."""

    def __init__(self) -> None:
        self._candidates: dict[str, frozenset[str]] = {}
        self._first_seen: dict[str, str] = {}

    def __contains__(self, documented: str) -> bool:
        return documented in self._candidates

    def candidates(self, documented: str) -> frozenset[str]:
        """The real values that a documented one may still stand for; empty when never seen."""
        return self._candidates.get(documented, frozenset())

    def first_seen(self, documented: str) -> str:
        """Where the page showed the value first, as ``page:line``."""
        return self._first_seen.get(documented, "")

    def committed(self) -> dict[str, str]:
        """The documented values whose real one is certain."""
        return {d: next(iter(c)) for d, c in self._candidates.items() if len(c) == 1}

    def admit(self, pairs: Iterable[Pair]) -> bool:
        """Whether these could all hold, given what is known."""
        return all(
            real in self._candidates.get(documented, (real,))
            and not any(
                other != documented and found == {real} for other, found in self._candidates.items()
            )
            for documented, real in pairs
        )

    def learn(
        self,
        rows: Sequence[Sequence[Option]],
        place: str,
        together: Callable[[Option, Option], bool] | None = None,
        judge: Callable[[Choice], bool] = lambda _: True,
    ) -> Choice | None:
        """Narrow down what the answers of one comparison leave open.

        Args:
            rows, together: as for :func:`assignment.choices`.
            place: where the page shows it, as ``page:line``.
            judge: whether a whole choice can be true.

        Returns:
            An answer that agrees with all that the chapter has shown before, or None; then nothing
            is learnt.
        """
        found: dict[str, set[str]] = {}
        answer: Choice | None = None
        for looked_at, choice in enumerate(choices(rows, together), start=1):
            pairs = frozenset(pair for option in choice for pair in option.pairs)
            if judge(choice) and self._feasible(pairs):
                answer = answer or choice
                for documented, real in pairs:
                    found.setdefault(documented, set()).add(real)
            if looked_at >= MOST_CHOICES and answer is not None:
                # Not every answer was looked at, so none of the possible ones may be ruled out.
                for documented, real in (p for row in rows for o in row for p in o.pairs):
                    found.setdefault(documented, set()).add(real)
                break
        for documented, reals in found.items():
            before = self._candidates.get(documented, frozenset(reals))
            self._candidates[documented] = before & reals
            self._first_seen.setdefault(documented, place)
        self._candidates = _narrow(self._candidates)
        return answer

    def commit(self, documented: str, names: Mapping[str, Name]) -> str:
        """Decide what a documented value stands for, because a command is about to use it."""
        for real in sorted(self._candidates[documented]):
            pairs = _pairs(documented, real, names)
            if self._feasible(pairs):
                self._candidates.update({d: frozenset({r}) for d, r in pairs})
                self._candidates = _narrow(self._candidates)
                return real
        raise AssertionError(f"no candidate left for {documented}")

    def substitute(self, command: str, names: Mapping[str, Name]) -> str:
        """The command with the page's generated values replaced by real ones, in one pass."""
        known = sorted(self._candidates, key=len, reverse=True)
        if not known:
            return command
        words = "|".join(map(re.escape, known))
        return re.sub(
            f"{NAME_START}(?:{words}){NAME_END}",
            lambda match: self.commit(match.group(), names),
            command,
        )

    def as_documented(self, text: str) -> str:
        """Real text in the page's own words, as far as that is settled, to show a difference."""
        names = {real: documented for documented, real in self._matching().items()}
        if not names:
            return text
        words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        return re.sub(
            f"{NAME_START}(?:{words}){NAME_END}", lambda match: names[match.group()], text
        )

    def _feasible(self, pairs: frozenset[Pair]) -> bool:
        """Whether every value of the chapter can still have a real one of its own."""
        if not self.admit(pairs):
            return False
        decided = {documented: frozenset({real}) for documented, real in pairs}
        return len(_match({**self._candidates, **decided})) == len(
            self._candidates.keys() | decided.keys()
        )

    def _matching(self) -> dict[str, str]:
        return _match(self._candidates)


def _narrow(candidates: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Take each decided real value away from all others, until nothing changes."""
    narrowed = dict(candidates)
    while True:
        decided = {next(iter(c)): d for d, c in narrowed.items() if len(c) == 1}
        smaller = {
            d: frozenset(r for r in c if decided.get(r, d) == d) or c for d, c in narrowed.items()
        }
        if smaller == narrowed:
            return narrowed
        narrowed = smaller


def _match(candidates: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """A largest one-to-one choice of real values (augmenting paths)."""
    taken: dict[str, str] = {}

    def place(documented: str, tried: set[str]) -> bool:
        for real in sorted(candidates[documented] - tried):
            tried.add(real)
            if real not in taken or place(taken[real], tried):
                taken[real] = documented
                return True
        return False

    for documented in sorted(candidates, key=lambda d: len(candidates[d])):
        place(documented, set())
    return {documented: real for real, documented in taken.items()}


def _pairs(documented: str, real: str, names: Mapping[str, Name]) -> frozenset[Pair]:
    """What binding a value binds with it: a pod's name holds that of its ReplicaSet."""
    name = names.get(real)
    match = re.fullmatch(name.regex, documented) if name else None
    if name is None or match is None:
        return frozenset({(documented, real)})
    groups: Sequence[str] = match.groups()
    return frozenset(zip(groups, name.parts, strict=True))
