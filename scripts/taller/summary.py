"""The results of a run as a table, a line a chapter."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from kubedoctest.verdicts import report
from kubedoctest.verdicts.results import NOT_ASKED, UNTRUE

_RUN = frozenset({"transcript", "commands", "python"})
_SHOWN = frozenset({"rendered", "shown"})
_COUNTS = ("Ejecutados", "Comprobados", "Mostrados", "Fallas")


@dataclass(frozen=True)
class Row:
    """A chapter's blocks, counted.

    Attributes:
        page: the chapter's path.
        run, checked, shown: blocks executed, compared with a file or the cluster's rules, and
            only shown; whatever came of them.
        failed, not_run: blocks that are not true, and those that a failure left out.
        unrecorded: blocks that a replay's recording could not tell of.
        seconds: what the blocks took.
    """

    page: str
    run: int = 0
    checked: int = 0
    shown: int = 0
    failed: int = 0
    not_run: int = 0
    unrecorded: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Results:
    """A run: the cluster's version, a row a chapter, and how many blocks passed."""

    kubernetes: str | None
    rows: tuple[Row, ...]
    passed: int

    def closing_line(self, untrue: bool) -> str:
        """``N passed, N failed``, as tools that watch test runs read it.

        Args:
            untrue: the run is not fine; a page can be wrong as a whole (no cluster, a name in its
                prose, what it leaves behind) with no wrong block.
        """
        unrecorded = sum(row.unrecorded for row in self.rows)
        failed = sum(row.failed for row in self.rows) or int(untrue and not unrecorded)
        not_run = sum(row.not_run for row in self.rows)
        return (
            f"{self.passed} passed, {failed} failed"
            + f", {unrecorded} not recorded" * bool(unrecorded)
            + f", {not_run} skipped" * bool(not_run)
        )


def read(path: Path) -> Results:
    """The results file that kubedoctest wrote, counted by page."""
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    blocks: list[Mapping[str, Any]] = [
        block for block in content["blocks"] if block.get("reason") != NOT_ASKED
    ]
    pages = dict.fromkeys(str(block["page"]) for block in blocks)
    rows = tuple(_row(page, [b for b in blocks if b["page"] == page]) for page in pages)
    passed = sum(block["status"] == "passed" for block in blocks)
    return Results(content["kubernetes"], rows, passed)


def _row(page: str, blocks: Iterable[Mapping[str, Any]]) -> Row:
    counts = dict.fromkeys(("run", "checked", "shown", "failed", "not_run", "unrecorded"), 0)
    seconds = 0.0
    for block in blocks:
        seconds += float(block["seconds"])
        if block["status"] == "not-run":
            counts["not_run"] += 1
            continue
        counts["unrecorded"] += block["status"] == "not-recorded"
        counts["failed"] += block["status"] in UNTRUE
        role = block["role"]
        counts["run" if role in _RUN else "shown" if role in _SHOWN else "checked"] += 1
    return Row(page=page, seconds=seconds, **counts)


def show(results: Results, title: str = "Bloques verificados") -> None:
    """Print the table."""
    version = f" con Kubernetes {results.kubernetes}" if results.kubernetes else ""
    table = Table(title=f"{title}{version}", title_justify="left")
    table.add_column("Capítulo", overflow="fold")
    left_out = any(row.not_run for row in results.rows)
    for name in _COUNTS:
        table.add_column(name, justify="right")
    unknown = any(row.unrecorded for row in results.rows)
    if unknown:
        table.add_column("Sin grabar", justify="right")
    if left_out:
        table.add_column("Sin correr", justify="right")
    table.add_column("Segundos", justify="right")
    for row in results.rows:
        failed = f"[bold red]{row.failed}[/]" if row.failed else "0"
        cells = [row.page, str(row.run), str(row.checked), str(row.shown), failed]
        cells += [str(row.unrecorded)] * unknown
        cells += [str(row.not_run)] * left_out
        table.add_row(*cells, f"{row.seconds:.1f}")
    # A log has no width of its own: there the table takes what it needs.
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    console.print(table)


def tell_github(results: Results, untrue: bool) -> None:
    """Add the table to the job's page, where GitHub Actions keeps a file for it."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or not report.active():
        return
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(markdown(results, untrue))


def markdown(results: Results, untrue: bool) -> str:
    """The table as Markdown."""
    version = f" con Kubernetes {results.kubernetes}" if results.kubernetes else ""
    title = "❌ Hay algo que no es cierto" if untrue else "✅ Todo lo que se muestra es cierto"
    head = ("Capítulo", *_COUNTS, "Sin correr", "Segundos")
    lines = [f"### {title}{version}", "", _cells(head), _cells(["---", *["---:"] * 6])]
    for row in results.rows:
        counts = (row.run, row.checked, row.shown, row.failed, row.not_run)
        page = "`" + row.page.replace("|", "\\|") + "`"
        lines.append(_cells([page, *map(str, counts), f"{row.seconds:.1f}".replace(".", ",")]))
    return "\n".join(lines) + "\n\n"


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
