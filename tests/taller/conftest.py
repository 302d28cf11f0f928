"""What the tests of the command line share: results of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def results_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where the programs that a test starts keep results: those of the last real run stay."""
    folder = tmp_path_factory.mktemp("resultados")
    monkeypatch.setenv("TALLER_RESULTS", str(folder))
    return folder
