"""A failed attempt leaves no trace: what a page is found to say does not depend on how many."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.timeline import Life
from kubedoctest.page import inventory, sections
from kubedoctest.page.document import Document
from kubedoctest.recordings import recording
from kubedoctest.recordings.recording import PageRecording
from kubedoctest.recordings.replay import Replay, ReplayedTimeline
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.chapter_context import Limits
from kubedoctest.run.judgement import Attempt, Judge, Verdict
from kubedoctest.shell.observation import Observation
from kubedoctest.values.bindings import Bindings
from kubedoctest.verdicts.outcome import Status

pytestmark = pytest.mark.slow  # all chapters, again and again
ROOT = Path(__file__).resolve().parents[3]
RECORDING = ROOT / "tests" / "recordings" / "capitulos.json.gz"
MOST_EARLY = 4
SEEDS = range(6)

Found = tuple[list[tuple[Status, str]], Bindings]


@pytest.fixture(scope="module", autouse=True)
def at_the_root() -> Iterator[None]:
    """Pages are named as they were when they were recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        yield


@pytest.fixture(scope="module")
def recorded() -> dict[str, PageRecording]:
    pages = recording.read(RECORDING)
    return {page: told for page, told in pages.items() if told.steps}


@pytest.fixture(scope="module")
def documents(recorded: dict[str, PageRecording]) -> dict[str, Document]:
    """The parts of the chapters that run by themselves, by their names."""
    markdown = inventory.settings(ROOT / "mkdocs.yml")
    pages = {page.partition("#")[0] for page in recorded}
    read = (inventory.read_page(Path(page), markdown, ROOT) for page in pages)
    return {part.name: part for page in read for part in sections.parts(page)}


@pytest.fixture(scope="module")
def alone(recorded: dict[str, PageRecording], documents: dict[str, Document]) -> dict[str, Found]:
    """What is found when no attempt fails."""
    return {page: found(recorded, documents[page]) for page in recorded}


def early(seen: Observation, dice: random.Random) -> Iterator[Observation]:
    """What a command may have answered a moment before: less of it, or in another order."""
    for _ in range(dice.randint(0, MOST_EARLY)):
        kept = dice.choice((0.3, 0.6, 0.9))
        lines = [line for line in seen.output.splitlines(True) if dice.random() < kept]
        if dice.random() < 0.3:
            dice.shuffle(lines)
        yield replace(seen, output="".join(lines))


def as_of(life: Life, moment: float) -> Life:
    """What was known of an object then."""
    states = [state for state in life.states if state.entered <= moment]
    last = states[-1] if states[-1].left <= moment else replace(states[-1], left=math.inf)
    return replace(
        life, states=(*states[:-1], last), gone=life.gone if life.gone <= moment else math.inf
    )


class Past:
    """Puts the timeline of a replay back to an earlier moment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = math.inf
        lives = ReplayedTimeline.lives

        def until_then(timeline: ReplayedTimeline, resource: Resource) -> tuple[Life, ...]:
            known = lives(timeline, resource)
            return tuple(as_of(life, self.moment) for life in known if life.born <= self.moment)

        monkeypatch.setattr(ReplayedTimeline, "lives", until_then)


def found(pages: dict[str, PageRecording], document: Document) -> Found:
    """The verdict on every block of a page, and what its names were found to stand for."""
    chapter = Chapter(document, Replay(pages, ROOT).open(document).work, Limits())
    verdicts = [chapter.outcome(n) for n in range(len(document.blocks))]
    return [(one.status, one.reason) for one in verdicts], chapter._judge.knowledge.bindings


@pytest.mark.parametrize("seed", SEEDS)
def test_verdict_is_the_same_after_any_failed_attempts(
    seed: int,
    recorded: dict[str, PageRecording],
    documents: dict[str, Document],
    alone: dict[str, Found],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = Judge.judge
    dice = random.Random(seed)
    past = Past(monkeypatch)

    def after_others(self: Judge, attempt: Attempt) -> Verdict:
        seen, here = attempt.seen, attempt.here
        for other in early(seen, dice):
            since = here.span.start if here else seen.started
            past.moment = since + dice.random() * (seen.ended - since)
            judge(self, replace(attempt, seen=other))
        past.moment = math.inf
        return judge(self, attempt)

    monkeypatch.setattr(Judge, "judge", after_others)
    for page in recorded:
        assert found(recorded, documents[page]) == alone[page]
