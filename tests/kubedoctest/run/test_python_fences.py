"""Python fences: each runs once, in its turn, in the page's environment, and ends with the page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from kubedoctest.run.chapter_context import Limits
from kubedoctest.testing import FastClock, Harness, JudgedPage
from kubedoctest.verdicts.outcome import Status

MKDOCS = Path(__file__).resolve().parents[3] / "mkdocs.yml"


class Folder:
    """A folder with a page, and the harness at work in it."""

    def __init__(self, path: Path, harness: Harness) -> None:
        self.path = path
        self._harness = harness

    def run(self, text: str, limits: Limits | None = None) -> JudgedPage:
        return self._harness.judge(text, limits=limits, clock=FastClock())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    python = Path(sys.executable)
    with Harness(folder=tmp_path, mkdocs=MKDOCS, python=python, copied=("extras",)) as harness:
        yield Folder(tmp_path, harness)


NESTED = """
    # Nested

    !!! note

        ```python
        print("en la nota")
        ```

    === "pestaña"

        1. una lista

            ```python title="con título"
            {code}
            ```

    ```bash
    test -e hecho
    ```
"""


def test_fences_in_notes_tabs_and_lists_run(folder: Folder) -> None:
    judged = folder.run(NESTED.format(code="open('hecho', 'w').close()"))
    assert judged.true, judged.told
    assert judged.count(Status.PASSED) == 3


def test_a_fence_that_fails_is_red_at_its_own_line_at_any_depth(folder: Folder) -> None:
    judged = folder.run(NESTED.format(code="assert 1 == 2, 'no'"))
    assert judged.red, judged.told
    assert (judged.red_blocks, judged.count(Status.NOT_RUN)) == ([13], 1)
    assert "page.md:14: no es cierto (bloque python de page.md:13)" in judged.told
    assert "• AssertionError: no" in judged.told
    assert '|   File "page.md", line 14, in <module>\n  |     assert 1 == 2' in judged.told
    assert "pytest_markdown_docs" not in judged.told


def test_fences_and_commands_take_turns(folder: Folder) -> None:
    judged = folder.run("""
        ```bash
        echo 1 > pasos
        ```

        ```python
        with open("pasos", "a") as pasos:
            print(2, file=pasos)
        ```

        ```console
        $ cat pasos
        1
        2
        ```
    """)
    assert judged.true, judged.told


STATE = """
    ```python
    import itertools
    n = next(counter := itertools.count())
    ```

    {how}
    assert n == 0
    assert next(counter) == 1  # it was not run again
    ```
"""


@pytest.mark.parametrize(
    "how", ["```{.python continuation}", "<!-- verificar: continua -->\n    ```python"]
)
def test_a_continuation_goes_on_in_the_same_names(folder: Folder, how: str) -> None:
    judged = folder.run(STATE.format(how=how))
    assert judged.true, judged.told


def test_without_it_a_fence_begins_anew(folder: Folder) -> None:
    judged = folder.run(STATE.format(how="```python"))
    assert judged.red, judged.told
    assert "NameError: name 'n' is not defined" in judged.told


def test_a_fence_that_raises_type_error_runs_once(folder: Folder) -> None:
    judged = folder.run("""
        ```python
        print("una vez")
        len(1)
        ```
    """)
    assert judged.red, judged.told
    assert judged.told.count("| una vez") == 1
    assert "page.md:3: no es cierto" in judged.told


def test_what_it_prints_may_be_shown(folder: Folder) -> None:
    page = """
        ```python
        import os, sys
        print("uno")
        os.system("echo dos")
        print("tres", file=sys.stderr)
        ```

        ```text title="Salida"
        uno
        {second}
        tres
        ```
    """
    assert folder.run(page.format(second="dos")).true
    judged = folder.run(page.format(second="cuatro"))
    assert judged.red, judged.told
    assert "page.md:10: no es cierto (bloque text de page.md:8)" in judged.told
    assert "- cuatro\n" in judged.told and "+ dos\n" in judged.told


def test_output_of_nothing_is_a_problem_of_the_page(folder: Folder) -> None:
    judged = folder.run('```text title="Salida"\nuno\n```\n')
    assert judged.document.problems
    said = 'page.md:1: Un bloque `text title="Salida"` va después de un bloque `python`'
    assert said in judged.told


