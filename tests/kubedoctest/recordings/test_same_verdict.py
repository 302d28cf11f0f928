"""What a run finds true is true by its recording, whatever the cluster says in between, and when.

The cluster is made up: its pods become what they become at a moment of their own, the watch tells
of it a while later, and time passes with everything that is done, judging too.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from stage import COLUMNS, PODS

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.timeline import Entry, Timeline
from kubedoctest.page import inventory
from kubedoctest.page.document import Document
from kubedoctest.recordings import recording
from kubedoctest.recordings.recorder import PageRecorder
from kubedoctest.recordings.replay import Replay
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.chapter_context import ChapterContext, Clock, Limits, Moment
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.verdicts.outcome import Outcome

SEEDS = range(20)
MARKDOWN = inventory.settings(None)
NAMES = ("mi-app-7kzvw", "mi-app-hd4xp", "mi-app-q9m6c")
BECOMES = (("0/1", "Pending"), ("0/1", "ContainerCreating"), ("1/1", "Running"))
APPLY = "kubectl apply -f p.yaml"
APPLIED = "daemonset.apps/mi-app created\n"
HEADER = "NAME           READY   STATUS              RESTARTS   AGE\n"


def table(ready: str, status: str, names: Iterable[str] = NAMES) -> str:
    return HEADER + "".join(f"{name}   {ready}     {status}   0          2s\n" for name in names)


def page(first: tuple[str, str], last: tuple[str, str]) -> str:
    shown = f"$ {APPLY}\n{APPLIED}$ kubectl get pods\n{table(*first)}"
    return f"```console\n{shown}$ kubectl get pods\n{table(*last)}```\n"


TRUE = page(BECOMES[1], BECOMES[2])
FOLLOW = "kubectl get pods -w"


def watched(*rows: tuple[str, str]) -> str:
    """A page that follows in another terminal what its command brings about."""
    shown = "".join(table(*row, NAMES[:1]).removeprefix(HEADER) for row in rows)
    other = '```console title="Terminal 2"\n'
    return (
        f"{other}$ {FOLLOW}\n```\n\n```console\n$ {APPLY}\n{APPLIED}```\n\n"
        f"{other}{HEADER}{shown}^C\n```\n"
    )


WATCHED = watched(*BECOMES)
LIES = (page(("0/1", "CrashLoopBackOff"), BECOMES[2]), page(BECOMES[1], ("1/1", "Completed")))


class RestlessClock(Clock):
    """Time that passes whenever somebody asks for it."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.at = 100.0

    def now(self) -> float:
        self.at += self._dice.choice((0.0, 0.001, 0.04, 0.3))
        return self.at

    def reached(self, moment: Moment) -> float:
        del moment
        return self.now()

    def wait(self, seconds: float) -> None:
        self.at += seconds


class Pods(Cluster):
    """Three pods of one controller, made by the page's first command."""

    def __init__(self, dice: random.Random) -> None:
        self.__dict__.update(resources=(PODS,), version="v1.37.2", context=None, host="")
        self.kubeconfig = Path("none")
        self._dice = dice
        self._changes: list[tuple[float, str, int]] = []

    def make(self, now: float) -> None:
        """All are being created at the same time for a moment; then they run, one by one."""
        for letter in self._dice.sample("bcdfghj", len(NAMES)):
            name = f"mi-app-{5 * letter}"
            moments = (0.0, self._dice.random(), 1.0 + self._dice.random())
            self._changes += [(now + at, name, number) for number, at in enumerate(moments)]
        self._changes.sort()

    def nodes_not_ready(self) -> tuple[str, ...]:
        return ()

    def answer(self, now: float) -> str:
        """What ``kubectl get pods`` prints."""
        last = {name: number for at, name, number in self._changes if at <= now}
        rows = [(name, *BECOMES[number]) for name, number in sorted(last.items())]
        return "".join(table(ready, status, [name]) for name, ready, status in rows[:1]) + "".join(
            table(ready, status, [name]).removeprefix(HEADER) for name, ready, status in rows[1:]
        )

    def followed(self, now: float) -> str:
        """What ``kubectl get pods -w`` has printed."""
        rows = [(name, *BECOMES[number]) for at, name, number in self._changes if at <= now]
        printed = (table(*row, [name]).removeprefix(HEADER) for name, *row in rows)
        return HEADER + "".join(printed) if rows else ""

    def told(self, late: float) -> list[Entry]:
        """What the watch says of them, so many seconds late."""
        return [self._entry(at + late, name, number) for at, name, number in self._changes]

    def _entry(self, at: float, name: str, number: int) -> Entry:
        owner = {"controller": True, "kind": "DaemonSet", "name": "mi-app", "uid": "d"}
        metadata: dict[str, Any] = {"name": name, "namespace": "default", "uid": name}
        metadata |= {"generateName": "mi-app-", "ownerReferences": [owner], "labels": {}}
        cells = [name, *BECOMES[number], "0", "1s", "10.244.0.5", "taller-worker"]
        event = "MODIFIED" if number else "ADDED"
        return Entry(
            at, PODS, event, ({"cells": cells, "object": {"metadata": metadata}},), COLUMNS
        )


