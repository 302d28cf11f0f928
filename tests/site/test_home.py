"""The home page: what for, which way with how long it takes, and how to begin, in one screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from playwright.sync_api import expect

from lab import official
from mkdocs_hooks import commands, durations, rendered, showcase, verified

from .conftest import ROOT, Site, Visit

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


def test_every_chapter_s_title_begins_with_its_number() -> None:
    chapters = sorted((ROOT / "docs").glob("0[1-9]-*.md"))
    assert len(chapters) >= 7
    for path in chapters:
        assert path.read_text().startswith(f"# {path.name[:2]} - "), path.name


def test_readers_install_what_the_lab_uses() -> None:
    home = HOME.read_text()
    assert re.findall(r"dl\.k8s\.io/release/(v[\d.]+)/", home) == [official.KUBERNETES_VERSION]
    (kind,) = re.findall(r"dl/v(\d+)\.(\d+)\.\d+/kind", home)
    assert tuple(map(int, kind)) >= official._OLDEST_KIND


SCREENS = {"desktop": (1440, 900), "phone": (360, 740)}


@pytest.mark.browser
@pytest.mark.parametrize("screen", SCREENS)
def test_first_screen_shows_what_it_is_a_true_transcript_and_where_to_begin(
    visit: Visit, screen: str
) -> None:
    page = visit.page
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    visit.open()
    told = [
        page.locator("h1"),
        page.get_by_role("link", name="Empecemos"),
        page.locator(".muestra code"),
        page.locator(".muestra .verificado"),
        page.locator(".muestra figcaption"),
    ]
    if screen == "desktop":
        told += [page.locator(".duracion").last, page.get_by_role("heading", name="Cómo empezar")]
    for part in told:
        box = part.bounding_box()
        assert box is not None, part
        assert box["y"] + box["height"] <= height, part
    code = page.locator(".muestra code")
    assert code.evaluate("code => code.scrollWidth <= code.clientWidth"), "it is seen whole"
    rows = code.locator(".go:not(.mensaje)").evaluate_all(
        "lines => lines.map(line => [...line.getClientRects()].map(box => box.top))"
    )
    assert rows and all(len(set(tops)) == 1 for tops in rows), "a table's lines are not broken"
    expect(page.locator(".muestra .verificado__detalle")).to_have_css("opacity", "1")
    expect(page.locator(".muestra .verificado time")).to_have_text("24/11/2026")
    assert "minutos" in page.locator(".duracion").first.inner_text()
    assert page.locator("article .md-button").count() == 1, "one way to begin"
    assert visit.complaints == []


def test_transcript_is_the_chapter_s_own_block(site: Site) -> None:
    home = (site.folder / "index.html").read_text()
    (shown,) = rendered.blocks_of(home.split("<figure", 1)[1].split("</figure>", 1)[0])
    chapter = (site.folder / "04-hola-mundo-real" / "index.html").read_text()
    blocks = rendered.blocks_of(chapter)
    own = [
        b
        for b, over in zip(blocks, rendered.anchors_of(chapter, blocks), strict=True)
        if over == "matamos-uno-matamos-varios"
    ]
    assert shown.content == own[1].content
    place = re.search(r'href="verificacion/#(04-hola-mundo-real-\d+)"', home)
    assert place, "its mark leads to it"
    assert f'id="{place[1]}"' in (site.folder / "verificacion" / "index.html").read_text()


@pytest.mark.parametrize("room", ["ya-no.md#a/1", "a.md#b/1", "a.md#t/2", "a.md#t/0"])
def test_build_fails_when_the_block_to_show_is_not_there(tmp_path: Path, room: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# T\n\n```bash\nls\n```\n")
    (tmp_path / "docs" / "index.md").write_text(f'# Inicio\n\n<div data-muestra="{room}"></div>\n')
    (tmp_path / "mkdocs.yml").write_text(
        f"site_name: P\nhooks: [{showcase.__file__}]\n"
        "markdown_extensions: [pymdownx.superfences, {pymdownx.highlight: "
        "{pygments_lang_class: true}}]\n"
    )
    config = load_config(str(tmp_path / "mkdocs.yml"))
    with pytest.raises(Abort):
        build(config)


@pytest.mark.browser
def test_it_leads_to_every_page_and_first_to_the_first_chapter(visit: Visit) -> None:
    visit.open()
    links = "links => links.map(link => link.href.split('#')[0])"
    menu = visit.page.locator(".md-nav--primary .md-nav__link[href]").evaluate_all(links)
    below = {link for link in menu if re.search(r"/\d\d-[^/]+/[^/]+/$", link)}
    linked = visit.page.locator("article a").evaluate_all(links)
    assert set(menu) - below <= {visit.site.url, *linked}
    expect(visit.page.locator(".md-footer__link--next")).to_contain_text("01 Contenedores")
    expect(visit.page.get_by_role("link", name="¡avisen!")).to_have_attribute(
        "href", re.compile(r"^https://github\.com/[^/]+/[^/]+/issues$")
    )
    assert below
    for chapter in {page.rstrip("/").rpartition("/")[0] for page in below}:
        visit.page.goto(f"{chapter}/")
        own = {page for page in below if page.startswith(f"{chapter}/")}
        assert own <= set(visit.page.locator("article a").evaluate_all(links))


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
