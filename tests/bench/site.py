"""What the site costs: seconds to build, against plain Material; bytes and seconds to see a page.

    .venv/bin/python tests/bench/site.py [COPIES] [RUNS]

The build: MkDocs' own part and the whole command, of our mkdocs.yml and of Material without our
plugins and hooks, run in turn. Both have the same pages: the chapters, the cheat sheet and those
about files, which plain Material gets as Markdown. Then again with COPIES of the chapters. The
page: what a browser with nothing in its cache receives from a server that compresses, as GitHub
Pages does, and when it first paints at WebPageTest's "3G Fast" (1.6 Mbit/s down, 0.768 up, 150 ms
round trip). Nothing is asserted: a timed test would be flaky.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import logging
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from mkdocs.commands.build import build  # noqa: E402
from mkdocs.config import load_config  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from mkdocs_hooks import commands, file_pages, mermaid  # noqa: E402

FAST_3G = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1_600_000 / 8,  # bytes a second
    "uploadThroughput": 768_000 / 8,
}
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
COMPRESSED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".xml", ".yaml")


def main(copies: str = "25", runs: str = "5") -> None:
    """Measure and print."""
    mermaid.ensure(ROOT)
    logging.getLogger("mkdocs").setLevel(logging.ERROR)  # the copies' links are not the matter
    with tempfile.TemporaryDirectory() as name:
        for times in (1, int(copies)):
            _build_times(project(Path(name) / str(times), times), int(runs))
        _pages(Path(name) / "servido", int(runs))


# -- the build


def project(folder: Path, copies: int) -> Path:
    """The workshop with its chapters that many times, for both contenders."""
    for number in range(copies):
        under = f"copia-{number:02}" if number else ""
        shutil.copytree(ROOT / "docs", folder / "docs" / under, dirs_exist_ok=True)
    for extras in (folder, folder / "docs"):  # the copies link to theirs
        shutil.copytree(ROOT / "extras", extras / "extras")
    (folder / ".taller").symlink_to(ROOT / ".taller")
    _, written = _site(folder, "taller")
    plain = folder / "plain" / "docs"
    shutil.copytree(folder / "docs", plain)
    for source, text in written.items():
        (plain / source).parent.mkdir(exist_ok=True)
        (plain / source).write_text(text, encoding="utf-8")
    return folder


def plain() -> dict[str, Any]:
    """What makes Material of the project's configuration: its features, and nothing of ours."""
    ours = load_config(str(ROOT / "mkdocs.yml")).theme
    kept = ("language", "font", "palette", "icon")
    # The theme's documentation does not tell of it: who does not look for it does not have it.
    features = [feature for feature in ours["features"] if feature != "content.lazy"]
    theme = {"name": "material", "features": features, **{name: ours[name] for name in kept}}
    return {
        "theme": theme,
        "plugins": [{"search": {"lang": "es"}}],
        "hooks": [],
        "extra_javascript": [],
        "extra_css": [],
    }


def _site(folder: Path, contender: str) -> tuple[float, dict[str, str]]:
    """Build; the seconds it took, and the Markdown of the pages that hooks write, by source."""
    settings: dict[str, Any] = {"docs_dir": str(folder / "docs"), "nav": None}
    if contender == "material":
        settings["docs_dir"] = str(folder / "plain" / "docs")
        settings |= plain()
    site = str(folder / contender)
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=site, **settings)
    config.plugins.on_startup(command="build", dirty=False)
    written: dict[str, str] = {}

    def keep(env: Any, *, config: Any, files: Any) -> Any:
        for file in files.documentation_pages():
            if file.src_uri.startswith(f"{file_pages.PAGES}/") or file.src_uri == commands.PAGE:
                written[file.src_uri] = file.page.markdown
        return env

    config.plugins._register_event("env", keep)
    started = time.perf_counter()
    build(config)
    return time.perf_counter() - started, written


def _build_times(folder: Path, runs: int) -> None:
    taken: dict[str, list[tuple[float, ...]]] = {"taller": [], "material": []}
    for run in range(runs + 1):
        for contender, measured in taken.items():
            started, busy = time.perf_counter(), _busy()
            done = subprocess.run(
                [sys.executable, __file__, "--build", str(folder), contender],
                check=True,
                capture_output=True,
                text=True,
            )
            if run > 0:  # the first one warms the caches
                whole, busy = time.perf_counter() - started, _busy() - busy
                measured.append((float(done.stdout.split()[-1]), whole, busy))
    pages = len(list((folder / "plain" / "docs").rglob("*.md")))
    print(f"build, {pages} pages, median of {runs} (min–max), seconds")
    print(f"{'':10} {'MkDocs by itself':26} {'the whole command':26} of processor")
    base = [statistics.median(column) for column in zip(*taken["material"], strict=True)]
    for name, measured in taken.items():
        columns = list(zip(*measured, strict=True))
        cells = [_cell(column, own) for column, own in zip(columns, base, strict=True)]
        print(f"{name:10}", *cells)


def _cell(seconds: Sequence[float], base: float) -> str:
    median = statistics.median(seconds)
    return f"{median:5.2f} ({min(seconds):5.2f}–{max(seconds):5.2f}) {median / base:4.2f} × "


def _busy() -> float:
    """Seconds of processor that our programs used: busy neighbours do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# -- the page


class _Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under a prefix, compressed."""

    prefix = "/"

    def do_GET(self) -> None:
        relative = urlsplit(self.path).path.removeprefix(self.prefix)
        path = Path(self.directory) / relative
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        if path.suffix in COMPRESSED:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[str]:
    """The site of the project's configuration, but for ``settings``, at this address."""
    handler = functools.partial(_Compressing, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    _Compressing.extensions_map = {**_Compressing.extensions_map, ".mjs": "text/javascript"}
    url = f"http://127.0.0.1:{server.server_port}/taller-de-kubernetes/"
    _Compressing.prefix = urlsplit(url).path
    config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), site_url=url, **settings)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()


def _pages(folder: Path, runs: int) -> None:
    with served(folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        print(f"page, nothing in the cache, compressed; first paint at 3G Fast, median of {runs}")
        for path in sorted(folder.rglob("index.html")):
            name = path.parent.relative_to(folder).as_posix()
            name = "" if name == "." else f"{name}/"
            sizes, paints, diagrams = zip(
                *(_visit(browser, url + name) for _ in range(runs)), strict=True
            )
            weight, seconds = max(sizes) / 1000, statistics.median(paints)
            print(
                f"{name or 'inicio':28} {weight:7.0f} kB {seconds:5.2f} s {diagrams[0]:4} diagrams"
            )
        browser.close()


def _visit(browser: Browser, url: str) -> tuple[float, float, int]:
    """Bytes received until the page is at rest, seconds to the first paint, and diagrams."""
    context = browser.new_context(locale="es-AR", viewport={"width": 412, "height": 823})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    received: list[float] = []
    devtools.on(
        "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
    )
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", FAST_3G)
    page.goto(url, wait_until="networkidle", timeout=120_000)
    diagrams = page.locator("div.mermaid").count()
    if diagrams:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # those far away, too
        page.wait_for_function(
            "!document.querySelector('div.mermaid:not(.mermaid--dibujado)')", timeout=120_000
        )
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return sum(received), paint / 1000, diagrams


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        print(_site(Path(sys.argv[2]), sys.argv[3])[0])
    else:
        main(*sys.argv[1:])
