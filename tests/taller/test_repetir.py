"""`verificar --grabar` and `--repetir`: the file of the project, and pages that need no cluster."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import runs

from kubedoctest.page.document import Document
from kubedoctest.recordings import recording
from kubedoctest.recordings.recorder import content_of
from taller import chapters, verificar
from taller.project import DOCS, ROOT

RECORDED = ROOT / "tests" / "recordings" / "capitulos.json.gz"
REFRESH = f"./taller verificar --grabar {RECORDED.relative_to(ROOT)}"

TRUE = "# Verdad\n\n```console\n$ echo hola\nhola\n```\n"


def verify(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return runs.python("taller", ["verificar", *arguments], folder, **more)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that was recorded to ``r.json`` beside it, with its results."""
    path = tmp_path_factory.mktemp("grabada") / "p.md"
    path.write_text(TRUE)
    kept = {"TALLER_RESULTS": str(path.parent)}
    done = verify(path.parent, "p.md", "--sin-sitio", "--grabar", "r.json", **kept)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@pytest.fixture
def page(recorded: Path) -> Path:
    """The recorded page, as it was then."""
    recorded.write_text(TRUE)
    return recorded


def test_a_recorded_page_is_compared_and_the_results_stay(page: Path) -> None:
    kept = page.with_name("resultados.json")
    before = kept.read_bytes()
    where = {"TALLER_RESULTS": str(page.parent)}
    done = verify(page.parent, "p.md", "--repetir", "r.json", "--json", "otro.json", **where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "1 passed, 0 failed"
    assert (page.parent / "otro.json").is_file()
    assert before == kept.read_bytes()


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
    page = pages.get(document.name)
    return None if page is None else page.content


def test_the_recording_is_of_the_pages_as_they_are() -> None:
    pages = recording.read(RECORDED)
    documents = verificar.read(chapters.resolve([], DOCS, ROOT))
    stale = [
        document.name
        for document in documents
        if document.blocks and _recorded(pages, document) != content_of(document)
    ]
    assert not stale, f"changed since they were recorded: {', '.join(stale)}; run {REFRESH}"
    gone = pages.keys() - {document.name for document in documents}
    assert not gone, f"recorded and no longer there: {gone}; delete {RECORDED} and run {REFRESH}"


def test_every_chapter_is_true_of_it() -> None:
    done = verify(ROOT, "--repetir", str(RECORDED))
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nis it stale? {REFRESH}"


def test_no_secret_is_in_it() -> None:
    whole = "".join(
        run.command + (run.seen.output if run.seen else "")
        for page in recording.read(RECORDED).values()
        for run in page.runs
    )
    for word in ("PRIVATE KEY", "client-key-data: L", "LS0tLS1CRUdJTi"):
        assert word not in whole
