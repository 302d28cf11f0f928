"""A fence that names a file is true if it equals the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.document import Block, Role
from kubedoctest.filecopy import difference, names_file


def fence(code: str, title: str = "extras/pod.yaml") -> Block:
    return Block(Path("page.md"), 7, "yaml", title, code, Role.FILE)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "extras").mkdir()
    return tmp_path


@pytest.mark.parametrize("content", ["a: 1\nb:\t2", "a: 1\nb:\t2\n", "a: 1\r\nb:\t2\r\n\r\n"])
def test_equal_but_for_line_ends(files: Path, content: str) -> None:
    (files / "extras/pod.yaml").write_bytes(content.encode())
    assert difference(fence("a: 1\nb:\t2"), files) is None


@pytest.mark.parametrize(
    "code",
    ["a: 1", "a: 1\nb:\t3", "a: 1\nb: 2", "a: 1\nb:\t2\nc: 3", "a: 1 \nb:\t2", "b: 2\na: 1"],
)
def test_any_other_difference_is_shown(files: Path, code: str) -> None:
    (files / "extras/pod.yaml").write_text("a: 1\nb:\t2\n")
    shown = difference(fence(code), files)
    assert shown is not None
    assert "--- extras/pod.yaml (el archivo)" in shown
    assert "+++ page.md:7 (lo que muestra la página)" in shown
    assert any(line[:1] in "+-" and line[1:2] not in "+-" for line in shown.split("\n"))


def test_a_file_that_cannot_be_compared_says_why(files: Path) -> None:
    (files / "extras/pod.yaml").write_bytes(b"\xff\xfe")
    assert "UTF-8" in (difference(fence("a"), files) or "")
    assert "¿Será `extras/pod.yaml`?" in (difference(fence("a", "extras/pods.yaml"), files) or "")
    assert "fuera del proyecto" in (difference(fence("a", "extras/../../x"), files) or "")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("extras/a", True),
        ("pod.yaml", True),
        ("Dockerfile", True),
        ("Terminal 2", False),
        ("Un pod.yaml", False),
        ("https://kubernetes.io/a.yaml", False),
        ("v1.37", False),
        ("mi-pod", False),
    ],
)
def test_titles_that_are_paths(title: str, expected: bool) -> None:
    assert names_file(title) is expected
