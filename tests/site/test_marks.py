"""What the site says of each code block, from results made by hand."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from markdown import Markdown
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.sync_api import Browser, expect

from kubedoctest.page import inventory
from kubedoctest.page.document import Role
from kubedoctest.verdicts import results
from kubedoctest.verdicts.outcome import Status
from mkdocs_hooks import marks, rendered, verified

from .conftest import ROOT, Site, Visit, published, visiting
from .results_by_hand import NOW, SETTINGS, inventoried, keep, result_of

MARK = "article .verificado:not(.verificado--pagina)"
PAGE = """# Prueba

Una página con bloques en todos lados.

```console title="Terminal 2"
$ kubectl get pods   # <nuestros> & "demás"

NAME     READY
mi-pod   1/1
```

- en una lista:

    ```bash
    mkdir a
    ```

    ```console
    $ echo igual
    igual
    ```

!!! note "Nota"

    ```yaml
    kind: ConfigMap
    metadata:
      name: a
    ```

    ??? question "¿Más?"

        ```console
        $ echo igual
        igual
        ```

=== "Uno"

    <!-- verificar: mostrar motivo="crea <el> cluster" -->
    ```bash
    kind create cluster
    ```

=== "Dos"

    ```text
    nada
    ```

```mermaid
graph LR
    accTitle: Un paso
    accDescr: De A se va a B.
    A --> B
```

> ```bash
> true
> ```
"""


def html_of(text: str) -> str:
    config = load_config(str(ROOT / "mkdocs.yml"))
    converter = Markdown(
        extensions=config.markdown_extensions, extension_configs=config.mdx_configs
    )
    return str(converter.convert(text))


def known_of(project: Path, name: str = "docs/index.md") -> verified.PageResults:
    stamp = verified.home(project).stat().st_mtime_ns
    return verified._pages(verified.home(project), stamp)[name]


def said(html: str) -> list[str]:
    """The marks' texts, in order."""
    found = re.findall(r'<p class="verificado [^>]*>(.*?)</p>', html)
    return [re.sub(r"<[^>]*>", "", text) for text in found]


# -- the marks, without a site


def test_each_block_says_what_became_of_it(tmp_path: Path) -> None:
    document = inventoried(tmp_path, PAGE)
    keep(tmp_path, result_of(document, tmp_path))
    html = marks.marked(html_of(PAGE), known_of(tmp_path))
    by, on = " con Kubernetes v1.37.2", " el 24/11/2026"
    assert said(html) == [
        f"✓ Página verificada{by} y Docker 29.1.3{on}.",
        f"✓ Verificado{by}{on}",
        f"✓ Verificado{on}",
        f"✓ Verificado{on}",
        f"✓ Manifiesto válido{by}{on}",
        f"✓ Verificado{on}",
        "○ Solo se muestra: crea &lt;el&gt; cluster",
        "○ Solo se muestra: es solo texto",
        f"✓ Verificado{on}",
    ]
    assert html.index("verificado--pagina") > html.index("</h1>")
    for block, mark in re.findall(r'(</div>)?\n<p class="verificado verificado--\w+"( )', html):
        assert block and mark, "a mark follows its block"
    assert html.count("verificado__detalle") == 6, "quiet where it is as the page says"


def test_file_s_copy_is_told_from_what_was_run() -> None:
    told = {"status": "passed", "kubernetes": None, "docker": None, "finished": NOW.isoformat()}
    page = {**told, "kubernetes": "v1.37.2"}
    kinds = {
        role: re.search(r"verificado--(\w+)", marks.mark_of({**told, "role": role}, page))
        for role in ("transcript", "file", "fragment")
    }
    names = {role: kind[1] for role, kind in kinds.items() if kind}
    assert names == {"transcript": "si", "file": "copia", "fragment": "copia"}


LINKS = marks.Links("../verificacion/#a", "yo/taller", "docs/a.md")


