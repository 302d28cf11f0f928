"""What a reader's browser shows: diagrams, manifests, commands to copy, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kubedoctest import inventory
from kubedoctest.document import Role

from .conftest import ROOT, Site, Visit

pytestmark = pytest.mark.browser

CHAPTER = "04-hola-mundo-real/"
DIAGRAM = "div.mermaid--dibujado svg"
PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def address(name: str) -> str:
    return "" if name == "index.md" else name.removesuffix(".md") + "/"


def expect_diagrams(page: Page) -> None:
    expect(page.locator(DIAGRAM).first).to_be_visible()
    expect(page.locator("div.mermaid:not(.mermaid--dibujado)")).to_have_count(0)
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
def test_nothing_is_asked_of_another_origin(visit: Visit, name: str) -> None:
    visit.open(address(name))
    search = visit.page.get_by_placeholder("Búsqueda")
    search.click()
    search.press_sequentially("cluster")
    found = visit.page.locator(".md-search-result__item").first
    expect(found).to_be_attached(timeout=20_000)  # the index is made in a worker
    assert visit.foreign == []
    assert visit.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_extras_gives_that_file(visit: Visit, site: Site, name: str) -> None:
    visit.open(address(name))
    links = visit.page.locator("article a[href*='extras/']").all()
    for link in links:
        url = str(link.evaluate("link => link.href"))
        answer = visit.page.request.get(url)
        assert answer.ok, url
        assert answer.body() == (ROOT / "extras" / url.split("extras/", 1)[1]).read_bytes()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_as_many_blocks_as_the_inventory(visit: Visit, name: str) -> None:
    markdown = inventory.settings(ROOT / "mkdocs.yml")
    document = inventory.read_page(Path("docs") / name, markdown, ROOT)
    visit.open(address(name))
    drawn = sum(block.role is Role.RENDERED for block in document.blocks)
    assert visit.page.locator("article div.mermaid").count() == drawn
    expect(visit.page.locator(f"article {DIAGRAM}")).to_have_count(drawn)
    broken = visit.page.locator("article div.mermaid").filter(has_text="Syntax error")
    expect(broken).to_have_count(0)
    assert visit.page.locator("article div.highlight").count() == len(document.blocks) - drawn


def test_the_copy_button_copies_commands_only(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open(CHAPTER)
    block = visit.page.locator(".language-console").filter(has_text="delete pod mi-pod").first
    shown = block.locator("code").inner_text()
    block.get_by_role("button").click()
    expect(visit.page.get_by_text("Copiado al portapapeles")).to_be_visible()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    commands = [line[2:] for line in shown.splitlines() if line.startswith("$ ")]
    assert commands
    assert copied.splitlines() == [line.split("   #")[0].rstrip() for line in commands]


def test_copied_commands_keep_continuations_and_drop_remarks(visit: Visit) -> None:
    visit.open()
    transcript = "\n".join(
        [
            "╰─ kubectl delete pod mi-app-tr8jm   # nuestra víctima",
            'pod "mi-app-tr8jm" deleted from default namespace',
            "$ kubectl apply -f - <<'FIN'",
            "> kind: Pod",
            "> metadata: {name: b}   # queda",
            "> FIN",
            "pod/b created",
            "$ kubectl get pods \\",
            "    -o wide",
            "NAME   READY",
            "> esto es salida",
        ]
    )
    visit.page.evaluate(
        """text => {
            const block = document.createElement("div");
            block.className = "language-console";
            block.innerHTML = "<pre><code id=prueba></code></pre>";
            block.querySelector("code").textContent = text;
            document.querySelector("article").append(block);
        }""",
        transcript,
    )
    # The next page that Material announces is this one.
    visit.page.evaluate("document$.next(document)")
    copied = visit.page.locator("#prueba").get_attribute("data-copy")
    assert copied == "\n".join(
        [
            "kubectl delete pod mi-app-tr8jm",
            "kubectl apply -f - <<'FIN'",
            "kind: Pod",
            "metadata: {name: b}   # queda",
            "FIN",
            "kubectl get pods \\",
            "    -o wide",
        ]
    )
