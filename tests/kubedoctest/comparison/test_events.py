"""Events of before the page, which kubectl shows for whatever has the same name today."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_in_cluster import stand_in

from kubedoctest.commands.command import Command
from kubedoctest.comparison import table
from kubedoctest.testing import Harness

TABLE = """\
LAST SEEN           TYPE      REASON    OBJECT      MESSAGE
{old:<18}  Normal    Started   pod/lento   Container started
{new:<18}  Warning   BackOff   pod/lento   Back-off pulling image
"""
PAGE = """\
```console
$ kubectl get events
LAST SEEN   TYPE      REASON    OBJECT      MESSAGE
{row}
```
"""
STARTED = "3s          Normal    Started   pod/lento   Container started"
BACK_OFF = "3s          Warning   BackOff   pod/lento   Back-off pulling image"


def of_ages(old: str, new: str) -> str:
    return TABLE.format(old=old, new=new)


@pytest.mark.parametrize("old", ["36s", "36s (x4 over 2m)", "8m11s", "59m"])
def test_what_was_last_seen_before_is_left_out(old: str) -> None:
    header, _, newer, end = of_ages(old, "2s").split("\n")
    assert table.events_since(of_ages(old, "2s"), 30) == "\n".join((header, newer, end))


@pytest.mark.parametrize("old", ["30s", "35s", "2s (x9 over 50m)", "<unknown>"])
def test_what_may_be_of_the_page_stays(old: str) -> None:
    assert table.events_since(of_ages(old, "2s"), 30) == of_ages(old, "2s")


@pytest.mark.parametrize(
    ("command", "none"),
    [
        ("kubectl get events", "No resources found in default namespace."),
        ("kubectl get events -n otro", "No resources found in otro namespace."),
        ("kubectl get events -A", "No resources found"),
    ],
)
def test_without_the_old_ones_there_may_be_none(command: str, none: str) -> None:
    [query] = Command.of(command).queries
    told = table.no_events(query, "default")
    assert table.events_since(of_ages("8m", "9m"), 30, told) == f"{none}\n"
    assert "BackOff" in table.events_since(of_ages("8m", "9s"), 30, told)


def test_other_outputs_stay_as_they_are() -> None:
    pods = "NAME    READY   STATUS    RESTARTS   AGE\nlento   1/1     Running   0          50m\n"
    for output in ("", "No resources found in default namespace.\n", "LAST SEEN 59m\n", pods):
        assert table.events_since(output, 1) == output


@pytest.mark.parametrize(
    ("old", "row", "red"),
    [("11m", BACK_OFF, []), ("11m", STARTED, [4]), ("4s", STARTED, [])],
    ids=["true", "of an earlier run", "of this one"],
)
def test_a_page_shows_what_happened_since_it_began(
    tmp_path: Path, old: str, row: str, red: list[int]
) -> None:
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f"#!/bin/sh\ncat <<'END'\n{of_ages(old, '2s')}END\n")
    kubectl.chmod(0o755)
    page = PAGE.format(row=row)
    with (
        stand_in(tmp_path) as (_, kubeconfig),
        Harness(kubeconfig=kubeconfig, path=(kubectl.parent,)) as harness,
    ):
        judged = harness.judge(page, lie=red[0] if red else None, patience=0.2)
    assert judged.red == red, judged.told
