"""A fence that names a file is true if it equals the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory
from kubedoctest.page.document import Block, PageError, Role
from kubedoctest.page.filecopy import names_file, strange_line
from kubedoctest.run.failures import file_failure


def fence(code: str, title: str = "extras/pod.yaml") -> Block:
    return Block(Path("page.md"), 7, "yaml", title, code, Role.FILE)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "extras").mkdir()
    return tmp_path


@pytest.mark.parametrize("content", ["a: 1\nb:\t2", "a: 1\nb:\t2\n", "a: 1\r\nb:\t2\r\n\r\n"])
def test_equal_but_for_line_ends(files: Path, content: str) -> None:
    (files / "extras/pod.yaml").write_bytes(content.encode())
    assert file_failure(fence("a: 1\nb:\t2"), files) is None


@pytest.mark.parametrize(
    "code",
    ["a: 1", "a: 1\nb:\t3", "a: 1\nb: 2", "a: 1\nb:\t2\nc: 3", "a: 1 \nb:\t2", "b: 2\na: 1"],
)
def test_any_other_difference_is_shown(files: Path, code: str) -> None:
    (files / "extras/pod.yaml").write_text("a: 1\nb:\t2\n")
    failure = file_failure(fence(code), files)
    assert failure is not None
    assert failure.reasons == ("el bloque no es igual a extras/pod.yaml",)
    page, file = (
        "\n".join(line.text for line in failure.difference if line.mark in (" ", mark))
        for mark in "-+"
    )
    assert (page, file) == (code, "a: 1\nb:\t2")


def test_a_file_that_cannot_be_compared_says_why(files: Path) -> None:
    (files / "extras/pod.yaml").write_bytes(b"\xff\xfe")
    for title, told in [
        ("extras/pod.yaml", "UTF-8"),
        ("extras/pods.yaml", "¿Será `extras/pod.yaml`?"),
        ("extras/../../x", "fuera del proyecto"),
    ]:
        failure = file_failure(fence("a", title), files)
        assert failure is not None
        assert told in f"{failure.reasons[0]} {failure.next_step}"


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


DEPLOYMENT = """\
apiVersion: apps/v1   # la API
kind: Deployment
metadata:
  name: mi-app

spec:
  replicas: 3
  template:
    spec:
      containers:
        # uno solo
        - name: "uno # dos"   # con comillas
          image: nginx:1.29
        - name: dos
          image: nginx:1.28
"""


def fragment(files: Path, code: str) -> tuple[int, str] | None:
    (files / "extras/deploy.yaml").write_text(DEPLOYMENT)
    return strange_line(fence(code, "…"), "extras/deploy.yaml", files)


@pytest.mark.parametrize(
    "code",
    [
        "replicas: 3",
        "spec:\n  replicas: 3  # otra aclaración\n  template:",
        "metadata:\n  name: mi-app\nspec:",
        "  template:\n    spec:\n\n      containers:\n      ...",
        "spec:\n  ...\n      containers:",
        '- name: "uno # dos"\n  image: nginx:1.29\n...\n- name: dos\n  image: nginx:1.28',
        '- name: "uno # dos"\n...\n- name: dos\n...',
        "spec:\n...\n    - name: dos\n      image: nginx:1.28",
        "...\nreplicas: 3",
    ],
)
def test_lines_of_a_file_are_a_fragment_of_it(files: Path, code: str) -> None:
    assert fragment(files, code) is None


@pytest.mark.parametrize(
    ("code", "offset"),
    [
        ("replicas: 4", 0),
        ("spec:\n  replicas: 4", 1),
        ("spec:\n  template:", 1),  # a line is left out in silence
        ("spec:\nreplicas: 3", 1),  # another place than in the file
        ("metadata:\n  name: mi-app\n  replicas: 3", 2),
        ("spec:\n  ...\n  kind: Deployment", 2),  # the order counts
        ('- name: "uno"', 0),
        ('- name: "uno # dos"\n  image: nginx:1.28', 1),
        ('- name: "uno # dos"\n...\n  image: nginx:1.28', 2),  # another item's
        ("metadata:\n...\n  replicas: 3", 2),  # under another key
        ("  name: mi-app\n...\n  replicas: 3", 2),
        ("...", 0),
    ],
)
def test_other_lines_are_not_and_the_first_is_named(files: Path, code: str, offset: int) -> None:
    found = fragment(files, code)
    assert found is not None
    assert found[0] == offset


def test_a_fragment_of_nothing(files: Path) -> None:
    with pytest.raises(PageError, match="No existe el archivo"):
        strange_line(fence("a"), "extras/nada.yaml", files)


def test_the_first_line_that_differs_is_the_place_of_the_failure(files: Path) -> None:
    (files / "extras/Dockerfile").write_text("FROM a\nRUN b\nCMD c\n")
    for code, line in [
        ("FROM a\nRUN x\nCMD c", 9),
        ("FROM a", 8),
        ("FROM a\nRUN b\nCMD c\n\nX", 11),
    ]:
        block = fence(code, "extras/Dockerfile")
        assert (failure := file_failure(block, files)) is not None
        assert failure.place == f"page.md:{line}", code


@pytest.mark.parametrize(
    "lang",
    sorted(inventory._FILES_ONLY | {"yaml", "python", "bash", "text", "sh"}),
)
def test_a_file_of_any_language_is_compared(files: Path, lang: str) -> None:
    (files / "extras/archivo.x").write_text("uno\ndos\n")
    page = files / "page.md"
    for content, right in [("uno\ndos", True), ("uno\nDOS", False)]:
        page.write_text(f'```{lang} title="extras/archivo.x"\n{content}\n```\n')
        document = inventory.read_page(page, inventory.settings(None), files)
        assert not document.problems
        (block,) = document.blocks
        assert block.role is Role.FILE
        assert (file_failure(block, files) is None) is right


@pytest.mark.parametrize("lang", ["dockerfile", "json", "toml", "go"])
def test_without_its_file_it_is_a_problem(files: Path, lang: str) -> None:
    page = files / "page.md"
    page.write_text(f"```{lang}\nuno\n```\n")
    document = inventory.read_page(page, inventory.settings(None), files)
    assert "no se ejecuta ni se compara con nada" in document.problems[0].message
