"""How long the browser is held by a chapter that opens: ours against plain Material.

    .venv/bin/python tests/bench/long_tasks.py [RUNS] [CHAPTER]

Both have the same pages. A phone's window, nothing in its cache, Lighthouse's "slow 4G"
(1.6 Mbit/s, 150 ms round trip) and a processor four times slower than this one; run in turn, until
the page is at rest. What is added up are the tasks of 50 ms or more (the browser's Long Tasks), and
what all its tasks took of the processor, which busy neighbours lengthen less; in milliseconds.
Nothing is asserted: a timed test would be flaky.
"""

from __future__ import annotations

import logging
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from tests.bench import site as bench  # noqa: E402

SLOWER = 4
LONG_TASKS = """
  window.tasks = [];
  new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(e => e.duration)))
    .observe({type: "longtask", buffered: true});
"""


def main(runs: str = "5", chapter: str = "04-hola-mundo-real") -> None:
    """Measure and print."""
    logging.getLogger("mkdocs").setLevel(logging.ERROR)  # the plain pages' links are not the matter
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(bench.FLAGS)
        )
        project = bench.project(Path(name) / "project", 1)
        docs = str(project / "plain" / "docs")
        found: dict[str, list[tuple[float, float]]] = {"material": [], "taller": []}
        with (
            bench.served(Path(name) / "plain", docs_dir=docs, nav=None, **bench.plain()) as theirs,
            bench.served(Path(name) / "ours") as ours,
        ):
            for _ in range(int(runs)):
                for contender, url in (("material", theirs), ("taller", ours)):
                    found[contender].append(_held(browser, f"{url}{chapter}/"))
        browser.close()
    print(f"{chapter}, 4G and {SLOWER} × slower, median of {runs} (min–max), ms")
    print(f"{'':10} {'long tasks':27} {'of the processor'}")
    base = [statistics.median(column) for column in zip(*found["material"], strict=True)]
    for contender, measured in found.items():
        columns = zip(*measured, strict=True)
        cells = [_cell(column, own) for column, own in zip(columns, base, strict=True)]
        print(f"{contender:10}", *cells)


def _cell(held: Sequence[float], base: float) -> str:
    median = statistics.median(held)
    return f"{median:5.0f} ({min(held):4.0f}–{max(held):5.0f}) {median / base:4.2f} ×   "


def _held(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds of long tasks, and of the processor, until the page is at rest."""
    context = browser.new_context(locale="es-AR", viewport={"width": 412, "height": 823})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", bench.FAST_3G)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(LONG_TASKS)
    page.goto(url, wait_until="networkidle", timeout=120_000)
    page.evaluate("new Promise(done => requestIdleCallback(done))")
    held = float(page.evaluate("window.tasks.reduce((sum, task) => sum + task, 0)"))
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    taken = next(each["value"] for each in metrics if each["name"] == "TaskDuration")  # seconds
    context.close()
    return held, 1000 * taken


if __name__ == "__main__":
    main(*sys.argv[1:])
