"""Facts that only look like what differs in every run: true as they are, red where they lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from edited_pages import Told, edited, told

from kubedoctest.recordings.recording import PageRecording
from kubedoctest.testing import Harness

TEXT = (Path(__file__).parent / "pages" / "fields.md").read_text()

LIES = {
    name: edited(TEXT, true, lie, after=after)
    for name, true, lie, after in [
        ("a quota's use", "cpu         0.2 ", "cpu         0.3 ", ""),
        ("a limit by default", "20000Ki          20000Ki", "20000Ki          64Ki   ", ""),
        ("a container's limit", "memory:  20000Ki", "memory:  64Ki", ""),
        ("another container's image", "uns:v0.1.0", "uns:v0.2.0", "  uno:"),
        ("another container's variable", "PUERTO:   8081", "PUERTO:   8080", ""),
        ("a label that looks like an age", "9m   30s", "9m   31s", ""),
        ("a value in an empty column", "0          9m", "0          9m    web", ""),
        ("another item of a list", "    name: uno", "    name: dos", "spec:\n  containers:\n..."),
        ("a node's pods", "pods:               110", "pods:               111", ""),
        ("another minor version", "v1.37.0", "v1.36.0", ""),
        ("a file's size", "            12 Jan", "            13 Jan", ""),
        ("a date of the author", "2025-01-01T00:00", "2025-01-02T00:00", "{.data.desde}"),
        ("what a diff changes", "+  color: azul", "+  color: verde", ""),
        ("a size of a custom resource", "10MB   v1.2.9    30s", "9MB    v1.2.9    30s", ""),
        ("a version of one", "10MB   v1.2.9    30s", "10MB   v1.2.3    30s", ""),
        ("a time of one, without header", "v1.2.9   30s", "v1.2.9   31s", "--no-headers"),
        ("a time of one, in a column", "base-x7k2p   30s", "base-x7k2p   31s", "CADA:"),
    ]
}  # fmt: skip


pytestmark = [pytest.mark.cluster, pytest.mark.at_once(told, TEXT)]


@pytest.fixture(scope="module")
def page(at_once: Callable[..., PageRecording], alone: Harness) -> Told:
    return Told(alone, at_once(told, TEXT))


def test_other_times_machines_and_equal_amounts_are_true(page: Told) -> None:
    assert page.recording.runs


@pytest.mark.parametrize("name", LIES)
def test_fact_that_looks_like_a_shape_is_red_when_it_lies(page: Told, name: str) -> None:
    page.check(LIES[name])
