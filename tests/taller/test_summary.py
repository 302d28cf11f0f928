"""The results file as a table and a closing line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taller import summary


@pytest.fixture
def results(tmp_path: Path) -> Path:
    def block(page: str, role: str, status: str, seconds: float = 0.5) -> dict[str, object]:
        return {"page": page, "role": role, "status": status, "seconds": seconds}

    path = tmp_path / "resultados.json"
    blocks = [
        block("docs/03.md", "commands", "passed"),
        block("docs/03.md", "file", "passed"),
        block("docs/03.md", "rendered", "shown", 0),
        block("docs/04.md", "transcript", "failed"),
        block("docs/04.md", "manifest", "passed"),
        block("docs/04.md", "transcript", "not-run", 0),
    ]
    path.write_text(json.dumps({"schema": 2, "kubernetes": "v1.37.2", "blocks": blocks}))
    return path


def test_blocks_are_counted_by_chapter(results: Path) -> None:
    assert summary.read(results).rows == (
        summary.Row("docs/03.md", run=1, checked=1, shown=1, seconds=1.0),
        summary.Row("docs/04.md", run=1, checked=1, failed=1, not_run=1, seconds=1.0),
    )


def test_the_closing_line(results: Path) -> None:
    assert summary.read(results).closing_line(untrue=True) == "3 passed, 1 failed, 1 skipped"


def test_a_page_that_is_wrong_as_a_whole_is_a_failure_too(results: Path) -> None:
    content = json.loads(results.read_text())
    content["blocks"] = content["blocks"][:3]
    results.write_text(json.dumps(content))
    assert summary.read(results).closing_line(untrue=True) == "2 passed, 1 failed"
    assert summary.read(results).closing_line(untrue=False) == "2 passed, 0 failed"


def test_the_table_names_chapters_failures_and_version(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.show(summary.read(results))
    said = capsys.readouterr().out
    assert "v1.37.2" in said
    row = next(line for line in said.splitlines() if "docs/04.md" in line)
    assert [cell.strip() for cell in row.split("│")[2:-1]] == ["1", "1", "0", "1", "1", "1.0"]


def test_github_gets_the_table_on_the_job_s_page(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "summary.md"
    page.write_text("de antes\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    summary.tell_github(summary.read(results), untrue=True)
    assert page.read_text() == "de antes\n"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    summary.tell_github(summary.read(results), untrue=True)
    before, title, empty, head, rule, *rows = page.read_text().splitlines()
    assert (before, empty) == ("de antes", "")
    assert title == "### ❌ Hay algo que no es cierto con Kubernetes v1.37.2"
    assert {line.count("|") for line in (head, rule, *rows[:2])} == {8}
    assert rows[1] == "| `docs/04.md` | 1 | 1 | 0 | 1 | 1 | 1,0 |"
    assert "✅" in summary.markdown(summary.read(results), untrue=False)
