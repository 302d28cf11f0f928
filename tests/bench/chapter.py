"""What the harness itself costs on a chapter: seconds outside commands, of the whole process.

    .venv/bin/python tests/bench/chapter.py [PAGE] [RUNS]

Needs the lab (``./taller lab crear``) and nothing else running on it. Prints, for each run and as
the median: wall seconds, seconds in commands, seconds waiting for a documented state, and what is
left, in seconds and as a share of the wall. Nothing is asserted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import lab  # noqa: E402


def main(page: str = "docs/04-hola-mundo-real.md", runs: str = "5") -> None:
    """Measure and print."""
    made = lab.create()
    shares = []
    print("   wall  in commands  waiting  outside   share")
    for _ in range(int(runs)):
        wall, working, waiting = _run(page, made)
        outside = wall - working - waiting
        shares.append(outside / wall)
        print(
            f"{wall:7.2f}  {working:11.2f}  {waiting:7.2f}  {outside:7.2f}  {outside / wall:6.1%}"
        )
    print(f"median share outside commands: {statistics.median(shares):.1%}")


def _run(page: str, made: lab.Lab) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        tools = made.environment["PATH"].split(os.pathsep)[0]
        started = time.perf_counter()
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-q", page),
                *("-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(ROOT)),
                *("--kubedoctest-kubeconfig", str(made.kubeconfig)),
                *("--kubedoctest-context", made.context, "--kubedoctest-path", tools),
                *("--kubedoctest-copy", "extras", "--kubedoctest-mkdocs", "mkdocs.yml"),
                *("--kubedoctest-json", str(results)),
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        wall = time.perf_counter() - started
        blocks = json.loads(results.read_text())["blocks"]
    return wall, sum(b["working"] for b in blocks), sum(b["waiting"] for b in blocks)


if __name__ == "__main__":
    main(*sys.argv[1:])
