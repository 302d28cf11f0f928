"""A page in, its blocks and problems out; by pairs, one page that is fine and one that is not."""

from __future__ import annotations

import re
from pathlib import Path

import markdown
import pytest

from kubedoctest.page import fences, inventory
from kubedoctest.page.document import Directives, Document, Role
from kubedoctest.page.inventory import MarkdownSettings
from kubedoctest.page.site_markdown import Rendered, render

FENCE = "```console\n$ echo hola\nhola\n```\n"

SITE = """
site_name: Prueba
markdown_extensions:
  - admonition
  - attr_list
  - md_in_html
  - def_list
  - pymdownx.details
  - pymdownx.emoji:
      emoji_index: !!python/name:no_such_package.emoji.twemoji
  - pymdownx.highlight:
      linenums: true
      linenums_style: table
  - pymdownx.tabbed:
      alternate_style: true
  - toc:
      permalink: true
      slugify: !!python/object/apply:no_such_package.slugs.slugify
        kwds: {case: lower}
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:no_such_package.fence_mermaid
"""


def read(folder: Path, text: str, site: str | None = None) -> Document:
    page = folder / "page.md"
    page.write_bytes(text.encode())
    mkdocs_yml = None
    if site is not None:
        mkdocs_yml = folder / "mkdocs.yml"
        mkdocs_yml.write_text(site)
    return inventory.read_page(page, inventory.settings(mkdocs_yml), folder)


def complaints(document: Document) -> str:
    return "\n".join(str(problem) for problem in document.problems)


def indented(text: str, by: str = "    ") -> str:
    return "".join(by + line for line in text.splitlines(keepends=True))


def quoted(text: str) -> str:
    return "".join("> " + line for line in text.splitlines(keepends=True))


NESTINGS = {
    "plain": FENCE,
    "list": "- uno\n\n" + indented(FENCE),
    "numbered list": "1. uno\n\n" + indented(FENCE) + "\n2. dos\n",
    "list without a blank line": "- uno\n" + indented(FENCE),
    "admonition": '!!! note "Nota"\n' + indented(FENCE),
    "details": '??? note "Nota"\n\n' + indented(FENCE),
    "open details": "???+ tip\n" + indented(FENCE),
    "tab": '=== "Linux"\n\n' + indented(FENCE) + '\n=== "macOS"\n\n    texto\n',
    "quote": "> cita\n>\n" + quoted(FENCE),
    "div": '<div class="grid" markdown>\n\n' + FENCE + "\n</div>\n",
    "three levels": '- uno\n\n    !!! note\n\n        === "tab"\n\n' + indented(FENCE, " " * 12),
    "quote in a list": "- uno\n\n" + indented("> cita\n>\n" + quoted(FENCE)),
    "tabs for indentation": "- uno\n\n" + indented(FENCE, "\t"),
    "after a paragraph": "texto\n" + FENCE + "texto\n",
    "tildes": FENCE.replace("```", "~~~"),
    "longer": FENCE.replace("```", "`````"),
    "braces": FENCE.replace("console", "{ .console .annotate }"),
    "with line options": FENCE.replace("console", 'console hl_lines="1" linenums="1"'),
    "terminal": FENCE.replace("console", 'console title="Terminal 2"'),
    "crlf": FENCE.replace("\n", "\r\n"),
    "front matter": "---\ntitle: Hola\n---\n" + FENCE,
    "bom": "\ufeff" + FENCE,
}


@pytest.mark.parametrize("site", [None, SITE], ids=["default", "mkdocs.yml"])
@pytest.mark.parametrize("text", NESTINGS.values(), ids=NESTINGS.keys())
def test_a_fence_is_found_at_any_nesting(tmp_path: Path, text: str, site: str | None) -> None:
    document = read(tmp_path, text, site)
    assert complaints(document) == ""
    (block,) = document.blocks
    assert (block.lang, block.role) == ("console", Role.TRANSCRIPT)
    assert block.code == "$ echo hola\nhola"
    opening = text.replace("\r\n", "\n").split("\n")[block.line - 1]
    assert "```" in opening or "~~~" in opening
    assert block.place == f"{tmp_path}/page.md:{block.line}"


