"""The results file: its schema, runs merged page by page, and what a block's hash tells apart."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kubedoctest.page.document import Block, Role
from kubedoctest.verdicts import results
from kubedoctest.verdicts.outcome import Outcome, Status

SCHEMA = json.loads(Path(results.__file__).with_name("results.schema.json").read_text())
BY = results.Versions("v1.37.2", "29.1.3")
NOW = datetime(2026, 11, 24, 20, 30, 5, 999, UTC)


def block(page: str = "docs/04.md", code: str = "$ ls", role: Role = Role.TRANSCRIPT) -> Block:
    return Block(Path(page), 3, "console", None, code, role)


def page(
    name: str,
    *statuses: Status,
    whole: bool = True,
    faults: tuple[str, ...] = (),
    sections: tuple[str, ...] = (),
) -> results.PageResult:
    verdicts = tuple(
        results.Verdict(Outcome(block(name), status, seconds=1.25, commands=1), NOW, BY)
        for status in statuses
    )
    return results.PageResult(Path(name), verdicts, 4.0, NOW, BY, whole, faults, sections)


def run(*pages: results.PageResult) -> dict[str, Any]:
    return results.document(pages, BY)


def valid(content: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(content)


def test_the_schema_is_sound() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_run_is_valid(tmp_path: Path) -> None:
    not_run = results.Verdict(Outcome(block(), Status.NOT_RUN, "no se llegó a ejecutar"))
    never = results.PageResult(Path("docs/05.md"), (not_run,), 0.0, None, results.Versions(), False)
    content = run(page("docs/04.md", *Status, faults=("docs/04.md: quedó algo",)), never)
    valid(content)
    assert [p["page"] for p in content["pages"]] == ["docs/04.md"]
    assert content["blocks"][0]["finished"] == "2026-11-24T20:30:05+00:00"
    assert content["blocks"][-1]["finished"] is None
    assert (content["blocks"][0]["docker"], content["blocks"][-1]["docker"]) == ("29.1.3", None)
    results.write(tmp_path / "a" / "r.json", content)
    assert results.read(tmp_path / "a" / "r.json") == content
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["r.json"]


@pytest.mark.parametrize("role", Role)
def test_block_of_any_role_is_valid(role: Role) -> None:
    verdict = results.Verdict(Outcome(block(role=role), Status.PASSED), NOW, BY)
    valid(run(results.PageResult(Path("docs/04.md"), (verdict,), 1.0, NOW, BY, True)))


@pytest.mark.parametrize(
    ("where", "value"),
    [("status", "bien"), ("seconds", -1), ("content", "x"), ("finished", "ayer"), ("more", 1)],
)
def test_the_schema_refuses_what_is_not(where: str, value: object) -> None:
    content = run(page("docs/04.md", Status.PASSED))
    content["blocks"][0][where] = value
    with pytest.raises(jsonschema.ValidationError):
        valid(content)


@pytest.mark.parametrize(
    ("one", "status"),
    [
        (page("a.md", Status.PASSED, Status.SHOWN), "passed"),
        (page("a.md", Status.PASSED, Status.FAILED, whole=False), "failed"),
        (page("a.md", Status.PASSED, faults=("quedó algo",)), "failed"),
        (page("a.md", Status.PASSED, Status.NOT_RUN, whole=False), "unfinished"),
        (page("a.md", Status.PASSED, Status.NOT_RUN, sections=("b",)), "unfinished"),
    ],
)
def test_a_page_s_status(one: results.PageResult, status: str) -> None:
    assert one.status == status


def statuses(content: dict[str, Any]) -> dict[str, list[str]]:
    valid(content)
    return {
        p["page"]: [b["status"] for b in content["blocks"] if b["page"] == p["page"]]
        for p in content["pages"]
    }


def everything(_: str) -> bool:
    return True


def test_a_partial_run_keeps_the_other_pages() -> None:
    older = run(page("03.md", Status.PASSED), page("04.md", Status.PASSED, Status.PASSED))
    newer = run(page("04.md", Status.FAILED, Status.NOT_RUN, whole=False))
    kept = results.merged(older, newer, everything)
    assert statuses(kept) == {"03.md": ["passed"], "04.md": ["failed", "not-run"]}


def test_a_run_that_was_cut_off_is_no_verdict() -> None:
    older = run(page("04.md", Status.PASSED, Status.PASSED))
    newer = run(page("04.md", Status.PASSED, Status.NOT_RUN, whole=False))
    assert statuses(results.merged(older, newer, everything)) == {"04.md": ["passed", "passed"]}
    assert statuses(results.merged(None, newer, everything)) == {}


def test_run_of_a_section_keeps_what_is_known_of_the_other_blocks() -> None:
    older = run(page("04.md", Status.PASSED, Status.PASSED, Status.SHOWN))
    section = page("04.md", Status.NOT_RUN, Status.FAILED, Status.NOT_RUN, sections=("b",))
    kept = results.merged(older, run(section), everything)
    assert statuses(kept) == {"04.md": ["passed", "failed", "shown"]}
    assert kept["pages"][0]["status"] == "failed"
    mended = page("04.md", Status.NOT_RUN, Status.PASSED, Status.NOT_RUN, sections=("b",))
    kept = results.merged(kept, run(mended), everything)
    assert statuses(kept) == {"04.md": ["passed", "passed", "shown"]}
    assert kept["pages"][0]["status"] == "passed"


def test_run_of_a_section_of_an_unknown_page_is_kept_as_unfinished() -> None:
    section = page("04.md", Status.NOT_RUN, Status.PASSED, sections=("b",))
    kept = results.merged(None, run(section), everything)
    assert statuses(kept) == {"04.md": ["not-run", "passed"]}
    assert kept["pages"][0]["status"] == "unfinished"


def test_pages_that_are_no_more_are_dropped() -> None:
    older = run(page("03.md", Status.PASSED), page("viejo.md", Status.PASSED))
    newer = run(page("/tmp/otra.md", Status.PASSED))
    kept = results.merged(older, newer, lambda name: name == "03.md")
    assert statuses(kept) == {"03.md": ["passed"]}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', "\xff"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text, encoding="latin-1")
    with pytest.raises(results.ResultsError, match=r"r\.json"):
        results.read(tmp_path / "r.json")
    assert results.read(tmp_path / "no-esta.json") is None


def test_an_edit_changes_the_hash_and_what_a_site_drops_does_not() -> None:
    text = "a:\n  b: 1"
    known = results.hash_of("yaml", None, text)
    assert known == results.hash_of("YAML", "", "\n\na:\n  b: 1  \n\n")
    assert results.hash_of("makefile", None, "a:\n\tb") == results.hash_of(
        "makefile", None, "a:\n    b"
    )
    for edited in ("a:\n   b: 1", "a:\n  b: 2", "a:\n  b:  1", "a:\n\n  b: 1"):
        assert results.hash_of("yaml", None, edited) != known
    assert results.hash_of("yaml", "extras/a.yaml", text) != known
    assert results.hash_of("json", None, text) != known


def test_a_full_disk_leaves_the_results_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.json"
    before = run(page("04.md", Status.PASSED))
    results.write(path, before)

    def half(handle: int, _: str) -> None:
        os.write(handle, b'{"schema": 4, "pages": [')
        os.close(handle)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results.os, "fdopen", half)
    with pytest.raises(OSError, match="No space left"):
        results.write(path, run(page("04.md", Status.FAILED)))
    assert results.read(path) == before
    assert [other.name for other in tmp_path.iterdir()] == ["r.json"]
