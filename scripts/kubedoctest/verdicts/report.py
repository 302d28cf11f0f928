"""What is wrong, as text for the terminal, and as annotations of GitHub Actions.

Source: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # whoever only asks where this runs needs nothing of what makes verdicts
    from kubedoctest.page.document import Problem
    from kubedoctest.verdicts.outcome import Failure, Fault, Outcome

_MOST_LINES = 20  # shown of the beginning of many, and of their end
_FOLDERS = {"home": "~", "page": "(carpeta de la página)"}  # of this run; the reader has others
_FOLDER = re.compile(rf"\S*?/kubedoctest-\w+/({'|'.join(_FOLDERS)})-\d+")


def shortened(lines: list[str]) -> list[str]:
    """Lines of one kind, as many of them as a person reads."""
    left_out = len(lines) - 2 * _MOST_LINES
    if left_out < 2:
        return lines
    return [*lines[:_MOST_LINES], f"… ({left_out} líneas más)", *lines[-_MOST_LINES:]]


def failure_text(outcome: Outcome) -> str:
    """The whole story of a block that is not true, in Spanish."""
    told = "\n\n".join("\n".join(_told(outcome, failure)) for failure in outcome.failures)
    return _FOLDER.sub(lambda folder: _FOLDERS[folder[1]], told)


def _told(outcome: Outcome, failure: Failure) -> Iterator[str]:
    verdict = "no es cierto" if failure.recorded else "no está en la grabación"
    yield f"{failure.place}: {verdict} (bloque {outcome.block.lang} de {outcome.block.place})"
    if failure.command:
        yield ""
        yield f"  {failure.command_place}"
        yield from (f"  $ {line}" for line in failure.command.split("\n"))
    for reason in failure.reasons:
        yield f"  • {reason}"
    if failure.difference:
        yield ""
        yield "  lo documentado (-) y lo real (+), con los nombres de la página:"
        for mark, same in groupby(failure.difference, lambda line: line.mark):
            yield from (f"  {mark} {text}".rstrip() for text in shortened([d.text for d in same]))
    if failure.printed:
        yield ""
        yield "  lo que escribió el comando:"
        lines = shortened(failure.printed.rstrip("\n").split("\n"))
        yield from (f"  | {line}" for line in lines)
    if failure.cause:
        yield ""
        yield f"  antes de esto, lo último que cambió algo: {failure.cause}"
    if failure.next_step:
        yield f"  → {failure.next_step}"


def active() -> bool:
    """Whether this runs in GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def of_problem(problem: Problem) -> str:
    """The annotation of something that cannot be run as written."""
    return error(str(problem.page), problem.line, problem.message, f"→ {problem.next_step}")


def of_outcome(outcome: Outcome) -> Iterator[str]:
    """The annotations of a block that is not true, one for each failure."""
    for failure in outcome.failures:
        command = failure.command.split("\n", 1)[0]
        title = f"No es cierto: $ {command}" if command else f"No es cierto: {outcome.reason}"
        text = failure_text(replace(outcome, failures=(failure,)))
        yield error(str(outcome.block.page), failure.line, title, text)


def of_fault(fault: Fault) -> str:
    """The annotation of what is wrong with a page as a whole."""
    return error(str(fault.page), fault.line or 1, "La página entera", fault.text)


def error(path: str, line: int, title: str, message: str) -> str:
    """A workflow command for one error; alone on its line of standard output."""
    place = f"file={_property(path)},line={line},title={_property(title)}"
    return f"::error {place}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
