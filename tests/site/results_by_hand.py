"""Results of pages that nobody ran: each block ended as a test says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kubedoctest.cluster.engine import asks_engine
from kubedoctest.page import inventory
from kubedoctest.page.document import Document, Role
from kubedoctest.page.transcript import asks_cluster
from kubedoctest.verdicts import results
from kubedoctest.verdicts.outcome import Outcome, Status
from mkdocs_hooks import verified

ROOT = Path(__file__).resolve().parents[2]
BY = results.Versions("v1.37.2", "29.1.3")
NOW = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
SETTINGS = inventory.settings(ROOT / "mkdocs.yml")


def inventoried(project: Path, text: str, name: str = "index.md") -> Document:
    path = project / "docs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    document = inventory.read_page(path, SETTINGS, project)
    assert not document.problems
    return document


def result_of(document: Document, project: Path, **statuses: Status) -> results.PageResult:
    """Everything went well, but for the blocks named by their line (``L12=…``)."""
    verdicts = []
    for block in document.blocks:
        idle = block.role in (Role.SHOWN, Role.RENDERED)
        status = statuses.get(f"L{block.line}", Status.SHOWN if idle else Status.PASSED)
        outcome = Outcome(block, status, block.reason, 0.0 if idle else 1.46, commands=1)
        by = results.Versions(
            "v1.37.2" if asks_cluster(block) else None, "29.1.3" if asks_engine(block) else None
        )
        verdicts.append(results.Verdict(outcome, NOW, by))
    path = document.path.relative_to(project)
    return results.PageResult(path, tuple(verdicts), 9.0, NOW, BY, True)


def keep(project: Path, *pages: results.PageResult) -> None:
    content = results.document(pages, BY)
    names = [str(page.page) for page in pages for _ in page.verdicts]
    for name, block in zip(names, content["blocks"], strict=True):
        block["page"] = name
    results.write(verified.home(project), content)


def everything_true(project: Path) -> Path:
    """A project with this one's pages and files, in which every chapter was verified."""
    for name in ("docs", "extras"):
        (project / name).symlink_to(ROOT / name)
    (project / ".taller").mkdir()
    (project / ".taller" / "mermaid").symlink_to(ROOT / ".taller" / "mermaid")
    documents = [
        inventory.read_page(path, SETTINGS, ROOT)
        for path in sorted((project / "docs").rglob("*.md"))
    ]
    keep(project, *(result_of(document, project) for document in documents))
    return project
