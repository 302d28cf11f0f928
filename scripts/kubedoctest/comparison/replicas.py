"""Several replicas answer one Service: any of them fits, whichever the page shows (rule 14).

Which replica answers a request is up to the cluster. So an answer that names one is true if its
name is that of a replica that was there; if the page shows several, as many must have answered.
Such answers bind nothing that was open. It is the same where kubectl is given a Deployment and
takes one of its pods: of pods alike it takes any, each time.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.commands.command import Command
from kubedoctest.comparison.documented import options_for
from kubedoctest.comparison.outputs import real_lines
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import NOT_DECIDED, Choice, OfAll, Option, Proof, Undecided, solve
from kubedoctest.page.transcript import DocumentedLine, is_gap
from kubedoctest.shell.observation import Observation
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import WORD

_COUNT = re.compile(r"\s*([0-9]+) ")
_WORD = re.compile(WORD)
_SERVICES = ("svc", "service", "services")


@dataclass(frozen=True)
class _Replica:
    """A pod of a controller, and the words by which its answers tell of it."""

    identity: Identity
    address: str

    @property
    def owner(self) -> str:
        assert self.identity.owner is not None
        return self.identity.owner.uid

    def may_be_taken_of(self, given: str) -> bool:
        """Whether it is one of the pods of a controller, or of a Service, which may have any."""
        kind, _, name = given.partition("/")
        assert self.identity.owner is not None
        owner = self.identity.owner.name  # of a Deployment's pods, its ReplicaSet
        return kind in _SERVICES or owner == name or owner.startswith(f"{name}-")

    def template(self, line: str) -> str:
        """An answer of this replica, as any other of its owner would give it."""
        return _WORD.sub(lambda m: self._marks().get(m[0], m[0]), line)

    def answer(self, template: str) -> str:
        """What this replica answers."""
        for word, mark in self._marks().items():
            template = template.replace(mark, word)
        return template

    def _marks(self) -> dict[str, str]:
        marks = {self.identity.name: "\0name\0"}
        return {**marks, self.address: "\0address\0"} if self.address[:1].isdigit() else marks


@dataclass(frozen=True)
class _Answer:
    """What one documented line may be: an answer of this replica, in this form."""

    template: str
    replica: _Replica


@dataclass(frozen=True)
class Answers:
    """The replicas, by owner, that were shown and that answered since the last change."""

    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)  # their documented names
    # the uids of those that answered
    heard: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def with_more(self, shown: ByOwner, heard: ByOwner) -> Answers:
        """These and others."""
        return Answers(_merged(self.shown, shown), _merged(self.heard, heard))


ByOwner = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Judged:
    """Whether answers are true."""

    wrong: str | None  # why not, as far as the replicas tell, in Spanish; None if they are
    # bindings, answers: with what they tell
    bindings: Bindings
    answers: Answers


def judge(
    documented: Sequence[DocumentedLine],
    command: str,
    seen: Observation,
    lives: Iterable[Life],
    patterns: Patterns,
    bindings: Bindings,
    answers: Answers,
    place: str,
) -> Judged | None:
    """Judge what a request was answered; None when no replica could answer in another's place.

    Args:
        command: the command, with real names.
        lives: all objects recorded.
        answers: those to the requests before it.
    """
    replicas, asks = _alive(lives, seen), Command.of(command)
    if not asks.requests and asks.picks_a_pod_of is not None:
        replicas = [one for one in replicas if one.may_be_taken_of(asks.picks_a_pod_of)]
    if not _asks_any(command, replicas):
        return None
    answered = _counted(command, real_lines(seen.output))
    forms = [_form(line, replicas) for line, _ in answered]
    if not any(forms):
        return None
    page = _counted(command, [line.text for line in documented])
    if any(is_gap(line) for line, _ in page):
        return None
    if len(page) != len(answered) or _total(page) != _total(answered):
        wrong = "la página no muestra tantas respuestas como pedidos se hacen"
        return Judged(wrong, bindings, answers)
    rows = [
        _options(line, form, number, real, forms, replicas, patterns)
        for number, ((line, _), (real, _), form) in enumerate(
            zip(page, answered, forms, strict=True)
        )
    ]
    heard: dict[str, set[str]] = defaultdict(set)
    for form in filter(None, forms):
        heard[form.replica.owner].add(form.replica.identity.uid)
    rows = _unlike(rows, page)
    of_forms = OfAll(_like(filter(None, forms)))
    before = answers if asks.requests else Answers()
    found = solve(rows, bindings, place, [of_forms, OfAll(_enough(before, heard))])
    if isinstance(found, Proof):
        # Which of them answered is chance, so what was shown before is left open.
        possible = [{option.pairs for option in line} for line in found.possible]
        bindings = bindings.narrowed(possible, place, only_new=True)
        if before is answers:
            answers = answers.with_more(_by_owner(found.choice), heard)
        return Judged(None, bindings, answers)
    if isinstance(found, Undecided):
        wrong = NOT_DECIDED
    elif isinstance(solve(rows, bindings, place, [of_forms]), Proof):
        wrong = "la página muestra más réplicas distintas que las que contestaron"
    else:
        wrong = "alguna respuesta no es de una réplica que estuviera cuando se hizo el pedido"
    return Judged(wrong, bindings, answers)


_Chosen = Choice["_Answer | None"]
Options = tuple[Option["_Answer | None"], ...]


def _like(forms: Iterable[_Answer]) -> Callable[[_Chosen], bool]:
    """Whether the answers shown are of the forms, and of the owners, that were given."""
    templates = {(form.template, form.replica.owner) for form in forms}
    return lambda choice: {(a.template, a.replica.owner) for a, _ in _answers(choice)} == templates


def _enough(before: Answers, heard: ByOwner) -> Callable[[_Chosen], bool]:
    """Whether as many replicas have answered as the page shows, now and since the last change."""

    def holds(choice: _Chosen) -> bool:
        shown = _by_owner(choice)
        in_all = before.with_more(shown, heard)
        return all(
            len(names) <= len(heard.get(owner, ()))
            and len(in_all.shown[owner]) <= len(in_all.heard.get(owner, ()))
            for owner, names in shown.items()
        )

    return holds


def _merged(one: ByOwner, other: ByOwner) -> dict[str, frozenset[str]]:
    owners = one.keys() | other.keys()
    return {owner: frozenset({*one.get(owner, ()), *other.get(owner, ())}) for owner in owners}


def _alive(lives: Iterable[Life], seen: Observation) -> list[_Replica]:
    """The controllers' pods that were there while the command ran."""
    pods = [
        life
        for life in lives
        if life.identity.kind == "Pod"
        and life.identity.owner is not None
        and life.gone >= seen.started
        and life.born <= seen.ended
    ]
    addresses = [life.states[-1].cells.get("IP", "") for life in pods]
    # Pods in their node's network share its address, which tells of none of them.
    used = Counter(addresses)
    return [
        _Replica(life.identity, address if used[address] == 1 else "")
        for life, address in zip(pods, addresses, strict=True)
    ]


