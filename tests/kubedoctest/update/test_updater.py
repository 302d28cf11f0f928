"""A chapter asked to amend its page, with a terminal and a recording made by hand."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from stage import COLUMNS, PODS, Recorded, daemon_pod, life

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.page import inventory
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.chapter_context import ChapterContext, Limits
from kubedoctest.shell.observation import Observation
from kubedoctest.update import updater
from kubedoctest.update.page_edits import PageText
from kubedoctest.verdicts.outcome import Status

NEW_ROW = "mi-app-7kzvw   1/1     Running   0          3s"  # with the cluster's age
REAL = ("mi-app-zzzzz", "mi-app-xxxxx")


class History(Recorded):
    """A recording that goes on while the page runs."""

    events = 0

    def __init__(self) -> None:
        self.all: list[Life] = []

    def lives(self, resource: Resource) -> tuple[Life, ...]:
        return tuple(self.all)

    def identities(self) -> tuple[Identity, ...]:
        return tuple(life.identity for life in self.all)

    def recorded(self) -> tuple[Life, ...]:
        return tuple(self.all)

    @property
    def followed(self) -> tuple[Resource, ...]:
        return (PODS,)

    def begins(self, name: str, *states: tuple[str, str]) -> None:
        """The pod's states, each entered after the one before, the last one now."""
        self.events += 1
        now = time.monotonic()
        entered = [now - 0.001 * n for n in reversed(range(len(states)))]
        history = zip(entered, *zip(*states, strict=True), strict=True)
        self.all = [one for one in self.all if one.identity.name != name]
        self.all.append(life(daemon_pod(name), *history))

    def becomes(self, name: str, ready: str, status: str) -> None:
        self.events += 1
        now = time.monotonic()
        for n, one in enumerate(self.all):
            if one.identity.name == name:
                *before, last = one.states
                cells = {**last.cells, "Ready": ready, "Status": status}
                states = (*before, replace(last, left=now), replace(last, cells=cells, entered=now))
                self.all[n] = Life(states, one.born, math.inf)

    def ends(self, name: str) -> None:
        self.events += 1
        now = time.monotonic()
        for n, one in enumerate(self.all):
            if one.identity.name == name:
                *before, last = one.states
                self.all[n] = Life((*before, replace(last, left=now)), one.born, now)

    def table(self) -> str:
        """What kubectl would print now."""
        rows = [[c.name.upper() for c in COLUMNS if not c.priority]]
        for one in self.all:
            if one.gone != math.inf:
                continue
            state = one.states[-1]
            rows.append([state.cells[c.name] for c in COLUMNS if not c.priority])
        widths = [max(map(len, column)) + 3 for column in zip(*rows, strict=True)]
        return "".join(
            "".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() + "\n"
            for row in rows
        )

    def follow(self, resources: object) -> None: ...
    def catch_up(self, resources: object) -> None: ...
    def advance(self, until: float) -> None: ...
    def wait_for_news(self, seconds: float) -> None: ...


class StandIn:
    """The cluster and its terminal: what each command does and answers."""

    alive = True

    def __init__(self, history: History, does: dict[str, Callable[[], object]]) -> None:
        self.history = history
        self.does = does

    def resource(self, word: str) -> Resource | None:
        return PODS if word in ("pods", "pod", "po") else None

    def resources_of(self, word: str) -> tuple[Resource, ...]:
        found = self.resource(word)
        return (found,) if found else ()

    def nodes_not_ready(self) -> tuple[str, ...]:
        return ()

    def get(self, path: str) -> None: ...

    def run(self, command: str, limit: float) -> Observation:
        del limit
        started = time.monotonic()
        done = self.does.get(command)
        said = done() if done else None
        output = str(said) if isinstance(said, str) else ""
        if command.startswith("kubectl get pods"):
            output = self.history.table()
        return Observation(command, output, 0, False, started, time.monotonic())


def updated(
    text: str,
    tmp_path: Path,
    history: History,
    does: dict[str, Callable[[], object]],
    retry: float = 0.0,
) -> str:
    """The page as it should be; whatever is not true of it has its correction."""
    page = tmp_path / "page.md"
    page.write_text(text)
    document = inventory.read_page(page, inventory.settings(None), tmp_path)
    assert not document.problems
    cluster = StandIn(history, does)
    work = ChapterContext(lambda _: cluster, tmp_path, cluster, history, lambda: "default")  # type: ignore
    was = PageText.of(page.read_bytes())
    chapter = Chapter(document, work, Limits(retry=retry), on_mismatch=updater.proposals)
    outcomes = [chapter.outcome(number) for number in range(len(document.blocks))]
    found = updater.edits_of(page, outcomes, was, tmp_path)
    assert not found.by_hand, [outcome.failures for outcome in outcomes]
    changed = was.edited(found.edits) != text
    assert changed == any(outcome.status is Status.FALSE for outcome in outcomes)
    assert all(outcome.status in (Status.PASSED, Status.FALSE) for outcome in outcomes)
    return was.edited(found.edits)


