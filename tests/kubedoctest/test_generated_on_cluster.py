"""A page full of generated values on the real cluster: true as it is, red where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_lies_about_chapter_04 import block_line, failed_lines, replaced, verify

PAGE = Path(__file__).parent / "pages" / "replicas.md"
POD = "mi-web-66668888fb"

pytestmark = pytest.mark.cluster

LIES = {
    "three pods on one node": replaced(
        "10.244.2.11   taller-worker2", "10.244.2.11   taller-worker ", at="$ cat > web.yaml"
    ),
    "a hash that is not the pod's": replaced(
        "9s    app=mi-web,pod-template-hash=66668888fb",
        "9s    app=mi-web,pod-template-hash=777bbbcccd",
    ),
    "one endpoint too many": replaced("10.244.1.12:8080 + 1 more", "10.244.1.12:8080 + 2 more"),
    "a port that a manifest chose": replaced("80:30100/TCP,", "80:30101/TCP,"),
    "the answer of another pod": replaced(
        f"hola desde {POD}-fffff", f"hola desde {POD}-ddddd", at="$ kubectl describe svc"
    ),
    "two ReplicaSets with one hash": replaced(
        "mi-web-777bbbcccd   2", "mi-web-66668888fb   2", at="$ kubectl set image"
    ),
}


def run(text: str, folder: Path) -> tuple[int, set[int], str]:
    page = folder / PAGE.name
    page.write_text(text)
    done = verify(page, folder)
    return done.returncode, failed_lines(done.stdout, page.name), done.stdout + done.stderr


@pytest.mark.usefixtures("lab")
def test_other_names_addresses_and_nodes_are_true(tmp_path: Path) -> None:
    code, failed, told = run(PAGE.read_text(), tmp_path)
    assert (code, failed) == (0, set()), told


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_red_where_it_is(name: str, tmp_path: Path) -> None:
    text, inside = LIES[name](PAGE.read_text())
    code, failed, told = run(text, tmp_path)
    assert (code, failed) == (1, {block_line(text, inside)}), told
