"""The parts of a page that begin with a «Punto de partida» of their own, and sections run alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory, sections
from kubedoctest.page.document import Document, Titles

RUN = "```bash\necho {}\n```\n"


def page(folder: Path, *lines: str, mkdocs: str | None = None) -> Document:
    """A page of headings, prose, and a block for each line that begins with ``!``."""
    text = "\n".join(RUN.format(line[1:]) if line[:1] == "!" else f"{line}\n" for line in lines)
    path = folder / "page.md"
    path.write_text(text)
    return inventory.read_page(path, settings(folder, mkdocs), folder)


def settings(folder: Path, mkdocs: str | None = None) -> inventory.MarkdownSettings:
    if mkdocs is None:
        return inventory.settings(None)
    (folder / "mkdocs.yml").write_text(mkdocs)
    return inventory.settings(folder / "mkdocs.yml")


def commands(document: Document) -> str:
    return " ".join(block.code.removeprefix("echo ") for block in document.blocks)


def parts(document: Document) -> list[tuple[str, str]]:
    assert not document.problems
    return [(part.section, commands(part)) for part in sections.parts(document)]


def selected(document: Document, anchor: str) -> list[tuple[str, bool]]:
    chosen = sections.select(document, anchor, inventory.settings(None))
    return [(commands(part), part.leaves_nothing) for part in chosen]


FLOW = ("# T", "## Punto de partida", "!a", "## Uno", "!b", "### Más", "!c", "## Limpieza", "!d")
ALONE = ("# T", "hola", "## Uno", "### Punto de partida", "!a", "### Algo", "!b", "### Limpieza",
         "!c", "## Para pensar", "!d", "## Dos", "**Punto de partida.** Un pod.", "!e", "### Más",
         "!f", "**Limpieza:** lo borramos.", "!g")  # fmt: skip


def test_page_with_one_start_is_one_part(tmp_path: Path) -> None:
    assert parts(page(tmp_path, *FLOW)) == [("", "a b c d")]


def test_section_with_its_own_start_is_a_part_up_to_the_next(tmp_path: Path) -> None:
    assert parts(page(tmp_path, *ALONE)) == [("Uno", "a b c d"), ("Dos", "e f g")]


def test_blocks_before_the_first_section_with_a_start_are_a_part(tmp_path: Path) -> None:
    found = page(tmp_path, "# T", "## Punto de partida", "!x", *ALONE[2:])
    assert parts(found)[0] == ("", "x")
    assert len(parts(found)) == 3


def test_subsection_with_its_own_start_is_a_part(tmp_path: Path) -> None:
    found = page(tmp_path, "## A", "!a", "### B", "#### Punto de partida", "!b", "## C", "!c")
    assert parts(found) == [("", "a"), ("B", "b c")]


@pytest.mark.parametrize("line", ["Un **Punto de partida.**", "- **Punto de partida.**"])
def test_bold_words_that_begin_no_paragraph_so_are_no_start(tmp_path: Path, line: str) -> None:
    assert parts(page(tmp_path, "## A", line, "!a", "## B", line, "!b")) == [("", "a b")]


def test_section_is_run_with_its_own_start_and_cleanup(tmp_path: Path) -> None:
    document = page(tmp_path, *ALONE)
    assert selected(document, "uno") == [("a b c", True)]
    assert selected(document, "dos") == [("e f g", True)]


def test_section_without_a_start_is_run_after_that_of_its_part(tmp_path: Path) -> None:
    assert selected(page(tmp_path, *FLOW), "uno") == [("a b c", False)]
    assert selected(page(tmp_path, *FLOW), "mas") == [("a c", False)]
    assert selected(page(tmp_path, *ALONE), "para-pensar") == [("a d", False)]


def test_last_section_is_cleared_up_by_the_page(tmp_path: Path) -> None:
    document = page(tmp_path, "## A", "**Punto de partida.**", "!a", "## Limpieza", "!z")
    assert selected(document, "a") == [("a z", True)]


def test_section_that_holds_parts_is_all_of_them(tmp_path: Path) -> None:
    start = "#### Punto de partida"
    found = page(tmp_path, "## A", "### B", start, "!b", "### C", start, "!c", "## D", "!d")
    assert selected(found, "a") == [("b", True), ("c", True)]


def test_anchors_are_those_of_the_site(tmp_path: Path) -> None:
    mkdocs = (
        "site_name: P\nmarkdown_extensions:\n  - attr_list\n  - pymdownx.superfences\n"
        "  - toc:\n      slugify: !!python/object/apply:pymdownx.slugs.slugify\n"
        "        kwds: {case: lower}\n"
    )
    lines = ("---\ntitle: x\n---", "# Título", "## ¿Qué pasó?", "!a", "## ¿Qué pasó?", "!b")
    document = page(tmp_path, *lines, "## Otra { #propia }", "```text\n## No\n```", mkdocs=mkdocs)
    known = sections.anchors(document, settings(tmp_path, mkdocs))
    assert list(known) == ["título", "qué-pasó", "qué-pasó_1", "propia"]
    chosen = sections.select(document, "qué-pasó_1", settings(tmp_path, mkdocs))
    assert [commands(part) for part in chosen] == ["b"]


def test_unknown_section_lists_those_that_can_be_run(tmp_path: Path) -> None:
    document = page(tmp_path, *ALONE, "## Enlaces", "nada")
    with pytest.raises(sections.UnknownSection) as error:
        selected(document, "tres")
    assert "no tiene la sección «tres»" in error.value.message
    assert error.value.next_step == "Las que se pueden correr son: uno, para-pensar, dos."
    with pytest.raises(sections.UnknownSection, match="ningún bloque en la sección «enlaces»"):
        selected(document, "enlaces")


def test_part_that_begins_in_the_middle_of_a_stream_is_a_problem(tmp_path: Path) -> None:
    stream = '```console title="Terminal 2"\n$ sleep 60\n```'
    rest = '```console title="Terminal 2"\nhola\n^C\n```'
    start = "**Punto de partida.**"
    assert not page(tmp_path, "## A", "!a", stream, "## B", "!b", rest).problems
    (problem,) = page(tmp_path, "## A", start, stream, "## B", start, rest).problems
    assert problem.line == 14


def test_parts_begin_and_end_with_the_titles_that_their_pages_use(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# T\n\n## A\n\n**Setup.**\n\n```bash\ntrue\n```\n\n## B\n\n### Setup\n\n")
    titles = Titles("Setup", "Clean up")
    found = inventory.read_page(path, inventory.settings(None), tmp_path, titles)
    assert [part.section for part in sections.parts(found)] == ["A", "B"]
    usual = inventory.read_page(path, inventory.settings(None), tmp_path)
    assert sections.parts(usual) == (usual,)
