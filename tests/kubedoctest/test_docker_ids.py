"""A page whose containers' ids do not go together is red at the line that first cannot be true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubedoctest.testing import FastClock, Harness

DOCKER = """\
#!/bin/sh
uno=111111111111 dos=222222222222 rest=0000000000000000000000000000000000000000000000000000
stopped=$(dirname "$0")/stopped; touch "$stopped"
row() {
    state='Up 4 seconds'
    ! grep -q "$2" "$stopped" || state='Exited (137) 1 second ago'
    echo "$2   busybox   \\"sleep 60\\"   5 seconds ago   $state             $1"
}
case "$*" in
version*) echo 29.1.3 ;;
"run "*uno*) echo "$uno$rest" ;;
"run "*dos*) echo "$dos$rest" ;;
"ps "*--filter*)
    echo 'CONTAINER ID   IMAGE     COMMAND      CREATED         STATUS         PORTS     NAMES'
    case "$*" in *name=uno*) row uno "$uno" ;; esac
    case "$*" in *name=dos*) row dos "$dos" ;; esac ;;
"stop $uno" | "stop $dos") echo "$2" >>"$stopped"; echo "$2" ;;
"stop "*) echo "Error response from daemon: No such container: $2" >&2; exit 1 ;;
esac
"""
PAGE = """\
# Página

## Punto de partida

```{run}
{run_uno}
{run_dos}
```

```console
$ docker ps --filter name=uno --filter name=dos
{header}
{in_uno}   busybox   "sleep 60"   3 seconds ago   Up 2 seconds             uno
{in_dos}   busybox   "sleep 60"   3 seconds ago   Up 2 seconds             dos
$ docker stop {stopped}
{answer}
$ docker ps --all --filter name=uno
{header}
{in_uno}   busybox   "sleep 60"   9 seconds ago   Exited (137) 1 second ago             uno
```

## Limpieza

```bash
docker rm --force uno dos
```
"""
A, B, OTHER = "1230d06d5c84", "c5ff74bada03", "3a40aebe8113"
REST = "f8a77d3996d307a10b6bc1a0f177f45eb3bb8385b8ea4f4b957f0"[:52]
HEADER = "CONTAINER ID   IMAGE     COMMAND      CREATED         STATUS         PORTS     NAMES"
TRUE = {"in_uno": A, "in_dos": B, "stopped": A, "answer": A}


def page(*, shows_runs: bool, **ids: str) -> str:
    """The page, with ids that are not the true ones, and with what ``docker run`` prints or not."""
    runs = {name: f"docker run --detach --name {name} busybox sleep 60" for name in ("uno", "dos")}
    if shows_runs:
        runs = {n: f"$ {c}\n{i}{REST}" for (n, c), i in zip(runs.items(), (A, B), strict=True)}
    return PAGE.format(
        header=HEADER,
        run="console" if shows_runs else "bash",
        run_uno=runs["uno"],
        run_dos=runs["dos"],
        **(TRUE | ids),
    )


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    """The harness, with a docker whose two containers have ids of their own."""
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    with Harness(path=(tmp_path,)) as harness:
        yield harness


@pytest.mark.parametrize("shows_runs", [True, False])
def test_page_whose_ids_go_together_is_true(harness: Harness, shows_runs: bool) -> None:
    judged = harness.judge(page(shows_runs=shows_runs))
    assert judged.true, judged.told


@pytest.mark.parametrize(
    ("shows_runs", "ids", "red"),
    [
        pytest.param(False, {"stopped": OTHER, "answer": OTHER}, r"\$ docker stop", id="unshown"),
        pytest.param(True, {"stopped": OTHER, "answer": OTHER}, r"\$ docker stop", id="not run"),
        pytest.param(
            True, {"in_uno": OTHER, "stopped": OTHER}, f"{OTHER}   busybox", id="row of another"
        ),
        pytest.param(True, {"in_uno": B, "in_dos": A}, f"{B}   busybox", id="rows exchanged"),
        pytest.param(False, {"answer": OTHER}, OTHER, id="answer of another"),
        # to stop the other one is no lie; what the page says afterwards of the first is
        pytest.param(False, {"stopped": B, "answer": B}, f"{A}.*Exited", id="the other one"),
    ],
)
def test_page_is_red_at_the_first_id_that_cannot_be(
    harness: Harness, shows_runs: bool, ids: dict[str, str], red: str
) -> None:
    text = page(shows_runs=shows_runs, **ids)
    judged = harness.judge(text, clock=FastClock())
    first = next(n for n, line in enumerate(text.splitlines(), 1) if re.match(red, line))
    assert judged.red[0] == first, judged.told
