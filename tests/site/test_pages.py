"""What a reader's browser shows as they go about: diagrams and manifests."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import ROOT, Site, Visit

pytestmark = pytest.mark.browser

CHAPTER = "04-hola-mundo-real/"
DIAGRAM = "div.mermaid--dibujado svg"
PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def address(name: str) -> str:
    return "" if name == "index.md" else name.removesuffix(".md") + "/"


def expect_diagrams(page: Page) -> None:
    expect(page.locator(DIAGRAM).first).to_be_visible(timeout=30_000)
    expect(page.locator("div.mermaid:not(.mermaid--dibujado)")).to_have_count(0, timeout=30_000)
    expect(page.locator(DIAGRAM).first).to_contain_text("Pod funcionando")
    expect(page.locator("div.mermaid").filter(has_text="Syntax error")).to_have_count(0)


def test_chapter_04_shows_its_diagrams(visit: Visit) -> None:
    visit.open(CHAPTER)
    expect_diagrams(visit.page)
    assert visit.complaints == []


def test_diagrams_are_drawn_after_instant_navigation(visit: Visit) -> None:
    visit.open()
    assert not any("mermaid.esm" in url for url in visit.requests), "home holds no diagram"
    visit.page.evaluate("window.sameDocument = true")
    visit.page.get_by_role("link", name="Ya sé lo básico").click()
    expect_diagrams(visit.page)
    assert visit.page.url.endswith(CHAPTER)
    assert visit.page.evaluate("window.sameDocument"), "the page was loaded anew"
    assert visit.complaints == []


def test_a_change_of_palette_redraws_the_diagrams(visit: Visit) -> None:
    visit.page.emulate_media(color_scheme="light")
    visit.open(CHAPTER)
    expect_diagrams(visit.page)
    box = visit.page.locator(f"{DIAGRAM} .node rect").first
    light = box.evaluate("box => getComputedStyle(box).fill")
    visit.page.evaluate("document.body.setAttribute('data-md-color-scheme', 'slate')")
    expect(visit.page.locator("div.mermaid").first).to_have_attribute("data-theme", "dark")
    expect(box).not_to_have_css("fill", light)
    expect_diagrams(visit.page)


# By message, the lifelines under its words that are not its own.
CROSSED = """diagram => {
  const lines = [...diagram.querySelectorAll("line.actor-line")].map(line => line.getBBox().x);
  const arrows = [...diagram.querySelectorAll(".messageLine0, .messageLine1")];
  return [...diagram.querySelectorAll(".messageText")].filter(text => {
    const words = text.getBBox();
    const below = arrows.map(arrow => arrow.getBBox()).filter(box => box.y >= words.y)
      .sort((one, other) => one.y - other.y)[0];
    const ends = [below.x, below.x + below.width];  // an arrow stops a little before a lifeline
    return lines.some(x => x > words.x && x < words.x + words.width
      && ends.every(end => Math.abs(x - end) > 9));
  }).map(text => text.textContent);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_messages_are_read_over_the_lifelines(
    visit: Visit, scheme: Literal["light", "dark"]
) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    visit.open(CHAPTER)
    expect_diagrams(visit.page)
    sequences = visit.page.locator("div.mermaid:has(line.actor-line)")
    assert sequences.count() > 1
    for diagram in sequences.all():
        assert diagram.evaluate(CROSSED) == []
    behind = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    for text in visit.page.locator(".messageText").all():
        expect(text).to_have_css("stroke", behind)
        expect(text).to_have_css("paint-order", "stroke")


def test_nodes_are_in_order(visit: Visit) -> None:
    visit.open(CHAPTER)
    expect_diagrams(visit.page)
    titles = visit.page.locator("div.mermaid[aria-label^='Dónde cayeron'] .cluster-label").all()
    places = {
        str(title.text_content()): (title.bounding_box() or {"x": 0})["x"] for title in titles
    }
    assert sorted(places, key=places.__getitem__) == sorted(places)
    assert len(places) == 4


def test_the_manifest_link_of_chapter_04_opens_the_very_file(visit: Visit) -> None:
    visit.open(CHAPTER)
    link = visit.page.locator("article a[href$='.yaml']").first
    target = str(link.get_attribute("href"))
    link.click()
    visit.page.wait_for_url("**/extras/**")
    name = "extras/" + target.split("extras/", 1)[1]
    assert visit.page.url.endswith(name)
    assert visit.page.inner_text("pre").rstrip() == (ROOT / name).read_text().rstrip()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_extras_gives_that_file(visit: Visit, site: Site, name: str) -> None:
    visit.open(address(name))
    links = visit.page.locator("article a[href*='extras/']").all()
    for link in links:
        url = str(link.evaluate("link => link.href"))
        answer = visit.page.request.get(url)
        assert answer.ok, url
        assert answer.body() == (ROOT / "extras" / url.split("extras/", 1)[1]).read_bytes()


def test_without_scripts_diagrams_are_told_in_words(site: Site, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(site.url + CHAPTER)
    diagrams = page.locator("div.mermaid")
    assert diagrams.count() > 0
    for diagram in diagrams.all():
        expect(diagram).to_be_hidden()
    words = page.locator("p.mermaid-palabras").first
    expect(words).to_contain_text("el pod vuelve a funcionar")
    box = words.bounding_box()
    assert box is not None and box["height"] > 15, "it can be read"
    page.close()
