"""What a page says of itself to search engines and to who gets its link, and where no page is."""

from __future__ import annotations

import re
from html import unescape

import pytest

from mkdocs_hooks import description

from .conftest import ROOT, Site


def meta(html: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', html)
    return {name: unescape(content) for name, content in found}


def test_every_page_describes_itself(site: Site) -> None:
    pages = list(site.folder.rglob("index.html"))
    told = {path: meta(path.read_text()) for path in pages}
    described = [known["description"] for known in told.values()]
    assert len(set(described)) == len(described), "no two say the same"
    for path, known in told.items():
        assert 20 < len(known["description"]) <= description.LONGEST, path
        assert known["og:description"] == known["description"]
        assert known["og:url"].startswith(site.url)
        assert known["og:title"] in path.read_text()


def test_picture_of_a_link_is_on_the_site(site: Site) -> None:
    address = meta((site.folder / "index.html").read_text())["og:image"]
    assert address.startswith(site.url)
    picture = (site.folder / address.removeprefix(site.url)).read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
    assert (width, height) == (1200, 630)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<h1>T</h1><p class='x'>no</p><p>Una <b>app</b>\nen &lt;dos&gt;.</p><p>más</p>",
            "Una app en <dos>.",
        ),
        (f"<p>{'palabra, ' * 30}</p>", f"{'palabra, ' * 16}palabra…"),
        ("<h1>T</h1>", ""),
    ],
)
def test_page_is_described_by_how_it_begins(html: str, text: str) -> None:
    assert description.beginning(html) == text


def test_address_of_no_page_suggests_those_of_the_menu(site: Site) -> None:
    html = (site.folder / "404.html").read_text().split("<article", 1)[1].split("</article>")[0]
    links = set(re.findall(r'href="([^"]+)"', html))
    chapters = [path.stem for path in (ROOT / "docs").glob("0[1-9]-*.md")]
    assert chapters
    for name in chapters:
        assert f"/taller-de-kubernetes/{name}/" in links or f"{site.url}{name}/" in links
    assert any("/issues/new?" in link for link in links)


def test_lines_of_code_have_no_anchors_that_nothing_leads_to(site: Site) -> None:
    assert "__codelineno" not in (site.folder / "04-hola-mundo-real" / "index.html").read_text()
