"""A run is recorded, and pages are judged again by the recording alone."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import runs
from stage import COLUMNS, PODS

from kubedoctest.cluster.timeline import Entry
from kubedoctest.page import inventory
from kubedoctest.page.document import Document
from kubedoctest.recordings import recording
from kubedoctest.recordings.recorder import _bare, _public, content_of, secrets_of
from kubedoctest.recordings.recording import Answer, PageRecording, Run
from kubedoctest.recordings.replay import Replay
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.chapter_context import Limits, Moment, Phase
from kubedoctest.shell.observation import Observation
from kubedoctest.verdicts.outcome import Outcome, Status

pytestmark = pytest.mark.slow  # a process each

PAGE = """
    ```console
    $ echo hola >> $LIBRO; f() { echo "dijo $1"; }
    $ f hola
    dijo hola
    $ grep -c hola $LIBRO
    1
    ```

    ```bash
    true
    ```
"""


class Folder(runs.Folder):
    """A folder whose page is recorded, and judged by that."""

    @property
    def book(self) -> Path:
        return self.path / "libro"

    def options(self) -> tuple[str, ...]:
        return (*super().options(), "page.md", f"--kubedoctest-env=LIBRO={self.book}")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(tmp_path_factory.mktemp("recorded"))
    folder.page(PAGE)
    done = folder.run("--kubedoctest-record=r.json.gz")
    assert done.returncode == 0, done.stdout
    assert "Grabado en r.json.gz: page.md" in done.stdout
    return folder


def test_what_was_recorded_is_green_and_nothing_is_run(recorded: Folder) -> None:
    recorded.page(PAGE)
    done = recorded.run("--kubedoctest-replay=r.json.gz")
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert recorded.book.read_text() == "hola\n"


STREAMS = """
    ```console title="Terminal 2"
    $ tail -n +1 -f libro
    uno
    ```

    ```console
    $ echo dos >> libro
    ```

    ```console title="Terminal 2"
    dos
    ^C
    ```

    ```console title="Terminal 3"
    $ tail -n +1 -f libro
    uno
    dos
    ```