@pytest.mark.parametrize("text", NESTINGS.values(), ids=NESTINGS.keys())
def test_a_fence_without_its_closing_line_is_a_problem(tmp_path: Path, text: str) -> None:
    lines = re.split("(?<=\n)", text)
    last = max(n for n, line in enumerate(lines) if re.search(r"(```|~~~)", line))
    document = read(tmp_path, "".join(lines[:last] + lines[last + 1 :]))
    # What follows may close it by being less indented; either way, the page is refused.
    assert re.search("no se cierra|menos indentación", document.problems[0].message)
    assert not document.blocks


def test_the_content_keeps_its_own_indentation_tabs_and_inner_fences(tmp_path: Path) -> None:
    text = "~~~~bash\ncat <<EOF\n  a\n\n\tb\n```yaml\n~~~\nEOF\n~~~~\n"
    document = read(tmp_path, "- uno\n\n" + indented(text))
    assert complaints(document) == ""
    assert document.blocks[0].code == "cat <<EOF\n  a\n\n\tb\n```yaml\n~~~\nEOF"


def test_quote_marks_inside_a_quoted_fence_are_content(tmp_path: Path) -> None:
    document = read(tmp_path, "> ```text\n> > a\n>\n>   b\n> ```\n")
    assert complaints(document) == ""
    assert document.blocks[0].code == "> a\n\n  b"


def test_identical_blocks_are_both_kept_in_order(tmp_path: Path) -> None:
    document = read(tmp_path, FENCE + "\n" + FENCE + "\n```text\nx\n```\n")
    assert [(b.line, b.lang) for b in document.blocks] == [
        (1, "console"),
        (6, "console"),
        (11, "text"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        pytest.param("texto\n\n    echo hola\n", 3, "no está en un bloque", id="indented code"),
        pytest.param("<pre>\nhola\n</pre>\n", 2, "no está en un bloque", id="raw pre"),
        pytest.param("texto\n\n" + indented(FENCE), 3, "dentro de otro bloque", id="too deep"),
        pytest.param("- ```bash\n  echo\n  ```\n", 1, "viñeta", id="on the bullet"),
        pytest.param("1. ```bash\n   echo\n   ```\n", 1, "viñeta", id="on the number"),
        pytest.param("a\n\n```bash\necho\n\n```bash\necho\n```\n", 3, "línea 6", id="swallows"),
        pytest.param('```bash nada="1"\necho\n```\n', 1, "como texto", id="unknown option"),
        pytest.param("- a\n\n    ```bash\n  echo\n    ```\n", 3, "línea 4", id="shallow content"),
        pytest.param("```bash\necho\n````\n", 1, "no se cierra", id="closed by another length"),
        pytest.param("```bash\necho\n~~~\n", 1, "no se cierra", id="closed by another mark"),
        pytest.param("> ```bash\necho\n> ```\n", 1, "línea 2", id="outside the quote"),
    ],
)  # fmt: skip
def test_code_that_is_no_fence_on_the_site_is_a_problem(
    tmp_path: Path, text: str, line: int, complaint: str
) -> None:
    document = read(tmp_path, text)
    assert complaint in complaints(document)
    assert document.problems[0].line == line
    assert not document.blocks


def test_only_what_the_sites_markdown_knows_counts(tmp_path: Path) -> None:
    """The same page is fine with admonitions and wrong without: no own idea of Markdown."""
    text = "!!! note\n\n" + indented(FENCE)
    assert complaints(read(tmp_path, text, SITE)) == ""
    bare = "markdown_extensions: [pymdownx.superfences]\n"
    assert "dentro de otro bloque" in complaints(read(tmp_path, text, bare))
    assert "como texto" in complaints(read(tmp_path, "- a\n\n" + indented(FENCE), "site_name: x\n"))


