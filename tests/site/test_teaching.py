"""Projector and teachers' page: a class is given with what the chapters say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page
from playwright.sync_api import expect

from mkdocs_hooks import teachers

from .conftest import Site, Visit

CHAPTER = "04-hola-mundo-real/"


def chapter(note: str) -> Page:
    """A page that begins with that note."""
    html = f'<h1>A</h1><div class="admonition abstract"><div>{note}</div></div><h2 id="b">B</h2>'
    page = SimpleNamespace(
        content=html, title="A", file=SimpleNamespace(src_uri="a.md"), toc=SimpleNamespace(items=[])
    )
    return cast(Page, page)


AGENDA = """<table><tr><td><a href="#b">B</a>, y <a href="#c">C</a></td>
<td>20</td></tr><tr><td><a href="#d">D</a></td><td>15</td></tr></table>"""
TIME = "<p><strong>Tiempo:</strong> unos 70 minutos, 25 de lectura.</p>"


@pytest.mark.parametrize(
    ("note", "anchor", "minutes"),
    [(TIME, "", 70), (AGENDA, "", 35), (AGENDA, "d", 15), (AGENDA, "c", 0), ("", "", 0)],
)
def test_minutes_are_those_that_the_chapter_says(note: str, anchor: str, minutes: int) -> None:
    assert teachers.minutes_of(chapter(note).content or "", anchor) == minutes


def test_a_plan_adds_up_its_steps() -> None:
    pages: Mapping[str, Page] = {"a.md": chapter(AGENDA)}
    told = list(teachers.plan("Una clase", ["a.md", {"Pausa": 30}, "a.md#d"], pages))
    assert told[1:] == [
        "| 0:00 | [A](a.md) | 35 |",
        "| 0:35 | Pausa | 30 |",
        "| 1:05 | [A](a.md#d) | 15 |",
        "| 1:20 | **Fin** | **80** |",
    ]


@pytest.mark.parametrize("step", ["a.md#no", "otra.md", "Pausa"])
def test_a_step_of_no_length_is_refused(step: Any) -> None:
    with pytest.raises(PluginError, match=re.escape(f"«{step}»")):
        list(teachers.plan("Una clase", [step], {"a.md": chapter(AGENDA)}))


def test_every_chapter_is_there_with_all_its_tasks_and_answers(site: Site) -> None:
    html = (site.folder / "docentes" / "index.html").read_text()
    chapters = [
        path.parent.name
        for path in site.folder.glob("*/index.html")
        if path.parent.name != "imprimir" and 'class="admonition abstract"' in path.read_text()
    ]
    assert len(chapters) >= 4
    for name in chapters:
        assert f'href="../{name}/?proyector"' in html
        told = 0
        for path in sorted((site.folder / name).rglob("index.html")):
            address = path.parent.relative_to(site.folder).as_posix()
            page = path.read_text().split("<article", 1)[1]
            parts = re.findall(r'<h[2-6] id="([^"]*)"(.*?)(?=<h[2-6] id=|$)', page, re.DOTALL)
            for anchor in [a for a, part in parts if '<details class="success"' in part]:
                task = f'<a href="../{address}/#{anchor}">El enunciado</a>'
                assert task in html
                answer = html.split(task, 1)[1].split("</details>", 1)[0]
                assert "<code" in answer, anchor
                told += 1
        assert told, name
    assert re.search(r"<strong>(?:15|16|17|18)\d</strong>", html), "the class of three hours"


@pytest.mark.browser
def test_a_chapter_is_projected_section_by_section(visit: Visit) -> None:
    visit.open(CHAPTER)
    page = visit.page
    usual = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    page.wait_for_function(  # what is drawn on the way moves the page
        """() => {
          const heading = document.getElementById("daemonset");
          heading.scrollIntoView({ behavior: "instant" });
          return scrollY > 0 && Math.abs(heading.getBoundingClientRect().top) < innerHeight / 3;
        }"""
    )
    page.keyboard.press("d")
    expect(page.locator("h2#daemonset")).to_be_visible()
    for hidden in ("h1", "#statefulset", ".md-header", ".avance", "article .verificado"):
        expect(page.locator(hidden).first).to_be_hidden()
    big = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert big > 1.4 * usual
    page.keyboard.press("ArrowRight")
    expect(page.locator("h3#un-pod-en-cada-nodo")).to_be_visible()
    expect(page.locator("h2#daemonset")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h2#daemonset")).to_be_visible()
    page.keyboard.press(" ")  # first, what is below the screen
    assert page.evaluate("scrollY") > 0
    expect(page.locator("h2#daemonset")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("h2#enlaces-sugeridos")).to_be_visible()
    page.get_by_role("button", name="Sección anterior").click()
    expect(page.locator("h2#limpieza")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".md-header")).to_be_visible()
    edges = [page.locator(edge).bounding_box() for edge in (".md-header", "h2#limpieza")]
    assert edges[0] and edges[1] and edges[0]["height"] <= edges[1]["y"], "the header covers it"
    expect(page.locator("h2#limpieza")).to_be_in_viewport()
    expect(page.locator("h1")).to_be_visible()
    assert visit.complaints == []


@pytest.mark.browser
def test_the_home_page_is_projected_too(visit: Visit) -> None:
    visit.open()
    visit.page.keyboard.press("d")
    expect(visit.page.locator("h1")).to_be_visible()
    expect(visit.page.locator("h2#el-recorrido")).to_be_hidden()
    visit.page.keyboard.press("ArrowRight")
    expect(visit.page.locator("h2#el-recorrido")).to_be_visible()
    expect(visit.page.locator("h1")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("way", ["here", "anew"])  # by instant navigation, and as from a folder
def test_who_projects_a_plan_goes_on_projecting_in_its_chapters(visit: Visit, way: str) -> None:
    visit.open("docentes/")
    visit.page.keyboard.press("d")
    expect(visit.page.locator("html.proyector")).to_be_attached()
    step = f'td a[href*="{CHAPTER}#daemonset"]'
    if way == "here":
        visit.page.locator(step).first.evaluate("link => link.click()")
    else:
        visit.page.goto(f"{visit.site.url}{CHAPTER}#daemonset")
    expect(visit.page.locator("h2#daemonset")).to_be_visible()
    expect(visit.page.locator("html.proyector")).to_be_attached()
    expect(visit.page.locator("h1")).to_be_hidden()
    visit.page.reload()
    expect(visit.page.locator("html.proyector")).to_be_attached()


@pytest.mark.browser
def test_a_chapter_opens_projected_from_the_page_for_teachers(visit: Visit) -> None:
    visit.open("docentes/")
    visit.page.locator(f'a[href*="{CHAPTER}?proyector"]').click()
    expect(visit.page.locator("html.proyector")).to_be_attached()
    expect(visit.page.locator("h1")).to_have_text(re.compile("^04"))
    expect(visit.page.locator("h2").first).to_be_hidden()
    visit.page.keyboard.press("Escape")
    visit.page.reload()
    expect(visit.page.locator(".md-header")).to_be_visible()
    assert visit.page.locator("html.proyector").count() == 0, "who has left it is out of it"
