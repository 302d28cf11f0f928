"""What a page has been found to say so far, and values in its text that no block has shown.

Whatever looks like what the cluster generates stands for what a block showed, anywhere in a page
(comparison rule 7): in a command, in prose, in a link, in a diagram. What the author chose, or gave
as a name to something that a command or a manifest makes, is the author's.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from kubedoctest.cluster.timeline import Life
from kubedoctest.comparison.ages import Ages
from kubedoctest.comparison.replicas import Answers
from kubedoctest.comparison.stretch import Floors
from kubedoctest.values.bindings import Bindings, Pair
from kubedoctest.values.names import NAME_END, NAME_START, WORD, Family, Name, compiled
from kubedoctest.values.shapes import ALPHABET, ENGINE_ID, IPV4, SUFFIX, UID


@dataclass(frozen=True)
class Landed:
    """By which pods the page has shown its nodes."""

    # by the page's node and the real one that it may be, the uids of those pods
    pods: Mapping[Pair, frozenset[str]] = field(default_factory=dict)

    def with_shown(
        self, pairs: Iterable[Pair], names: Mapping[str, Name], lives: Iterable[Life], text: str
    ) -> Landed:
        """These, and what one output shows.

        Args:
            pairs: what its lines may stand for.
            text: the output and its command; the pods are those that it names, or any of the page.
        """
        nodes = {(d, r) for d, r in pairs if r in names and names[r].family is Family.NODE}
        if not nodes:
            return self
        words = frozenset(re.findall(WORD, text))
        on = defaultdict(set)
        named = defaultdict(set)
        for life in lives:
            where = life.states[-1].cells.get("Node", "")
            if life.identity.kind == "Pod" and life.born > -math.inf:
                if life.identity.name in words:
                    named[where].add(life.identity.uid)
                elif life.gone == math.inf:
                    on[where].add(life.identity.uid)
        found = {pair: frozenset(named[pair[1]] or on[pair[1]]) for pair in nodes}
        more = {pair: self.pods.get(pair, frozenset()) | pods for pair, pods in found.items()}
        return Landed({**self.pods, **more})

    def over(self, gone: Collection[str]) -> frozenset[Pair]:
        """What held only by pods that are gone."""
        return frozenset(pair for pair, pods in self.pods.items() if pods and pods <= set(gone))

    def without(self, shown: Collection[str]) -> Landed:
        """These, but for some of the page's nodes."""
        return Landed({pair: pods for pair, pods in self.pods.items() if pair[0] not in shown})


@dataclass(frozen=True)
class Knowledge:
    """What a page has been found to say so far. It never changes: a verdict comes with another."""

    bindings: Bindings = field(default_factory=Bindings)  # what its generated values stand for
    # the states that the tables of its stretch have shown
    floors: Floors = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)  # the replicas that its stretch has shown
    landed: Landed = field(default_factory=Landed)  # by which pods it has shown its nodes
    # when its author saw what it shows, and how old that was
    ages: Ages = field(default_factory=Ages)
    # by a job's terminal and its place among those started there, the page's line that tells of its
    # end
    notices: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def in_new_stretch(self, line: int) -> Knowledge:
        """What is still known once the command of that line has changed something."""
        return replace(self, floors={}, answers=Answers(), ages=self.ages.at(line))

    def without_pods(self, gone: Collection[str]) -> Knowledge:
        """What is still known of nodes once some pods, by uid, are gone."""
        over = {d for d, real in self.landed.over(gone) if real in self.bindings.candidates(d)}
        if not over:
            return self
        bindings, landed = self.bindings.without(over), self.landed.without(over)
        return replace(self, bindings=bindings, landed=landed)


# -- values that no block has shown

_HASHED = re.compile(r"(?:pod-template|controller-revision)-hash=(?P<value>[a-z0-9]+)")
_BARE_HASH = re.compile(
    rf"{NAME_START}(?=[a-z]*[0-9])(?=[0-9]*[a-z])(?P<value>[{ALPHABET}]{{8,10}}){NAME_END}"
)
_ENDS = re.compile(rf"(?:…|\.\.\.)-?(?P<value>(?:[{ALPHABET}]{{6,10}}-)?{SUFFIX}){NAME_END}")
_ADDRESS = re.compile(rf"(?<![0-9.])(?P<value>{IPV4})(?![0-9./]*[0-9/])")
_UID = re.compile(rf"(?<![0-9A-Za-z-])(?P<value>{UID})(?![0-9A-Za-z-])")
_ENGINE_ID = re.compile(
    rf"(?<![0-9A-Za-z-])(?=[0-9]*[a-f])(?=[a-f]*[0-9])(?P<value>{ENGINE_ID})(?![0-9A-Za-z-])"
)


@dataclass(frozen=True)
class Shown:
    """What a page has shown, and what is its author's."""

    names: Mapping[str, Name]  # the generated values of the moment, by real value
    bindings: Bindings  # what the page has shown of them
    authored: Collection[str]  # the words that are its author's

    def unshown_in_command(self, command: str) -> str | None:
        """The first name, hash or id in a command that nothing has shown."""
        return self._first(
            self._named(command),
            self._found(_HASHED, command),
            self._found(_ENGINE_ID, command) if self._has_ids else (),
        )

    def unshown_in_prose(self, text: str) -> str | None:
        """The first value of any kind in the page's prose that nothing has shown."""
        networks = {_network(v) for v, name in self.names.items() if name.family is Family.ADDRESS}
        addresses = (a for a in self._found(_ADDRESS, text) if _network(a) in networks)
        has_hashes = any(name.family is Family.HASH for name in self.names.values())
        return self._first(
            self._named(text),
            self._found(_HASHED, text),
            self._found(_BARE_HASH, text) if has_hashes else (),
            addresses if networks else (),
            self._found(_UID, text) if self.names else (),
            self._found(_ENGINE_ID, text) if self._has_ids else (),
        ) or next(filter(self._ends_none, self._found(_ENDS, text) if self.names else ()), None)

    @cached_property
    def _has_ids(self) -> bool:
        return any(re.fullmatch(ENGINE_ID, r) for r in self.bindings.committed.values())

    def _first(self, *values: Iterator[str] | tuple[()]) -> str | None:
        return next(
            (
                value
                for found in values
                for value in found
                if value not in self.bindings and value not in self.authored
            ),
            None,
        )

    def _named(self, text: str) -> Iterator[str]:
        """The words that have the form of a name generated by the cluster."""
        for form in self._forms:
            yield from (match.group() for match in form.finditer(text))

    @cached_property
    def _forms(self) -> tuple[re.Pattern[str], ...]:
        regexes = dict.fromkeys(n.regex for n in self.names.values() if n.family is Family.NAME)
        return tuple(compiled(f"{NAME_START}{regex}{NAME_END}") for regex in regexes)

    def _found(self, regex: re.Pattern[str], text: str) -> Iterator[str]:
        return (match["value"] for match in regex.finditer(text))

    def _ends_none(self, end: str) -> bool:
        """Whether no name that the page has shown ends so (``…-2xkqn``)."""
        return not any(shown.endswith(f"-{end}") for shown in self.bindings.shown)


def _network(address: str) -> str:
    return ".".join(address.split(".")[:2])