@pytest.mark.parametrize(
    ("code", "place", "said"),
    [
        ("input()", "page.md:2", "EOFError"),
        ("import sys; sys.exit(0)", "page.md:2", "SystemExit: 0"),
        ("import os; os._exit(0)", "page.md:1", "terminó el intérprete"),
        ("import os; os.kill(os.getpid(), 9)", "page.md:1", "terminó el intérprete"),
        ("raise KeyboardInterrupt", "page.md:2", "KeyboardInterrupt"),
        ("import pytest; pytest.skip('nada')", "page.md:2", "Skipped: nada"),
        ("import pytest; pytest.exit('nada')", "page.md:2", "Exit: nada"),
        ("x = (", "page.md:2", "SyntaxError: '(' was never closed"),
        ("while True: print('x' * 10_000_000)", "page.md:1", "escribió demasiado"),
        ("from nada import x", "page.md:2", "ModuleNotFoundError: No module named 'nada'"),
    ],
)
def test_whatever_it_does_it_is_only_a_red_block(
    folder: Folder, code: str, place: str, said: str
) -> None:
    page = f"```python\n{code}\n```\n\n```bash\ntrue\n```\n"
    judged = folder.run(page)
    assert f"{place}: no es cierto" in judged.told
    assert said in judged.told
    assert judged.count(Status.NOT_RUN) == 1


def test_fence_that_does_not_end_within_its_limit_is_red(folder: Folder) -> None:
    first = "```python\nready = True\n```\n\n"  # the interpreter's start does not count
    page = first + "<!-- verificar: limite=0.2 -->\n```python\nwhile True: pass\n```\n"
    judged = folder.run(page)
    assert judged.red == [6], judged.told
    assert "no terminó en 0 s" in judged.told


def test_a_forked_child_does_not_go_on_as_the_page(folder: Folder) -> None:
    judged = folder.run("""
        ```python
        import os
        if os.fork() == 0:
            print("hijo", flush=True)
        else:
            os.wait()
            print("madre")
        ```

        ```text title="Salida"
        hijo
        madre
        ```
    """)
    assert judged.true, judged.told
    assert judged.count(Status.PASSED) == 2


def test_what_it_leaves_running_ends_with_the_page(folder: Folder) -> None:
    nap = f"49{os.getpid()}"
    judged = folder.run(f"""
        ```python
        import subprocess, threading, time
        subprocess.Popen(["sleep", "{nap}"], start_new_session=True)
        threading.Thread(target=lambda: time.sleep({nap})).start()
        ```
    """)
    assert judged.true, judged.told
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert f"sleep {nap}" not in listed.stdout


def test_it_sees_the_pages_environment_and_not_the_callers(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.path / "extras").mkdir()
    monkeypatch.setenv("HOLA_SECRETO", "x")
    judged = folder.run(
        """
        ```python
        import os
        print(os.environ.get("HOLA_SECRETO"), os.listdir("."))
        print(os.environ["HOME"] == os.path.expanduser("~"), "PYTHONPATH" in os.environ)
        ```

        ```text title="Salida"
        None ['extras']
        True False
        ```

        ```console
        $ echo $HOME | grep -c kubedoctest-
        1
        ```
        """,
    )
    assert judged.true, judged.told


def test_fixtures_hooks_and_retries_of_pytest_markdown_docs_work(folder: Folder) -> None:
    (folder.path / "conftest.py").write_text(
        dedent("""
            import pytest

            def pytest_markdown_docs_globals():
                return {"saludo": "hola"}

            @pytest.fixture(scope="session", autouse=True)
            def de_la_pagina():
                yield
                open(__file__ + ".fin", "w").close()

            @pytest.fixture
            def prestado():
                yield "libro"
                open("devuelto", "a").write("x")
        """)
    )
    judged = folder.run("""
        ```{.python fixture:prestado fixture:tmp_path}
        import os
        assert prestado == "libro" and tmp_path.is_dir() and saludo == "hola"
        assert not os.path.exists("devuelto")
        ```

        ```{.python retry:2}
        import os
        open("intentos", "a").write("x")
        assert os.path.getsize("intentos") == 3
        ```

        ```console
        $ cat devuelto intentos
        xxxx
        ```
    """)
    assert judged.true, judged.told
    assert (folder.path / "conftest.py.fin").exists()