"""


def test_what_goes_on_is_recorded_too(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.page("```bash\necho uno > libro\n```\n" + dedent(STREAMS))
    done = folder.run("--kubedoctest-record=r.json")
    assert done.returncode == 0, done.stdout
    assert folder.run("--kubedoctest-replay=r.json").returncode == 0
    for lie, line in (("uno\n", 7), ("dos\n^C", 15), ("uno\ndos\n", 21)):
        text = "```bash\necho uno > libro\n```\n" + dedent(STREAMS)
        folder.page(text.replace(lie, lie.replace("s", "z").replace("u", "z")))
        told = folder.run("--kubedoctest-replay=r.json")
        assert told.returncode == 1
        assert f"page.md:{line}: no es cierto" in told.stdout, told.stdout


def test_a_lie_is_red_at_its_line(recorded: Folder) -> None:
    recorded.page(PAGE.replace("dijo hola", "dijo chau"))
    done = recorded.run("--kubedoctest-replay=r.json.gz")
    assert done.returncode == 1
    assert "page.md:4: no es cierto" in done.stdout
    assert "  - dijo chau\n  + dijo hola" in done.stdout


def test_a_command_that_was_not_recorded_is_neither_true_nor_false(recorded: Folder) -> None:
    recorded.page(PAGE.replace("$ f hola", "$ f chau"))
    done = recorded.run("--kubedoctest-replay=r.json.gz", "--kubedoctest-json=r.json")
    assert done.returncode == 1
    assert "no está en la grabación" in done.stdout
    assert "se grabó otro comando: $ f hola" in done.stdout
    assert "--kubedoctest-record" in done.stdout
    assert "1 sin grabar" in done.stdout
    blocks = json.loads((recorded.path / "r.json").read_text())["blocks"]
    assert [block["status"] for block in blocks] == ["not-recorded", "not-run"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no", "no es una grabaci\u00f3n"),
        (b"{}", "no es una grabaci\u00f3n"),
        (b'{"what": "kubedoctest recording", "schema": 0}', "otra versi\u00f3n (esquema 0"),
        (b'{"what": "kubedoctest recording", "schema": 1}', "est\u00e1 da\u00f1ado"),
        (
            b'{"what": "kubedoctest recording", "schema": 1, "pages": {}}',
            "page.md no est\u00e1 en la grabaci\u00f3n",
        ),
    ],
)
def test_a_file_that_cannot_be_used(recorded: Folder, content: bytes, said: str) -> None:
    recorded.page(PAGE)
    (recorded.path / "mal.json").write_bytes(content)
    done = recorded.run("--kubedoctest-replay=mal.json")
    assert done.returncode in (2, 4)
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_recording_again_keeps_the_other_pages(recorded: Folder) -> None:
    whole = recording.read(recorded.path / "r.json.gz")
    mixed = recorded.path / "mezcla.json"
    recording.write(mixed, {"otra.md": whole["page.md"], "page.md": whole["page.md"]})
    recorded.page("```bash\ntrue\n```\n")
    assert recorded.run("--kubedoctest-record=mezcla.json").returncode == 0
    pages = recording.read(mixed)
    assert len(pages["otra.md"].steps) == 4
    assert pages["page.md"].steps == ("true",)


def test_to_record_and_to_replay_at_once_is_refused(recorded: Folder) -> None:
    done = recorded.run("--kubedoctest-replay=r.json.gz", "--kubedoctest-record=r.json.gz")
    assert done.returncode == 4
    assert "no van juntas" in done.stderr


# -- recordings made by hand


class Past:
    """A page and a recording of it: what each command answered, each time that it was run."""

    def __init__(self, folder: Path, text: str) -> None:
        self.path = folder / "page.md"
        self.write(text)
        self.page = PageRecording(
            content=content_of(self.document()),
            recorded="2026-11-24T20:00:00+00:00",
            steps=(),
            kubernetes="v1.37.2",
            resources=(PODS,),
            entries=[Entry(0.0, PODS, "FIRST", (), COLUMNS)],
            namespaces=[(-1, "default")],
        )
        self.now = 0.0

    def write(self, text: str) -> None:
        self.path.write_text(dedent(text).lstrip("\n"))

    def document(self) -> Document:
        return inventory.read_page(self.path, inventory.settings(None), self.path.parent)

    def ran(self, command: str, *outputs: str, settled: bool = False) -> None:
        """The next command, run once for each output, a second each."""
        number = len(self.page.steps)
        self.page.steps += (command,)
        self._reached(number, Phase.BEGINS, 0)
        if command.startswith("kubectl apply"):
            self._reached(number, Phase.STRETCH_ENDS, 0)
        for attempt, output in enumerate(outputs, start=1):
            began, self.now = self.now, self.now + 1
            text = dedent(output).lstrip("\n")
            seen = Observation(command, text, 0, False, began, self.now)
            self.page.runs.append(Run(number, "", command, began, seen=seen))
            if command.startswith("kubectl apply"):
                self._reached(number, Phase.SPANNED, attempt)
            self._reached(number, Phase.JUDGED, attempt)
        if settled:
            self._reached(number, Phase.SETTLED, len(outputs))

    def _reached(self, step: int, phase: Phase, attempt: int) -> None:
        self.page.moments.append((Moment(step, phase, attempt), self.now))

    def had(
        self, at: float, event: str, name: str, ready: str, status: str, base: str = ""
    ) -> None:
        metadata = {"name": name, "namespace": "default", "uid": name, "labels": {}}
        metadata |= {"generateName": base} if base else {}
        cells = [name, ready, status, "0", "3s", "10.244.0.5", "taller-worker"]
        row = {"cells": cells, "object": {"metadata": metadata}}
        self.page.entries.append(Entry(at, PODS, event, (row,), COLUMNS))

    def replay(self) -> list[Outcome]:
        self.page.seconds = self.now
        kept = self.path.with_name("r.json")
        recording.write(kept, {str(self.path): self.page})
        document = self.document()
        assert not document.problems
        place = Replay(recording.read(kept), self.path.parent).open(document)
        chapter = Chapter(document, place.work, Limits())
        return [chapter.outcome(number) for number in range(len(document.blocks))]


TABLE = "NAME     READY   STATUS    RESTARTS   AGE\nmi-pod   {}     {}   0          3s\n"
RUNNING = TABLE.format("1/1", "Running")
CREATING = TABLE.format("0/1", "ContainerCreating")
APPLIED = "pod/mi-pod created\n"


def transient(tmp_path: Path, first: str, last: str = RUNNING) -> Past:
    """A pod that was seen when it ran; while it was made, only the watch saw it."""
    page = "```console\n$ kubectl apply -f p.yaml\n" + APPLIED
    page += f"$ kubectl get pods\n{first}$ kubectl get pods\n{last}$ kubectl apply -f p.yaml\n```\n"
    past = Past(tmp_path, page)
    past.ran("kubectl apply -f p.yaml", APPLIED)
    past.had(1.5, "ADDED", "mi-pod", "0/1", "Pending")
    past.had(1.6, "MODIFIED", "mi-pod", "0/1", "ContainerCreating")
    past.had(1.9, "MODIFIED", "mi-pod", "1/1", "Running")
    past.ran("kubectl get pods", RUNNING)
    past.ran("kubectl get pods", RUNNING, settled=True)
    past.ran("kubectl apply -f p.yaml", "")
    return past


def test_the_watch_is_replayed(tmp_path: Path) -> None:
    assert transient(tmp_path, CREATING).replay()[0].status is Status.PASSED
    lie = transient(tmp_path, TABLE.format("0/1", "CrashLoopBackOff")).replay()[0]
    assert lie.status is Status.FAILED
    assert lie.failure is not None
    assert lie.failure.place.endswith("page.md:6")


def test_no_event_is_seen_before_its_time(tmp_path: Path) -> None:
    past = transient(tmp_path, TABLE.format("0/1", "Completed"))
    past.had(past.now + 1, "MODIFIED", "mi-pod", "0/1", "Completed")
    assert past.replay()[0].status is Status.FAILED


def test_a_judgement_that_waited_for_the_watch_knows_what_it_brought(tmp_path: Path) -> None:
    page = "```console\n$ kubectl create -f p.yaml\npod/una-7kzvw created\n"
    past = Past(
        tmp_path, page + "$ kubectl get pods\n" + RUNNING.replace("mi-pod", "una-7kzvw") + "```\n"
    )
    past.ran("kubectl create -f p.yaml", "pod/una-x2x2x created\n")
    past.had(past.now + 0.1, "ADDED", "una-x2x2x", "1/1", "Running", "una-")
    past.now += 0.2
    past.ran("kubectl get pods", RUNNING.replace("mi-pod", "una-x2x2x"), settled=True)
    assert past.replay()[0].status is Status.PASSED


def test_what_is_shown_last_must_last(tmp_path: Path) -> None:
    past = transient(tmp_path, CREATING)
    past.page.entries.pop()  # it ran, by what the last command saw…
    past.had(1.8, "MODIFIED", "mi-pod", "1/1", "Running")
    past.had(3.0, "MODIFIED", "mi-pod", "0/1", "Completed")  # …and no longer when the next began
    outcome = past.replay()[0]
    assert outcome.status is Status.FAILED
    assert "duró poco" in outcome.reason


def retried(tmp_path: Path, shown: str) -> Past:
    past = Past(tmp_path, f"```console\n$ kubectl logs mi-pod\n{shown}\n```\n")
    past.ran("kubectl logs mi-pod", "", "uno\n", "uno\ndos\n")
    return past


def test_a_command_is_repeated_as_often_as_it_was(tmp_path: Path) -> None:
    outcome = retried(tmp_path, "uno\ndos").replay()[0]
    assert (outcome.status, outcome.commands) == (Status.PASSED, 3)
    assert outcome.waiting == pytest.approx(2.0, abs=0.6)


def test_a_lie_is_held_against_the_last_answer(tmp_path: Path) -> None:
    outcome = retried(tmp_path, "uno\ntres").replay()[0]
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert [(d.mark, d.text) for d in outcome.failure.difference] == [
        (" ", "uno"),
        ("-", "tres"),
        ("+", "dos"),
    ]


EDITED = """
    ```console
    $ x=1
    $ echo uno
    uno
    $ echo dos
    dos
    ```
