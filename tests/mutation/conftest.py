"""The score of the mutants, said at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

_SCORES = pytest.StashKey[list[str]]()


@pytest.fixture
def record_score(request: pytest.FixtureRequest) -> Callable[[str, str, int, int], None]:
    """Keep a score for the summary."""

    def record(what: str, table: str, killed: int, made: int) -> None:
        line = f"{what}: {killed} de {made} en rojo ({killed / max(made, 1):.1%}); {table}"
        request.config.stash.setdefault(_SCORES, []).append(line)

    return record


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say the scores."""
    for line in config.stash.get(_SCORES, []):
        terminalreporter.write_line(f"mutantes, {line}")
