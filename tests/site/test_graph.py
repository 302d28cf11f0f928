"""The graph of chapter 06 is of its recorded run, and shows what the chapter says of it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from .draw_graph import Curve, curves, drawn, read, told

SMALL = [
    Curve(((10.0, 2.0), (12.0, 4.0), (50.0, 4.0))),
    Curve(((12.0, 5.25), (50.0, 1.0))),
]


def test_picture_is_that_of_the_recorded_run() -> None:
    from .draw_graph import GRAPH

    assert GRAPH.read_text(encoding="utf-8") == drawn(curves()), (
        "recorded anew: .venv/bin/python -m tests.site.draw_graph"
    )


def test_recorded_run_shows_what_the_chapter_says() -> None:
    replicas, requests = curves()
    assert {2.0, 4.0} <= set(replicas.values)
    grew = next(at for at, value in replicas.samples if value == 4)
    before = max(value for at, value in requests.samples if at <= grew + 4)
    shared = min(value for at, value in requests.samples if grew + 10 <= at <= grew + 20)
    assert shared < 0.85 * before, "with twice the replicas, each one has less to do"
    assert requests.values[-1] < shared + 1, "without load, only probes are left"


def test_samples_are_read_and_nothing_else() -> None:
    curve = read("{} =>\n2 @[1764288000]\n2.5e-01 @[1764288002.5]\n")
    assert curve.samples == ((1764288000.0, 2.0), (1764288002.5, 0.25))


def test_picture_says_its_numbers_in_words() -> None:
    picture = ElementTree.fromstring(drawn(SMALL))
    description = picture.find("{http://www.w3.org/2000/svg}desc")
    assert description is not None
    assert description.text == told(SMALL)
    assert "En 40 segundos" in told(SMALL)
    assert "de 2 a 4" in told(SMALL)
    assert "llegan a 5,2 y terminan en 1,0" in told(SMALL)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_has_a_twin_for_the_dark(scheme: str) -> None:
    light, _, dark = drawn(SMALL).partition("prefers-color-scheme: dark")
    style = light if scheme == "light" else dark
    for name in ("text {", ".paper {", ".grid {", ".curve {"):
        assert name in style
