"""Which real value each generated value of a page stands for: one to one, and bound late.

A page's ``web-tr8jm`` is the author's; the cluster generates another name in every run. Each
comparison narrows down which real name it may stand for; a command that uses it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from kubedoctest.values.assignment import Choice, Option, choices
from kubedoctest.values.names import NAME_END, NAME_START, WORD, Local, Name
from kubedoctest.values.several import Pair
from kubedoctest.values.ties import Candidates, Ties, joined, of_row, settle

MOST_CHOICES = 400


class Bindings:
    """The bindings of one chapter."""

    def __init__(self) -> None:
        self._candidates: Candidates = {}
        self._ties: Ties = {}
        self._decided: dict[str, str] = {}
        self._settled = True
        self._first_seen: dict[str, str] = {}
        self._inverse: tuple[Candidates, dict[str, str]] = ({}, {})

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
            and self._decided.get(real, documented) == documented
            for documented, real in lasting(pairs)
        )

    def learn(
        self,
        rows: Sequence[Sequence[Option]],
        place: str,
        together: Callable[[Option, Option], bool] | None = None,
        judge: Callable[[Choice], bool] = lambda _: True,
        *,
        narrowing: bool = True,
    ) -> Choice | None:
        """Narrow down what the answers of one comparison leave open.

        Args:
            rows, together: as for :func:`assignment.choices`.
            place: where the page shows it, as ``page:line``.
            judge: whether a whole choice can be true.
            narrowing: whether values that were seen before are narrowed down too; else only new
                ones get their candidates.

        Returns:
            An answer that agrees with all that the chapter has shown before, or None; then nothing
            is learnt.
        """
        rows = [[option for option in row if self.admit(option.pairs)] for row in rows]
        found: list[set[frozenset[Pair]]] = [set() for _ in rows]
        answer: Choice | None = None
        for looked_at, choice in enumerate(choices(rows, together), start=1):
            pairs = lasting(pair for option in choice for pair in option.pairs)
            if judge(choice) and self._feasible(pairs):
                answer = answer or choice
                for possible, option in zip(found, choice, strict=True):
                    possible.add(lasting(option.pairs))
            if looked_at >= MOST_CHOICES and answer is not None:
                # Not every answer was looked at, so none of the possible ones may be ruled out.
                found = [{lasting(option.pairs) for option in row} for row in rows]
                break
        if answer is not None:
            self._take_in(found, place, narrowing)
        return answer

    def possible(
        self, rows: Sequence[Sequence[Option]], judge: Callable[[Choice], bool] = lambda _: True
    ) -> bool:
        """Whether an answer is possible at all; nothing is learnt."""
        rows = [[option for option in row if self.admit(option.pairs)] for row in rows]
        return any(
            judge(choice) and self._feasible(lasting(p for o in choice for p in o.pairs))
            for choice in islice(choices(rows), MOST_CHOICES)
        )

    def commit(self, documented: str, names: Mapping[str, Name]) -> str:
        """Decide what a documented value stands for, because a command is about to use it."""
        for real in sorted(self._candidates[documented]):
            pairs = _pairs(documented, real, names)
            if self._certain(pairs):
                return real
            if self._feasible(pairs):
                decided = {d: frozenset({r}) for d, r in pairs}
                self._keep({**self._candidates, **decided}, decided)
                return real
        raise AssertionError(f"no candidate left for {documented}")

    def substitute(self, command: str, names: Mapping[str, Name]) -> str:
        """The command with the page's generated values replaced by real ones, in one pass."""
        used = (documented for documented in self._candidates if documented in command)
        known = sorted(used, key=len, reverse=True)
        if not known:
            return command
        words = "|".join(map(re.escape, known))
        return re.sub(
            f"{NAME_START}(?:{words}){NAME_END}",
            lambda match: self.commit(match.group(), names),
            command,
        )

    def as_documented(self, text: str, names: Mapping[str, Name] | None = None) -> str:
        """Real text in the page's own words: the inverse of what was learnt.

        Where a value may still stand for several, one consistent choice is made.

        Args:
            text: what a command wrote.
            names: the generated values of the moment; with them a name that the page has not shown
                yet takes the page's name for what it is made from (a new pod's ReplicaSet).
        """
        inverse = self._documented()
        if not inverse:
            return text

        def word(match: re.Match[str]) -> str:
            real = match.group()
            if real in inverse or names is None or real not in names:
                return inverse.get(real, real)
            for part in names[real].parts[1:]:
                if part in inverse and part in real:
                    return real.replace(part, inverse[part], 1)
            return real

        return re.sub(WORD, word, text)

    def _take_in(self, found: Sequence[set[frozenset[Pair]]], place: str, narrowing: bool) -> None:
        """Keep what each row may stand for."""
        seen: dict[str, set[str]] = {}
        ties: Ties = {}
        for possible in found:
            ties = joined(ties, of_row(possible))
            for documented, real in (pair for pairs in possible for pair in pairs):
                seen.setdefault(documented, set()).add(real)
        candidates = dict(self._candidates)
        for documented, reals in seen.items():
            before = candidates.get(documented)
            if before is None or narrowing:
                candidates[documented] = frozenset(reals) & (before or frozenset(reals))
            self._first_seen.setdefault(documented, place)
        self._ties = joined(self._ties, ties) if narrowing else self._ties
        self._keep(candidates, seen)

    def _keep(self, candidates: Candidates, changed: Iterable[str]) -> None:
        """Go on with these candidates, which but for those that changed were settled."""
        left = self._settle(candidates, changed)
        self._settled = left is not None
        self._candidates = candidates if left is None else left
        self._decided = {real: documented for documented, real in self.committed().items()}

    def _settle(self, candidates: Candidates, changed: Iterable[str]) -> Candidates | None:
        return settle(candidates, self._ties, changed if self._settled else None)

    def _certain(self, pairs: frozenset[Pair]) -> bool:
        """Whether all of these are decided already."""
        return all(self._candidates.get(d) == frozenset({r}) for d, r in pairs)

    def _feasible(self, pairs: frozenset[Pair]) -> bool:
        """Whether every value of the chapter can still have a real one of its own."""
        if self._certain(pairs):
            return True
        if not self.admit(pairs):
            return False
        decided = {documented: frozenset({real}) for documented, real in pairs}
        left = self._settle({**self._candidates, **decided}, decided)
        if left is None:
            return False
        open_ = {d: c for d, c in left.items() if len(c) > 1}  # none of them can be a decided one
        return len(_match(open_)) == len(open_)

    def _documented(self) -> dict[str, str]:
        """The page's word for each real value."""
        if self._inverse[0] != self._candidates:
            chosen = Bindings()
            chosen._ties = self._ties
            chosen._keep(self._candidates, self._candidates)
            for documented in self._candidates:
                chosen.commit(documented, {})
            inverse = {real: documented for documented, real in chosen.committed().items()}
            self._inverse = (dict(self._candidates), inverse)
        return self._inverse[1]


def lasting(pairs: Iterable[Pair]) -> frozenset[Pair]:
    """Those that hold for the whole chapter."""
    return frozenset(pair for pair in pairs if not isinstance(pair[1], Local))


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
