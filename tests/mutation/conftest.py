"""The score of the mutants, said at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

_SCORE = "mutants"


@pytest.fixture
def record_score(request: pytest.FixtureRequest) -> Callable[[str, str, int, int], None]:
    """Keep a score for the summary."""

    def record(what: str, table: str, killed: int, made: int) -> None:
        line = f"{what}: {killed} de {made} en rojo ({killed / max(made, 1):.1%}); {table}"
        request.node.user_properties.append((_SCORE, line))

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say the scores, of whichever process the tests ran in."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, line in report.user_properties:
                if name == _SCORE:
                    terminalreporter.write_line(f"mutantes, {line}")
