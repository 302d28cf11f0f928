"""The zip: a site that opens from a folder, without a server, with its diagrams and its search."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from taller import construir
from taller.exits import ExitCode

from .conftest import ROOT, Site, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """What the zip holds, in a folder; its origin is that folder's address."""
    folder = tmp_path_factory.mktemp("zip con espacios y ñ")
    target = folder / "taller.zip"
    assert construir.zip_site(target) is ExitCode.FINE
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder)
    return Site(folder / "taller", (folder / "taller").as_uri() + "/")


@pytest.fixture
def visit(opened: Site, browser: Browser) -> Iterator[Visit]:
    with visiting(opened, browser) as visit:
        yield visit
        assert [
            url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))
        ] == []
        assert visit.complaints == []


def test_it_holds_the_whole_site(opened: Site) -> None:
    for path in (ROOT / "docs").glob("*.md"):
        assert (opened.folder / path.with_suffix(".html").name).is_file(), path.name
    assert (opened.folder / "extras/03-kubernetes/cluster.yaml").is_file()
    assert not list(opened.folder.rglob("*.mjs")), "modules that a folder cannot load"
    assert "taller-de-kubernetes.zip" not in (opened.folder / "archivos/index.html").read_text()


def test_every_link_between_its_files_leads_to_one(opened: Site) -> None:
    for path in sorted(opened.folder.rglob("*.html")):
        if path.name == "404.html":  # only a server shows it
            continue
        for link in set(re.findall(r'\s(?:href|src)="([^"#]+)', path.read_text())):
            target = urlsplit(urljoin(path.as_uri(), unescape(link)))
            if target.scheme == "file":
                assert Path(unquote(target.path)).is_file(), f"{path.name}: {link}"


def test_search_finds_a_section_and_opens_it(visit: Visit) -> None:
    visit.page.goto(visit.site.url + "index.html")
    search = visit.page.get_by_placeholder("Búsqueda")
    search.click()
    search.press_sequentially("StatefulSet")
    found = visit.page.locator(".md-search-result__link").first
    expect(found).to_be_attached()  # the index is made in a frame
    visit.page.goto(str(found.evaluate("link => link.href")))
    expect(visit.page.locator("article h1")).to_be_visible()
    assert ".html" in visit.page.url


@pytest.mark.parametrize("name", ["04-hola-mundo-real.html", "imprimir.html"])
def test_diagrams_are_drawn(visit: Visit, name: str) -> None:
    visit.page.goto(visit.site.url + name)
    diagrams = visit.page.locator("article div.mermaid").count()
    assert diagrams > 5
    visit.page.emulate_media(media="print")  # all of them, not only what is near
    drawn = visit.page.locator("article div.mermaid--dibujado svg")
    expect(drawn).to_have_count(diagrams)


def test_links_between_pages_work(visit: Visit) -> None:
    visit.page.goto(visit.site.url + "index.html")
    visit.page.locator("article a[href^='04-hola-mundo-real.html']").first.click()
    expect(visit.page.locator("#self-healing")).to_be_attached()