"""


def edited(tmp_path: Path, text: str) -> Outcome:
    past = Past(tmp_path, EDITED)
    for command, output in (("x=1", ""), ("echo uno", "uno\n"), ("echo dos", "dos\n")):
        past.ran(command, output)
    past.write(text)
    return past.replay()[0]


def test_a_page_that_only_reads_less_or_says_more_is_judged(tmp_path: Path) -> None:
    assert edited(tmp_path, EDITED.replace("echo dos", "echo dos  # ¡y!")).status is Status.PASSED
    assert edited(tmp_path, EDITED).status is Status.PASSED
    assert edited(tmp_path, EDITED.replace("    $ echo uno\n    uno\n", "")).status is Status.PASSED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    $ x=1\n", ""),
        ("$ echo dos", "$ echo 'dos  # ¡y!'"),
        ("$ echo dos", "$ echo tres"),
        ("$ x=1", "$ x=1\n    $ y=2"),
    ],
)
def test_what_has_other_effects_is_not(tmp_path: Path, old: str, new: str) -> None:
    assert edited(tmp_path, EDITED.replace(old, new)).status is Status.NOT_RECORDED


# -- what is kept


def test_no_secret_is_kept(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "users:\n"
        "- {name: u, user: {client-key-data: Q0xBVkUtU0VDUkVUQQ==, token: una-ficha-larga}}\n"
        "clusters: [{name: c, cluster: {certificate-authority-data: QVVUT1JJREFE}}]\n"
    )
    past = Past(tmp_path, "```console\n$ kubectl config view --raw\n...\n```\n")
    past.ran("kubectl config view --raw", "token: una-ficha-larga\nkey: Q0xBVkUtU0VDUkVUQQ==\n")
    kept = tmp_path / "r.json"
    recording.write(kept, {"page.md": past.page}, secrets_of(kubeconfig))
    assert "token: (secreto)" in kept.read_text()
    for secret in ("una-ficha-larga", "Q0xBVkUtU0VDUkVUQQ", "QVVUT1JJREFE"):
        assert secret not in kept.read_text()


def test_neither_contents_of_secrets_nor_annotations_are_kept() -> None:
    answer: dict[str, Any] = {
        "kind": "SecretList",
        "items": [{"metadata": {"name": "s", "annotations": {"a": "b"}}, "data": {"p": "eA=="}}],
    }
    assert _public(answer) == {"kind": "SecretList", "items": [{"metadata": {"name": "s"}}]}
    assert _public({"kind": "ConfigMap", "data": {"a": "b"}})["data"] == {"a": "b"}
    metadata = {"name": "s", "uid": "u", "annotations": {"last-applied": "x"}, "managedFields": []}
    row = {"cells": ["s"], "object": {"metadata": metadata}}
    (kept,) = _bare(Entry(0.0, PODS, "ADDED", (row,), COLUMNS)).rows
    assert kept["object"]["metadata"] == {"name": "s", "uid": "u"}


def test_everything_is_read_as_it_was_written(tmp_path: Path) -> None:
    past = transient(tmp_path, CREATING)
    past.page.answers = [
        Answer(0, ("GET", "/x", "{}", "json", ""), {"a": 1}),
        Answer(1, ("GET", "/y", "{}", "json", ""), None, 404, "no"),
    ]
    past.page.runs[0].partial = [(0, 0.5, "ho"), (1, 0.6, None)]
    past.page.left = ("quedó pods/x",)
    for name in ("r.json", "r.json.gz"):
        recording.write(tmp_path / name, {"page.md": past.page})
        assert recording.read(tmp_path / name) == {"page.md": past.page}
    data = (tmp_path / "r.json.gz").read_bytes()
    recording.write(tmp_path / "r.json.gz", {"page.md": past.page})
    assert (tmp_path / "r.json.gz").read_bytes() == data
    assert gzip.decompress(data) == (tmp_path / "r.json").read_bytes()


def test_it_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(tmp_path, "```bash\ntrue\n```\n")
    kept = tmp_path / "r.json"
    recording.write(kept, {"page.md": past.page})
    before = kept.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        recording.write(kept, {})
    assert kept.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"page.md", "r.json"}
