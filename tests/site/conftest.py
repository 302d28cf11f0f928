"""The site, built strictly and served under its real path, and a browser that looks at it."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import sys
import threading
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from mkdocs_hooks import mermaid

from .results_by_hand import everything_true

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("chromium_without_netlink.py")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    # Of its own, the GPU's process dies when the machine keeps it waiting (it has a watchdog), and
    # Chromium closes itself when that has happened six times.
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# A page is as tall as its window, as it were: what waits until it is near does not.
EVERYTHING_NEAR = """
  window.IntersectionObserver = class extends IntersectionObserver {
    constructor(callback, options) {
      super(callback, {...options, rootMargin: "1000000px"});
    }
  };
"""

# Whether what is near is drawn, on a page that runs scripts: the last that it does by itself.
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
NEAR_IS_DRAWN = """() => !document.documentElement.classList.contains("js") ||
  [...document.querySelectorAll("div.mermaid:not(.mermaid--dibujado, .mermaid--error)")]
    .every(diagram => {
      const {top, bottom} = diagram.getBoundingClientRect();
      return bottom < -innerHeight || top > 2 * innerHeight;
    })"""

# Milliseconds that what is expected has to come about. Only what never does takes that long, so
# that it can be more than the busiest machine takes to draw all the diagrams of a page.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class Site:
    """The built site: its folder, its address, and the address's origin."""

    folder: Path
    url: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass
class Visit:
    """A page in the browser, and what it asked for and complained about."""

    page: Page
    site: Site
    requests: list[str] = field(default_factory=list)
    unanswered: set[Request] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """What was asked of another origin than the site's."""
        own = (self.site.origin, "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]

    def open(self, path: str = "") -> None:
        """Go to a page, until it has come to rest: all is there that it asks for by itself.

        That is what ``networkidle`` would wait for, and then for half a second more.
        """
        self.page.goto(self.site.url + path)
        self.page.evaluate(FRAMES)
        self.page.wait_for_function(NEAR_IS_DRAWN)
        self._wait_while(lambda: bool(self.unanswered), "something is never answered")

    def hold(self, pattern: str) -> Callable[[], None]:
        """Leave what is asked for at such an address unanswered; gives what answers it at last."""
        held: list[Route] = []
        self.page.route(re.compile(pattern), lambda route: held.append(route))

        def answer() -> None:
            self._wait_while(lambda: not held, f"nothing was asked for like {pattern}")
            for route in held:
                route.continue_()

        return answer

    def _wait_while(self, condition: Callable[[], bool], complaint: str) -> None:
        waited = 0
        while condition():
            assert waited < PATIENCE, complaint
            self.page.wait_for_timeout(10)  # milliseconds
            waited += 10


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under a prefix, as GitHub Pages does with a project's site."""

    prefix = "/"
    extensions_map: typing.ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".yaml": "text/yaml; charset=utf-8",  # as GitHub Pages says it
        ".mjs": "text/javascript",
    }

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.prefix):
            return str(Path(self.directory) / "no-such-file")
        return super().translate_path("/" + path.removeprefix(self.prefix))

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def published(folder: Path, **settings: Any) -> Iterator[Site]:
    """The site of the project's configuration, but for ``settings``, built strictly and served."""
    # Instant navigation works only where site_url is the origin that serves the pages.
    mermaid.ensure(ROOT)
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    real = load_config(str(ROOT / "mkdocs.yml"))
    _Quiet.prefix = urlsplit(str(real.site_url)).path
    url = f"http://127.0.0.1:{server.server_port}{_Quiet.prefix}"
    settings = {"site_url": url, "site_dir": str(folder), "strict": True, **settings}
    config = load_config(str(ROOT / "mkdocs.yml"), **settings)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(folder, url)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole site, as it is when every chapter was verified."""
    mermaid.ensure(ROOT)
    project = everything_true(tmp_path_factory.mktemp("proyecto"))
    folder = tmp_path_factory.mktemp("site")
    with published(folder, docs_dir=str(project / "docs")) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser of our own."""
    if shutil.which("chromium") is None:
        pytest.fail("Falta Chromium: ./taller probar lo instala.", pytrace=False)
    assert sys.platform.startswith("linux")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Visit]:
    with visiting(site, browser) as visit:
        yield visit


def finish_changes(page: Page) -> None:
    """Bring what is changing its colour or place to its end, now.

    Waiting for it would not do: Chromium does not always tell the end of a change out of sight.
    """
    page.evaluate("document.getAnimations().forEach(change => change.finish())")


def reader(browser: Browser) -> BrowserContext:
    """A new reader of the site: what one keeps, and what the browser does for them, is theirs."""
    return browser.new_context(viewport={"width": 1440, "height": 900}, locale="es-AR")


@contextmanager
def visiting(site: Site, browser: Browser) -> Iterator[Visit]:
    """A new reader's page, for that site."""
    context = reader(browser)
    with opened(site, context) as visit:
        yield visit
    context.close()


@contextmanager
def opened(site: Site, context: BrowserContext) -> Iterator[Visit]:
    """A new page of a reader, for that site."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    visit = Visit(page, site)

    def note_request(request: Request) -> None:
        visit.requests.append(request.url)
        visit.unanswered.add(request)

    def note_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(message.text)

    def note_answer(request: Request) -> None:
        visit.unanswered.discard(request)

    page.on("request", note_request)
    page.on("requestfinished", note_answer)
    page.on("requestfailed", note_answer)
    page.on("console", note_console)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    yield visit
    page.close()
