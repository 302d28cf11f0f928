"""Whether the chapters stay green: all of them, again and again, on the same cluster.

    .venv/bin/python tests/bench/stability.py [RUNS]

Needs the lab and nothing else running on it; twenty runs, as by default, take about an hour and a
half. Prints for each run its seconds and what was not true, and ends with code 1 if anything was.
A run that is interrupted loses nothing of what was printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(runs: str = "20") -> int:
    """Run, print; the exit code."""
    flaked = 0
    for number in range(1, int(runs) + 1):
        started = time.monotonic()
        untrue = _untrue()
        flaked += bool(untrue)
        told = "; ".join(untrue) or "green"
        print(f"{number:3}  {time.monotonic() - started:6.1f} s  {told}", flush=True)
    print(f"{int(runs) - flaked} of {runs} runs green")
    return 1 if flaked else 0


def _untrue() -> list[str]:
    """One run: where each block that was not true stands, and why."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.json"
        done = subprocess.run(
            [ROOT / "taller", "verificar", "--sin-sitio", "--json", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if not path.is_file():
            return [f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"]
        blocks = json.loads(path.read_text())["blocks"]
    found = [
        f"{block['page']}:{block['line']} {block['reason']}"
        for block in blocks
        if block["status"] == "failed"
    ]
    return found or ([f"exit code {done.returncode}"] if done.returncode else [])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
