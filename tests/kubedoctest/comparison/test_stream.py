"""A watch's documented rows against what it printed, by pairs (comparison rule 11)."""

from __future__ import annotations

from textwrap import dedent

import pytest
from stage import LISTINGS, PODS, Recorded, bare_pod, daemon_pod, life, lines

from kubedoctest.commands.command import GoesOn
from kubedoctest.comparison.object_query import ObjectQuery
from kubedoctest.comparison.outputs import agrees
from kubedoctest.comparison.pattern import Patterns
from kubedoctest.comparison.solve import Proof
from kubedoctest.comparison.stream import Recording, read
from kubedoctest.values.bindings import Bindings
from kubedoctest.values.names import known

ONE, OTHER = "mi-app-4kx2p", "mi-app-b9w7d"

# As kubectl prints it: a row per event, wider than the header once it needs to be.
PRINTED = """
    NAME           READY   STATUS    RESTARTS   AGE
    mi-app-4kx2p   0/1     Pending   0          0s
    mi-app-4kx2p   0/1     Pending   0          0s
    mi-app-b9w7d   0/1     Pending   0          0s
    mi-app-4kx2p   0/1     ContainerCreating   0          0s
    mi-app-b9w7d   0/1     ContainerCreating   0          1s
    mi-app-4kx2p   1/1     Running             0          1s
    mi-app-b9w7d   1/1     Running             0          3s
    mi-app-4kx2p   0/1     Completed           0          5s
    mi-app-4kx2p   1/1     Running             1 (2s ago)   7s
"""
HEADER = "NAME   READY   STATUS   RESTARTS   AGE\n"


def past() -> Recorded:
    """What the cluster did: both pods at once until one ran, 2.5 s before the other."""
    return Recorded(
        life(
            daemon_pod(ONE),
            (20.0, "0/1", "Pending"),
            (20.2, "0/1", "ContainerCreating"),
            (21.0, "1/1", "Running"),
            (25.0, "0/1", "Completed"),
        ),
        life(
            daemon_pod(OTHER),
            (20.1, "0/1", "Pending"),
            (20.9, "0/1", "ContainerCreating"),
            (23.5, "1/1", "Running"),
        ),
    )


class Watch:
    """One page's watch."""

    def __init__(
        self, printed: str = PRINTED, recorded: bool = True, timeline: Recorded | None = None
    ) -> None:
        self.printed = dedent(printed).lstrip("\n")
        timeline = timeline or past()
        self.recording = (
            Recording(timeline, ObjectQuery(PODS, "default", frozenset(), ()), 15.0)
            if recorded
            else None
        )
        self.patterns = Patterns(known([daemon_pod(ONE), daemon_pod(OTHER)]))
        self.bindings = Bindings()

    def shows(self, rows: str, header: str = HEADER) -> bool:
        documented = lines(header + dedent(rows).lstrip("\n"))
        how = LISTINGS.format_of("kubectl get pods -w")
        reading = read(GoesOn.WATCH, documented, self.printed, self.patterns, self.recording, how)
        found = agrees(reading, self.bindings, "page.md:9")
        if isinstance(found, Proof):
            self.bindings = found.bindings
        return isinstance(found, Proof)


TRUE = """
    mi-app-tr8jm   0/1   Pending             0   0s
    mi-app-2dqqt   0/1   Pending             0   0s
    mi-app-tr8jm   0/1   ContainerCreating   0   0s
    mi-app-2dqqt   0/1   ContainerCreating   0   0s
    mi-app-tr8jm   1/1   Running             0   2s
    mi-app-2dqqt   1/1   Running             0   4s
    mi-app-tr8jm   0/1   Completed           0   5s
    mi-app-tr8jm   1/1   Running             1 (3s ago)   8s
"""


def swapped(text: str, one: int, other: int) -> str:
    rows = text.strip("\n").split("\n")
    rows[one], rows[other] = rows[other], rows[one]
    return "\n".join(rows)


def without(text: str, *numbers: int) -> str:
    rows = text.strip("\n").split("\n")
    return "\n".join(row for n, row in enumerate(rows) if n not in numbers)


def test_all_that_was_printed() -> None:
    watch = Watch()
    assert watch.shows(TRUE)
    assert watch.bindings.committed == {"mi-app-tr8jm": ONE, "mi-app-2dqqt": OTHER}


def test_which_object_is_which_may_stay_open() -> None:
    watch = Watch()
    assert watch.shows("mi-app-tr8jm   0/1   Pending   0   0s")
    assert watch.bindings.candidates("mi-app-tr8jm") == {ONE, OTHER}
    assert watch.shows("mi-app-tr8jm   0/1   Completed   0   5s")
    assert watch.bindings.committed == {"mi-app-tr8jm": ONE}


