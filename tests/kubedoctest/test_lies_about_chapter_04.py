"""Chapter 04, its first part, on the real cluster: true as it is, red at the very block that lies.

Each lie is one edit of the page. The failing item must be the block that holds the edited line (or,
for a changed command, the first block whose outcome it changes).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from edited_pages import Lie, Told, ToldTogether, check, edited, together, told, told_together

from kubedoctest.recordings.recording import PageRecording
from kubedoctest.testing import Harness, JudgedPage
from kubedoctest.update import updater
from kubedoctest.update.page_edits import Edit, PageText

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "docs" / "04-hola-mundo-real.md"
TEXT = CHAPTER.read_text().partition("## StatefulSet")[0]
"""Its first part, which leaves the cluster as it was; the rest is in tests/mutation."""
START, _, CONTROLLERS = TEXT.partition("## Self-healing")
DAEMON_SET = START + "## DaemonSet" + CONTROLLERS.partition("## DaemonSet")[2]
"""What the chapter says of DaemonSets, alone."""
DELETE = "$ kubectl delete pod mi-app-tr8jm"


def replaced(true: str, lie: str, *, after: str = "", at: str = "") -> Lie:
    return edited(TEXT, true, lie, after=after, at=at)


def told_wrong(true: str, lie: str, *, after: str = "") -> Lie:
    return edited(DAEMON_SET, true, lie, after=after)


def alone_in_daemon_set(lie: Lie) -> Lie:
    """A lie about DaemonSets in the page that tells of nothing else."""
    moved = lie.start - len(TEXT) + len(DAEMON_SET)
    assert DAEMON_SET.startswith(lie.true, moved)
    return replace(lie, page=DAEMON_SET, start=moved)


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


# -- on the cluster, one after another: the chapter shows all that is in its namespace


@dataclass(frozen=True)
class OnCluster:
    """What became of the chapter there."""

    recording: PageRecording  # as another author tells it; `verificar` has the run of its own words
    other_commands: dict[str, JudgedPage]  # with each lie that is a command
    together: ToldTogether  # with the others
    # corrected: as it was told wrong, what it becomes by which edits, and what becomes of that
    corrected: tuple[str, tuple[Edit, ...]]
    again: JudgedPage


def on_cluster(harness: Harness) -> OnCluster:
    lies = {name: alone_in_daemon_set(lie) for name, lie in LIES.items()}
    others = {name: lies.pop(name) for name in OTHER_COMMANDS}
    mended = corrected(harness, *together(WRONG))
    return OnCluster(
        told(harness, OTHERWISE_TOLD),
        {name: harness.judge(lie.text, lie=lie.line) for name, lie in others.items()},
        told_together(harness, lies.values()),
        mended,
        harness.judge(mended[0], keep_going=True),
    )


pytestmark = [pytest.mark.cluster, pytest.mark.at_once(on_cluster, extras=True)]


@pytest.fixture(scope="module")
def done(at_once: Callable[..., OnCluster]) -> OnCluster:
    return at_once(on_cluster)


@pytest.fixture(scope="module")
def page(done: OnCluster, alone: Harness) -> Told:
    return Told(alone, done.recording)


def test_chapter_with_other_ages_widths_names_and_remarks_is_true(page: Told) -> None:
    assert OTHERWISE_TOLD != TEXT
    assert page.recording.runs


def test_chapter_is_true_as_it_is(page: Told) -> None:
    judged = page.harness.judge_by(page.recording, TEXT)
    assert judged.true, judged.told


@pytest.mark.parametrize("name", [name for name in LIES if name not in OTHER_COMMANDS])
def test_lie_about_the_chapter_is_red_in_its_block(page: Told, name: str) -> None:
    page.check(LIES[name])


@pytest.mark.parametrize("name", OTHER_COMMANDS)
def test_changed_command_of_the_chapter_is_red_on_the_cluster(done: OnCluster, name: str) -> None:
    check(done.other_commands[name], alone_in_daemon_set(LIES[name]))


def test_lies_about_the_chapter_are_red_on_the_cluster(done: OnCluster) -> None:
    done.together.check()


def test_what_was_told_wrong_is_corrected_and_nothing_else(done: OnCluster) -> None:
    """The author's names, remarks and alignment stay, and what is corrected is true."""
    now, edits = done.corrected
    assert len(edits) == len(WRONG)
    # A row that was missing has its real age, and may be elsewhere among its like.
    assert as_told(now) == as_told(DAEMON_SET)
    assert done.again.true, done.again.told
