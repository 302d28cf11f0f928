"""Which real value each generated value of a page stands for: one to one, and bound late.

A page's ``web-tr8jm`` is the author's; the cluster generates another name in every run. Each
comparison narrows down which real name it may stand for; a command that uses it decides. Values
that a page shows side by side, such as a pod's name and its address, are known together: once one
of them is decided, so is the other.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from kubedoctest.commands.command import Command
from kubedoctest.values.names import NAME_END, NAME_START, WORD, Local, Name, Pair
from kubedoctest.values.shapes import ENGINE_ID

_is_short_id = re.compile(ENGINE_ID).fullmatch

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)

Candidates = dict[str, frozenset[str]]
"""By documented value, the real ones that it may stand for."""

JointCandidates = dict[tuple[str, ...], frozenset[tuple[str, ...]]]
"""By the documented values of a line, the real ones that they may stand for together."""


@dataclass(frozen=True)
class Bindings:
    """The bindings of one page at one moment. They never change: what is learnt makes others."""

    _candidates: Candidates = field(default_factory=dict)
    _joint: JointCandidates = field(default_factory=dict)
    _first_seen: dict[str, str] = field(default_factory=dict, compare=False)

    def __contains__(self, documented: str) -> bool:
        return documented in self._candidates

    @property
    def shown(self) -> Collection[str]:
        """The documented values."""
        return self._candidates.keys()

    def candidates(self, documented: str) -> frozenset[str]:
        """The real values that a documented one may still stand for; empty when never seen."""
        return self._candidates.get(documented, frozenset())

    def first_seen(self, documented: str) -> str:
        """Where the page showed the value first, as ``page:line``."""
        return self._first_seen.get(documented, "")

    @cached_property
    def committed(self) -> Mapping[str, str]:
        """The documented values whose real one is certain."""
        return {d: next(iter(c)) for d, c in self._candidates.items() if len(c) == 1}

    def admit(self, pairs: Iterable[Pair]) -> bool:
        """Whether each of these could hold, given what is known."""
        return all(
            real in self._candidates.get(documented, (real,))
            and self.decided.get(real, documented) == documented
            for documented, real in lasting(pairs)
        )

    def feasible(self, pairs: Iterable[Pair]) -> bool:
        """Whether these can hold, and every value of the page still have a real one of its own."""
        pairs = lasting(pairs)
        if self._certain(pairs):
            return True
        if not self.admit(pairs):
            return False
        left = settle({**self._candidates, **_decided(pairs)}, self._joint, dict(pairs))
        if left is None:
            return False
        return one_each({d: c for d, c in left.items() if len(c) > 1})  # no decided one among them

    def narrowed(
        self, possible: Sequence[Collection[frozenset[Pair]]], place: str, *, only_new: bool = False
    ) -> Bindings:
        """These, with what the lines of one comparison leave open.

        Args:
            possible: of each line, all that it may stand for.
            only_new: whether values that were seen before are left as they are.
        """
        seen: dict[str, set[str]] = {}
        joint = dict(self._joint)
        for line in (frozenset(map(lasting, one)) for one in possible):
            for documented, real in (pair for pairs in line for pair in pairs):
                seen.setdefault(documented, set()).add(real)
            if not only_new:
                joint.update((key, joint.get(key, found) & found) for key, found in _joint(line))
        candidates = dict(self._candidates)
        for documented, reals in seen.items():
            before = candidates.get(documented)
            if before is None or not only_new:
                candidates[documented] = frozenset(reals) & (before or frozenset(reals))
        return self._settled(candidates, joint, seen, place)

    def holding(self, pairs: Iterable[Pair], place: str) -> Bindings | None:
        """These, with the pairs as certain; None when they cannot hold."""
        pairs = lasting(pairs)
        return self.narrowed([[pairs]], place) if self.feasible(pairs) else None

    def without(self, values: Collection[str]) -> Bindings:
        """These, as if the page had not shown some values."""
        candidates = {d: c for d, c in self._candidates.items() if d not in values}
        joint: JointCandidates = {}
        for key, rows in self._joint.items():
            kept = [n for n, documented in enumerate(key) if documented not in values]
            if len(kept) > 1:
                left = frozenset(tuple(row[n] for n in kept) for row in rows)
                kept_key = tuple(key[n] for n in kept)
                joint[kept_key] = joint.get(kept_key, left) & left
        return Bindings(candidates, joint, self._first_seen)

    def commit(self, documented: str, names: Mapping[str, Name]) -> tuple[str, Bindings]:
        """What a documented value stands for, decided because a command is about to use it."""
        for real in sorted(self._candidates[documented]):
            name = names.get(real)  # a pod's holds that of its ReplicaSet
            pairs = (name and name.pairs(documented)) or ((documented, real),)
            if self._certain(pairs):
                return real, self
            if self.feasible(pairs):
                candidates = {**self._candidates, **_decided(pairs)}
                return real, self._settled(candidates, self._joint, dict(pairs), "")
        raise AssertionError(f"no candidate left for {documented}")

    def substitute(self, command: str, names: Mapping[str, Name]) -> tuple[str, Bindings]:
        """The command with real values for the page's, in one pass, and what that decides."""
        after = self._with_beginnings(command)
        used = (documented for documented in after.shown if documented in command)
        known = sorted(used, key=len, reverse=True)
        if not known:
            return command, self
        found = re.compile(f"{NAME_START}(?:{'|'.join(map(re.escape, known))}){NAME_END}")
        reals: dict[str, str] = {}
        for word in dict.fromkeys(found.findall(command)):
            reals[word], after = after.commit(word, names)
        return found.sub(lambda match: reals[match.group()], command), after

    def _with_beginnings(self, command: str) -> Bindings:
        """These, with the beginnings of ids by which a command names containers and images."""
        found = self
        words = Command.of(command).engine_words if "docker" in command else ()
        for short in dict.fromkeys(words):
            wholes = [w for w in self._candidates if w.startswith(short) and _is_short_id(w)]
            if short not in self._candidates and len(wholes) == 1:
                real, after = found.commit(wholes[0], {})
                found = after.holding([(short, real[: len(short)])], "") or found
        return found

    def as_documented(self, text: str, names: Mapping[str, Name] | None = None) -> str:
        """Real text in the page's own words: the inverse of what was learnt.

        Where a value may still stand for several, one consistent choice is made.

        Args:
            names: the generated values of the moment; with them a name that the page has not shown
                yet takes the page's name for what it is made from (a new pod's ReplicaSet).
        """
        if not self._candidates:
            return text
        inverse = self._inverse

        def word(match: re.Match[str]) -> str:
            real = match.group()
            if real in inverse or names is None or real not in names:
                return inverse.get(real, real)
            for part in names[real].parts[1:]:
                if part in inverse and part in real:
                    return real.replace(part, inverse[part], 1)
            return real

        return re.sub(WORD, word, text)

    @cached_property
    def decided(self) -> Mapping[str, str]:
        """By real value, the documented one that it is certain to be."""
        return {real: documented for documented, real in self.committed.items()}

    @cached_property
    def _inverse(self) -> Mapping[str, str]:
        """The page's word for each real value."""
        chosen = self
        for documented in self._candidates:
            _, chosen = chosen.commit(documented, {})
        return chosen.decided

    def _settled(
        self, candidates: Candidates, joint: JointCandidates, changed: Iterable[str], place: str
    ) -> Bindings:
        """These candidates, which but for those that changed were settled."""
        changed = tuple(changed)
        left = settle(candidates, joint, changed)
        assert left is not None, f"{place}: what was found to be possible is not"
        return Bindings(left, joint, {**dict.fromkeys(changed, place), **self._first_seen})

    def _certain(self, pairs: Iterable[Pair]) -> bool:
        """Whether all of these are decided already."""
        return all(self._candidates.get(d) == frozenset({r}) for d, r in pairs)


