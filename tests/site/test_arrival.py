"""A link to a section of another page ends at that section, whatever one does meanwhile."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.site.conftest import EVERYTHING_NEAR, Visit

# What Material would write of where one is, kept or not: the page, the section, how far down.
RECORD = """() => {
  window.places = [];
  const write = history.replaceState.bind(history);
  history.replaceState = (...entry) => {
    write(...entry);
    window.places.push({page: location.pathname, section: location.hash, y: entry[0]?.y});
  };
}"""
# It does when one has stopped scrolling.
STOPPED = "page => window.places.some(place => place.page.endsWith(page) && place.y > 1000)"
NOTHING_HELD = """
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { overflow-anchor: none }");
  document.adoptedStyleSheets = [sheet];
"""
FOLLOW = """address => {
  const link = document.createElement("a");
  link.href = address;
  document.querySelector("article").append(link);
  link.click();
}"""
TOP_HEADING = """[...document.querySelectorAll("article :is(h2, h3)")]
  .filter(heading => heading.getBoundingClientRect().top < 0).at(-1).id"""


@pytest.mark.browser
def test_scrolling_while_the_page_of_a_link_comes(visit: Visit) -> None:
    visit.open("03-kubernetes/")
    visit.page.evaluate(RECORD)
    answer = visit.hold(r"/glosario/$")
    link = visit.page.locator('article a[href*="glosario/#"]').first
    anchor = str(link.get_attribute("href")).split("#")[1]
    link.click()
    visit.page.wait_for_url(f"**/glosario/#{anchor}")
    visit.page.mouse.wheel(0, 5000)
    visit.page.wait_for_function(STOPPED, arg="/glosario/")
    answer()
    expect(visit.page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    expect(visit.page.locator("h1")).to_have_text(re.compile("^Glosario"))
    visit.page.wait_for_url(f"**/glosario/#{anchor}")
    visit.page.go_back()
    expect(visit.page.locator("h1")).to_have_text(re.compile("^03 - Kubernetes"))
    assert visit.complaints == []


@pytest.mark.browser
def test_scrolling_while_the_page_that_one_goes_back_to_comes(visit: Visit) -> None:
    """As who still scrolls when going back: the place is that page's own, not this one's."""
    visit.open("glosario/")
    visit.page.evaluate(RECORD)
    visit.page.mouse.wheel(0, 600)
    visit.page.wait_for_function("history.state?.y === 600")
    follow = visit.page.locator("nav.md-tabs a, nav.md-nav--primary a", has_text="03 Kubernetes")
    follow.first.click()
    expect(visit.page.locator("h1")).to_have_text(re.compile("^03 - Kubernetes"))
    answer = visit.hold(r"/glosario/$")
    visit.page.go_back()
    visit.page.wait_for_url("**/glosario/")
    visit.page.mouse.wheel(0, 5000)
    visit.page.wait_for_function(STOPPED, arg="/glosario/")
    answer()
    expect(visit.page.locator("h1")).to_have_text(re.compile("^Glosario"))
    visit.page.wait_for_function("scrollY === 600")
    assert visit.complaints == []


@pytest.mark.browser
def test_the_address_never_names_a_section_of_another_page(visit: Visit) -> None:
    """As ``navigation.tracking`` did, late: of the page that one was reading."""
    visit.open("glosario/")
    visit.page.evaluate(RECORD)
    link = visit.page.locator('article a[href*="04-hola-mundo-real/#"]').nth(3)
    visit.page.mouse.wheel(0, 300)
    visit.page.wait_for_function("history.state?.y === 300")
    link.scroll_into_view_if_needed()
    link.evaluate("link => link.click()")
    expect(visit.page.locator("h1")).to_have_text(re.compile("^04 - Preparando"))
    visit.page.mouse.wheel(0, 2000)
    visit.page.wait_for_function("history.state?.y > 2000")
    sections = visit.page.evaluate("[...document.querySelectorAll('[id]')].map(e => '#' + e.id)")
    there = "window.places.filter(({page}) => page.includes('/04-'))"
    named = visit.page.evaluate(f"{there}.map(({{section}}) => decodeURIComponent(section))")
    assert named
    assert set(named) <= {"", *sections}


@pytest.mark.browser
@pytest.mark.parametrize(("way", "width"), [("address", 360), ("link", 1440)])
def test_diagrams_do_not_push_the_section_away(visit: Visit, way: str, width: int) -> None:
    """In browsers that do not hold what one reads while something above it grows, either."""
    visit.page.add_init_script(NOTHING_HELD)
    visit.page.add_init_script(EVERYTHING_NEAR)
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.open("04-hola-mundo-real/#limpieza" if way == "address" else "")
    if way == "link":
        visit.page.evaluate(FOLLOW, "04-hola-mundo-real/#limpieza")
    section = visit.page.locator("#limpieza")
    expect(section).to_be_attached()
    not_drawn = visit.page.locator("div.mermaid:not(.mermaid--dibujado)")
    expect(not_drawn).to_have_count(0)
    top = section.evaluate("section => section.getBoundingClientRect().top")
    margin = section.evaluate("section => parseFloat(getComputedStyle(section).scrollMarginTop)")
    assert top == pytest.approx(margin, abs=2)


@pytest.mark.browser
def test_who_has_gone_on_reading_is_not_called_back(visit: Visit) -> None:
    visit.page.add_init_script(EVERYTHING_NEAR)
    answer = visit.hold(r"/mermaid\.esm\.min\.mjs$")
    visit.page.goto(visit.site.url + "04-hola-mundo-real/#self-healing")
    visit.page.wait_for_function("scrollY > 500")
    visit.page.mouse.wheel(0, 20_000)
    visit.page.wait_for_function("scrollY > 20_000 && history.state?.y === scrollY")  # at rest
    before = visit.page.evaluate(TOP_HEADING)
    answer()
    expect(visit.page.locator("div.mermaid:not(.mermaid--dibujado)")).to_have_count(0)
    assert visit.page.evaluate(TOP_HEADING) == before


@pytest.mark.browser
def test_back_leads_to_where_one_was(visit: Visit) -> None:
    """Going back is no link: the place one had reached counts, not the link followed before."""
    visit.open("03-kubernetes/")
    visit.page.locator('article a[href*="glosario/#"]').first.click()
    visit.page.wait_for_url("**/glosario/#*")
    # Arriving at the anchor scrolls too, and may come after: scroll until the page has kept it.
    visit.page.wait_for_function(
        "(scrollTo({top: 2000, behavior: 'instant'}), Math.abs(history.state?.y - 2000) < 50)"
    )
    there = visit.page.evaluate("history.state.y")
    visit.page.locator("nav.md-tabs a, nav.md-nav--primary a", has_text="Inicio").first.click()
    expect(visit.page.locator("h1")).to_have_text(re.compile("Taller"))
    visit.page.go_back()
    visit.page.wait_for_url("**/glosario/**")
    visit.page.wait_for_function(f"Math.abs(scrollY - {there}) < 50")
    assert visit.complaints == []
