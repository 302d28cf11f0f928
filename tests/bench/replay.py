"""What it costs to judge the chapters' recording anew, beside an empty page.

    .venv/bin/python tests/bench/replay.py [RUNS]

Prints the median processor seconds of each as whole processes, run in turn so that the machine's
speed drifts for both alike: the difference is the judging. Nothing is asserted.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "recordings" / "capitulos.json.gz"
EMPTY = "# Vacía\n\n```console\n$ true\n```\n"


def main(runs: int = 5) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        page, recorded = Path(folder, "vacia.md"), Path(folder, "vacia.json")
        page.write_text(EMPTY)
        _verify(page.parent, folder, page.name, "--sin-sitio", "--grabar", str(recorded))
        contenders = {
            "an empty page": (page.parent, page.name, "--repetir", str(recorded)),
            "the chapters": (ROOT, "--repetir", str(RECORDED)),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for run in range(runs + 1):
            for name, (where, *arguments) in contenders.items():
                taken = _verify(where, folder, *arguments)
                if run > 0:  # the first one warms the caches
                    seconds[name].append(taken)
    print(f"replay, whole process, median of {runs} (min–max), processor seconds")
    for name, values in seconds.items():
        print(f"{name:14} {statistics.median(values):6.2f}  ({min(values):.2f}–{max(values):.2f})")


def _verify(folder: Path, results: str, *arguments: str) -> float:
    """Processor seconds of one `verificar`, its children's counted."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "taller", "verificar", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "scripts"),
            "PYTHONDONTWRITEBYTECODE": "",  # as from a second run on
            "TALLER_RESULTS": results,
        },
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