def test_one_slip_is_one_problem(tmp_path: Path) -> None:
    """What a fence that does not close does to the rest of the page is not reported again."""
    text = "- ```bash\n  echo\n  ```\n\n" + FENCE + "\n" + indented(FENCE)
    assert [problem.line for problem in read(tmp_path, text).problems] == [1]


def test_code_that_the_site_shows_twice_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twice(text: str, markdown: MarkdownSettings) -> Rendered:
        once = render(text, markdown)
        return Rendered(once.code * 2, once.text)

    monkeypatch.setattr(fences, "render", twice)
    assert "otra cosa" in complaints(read(tmp_path, FENCE))


def test_three_backticks_inside_a_line_open_nothing(tmp_path: Path) -> None:
    document = read(tmp_path, "texto\n```echo``` y más\n\n" + FENCE)
    assert complaints(document) == ""
    assert [block.line for block in document.blocks] == [4]


def test_tabs_that_the_site_keeps_are_kept(tmp_path: Path) -> None:
    site = "markdown_extensions: [pymdownx.superfences: {preserve_tabs: true}]\n"
    document = read(tmp_path, "```text\na\tb\n\tc\n```\n", site)
    assert complaints(document) == ""
    assert document.blocks[0].code == "a\tb\n\tc"


def test_a_column_of_line_numbers_is_no_code_block(tmp_path: Path) -> None:
    site = "markdown_extensions: [codehilite: {linenums: true}]\n"
    document = read(tmp_path, FENCE, site)
    assert complaints(document) == ""
    assert len(document.blocks) == 1


@pytest.mark.parametrize(
    "opening",
    [
        '<div style="display:none" markdown>',
        '<div style="color: red; DISPLAY : none" markdown>',
        "<div hidden markdown>",
        '<div markdown style="visibility: hidden">\n<div markdown>\n</div>',
    ],
)
def test_fence_in_a_hidden_element_is_refused(tmp_path: Path, opening: str) -> None:
    text = f"# T\n\n{opening}\n\n{FENCE}\n</div>\n\n{FENCE}"
    assert "está en un elemento oculto" in complaints(read(tmp_path, text, SITE))
    assert len(read(tmp_path, text, SITE).problems) == 1
    seen = text.replace(opening, opening[: opening.index("div") + 3] + " markdown>")
    seen = seen.replace("</div>\n\n</div>", "</div>")
    assert complaints(read(tmp_path, seen, SITE)) == ""


@pytest.mark.parametrize("output", ["...", "...  # nada", "\n...\n\n..."])
def test_output_that_is_nothing_but_any_lines_is_refused(tmp_path: Path, output: str) -> None:
    page = f"```console\n$ seq 3\n{output}\n$ true\n```\n"
    document = read(tmp_path, page)
    assert "solo `...` no dice nada" in complaints(document)
    assert len(document.problems) == 1
    assert complaints(read(tmp_path, page.replace(output, f"{output}\n3"))) == ""
    assert complaints(read(tmp_path, "```bash\nseq 3\n```\n")) == ""


@pytest.mark.parametrize("what", ["--for=delete", "--for delete"])
def test_wait_until_objects_are_gone_may_print_anything(tmp_path: Path, what: str) -> None:
    page = "```console\n$ kubectl wait pod -l app=a {} --timeout=60s\n...\n```\n"
    assert complaints(read(tmp_path, page.format(what))) == ""
    assert complaints(read(tmp_path, page.format("--for=condition=Ready"))) != ""


def test_excerpt_says_where_lines_are_missing(tmp_path: Path) -> None:
    page = "<!-- verificar: salida=parcial -->\n```console\n$ seq 3\n{}\n```\n"
    assert "no dice dónde falta algo" in complaints(read(tmp_path, page.format("2")))
    assert complaints(read(tmp_path, page.format("...\n2\n..."))) == ""


def test_a_fence_in_a_comment_is_not_shown_and_so_no_block(tmp_path: Path) -> None:
    hidden = "<!--\n```sh\necho\n```\n-->\n\n"
    assert complaints(read(tmp_path, hidden + FENCE)) == ""
    assert [b.line for b in read(tmp_path, hidden + FENCE).blocks] == [7]
    assert "`sh`" in complaints(read(tmp_path, hidden.replace("<!--", "").replace("-->", "")))


