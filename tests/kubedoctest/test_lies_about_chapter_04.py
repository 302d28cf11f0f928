"""Chapter 04, its first part, on the real cluster: true as it is, red at the very block that lies.

Each lie is one edit of the page. The failing item must be the block that holds the edited line (or,
for a changed command, the first block whose outcome it changes).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from edited_pages import Lie, Told, check, edited, together, told, told_together

from kubedoctest.testing import Harness
from kubedoctest.update import updater
from kubedoctest.update.page_edits import Edit, PageText

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "docs" / "04-hola-mundo-real.md"
TEXT = CHAPTER.read_text().partition("## StatefulSet")[0]
"""Its first part, which leaves the cluster as it was; the rest is in tests/mutation."""
DELETE = "$ kubectl delete pod mi-app-tr8jm"

pytestmark = pytest.mark.cluster


def replaced(true: str, lie: str, *, after: str = "", at: str = "") -> Lie:
    return edited(TEXT, true, lie, after=after, at=at)


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

OTHER_COMMANDS = ["exit code"]
"""Those of which a recording knows no answer."""

OTHERWISE_TOLD = re.sub(
    # An author who took twice as long, and whose terminal is another.
    r"(mi-app\S*) +(\d(?:/\d)?) +(.+?) +(\d+)s(?= |$)",
    lambda row: f"{row[1]}    {row[2]}   {row[3]}     {2 * int(row[4])}s",
    TEXT.replace("mi-app-tr8jm", "mi-app-vvvvv")
    .replace("mi-app-2dqqt", "mi-app-wwwww")
    .replace("# nuestra víctima", "# adiós")
    .replace("# otro nombre?!", "# ¡hola!"),
    flags=re.MULTILINE,
)


@pytest.fixture(scope="module")
def page(lab_harness: Harness) -> Told:
    """The chapter as another author tells it; of its own words, ``verificar`` has its run."""
    assert OTHERWISE_TOLD != TEXT
    return Told(lab_harness, told(lab_harness, OTHERWISE_TOLD))


def test_chapter_with_other_ages_widths_names_and_remarks_is_true(page: Told) -> None:
    assert page.recording.runs


def test_chapter_is_true_as_it_is(page: Told) -> None:
    judged = page.harness.judge_by(page.recording, TEXT)
    assert judged.true, judged.told


@pytest.mark.parametrize("name", [name for name in LIES if name not in OTHER_COMMANDS])
def test_lie_about_the_chapter_is_red_in_its_block(page: Told, name: str) -> None:
    page.check(LIES[name])


@pytest.mark.parametrize("name", OTHER_COMMANDS)
def test_changed_command_of_the_chapter_is_red_on_the_cluster(page: Told, name: str) -> None:
    lie = LIES[name]
    check(page.harness.judge(lie.text, lie=lie.line), lie)


def test_lies_about_the_chapter_are_red_on_the_cluster(page: Told) -> None:
    lies = (lie for name, lie in LIES.items() if name not in OTHER_COMMANDS)
    told_together(page.harness, lies).check()


# -- what is told wrong, corrected

START, _, CONTROLLERS = TEXT.partition("## Self-healing")
DAEMON_SET = START + "## DaemonSet" + CONTROLLERS.partition("## DaemonSet")[2]
"""What the chapter says of DaemonSets, alone."""


def told_wrong(true: str, lie: str, *, after: str = "") -> Lie:
    return edited(DAEMON_SET, true, lie, after=after)


WRONG = (
    told_wrong("  name: mi-app ", "  name: mi-ap  ", after="```yaml title="),
    told_wrong(
        "mi-app-hd4xp   0/1     ContainerCreating",
        "mi-app-hd4xp   0/1     CrashLoopBackOff ",
        after=APPLY,
    ),
    told_wrong("taller-worker3         <none>", "taller-worker3         disco"),
    told_wrong("mi-app       4         4         4  ", "mi-app       3         4         4  "),
    told_wrong("mi-app-q9m6c   1/1     Running   0          8s\n", ""),
    told_wrong('pod "mi-app-tr8jm" deleted from default namespace', 'pod "mi-app-tr8jm" deleted'),
    told_wrong(
        "mi-app-2dqqt   0/1     ContainerCreating   0          0s  # otro nombre?!",
        "mi-app-2dqqt   0/1     Terminating         3          0s  # otro nombre?!",
    ),
)


def corrected(harness: Harness, text: str, lies: list[int]) -> tuple[str, tuple[Edit, ...]]:
    """The page as `actualizar` would write it, and its edits; nothing is left to a person."""
    judged = harness.judge(text, lie=lies, keep_going=True)
    read = PageText.of(judged.document.path.read_bytes())
    found = updater.edits_of(judged.document.path, judged.outcomes, read, ROOT)
    assert found.by_hand == 0, judged.told
    return read.edited(found.edits), found.edits


def as_told(text: str) -> list[str]:
    """The lines, less what may truly be otherwise: an age, and how far a new pod has come."""
    without_ages = re.sub(r" [0-9]+s\b", " 1s", text)
    return sorted(re.sub(r"\bPending {10}", "ContainerCreating", without_ages).split("\n"))


def test_what_was_told_wrong_is_corrected_and_nothing_else(lab_harness: Harness) -> None:
    """The author's names, remarks and alignment stay, and what is corrected is true."""
    now, edits = corrected(lab_harness, *together(WRONG))
    assert len(edits) == len(WRONG)
    # A row that was missing has its real age, and may be elsewhere among its like.
    assert as_told(now) == as_told(DAEMON_SET)
    again = lab_harness.judge(now, keep_going=True)
    assert again.true, again.told
