"""What the harness itself costs: a page of echo commands, whole process, against prysk and bash.

    .venv/bin/python tests/bench/echo.py [COMMANDS] [RUNS]

Prints the median seconds of each, run in turn so that the machine's speed drifts for all alike, and
the ratio to prysk. Nothing is asserted: a timed test would be flaky.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(commands: int = 200, runs: int = 5) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        contenders = _contenders(Path(folder), commands)
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for run in range(runs + 1):
            for name, argv in contenders.items():
                taken = _seconds(argv, Path(folder))
                if run > 0:  # the first one warms the caches
                    seconds[name].append(taken)
    base = statistics.median(seconds["prysk"])
    print(f"{commands} echo commands, whole process, median of {runs} (min–max), seconds")
    for name, values in seconds.items():
        median = statistics.median(values)
        spread = f"({min(values):.3f}–{max(values):.3f})"
        print(f"{name:12} {median:6.3f}  {spread}  {median / base:5.2f} × prysk")


def _contenders(folder: Path, commands: int) -> dict[str, list[str]]:
    words = [f"hola {n}" for n in range(commands)]
    (folder / "page.md").write_text(
        "# Eco\n\n```console\n" + "".join(f"$ echo {w}\n{w}\n" for w in words) + "```\n"
    )
    (folder / "page.t").write_text("".join(f"  $ echo {w}\n  {w}\n" for w in words))
    (folder / "page.sh").write_text("".join(f"echo {w}\n" for w in words))
    python = sys.executable
    return {
        "bash": ["bash", "page.sh"],
        "prysk": [str(Path(python).with_name("prysk")), "page.t"],
        "kubedoctest": [
            python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "kubedoctest.plugin",
            "-p",
            "no:cacheprovider",
            "page.md",
        ],
    }


def _seconds(argv: Sequence[str], folder: Path) -> float:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "scripts"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # as from a second run on; prysk's is kept since pip's
    }
    started = time.perf_counter()
    subprocess.run(argv, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
