"""The examples of CONTRIBUTING.md are pages too: read as such, and true."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.page import inventory, terminals
from kubedoctest.page.document import Document, Role
from kubedoctest.page.inventory import MarkdownSettings
from kubedoctest.page.transcript import needs_cluster, steps_of
from kubedoctest.run.chapter_context import Limits
from kubedoctest.testing import Harness

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
SITE: MarkdownSettings = inventory.settings(ROOT / "mkdocs.yml")

# What the examples take for granted: a pod that is ready. Each of them deletes it.
POD = """\
```bash
kubectl run mi-pod --image=fedek3/workshop-uns:v0.1.0
kubectl wait --for=condition=Ready pod/mi-pod --timeout=90s
```

"""


def examples() -> list[str]:
    """The pages inside the page: what its ``markdown`` fences hold."""
    document = inventory.read_page(PAGE, SITE, ROOT)
    return [block.code + "\n" for block in document.blocks if block.lang == "markdown"]


EXAMPLES = examples()


def read(folder: Path, text: str) -> Document:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return inventory.read_page(page, SITE, folder)


def test_the_page_has_examples_of_all_that_is_run() -> None:
    assert len(EXAMPLES) >= 3
    text = "".join(EXAMPLES)
    assert all(f"```{lang}" in text for lang in ("console", "python", "text"))
    assert 'title="Terminal 2"' in text and "^C" in text


def test_the_limits_that_it_tells_are_those_of_a_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"si no se dice, {Limits.command:.0f} |" in text
    assert "hasta un minuto" in text and Limits.retry == 60


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_a_page_without_problems(text: str, tmp_path: Path) -> None:
    document = read(tmp_path, text)
    assert [str(problem) for problem in document.problems] == []
    assert terminals.problems(document.blocks) == []
    roles = {block.role for block in document.blocks}
    assert roles <= {Role.TRANSCRIPT, Role.COMMANDS, Role.PYTHON, Role.PRINTED}
    for block in document.blocks:
        if block.role is Role.TRANSCRIPT:
            assert steps_of(block)


def test_a_broken_example_has_problems(tmp_path: Path) -> None:
    [first, second, *_] = EXAMPLES
    assert read(tmp_path, first.replace("```console", "```bash")).problems
    assert read(tmp_path, second.replace("^C", "^C # basta")).problems
    assert read(tmp_path, second.replace(' title="Terminal 2"', "")).problems


def test_what_needs_no_cluster_is_true(tmp_path: Path) -> None:
    with Harness(mkdocs=ROOT / "mkdocs.yml") as harness:
        for text in EXAMPLES:
            if not needs_cluster(read(tmp_path, text)):
                judged = harness.judge(text)
                assert judged.true, judged.told


@pytest.mark.cluster
def test_what_needs_one_is_true_on_it(lab_harness: Harness, tmp_path: Path) -> None:
    needing = [text for text in EXAMPLES if needs_cluster(read(tmp_path, text))]
    page = "\n".join((POD if "mi-pod" in text else "") + text for text in needing)
    judged, recording = lab_harness.record(page)
    assert judged.true, judged.told
    lie = page.replace("taller-control-plane", "otro-control-plane")
    judged = lab_harness.judge_by(recording, lie)
    assert judged.red, "it is green"
    assert "otro-control-plane" in judged.told
