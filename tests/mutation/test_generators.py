"""The generators on pages made for them: what is a lie, and what says the same."""

from __future__ import annotations

import random
from pathlib import Path
from textwrap import dedent

import pytest
from equivalents import interchangeable, renaming, swap
from lies import count, name, order, status
from mutants import Source
from stage import COLUMNS, PODS

from kubedoctest.cluster.timeline import Entry
from kubedoctest.recordings.recording import PageRecording

PAGE = """
    ```console
    $ kubectl get pods
    NAME           READY   STATUS              RESTARTS   AGE
    mi-app-7kzvw   0/1     ContainerCreating   0          1s
    mi-app-hd4xp   0/1     ContainerCreating   0          1s
    mi-app-q9m6c   1/1     Running             0          9s
    $ kubectl delete pod mi-app-q9m6c
    pod "mi-app-q9m6c" deleted from default namespace
    $ kubectl get pods
    NAME           READY   STATUS    RESTARTS   AGE
    mi-app-7kzvw   1/1     Running   0          8s
    mi-app-hd4xp   1/1     Running   0          8s
    ```
"""


def source(folder: Path, text: str = PAGE) -> Source:
    """The page, and a recording in which three pods were made and ran."""
    path = folder / "page.md"
    path.write_text(dedent(text).lstrip("\n"))
    rows = tuple(
        {
            "cells": [pod, ready, state, "0", "1s", "", ""],
            "object": {
                "metadata": {
                    "name": pod, "uid": pod, "namespace": "default", "generateName": "mi-app-",
                }
            },
        }
        for pod in ("mi-app-zzz44", "mi-app-zzz55", "mi-app-zzz66")
        for ready, state in (("0/1", "Pending"), ("0/1", "ContainerCreating"), ("1/1", "Running"))
    )  # fmt: skip
    entries = [Entry(0.0, PODS, "ADDED", (row,), COLUMNS) for row in rows]
    return Source(str(path), PageRecording("", "", (), kubernetes="v1", entries=entries))


def texts(page: Source, operator: object) -> list[str]:
    made = operator(page, random.Random(1))  # type: ignore[operator]
    return [f"{m.line}: {m.after}" for m in made]


def test_statuses_never_were(tmp_path: Path) -> None:
    made = texts(source(tmp_path), status)
    assert len(made) == 5
    assert not any(word in text for text in made for word in ("Running", "Pending", "Creating"))


def test_numbers_make_rows_that_never_were(tmp_path: Path) -> None:
    made = texts(source(tmp_path), count)
    assert len(made) == 10  # READY and RESTARTS of each row
    assert not any("0/1     ContainerCreating   0 " in text for text in made)


def test_a_generated_name_is_a_lie_only_once_a_command_has_used_it(tmp_path: Path) -> None:
    assert texts(source(tmp_path), name) == ['8: pod "mi-app-zzzzz" deleted from default namespace']


def test_rows_of_generated_names_are_a_set(tmp_path: Path) -> None:
    assert texts(source(tmp_path), order) == []


@pytest.mark.parametrize(
    ("table", "one", "other", "same"),
    [
        (0, "mi-app-7kzvw", "mi-app-hd4xp", True),  # their rows are alike
        (0, "mi-app-7kzvw", "mi-app-q9m6c", False),  # a command tells them apart
        (2, "mi-app-7kzvw", "mi-app-hd4xp", True),
    ],
)
def test_what_may_change_places(
    tmp_path: Path, table: int, one: str, other: str, same: bool
) -> None:
    page = source(tmp_path)
    assert interchangeable(page, page.shown[table], one, other) is same


def test_names_that_nothing_else_shows_may_change_places(tmp_path: Path) -> None:
    page = source(tmp_path, PAGE[: PAGE.index("    $ kubectl delete")] + "    ```\n")
    assert interchangeable(page, page.shown[0], "mi-app-7kzvw", "mi-app-q9m6c")


def test_swapped_rows_keep_the_rest(tmp_path: Path) -> None:
    made = texts(source(tmp_path), swap)
    first = "mi-app-hd4xp   0/1     ContainerCreating   0          1s"
    assert f"4: {first} ⏎ {first.replace('hd4xp', '7kzvw')}" in made


def test_a_renaming_is_of_the_whole_page(tmp_path: Path) -> None:
    page = source(tmp_path)
    made = [m for m in renaming(page, random.Random(1)) if m.before == "mi-app-q9m6c"]
    (block,) = page.mutated(made[0]).blocks
    assert "q9m6c" not in block.code
    assert block.code.count(made[0].after) == 3
