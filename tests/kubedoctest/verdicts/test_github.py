"""Annotations, as GitHub's runner reads them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from kubedoctest.page.document import Block, Problem, Role
from kubedoctest.verdicts import report
from kubedoctest.verdicts.outcome import Failure, Fault, Outcome, Status

LINE = re.compile(r"::error file=([^,:]+),line=(\d+),title=([^,:]*)::(.*)")
BLOCK = Block(Path("docs/04.md"), 57, "console", None, "$ a", Role.TRANSCRIPT)


def read(command: str) -> tuple[str, ...]:
    """What the runner makes of it; it must be one line."""
    match = LINE.fullmatch(command)
    assert match, command
    return tuple(unquote(part) for part in match.groups())


def test_a_block_is_told_at_the_line_that_is_wrong() -> None:
    failure = Failure(
        "docs/04.md:59", "kubectl get pods,svc\\\n  -A", "docs/04.md:58", ("100%: no",)
    )
    [told] = report.of_outcome(Outcome(BLOCK, Status.FAILED, "x", failures=(failure,)))
    page, line, title, message = read(told)
    assert (page, line) == ("docs/04.md", "59")
    assert title == "No es cierto: $ kubectl get pods,svc\\"
    assert "\n  • 100%: no" in message


def test_a_problem_and_a_fault() -> None:
    problem = Problem(Path("docs/a,b.md"), 3, "Está mal:\r\n50%0A", "Arréglenlo.")
    assert read(report.of_problem(problem)) == (
        "docs/a,b.md",
        "3",
        "Está mal:\r\n50%0A",
        "→ Arréglenlo.",
    )
    assert read(report.of_fault(Fault(Path("p.md"), None, "quedó x")))[:2] == ("p.md", "1")
    assert read(report.of_fault(Fault(Path("p.md"), 9, "quedó x")))[1] == "9"


@pytest.mark.parametrize(("value", "active"), [("true", True), ("", False), ("false", False)])
def test_only_in_github_actions(value: str, active: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", value)
    assert report.active() is active
