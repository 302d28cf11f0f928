"""The times of tables that one run of an author can have shown, and those that none can."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from stage import bare_pod, deployment_pod, life, lines, replica_set, still, worker

from kubedoctest.cluster.timeline import Identity, Life, Owner
from kubedoctest.comparison.ages import (
    Ages,
    Contradiction,
    Row,
    judge,
    told_in_spanish,
    wrong_count,
)
from kubedoctest.comparison.solve import Option
from kubedoctest.comparison.stretch import Span
from kubedoctest.values.bindings import Bindings

SPANS = (
    Span(10.0, 12.0, "page.md:10", "kubectl apply -f web.yaml"),
    Span(20.0, 22.0, "page.md:30", "kubectl set image deployment web"),
    Span(30.0, 32.0, "page.md:50", "kubectl delete pod web"),
)
OLD, NEW = "web-6d4cf56db6", "web-7b8d5fd5f6"


def _born(identity: Identity, at: float, gone: float = math.inf) -> Life:
    return replace(still(identity), born=at, gone=gone)


FIRST = [_born(deployment_pod(f"{OLD}-{end}"), 10.2) for end in ("2xkqn", "8hvtd")]
REPLACED = _born(deployment_pod(f"{OLD}-c4pkl"), 30.1)
SETS = [_born(replica_set(OLD), 10.1), _born(replica_set(NEW), 20.1)]
NODE = worker("taller-worker")
LIVES = [*FIRST, REPLACED, *SETS, NODE]


class Page:
    """The tables of one page, each as (its command's line, its rows)."""

    def __init__(self, *lives: Life) -> None:
        self.lives = lives or tuple(LIVES)
        self.bindings = Bindings()
        self.ages = Ages()
        for span in SPANS[:1]:
            self.runs(span)

    def runs(self, span: Span) -> Page:
        self.ages = self.ages.at(int(span.place.rpartition(":")[2]))
        return self

    def shows(
        self, line: int, *rows: tuple[Life | list[Life], str, Mapping[str, str]]
    ) -> list[int] | None:
        """The lines of a contradiction; None where there is none.

        Each row is the objects that it may stand for, its documented name and its times.
        """
        possible = []
        for number, (objects, name, times) in enumerate(rows, start=line + 2):
            options = objects if isinstance(objects, list) else [objects]
            possible.append(
                {
                    Option(one.identity.uid, frozenset({(name, one.identity.name)}), one): Row(
                        number, {"NAME": name, **times}, (one,)
                    )
                    for one in options
                }
            )
        spans = [span for span in SPANS if int(span.place.rpartition(":")[2]) < line]
        seen = self.bindings, self.ages.at(line), spans, self.lives
        found = judge(possible, *seen, f"page.md:{line}")
        if not isinstance(found, Contradiction):
            self.bindings, self.ages = found
            return None
        self.found = found
        return [told.line for told in found.told]


def age(text: str) -> dict[str, str]:
    return {"AGE": text}


class TestBirths:
    def test_later_ages_of_the_same_objects_are_true(self) -> None:
        page = Page()
        assert page.shows(20, (FIRST, "web-a", age("3s")), (FIRST, "web-b", age("3s"))) is None
        assert page.shows(25, (FIRST, "web-a", age("47h")), (FIRST, "web-b", age("47h"))) is None

    def test_younger_in_a_later_table_is_a_lie(self) -> None:
        page = Page()
        assert page.shows(20, (FIRST, "web-a", age("40s")), (FIRST, "web-b", age("40s"))) is None
        assert page.shows(25, (FIRST, "web-a", age("9s")), (FIRST, "web-b", age("45s"))) is not None

    def test_recreated_object_of_the_same_name_is_younger(self) -> None:
        before = _born(bare_pod("uno"), 10.3, gone=31.0)
        after = _born(replace(bare_pod("uno"), uid="another"), 31.5)
        page = Page(before, after)
        assert page.shows(20, (before, "uno", age("40s"))) is None
        page.runs(SPANS[1]).runs(SPANS[2])
        assert page.shows(60, (after, "uno", age("2s"))) is None

    def test_object_of_the_page_is_not_older_than_one_of_before_it(self) -> None:
        pods = (FIRST, "web-a", age("5m")), (FIRST, "web-b", age("5m"))
        assert Page().shows(20, (NODE, "taller-worker", age("5m")), *pods) is None
        assert Page().shows(20, (NODE, "taller-worker", age("3m12s")), *pods) is not None

    def test_replica_set_of_a_rollout_is_younger_than_the_one_before(self) -> None:
        rows = (SETS[0], OLD, age("20s")), (SETS[1], NEW, age("8s"))
        assert Page().runs(SPANS[1]).shows(40, *rows) is None
        swapped = (SETS[0], OLD, age("8s")), (SETS[1], NEW, age("20s"))
        assert Page().runs(SPANS[1]).shows(40, *swapped) is not None

    def test_pod_is_not_older_than_its_replica_set(self) -> None:
        pods = (FIRST, "web-a", age("30s")), (FIRST, "web-b", age("30s"))
        assert Page().shows(20, (SETS[0], OLD, age("30s")), *pods) is None
        assert Page().shows(20, (SETS[0], OLD, age("29s")), *pods) == [22, 23]

    def test_replacement_is_younger_than_the_command_that_led_to_it(self) -> None:
        page = Page()
        assert page.shows(20, (FIRST, "web-a", age("9s")), (FIRST, "web-b", age("9s"))) is None
        page.runs(SPANS[1]).runs(SPANS[2])
        rest = FIRST[1:], "web-b", age("14s")
        assert page.shows(60, rest, (REPLACED, "web-c", age("5s"))) is None
        assert page.shows(60, rest, (REPLACED, "web-c", age("14s"))) is not None

    def test_rows_that_look_alike_are_told_apart_by_their_ages(self) -> None:
        page = Page().runs(SPANS[1]).runs(SPANS[2])
        three = [*FIRST, REPLACED]
        rows = (three, "web-a", age("9s")), (three, "web-c", age("2s")), (three, "web-b", age("9s"))
        assert page.shows(60, *rows) is None
        assert page.bindings.candidates("web-c") == {REPLACED.identity.name}


def test_mended_row_has_an_age_of_the_page_s_own_clock() -> None:
    page = Page(*FIRST)
    one, other = FIRST[:1], FIRST[1:]
    assert page.shows(20, (one, "web-a", age("40s")), (other, "web-b", age("37s"))) is None
    assert page.shows(25, (one, "web-a", age("90s")), (other, "web-b", age("2s"))) is not None
    kept = "web-a   1/1   90s   x"
    shown = lines(f"{kept}\nweb-b   1/1   2s    x  # nuestra", 27)
    mended = page.found.mended(shown, page.ages.at(25), {kept})
    assert [line.text for line in mended] == [kept, "web-b   1/1   87s   x  # nuestra"]


class TestOtherTimes:
    POD = life(bare_pod("uno"), (10.5, "1/1", "Running"))
    JOB = _born(Identity("Job", "default", "saludo", "uid-saludo", "", None, {}), 10.4)

    @pytest.mark.parametrize(
        ("times", "true"),
        [
            ({"RESTARTS": "1 (3s ago)", "AGE": "3s"}, True),
            ({"RESTARTS": "1 (4s ago)", "AGE": "3s"}, True),  # two machines' clocks
            ({"RESTARTS": "1 (5d ago)", "AGE": "3s"}, False),
            ({"RESTARTS": "1", "AGE": "1m75s"}, False),
            ({"RESTARTS": "2 (1m ago)", "AGE": "5m"}, False),
        ],
    )
    def test_restarts_are_of_after_the_birth(self, times: dict[str, str], true: bool) -> None:
        assert (Page(self.POD).shows(20, (self.POD, "uno", times)) is None) is true

    @pytest.mark.parametrize(("duration", "true"), [("4s", True), ("12s", True), ("20s", False)])
    def test_job_takes_no_longer_than_it_has_been_there(self, duration: str, true: bool) -> None:
        row = self.JOB, "saludo", {"DURATION": duration, "AGE": "12s"}
        assert (Page(self.JOB).shows(20, row) is None) is true

    def test_cron_job_was_not_scheduled_before_it_was_made(self) -> None:
        job = _born(Identity("CronJob", "default", "hora", "uid-hora", "", None, {}), 10.4)
        assert Page(job).shows(20, (job, "hora", {"LAST SCHEDULE": "9s", "AGE": "70s"})) is None
        assert Page(job).shows(20, (job, "hora", {"LAST SCHEDULE": "90s", "AGE": "70s"}))

    def test_job_of_a_cron_job_comes_when_it_is_time(self) -> None:
        owner = Owner("CronJob", "hora", "uid-hora")
        job = _born(Identity("Job", "default", "hora-1", "uid-hora-1", "", owner, {}), 30.5)
        page = Page(job)
        assert page.shows(20, (FIRST[:1], "web-a", age("9s"))) is None
        page.runs(SPANS[1]).runs(SPANS[2])
        rows = (FIRST[:1], "web-a", age("14s")), (job, "hora-1", age("12s"))
        assert page.shows(60, *rows) is None


@pytest.mark.parametrize(
    ("event", "true"),
    [
        ("  Normal  Pulled  1s (x2 over 3s)  kubelet  x", True),
        ("  Normal  Pulled  3s (x2 over 3s)  kubelet  x", True),
        ("  Normal  Pulled  30s (x2 over 3s)  kubelet  x", False),
        ("10m   Normal   Pulled   pod/uno   x", True),
        ("10m (x7 over 64m)   Normal   Pulled   pod/uno   x", True),
        ("65m (x7 over 64m)   Normal   Pulled   pod/uno   x", False),
    ],
)
def test_event_is_last_seen_after_it_was_first_seen(event: str, true: bool) -> None:
    assert (not wrong_count(lines(f"{event}\n"))) is true


def test_contradiction_is_told_with_its_lines() -> None:
    from kubedoctest.values.authors_clock import Told

    said = told_in_spanish([Told(3, "40s"), Told(9, "12s")])
    assert "«40s» (línea 3), «12s» (línea 9)" in said
    assert "«1m75s»" in told_in_spanish([Told(3, "1m75s")])
