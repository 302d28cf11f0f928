"""The pages about files: each file of ``extras/`` whole, its download, and who uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import expect

from mkdocs_hooks import file_pages
from mkdocs_hooks.extras import published

from .conftest import ROOT, Site, Visit

SETTINGS = f"""
site_name: Prueba
nav: [index.md, otra.md, archivos/index.md]
hooks: [{ROOT}/scripts/mkdocs_hooks/extras.py, {ROOT}/scripts/mkdocs_hooks/file_pages.py]
markdown_extensions: [attr_list, pymdownx.superfences, pymdownx.highlight]
validation: {{links: {{not_found: warn, anchors: warn}}}}
"""
PAGE = """# Uno

## Los pods

```yaml title="extras/04/deploy-01/pod.yaml"
kind: Pod
```

## Todo junto

Aplicamos `kubectl apply -f extras/04/deploy-01` y listo. Y [el script](../extras/04/guion).
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A built site of two pages and six files."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(PAGE)
    (tmp_path / "docs" / "otra.md").write_text("# Dos\n\nNada de extras/04/deploy-011.\n")
    folder = tmp_path / "extras" / "04" / "deploy-01"
    folder.mkdir(parents=True)
    (folder / "pod.yaml").write_text("kind: Pod\n")
    (folder / "svc.yaml").write_text("kind: Service  # ```` cuatro\n")
    (folder.parent / "guion").write_text("#!/bin/sh\necho hola\n")
    (folder.parent / "solo.yaml").write_text("kind: Solo\n")
    (folder.parent / "dibujo.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "mkdocs.yml").write_text(SETTINGS)
    return built(tmp_path)


def built(project: Path) -> Path:
    config = load_config(str(project / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return project / "site"


def section(html: str, anchor: str) -> str:
    """What a page says from one file's heading to the next."""
    return re.split(r'<h2 id="', html.split(f'<h2 id="{anchor}"', 1)[1])[0]


def test_a_file_is_shown_whole_and_can_be_downloaded(small: Path) -> None:
    told = section((small / "archivos" / "04" / "index.html").read_text(), "deploy-01-svc-yaml")
    assert "```` cuatro" in told
    assert 'href="../../extras/04/deploy-01/svc.yaml"' in told
    assert 'download="svc.yaml"' in told


def test_who_uses_a_file_is_told_by_section(small: Path) -> None:
    html = (small / "archivos" / "04" / "index.html").read_text()
    pod, svc = section(html, "deploy-01-pod-yaml"), section(html, "deploy-01-svc-yaml")
    assert 'href="../../#los-pods"' in pod, "its own block"
    assert 'href="../../#todo-junto"' in pod, "the folder in a command"
    assert 'href="../../#los-pods"' not in svc
    assert 'href="../../#todo-junto"' in svc
    assert 'href="../../#todo-junto"' in section(html, "guion"), "a link"
    assert "Todavía no lo usa ningún capítulo." in section(html, "solo-yaml")
    assert "otra/" not in html.split("<h2", 1)[1], "deploy-011 is another folder"


def test_what_is_no_text_is_not_shown(small: Path) -> None:
    told = section((small / "archivos" / "04" / "index.html").read_text(), "dibujo-png")
    assert "No es un archivo de texto." in told
    assert (small / "extras" / "04" / "dibujo.png").read_bytes() == b"\x89PNG\xff"


def test_the_title_of_a_block_leads_to_its_file(small: Path) -> None:
    html = (small / "index.html").read_text()
    link = '<a href="archivos/04/#deploy-01-pod-yaml">extras/04/deploy-01/pod.yaml</a>'
    assert f'<span class="filename">{link}</span>' in html


def test_a_path_is_not_taken_for_a_longer_one() -> None:
    html = "<h2 id=a>no</h2>" + '<h2 id="b">b</h2><p>ver <span>extras/04/</span>x.yaml.</p>'
    assert list(file_pages.mentions(html)) == [("04/x.yaml", "b")]


def test_every_file_has_its_place(site: Site) -> None:
    for path in published(ROOT / "extras"):
        name = path.relative_to(ROOT / "extras").as_posix()
        page = site.folder / "archivos" / name.split("/")[0] / "index.html"
        anchor = file_pages.anchor_of(name)
        assert page.read_text().count(f'id="{anchor}"') == 1, name


def test_the_zip_of_the_site_is_linked_where_there_is_one(small: Path, site: Site) -> None:
    assert ".zip" not in (small / "archivos" / "index.html").read_text()
    assert ".zip" not in (site.folder / "archivos" / "index.html").read_text()
    (small.parent / file_pages.ZIP).write_bytes(b"todo")
    built(small.parent)
    assert f'href="../{file_pages.ZIP}"' in (small / "archivos" / "index.html").read_text()
    assert (small / file_pages.ZIP).read_bytes() == b"todo"


def test_a_folder_is_called_by_its_chapter_or_by_what_it_holds(site: Site) -> None:
    html = (site.folder / "archivos" / "index.html").read_text()
    names = re.findall(r'<h2 id="[^"]*">([^<]*)', html)
    assert len(names) == len(set(names))
    for name in names:
        number = re.search(r"capítulo (\d+)", name)
        assert number is None or list((ROOT / "docs").glob(f"{number[1]}-*.md")), name
    assert {"Archivos del capítulo 04", "Archivos del capítulo 06"} <= set(names)


def test_folder_tells_what_it_is_for_by_the_section_that_uses_it_first(small: Path) -> None:
    html = (small / "archivos" / "index.html").read_text()
    (told,) = re.findall(r"<li><code>deploy-01/</code>(.*?)</li>", html, re.DOTALL)
    assert re.sub(r"<[^>]*>", "", told) == ", para Los pods: pod.yaml, svc.yaml"
    assert 'href="../#los-pods"' in told
    assert "guion" in html and "<code>/</code>" not in html, "files beside folders have none"


def test_they_are_no_search_results(site: Site) -> None:
    index = (site.folder / "search" / "search_index.json").read_text()
    assert '"location":"04-hola-mundo-real/' in index
    assert '"location":"archivos/' not in index


@pytest.mark.browser
def test_from_a_block_to_its_file_and_back(visit: Visit) -> None:
    visit.open("04-hola-mundo-real/")
    link = visit.page.locator("article .filename a").first
    link.click()
    visit.page.wait_for_url("**/archivos/04-hola-mundo-real/#deploy-01-daemonset-mi-app-yaml")
    heading = visit.page.locator("#deploy-01-daemonset-mi-app-yaml")
    expect(heading).to_be_in_viewport()
    with visit.page.expect_download() as download:
        heading.locator("xpath=following-sibling::p").get_by_role(
            "link", name="Bajarlo"
        ).first.click()
    assert download.value.suggested_filename == "daemonSet-mi-app.yaml"
    real = ROOT / "extras/04-hola-mundo-real/deploy-01/daemonSet-mi-app.yaml"
    assert Path(download.value.path()).read_bytes() == real.read_bytes()
    heading.locator("xpath=following-sibling::p[1]").get_by_role("link").first.click()
    visit.page.wait_for_url("**/04-hola-mundo-real/#*")
    anchor = visit.page.url.split("#")[1]
    expect(visit.page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    assert visit.complaints == []
