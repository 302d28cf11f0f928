"""Events of before the page, which kubectl shows for whatever has the same name today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stand_in_cluster import stand_in

from kubedoctest.comparison import events

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
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
    assert events.since(of_ages(old, "2s"), 30) == "\n".join((header, newer, end))


@pytest.mark.parametrize("old", ["30s", "35s", "2s (x9 over 50m)", "<unknown>"])
def test_what_may_be_of_the_page_stays(old: str) -> None:
    assert events.since(of_ages(old, "2s"), 30) == of_ages(old, "2s")


def test_other_outputs_stay_as_they_are() -> None:
    pods = "NAME    READY   STATUS    RESTARTS   AGE\nlento   1/1     Running   0          50m\n"
    for output in ("", "No resources found in default namespace.\n", "LAST SEEN 59m\n", pods):
        assert events.since(output, 1) == output


@pytest.mark.parametrize(
    ("old", "row", "code"),
    [("11m", BACK_OFF, 0), ("11m", STARTED, 1), ("4s", STARTED, 0)],
    ids=["true", "of an earlier run", "of this one"],
)
def test_a_page_shows_what_happened_since_it_began(
    tmp_path: Path, old: str, row: str, code: int
) -> None:
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(f"#!/bin/sh\ncat <<'END'\n{of_ages(old, '2s')}END\n")
    kubectl.chmod(0o755)
    (tmp_path / "page.md").write_text(PAGE.format(row=row))
    with stand_in(tmp_path) as (_, kubeconfig):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-c", os.devnull),
                *("-p", "no:cacheprovider", "page.md", "--kubedoctest-retry=0.2"),
                *("--kubedoctest-kubeconfig", str(kubeconfig), "--kubedoctest-context=c"),
                *("--kubedoctest-path", str(kubectl.parent)),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("page.md:4: no es cierto" in done.stdout) == bool(code)
