"""Whether the chapters stay green: all of them, again and again, on the same cluster.

    .venv/bin/python tests/bench/stability.py [RUNS]

Needs the lab and nothing else running on it; twenty runs, as by default, take about an hour and a
half. Prints for each run its seconds, each chapter's share of seconds outside commands and waiting
for a documented state, and what was not true; at the end, each chapter's median share. Ends with
code 1 if anything was not true. A run that is interrupted loses nothing of what was printed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """One run of all chapters.

    Attributes:
        seconds: of the whole command.
        untrue: where each block that was not true stands, and why.
        shares: by chapter, the share of its seconds that the harness itself took.
    """

    seconds: float
    untrue: tuple[str, ...]
    shares: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        shares = (f"{Path(page).stem[:2]} {share:.1%}" for page, share in self.shares.items())
        return f"{self.seconds:6.1f} s  {'  '.join(shares)}  {'; '.join(self.untrue) or 'green'}"


def main(runs: str = "20") -> int:
    """Run, print; the exit code."""
    shares = defaultdict(list)
    flaked = 0
    for number in range(1, int(runs) + 1):
        run = _run()
        flaked += bool(run.untrue)
        print(f"{number:3}  {run}", flush=True)
        for page, share in run.shares.items():
            shares[page].append(share)
    print(f"{int(runs) - flaked} of {runs} runs green")
    for page, found in shares.items():
        print(f"{page}: {statistics.median(found):.1%} outside commands and waiting, median")
    return 1 if flaked else 0


def _run() -> Run:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        done = subprocess.run(
            [ROOT / "taller", "verificar", "--sin-sitio", "--json", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - started
        if not path.is_file():
            return Run(seconds, (f"exit code {done.returncode}: {done.stderr.strip()[-300:]}",))
        results = json.loads(path.read_text())
    untrue = tuple(
        f"{block['page']}:{block['line']} {block['reason']}"
        for block in results["blocks"]
        if block["status"] == "failed"
    )
    if done.returncode and not untrue:
        untrue = (f"exit code {done.returncode}",)
    return Run(seconds, untrue, dict(_shares(results)))


def _shares(results: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Of the pages that run commands for more than a second."""
    for page in results["pages"]:
        blocks = [block for block in results["blocks"] if block["page"] == page["page"]]
        known = sum(block["working"] + block["waiting"] for block in blocks)
        if known > 1:
            yield page["page"], 1 - known / page["seconds"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