def test_metadata_at_the_top_is_no_content(tmp_path: Path) -> None:
    assert read(tmp_path, "---\ncode: `no`\n---\n").prose  # not YAML: mkdocs shows it
    assert not read(tmp_path, "---\ncode: 'es `no`'\n---\n").prose
    assert read(tmp_path, "code: `no`\n  `y más`\n").prose
    (only,) = read(tmp_path, "code: `no`\n    `tampoco`\n\nhola\n").prose
    assert only.text == "hola"


@pytest.mark.parametrize(
    ("fence", "role", "reason"),
    [
        ("```bash\necho\n```", Role.COMMANDS, ""),
        ('```bash title="Para copiar"\necho\n```', Role.COMMANDS, ""),
        ("```yaml\na: b\n```", Role.MANIFEST, ""),
        ('```yaml title="Un pod"\na: b\n```', Role.MANIFEST, ""),
        ('```yaml title="extras/pod.yaml"\na: b\n```', Role.FILE, ""),
        ('```sh title="extras/pod.yaml"\na: b\n```', Role.FILE, ""),
        ('```bash title="extras/pod.yaml"\na: b\n```', Role.FILE, ""),
        ('```dockerfile title="Dockerfile"\nFROM x\n```', Role.FILE, ""),
        ("```python\nprint()\n```", Role.PYTHON, ""),
        ("```{.python continuation fixture:x retry:2}\nprint()\n```", Role.PYTHON, ""),
        ("<!-- verificar: continua -->\n```python\nprint()\n```", Role.PYTHON, ""),
        ('<!-- verificar: fragmento="extras/pod.yaml" -->\n```yaml\na: b\n```', Role.FRAGMENT, ""),
        ('<!-- verificar: fragmento="extras/pod.yaml" -->\n```bash\na\n```', Role.FRAGMENT, ""),
        ('<!-- verificar: invalido="no" -->\n```yaml\na: b\n```', Role.MANIFEST, ""),
        ('```text title="Otra cosa"\nhola\n```', Role.SHOWN, "texto"),
        ('```{.python title="extras/pod.yaml"}\nprint()\n```', Role.FILE, ""),
        ("```mermaid\ngraph LR\n```", Role.RENDERED, "diagrama: lo dibuja el sitio"),
        ("```text\nhola\n```", Role.SHOWN, "texto"),
        ("```TEXT\nhola\n```", Role.SHOWN, "texto"),
        ('<!-- verificar: mostrar motivo="sí" -->\n```json\n{}\n```', Role.SHOWN, "sí"),
        ('<!-- verificar: mostrar motivo="no" -->\n```console\n$ x\n```', Role.SHOWN, "no"),
    ],
)  # fmt: skip
def test_each_language_has_its_role(tmp_path: Path, fence: str, role: Role, reason: str) -> None:
    (tmp_path / "extras").mkdir()
    (tmp_path / "extras" / "pod.yaml").write_text("a: b\n")
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    document = read(tmp_path, fence + "\n")
    assert complaints(document) == ""
    assert [(b.role, b.reason) for b in document.blocks] == [(role, reason)]


