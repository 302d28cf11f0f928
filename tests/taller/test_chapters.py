"""What a person names, and the pages meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from taller.chapters import Chosen, resolve
from taller.exits import WrongUse


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "05-buenas").mkdir(parents=True)
    for name in ("index.md", "03-kubernetes.md", "04-hola.md", "05-buenas/a.md", "05-buenas/b.md"):
        (docs / name).write_text("hola\n")
    (docs / "04-esquema.svg").write_text("<svg/>")
    return docs


def names(chosen: tuple[Chosen, ...]) -> list[str]:
    return [each.page.name + f"#{each.section}" * bool(each.section) for each in chosen]


def test_nothing_means_every_chapter(docs: Path) -> None:
    pages = resolve([], docs, docs.parent)
    assert names(pages) == ["03-kubernetes.md", "04-hola.md", "a.md", "b.md", "index.md"]


@pytest.mark.parametrize("number", ["04", "4"])
def test_a_number_means_that_chapter(docs: Path, number: str) -> None:
    assert names(resolve([number], docs, docs.parent)) == ["04-hola.md"]


def test_a_chapter_may_be_a_folder(docs: Path) -> None:
    assert names(resolve(["05"], docs, docs.parent)) == ["a.md", "b.md"]


def test_files_and_folders_from_here_or_from_the_project(docs: Path) -> None:
    assert names(resolve(["03-kubernetes.md"], docs, docs)) == ["03-kubernetes.md"]
    assert names(resolve(["docs/03-kubernetes.md"], docs, Path("/"))) == ["03-kubernetes.md"]
    assert names(resolve([str(docs / "05-buenas")], docs, Path("/"))) == ["a.md", "b.md"]


def test_each_page_comes_once_in_the_order_asked(docs: Path) -> None:
    pages = resolve(["04", "03", "docs/04-hola.md"], docs, docs.parent)
    assert names(pages) == ["04-hola.md", "03-kubernetes.md"]


def test_anchor_after_a_chapter_or_file_means_that_section(docs: Path) -> None:
    chosen = resolve(["04#deployments", "3#un-pod", "docs/03-kubernetes.md#un-pod"], docs, docs)
    assert names(chosen) == ["04-hola.md#deployments", "03-kubernetes.md#un-pod"]
    assert str(chosen[0]) == f"{docs}/04-hola.md#deployments"


def test_section_of_a_page_that_is_asked_for_whole_comes_with_it(docs: Path) -> None:
    assert names(resolve(["04#deployments", "04"], docs, docs)) == ["04-hola.md"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("07", "No hay un capítulo 07."),
        ("nada.md", "No encontramos «nada.md»."),
        ("docs/04-esquema.svg", "no es una página"),
        ("vacia", "no hay ninguna página"),
        ("07#deployments", "No hay un capítulo 07."),
        ("05#deployments", "«05#deployments» no es una sección de una página"),
        ("04#", "«04#» no es una sección de una página"),
    ],
)
def test_what_means_nothing_says_what_there_is(docs: Path, name: str, message: str) -> None:
    (docs.parent / "vacia").mkdir()
    with pytest.raises(WrongUse) as error:
        resolve([name], docs, docs.parent)
    assert message in error.value.message
    assert error.value.next_step


def test_anchor_after_a_chapter_with_pages_under_it_is_of_the_chapters_own(docs: Path) -> None:
    (docs / "04-hola").mkdir()
    (docs / "04-hola" / "jobs.md").write_text("hola\n")
    assert names(resolve(["04"], docs, docs)) == ["jobs.md", "04-hola.md"]
    assert names(resolve(["04#deployments"], docs, docs)) == ["04-hola.md#deployments"]
