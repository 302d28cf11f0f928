"""The whole workshop on one page, to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, expect

from mkdocs_hooks import printable

from .conftest import ROOT, Site, Visit, finish_changes, visiting
from .test_every_page import CUT

ADDRESS = "imprimir/"
KEYS = {"a/": "a", "b/": "b"}
CHAPTERS = sorted(
    path.stem
    for path in (ROOT / "docs").glob("*.md")
    if not path.read_text().startswith("---\nimprimir: false\n")
)


def rewritten(html: str) -> str:
    return printable.rewritten(html, "a/", ADDRESS, KEYS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<p id="x">', '<p id="a--x">'),
        ('<a href="#x">', '<a href="#a--x">'),
        ('<a class="c" href="../b/#y">', '<a class="c" href="#b--y">'),
        ('<a href="../b/">', '<a href="#b--__pagina">'),
        ('<a href="../extras/x.yaml">', '<a href="../extras/x.yaml">'),
        ('<a href="../otra/#z">', '<a href="../otra/#z">'),
        ('<img src="foto.png">', '<img src="../a/foto.png">'),
        ('<a href="https://k8s.io/#x">', '<a href="https://k8s.io/#x">'),
        (
            '<input id="t_1" name="t"><label for="t_1">',
            '<input id="a--t_1" name="a--t"><label for="a--t_1">',
        ),
        ('<svg aria-labelledby="x y">', '<svg aria-labelledby="a--x a--y">'),
        ('<h1 id="t">T</h1>', '<h2 id="a--t">T</h2>'),
        ('<h1 id="t">T<a class="headerlink" href="#t">¶</a></h1>', '<h2 id="a--t">T</h2>'),
        ('<p>M<a class="verificado__avisar" href="x">¿No?</a></p>', "<p>M</p>"),
        ('<details class="q">', '<details open class="q">'),
        ('<code>&lt;p id="x"&gt; href="#x"</code>', '<code>&lt;p id="x"&gt; href="#x"</code>'),
    ],
)
def test_what_a_page_says_means_the_same_on_another(before: str, after: str) -> None:
    assert rewritten(before) == after


class _Read(HTMLParser):
    """The ids and the links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("id"):
            self.ids.append(str(known["id"]))
        if tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))


@pytest.fixture(scope="module")
def article(site: Site) -> str:
    html = (site.folder / ADDRESS / "index.html").read_text()
    return html.split("<article", 1)[1].split("</article>", 1)[0]


def test_ids_are_unique_and_links_lead_somewhere(site: Site, article: str) -> None:
    read = _Read(article)
    assert len(read.ids) == len(set(read.ids))
    for link in read.links:
        if link.startswith("#"):
            assert unquote(link[1:]) in read.ids, link
        elif not link.startswith("http"):
            assert (site.folder / ADDRESS / link.split("#")[0]).exists(), link


def part(article: str, name: str) -> str:
    """What the printable page holds of one page."""
    start = f'<section class="imprimible" id="{name}--__pagina">'
    return article.split(start, 1)[1].split("</section>", 1)[0]


def own(site: Site, name: str) -> str:
    """A page's own article."""
    address = "" if name == "index" else f"{name}/"
    html = (site.folder / address / "index.html").read_text()
    return html.split("<article", 1)[1].split("</article>", 1)[0]


@pytest.mark.parametrize("name", CHAPTERS)
def test_headings_are_one_level_under_the_workshops(site: Site, article: str, name: str) -> None:
    assert _Read(article).headings.count(1) == 1
    assert _Read(part(article, name)).headings == [n + 1 for n in _Read(own(site, name)).headings]


@pytest.mark.parametrize("name", CHAPTERS)
def test_it_holds_every_page_with_its_marks(site: Site, article: str, name: str) -> None:
    for kind in ('<p class="verificado', 'class="mermaid', "<pre", "<img", "<table", "<details"):
        assert part(article, name).count(kind) == own(site, name).count(kind), kind