@pytest.mark.parametrize(
    ("fence", "complaint"),
    [
        ("```\necho\n```", "no dice su lenguaje"),
        ("```bsh\necho\n```", "¿Quisieron decir `bash`?"),
        ("```yml\na: b\n```", "¿Quisieron decir `yaml`?"),
        ("```klingon\nqapla\n```", "Se puede usar `console`"),
        ("```sh\necho\n```", "Usen ```bash"),
        ("```shell\necho\n```", "```console"),
        ("```zsh\necho\n```", "```bash"),
        ("```json\n{}\n```", "mostrar motivo"),
        ('```json title="Una respuesta"\n{}\n```', "mostrar motivo"),
        ("```bash\n```", "vacío"),
        ("```console\n\n```", "vacío"),
        ("```text\n$ kubectl get pods\n```", "```console"),
        ('```console title="Otra"\n$ echo\n```', 'title="Terminal 2"'),
        ('```console title="extras/pod.yaml"\n$ echo\n```', 'title="Terminal 2"'),
        ('```bash title="terminal 2"\necho\n```', 'title="Terminal 2"'),
        ('```yaml title="extras/pod.yml"\na: b\n```', "¿Será `extras/pod.yaml`?"),
        ('```yaml title="extras/otra/pod.yaml"\na: b\n```', "No existe el archivo"),
        ('```yaml title="../pod.yaml"\na: b\n```', "fuera del proyecto"),
        ('```yaml title="/etc/passwd.yaml"\na: b\n```', "fuera del proyecto"),
        ("```bash\n$ kubectl get pods\n```", "prompt"),
        ("```bash\n╰─ kubectl get pods\n```", "prompt"),
        ("```bash\n# primero\n  $ kubectl get pods\n```", "prompt"),
        ("```bash\napiVersion: v1\nkind: Pod\n```", "manifiesto"),
        ("```bash\nkubectl apply -f -\nkind: Pod\nmetadata:\n  name: it's\n```", "manifiesto"),
        ("```bash\necho 'hola\n```", "cerrar"),
        ("```console\nhola\n```", "antes de cualquier comando"),
        ("```{.python notest}\nx\n```", "mostrar motivo"),
        ("```{.python continuacion}\nx\n```", "no conoce la opción `continuacion`"),
        ('```text title="Salida"\nhola\n```', "va después de un bloque `python`"),
        ("<!-- verificar: continua -->\n```bash\nx\n```", "`continua` no tiene efecto"),
        ("<!-- verificar: continua=2 -->\n```python\nx\n```", "no lleva ningún valor"),
        ("<!-- verificar: invalido -->\n```yaml\nx\n```", "A `invalido` le falta el valor"),
        ('<!-- verificar: invalido="no" -->\n```bash\nx\n```', "`invalido` no tiene efecto"),
        ('<!-- verificar: fragmento="" -->\n```yaml\nx\n```', "A `fragmento` le falta el valor"),
        ('<!-- verificar: fragmento="no.yaml" -->\n```yaml\nx\n```', "No existe el archivo"),
        (
            '<!-- verificar: fragmento="extras/pod.yaml" -->\n```console\n$ x\n```',
            "no tiene efecto",
        ),
        (
            '<!-- verificar: fragmento="extras/pod.yaml" -->\n'
            '```yaml title="extras/pod.yaml"\nx\n```',
            "copia de un archivo y también un fragmento",
        ),
    ],
)
def test_a_fence_that_means_nothing_says_what_to_write(
    tmp_path: Path, fence: str, complaint: str
) -> None:
    (tmp_path / "extras").mkdir()
    (tmp_path / "extras" / "pod.yaml").write_text("a: b\n")
    document = read(tmp_path, "texto\n\n" + fence + "\n")
    assert complaint in complaints(document)
    assert len(document.problems) == 1
    assert all(problem.next_step for problem in document.problems)
    assert document.problems[0].line >= 3


def test_a_manifest_inside_a_here_document_is_a_command(tmp_path: Path) -> None:
    text = "```bash\nkubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nEOF\n```\n"
    assert complaints(read(tmp_path, text)) == ""


def test_prose_is_every_line_that_is_not_run(tmp_path: Path) -> None:
    text = (
        "# El `pod`\n\n**Uno** <b>dos</b>\n\n<!-- no\nni esto --> sí\n\n"
        "```console\n$ tampoco\n```\n\n```text\nun texto\n```\n\n> cita\n"
    )
    document = read(tmp_path, text)
    assert complaints(document) == ""
    assert [(line.line, line.text.strip()) for line in document.prose] == [
        (1, "# El `pod`"),
        (3, "**Uno** <b>dos</b>"),
        (6, "sí"),
        (13, "un texto"),
        (16, "> cita"),
    ]


