"""`verificar --grabar` and `--repetir`: the file of the project, and pages that need no cluster."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from kubedoctest.page.document import Document
from kubedoctest.recordings import recording
from kubedoctest.recordings.recorder import content_of
from taller import chapters, verificar
from taller.project import DOCS, RESULTS, ROOT

RECORDED = ROOT / "tests" / "recordings" / "capitulos.json.gz"
REFRESH = f"./taller verificar --grabar {RECORDED.relative_to(ROOT)}"
MOST_SECONDS = 2.0
"""Of processor time: what a run takes that has the machine for itself."""

TRUE = "# Verdad\n\n```console\n$ echo hola\nhola\n```\n"


def verify(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "taller", "verificar", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page, recorded to ``r.json`` beside it; the results of the last real run are put back."""
    kept = RESULTS.read_bytes() if RESULTS.is_file() else None
    path = tmp_path / "p.md"
    path.write_text(TRUE)
    done = verify(tmp_path, "p.md", "--sin-sitio", "--grabar", "r.json")
    assert done.returncode == 0, done.stdout + done.stderr
    if kept is not None:
        RESULTS.write_bytes(kept)
    return path


def test_a_recorded_page_is_compared_and_the_results_stay(page: Path) -> None:
    before = RESULTS.read_bytes() if RESULTS.is_file() else None
    done = verify(page.parent, "p.md", "--repetir", "r.json", "--json", "otro.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"
    assert (page.parent / "otro.json").is_file()
    assert before == (RESULTS.read_bytes() if RESULTS.is_file() else None)


def test_a_lie_is_told(page: Path) -> None:
    page.write_text(TRUE.replace("\nhola", "\nchau"))
    done = verify(page.parent, "p.md", "--repetir", "r.json")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"


def test_what_was_not_recorded_is_told_apart(page: Path) -> None:
    page.write_text(TRUE.replace("echo hola", "echo chau"))
    done = verify(page.parent, "p.md", "--repetir", "r.json")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 1 not recorded"
    assert "Sin grabar" in done.stdout
    assert "--grabar ARCHIVO" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["p.md", "--repetir", "no.json"], "no se puede leer"),
        (["p.md", "--repetir", "p.md"], "no es una grabación"),
        (["q.md", "--repetir", "r.json"], "no está en la grabación"),
        (["p.md", "--repetir", "r.json", "--grabar", "r.json"], "no va con --grabar"),
        (["p.md", "--repetir", "r.json", "--contexto", "x"], "no va con --grabar ni --contexto"),
    ],
)
def test_wrong_use(page: Path, arguments: list[str], said: str) -> None:
    page.with_name("q.md").write_text(TRUE)
    done = verify(page.parent, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


# -- the recording of the project


def _recorded(pages: dict[str, recording.PageRecording], document: Document) -> str | None:
    page = pages.get(str(document.path))
    return None if page is None else page.content


def test_the_recording_is_of_the_pages_as_they_are() -> None:
    pages = recording.read(RECORDED)
    documents = verificar.read(chapters.resolve([], DOCS, ROOT))
    stale = [
        document.path
        for document in documents
        if document.blocks and _recorded(pages, document) != content_of(document)
    ]
    assert not stale, (
        f"changed since they were recorded: {', '.join(map(str, stale))}; run {REFRESH}"
    )
    gone = [page for page in pages if not (ROOT / page).is_file()]
    assert not gone, f"recorded and no longer there: {gone}; delete {RECORDED} and run {REFRESH}"


def test_every_chapter_is_true_of_it_at_once() -> None:
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = verify(ROOT, "--repetir", str(RECORDED))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}\nis it stale? {REFRESH}"
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < MOST_SECONDS, spent


def test_no_secret_is_in_it() -> None:
    whole = "".join(
        run.command + (run.seen.output if run.seen else "")
        for page in recording.read(RECORDED).values()
        for run in page.runs
    )
    for word in ("PRIVATE KEY", "client-key-data: L", "LS0tLS1CRUdJTi"):
        assert word not in whole