def lasting(pairs: Iterable[Pair]) -> frozenset[Pair]:
    """Those that hold for the whole page."""
    return frozenset(pair for pair in pairs if not isinstance(pair[1], Local))


def one_to_one(pairs: Iterable[Pair]) -> bool:
    """Whether no documented value stands for two real ones, and no real one has two names."""
    documented: dict[str, str] = {}
    real: dict[str, str] = {}
    return all(documented.setdefault(d, r) == r and real.setdefault(r, d) == d for d, r in pairs)


def settle(
    candidates: Mapping[str, frozenset[str]],
    joint: JointCandidates,
    changed: Iterable[str] | None = None,
) -> Candidates | None:
    """The candidates that are left, or None when some value has none.

    A decided real value is taken away from all others, and what no line allows any more is dropped,
    until nothing changes. In whatever order that is done, the same are left.

    Args:
        changed: the values that have other candidates, or other lines, than when all was settled
            last; by default any may have.
    """
    left = dict(candidates)
    waiting = deque(left if changed is None else changed)
    while waiting:
        value = waiting.popleft()
        for other, fewer in _narrowed(value, left, joint):
            if not fewer:
                return None
            left[other] = fewer
            waiting.append(other)
    return left if all(left.values()) else None


def _narrowed(
    value: str, left: Candidates, joint: JointCandidates
) -> Iterator[tuple[str, frozenset[str]]]:
    """The values that have fewer candidates because of those of one."""
    if len(left[value]) == 1:
        for other, found in list(left.items()):
            if other != value and not found.isdisjoint(left[value]):
                yield other, found - left[value]
    for key, rows in joint.items():
        if value in key:
            yield from _narrowed_by_line(key, rows, left)


def _narrowed_by_line(
    key: tuple[str, ...], rows: frozenset[tuple[str, ...]], left: Candidates
) -> Iterator[tuple[str, frozenset[str]]]:
    allowed = [
        row
        for row in rows
        if all(real in left.get(shown, (real,)) for shown, real in zip(key, row, strict=True))
    ]
    for index, shown in enumerate(key):
        if shown in left:
            fewer = left[shown].intersection(row[index] for row in allowed)
            if len(fewer) < len(left[shown]):
                yield shown, fewer


def _joint(
    line: Iterable[frozenset[Pair]],
) -> Iterator[tuple[tuple[str, ...], frozenset[tuple[str, ...]]]]:
    """What one line's values may stand for together, if it always shows the same ones."""
    possible = [sorted(pairs) for pairs in line]
    keys = {tuple(documented for documented, _ in one) for one in possible}
    if len(keys) == 1 and len(key := keys.pop()) > 1:
        yield key, frozenset(tuple(real for _, real in one) for one in possible)


def _decided(pairs: Iterable[Pair]) -> Candidates:
    return {documented: frozenset({real}) for documented, real in pairs}


def one_each(candidates: Mapping[K, Collection[V]]) -> bool:
    """Whether each can have one of its candidates for itself (augmenting paths)."""
    taken: dict[V, K] = {}

    def place(key: K, tried: set[V]) -> bool:
        for candidate in candidates[key]:
            if candidate in tried:
                continue
            tried.add(candidate)
            if candidate not in taken or place(taken[candidate], tried):
                taken[candidate] = key
                return True
        return False

    return all(place(key, set()) for key in sorted(candidates, key=lambda k: len(candidates[k])))