def test_a_page_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    settings = inventory.settings(None)
    (gone,) = inventory.read_page(tmp_path / "no.md", settings, tmp_path).problems
    assert "No se puede leer" in str(gone)
    (tmp_path / "latin.md").write_bytes("ñ".encode("latin-1"))
    (latin,) = inventory.read_page(tmp_path / "latin.md", settings, tmp_path).problems
    assert "UTF-8" in str(latin)


def test_problems_come_in_the_order_of_the_page(tmp_path: Path) -> None:
    text = "```sh\nx\n```\n\n<!-- verificar: nada -->\n\n\ntexto\n\n"
    text += "```json\n{}\n```\n\n```bash\n'\n```\n"
    lines = [problem.line for problem in read(tmp_path, text).problems]
    assert lines == sorted(lines) == [1, 5, 10, 15]


# -- directives


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("verificar: salida=parcial", Directives(partial=True)),
        ("verificar: codigo=1", Directives(exit_code=1)),
        ("verificar: limite=90", Directives(limit=90.0)),
        ("verificar:limite=0.5   codigo=0", Directives(limit=0.5, exit_code=0)),
        ("verificar: mostrar motivo='a \"b\"'", Directives(show='a "b"')),
        ("verificar:\n  salida=parcial\n  limite=3\n", Directives(partial=True, limit=3.0)),
    ],
)
@pytest.mark.parametrize("gap", ["", "\n"])
@pytest.mark.parametrize(
    "nest", [str, lambda t: "- a\n\n" + indented(t), lambda t: "> a\n>\n" + quoted(t)]
)
def test_a_directive_belongs_to_the_fence_below(  # type: ignore[no-untyped-def]
    tmp_path: Path, comment: str, expected: Directives, gap: str, nest
) -> None:  # type: ignore[no-untyped-def]
    fence = FENCE.replace("hola\nhola", "hola\nhola\n...")
    document = read(tmp_path, nest(f"<!-- {comment} -->\n{gap}{fence}") + "\n" + FENCE)
    assert complaints(document) == ""
    assert [block.directives for block in document.blocks] == [expected, Directives()]


