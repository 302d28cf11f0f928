"""The cheat sheet: what the chapters run, told once, from results and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import yaml
from mkdocs.exceptions import Abort
from playwright.sync_api import expect

from kubedoctest.page import inventory
from kubedoctest.page.document import Role
from kubedoctest.verdicts.outcome import Status
from mkdocs_hooks import commands
from mkdocs_hooks.rendered import Section

from .conftest import ROOT, Site, Visit, published
from .results_by_hand import SETTINGS, inventoried, keep, result_of

DOCS = ROOT / "docs"
CHAPTERS = sorted(
    {*DOCS.glob("[0-9][0-9]-*.md"), *DOCS.glob("[0-9][0-9]-*/*.md")} - {DOCS / commands.PAGE}
)
ENTRY = re.compile(r"<dt><code>(.*?)</code></dt>\n<dd>(.*?)</dd>", re.DOTALL)
HERE = Section("03.md", "mirar", "Mirar")
SHEET = """---
comandos:
  Mirar:
    kubectl get: Lista
    kubectl get -o jsonpath: Un dato, con `{…}`
  Otros:
    docker push: Sube
---

# Comandos
"""
CHAPTER = """# Tres

## Uno

```console
$ kubectl get pods --field-selector=a=b   # aclaración
No resources found in default namespace.
$ kubectl get nada
error: the server doesn't have a resource type "nada"
```

### Dos

```console
$ nodo=$(kubectl get pod mi-pod \\
> -o jsonpath='{.spec.nodeName}')
$ kubectl get pods | head -1
NAME
```

