"""Whole runs on pages that need no cluster: what the user sees, and what is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
from runs import SCRIPTS, Folder

pytestmark = pytest.mark.slow  # a process each
PATIENCE = 120.0


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SCRIPTS), **more}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


BROKEN = """
    ```console
    $ echo hola
    hola
    $ echo chau
    hola
    ```

    ```bash
    touch no-se-ejecuta
    ```

    ```text
    nada
    ```
"""


def test_a_true_page_is_green(folder: Folder) -> None:
    folder.page("""
        ```console
        $ x=1; f() { echo "x es $x"; }
        $ f   # lo que definimos
        x es 1
        $ cat <<FIN
        > $x
        > FIN
        1
        ```
    """)
    done = folder.run("page.md")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_a_lie_is_red_and_the_rest_is_not_run(folder: Folder) -> None:
    folder.page(BROKEN)
    done = folder.run("page.md", "--kubedoctest-json=r.json")
    assert done.returncode == 1
    assert "FAILED page.md::L1" in done.stdout
    for said in ("page.md:5: no es cierto", "$ echo chau", "  - hola", "  + chau"):
        assert said in done.stdout
    assert "1 sin ejecutar" in done.stdout
    results = json.loads((folder.path / "r.json").read_text())
    assert [b["status"] for b in results["blocks"]] == ["failed", "not-run", "shown"]
    assert results["blocks"][1]["reason"] == "no se ejecutó porque falló page.md:1"
    assert results["schema"] == 4
    assert [(p["page"], p["seconds"] > 0) for p in results["pages"]] == [("page.md", True)]
    assert (results["kubernetes"], results["docker"]) == (None, None)


def test_only_what_is_asked_for_is_reported_but_what_precedes_it_is_run(folder: Folder) -> None:
    folder.page("""
        ```bash
        x=1
        ```

        ```console
        $ echo $x
        1
        ```
    """)
    done = folder.run("page.md", "-k", "L5")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 deselected" in done.stdout


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("```console\n$ false\n```", "terminó con código 1"),
        ("```bash\ntrue\nfalse\n```", "terminó con código 1"),
        ("```console\n$ exit_code() { return 3; }; exit_code\nhola\n```", "código 3"),
        ("<!-- verificar: codigo=2 -->\n```console\n$ false\n```", "la página dice 2"),
        ("<!-- verificar: codigo=1 -->\n```console\n$ true\n```", "terminó con código 0"),
        ("<!-- verificar: limite=0.3 -->\n```console\n$ sleep 60\n```", "fue interrumpido"),
        ("```console\n$ cat /dev/zero\nhola\n...\n```", "escribió demasiado"),
        ("```console\n$ bash -c 'echo ay >&2; exit 1'\nay\n...\n```", "terminó con código 1"),
        ("```yaml\na: 1\n```", "usa un cluster"),
        ("```python\n1 / 0\n```", "ZeroDivisionError: division by zero"),
    ],
)
def test_each_fault_says_what_it_is(folder: Folder, block: str, said: str) -> None:
    folder.page(block + "\n")
    done = folder.run("page.md")
    assert done.returncode in (1, 3), done.stdout
    assert said in done.stdout
    ours = [line for line in (done.stdout + done.stderr).split("\n") if not line.startswith("  |")]
    assert "Traceback" not in "\n".join(ours)  # a Python fence's own is shown as its output


@pytest.mark.parametrize(
    "block",
    [
        "```console\n$ ls nada\nls: cannot access 'nada': No such file or directory\n```",
        "<!-- verificar: codigo=1 -->\n```console\n$ false\n```",
        "```bash\n# un comentario\ntrue\n```",
    ],
)
def test_failing_on_purpose_is_told(folder: Folder, block: str) -> None:
    folder.page(block + "\n")
    done = folder.run("page.md")
    assert done.returncode == 0, done.stdout


def test_a_page_that_cannot_be_read_is_wrong_use(folder: Folder) -> None:
    folder.page("```console\n$ echo hola\n")
    done = folder.run("page.md")
    assert done.returncode == 2
    assert "page.md:1: Este bloque de código no se cierra" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_copy_that_differs_from_its_file(folder: Folder) -> None:
    (folder.path / "extras").mkdir()
    (folder.path / "extras" / "a.yaml").write_text("name: mi-app\n")
    folder.page('```yaml title="extras/a.yaml"\nname: mi-ap\n```\n')
    done = folder.run("page.md")
    assert done.returncode == 1
    assert "  - name: mi-ap\n" in done.stdout
    assert "  + name: mi-app\n" in done.stdout


def test_no_cluster_is_another_exit_code(folder: Folder) -> None:
    folder.page("```console\n$ kubectl get pods\n```\n")
    assert folder.run("page.md").returncode == 3
    (folder.path / "kubeconfig").write_text(
        dedent("""
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            users: [{name: u, user: {}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
        """)
    )
    done = folder.run("page.md", "--kubedoctest-kubeconfig=kubeconfig")
    assert done.returncode == 3
    assert "no responde" in done.stdout
    assert "Traceback" not in done.stdout


def test_secrets_and_files_of_the_caller_stay_out(folder: Folder) -> None:
    folder.page("""
        ```console
        $ env | grep -c HOLA_SECRETO || true
        0
        $ ls
        extras
        ```
    """)
    (folder.path / "extras").mkdir()
    done = folder.run("page.md", "--kubedoctest-copy=extras", HOLA_SECRETO="x")
    assert done.returncode == 0, done.stdout


def test_a_secret_cannot_be_handed_over(folder: Folder) -> None:
    folder.page("```bash\ntrue\n```\n")
    done = folder.run("page.md", "--kubedoctest-env=GITHUB_TOKEN=x")
    assert done.returncode == 4
    assert "no deben ver secretos" in done.stderr


def test_a_page_writes_to_its_copy(folder: Folder) -> None:
    (folder.path / "extras").mkdir()
    (folder.path / "extras" / "a").write_text("antes\n")
    folder.page("```bash\necho después > extras/a\n```\n")
    assert folder.run("page.md", "--kubedoctest-copy=extras").returncode == 0
    assert (folder.path / "extras" / "a").read_text() == "antes\n"


def test_results_that_cannot_be_written_are_told(folder: Folder) -> None:
    folder.page("```bash\ntrue\n```\n")
    (folder.path / "ocupado").touch()
    done = folder.run("page.md", "--kubedoctest-json=ocupado/r.json")
    assert done.returncode == 4
    assert "2 passed" in done.stdout
    assert "No se pudieron escribir los resultados en ocupado/r.json" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_results_file_is_of_its_schema(folder: Folder) -> None:
    schema = json.loads((SCRIPTS / "kubedoctest/verdicts/results.schema.json").read_text())
    folder.page(BROKEN)
    folder.page("```text\nnada\n```\n", "otra.md")
    folder.run("page.md", "otra.md", "--kubedoctest-json=r.json")
    written = json.loads((folder.path / "r.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(written)
    assert [(p["page"], p["status"]) for p in written["pages"]] == [
        ("page.md", "failed"),
        ("otra.md", "passed"),
    ]
    assert [b["finished"] is not None for b in written["blocks"]] == [True, False, True, True]


def test_a_part_of_a_page_is_not_the_page(folder: Folder) -> None:
    folder.page("```bash\nx=1\n```\n\n```bash\ntrue\n```\n")
    folder.run("page.md", "-k", "L1", "--kubedoctest-json=r.json")
    written = json.loads((folder.path / "r.json").read_text())
    assert written["pages"][0]["status"] == "unfinished"
    assert [b["status"] for b in written["blocks"]] == ["passed", "not-run"]


def test_a_terminal_shows_what_runs_now_and_takes_it_back(folder: Folder) -> None:
    folder.page("```console\n$ true && echo hola\nhola\n```\n")
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", *folder.options(), "page.md"],
        cwd=folder.path,
        env=environment(TERM="xterm", COLUMNS="80"),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # Linux: the other side is closed
        while data := os.read(ours, 65536):
            seen += data
    os.close(ours)
    assert run.wait(PATIENCE) == 0
    shown, taken_back = (
        b"\x1b7\x1b[K  l\xc3\xadnea 2  $ true && echo hola\x1b8",
        b"\x1b7\x1b[K\x1b8",
    )
    assert shown in seen and taken_back in seen.split(shown)[1]
    assert b"page.md \x1b7" in seen
    assert "\x1b" not in folder.run("page.md").stdout


def _wait_until(condition: object, what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, what
        time.sleep(0.02)


def _processes(word: str) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if word in line and "ps -eo" not in line]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_leaves_nothing(folder: Folder, how: signal.Signals) -> None:
    nap = f"47{os.getpid()}{int(how)}"
    folder.page(f"""
        ```bash
        setsid sleep {nap} &
        sleep {nap}
        ```
    """)
    arguments = [sys.executable, "-m", "pytest", *folder.options(), "page.md"]
    run = subprocess.Popen(
        arguments,
        cwd=folder.path,
        env=environment(TMPDIR=str(folder.path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until(lambda: len(_processes(f"sleep {nap}")) >= 2, "the page has not started")
        run.send_signal(how)
        assert run.wait(PATIENCE) in (2, -signal.SIGKILL)
        _wait_until(lambda: not _processes(f"sleep {nap}"), "processes are left")
        _wait_until(lambda: not list(folder.path.glob("kubedoctest-*")), "files are left")
    finally:
        if run.poll() is None:
            run.kill()


SECTIONS = """
    # Página

    ## Una

    **Punto de partida.**

    ```console
    $ x=1; touch archivo; echo listo
    listo
    ```

    ## Otra

    **Punto de partida.**

    ```console
    $ echo "x es $x"; ls
    x es
    ```
"""


def test_sections_with_their_own_start_share_nothing(folder: Folder) -> None:
    folder.page(SECTIONS)
    done = folder.run("page.md")
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    joined = folder.page(SECTIONS.replace("**Punto de partida.**", ""))
    done = folder.run(joined.name)
    assert done.returncode == 1, done.stdout


def test_sections_start_with_the_title_that_is_given(folder: Folder) -> None:
    folder.page(SECTIONS.replace("Punto de partida", "Setup"))
    assert folder.run("page.md").returncode == 1
    done = folder.run("page.md", "--kubedoctest-start=Setup", "--kubedoctest-cleanup=Teardown")
    assert done.returncode == 0, done.stdout


def test_section_alone_is_run_by_its_anchor(folder: Folder) -> None:
    folder.page(SECTIONS.replace("listo\n    ```", "mentira\n    ```"))
    done = folder.run("page.md#otra", "--kubedoctest-json=r.json")
    assert done.returncode == 0, done.stdout
    results = json.loads((folder.path / "r.json").read_text())
    assert [b["status"] for b in results["blocks"]] == ["not-run", "passed"]
    assert [(p["status"], p["sections"]) for p in results["pages"]] == [("unfinished", ["otra"])]
    assert folder.run("page.md#una").returncode == 1
    both = folder.run("page.md#otra", "page.md")
    assert both.returncode == 1


def test_unknown_section_is_wrong_use(folder: Folder) -> None:
    folder.page(SECTIONS)
    done = folder.run("page.md#nada")
    assert done.returncode == 2
    assert "no tiene la sección «nada»" in done.stdout
    assert "una, otra" in done.stdout


def test_bad_page_fails_alone(folder: Folder) -> None:
    folder.page("```console\n$ echo hola\n", "mala.md")
    folder.page("```console\n$ echo hola\nhola\n```\n", "buena.md")
    done = folder.run("mala.md", "buena.md")
    assert done.returncode == 2
    assert "1 failed, 2 passed" in done.stdout
    assert "mala.md:1: Este bloque de código no se cierra" in done.stdout


def test_page_that_could_not_start_is_failed_and_says_why(folder: Folder) -> None:
    folder.page("```console\n$ kubectl get pods\n```\n")
    assert folder.run("page.md", "--kubedoctest-json=r.json").returncode == 3
    results = json.loads((folder.path / "r.json").read_text())
    (page,) = results["pages"]
    assert page["status"] == "failed"
    assert "no pudo empezar: page.md usa un cluster y no se dio ninguno" in page["faults"][0]


def test_page_that_keeps_going_is_failed_and_its_results_tell_each_end(folder: Folder) -> None:
    folder.page(BROKEN)
    done = folder.run("page.md", "--kubedoctest-json=r.json", "--kubedoctest-keep-going")
    assert done.returncode == 1
    results = json.loads((folder.path / "r.json").read_text())
    assert [b["status"] for b in results["blocks"]] == ["false", "passed", "shown"]
    assert [p["status"] for p in results["pages"]] == ["failed"]


def test_sections_are_recorded_each_by_itself(folder: Folder) -> None:
    folder.page(SECTIONS)
    assert folder.run("page.md", "--kubedoctest-record=r.json").returncode == 0
    recorded = json.loads((folder.path / "r.json").read_text())["pages"]
    assert list(recorded) == ["page.md#Otra", "page.md#Una"]
    assert folder.run("page.md", "--kubedoctest-replay=r.json").returncode == 0
    assert folder.run("page.md#otra", "--kubedoctest-replay=r.json").returncode == 0
    flow = folder.page(SECTIONS.replace("**Punto de partida.**", ""), "flow.md")
    refused = folder.run(f"{flow.name}#otra", "--kubedoctest-record=r.json")
    assert refused.returncode == 2
    assert "se graban páginas enteras" in refused.stdout
