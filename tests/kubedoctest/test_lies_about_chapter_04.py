"""Chapter 04, its first part, on the real cluster: true as it is, red at the very block that lies.

Each lie is one edit of the page. The run must fail, and the failing item must be the block that
holds the edited line (or, for a changed command, the first block whose outcome it changes).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "docs" / "04-hola-mundo-real.md"
TEXT = CHAPTER.read_text().partition("### StatefulSet")[0]
"""Its first part, which leaves the cluster as it was; the rest is in tests/mutation."""
DELETE = "$ kubectl delete pod mi-app-tr8jm"

pytestmark = pytest.mark.cluster

Edit = Callable[[str], tuple[str, str]]
"""From the page's text: the edited text, and a line of it that is in the block to fail."""


def replaced(true: str, lie: str, *, after: str = "", at: str = "") -> Edit:
    """Replace the first ``true`` that follows ``after``; the block to fail holds ``at``."""

    def edit(text: str) -> tuple[str, str]:
        start = text.index(after)
        assert true in text[start:], f"the page has no {true!r} any more"
        edited = text[:start] + text[start:].replace(true, lie, 1)
        line_start = start + text[start:].index(true)
        line = edited[edited.rindex("\n", 0, line_start + 1) + 1 :].split("\n", 1)[0]
        return edited, at or line

    return edit


APPLY = "$ kubectl apply -f extras/04-hola-mundo-real/deploy-01/daemonSet-mi-app.yaml"

LIES = {
    "settled status": replaced(
        "mi-app-hd4xp   1/1     Running  ", "mi-app-hd4xp   1/1     Completed", after=APPLY
    ),
    "settled ready": replaced(
        "mi-app-q9m6c   1/1     Running", "mi-app-q9m6c   0/1     Running", after=APPLY
    ),
    "settled row removed": replaced(
        "mi-app-q9m6c   1/1     Running   0          4s\n", "", after=APPLY, at=APPLY
    ),
    "transient row removed": replaced(
        "mi-app-q9m6c   0/1     ContainerCreating   0          1s\n", "", after=APPLY, at=APPLY
    ),
    "settled row added": replaced(
        "mi-app-q9m6c   1/1     Running   0          4s\n",
        "mi-app-q9m6c   1/1     Running   0          4s\n"
        "mi-app-zzzzz   1/1     Running   0          4s\n",
        after=APPLY,
    ),
    "manifest": replaced("  name: mi-app ", "  name: mi-ap ", after="```yaml title="),
    "second pod named like the first": replaced(
        "mi-app-hd4xp   0/1", "mi-app-7kzvw   0/1", after=APPLY
    ),
    "deleted pod still listed": replaced(
        "mi-app-2dqqt   1/1     Running", "mi-app-tr8jm   1/1     Running", after=DELETE
    ),
    "deleted pod still listed at first": replaced(
        "mi-app-2dqqt   0/1     ContainerCreating",
        "mi-app-tr8jm   1/1     Running",
        after=DELETE,
    ),
    "message of delete": replaced(
        'pod "mi-app-tr8jm" deleted from default namespace', 'pod "mi-app-tr8jm" deleted'
    ),
    "transient status": replaced("ContainerCreating", "CrashLoopBackOff", after=APPLY),
    "created": replaced("daemonset.apps/mi-app created", "daemonset.apps/mi-app configured"),
    "exit code": replaced(APPLY + "\n", "$ false\n", at="$ false"),
    "a name that nothing has shown": replaced(
        "kubectl delete pod mi-app-tr8jm", "kubectl delete pod mi-app-zzzzz"
    ),
}

TRUTHS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "other ages, widths, names and remarks": lambda text: re.sub(
        r"(mi-app-\w{5}) +(\d/\d) +(\w+) +0 +\d+s",
        r"\1    \2   \3    0     7m3s",
        text.replace("mi-app-tr8jm", "mi-app-vvvvv")
        .replace("mi-app-2dqqt", "mi-app-wwwww")
        .replace("# nuestra víctima", "# adiós")
        .replace("# otro nombre?!", "# ¡hola!"),
    ),
}


def verify(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider"),
            *("--rootdir", str(folder), "-c", os.devnull, "-q", page.name),
            *("--kubedoctest-kubeconfig", os.environ["TALLER_LAB_KUBECONFIG"]),
            *("--kubedoctest-context", os.environ["TALLER_LAB_CONTEXT"]),
            *("--kubedoctest-path", os.environ["TALLER_LAB_PATH"]),
            *("--kubedoctest-files", str(ROOT), "--kubedoctest-copy", "extras"),
            *("--kubedoctest-mkdocs", str(ROOT / "mkdocs.yml"), "--kubedoctest-retry", "20"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def block_line(text: str, inside: str) -> int:
    """The 1-based line of the fence that holds the first line starting with ``inside``."""
    lines = text.split("\n")
    number = next(n for n, line in enumerate(lines) if line.strip().startswith(inside.strip()))
    return 1 + max(n for n in range(number) if lines[n].strip().startswith("```"))


def failed_lines(output: str, page: str) -> set[int]:
    """The lines of the blocks that failed, from pytest's short summary."""
    return {int(n) for n in re.findall(rf"^FAILED \S*{re.escape(page)}::L(\d+)", output, re.M)}


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("name", TRUTHS)
def test_what_is_true_stays_green(name: str, tmp_path: Path) -> None:
    page = tmp_path / CHAPTER.name
    page.write_text(TRUTHS[name](TEXT))
    done = verify(page, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_red_where_it_is(name: str, tmp_path: Path) -> None:
    text, inside = LIES[name](TEXT)
    page = tmp_path / CHAPTER.name
    page.write_text(text)
    done = verify(page, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert failed_lines(done.stdout, page.name) == {block_line(text, inside)}, done.stdout
