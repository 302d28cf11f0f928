"""The page that shows every block and what became of it, and what is published beside it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from playwright.sync_api import expect

from kubedoctest.page.document import Role
from kubedoctest.verdicts.outcome import Status
from mkdocs_hooks import badge, verification, verified

from .conftest import ROOT, Site, Visit, published
from .results_by_hand import inventoried, keep, result_of

PAGE = "verificacion/"
TEXT = """# Uno

```console
$ echo igual
igual
```

## Otra parte

```bash
docker ps
ls
```

<!-- verificar: mostrar motivo="lo escribe cada uno" -->
```bash
clave=***
```
"""


def article(site: Site, page: str = PAGE) -> str:
    html = (site.folder / page / "index.html").read_text()
    return html.split("<article", 1)[1].split("</article>", 1)[0]


def built(project: Path, folder: Path) -> Site:
    """A site of a page and of this one."""
    for name in ("assets", "verificacion.md"):
        if not (project / "docs" / name).exists():
            (project / "docs" / name).symlink_to(ROOT / "docs" / name)
    (project / ".taller").mkdir(exist_ok=True)
    if not (project / ".taller" / "mermaid").exists():
        (project / ".taller" / "mermaid").symlink_to(ROOT / ".taller" / "mermaid")
    nav = [{"Inicio": "index.md"}, {"Verificación": "verificacion.md"}]
    with published(folder, docs_dir=str(project / "docs"), nav=nav) as site:
        return site


def test_every_block_of_the_site_is_there_once_and_leads_to_it(site: Site) -> None:
    entries = re.findall(
        r'<li id="([^"]+)" data-estado="\w+"><span><a href="([^"#]*)#([^"]+)"', article(site)
    )
    known = json.loads((site.folder / PAGE / "resultados.json").read_text())
    shown = [block for block in known["blocks"] if block["role"] != Role.RENDERED.value]
    assert len(entries) == len({name for name, _, _ in entries}) == len(shown)
    for _, page, anchor in entries:
        target = (site.folder / PAGE / page / "index.html").resolve()
        assert f' id="{anchor}"' in target.read_text(), (page, anchor)


def test_what_is_as_it_was_when_it_was_run_is_verified(site: Site) -> None:
    """Whatever other hooks make of a block: a terminal's name, the numbers of its comments."""
    assert re.findall(r'<li id="([^"]+)" data-estado="duda"', article(site)) == []


def test_every_mark_leads_to_its_block(site: Site) -> None:
    ids = set(re.findall(r'<(?:li|h3) id="([^"]+)"', article(site)))
    for path in site.folder.rglob("index.html"):
        for place in re.findall(r'href="[^"]*verificacion/#([^"]+)"', path.read_text()):
            assert place in ids, (path, place)


def test_published_results_are_valid_by_the_published_schema(site: Site) -> None:
    schema = json.loads((site.folder / PAGE / "resultados.schema.json").read_text())
    found = json.loads((site.folder / PAGE / "resultados.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(found)


def test_block_tells_its_section_versions_moment_and_seconds(tmp_path: Path) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, TEXT), tmp_path))
    html = article(built(tmp_path, tmp_path / "site"))
    told = [re.sub(r"(<[^>]*>)+", "|", item) for item in re.findall(r"<li id=.*?</li>", html)]
    assert told == [
        "|echo igual|Uno|✓ Verificado · 24/11/2026 20:30 UTC · 1,5 s|",
        "|docker ps|Otra parte|✓ Verificado · Docker 29.1.3 · 24/11/2026 20:30 UTC · 1,5 s|",
        "|clave=***|Otra parte|○ Solo se muestra: lo escribe cada uno|",
    ]
    assert "Ninguna: " in html, "no failure"
    assert "<td>2 verificados, 1 que solo se muestra</td>" in html


def test_block_without_a_command_is_told_by_what_it_is_of(tmp_path: Path) -> None:
    text = """# Uno

```console title="Terminal 2"
$ kubectl get pods -w  # se queda mirando
```

```console title="Terminal 2"
mi-pod   Running
```

<!-- verificar: fragmento="extras/mi-pod.yaml" -->
```yaml
kind: Pod
```
"""
    (tmp_path / "extras").mkdir()
    (tmp_path / "extras" / "mi-pod.yaml").write_text("kind: Pod\nmetadata: {}\n")
    document = inventoried(tmp_path, text)
    keep(tmp_path, result_of(document, tmp_path))
    html = article(built(tmp_path, tmp_path / "site"))
    names = re.findall(r"<li id=[^>]*><span>(.*?)</span>", html)
    assert [re.sub("<[^>]*>", "", name) for name in names] == [
        "kubectl get pods -w",
        "mi-pod   Running, lo que sigue diciendo la Terminal 2",
        "extras/mi-pod.yaml, desde kind: Pod",
    ]


