"""What an author is told of a page that is not true: it can be seen, and what is advised works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kubedoctest.run.chapter_context import Limits
from kubedoctest.testing import Harness


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    with Harness(limits=Limits(command=20, retry=0.5)) as harness:
        yield harness


def told(harness: Harness, session: str, directive: str = "") -> str:
    page = harness.judge(f"{directive}\n```console\n{session}\n```\n")
    assert not page.true
    return page.told


@pytest.mark.parametrize(
    ("session", "shown"),
    [
        ("$ printf 'a\\n\\n\\nb\\n'\na\n\nb", "+ (línea vacía)"),
        ("$ printf 'a\\nb\\n'\na\n\nb", "- (línea vacía)"),
    ],
    ids=["missing", "one too many"],
)
def test_blank_line_that_differs_is_shown(harness: Harness, session: str, shown: str) -> None:
    lines = [line.strip() for line in told(harness, session).splitlines()]
    assert lines.count(shown) == 1
    assert lines.index("a") < lines.index(shown) < lines.index("b")


@pytest.mark.parametrize(
    ("documented", "why"),
    [
        ("n\u0303andu\u0301", "U+0303 COMBINING TILDE"),
        ("ñan\u200bdú", "U+200B ZERO WIDTH SPACE, y el comando escribe nada"),
        ("ñandú\u2060", "U+2060 WORD JOINER"),
    ],
)
def test_line_that_only_looks_the_same_is_told_by_its_characters(
    harness: Harness, documented: str, why: str
) -> None:
    text = told(harness, f"$ echo ñandú\n{documented}")
    assert "se ve igual y no lo es" in text
    assert why in text


def test_real_lines_that_a_gap_covers_do_not_hide_the_wrong_one(harness: Harness) -> None:
    text = told(harness, "$ seq 1 9\n1\n...\n5\n7\n...\n9")
    assert [line.strip() for line in text.splitlines() if line.startswith("  +")] == ["+ 6"]


@pytest.mark.parametrize(
    ("documented", "error_is_told"),
    [
        ("empieza\n...\ntermina", "  | no hay nadie"),  # a gap may stand for it
        ("empieza\n...", "  | no hay nadie"),
        ("empieza\ntermina", "  + no hay nadie"),
    ],
    ids=["gap and a line that is missing", "gap alone", "no gap"],
)
def test_error_of_command_that_fails_is_shown_once_even_where_a_gap_covers_it(
    harness: Harness, documented: str, error_is_told: str
) -> None:
    command = "bash -c 'echo empieza; echo no hay nadie >&2; exit 1'"
    text = told(harness, f"$ {command}\n{documented}")
    assert [one for one in text.splitlines() if one.endswith("no hay nadie")] == [error_is_told]


def test_failure_in_the_middle_of_a_block_is_told_to_end_a_block(harness: Harness) -> None:
    directive = "<!-- verificar: codigo=1 -->"
    text = told(harness, "$ grep zzz /dev/null\n$ echo $?\n1", directive)
    assert "codigo=1 --> antes de un bloque que termine en ese comando" in text
    session = (
        f"{directive}\n```console\n$ grep zzz /dev/null\n```\n\n```console\n$ echo $?\n1\n```\n"
    )
    assert harness.judge(session).true


def test_terminal_that_set_e_closed_is_not_blamed_on_exit_alone(harness: Harness) -> None:
    assert "`set -e`" in told(harness, "$ set -e\n$ false")


def test_flood_is_told_in_few_lines(harness: Harness) -> None:
    for session in ("$ seq 1 3000\n1", "$ seq 1 3000 >&2; false"):
        text = told(harness, session)
        assert len(text.splitlines()) < 60
        assert "líneas más)" in text


def test_folders_of_this_run_are_not_told(harness: Harness) -> None:
    text = told(harness, "$ echo $PWD; echo $HOME\n/home/ana/datos\n/home/ana")
    assert "kubedoctest-" not in text
    assert "+ (carpeta de la página)" in text and "+ ~" in text