def test_pages_are_in_order(article: str) -> None:
    found = re.findall(r'<section class="imprimible" id="(.*?)--__pagina">', article)
    pages = re.findall(r"^ +- .*: (\S+)\.md$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    joined = [page.replace("/", "-") for page in pages if not page.startswith("archivos/")]
    apart = ("imprimir", "verificacion", "docentes", "colaborar")
    assert found == [page for page in joined if page not in apart]


@pytest.fixture(scope="module")
def paper(site: Site, browser: Browser) -> Iterator[Visit]:
    """The printable page with all its diagrams drawn, on A4 with wide margins."""
    with visiting(site, browser) as visit:
        visit.open(ADDRESS)
        diagrams = visit.page.locator("article div.mermaid")
        expect(visit.page.locator("article div.mermaid--dibujado")).to_have_count(diagrams.count())
        visit.page.emulate_media(media="print")
        visit.page.set_viewport_size({"width": 605, "height": 850})  # no phone: drawn as they are
        yield visit


@pytest.mark.browser
def test_paper_parts_nothing_from_what_announces_it(paper: Visit) -> None:
    parts_nothing(paper)


@pytest.mark.browser
def test_paper_of_a_chapter_parts_nothing_either(visit: Visit) -> None:
    visit.open("04-hola-mundo-real/")
    visit.page.emulate_media(media="print")
    parts_nothing(visit)


MARKS_OUTSIDE = """() => [
  ...document.querySelectorAll("article :is(.highlight, .llamadas) + .verificado")
].filter(mark => !mark.closest("details:not([open])")).flatMap(mark => {
  const before = mark.previousElementSibling;
  const block = before.matches(".llamadas") ? before.previousElementSibling : before;
  const [above, own] = [block, mark].map(box => box.getBoundingClientRect());
  return own.top >= above.top && own.bottom <= above.bottom + 1 ? [] : mark.textContent;
})"""


def parts_nothing(visit: Visit) -> None:
    for name, selector, value in [
        ("break-after", "article :is(h1, h2, h3, h4, h5, h6)", "avoid"),
        ("break-after", "article .filename", "avoid"),
        ("break-after", "article .tabbed-labels > label", "avoid"),
        ("break-after", "[id$='punto-de-partida'] + p", "avoid"),
        ("break-before", "article .verificado", "avoid"),
        ("break-after", "article .verificado", "auto"),
        ("break-inside", "article :is(.admonition, details)", "auto"),
        ("break-inside", "article :is(.mermaid, .highlight)", "avoid"),
    ]:
        found = visit.page.locator(selector).evaluate_all(
            "(all, name) => [...new Set(all.map(box => getComputedStyle(box)[name]))]", name
        )
        assert found in ([value], []), selector
        assert found or "label" in selector, selector
    # A block is never parted, nor is what lies within it: its mark does.
    assert visit.page.evaluate(MARKS_OUTSIDE) == []


@pytest.mark.browser
def test_no_word_of_a_table_is_cut_on_paper(paper: Visit) -> None:
    assert paper.page.evaluate(CUT) == []


def test_it_is_no_search_result(site: Site) -> None:
    index = (site.folder / "search" / "search_index.json").read_text()
    assert f'"location":"{ADDRESS}' not in index


@pytest.mark.browser
def test_it_prints_whole(paper: Visit) -> None:
    cut = paper.page.evaluate(
        """() => {
            const width = document.querySelector("article").clientWidth + 1;
            const boxes = document.querySelectorAll("article :is(.mermaid svg, pre > code, table)");
            return [...boxes]
                .filter(box => Math.max(box.scrollWidth, box.clientWidth) > width)
                .map(box => box.textContent.slice(0, 60));
        }"""
    )
    assert cut == []
    assert paper.page.locator("article details:not([open])").count() == 0
    for box in paper.page.locator(".imprimible .tabbed-block").all():
        expect(box).to_be_visible()
    expect(paper.page.locator(".md-header")).not_to_be_visible()
    assert paper.complaints == []


PAPER = """() => [
  ".language-console code", ".language-console .gp", ".go", ".mal", ".bien", ".language-yaml .nt",
  ".mermaid .node rect", ".mermaid .nodeLabel", ".mermaid .flowchart-link", "h2", "p a",
].map(selector => {
  const style = getComputedStyle(document.querySelector(`article ${selector}`));
  return [selector, style.color, style.backgroundColor, style.fill, style.stroke].join(" ");
})"""


@pytest.mark.browser
def test_paper_is_the_same_from_the_dark_as_from_the_light(visit: Visit) -> None:
    visit.page.emulate_media(color_scheme="dark")
    visit.open("04-hola-mundo-real/")
    expect(visit.page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    visit.page.locator("div.mermaid").first.scroll_into_view_if_needed()
    expect(visit.page.locator("div.mermaid--dibujado").first).to_be_attached()
    printed = {}
    for scheme, palette in (("dark", "slate"), ("light", "default")):
        visit.page.emulate_media(media="screen", color_scheme=scheme)
        expect(visit.page.locator("body")).to_have_attribute("data-md-color-scheme", palette)
        visit.page.emulate_media(media="print", color_scheme=scheme)
        finish_changes(visit.page)
        printed[scheme] = visit.page.evaluate(PAPER)
        canvas = "getComputedStyle(document.documentElement).colorScheme"
        assert visit.page.evaluate(canvas) == "light"  # of what is around the page, too
    assert printed["dark"] == printed["light"]