def test_mark_leads_to_its_block_among_all_and_what_is_run_to_an_issue(tmp_path: Path) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, PAGE), tmp_path))
    html = marks.marked(html_of(PAGE), known_of(tmp_path), LINKS)
    places = re.findall(r'<a href="\.\./verificacion/#a-?(\d*)">', html)
    assert places == ["", *map(str, range(1, 9))]
    assert re.findall(r'id="bloque-(\d+)"', html) == [str(n) for n in range(1, 9)]
    issues = [urlsplit(unescape(url)) for url in re.findall(r'href="(https://[^"]*)"', html)]
    assert len(issues) == 6, "none where nothing is run"
    assert {url.path for url in issues} == {"/yo/taller/issues/new"}
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/no-me-da-igual.yml").read_text())
    asked = parse_qs(issues[0].query)
    assert asked["template"] == ["no-me-da-igual.yml"]
    assert asked["donde"] == [
        "docs/a.md, línea 5 (verificada con Kubernetes v1.37.2 el 24/11/2026)\n#prueba"
    ]
    assert "donde" in {field.get("id") for field in form["body"]}


def test_a_block_says_what_its_page_does_not(tmp_path: Path) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, PAGE), tmp_path))
    known = known_of(tmp_path)
    (newer, older, *_), page = known.blocks, known.page
    told = [
        marks.mark_of({**newer, "kubernetes": "v1.38.0"}, page),
        marks.mark_of({**older, "finished": "2026-11-23T20:30:00+00:00"}, page),
        marks.mark_of({**newer, "status": "failed", "kubernetes": "v1.38.0"}, page),
    ]
    assert said("".join(told)) == [
        "✓ Verificado con Kubernetes v1.38.0 el 24/11/2026",
        "✓ Verificado el 23/11/2026",
        "✗ No coincidió con lo que se obtuvo con Kubernetes v1.38.0 el 24/11/2026",
    ]
    assert "verificado__detalle" not in "".join(told), "it is there for all"


def test_a_page_says_how_long_it_makes_one_wait(tmp_path: Path) -> None:
    text = "# P\n" + "\n```bash\nmkdir a\n```\n" * 7
    keep(tmp_path, result_of(inventoried(tmp_path, text), tmp_path))
    page_line, *_ = said(marks.marked(html_of(text), known_of(tmp_path)))
    assert page_line == (
        "✓ Página verificada con Kubernetes v1.37.2 y Docker 29.1.3 el 24/11/2026: "
        "unos 10 segundos de comandos."
    )


def test_what_failed_and_what_was_not_run(tmp_path: Path) -> None:
    document = inventoried(tmp_path, PAGE)
    first, second = document.blocks[0].line, document.blocks[1].line
    page = result_of(
        document, tmp_path, **{f"L{first}": Status.FAILED, f"L{second}": Status.NOT_RUN}
    )
    keep(tmp_path, page)
    page_line, failed, not_run, *_ = said(marks.marked(html_of(PAGE), known_of(tmp_path)))
    assert page_line.startswith("✗ Página verificada en parte con Kubernetes v1.37.2 y Docker")
    assert "(4 de 6 bloques)" in page_line
    by = " con Kubernetes v1.37.2 el 24/11/2026"
    assert failed == f"✗ No coincidió con lo que se obtuvo{by}"
    assert not_run == "– Sin ejecutar: falló un bloque anterior"


def test_false_output_of_a_page_that_went_on_is_told_apart_from_what_was_not_run(
    tmp_path: Path,
) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, PAGE), tmp_path))
    known = known_of(tmp_path)
    told = [
        marks.mark_of({**known.blocks[0], **block}, known.page)
        for block in (
            {"status": "false"},
            {**NEVER, "reason": "no se ejecutó porque falló p.md:3"},
            {**NEVER, "reason": results.NOT_ASKED},
        )
    ]
    assert said("".join(told)) == [
        "✗ No coincidió con lo que se obtuvo con Kubernetes v1.37.2 el 24/11/2026",
        "– Sin ejecutar: falló un bloque anterior",
        "– Todavía no se verificó",
    ]