@pytest.mark.parametrize(
    "rows",
    [
        without(TRUE, 1, 2),  # a part of what was printed
        TRUE.replace("Pending             0   0s\n    mi-app-2dqqt", "Pending   0   0s\n...\n    "
                     "mi-app-2dqqt", 1),
        "\n".join([TRUE.split("\n")[1], TRUE.strip("\n")]),  # the same row twice
        swapped(TRUE, 0, 1),  # under a second apart
        swapped(TRUE, 2, 3),
        "",
    ],
)  # fmt: skip
def test_what_another_run_could_have_printed(rows: str) -> None:
    assert Watch().shows(rows)


@pytest.mark.parametrize(
    "rows",
    [
        TRUE.replace("Completed", "Error"),
        TRUE.replace("1 (3s ago)", "2 (3s ago)"),
        TRUE.replace("1 (3s ago)", "0"),
        swapped(TRUE, 4, 5),  # 2.5 s apart
        swapped(TRUE, 2, 4),  # the same object
        swapped(TRUE, 0, 2),
        TRUE + TRUE.strip("\n").split("\n")[4],  # it did not run without restarts again
        TRUE.replace("mi-app-2dqqt   1/1", "mi-app-zzzzz   1/1"),
        TRUE.replace("mi-app-2dqqt   1/1", "mi-app-tr8jm   1/2"),
        TRUE + "    mi-app-2dqqt   0/1   Completed   0   9s",
        TRUE + "    mi-app-vvvvv   0/1   Pending   0   9s",
    ],
)
def test_what_none_could(rows: str) -> None:
    watch = Watch()
    assert not watch.shows(rows)
    assert not watch.bindings.committed


def test_the_header_is_literal() -> None:
    assert Watch().shows(TRUE, "NAME  READY   STATUS   RESTARTS  AGE\n")
    assert Watch().shows(TRUE, "...\n")
    assert not Watch().shows(TRUE, "NAME   READY   STATUS   AGE\n")
    assert not Watch().shows(TRUE, "")


def test_without_a_recording_the_order_between_objects_is_kept() -> None:
    assert Watch(recorded=False).shows(TRUE)
    assert not Watch(recorded=False).shows(swapped(TRUE, 2, 3))


LISTED = """
    NAME       READY   STATUS    RESTARTS   AGE
    mi-pod-a   1/1     Running   0          9s
    mi-pod-b   1/1     Running   0          9s
"""


def test_what_was_there_is_listed_by_name() -> None:
    pods = [bare_pod("mi-pod-a"), bare_pod("mi-pod-b")]
    there = Recorded(*(life(pod, (1.0, "1/1", "Running")) for pod in pods))
    rows = "mi-pod-a   1/1   Running   0   9s\nmi-pod-b   1/1   Running   0   9s"
    assert Watch(LISTED, timeline=there).shows(rows)
    assert not Watch(LISTED, timeline=there).shows(swapped(rows, 0, 1))


def test_generated_names_that_were_there_come_in_any_order() -> None:
    there = Recorded(
        life(daemon_pod(ONE), (1.0, "1/1", "Running")),
        life(daemon_pod(OTHER), (9.0, "0/1", "Pending")),
    )
    listed = LISTED.replace("mi-pod-a   1/1     Running", "mi-app-4kx2p   1/1   Running")
    listed = listed.replace("mi-pod-b   1/1     Running", "mi-app-b9w7d   0/1   Pending")
    rows = "mi-app-tr8jm   1/1   Running   0   9s\nmi-app-2dqqt   0/1   Pending   0   9s"
    assert Watch(listed, timeline=there).shows(swapped(rows, 0, 1))
    assert not Watch(listed, timeline=there).shows(rows.replace("Pending", "Running"))


def test_a_blank_cell_leaves_the_others_in_their_columns() -> None:
    printed = """
        NAME   CLASS     HOSTS   ADDRESS   PORTS   AGE
        web    traefik   *                 80      0s
        web    traefik   *       10.0.0.1   80      12s
    """
    header = "NAME   CLASS   HOSTS   ADDRESS   PORTS   AGE\n"
    rows = "web   traefik   *             80   3s\nweb   traefik   *   10.0.0.1   80   9s"
    assert Watch(printed, recorded=False).shows(rows, header)
    assert not Watch(printed, recorded=False).shows(rows.replace("10.0.0.1", "<none>"), header)
    assert not Watch(printed, recorded=False).shows(rows.replace("80   3s", "81   3s"), header)


def test_nothing_printed_yet() -> None:
    assert Watch("").shows("", "")
    assert not Watch("").shows(TRUE)
