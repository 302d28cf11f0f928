"""What a person names, and the pages meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from taller.chapters import resolve
from taller.exits import WrongUse


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "05-buenas").mkdir(parents=True)
    for name in ("index.md", "03-kubernetes.md", "04-hola.md", "05-buenas/a.md", "05-buenas/b.md"):
        (docs / name).write_text("hola\n")
    (docs / "04-esquema.svg").write_text("<svg/>")
    return docs


def names(pages: tuple[Path, ...]) -> list[str]:
    return [page.name for page in pages]


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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("07", "No hay un capítulo 07."),
        ("nada.md", "No encontramos «nada.md»."),
        ("docs/04-esquema.svg", "no es una página"),
        ("vacia", "no hay ninguna página"),
    ],
)
def test_what_means_nothing_says_what_there_is(docs: Path, name: str, message: str) -> None:
    (docs.parent / "vacia").mkdir()
    with pytest.raises(WrongUse) as error:
        resolve([name], docs, docs.parent)
    assert message in error.value.message
    assert error.value.next_step