def test_names_go_on_through_what_was_amended(tmp_path: Path) -> None:
    history = History()

    def apply() -> str:
        for name in REAL:
            history.begins(name, ("0/1", "Pending"), ("0/1", "ContainerCreating"))
        return "daemonset.apps/mi-app created\n"

    def delete(name: str) -> str:
        history.ends(name)
        return f'pod "{name}" deleted from default namespace\n'

    true = """\
```console
$ kubectl apply -f a.yaml
daemonset.apps/mi-app created
$ kubectl get pods
NAME           READY   STATUS              RESTARTS   AGE
mi-app-7kzvw   0/1     ContainerCreating   0          1s  # uno
mi-app-hd4xp   0/1     ContainerCreating   0          1s  # otro
$ kubectl get pods
NAME           READY   STATUS    RESTARTS   AGE
mi-app-7kzvw   1/1     Running   0          4s
mi-app-hd4xp   1/1     Running   0          4s
$ kubectl delete pod mi-app-hd4xp  # la víctima
pod "mi-app-hd4xp" deleted from default namespace
```
"""
    lie = (
        true.replace("hd4xp   0/1     ContainerCreating", "hd4xp   0/1     Completed        ")
        .replace("mi-app-7kzvw   1/1     Running   0          4s\n", "")
        .replace("deleted from default namespace", "deleted")
        .replace("created", "configured")
    )
    does: dict[str, Callable[[], object]] = {"kubectl apply -f a.yaml": apply}
    for name in REAL:
        does[f"kubectl delete pod {name}  # la víctima"] = partial(delete, name)
    settle = iter(range(99))

    def settles() -> None:
        if next(settle):
            for name in REAL:
                history.becomes(name, "1/1", "Running")

    does["kubectl get pods"] = settles
    text = updated(lie, tmp_path, history, does)
    assert text == true.replace("mi-app-7kzvw   1/1     Running   0          4s", NEW_ROW)


def test_an_object_that_the_first_answer_came_before_stays_in_the_page(tmp_path: Path) -> None:
    history = History()
    true = """\
```console
$ kubectl apply -f a.yaml
$ kubectl get pods
NAME           READY   STATUS              RESTARTS   AGE
mi-app-7kzvw   0/1     ContainerCreating   0          1s
mi-app-hd4xp   0/1     ContainerCreating   0          1s
$ kubectl get pods
NAME           READY   STATUS    RESTARTS   AGE
mi-app-7kzvw   1/1     Running   0          4s
mi-app-hd4xp   1/1     Running   0          4s
```
"""

    def begins(name: str) -> None:
        history.begins(name, ("0/1", "Pending"), ("0/1", "ContainerCreating"))

    def run() -> None:
        for name in REAL:
            history.becomes(name, "1/1", "Running")

    answers = iter((lambda: None, partial(begins, REAL[1]), run))
    does: dict[str, Callable[[], object]] = {
        "kubectl apply -f a.yaml": partial(begins, REAL[0]),
        "kubectl get pods": lambda: next(answers, lambda: None)(),
    }
    lie = true.replace("hd4xp   0/1     ContainerCreating", "hd4xp   0/1     Terminating      ")
    assert updated(lie, tmp_path, history, does, retry=0.5) == true


def test_a_table_that_did_not_last_shows_where_it_ends(tmp_path: Path) -> None:
    history = History()
    page = """\
```console
$ kubectl apply -f a.yaml
$ kubectl get pods
NAME           READY   STATUS    RESTARTS   AGE
mi-app-7kzvw   1/1     Running   0          4s  # la nuestra
```

```bash
kubectl wait pods --all
kubectl delete pods --all
```
"""
    does: dict[str, Callable[[], object]] = {
        "kubectl apply -f a.yaml": lambda: history.begins(REAL[0], ("1/1", "Running")),
        "kubectl wait pods --all": lambda: history.becomes(REAL[0], "0/1", "Completed"),
    }
    text = updated(page, tmp_path, history, does)
    assert text == page.replace(
        "1/1     Running   0          4s", "0/1     Completed   0          4s"
    ).replace("STATUS    RESTARTS", "STATUS      RESTARTS")


@pytest.mark.parametrize("status", ["Running", "Error"])
def test_what_is_true_is_not_touched(tmp_path: Path, status: str) -> None:
    history = History()
    page = f"""\
> ```console
> $ kubectl apply -f a.yaml
> $ kubectl get pods
> NAME             READY   STATUS        RESTARTS   AGE
> mi-app-7kzvw       1/1   {status}     0     9d  # y esto
> ```
"""
    does: dict[str, Callable[[], object]] = {
        "kubectl apply -f a.yaml": lambda: history.begins(REAL[0], ("1/1", status)),
    }
    text = updated(page, tmp_path, history, does)
    assert text == page