NEVER = {"status": "not-run", "finished": None}
CHANGED = "– Sin verificar desde el último cambio"


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("mi-pod   1/1", "mi-pod   0/1", [0]),
        ('title="Terminal 2"', 'title="Terminal 3"', [0]),
        ("      name: a", "       name: a", [3]),
        ("# Prueba\n", "# Prueba\n\n```bash\nls\n```\n", [0]),
        ("- en una lista:\n\n    ```bash\n    mkdir a\n    ```\n", "- en una lista:\n", []),
        ("Una página con", "Otra prosa alrededor de", []),
        ("    ```console\n    $ echo igual\n    igual\n    ```\n\n!!!", "!!!", []),
    ],
    ids=["output", "title", "indentation", "added", "removed", "prose", "first of two alike"],
)
def test_only_what_was_edited_is_not_verified(
    tmp_path: Path, old: str, new: str, changed: list[int]
) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, PAGE), tmp_path))
    edited = PAGE.replace(old, new, 1)
    assert edited != PAGE
    page_line, *told = said(marks.marked(html_of(edited), known_of(tmp_path)))
    assert [n for n, text in enumerate(told) if text == CHANGED] == changed
    assert ("en parte" in page_line) == bool(changed)


def test_without_results_one_line_says_so() -> None:
    assert said(marks.marked(html_of(PAGE), None)) == [
        "– Los bloques de esta página todavía no se verificaron."
    ]
    html = html_of("# Prosa\n\nSin `bloques`.\n\n```mermaid\ngraph LR\n```\n")
    assert marks.marked(html, None) == html


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.name)
def test_the_site_shows_the_blocks_that_the_inventory_knows(path: Path) -> None:
    document = inventory.read_page(path, SETTINGS, ROOT)
    known = [results.content_hash(b) for b in document.blocks if b.role is not Role.RENDERED]
    blocks = rendered.blocks_of(html_of(path.read_text()))
    assert [block.content for block in blocks] == known


@pytest.mark.parametrize(
    "block",
    [
        "```bash linenums='1'\nls\n\n  uno\n```",
        '```yaml hl_lines="1 2"\na: 1\n```',
        "```makefile\na:\n\tb\n```",
        "```YAML title=\"extras/a&b 'c'.yaml\"\na: <b>\n```",
        "```console\n$ printf '\\u00f1 &amp; <b>'\nñ &amp; <b>\n```",
    ],
)
def test_no_way_of_showing_a_block_hides_it(block: str) -> None:
    lang, _, rest = block[3:].partition("\n")
    title = re.search(r'title="(.*?)"', lang)
    code = rest.rpartition("\n")[0]
    (found,) = rendered.blocks_of(html_of(f"# T\n\n{block}\n"))
    word = lang.split()[0]
    assert found.content == results.hash_of(word, title[1] if title else None, code)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "un segundo"),
        (3.4, "unos 3 segundos"),
        (39.0, "unos 40 segundos"),
        (58.0, "un minuto"),
        (85.0, "un minuto"),
        (95.0, "unos 2 minutos"),
        (12 * 60 - 10, "unos 12 minutos"),
    ],
)
def test_times_as_one_says_them(seconds: float, text: str) -> None:
    assert marks.spoken(seconds) == text


# -- the hook in a site


def built(project: Path, caplog: pytest.LogCaptureFixture) -> Path:
    caplog.set_level(logging.INFO, logger="mkdocs")
    hook = Path(marks.__file__)
    (project / "mkdocs.yml").write_text(
        f"site_name: P\nhooks: [{hook}]\nplugins: [search]\ntheme: {{name: material}}\n"
        "markdown_extensions: [pymdownx.superfences, {pymdownx.highlight: "
        "{pygments_lang_class: true}}]\n"
    )
    config = load_config(str(project / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return project / "site"


def test_marks_are_no_search_results(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    document = inventoried(tmp_path, "# P\n\n```bash\nmkdir a\n```\n\nfin\n")
    keep(tmp_path, result_of(document, tmp_path))
    site = built(tmp_path, caplog)
    assert "✓ Verificado el 24/11/2026" in said((site / "index.html").read_text())
    index = json.loads((site / "search" / "search_index.json").read_text())
    text = " ".join(entry["text"] for entry in index["docs"])
    assert "mkdir" in text and "fin" in text
    assert "erificad" not in text


def test_pages_that_the_build_writes_have_no_marks(site: Site) -> None:
    html = (site.folder / "archivos" / "04-hola-mundo-real" / "index.html").read_text()
    assert rendered.blocks_of(html)
    assert said(html) == []


@pytest.mark.parametrize("content", ["{", '{"schema": 1}', "[]"])
def test_results_that_cannot_be_read_do_not_break_a_strict_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    inventoried(tmp_path, "# P\n\n```bash\nmkdir a\n```\n")
    verified.home(tmp_path).parent.mkdir()
    verified.home(tmp_path).write_text(content)
    html = (built(tmp_path, caplog) / "index.html").read_text()
    assert said(html) == ["– Los bloques de esta página todavía no se verificaron."]
    assert "verificado.json" in caplog.text


def test_marks_cost_little(tmp_path: Path) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, PAGE), tmp_path))
    html, known = html_of(PAGE) * 20, known_of(tmp_path)
    begun = time.process_time()
    marks.marked(html, known)
    assert time.process_time() - begun < 0.5, "a page of 160 blocks"