class Watch(Timeline):
    """A timeline that is told everything ``late`` seconds late."""

    def __init__(self, clock: RestlessClock, late: float) -> None:
        self.late = late
        self.told = [Entry(0.0, PODS, "FIRST", (), COLUMNS)]
        super().__init__(self.told)
        self._clock = clock

    def hear(self, entry: Entry) -> None:
        self.told.append(entry)
        super().hear(entry)

    def follow(self, resources: Iterable[Resource]) -> None:
        super().follow(resources)
        self.advance(self._clock.at)

    def wait_for_news(self, seconds: float) -> None:
        coming = (entry.at for entry in self.told if entry.at > self._clock.at)
        self._clock.at = min([self._clock.at + seconds, *coming])

    def catch_up(self, resources: Iterable[Resource]) -> None:
        del resources
        self._clock.wait(self.late)
        self.advance(self._clock.at)


class Bash:
    """A terminal whose commands take a moment, in which the cluster goes on."""

    alive = True

    def __init__(self, clock: RestlessClock, cluster: Pods, watch: Watch) -> None:
        self._clock = clock
        self._cluster = cluster
        self._watch = watch
        self._command = ""
        self._began = 0.0
        self._interrupted = False

    def begin(self, command: str) -> None:
        self._command, self._began = command, self._clock.now()

    def _printed(self) -> str:
        """What it has printed by now; what it brings about begins."""
        now = self._clock.now()
        if self._command == APPLY:
            self._cluster.make(now)
            for entry in self._cluster.told(self._watch.late):
                self._watch.hear(entry)
            return APPLIED
        return self._cluster.followed(now) if self._command == FOLLOW else self._cluster.answer(now)

    def finish(self, limit: float) -> Observation:
        del limit
        text = self._printed()
        ending = Ending.INTERRUPTED if self._interrupted else Ending.DONE
        return Observation(
            self._command, text, 0, False, self._began, self._clock.now(), ending=ending
        )

    def run(self, command: str, limit: float) -> Observation:
        self.begin(command)
        return self.finish(limit)

    def partial(self) -> str:
        return self._printed()

    def ended(self) -> bool:
        return self._command != FOLLOW

    def interrupt(self) -> None:
        self._interrupted = True

    def close(self) -> tuple[str, ...]:
        return ()


def read(folder: Path, text: str) -> Document:
    path = folder / "page.md"
    path.write_text(dedent(text))
    return inventory.read_page(path, MARKDOWN, folder)


def verdicts(document: Document, work: ChapterContext) -> list[Outcome]:
    chapter = Chapter(document, work, Limits())
    return [chapter.outcome(number) for number in range(len(document.blocks))]


def run(folder: Path, text: str, seed: int) -> tuple[list[Outcome], list[Outcome]]:
    """What a run finds, and what its recording says, as it is read from its file."""
    dice = random.Random(seed)
    late = dice.choice((0.0, 0.01, 0.1, 0.5))
    document, clock = read(folder, text), RestlessClock(dice)
    pods, watch = Pods(dice), Watch(clock, late)
    terminal = cache(lambda _title: Bash(clock, pods, watch))
    work = ChapterContext(terminal, folder, pods, watch, lambda: "default", clock=clock)
    recorder = PageRecorder(document, work)
    found = verdicts(document, recorder.work)
    kept = folder / "r.json"
    recording.write(kept, {document.name: recorder.recording(watch.told, [])})
    replay = Replay(recording.read(kept), folder).open(document)
    return found, verdicts(document, replay.work)


@pytest.mark.parametrize("text", [TRUE, WATCHED], ids=["tables", "a watch"])
@pytest.mark.parametrize("seed", SEEDS)
def test_true_page_is_true_by_its_recording(tmp_path: Path, text: str, seed: int) -> None:
    for found in run(tmp_path, text, seed):
        assert not [one.failures for one in found if one.failures]


@pytest.mark.parametrize("lie", LIES)
def test_lie_is_red_at_the_same_line_by_its_recording(tmp_path: Path, lie: str) -> None:
    live, replayed = ([one.failure for one in found] for found in run(tmp_path, lie, seed=1))
    (then,), (now,) = live, replayed
    assert then is not None
    assert now is not None
    assert (now.place, now.difference) == (then.place, then.difference)
