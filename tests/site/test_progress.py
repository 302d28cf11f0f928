"""Where one is in a chapter, and where one was: kept by the reader's browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from .conftest import EVERYTHING_NEAR, Site, Visit, visiting

pytestmark = pytest.mark.browser

CHAPTER = "04-hola-mundo-real/"
IN_DAEMONSET = "eliminemos-un-pod-otra-vez"
FAR = "balanceo-por-medio-de-servicio"
TOP = "id => document.getElementById(id).getBoundingClientRect().top"
SAME_LINE = f"([id, before]) => Math.abs(({TOP})(id) - before) < 8"  # CSS pixels
# Where the page is now, and no longer where it was on the way.
KEPT = "history.state?.y > 10_000 && Math.abs(history.state.y - scrollY) < 1"
AT_REST = """below => {
  const moves = window.lookedAt !== scrollY;
  window.lookedAt = scrollY;
  return !moves && scrollY < below;
}"""
SHIFT = """
  window.shift = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({type: "layout-shift", buffered: true});
"""
NOT_DRAWN = "div.mermaid:not(.mermaid--dibujado)"


@pytest.fixture(scope="module")
def chapter(site: Site, browser: Browser) -> Iterator[Visit]:
    """One reader's chapter 04, gone through by the tests in their order."""
    with visiting(site, browser) as visit:
        visit.page.add_init_script(SHIFT)
        visit.open(CHAPTER)
        yield visit


def to(visit: Visit, anchor: str) -> None:
    expect(visit.page.locator(".avance__donde")).to_be_visible()  # the scripts are there
    visit.page.evaluate(
        "id => { document.getElementById(id).scrollIntoView(); scrollBy(0, 1); }", anchor
    )


HEIGHTS = "all => all.map(diagram => diagram.getBoundingClientRect().height)"


@pytest.mark.parametrize("width", [1440, 360])
def test_far_diagrams_have_their_room_before_they_are_drawn(
    chapter: Visit, browser: Browser, width: int
) -> None:
    size = {"width": width, "height": 800}
    chapter.page.set_viewport_size(size)
    diagrams = chapter.page.locator("div.mermaid[style]")
    kept = diagrams.evaluate_all(HEIGHTS)
    assert chapter.page.locator("div.mermaid--dibujado").count() < len(kept) / 2
    with visiting(chapter.site, browser) as other:
        other.page.set_viewport_size(size)
        other.page.add_init_script(SHIFT + EVERYTHING_NEAR)
        other.open(CHAPTER)
        expect(other.page.locator(NOT_DRAWN)).to_have_count(0)
        assert other.page.locator("div.mermaid[style]").evaluate_all(HEIGHTS) == pytest.approx(
            kept, abs=1
        )
        assert other.page.evaluate("window.shift") < 0.01
    chapter.page.set_viewport_size({"width": 1440, "height": 900})


def test_diagrams_were_measured(site: Site) -> None:
    """Most of them, so that a chapter that is being written needs no browser."""
    html = "".join(page.read_text() for page in site.folder.rglob("index.html"))
    measured = html.count('data-turned="')
    assert measured > html.count("data-diagram=") / 2, "run tests.site.measure_diagrams"


def test_scripts_move_nothing_when_they_come(visit: Visit) -> None:
    """So that the place that a browser restores, before them, is the place after them."""
    visit.page.route("**/*.js", lambda route: route.abort())
    visit.page.goto(visit.site.url + CHAPTER)
    before = visit.page.evaluate(TOP, "limpieza")
    visit.page.unroute("**/*.js")
    visit.page.add_init_script(EVERYTHING_NEAR)
    visit.open(CHAPTER)
    expect(visit.page.locator(NOT_DRAWN)).to_have_count(0)
    assert visit.page.evaluate(TOP, "limpieza") == pytest.approx(before, abs=10)


def test_the_strip_says_the_part_and_the_minutes_left(chapter: Visit) -> None:
    where = chapter.page.locator(".avance__donde")
    rows = chapter.page.locator("article table").first.locator("tbody td:last-child")
    minutes = [int(cell) for cell in rows.all_inner_texts()]
    assert len(minutes) == 9
    to(chapter, "daemonset")
    expect(where).to_have_text(f"Parte 2 de 9 · DaemonSet · faltan {sum(minutes[1:])} min")
    to(chapter, IN_DAEMONSET)
    expect(where).to_contain_text("Parte 2 de 9")
    chapter.page.get_by_label("Parte hecha").check()
    expect(where).to_contain_text(f"faltan {sum(minutes[2:])} min")
    to(chapter, "cuál-elegimos")
    expect(where).to_have_text(f"Parte 9 de 9 · Ingress · faltan {minutes[-1]} min")


def test_the_strip_covers_whole_lines_and_no_contents(chapter: Visit) -> None:
    boxes = [
        chapter.page.locator(selector).bounding_box()
        for selector in (".avance", ".md-content__inner", ".md-sidebar--secondary")
    ]
    assert boxes[0] and boxes[1] and boxes[2]
    strip, content, contents = boxes
    assert strip["x"] <= content["x"]
    assert content["x"] + content["width"] <= strip["x"] + strip["width"] <= contents["x"] + 1
    top = chapter.page.locator(".md-top").evaluate("e => innerHeight - e.offsetHeight - 20")
    end = chapter.page.locator(".md-sidebar--secondary .md-sidebar__scrollwrap").evaluate(
        "e => e.getBoundingClientRect().bottom"
    )
    assert end <= top, "the way back up stands under the contents"