def _asks_any(command: str, replicas: Sequence[_Replica]) -> bool:
    """Whether a request is not for one pod in particular."""
    addresses = {replica.address for replica in replicas}
    hosts = {replica.identity.name for replica in replicas}
    words = _WORD.findall(command)
    return not any(
        word in addresses or ("." in word and word.partition(".")[0] in hosts) for word in words
    )


def _counted(command: str, lines: Sequence[str]) -> list[tuple[str, int]]:
    """Each line and how often it was answered: with ``uniq -c`` that is written before it."""
    if not Command.of(command).counts_lines:
        return [(line, 1) for line in lines]
    found = ((line, _COUNT.match(line)) for line in lines)
    return [(line[m.end() :], int(m[1])) if m else (line, 0) for line, m in found]


def _total(lines: Iterable[tuple[str, int]]) -> int:
    return sum(count for _, count in lines)


def _form(line: str, replicas: Iterable[_Replica]) -> _Answer | None:
    """A real line as an answer, if it tells of a replica."""
    words = set(_WORD.findall(line))
    for replica in replicas:
        if replica.identity.name in words or replica.address in words:
            return _Answer(replica.template(line), replica)
    return None


def _options(
    line: str,
    form: _Answer | None,
    number: int,
    real: str,
    forms: Iterable[_Answer | None],
    replicas: Sequence[_Replica],
    patterns: Patterns,
) -> Options:
    """What a documented line can stand for: an answer of any replica, or the line in its place."""
    candidates: dict[_Answer | None, str] = {None: real}
    if form is not None:
        templates = dict.fromkeys((f.template, f.replica.owner) for f in forms if f is not None)
        candidates = {
            _Answer(template, replica): replica.answer(template)
            for template, owner in templates
            for replica in replicas
            if replica.owner == owner
        }
    patterns_of = [(answer, patterns.of_line(text)) for answer, text in candidates.items()]
    return options_for(line.rstrip(), patterns_of, lambda _: number)


def _unlike(rows: Sequence[Options], page: Sequence[tuple[str, int]]) -> list[Options]:
    """The rows without repeated answers: a name counts once, however often it answers."""
    by_text = {
        (line, None if row and row[0].payload is not None else number): row
        for number, (row, (line, _)) in enumerate(zip(rows, page, strict=True))
    }
    return list(by_text.values())


def _by_owner(choice: _Chosen) -> dict[str, set[str]]:
    """The documented names of replicas, by their owner."""
    shown: dict[str, set[str]] = defaultdict(set)
    for answer, option in _answers(choice):
        name = answer.replica.identity.name
        documented = next((d for d, real in option.pairs if real == name), None)
        if documented is not None or name in answer.replica.answer(answer.template):
            shown[answer.replica.owner].add(documented or name)
    return shown


def _answers(choice: _Chosen) -> Iterator[tuple[_Answer, Option[_Answer | None]]]:
    for option in choice:
        if option.payload is not None:
            yield option.payload, option