@pytest.mark.parametrize(
    ("comment", "complaint"),
    [
        ("verificar: salidas=parcial", "¿Quisieron decir `salida`?"),
        ("verificar: salida=total", "no existe"),
        ("verificar: salida", "no existe"),
        ("verificar: codigo=uno", "código de salida"),
        ("verificar: codigo=256", "código de salida"),
        ("verificar: limite=0", "cantidad de segundos"),
        ("verificar: limite=inf", "cantidad de segundos"),
        ("verificar: limite=2m", "cantidad de segundos"),
        ("verificar: mostrar", "dice por qué"),
        ('verificar: mostrar motivo=""', "dice por qué"),
        ('verificar: motivo="x"', "dice por qué"),
        ('verificar: mostrar motivo="x" codigo=1', "no tiene efecto"),
        ('verificar: mostrar motivo="x', "comilla"),
        ("verificar: codigo=1 codigo=2", "dos veces"),
        ("verificar:", "vacía"),
        ("verificar: retry=3", "`limite=SEGUNDOS`"),
        ("verificar salida=parcial", "mal escrito"),
        ("Verificar: salida=parcial", "mal escrito"),
        ("verficar: salida=parcial", "mal escrito"),
    ],
)
def test_a_directive_that_says_nothing_known_is_a_problem(
    tmp_path: Path, comment: str, complaint: str
) -> None:
    document = read(tmp_path, f"texto\n\n<!-- {comment} -->\n{FENCE}")
    assert complaint in complaints(document)
    assert len(document.problems) == 1
    assert document.problems[0].line in (3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- verificar: codigo=1 -->\n\ntexto\n\n" + FENCE,
        "<!-- verificar: codigo=1 -->\n\n\n" + FENCE,
        "- a\n\n<!-- verificar: codigo=1 -->\n\n" + indented(FENCE),
        "<!-- verificar: codigo=1 -->\n<!-- verificar: codigo=1 -->\n" + FENCE,
        FENCE + "\n<!-- verificar: codigo=1 -->\n",
    ],
)
def test_a_directive_away_from_a_fence_is_a_problem(tmp_path: Path, text: str) -> None:
    assert "no está justo antes" in complaints(read(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    ["<!-- un comentario -->\n", "`<!-- verificar: x -->`\n", "<!-- more -->\n", "<!-- -->\n"],
)
def test_other_comments_are_the_authors(tmp_path: Path, text: str) -> None:
    assert complaints(read(tmp_path, text + "\n" + FENCE)) == ""


@pytest.mark.parametrize(
    ("setting", "fence"),
    [
        ("salida=parcial", "bash"),
        ("codigo=1", "python"),
        ("limite=3", "yaml"),
        ("limite=3", "text"),
    ],
)
def test_a_setting_without_effect_is_a_problem(tmp_path: Path, setting: str, fence: str) -> None:
    text = f"<!-- verificar: {setting} -->\n```{fence}\nx: y\n```\n"
    assert "no tiene efecto" in complaints(read(tmp_path, text))


# -- the site's configuration


def test_the_configuration_is_read_as_mkdocs_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLER_TABS", "true")
    (tmp_path / "base.yml").write_text("markdown_extensions: [admonition]\nextra: {a: 1}\n")
    (tmp_path / "mkdocs.yml").write_text(
        "INHERIT: base.yml\nextra: {b: !ENV [NO_SUCH, OTRA, 3]}\nmarkdown_extensions:\n"
        "  pymdownx.tabbed:\n    alternate_style: !ENV TALLER_TABS\n  pymdownx.superfences:\n"
        "mdx_configs:\n  toc: {toc_depth: 2}\n"
    )
    read_settings = inventory.settings(tmp_path / "mkdocs.yml")
    assert dict(read_settings.extensions) == {
        "toc": {"toc_depth": 2},
        "tables": {},
        "fenced_code": {},
        "pymdownx.tabbed": {"alternate_style": True},
        "pymdownx.superfences": {},
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "no se puede leer"),
        ("- a", "no es una configuración"),
        ("markdown_extensions: [{a: {}, b: {}}]", "markdown_extensions"),
        ("markdown_extensions: [{a: 3}]", "markdown_extensions"),
        ("markdown_extensions: [no_such_extension]", "no se puede usar"),
        ("markdown_extensions: [{toc: {nada: 1}}]", "no se puede usar"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(inventory.SettingsError) as caught:
        read(tmp_path, FENCE, text)
    assert complaint in caught.value.message
    assert caught.value.next_step


# -- the inventory equals the site


def test_as_many_blocks_as_code_blocks_in_the_built_html(tmp_path: Path) -> None:
    """Counted on full Python-Markdown, colours and line numbers included, by other code."""
    inside = [text for name, text in NESTINGS.items() if name not in ("front matter", "bom")]
    numbered = [text.replace("hola", f"hola {n}") for n, text in enumerate(inside * 10)]
    separated = "\n\n<!-- aparte -->\n\n# Otro\n\n".join(numbered)
    html = markdown.markdown(
        separated.replace("\r\n", "\n"),
        extensions=["toc", "tables", "fenced_code", "admonition", "attr_list", "md_in_html",
                    "def_list", "pymdownx.details", "pymdownx.tabbed", "pymdownx.superfences",
                    "pymdownx.highlight"],
        extension_configs={"pymdownx.tabbed": {"alternate_style": True}},
    )  # fmt: skip
    document = read(tmp_path, separated, SITE)
    assert complaints(document) == ""
    assert len(document.blocks) == len(numbered)
    # One code block is one <pre> that is not the column of line numbers.
    code_blocks = html.count("<pre") - html.count('<div class="linenodiv">')
    assert len(document.blocks) == code_blocks
    shown = [
        re.sub("<[^>]+>", "", each) for each in re.findall(r"<code>(.*?)</code>", html, re.DOTALL)
    ]
    assert [s.strip().splitlines()[-1] for s in shown if "hola" in s] == [
        block.code.splitlines()[-1] for block in document.blocks
    ]