def test_contents_are_one_tap_away_on_a_phone(chapter: Visit) -> None:
    chapter.page.set_viewport_size({"width": 360, "height": 740})
    to(chapter, "replicaset")
    strip = chapter.page.get_by_role("complementary", name="Por dónde vamos")
    where = strip.get_by_role("button")
    expect(where).to_contain_text("Parte 4 de 9")
    where.click()
    expect(where).to_have_attribute("aria-expanded", "true")
    expect(strip.get_by_label("Ya hicimos «DaemonSet»")).to_be_checked()
    expect(strip.get_by_role("link", name="Más réplicas")).to_be_visible()
    chapter.page.keyboard.press("Escape")
    expect(where).to_have_attribute("aria-expanded", "false")
    expect(where).to_be_focused()
    where.click()
    strip.get_by_role("link", name="Recursos").click()
    expect(chapter.page.locator("h2#recursos")).to_be_in_viewport()
    expect(strip.get_by_role("list")).to_have_count(0)
    chapter.page.set_viewport_size({"width": 1440, "height": 900})


def test_reload_and_back_lead_to_the_same_line(chapter: Visit) -> None:
    chapter.open(CHAPTER)
    to(chapter, FAR)
    chapter.page.wait_for_function(KEPT)
    before = chapter.page.evaluate(TOP, FAR)
    chapter.page.reload()
    chapter.page.wait_for_function(SAME_LINE, arg=[FAR, before])
    link = chapter.page.locator('article a[href*="glosario/#"]').first
    link.evaluate("link => link.click()")
    chapter.page.wait_for_url("**/glosario/#*")
    expect(chapter.page.locator("h1")).to_have_text(re.compile("^Glosario"))
    chapter.page.go_back()
    expect(chapter.page.locator("h1")).to_have_text(re.compile("^04 - Preparando"))
    chapter.page.wait_for_function(SAME_LINE, arg=[FAR, before])


# As Chromium, which at times takes another element for the one that was on top.
ASTRAY = """addEventListener("load", () => scrollTo({top: 5000, behavior: "instant"}))"""


def test_a_browser_that_goes_astray_is_led_to_the_line(visit: Visit) -> None:
    visit.page.add_init_script(ASTRAY)
    visit.page.goto(visit.site.url + CHAPTER, wait_until="load")
    to(visit, FAR)
    visit.page.wait_for_function(KEPT)
    before = visit.page.evaluate(TOP, FAR)
    visit.page.reload(wait_until="load")
    visit.page.wait_for_function(SAME_LINE, arg=[FAR, before])
    assert visit.complaints == []


def test_who_reads_on_before_all_has_come_is_left_there(visit: Visit) -> None:
    visit.open(CHAPTER)
    to(visit, FAR)
    visit.page.wait_for_function(KEPT)
    far = visit.page.evaluate("scrollY")
    answer = visit.hold(r"/verificacion\.js$")
    visit.page.reload(wait_until="commit")
    visit.page.wait_for_function("scrollY > 10_000")
    visit.page.mouse.move(700, 400)
    visit.page.mouse.wheel(0, -9000)
    visit.page.wait_for_function(AT_REST, arg=far - 8000, polling=100)
    read = visit.page.evaluate("scrollY")
    answer()
    visit.page.wait_for_load_state("load")
    assert visit.page.evaluate("scrollY") == pytest.approx(read, abs=100)


def test_tomorrow_the_chapter_and_the_home_page_offer_the_place(chapter: Visit) -> None:
    chapter.open(CHAPTER)
    to(chapter, "volver-atrás")
    expect(chapter.page.locator(".avance__donde")).to_contain_text("Parte 5 de 9")
    chapter.open()
    offer = chapter.page.get_by_role("link", name=re.compile("Seguir donde quedaron"))
    expect(offer).to_contain_text("Volver atrás")
    chapter.open(CHAPTER)
    offer.click()
    expect(chapter.page.locator("h3#volver-atrás")).to_be_in_viewport()
    expect(offer).to_have_count(0)
    assert chapter.complaints == []


def test_a_chapter_without_a_table_of_minutes_shares_them_by_its_length(chapter: Visit) -> None:
    chapter.open("03-kubernetes/")
    where = chapter.page.locator(".avance__donde")
    expect(where).to_have_text(re.compile(r"Parte 1 de \d · .* · faltan 6\d min"))


@pytest.mark.parametrize("page", ["glosario/", "imprimir/"])
def test_a_page_that_is_no_chapter_has_no_strip(chapter: Visit, page: str) -> None:
    chapter.page.goto(chapter.site.url + page)
    expect(chapter.page.locator(".avance")).to_be_hidden()


def test_keys_that_print_wait_for_the_diagrams(visit: Visit) -> None:
    visit.page.add_init_script("window.print = () => { window.printed = true; };")
    visit.open(CHAPTER)
    assert visit.page.locator(NOT_DRAWN).count() > 0
    visit.page.keyboard.press("Control+p")
    visit.page.wait_for_function("window.printed")
    expect(visit.page.locator(NOT_DRAWN)).to_have_count(0)


def test_what_is_not_drawn_in_time_is_printed_in_words(visit: Visit) -> None:
    visit.page.route(re.compile(r"/mermaid\.esm\.min\.mjs$"), lambda route: None)
    visit.page.goto(visit.site.url + CHAPTER, wait_until="load")
    visit.page.emulate_media(media="print")
    words = visit.page.locator(".mermaid:not(.mermaid--dibujado) + .mermaid-palabras").last
    assert words.evaluate("p => p.getBoundingClientRect().height") > 10
