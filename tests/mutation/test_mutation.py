"""How many lies about the chapters a run finds: a score, and a reason for each that it misses."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from equivalents import EQUIVALENTS
from lies import OPERATORS
from mutants import ROOT, Mutant, Source
from scoring import Scored, from_the_start, generated, replayed, score, score_all
from trunk import Trunk

from kubedoctest.recordings import recording

pytestmark = pytest.mark.slow  # thousands of replays
RECORDING = ROOT / "tests" / "recordings" / "capitulos.json.gz"
SURVIVORS = Path(__file__).with_name("survivors.toml")
LEAST_KILLED = 0.97
MOST_LIES = 150  # of a page: a page with more is sampled, each operator alike
MOST_EQUIVALENTS = 60
OF_EACH_OPERATOR = 4  # to see that it branches off as if it had begun anew
ONE_OF_EACH = {"lies": len(OPERATORS), "equivalents": len(EQUIVALENTS)}

Recorded = dict[str, recording.PageRecording]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    pages = recording.read(RECORDING)
    return {page: told for page, told in pages.items() if told.steps}


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are named as they were when they were recorded."""
    monkeypatch.chdir(ROOT)


def test_the_pages_as_they_are_stay_green(recorded: Recorded) -> None:
    for page, told in recorded.items():
        source = Source(page, told)
        block, outcome = replayed(source, source.document)
        assert block is None, f"{page}: {outcome}"


def test_lies_are_found_where_they_are(recorded: Recorded, record_score: Any) -> None:
    scored = score(recorded, "lies", MOST_LIES)
    missed = [one for one in scored if not one.killed]
    reasons = {_key(entry): entry["reason"] for entry in _survivors()}
    record_score("mentiras", _table(scored), len(scored) - len(missed), len(scored))
    unexplained = [_told(one) for one in missed if not reasons.get(_key_of(one), "").strip()]
    assert not unexplained, "survivors without a reason in survivors.toml:\n" + "\n".join(
        unexplained
    )
    found = {_key_of(one) for one in scored if one.killed} & reasons.keys()
    assert not found, f"no longer survivors, take them off survivors.toml: {found}"
    assert len(missed) <= (1 - LEAST_KILLED) * len(scored)


def test_a_mutant_branches_off_as_if_it_had_begun_anew(recorded: Recorded) -> None:
    sources = [Source(page, told) for page, told in recorded.items()]
    work = list(_sample(sources))
    assert {source.path for source, _ in work} == recorded.keys()
    assert score_all(work) == [from_the_start(source, mutant) for source, mutant in work]


def test_what_the_page_as_a_whole_decides_keeps_a_mutant_from_branching_off(
    recorded: Recorded,
) -> None:
    branching: dict[str, set[bool]] = {operator: set() for operator in OPERATORS}
    for source in (Source(page, told) for page, told in recorded.items()):
        trunk = Trunk(source, source.document)
        for mutant in generated(source, "lies", 2 * len(OPERATORS)):
            branches = trunk.fork_of(source.mutated(mutant)) is not None
            branching[mutant.operator].add(branches)
    assert branching.pop("manifest") == {False}  # the author's words are others
    assert all(True in found for found in branching.values() if found), branching


def test_what_says_the_same_stays_green(recorded: Recorded, record_score: Any) -> None:
    scored = score(recorded, "equivalents", MOST_EQUIVALENTS)
    killed = [one for one in scored if one.block is not None]
    record_score("equivalentes", _table(scored), len(killed), len(scored))
    assert not killed, "\n".join(map(_told, killed))


def test_mutants_are_the_same_every_time(recorded: Recorded) -> None:
    for page, told in recorded.items():
        one, other = Source(page, told), Source(page, told)
        for kinds, most in (("lies", MOST_LIES), ("equivalents", MOST_EQUIVALENTS)):
            assert generated(one, kinds, most) == generated(other, kinds, most)


def test_every_operator_has_mutants(recorded: Recorded) -> None:
    sources = [Source(page, told) for page, told in recorded.items()]
    for kinds, operators in (("lies", OPERATORS), ("equivalents", EQUIVALENTS)):
        made = {m.operator for source in sources for m in generated(source, kinds, 10_000)}
        assert operators.keys() - made <= NOT_YET[kinds]


NOT_YET: dict[str, set[str]] = {
    "lies": {"command id"},  # no recorded chapter names a container by its id
    "equivalents": set(),
}


def _sample(sources: list[Source]) -> Iterator[tuple[Source, Mutant]]:
    """Of each operator a few, on different pages; and of every page the rarest, at the least."""
    made = [
        (source, mutant)
        for source in sources
        for kinds, most in ONE_OF_EACH.items()
        for mutant in {m.operator: m for m in generated(source, kinds, most)}.values()
    ]
    common = Counter(mutant.operator for _, mutant in made)
    taken: Counter[str] = Counter()
    for source, mutant in sorted(made, key=lambda one: common[one[1].operator]):
        if taken[source.path] == 0 or taken[mutant.operator] < OF_EACH_OPERATOR:
            taken.update([source.path, mutant.operator])
            yield source, mutant


def _survivors() -> list[dict[str, str]]:
    if not SURVIVORS.exists():
        return []
    found: list[dict[str, str]] = tomllib.loads(SURVIVORS.read_text()).get("survivor", [])
    return found


def _key(entry: dict[str, str]) -> tuple[str, ...]:
    return entry["page"], entry["operator"], entry["before"].strip(), entry["after"].strip()


def _key_of(one: Scored) -> tuple[str, ...]:
    m = one.mutant
    return one.page, m.operator, m.before.strip(), m.after.strip()


def _told(one: Scored) -> str:
    where = "nowhere" if one.block is None else f"block {one.block} ({one.status.value})"
    return f"{one.page}:{one.mutant}; red: {where} {one.reason}; block {one.mutant.block}"


def _table(scored: list[Scored]) -> str:
    made = Counter(one.mutant.operator for one in scored)
    killed = Counter(
        one.mutant.operator
        for one in scored
        if (one.block is not None if one.mutant.operator in EQUIVALENTS else one.killed)
    )
    return ", ".join(f"{name} {killed[name]}/{made[name]}" for name in sorted(made))
