"""The home page: what for, which way with how long it takes, and how to begin, in one screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lab import official
from mkdocs_hooks import commands, durations, verified

from .conftest import ROOT, Visit

HOME = ROOT / "docs" / "index.md"
ROOM = '<span data-capitulo="{}"></span>'


def results(*blocks: tuple[int, float]) -> verified.PageResults:
    """The results of a page whose blocks had that many commands and took that long."""
    return verified.PageResults({}, [{"commands": n, "seconds": seconds} for n, seconds in blocks])


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\n    **Tiempo:** unos 50\n    minutos, 20 de lectura.\n")
    (folder / "b.md").write_text("# B\n")
    return folder


def said(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html)


def test_a_chapter_says_its_time_and_its_commands(docs: Path) -> None:
    known = {"docs/a.md": results((3, 100.0), (0, 0.0), (1, 112.0))}
    html = durations.told(f"<p>{ROOM.format('a.md')}</p>", docs, known)
    assert said(html) == "Unos 50 minutos. Sus comandos, medidos: unos 4 minutos."


def test_what_is_not_known_is_not_said(docs: Path) -> None:
    assert said(durations.told(ROOM.format("a.md"), docs, {})) == "Unos 50 minutos."
    known = {"docs/b.md": results((1, 3.0))}
    assert said(durations.told(ROOM.format("b.md"), docs, known)) == (
        "Sus comandos, medidos: unos 3 segundos."
    )
    assert said(durations.told(ROOM.format("b.md"), docs, {})) == ""
    assert said(durations.told(ROOM.format("ya-no.md"), docs, {})) == ""


def test_the_home_page_has_room_for_every_chapter() -> None:
    numbered = {path.name for path in (ROOT / "docs").glob("[0-9][0-9]-*.md")}
    assert f"]({commands.PAGE})" in HOME.read_text()
    chapters = sorted(numbered - {commands.PAGE})
    assert re.findall(r'data-capitulo="([^"]+)"', HOME.read_text()) == chapters
    assert chapters
    for name in chapters:
        assert f"]({name})" in HOME.read_text()
        assert durations._SAID.search((ROOT / "docs" / name).read_text()), f"{name}: ¿Tiempo?"


def test_readers_install_what_the_lab_uses() -> None:
    home = HOME.read_text()
    assert re.findall(r"dl\.k8s\.io/release/(v[\d.]+)/", home) == [official.KUBERNETES_VERSION]
    (kind,) = re.findall(r"dl/v(\d+)\.(\d+)\.\d+/kind", home)
    assert tuple(map(int, kind)) >= official._OLDEST_KIND


@pytest.mark.browser
def test_everything_is_told_in_one_screen(visit: Visit) -> None:
    page = visit.page
    visit.open()
    size = page.viewport_size
    assert size is not None
    told = [
        page.locator("h1"),
        page.get_by_text("van a poder"),
        page.locator(".portada__que li").last,
        page.get_by_role("link", name="Empecemos"),
        page.get_by_role("heading", name="El recorrido"),
        page.locator(".duracion").last,
        page.get_by_role("heading", name="Cómo empezar"),
        *page.locator(".tabbed-labels label").all(),
    ]
    for part in told:
        box = part.bounding_box()
        assert box is not None, part
        assert box["y"] + box["height"] <= size["height"], part
    assert "minutos" in page.locator(".duracion").first.inner_text()


@pytest.mark.browser
def test_it_leads_to_every_page_and_first_to_the_first_chapter(visit: Visit) -> None:
    visit.open()
    links = "links => links.map(link => link.href.split('#')[0])"
    menu = visit.page.locator(".md-nav--primary .md-nav__link[href]").evaluate_all(links)
    assert set(menu) <= {visit.site.url, *visit.page.locator("article a").evaluate_all(links)}
    expect(visit.page.locator(".md-footer__link--next")).to_contain_text("03 Kubernetes")
    expect(visit.page.get_by_role("link", name="¡avisen!")).to_have_attribute(
        "href", "https://github.com/fedek3/taller-de-kubernetes/issues"
    )


@pytest.mark.browser
def test_each_way_to_begin_is_a_tab(visit: Visit) -> None:
    visit.open()
    ways = {
        "Linux": "kind-linux-amd64",
        "macOS": "brew install",
        "Windows (WSL2)": "wsl --install",
        "Sin instalar nada": "Codespaces",
    }
    labels = visit.page.locator(".tabbed-labels label")
    assert labels.all_inner_texts() == list(ways)
    for name, words in ways.items():
        labels.filter(has_text=name).click()
        expect(visit.page.locator(".tabbed-block").filter(has_text=words)).to_be_visible()
