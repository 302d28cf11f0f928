"""What a reader's browser shows as they go about: diagrams and manifests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import ROOT, Site, Visit, visiting

pytestmark = pytest.mark.browser

CHAPTER = "04-hola-mundo-real/"
DIAGRAM = "div.mermaid--dibujado svg"


def expect_diagrams(page: Page) -> None:
    """All of them: what is near is drawn, and the rest when the page is about to be printed."""
    page.locator("div.mermaid").first.scroll_into_view_if_needed()
    expect(page.locator(DIAGRAM).first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("div.mermaid:not(.mermaid--dibujado)")).to_have_count(0)
    expect(page.locator(DIAGRAM).first).to_contain_text("Pod funcionando")
    expect(page.locator("div.mermaid").filter(has_text="Syntax error")).to_have_count(0)


@pytest.fixture(scope="module")
def drawn(site: Site, browser: Browser) -> Iterator[Visit]:
    """Chapter 04 with all its diagrams drawn, for the tests that only look at them."""
    with visiting(site, browser) as visit:
        visit.page.emulate_media(color_scheme="light")
        visit.open(CHAPTER)
        expect_diagrams(visit.page)
        yield visit


def test_chapter_04_shows_its_diagrams(drawn: Visit) -> None:
    assert drawn.complaints == []


def test_diagrams_are_drawn_after_instant_navigation(visit: Visit) -> None:
    visit.open()
    assert not any("mermaid.esm" in url for url in visit.requests), "home holds no diagram"
    visit.page.evaluate("window.sameDocument = true")
    visit.page.locator("article").get_by_role("link", name="04 Preparando").click()
    expect_diagrams(visit.page)
    assert visit.page.url.endswith(CHAPTER)
    assert visit.page.evaluate("window.sameDocument"), "the page was loaded anew"
    assert visit.complaints == []


def test_a_change_of_palette_recolours_the_diagrams(drawn: Visit) -> None:
    to_palette(drawn, "light")
    box = drawn.page.locator(f"{DIAGRAM} .node rect").first
    light = box.evaluate("box => getComputedStyle(box).fill")
    to_palette(drawn, "dark")
    expect(box).not_to_have_css("fill", light)
    expect_diagrams(drawn.page)


def to_palette(visit: Visit, scheme: Literal["light", "dark"]) -> None:
    visit.page.emulate_media(color_scheme=scheme)
    palette = "default" if scheme == "light" else "slate"
    expect(visit.page.locator("body")).to_have_attribute("data-md-color-scheme", palette)


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
    drawn: Visit, scheme: Literal["light", "dark"]
) -> None:
    to_palette(drawn, scheme)
    sequences = drawn.page.locator("div.mermaid:has(line.actor-line)")
    assert sequences.count() > 0
    for diagram in sequences.all():
        assert diagram.evaluate(CROSSED) == []
    behind = drawn.page.evaluate("getComputedStyle(document.body).backgroundColor")
    for text in drawn.page.locator(".messageText").all():
        expect(text).to_have_css("stroke", behind)
        expect(text).to_have_css("paint-order", "stroke")


def test_nodes_are_in_order(drawn: Visit) -> None:
    titles = drawn.page.locator("div.mermaid[aria-label^='Dónde cayeron'] .cluster-label").all()
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