<!-- verificar: mostrar motivo="hace falta un registro" -->
```bash
docker push imagen
```
"""


def forms(text: str) -> list[commands.Form]:
    return [
        form
        for group in commands.forms_of({"comandos": {"T": _pairs(text)}}).values()
        for form in group
    ]


def _pairs(text: str) -> dict[str, str]:
    return dict.fromkeys(text.splitlines(), "Hace algo")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("kubectl get pods", ["kubectl get"]),
        ("kubectl get pods -o wide", ["kubectl get -o wide"]),
        ("kubectl get pods -o jsonpath='{.x}' -A", ["kubectl get -A", "kubectl get -o jsonpath"]),
        ("kubectl create job a --image=b", ["kubectl create job"]),
        ("kubectl create job a --from=b", ["kubectl create job --from"]),
        ("kubectl create secret a", ["kubectl create"]),
        ("kubectl exec a -- kubectl get pods -A", ["kubectl exec"]),
        ("kubectl get pods -ojson", ["kubectl get"]),
        ("x=$(kubectl get pods -A) && kubectl exec $x -- ls", ["kubectl get -A", "kubectl exec"]),
        ("echo kubectl get", []),
        ("kubectl describe pod", []),
    ],
)
def test_forms_of_a_command(command: str, found: list[str]) -> None:
    known = forms(
        "kubectl get\nkubectl get -A\nkubectl get -o wide\nkubectl get -o jsonpath\n"
        "kubectl create\nkubectl create job\nkubectl create job --from\nkubectl exec"
    )
    told = [
        " ".join((*form.words, *form.options))
        for form in commands.forms_in(command, commands.by_beginning(known))
    ]
    assert told == found


def test_what_was_refused_is_no_example() -> None:
    shown = "$ kubectl drain a\nError from server: no\n$ kubectl get pods   # bien\nNAME\n"
    assert commands.commands_of(shown, transcript=True) == ["kubectl get pods"]
    copied = "# nota\nkubectl apply \\\n  -f a\n\nls\n"
    assert commands.commands_of(copied, transcript=False) == ["kubectl apply \\\n  -f a", "ls"]


@pytest.mark.parametrize(
    ("written", "example"),
    [
        (["kubectl get pods -w | grep a", "kubectl get pod b"], "kubectl get pod b"),
        (
            ["kubectl get c", "kubectl get pods", "kubectl get d", "kubectl get pods -A"],
            "kubectl get pods",
        ),
        (["kubectl get uno", "kubectl get dos"], "kubectl get dos"),
        (["kubectl get \\\n  pods"], "kubectl get pods"),
    ],
)
def test_the_example_of_a_form(written: list[str], example: str) -> None:
    uses = [commands.Use(command, HERE, "03 Tres") for command in written]
    told = "\n".join(commands.sections({"T": forms("kubectl get")}, uses, {HERE: "../03/"}))
    assert f"<dt><code>{example}</code></dt>" in told


def test_links_lead_to_where_each_chapter_begins_with_it() -> None:
    later, other = Section("03.md", "b", "Más <&>"), Section("04.md", "", "Cuatro")
    uses = [
        commands.Use("kubectl get a", HERE, "03 Tres"),
        commands.Use("kubectl get a", later, "03 Tres"),
        commands.Use("kubectl get a", other, "Cuatro"),
    ]
    addresses = {HERE: "../03/", later: "../03/", other: "../04/"}
    told = "\n".join(commands.sections({"T": forms("kubectl get")}, uses, addresses))
    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', told) == [
        ("../03/#mirar", "03: Mirar"),
        ("../04/", "Cuatro: Cuatro"),
    ]


def test_what_every_chapter_runs_leads_to_where_it_begins_and_to_few_more() -> None:
    places = [Section(f"{n:02}.md", "x", "Mirar") for n in range(1, 8)]
    uses = [commands.Use("kubectl get a", place, place.page) for place in places]
    addresses = {place: f"../{place.page}" for place in places}
    told = "\n".join(commands.sections({"T": forms("kubectl get")}, uses, addresses))
    assert re.findall(r'<a href="\.\./(\d+)', told) == ["01", "02", "03"]


# -- in a site


def sheet(project: Path, text: str = SHEET) -> str:
    (project / "mkdocs.yml").write_text("site_name: P\n")
    (project / "docs" / commands.PAGE).write_text(text)
    docs = str(project / "docs")
    nav = [{"Comandos": commands.PAGE}, {"03 Tres": "03.md"}]
    hooks = [f"{ROOT}/scripts/mkdocs_hooks/commands.py"]
    with published(project / "site", docs_dir=docs, nav=nav, hooks=hooks, plugins=[]) as site:
        return (site.folder / "00-comandos" / "index.html").read_text()


def test_only_what_was_run_and_is_true_is_told(tmp_path: Path) -> None:
    keep(tmp_path, result_of(inventoried(tmp_path, CHAPTER, "03.md"), tmp_path))
    html = sheet(tmp_path)
    entries = [(unescape(code), re.sub("<[^>]*>", "", told)) for code, told in ENTRY.findall(html)]
    assert entries == [
        ("kubectl get pods --field-selector=a=b", "Lista. 03: Uno"),
        (
            "nodo=$(kubectl get pod mi-pod -o jsonpath='{.spec.nodeName}')",
            "Un dato, con {…}. 03: Dos",
        ),
    ]
    assert 'id="otros"' not in html


@pytest.mark.parametrize("what", ["failed", "edited"])
def test_what_is_not_true_any_more_is_not_told(tmp_path: Path, what: str) -> None:
    document = inventoried(tmp_path, CHAPTER, "03.md")
    second = f"L{document.blocks[1].line}"
    keep(
        tmp_path,
        result_of(document, tmp_path, **({second: Status.FAILED} if what == "failed" else {})),
    )
    if what == "edited":
        (tmp_path / "docs" / "03.md").write_text(CHAPTER.replace("head -1", "head -2"))
    assert [unescape(code) for code, _ in ENTRY.findall(sheet(tmp_path))] == [
        "kubectl get pods --field-selector=a=b"
    ]


def test_without_results_it_says_so(tmp_path: Path) -> None:
    inventoried(tmp_path, CHAPTER, "03.md")
    html = sheet(tmp_path)
    assert "Todavía no se verificó ningún capítulo" in html and "<dt>" not in html


@pytest.mark.parametrize(
    "front",
    [
        "title: Comandos",
        "comandos: kubectl get",
        "comandos:\n  Mirar:\n    kubectl get: Lista: todo",
        "comandos:\n  Mirar:\n    kubectl get: [a, b]",
        "comandos:\n  Mirar:\n    - kubectl get",
    ],
)
def test_metadata_that_name_no_commands(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, front: str
) -> None:
    inventoried(tmp_path, CHAPTER, "03.md")
    with pytest.raises(Abort):
        sheet(tmp_path, f"---\n{front}\n---\n\n# Comandos\n")
    assert "00-comandos.md: en el encabezado no encontramos los comandos" in caplog.text


# -- ours


@pytest.fixture(scope="module")
def ours() -> dict[str, list[commands.Form]]:
    front = (ROOT / "docs" / commands.PAGE).read_text().split("---\n")[1]
    return commands.forms_of(yaml.safe_load(front))


def run_by_the_chapters(*, badly_too: bool = False) -> Iterator[tuple[str, str]]:
    for path in CHAPTERS:
        for fence in inventory.read_page(path, SETTINGS, ROOT).blocks:
            if fence.role in (Role.TRANSCRIPT, Role.COMMANDS):
                told = commands.commands_of(fence.code, transcript=fence.role is Role.TRANSCRIPT)
                if fence.directives.exit_code and not badly_too:
                    told = told[:-1]  # it ends badly, and the page says so
                yield from ((f"{path.name}:{fence.line}", command) for command in told)


def test_the_page_names_every_form_that_the_chapters_run(
    ours: dict[str, list[commands.Form]],
) -> None:
    every = [form for group in ours.values() for form in group]
    programs = {form.words[0] for form in every}
    missing = [
        f"{place}: {' '.join(words)}"
        for place, command in run_by_the_chapters()
        for words in commands.simple_commands(command)
        if words and words[0] in programs and not any(form.matches(words) for form in every)
    ]
    assert missing == []
    used = {  # `diff` ends badly whenever it has something to tell
        form
        for _, command in run_by_the_chapters(badly_too=True)
        for form in commands.forms_in(command, commands.by_beginning(every))
    }
    assert [form for form in every if form not in used] == []


@pytest.mark.slow
def test_every_link_leads_somewhere(site: Site) -> None:
    html = (site.folder / "00-comandos" / "index.html").read_text()
    links = re.findall(r'<a href="\.\./([^"/]+)/#([^"]+)">0', html)
    assert len(links) > 50
    for chapter, anchor in links:
        assert f'id="{anchor}"' in (site.folder / chapter / "index.html").read_text(), anchor


@pytest.mark.browser
def test_each_command_can_be_copied(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open("00-comandos/")
    entry = visit.page.locator(".comandos dt", has_text="jsonpath").first
    command = entry.locator("code").inner_text()
    entry.get_by_role("button", name="Copiar este comando").click()
    expect(visit.page.get_by_text("Copiado al portapapeles")).to_be_visible()
    assert visit.page.evaluate("navigator.clipboard.readText()") == command
    assert (
        visit.page.locator(".comandos dt").count()
        == visit.page.locator(".comandos dt button").count()
    )
    visit.page.emulate_media(media="print")
    expect(entry).to_have_css("break-after", "avoid")
    expect(entry.get_by_role("button")).to_have_count(0)
    assert visit.complaints == []