def test_a_fixture_that_is_not_there_is_red(folder: Folder) -> None:
    judged = folder.run("```{.python fixture:nada}\nx = 1\n```\n")
    assert judged.red, judged.told
    assert "page.md:1: no es cierto" in judged.told
    assert "fixture 'nada' not found" in judged.told


def test_a_conftest_that_cannot_be_read_says_so(folder: Folder) -> None:
    (folder.path / "conftest.py").write_text("import nada\n")
    judged = folder.run("```python\nx = 1\n```\n")
    assert judged.red, judged.told
    assert "No module named 'nada'" in judged.told


def test_a_fixture_that_skips_is_red(folder: Folder) -> None:
    (folder.path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture\ndef nada():\n    pytest.skip('hoy no')\n"
    )
    judged = folder.run("```{.python fixture:nada}\nx = 1\n```\n")
    assert judged.red, judged.told
    assert "Skipped: hoy no" in judged.told


def test_a_fence_that_reads_like_a_command_is_not_repeated(folder: Folder) -> None:
    (folder.path / "conftest.py").write_text(
        dedent("""
            from pathlib import Path

            class Curl:
                def __sub__(self, other):
                    with Path(__file__).with_name("veces").open("a") as times:
                        times.write("x")
                    raise ValueError("no")

            def pytest_markdown_docs_globals():
                return {"curl": Curl(), "s": 1}
        """)
    )
    judged = folder.run("```python\ncurl -s\n```\n")
    assert judged.red, judged.told
    assert (folder.path / "veces").read_text() == "x"


@pytest.mark.parametrize(
    ("option", "said"),
    [("notest", "no dice por qué"), ("runner:x", "no conoce la opción `runner:x`")],
)
def test_options_that_would_hide_a_fence_are_refused(
    folder: Folder, option: str, said: str
) -> None:
    judged = folder.run(f"```{{.python {option}}}\nx = 1\n```\n")
    assert judged.document.problems
    assert said in judged.told


def test_await_works_at_the_top(folder: Folder) -> None:
    judged = folder.run("```python\nimport asyncio\nawait asyncio.sleep(0)\n```\n")
    assert judged.true, judged.told


def test_commands_find_a_python_with_the_packages(folder: Folder) -> None:
    page = """
        ```console
        $ python3 -c 'import kubernetes; print("está")'
        está
        ```
    """
    assert folder.run(page).true
    with Harness(python=Path(os.devnull)) as without:
        assert without.judge(page, clock=FastClock()).red


CONTROLLER = """
    ```bash
    kubectl create configmap uno
    ```

    ```python
    from kubernetes import client, config

    config.load_kube_config()
    maps = client.CoreV1Api()
    for one in maps.list_namespaced_config_map("default").items:
        if one.metadata.name == "uno":
            print(one.metadata.name)
            maps.delete_namespaced_config_map("uno", "default")
    ```

    ```text title="Salida"
    {printed}
    ```

    ```console
    $ kubectl get configmap uno
    Error from server (NotFound): configmaps "uno" not found
    ```
"""


@pytest.mark.cluster
def test_a_fence_talks_to_the_pages_cluster(
    lab_harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nada")
    judged = lab_harness.judge(CONTROLLER.format(printed="uno"))
    assert judged.true, judged.told
    judged = lab_harness.judge(CONTROLLER.format(printed="dos"), lie=17)
    assert judged.red == [17], judged.told


@pytest.mark.cluster
def test_a_fence_is_named_as_what_changed_something(lab_harness: Harness) -> None:
    page = CONTROLLER.format(printed="uno").replace("(NotFound)", "(Conflict)")
    judged = lab_harness.judge(page, lie=22)
    assert judged.red == [22], judged.told
    assert "antes de esto, lo último que cambió algo" in judged.told
    assert "page.md:6  (bloque python)" in judged.told


@pytest.mark.cluster
def test_what_a_fence_leaves_in_the_cluster_is_told_and_cleaned(lab_harness: Harness) -> None:
    page = """
        ```python
        from kubernetes import client, config

        config.load_kube_config()
        meta = client.V1ObjectMeta(name="de-python")
        client.CoreV1Api().create_namespaced_config_map(
            "default", client.V1ConfigMap(metadata=meta)
        )
        ```
    """
    for _ in range(2):  # the second finds it gone, or could not make it
        judged = lab_harness.judge(page)
        assert not judged.red, judged.told
        assert ["de-python" in fault.text for fault in judged.faults] == [True]
