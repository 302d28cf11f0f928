"""The recording: states as kubectl prints them, from Table events."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from stage import PODS

from kubedoctest.cluster import timeline as timeline_module
from kubedoctest.cluster.api import TABLE, Cluster, ClusterLost, Request
from kubedoctest.cluster.timeline import (
    Column,
    Entry,
    History,
    LiveTimeline,
    Timeline,
    _reached,
)

COLUMNS = ("Name", "Status", "Restarts", "Age")


def row(status: str, version: int, *, restarts: str = "0", age: str = "1s") -> dict[str, Any]:
    metadata = {"name": "mi-pod", "namespace": "default", "uid": "u1"}
    return {
        "cells": ["mi-pod", status, restarts, age],
        "object": {"metadata": {**metadata, "resourceVersion": str(version)}},
    }


def history_with(*columns: str) -> History:
    history = History(PODS)
    history.columns = tuple(Column(name, 0) for name in columns)
    return history


def recorded(*events: tuple[str, dict[str, Any]]) -> History:
    history = history_with(*COLUMNS)
    for moment, (kind, of_row) in enumerate(events, start=1):
        history.record(kind, of_row, float(moment))
    return history


def test_each_state_has_its_time() -> None:
    history = recorded(
        ("ADDED", row("Pending", 1)), ("MODIFIED", row("Running", 2)), ("DELETED", row("x", 3))
    )
    life = history.lives["u1"]
    assert [(s.cells["Status"], s.entered, s.left) for s in life.states] == [
        ("Pending", 1.0, 2.0),
        ("Running", 2.0, 3.0),
    ]
    assert (life.born, life.gone, life.current) == (1.0, 3.0, None)


def test_age_alone_is_no_new_state() -> None:
    history = recorded(
        ("ADDED", row("Running", 1)),
        ("MODIFIED", row("Running", 2, age="9s")),
        ("MODIFIED", row("Running", 3, restarts="1 (2s ago)")),
        ("MODIFIED", row("Running", 4, restarts="1 (9s ago)")),
        ("MODIFIED", row("Running", 5, restarts="2 (1s ago)")),
    )
    restarts = [s.cells["Restarts"] for s in history.lives["u1"].states]
    assert restarts == ["0", "1 (2s ago)", "2 (1s ago)"]


def of_job(status: str, duration: object, version: int, broken: object = "") -> dict[str, Any]:
    job = row(status, version)
    job["cells"] = ["mi-job", status, duration, broken]
    return job


def test_a_duration_alone_is_no_new_state() -> None:
    history = history_with("Name", "Status", "Duration", "Ready")
    history.record("ADDED", of_job("Running", "", 1), 1.0)
    history.record("MODIFIED", of_job("Running", "3s", 2), 2.0)
    history.record("MODIFIED", of_job("Running", "9s", 3), 3.0)
    history.record("MODIFIED", of_job("Complete", "9s", 4), 4.0)
    assert [s.entered for s in history.lives["u1"].states] == [1.0, 2.0, 4.0]


def test_cells_read_as_kubectl_prints_them() -> None:
    history = history_with("Name", "Status", "Duration", "Ready")
    history.record("ADDED", of_job("uno\ndos", None, 1, True), 1.0)
    cells = history.lives["u1"].states[0].cells
    assert cells == {"Name": "mi-job", "Status": "uno...", "Duration": "", "Ready": "true"}


def test_what_was_there_before_was_always_there() -> None:
    history = History(PODS)
    history.replace_all([row("Running", 1)], 5.0, first=True)
    assert history.lives["u1"].born == -math.inf


def test_a_list_after_a_gap_ends_what_is_gone() -> None:
    history = recorded(("ADDED", row("Running", 1)))
    history.replace_all([], 7.0, first=False)
    assert history.lives["u1"].gone == 7.0


def test_only_a_watch_that_is_up_to_date_has_caught_up() -> None:
    history = recorded(("ADDED", row("Running", 5)))
    assert _reached(history, {"u1": 5}, 9)
    assert not _reached(history, {"u1": 6}, 9)
    assert not _reached(history, {"u1": 5, "u2": 7}, 9)
    assert not _reached(history, {}, 9), "its deletion has not come yet"
    assert _reached(history, {}, 4), "it was made after the list"


def test_nothing_is_known_before_the_page_has_come_to_its_time() -> None:
    columns = tuple(Column(name, 0) for name in COLUMNS)
    timeline = Timeline([Entry(1.0, PODS, "FIRST", (row("Pending", 1),), columns)])
    timeline.follow([PODS])
    timeline.hear(Entry(5.0, PODS, "MODIFIED", (row("Running", 2),), columns))
    for now, status in ((4.9, "Pending"), (5.0, "Running")):
        timeline.advance(now)
        (life,) = timeline.lives(PODS)
        assert life.states[-1].cells["Status"] == status


class Changing(Cluster):
    """A cluster with one pod, whose change its watch brings when it is told to."""

    def __init__(self) -> None:
        self.brings = threading.Event()

    def ask(self, request: Request) -> dict[str, Any]:
        if request.accept == TABLE:
            columns = [{"name": name} for name in COLUMNS]
            metadata = {"resourceVersion": "1"}
            return {"columnDefinitions": columns, "rows": [row("Pending", 1)], "metadata": metadata}
        pod = row("Running", 2)["object"]
        return {"items": [pod], "metadata": {"resourceVersion": "2"}}

    def watch(
        self, path: str, accept: str, params: Mapping[str, str], *, silence: float
    ) -> Iterator[dict[str, Any]]:
        self.brings.wait()
        yield {"type": "MODIFIED", "object": {"rows": [row("Running", 2)]}}
        threading.Event().wait()


def status_of_pod(timeline: LiveTimeline) -> list[str]:
    return [life.states[-1].cells["Status"] for life in timeline.lives(PODS)]


def test_catching_up_waits_for_what_a_list_says() -> None:
    cluster = Changing()
    timeline = LiveTimeline(cluster)
    timeline.follow([PODS])
    assert status_of_pod(timeline) == ["Pending"]
    threading.Timer(0.1, cluster.brings.set).start()
    timeline.catch_up([PODS])
    assert status_of_pod(timeline) == ["Running"]


def test_watch_that_brings_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_module, "CATCH_UP_SECONDS", 0.1)
    timeline = LiveTimeline(Changing())
    timeline.follow([PODS])
    with pytest.raises(ClusterLost, match="dejó de informar los cambios de pods"):
        timeline.catch_up([PODS])
