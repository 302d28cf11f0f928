"""What the harness itself costs on a chapter: seconds outside commands, of the whole process.

    .venv/bin/python tests/bench/chapter.py [PAGE] [RUNS]

Needs the lab (``./taller lab crear``) and nothing else running on it. Prints for each run: wall
seconds, seconds in commands, seconds waiting for a documented state, and what is left, as a share
of the wall; first for the chapter (from the snapshot of the cluster before it to the one after it),
then for the whole process (Python and pytest starting, pages being read). Nothing is asserted.
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
    made = lab.create(parts=("ingress",))
    print("in commands  waiting | chapter  outside  share | process  outside  share")
    shares = []
    for _ in range(int(runs)):
        process, chapter, working, waiting = _run(page, made)
        row = [(wall, wall - working - waiting) for wall in (chapter, process)]
        shares.append([outside / wall for wall, outside in row])
        cells = "".join(f" | {w:7.2f}  {o:7.2f}  {o / w:5.1%}" for w, o in row)
        print(f"{working:11.2f}  {waiting:7.2f}{cells}")
    of_chapter, of_process = map(statistics.median, zip(*shares, strict=True))
    print(f"median share outside commands: chapter {of_chapter:.1%}, process {of_process:.1%}")


def _run(page: str, made: lab.Lab) -> tuple[float, float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        tools = made.environment["PATH"].split(os.pathsep)[0]
        started = time.perf_counter()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-q", page),
                *("-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(ROOT)),
                *("--kubedoctest-kubeconfig", str(made.kubeconfig)),
                *("--kubedoctest-context", made.context, "--kubedoctest-path", tools),
                *("--kubedoctest-copy", "extras", "--kubedoctest-mkdocs", "mkdocs.yml"),
                *("--kubedoctest-json", str(results), "--kubedoctest-python", sys.executable),
            ],
            cwd=ROOT,
            env={**os.environ, **made.environment, "PYTHONPATH": str(ROOT / "scripts")},
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        wall = time.perf_counter() - started
        if done.returncode:
            sys.exit(done.stdout)
        found = json.loads(results.read_text())
    blocks, chapter = found["blocks"], found["pages"][0]["seconds"]
    return wall, chapter, sum(b["working"] for b in blocks), sum(b["waiting"] for b in blocks)


if __name__ == "__main__":
    main(*sys.argv[1:])
