"""The site without a mouse, and without movement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Site, Visit, finish_changes, visiting

pytestmark = pytest.mark.browser

CHAPTER = "04-hola-mundo-real/"
FOCUSED = """() => {
  const at = document.activeElement;
  // A choice of palette is seen by its label.
  const box = (at.matches(".md-option") ? at.nextElementSibling : at).getBoundingClientRect();
  return {
    name: at.getAttribute("aria-label") ?? at.title ?? "",
    text: at.textContent.trim(),
    inside: box.right > 0 && box.left < innerWidth && box.width > 0,
    shown: getComputedStyle(at).visibility === "visible",
  };
}"""


@pytest.fixture
def phone(site: Site, browser: Browser) -> Iterator[Visit]:
    with visiting(site, browser) as visit:
        visit.page.set_viewport_size({"width": 360, "height": 740})
        yield visit


def tab_to(page: Page, name: str, most: int = 20) -> list[dict[str, Any]]:
    """Press Tab until what has that name or text is focused; what was focused on the way."""
    way: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        way.append(page.evaluate(FOCUSED))
        if name in (way[-1]["name"], way[-1]["text"]):
            return way
    pytest.fail(f"Tab never came to {name!r}: {[at['name'] or at['text'] for at in way]}")


def test_the_first_key_leads_to_the_content(visit: Visit) -> None:
    visit.open(CHAPTER)
    visit.page.keyboard.press("Tab")
    first = visit.page.evaluate(FOCUSED)
    assert first["text"] == "Saltar al contenido"
    # Material brings the page anew when its address first changes, and drops the focus.
    visit.page.evaluate("window.pages = 0; document$.subscribe(() => { window.pages += 1; })")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_function("window.pages === 2")  # this one, and itself again
    expect(visit.page.locator("h1")).to_be_focused()
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.closest('.md-content') !== null")


def test_the_menu_of_a_phone_opens_and_closes(phone: Visit) -> None:
    page = phone.page
    phone.open(CHAPTER)
    way = tab_to(page, "Menú")
    assert all(at["inside"] and at["shown"] for at in way), "the focus went out of sight"
    page.keyboard.press("Enter")
    expect(page.locator(".md-sidebar--primary")).to_be_in_viewport()
    assert page.evaluate("document.activeElement.closest('.md-sidebar--primary') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(".md-sidebar--primary")).not_to_be_in_viewport()
    assert page.evaluate(FOCUSED)["name"] == "Menú"
    way = tab_to(page, "Buscar")
    page.keyboard.press("Enter")
    expect(page.get_by_placeholder("Búsqueda")).to_be_focused()


SHEET = """() => {
  const at = document.activeElement.getBoundingClientRect();
  const drawer = document.querySelector(".md-sidebar--primary").getBoundingClientRect();
  const hit = document.elementFromPoint(drawer.left + 40, at.top + 10);
  return {
    within: at.width > 0 && at.left >= drawer.left && at.right <= drawer.right,
    scrolled: document.querySelector(".md-sidebar--primary .md-sidebar__scrollwrap").scrollLeft,
    ours: document.activeElement.closest(".md-sidebar--primary") !== null,
    onTop: document.activeElement.closest("li").contains(hit),
  };
}"""


IN_SIGHT = {"within": True, "scrolled": 0, "ours": True, "onTop": True}


def open_menu(page: Page) -> None:
    page.get_by_role("button", name="Menú").press("Enter")
    finish_changes(page)
    assert page.evaluate(SHEET) == IN_SIGHT


def test_the_keyboard_goes_through_the_menu_of_a_phone(phone: Visit) -> None:
    phone.open(CHAPTER)
    open_menu(phone.page)
    way = [phone.page.evaluate(FOCUSED)["text"]]
    while way[-1] != "Cómo está hecho":
        phone.page.keyboard.press("Tab")
        way.append(phone.page.evaluate(FOCUSED)["text"])
        assert phone.page.evaluate(SHEET) == IN_SIGHT, way
    at = way.index("")
    assert way[at - 1 : at + 2] == ["03 Kubernetes", "", "04 Para seguir"], "the chapter's sections"


def test_the_keyboard_stays_in_the_menu_of_a_phone(phone: Visit) -> None:
    """Round it, the logo at its top included, and back."""
    page = phone.page
    phone.open(CHAPTER)
    open_menu(page)
    in_menu = "document.activeElement.closest('.md-sidebar--primary') !== null"
    way = [page.evaluate(FOCUSED)]
    while len(way) == 1 or way[-1] != way[0]:
        page.keyboard.press("Tab")
        way.append(page.evaluate(FOCUSED))
        assert page.evaluate(in_menu), way
    assert [at["text"] for at in way[-3:]] == ["Cómo está hecho", "", way[0]["text"]]
    assert all(at["inside"] and at["shown"] for at in way)
    for at in reversed(way[:-1]):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(FOCUSED) == at


def test_the_sections_of_a_page_are_in_the_menu_of_a_phone(phone: Visit) -> None:
    page = phone.page
    phone.open(CHAPTER)
    open_menu(page)
    while page.evaluate(FOCUSED)["text"]:
        page.keyboard.press("Tab")
    opener = page.locator(".md-sidebar--primary").get_by_role("checkbox")
    expect(opener).to_be_focused()
    expect(opener).to_have_accessible_name(re.compile("^04 Preparando.* En esta página"))
    ringed = page.locator(".md-sidebar--primary label[for=__toc]")
    expect(ringed.first).not_to_have_css("outline-style", "none")
    sections = page.locator(".md-sidebar--primary .md-nav--secondary")
    expect(sections).not_to_be_visible()
    page.keyboard.press("Enter")
    expect(ringed.last).not_to_have_css("outline-style", "none")
    page.keyboard.press("Space")
    expect(sections).not_to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    open_menu(page)  # as it was left
    assert page.evaluate(FOCUSED)["text"] == "Punto de partida"
    page.keyboard.press("Tab")
    assert page.evaluate(SHEET) == IN_SIGHT
    page.keyboard.press("Enter")
    page.wait_for_url("**/#self-healing")
    expect(page.locator("#self-healing")).to_be_in_viewport()
    expect(page.locator(".md-sidebar--primary")).not_to_be_in_viewport()


@pytest.mark.parametrize("width", [360, 1100])
def test_without_scripts_there_is_a_menu_and_no_search(
    site: Site, browser: Browser, width: int
) -> None:
    size = {"width": width, "height": 740}
    page = browser.new_page(java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    page.goto(site.url + CHAPTER)
    expect(page.get_by_role("button", name="Menú")).not_to_be_visible()
    search = "[data-boton=__search], label[for=__search], [data-md-component=search] *"
    expect(page.locator(search).filter(visible=True)).to_have_count(0)
    page.locator("label.md-header__button[for=__drawer]").click()
    page.locator(".md-sidebar--primary").get_by_role("link", name="Glosario").click()
    page.wait_for_url("**/glosario/")
    page.close()


def test_with_scripts_each_is_there_once(phone: Visit) -> None:
    phone.open()
    for toggle in ("__drawer", "__search"):
        expect(phone.page.locator(f"label.md-header__button[for={toggle}]")).not_to_be_visible()
        expect(phone.page.locator(f"[data-boton={toggle}]")).to_be_visible()


def test_on_a_phone_the_focus_stays_in_sight(phone: Visit) -> None:
    phone.open(CHAPTER)
    way = tab_to(phone.page, "capítulo anterior", most=40)
    assert [at for at in way if not (at["inside"] and at["shown"])] == []


def test_the_menu_of_a_phone_also_opens_with_a_finger(phone: Visit) -> None:
    phone.open()
    phone.page.get_by_role("button", name="Menú").click()
    link = phone.page.locator(".md-sidebar--primary").get_by_role("link", name="Glosario")
    link.click()
    phone.page.wait_for_url("**/glosario/")
    assert phone.complaints == []


def test_the_palette_changes_with_a_key(visit: Visit) -> None:
    page = visit.page
    page.emulate_media(color_scheme="light")
    visit.open()
    tab_to(page, "Usar el tema claro")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_tabs_and_copy_buttons_are_within_reach(visit: Visit) -> None:
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open()
    page.locator(".tabbed-set > input").first.focus()
    page.keyboard.press("ArrowRight")
    tabs = page.locator(".tabbed-labels").first.locator("label")
    expect(tabs.nth(1)).not_to_have_css("outline-style", "none")
    expect(tabs.nth(0)).to_have_css("outline-style", "none")
    brew = page.locator(".highlight", has_text="brew install kind kubectl")
    brew.scroll_into_view_if_needed()
    # A block has its button once it is near; without it, the key would go on to the next block's.
    expect(brew.get_by_role("button", name="Copiar al portapapeles")).to_be_visible()
    page.get_by_role("link", name="Homebrew").focus()
    tab_to(page, "Copiar al portapapeles")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copiado al portapapeles")).to_be_visible()
    assert "brew install" in page.evaluate("navigator.clipboard.readText()")


def test_nothing_moves_for_who_asks_so(visit: Visit) -> None:
    visit.page.emulate_media(reduced_motion="reduce")
    visit.open(CHAPTER)
    slow = visit.page.evaluate(
        """() => [...document.querySelectorAll("*")].flatMap(element =>
          [null, "::before", "::after"].map(part => getComputedStyle(element, part))
          .filter(style => [style.transitionDuration, style.animationDuration].some(
            times => times.split(",").some(time => parseFloat(time) > 0.001)))
          .map(() => element.outerHTML.slice(0, 80)))"""
    )
    assert slow == []
    assert visit.page.evaluate(
        "[...document.querySelectorAll('*')]"
        ".every(element => getComputedStyle(element).scrollBehavior === 'auto')"
    )


@pytest.mark.parametrize(("asked", "at_once"), [("reduce", True), ("no-preference", False)])
def test_scripts_do_not_slide_either(visit: Visit, asked: Any, at_once: bool) -> None:
    visit.page.emulate_media(reduced_motion=asked)
    visit.open("glosario/")
    for name, end in (("scrollTo", 700), ("scrollBy", 1400)):
        there = visit.page.evaluate(
            "name => {"
            "  const root = document.documentElement;"
            "  root[name]({top: 700, behavior: 'smooth'});"
            "  return root.scrollTop;"  # what slides has not moved yet
            "}",
            name,
        )
        assert (there == end) is at_once, name
        visit.page.wait_for_function("end => document.documentElement.scrollTop === end", arg=end)
