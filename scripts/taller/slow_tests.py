"""A plugin of pytest for ``probar --rapido``: it says how many slow tests the run leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

MARK = "slow"
_LEFT_OUT = pytest.StashKey[int]()
_OF_WORKER = "slow_tests_left_out"


def pytest_configure(config: pytest.Config) -> None:
    """Nothing has been left out so far."""
    config.stash[_LEFT_OUT] = 0


def pytest_deselected(items: Iterable[pytest.Item]) -> None:
    """Count those that would have run, were they not slow."""
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if MARK in marks and not marks & {"cluster", "browser"}:
            item.config.stash[_LEFT_OUT] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that shows the results, if this is a worker of pytest-xdist's."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OF_WORKER] = session.config.stash[_LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear it of a worker; each has looked at all tests."""
    told = getattr(node, "workeroutput", {}).get(_OF_WORKER, 0)
    node.config.stash[_LEFT_OUT] = max(told, node.config.stash[_LEFT_OUT])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """No test is left out unseen."""
    if (count := config.stash[_LEFT_OUT]) > 0:
        what = (
            "Queda afuera 1 prueba lenta" if count == 1 else f"Quedan afuera {count} pruebas lentas"
        )
        terminalreporter.write_line(f"{what}: ./taller probar las corre.", yellow=True)
