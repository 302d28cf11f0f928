"""Several replicas answer one Service: any of them fits, whichever the page shows (rule 14).

Which replica answers a request is up to the cluster. So an answer that names one is true if its
name is that of a replica that was there; if the page shows several, as many must have answered.
Such answers bind nothing that was open.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.comparison.documented import versions
from kubedoctest.comparison.layout import ANY_LINES
from kubedoctest.comparison.outputs import real_lines
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.page.transcript import DocumentedLine
from kubedoctest.shell.observation import Observation
from kubedoctest.values.assignment import Choice, Option
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import WORD

_REQUESTS = re.compile(r"(?<![\w./-])(?:curl|wget|nc)\s")
_ITSELF = re.compile(
    r"\bkubectl\b.*\b(?:exec|debug)\b.*\s--\s.*(?:\blocalhost\b|127\.0\.0\.1|\[::1\])", re.DOTALL
)
_COUNTED = re.compile(r"\buniq\s+(?:-\w*c\w*|--count)\b")
_COUNT = re.compile(r"\s*([0-9]+) ")
_WORD = re.compile(WORD)


@dataclass(frozen=True)
class _Replica:
    """A pod of a controller, and the words by which its answers tell of it."""

    identity: Identity
    address: str

    @property
    def owner(self) -> str:
        assert self.identity.owner is not None
        return self.identity.owner.uid

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
class Judged:
    """Whether answers are true; if not, why, as far as the replicas tell, in Spanish."""

    true: bool
    reason: str = ""


@dataclass
class Answers:
    """The replicas that were shown and that answered since a command changed something last."""

    since: object = None
    shown: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    heard: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def judge(
        self,
        documented: Sequence[DocumentedLine],
        command: str,
        seen: Observation,
        lives: Iterable[Life],
        patterns: Patterns,
        bindings: Bindings,
        place: str,
        since: object,
    ) -> Judged | None:
        """Judge what a request was answered; None when no replica could answer in another's place.

        Args:
            documented: what the page shows.
            command: the command, with real names.
            lives: all objects recorded.
            place: where the page shows it, as ``page:line``.
            since: the stretch that the command is in.
        """
        replicas = _alive(lives, seen)
        if not _asks_any(command, replicas):
            return None
        answered = _counted(command, real_lines(seen.output))
        forms = [_form(line, replicas) for line, _ in answered]
        if not any(forms):
            return None
        if since is not self.since:
            self.since = since
            self.shown.clear()
            self.heard.clear()
        page = _counted(command, [line.text for line in documented])
        if ANY_LINES in [line.strip() for line, _ in page]:
            return None
        if len(page) != len(answered) or _total(page) != _total(answered):
            return Judged(False, "la página no muestra tantas respuestas como pedidos se hacen")
        rows = [
            _options(line, form, number, real, forms, replicas, patterns)
            for number, ((line, _), (real, _), form) in enumerate(
                zip(page, answered, forms, strict=True)
            )
        ]
        return self._agree(_unlike(rows, page), forms, bindings, place)

    def _agree(
        self,
        rows: Sequence[Sequence[Option]],
        forms: Sequence[_Answer | None],
        bindings: Bindings,
        place: str,
    ) -> Judged:
        heard: dict[str, set[str]] = defaultdict(set)
        for form in forms:
            if form is not None:
                heard[form.replica.owner].add(form.replica.identity.uid)
                self.heard[form.replica.owner].add(form.replica.identity.uid)
        templates = {(form.template, form.replica.owner) for form in forms if form is not None}

        def judge(choice: Choice) -> bool:
            answers = [o.payload for o in choice if isinstance(o.payload, _Answer)]
            return {(a.template, a.replica.owner) for a in answers} == templates

        def enough(choice: Choice) -> bool:
            shown = _by_owner(choice)
            return judge(choice) and all(
                len(names) <= len(heard[owner])
                and len(self.shown[owner] | names) <= len(self.heard[owner])
                for owner, names in shown.items()
            )

        choice = bindings.learn(rows, place, judge=enough, narrowing=False)
        if choice is not None:
            for owner, names in _by_owner(choice).items():
                self.shown[owner] |= names
            return Judged(True)
        if all(rows) and bindings.possible(rows, judge):
            return Judged(False, "la página muestra más réplicas distintas que las que contestaron")
        return Judged(
            False, "alguna respuesta no es de una réplica que estuviera cuando se hizo el pedido"
        )


def requests(command: str) -> bool:
    """Whether a command may ask a Service something over the network."""
    return _REQUESTS.search(command) is not None and _ITSELF.search(command) is None


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
    if not _COUNTED.search(command):
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
) -> list[Option]:
    """What a documented line can stand for: an answer of any replica, or the line in its place."""
    if form is None:
        candidates: list[tuple[str, object]] = [(real, None)]
    else:
        templates = dict.fromkeys((f.template, f.replica.owner) for f in forms if f is not None)
        candidates = [
            (replica.answer(template), _Answer(template, replica))
            for template, owner in templates
            for replica in replicas
            if replica.owner == owner
        ]
    for version in versions(line):
        options = [
            Option(number, pairs, payload)
            for text, payload in candidates
            for pairs in patterns.of_line(text).ways(version.rstrip())
        ]
        if options:
            return options
    return []


def _unlike(rows: Sequence[list[Option]], page: Sequence[tuple[str, int]]) -> list[list[Option]]:
    """The rows without repeated answers: a name counts once, however often it answers."""
    by_text: Mapping[object, list[Option]] = {
        (line, None if row and isinstance(row[0].payload, _Answer) else number): row
        for number, (row, (line, _)) in enumerate(zip(rows, page, strict=True))
    }
    return list(by_text.values())


def _by_owner(choice: Choice) -> dict[str, set[str]]:
    """The documented names of replicas, by their owner."""
    shown: dict[str, set[str]] = defaultdict(set)
    for answer, option in _answers(choice):
        name = answer.replica.identity.name
        documented = next((d for d, real in option.pairs if real == name), None)
        if documented is not None or name in answer.replica.answer(answer.template):
            shown[answer.replica.owner].add(documented or name)
    return shown


def _answers(choice: Choice) -> Iterator[tuple[_Answer, Option]]:
    for option in choice:
        if isinstance(option.payload, _Answer):
            yield option.payload, option