# -- what a reader sees


@pytest.fixture(scope="module")
def marked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    project = tmp_path_factory.mktemp("proyecto")
    (project / ".taller").mkdir()
    (project / ".taller" / "mermaid").symlink_to(ROOT / ".taller" / "mermaid")
    document = inventoried(project, PAGE, "a.md")
    lines = {"L5": Status.FAILED, f"L{document.blocks[1].line}": Status.NOT_RUN}
    keep(project, result_of(document, project, **lines))
    (project / "docs" / "a.md").write_text(PAGE.replace("kind: ConfigMap", "kind: Secret"))
    (project / "docs" / "index.md").write_text("# Inicio\n\n[vamos](a.md)\n")
    (project / "docs" / "assets").symlink_to(ROOT / "docs" / "assets")
    nav = [{"Inicio": "index.md"}, {"Prueba": "a.md"}]
    docs = str(project / "docs")
    with published(tmp_path_factory.mktemp("sitio"), docs_dir=docs, nav=nav) as site:
        yield site


@pytest.fixture
def tour(marked_site: Site, browser: Browser) -> Iterator[Visit]:
    with visiting(marked_site, browser) as visit:
        yield visit


@pytest.mark.browser
def test_each_code_block_has_one_mark_also_after_instant_navigation(tour: Visit) -> None:
    tour.open()
    tour.page.evaluate("window.sameDocument = true")
    tour.page.get_by_role("link", name="vamos").click()
    expect(tour.page.locator(MARK)).to_have_count(8)
    assert tour.page.evaluate("window.sameDocument")
    blocks = tour.page.locator("article div.highlight")
    assert blocks.count() == 8
    after = "block => block.nextElementSibling?.matches('p.verificado') ?? false"
    assert all(block.evaluate(after) for block in blocks.all())
    assert tour.complaints == []


CONTRAST = """
mark => {  // any element: its colour, and what is behind it
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const behind = [];
  for (let at = mark; at; at = at.parentElement) {
    behind.unshift(getComputedStyle(at).backgroundColor);
  }
  const paint = (...colors) => {
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const around = light(paint("white", ...behind));
  const own = light(paint("white", ...behind, getComputedStyle(mark).color));
  return (Math.max(around, own) + 0.05) / (Math.min(around, own) + 0.05);
}
"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_can_be_read(tour: Visit, scheme: Any) -> None:
    tour.page.emulate_media(color_scheme=scheme)
    tour.open("a/")
    expect(tour.page.locator("body")).to_have_attribute(
        "data-md-color-scheme", "default" if scheme == "light" else "slate"
    )
    for part in tour.page.locator("article .verificado, article .verificado__signo").all():
        assert part.evaluate(CONTRAST) >= 4.5, part.inner_text()
    for sign in tour.page.locator("article .verificado__signo").all():
        assert sign.get_attribute("aria-hidden") == "true"
    failed = tour.page.locator("article .verificado--no").nth(1)
    expect(failed).to_have_text(re.compile("No coincidió"))  # in words, not by colour alone
    snapshot = tour.page.locator("article").aria_snapshot()
    assert "Sin verificar desde el último cambio" in snapshot
    assert "✗" not in snapshot


@pytest.mark.browser
def test_marks_are_not_copied_and_print_quietly(tour: Visit) -> None:
    tour.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tour.open("a/")
    block = tour.page.locator("article div.highlight").nth(1)
    block.get_by_role("button").click()
    expect(tour.page.get_by_text("Copiado al portapapeles")).to_be_visible()
    assert tour.page.evaluate("navigator.clipboard.readText()").strip() == "mkdir a"
    tour.page.emulate_media(media="print")
    for mark in tour.page.locator("article .verificado").all():
        expect(mark).to_have_css("color", "rgb(85, 85, 85)")
