"""Small pages and what is to become of each: the files of ``verdict_pages/``, one test a file.

To add one, put a file there: nothing else has to be written. Its first line says what must come
out, and why::

    <!-- true: an empty last column (-L of a label that no pod has) -->
    <!-- lie: line 17: a memory request in describe -->

A ``true`` page is green and leaves the cluster as it was. A ``lie`` is red, once, and the line that
its author is told to be wrong is that one (1-based; the comment is line 1). Write both of a pair:
the same page, one line of it changed, as ``limits.md`` and ``limits-lie.md``.

Pages that use a cluster run on the lab's, several at the same time and in one namespace; they carry
the mark ``cluster``, and the rest runs without. So a page should

- take seconds: bare pods rather than Deployments, ``terminationGracePeriodSeconds: 1``,
  ``--now`` in deletions, the lab's images (``fedek3/workshop-uns:v0.1.0``), no ``sleep``;
- name its objects as no other page does, and show its own alone (``-l app=…``, ``pod/NAME``);
- delete what it makes: what it leaves is a fault of the page, also of a true one. (After a lie the
  rest of the page does not run, and the harness cleans up.)

A lie whose name begins with ``passing`` shows last a state that does not last. How long that state
does last depends on the machine (a pod is shown ``Running`` up to a second longer than its process
runs, since the kubelet looks once a second), so it must hold for longer than usual to be believed
(:data:`PASSING`). Make it pass in a second or two.

To run one: ``pytest tests/kubedoctest/test_verdict_pages.py -k limits``, or, for what a reader
would be told, ``./taller verificar tests/kubedoctest/verdict_pages/limits.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kubedoctest.page import inventory
from kubedoctest.page.transcript import needs_cluster
from kubedoctest.run.chapter_context import Limits
from kubedoctest.testing import Harness, JudgedPage

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path(__file__).parent / "verdict_pages"
PASSING = Limits(hold=10.0)
NAMESPACE = "veredictos"
FIRST_LINE = re.compile(r"<!-- (?:true|lie: line (?P<line>\d+)): (?P<why>.+) -->")


@dataclass(frozen=True)
class Expected:
    """A page and what must come out.

    Attributes:
        red: the lines that are told to be wrong.
    """

    text: str
    red: list[int]


def expected(path: Path) -> Expected:
    text = path.read_text(encoding="utf-8")
    first = FIRST_LINE.fullmatch(text.partition("\n")[0])
    assert first, (
        f"{path}: the first line is not `<!-- true: why -->` or `<!-- lie: line N: why -->`"
    )
    return Expected(text, [int(first["line"])] if first["line"] else [])


def verdict(harness: Harness, path: Path) -> JudgedPage:
    page = expected(path)
    text = page.text.replace("from default namespace", f"from {NAMESPACE} namespace")
    limits = PASSING if page.red and path.stem.startswith("passing-") else None
    return harness.judge(text, lie=page.red[0] if page.red else None, limits=limits)


def pages(*, on_cluster: bool) -> list[object]:
    """The files of pages that use a cluster, or of those that do not, each a test's argument."""
    markdown = inventory.settings(ROOT / "mkdocs.yml")
    return [
        pytest.param(
            path, id=path.stem, marks=pytest.mark.at_once(verdict, path, namespace=NAMESPACE)
        )
        for path in sorted(PAGES.glob("*.md"))
        if needs_cluster(inventory.read_page(path, markdown, ROOT)) == on_cluster
    ]


def check(judged: JudgedPage, path: Path) -> None:
    page = expected(path)
    assert judged.red == page.red, judged.told or "it is green"
    assert judged.true == (not page.red), judged.told


@pytest.mark.parametrize("path", pages(on_cluster=False))
def test_page_without_cluster_gets_its_verdict(alone: Harness, path: Path) -> None:
    check(verdict(alone, path), path)


@pytest.mark.cluster
@pytest.mark.parametrize("path", pages(on_cluster=True))
def test_page_on_the_cluster_gets_its_verdict(
    at_once: Callable[..., JudgedPage], path: Path
) -> None:
    check(at_once(verdict, path), path)