def test_failures_before_the_last_are_where_the_weekly_run_keeps_them(site: Site) -> None:
    (link,) = re.findall(r'href="(https://github\.com/[^"]*/issues\?[^"]*)"', article(site))
    asked = parse_qs(urlsplit(unescape(link)).query)["q"]
    opened = (ROOT / ".github" / "abrir-desvio.sh").read_text()
    (label,) = re.findall(r"^etiqueta=(.+)$", opened, re.MULTILINE)
    assert asked == [f"is:issue label:{label}"]


def test_last_failure_is_told_with_its_block(tmp_path: Path) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, TEXT), tmp_path, L10=Status.FALSE))
    html = article(built(tmp_path, tmp_path / "site"))
    failure = html.split("La última falla", 1)[1].split("<h2", 1)[0]
    assert "docker ps" in failure and "Docker 29.1.3" in failure
    assert 'href="../#bloque-2"' in failure
    assert "no coincide" in (tmp_path / "site" / PAGE / "insignias" / "index.svg").read_text()


def test_without_results_it_says_so_plainly_and_links_none(tmp_path: Path) -> None:
    inventoried(tmp_path, TEXT)
    site = built(tmp_path, tmp_path / "site")
    html = article(site)
    assert "Todavía no hay resultados" in html
    assert "resultados.json" not in html
    assert "todavía no" in (site.folder / PAGE / "insignia.svg").read_text()


def test_badges_say_versions_and_day_or_what_is_wrong(tmp_path: Path) -> None:
    document = inventoried(tmp_path, TEXT)
    keep(tmp_path, result_of(document, tmp_path))
    good = verified.of_project(tmp_path)
    assert badge.words_of_site(good) == "verificado: Kubernetes v1.37.2, 24/11/2026"
    assert "Docker 29.1.3" in badge.of_page(good["docs/index.md"])
    assert badge.words_of_site({}) == "verificado: todavía no"
    bad = {"p": verified.PageResults({**good["docs/index.md"].page, "status": "failed"}, [])}
    assert badge.words_of_site(bad) == "verificado: 0 de 1 página"


def test_every_page_has_its_badge_and_each_is_sound(site: Site) -> None:
    badges = list((site.folder / PAGE).rglob("*.svg"))
    pages = json.loads((site.folder / PAGE / "resultados.json").read_text())["pages"]
    assert {verification.badge_of(page["page"]) for page in pages} <= {
        path.relative_to(site.folder).as_posix() for path in badges
    }
    for path in badges:
        picture = ElementTree.fromstring(path.read_text())
        assert float(picture.attrib["width"]) < 400
        assert picture.attrib["aria-label"].startswith("verificado: ")


@pytest.mark.browser
def test_filter_shows_what_is_asked_for_and_says_how_many(visit: Visit) -> None:
    visit.open(PAGE)
    page, blocks = visit.page, visit.page.locator(".bloques > li")
    every = blocks.count()
    told = page.get_by_role("status")
    expect(told).to_have_text(f"Se ven {every} de {every} bloques")
    page.get_by_role("searchbox", name="Comando, sección").fill("DEPLOYMENT rollout")
    expect(told).not_to_have_text(f"Se ven {every} de {every} bloques")
    left = blocks.and_(page.locator(":visible"))
    assert 0 < left.count() < every
    assert all("rollout" in text for text in left.all_inner_texts())
    expect(page.locator("h3", has_text="04 ")).to_be_visible()
    expect(page.locator("h3", has_text="Inicio")).to_be_hidden()  # nothing of it is left
    page.get_by_label("Cómo le fue").select_option("copia")
    expect(left).to_have_count(0)
    # A mark leads to its block all the same.
    page.evaluate("location.hash = '#03-kubernetes-2'")
    expect(page.locator("[id='03-kubernetes-2']")).to_be_in_viewport()
    assert visit.complaints == []


@pytest.mark.browser
def test_from_a_mark_to_all_that_is_known_and_back_with_the_keyboard(visit: Visit) -> None:
    visit.open("03-kubernetes/")
    mark = visit.page.locator("article .verificado--si:not(.verificado--pagina) a").first
    mark.focus()
    expect(mark.locator(".verificado__detalle")).to_have_css("opacity", "1")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url(f"**/{PAGE}#*")
    entry = visit.page.locator(":target")
    expect(entry).to_be_in_viewport()
    entry.get_by_role("link").click()
    visit.page.wait_for_url("**/03-kubernetes/#bloque-*")
    expect(visit.page.locator(":target")).to_be_in_viewport()
