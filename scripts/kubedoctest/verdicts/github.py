"""What is wrong, as annotations that GitHub Actions shows beside the line of the page.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os

from kubedoctest.page.document import Problem
from kubedoctest.verdicts.outcome import Failure, Fault, Outcome
from kubedoctest.verdicts.report import failure_text


def active() -> bool:
    """Whether this runs in GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def of_problem(problem: Problem) -> str:
    """The annotation of something that cannot be run as written."""
    return error(str(problem.page), problem.line, problem.message, f"→ {problem.next_step}")


def of_outcome(outcome: Outcome) -> str:
    """The annotation of a block that is not true."""
    assert outcome.failure is not None
    page, line = _place(outcome.failure, outcome)
    command = outcome.failure.command.split("\n", 1)[0]
    title = f"No es cierto: $ {command}" if command else f"No es cierto: {outcome.reason}"
    return error(page, line, title, failure_text(outcome))


def of_fault(fault: Fault) -> str:
    """The annotation of what is wrong with a page as a whole."""
    return error(str(fault.page), fault.line or 1, "La página entera", fault.text)


def error(path: str, line: int, title: str, message: str) -> str:
    """A workflow command for one error; alone on its line of standard output."""
    place = f"file={_property(path)},line={line},title={_property(title)}"
    return f"::error {place}::{_data(message)}"


def _place(failure: Failure, outcome: Outcome) -> tuple[str, int]:
    page, _, line = failure.place.rpartition(":")
    if page and line.isdigit():
        return page, int(line)
    return str(outcome.block.page), outcome.block.line


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
