"""Python fences: each runs once, in its turn, in the page's environment, and ends with the page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
MKDOCS = SCRIPTS.parent / "mkdocs.yml"
PYTEST = (sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider")


class Folder:
    """A folder with a page, and pytest run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, text: str, *arguments: str, **more: str) -> tuple[int, str]:
        (self.path / "page.md").write_text(dedent(text).lstrip("\n"))
        done = subprocess.run(
            [
                *PYTEST,
                *("-c", os.devnull, "--rootdir", str(self.path), "page.md"),
                *(f"--kubedoctest-mkdocs={MKDOCS}", f"--kubedoctest-python={sys.executable}"),
                *arguments,
            ],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(SCRIPTS), **more},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "INTERNALERROR" not in done.stdout
        return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


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
    code, said = folder.run(NESTED.format(code="open('hecho', 'w').close()"))
    assert code == 0, said
    assert "4 passed" in said


def test_a_fence_that_fails_is_red_at_its_own_line_at_any_depth(folder: Folder) -> None:
    code, said = folder.run(NESTED.format(code="assert 1 == 2, 'no'"))
    assert code == 1
    assert "FAILED page.md::L13" in said
    assert "page.md:14: no es cierto (bloque python de page.md:13)" in said
    assert "• AssertionError: no" in said
    assert '|   File "page.md", line 14, in <module>\n  |     assert 1 == 2' in said
    assert "1 sin ejecutar" in said
    assert "pytest_markdown_docs" not in said.partition("FAILURES")[2]


def test_fences_and_commands_take_turns(folder: Folder) -> None:
    code, said = folder.run("""
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
    assert code == 0, said


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
    code, said = folder.run(STATE.format(how=how))
    assert code == 0, said


def test_without_it_a_fence_begins_anew(folder: Folder) -> None:
    code, said = folder.run(STATE.format(how="```python"))
    assert code == 1
    assert "NameError: name 'n' is not defined" in said


def test_a_fence_that_raises_type_error_runs_once(folder: Folder) -> None:
    code, said = folder.run("""
        ```python
        print("una vez")
        len(1)
        ```
    """)
    assert code == 1
    assert said.count("| una vez") == 1
    assert "page.md:3: no es cierto" in said


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
    assert folder.run(page.format(second="dos"))[0] == 0
    code, said = folder.run(page.format(second="cuatro"))
    assert code == 1
    assert "page.md:10: no es cierto (bloque text de page.md:8)" in said
    assert "- cuatro\n" in said and "+ dos\n" in said


def test_output_of_nothing_is_a_problem_of_the_page(folder: Folder) -> None:
    code, said = folder.run('```text title="Salida"\nuno\n```\n')
    assert code == 2
    assert 'page.md:1: Un bloque `text title="Salida"` va después de un bloque `python`' in said


@pytest.mark.parametrize(
    ("code", "place", "said"),
    [
        ("while True: pass", "page.md:2", "no terminó en 2 s"),
        ("input()", "page.md:3", "EOFError"),
        ("import sys; sys.exit(0)", "page.md:3", "SystemExit: 0"),
        ("import os; os._exit(0)", "page.md:2", "terminó el intérprete"),
        ("import os; os.kill(os.getpid(), 9)", "page.md:2", "terminó el intérprete"),
        ("raise KeyboardInterrupt", "page.md:3", "KeyboardInterrupt"),
        ("import pytest; pytest.skip('nada')", "page.md:3", "Skipped: nada"),
        ("import pytest; pytest.exit('nada')", "page.md:3", "Exit: nada"),
        ("x = (", "page.md:3", "SyntaxError: '(' was never closed"),
        ("while True: print('x' * 10_000_000)", "page.md:2", "escribió demasiado"),
        ("from nada import x", "page.md:3", "ModuleNotFoundError: No module named 'nada'"),
    ],
)
def test_whatever_it_does_it_is_only_a_red_block(
    folder: Folder, code: str, place: str, said: str
) -> None:
    page = f"<!-- verificar: limite=2 -->\n```python\n{code}\n```\n\n```bash\ntrue\n```\n"
    status, shown = folder.run(page, "--kubedoctest-json=r.json")
    assert status == 1, shown
    assert f"{place}: no es cierto" in shown
    assert said in shown
    assert "1 sin ejecutar" in shown


def test_a_forked_child_does_not_go_on_as_the_page(folder: Folder) -> None:
    code, said = folder.run("""
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
    assert code == 0, said
    assert "3 passed" in said


def test_what_it_leaves_running_ends_with_the_page(folder: Folder) -> None:
    nap = f"49{os.getpid()}"
    code, said = folder.run(f"""
        ```python
        import subprocess, threading, time
        subprocess.Popen(["sleep", "{nap}"], start_new_session=True)
        threading.Thread(target=lambda: time.sleep({nap})).start()
        ```
    """)
    assert code == 0, said
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert f"sleep {nap}" not in listed.stdout


def test_it_sees_the_pages_environment_and_not_the_callers(folder: Folder) -> None:
    (folder.path / "extras").mkdir()
    code, said = folder.run(
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
        "--kubedoctest-copy=extras",
        HOLA_SECRETO="x",
    )
    assert code == 0, said


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
    code, said = folder.run("""
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
    assert code == 0, said
    assert (folder.path / "conftest.py.fin").exists()


def test_a_fixture_that_is_not_there_is_red(folder: Folder) -> None:
    code, said = folder.run("```{.python fixture:nada}\nx = 1\n```\n")
    assert code == 1
    assert "page.md:1: no es cierto" in said
    assert "fixture 'nada' not found" in said


def test_a_conftest_that_cannot_be_read_says_so(folder: Folder) -> None:
    # Only in the page's own folder: pytest itself reads it too, outside, unless told not to.
    (folder.path / "conftest.py").write_text("import nada\n")
    code, said = folder.run("```python\nx = 1\n```\n", "--noconftest")
    assert code == 1
    assert "No module named 'nada'" in said


def test_a_fixture_that_skips_is_red(folder: Folder) -> None:
    (folder.path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture\ndef nada():\n    pytest.skip('hoy no')\n"
    )
    code, said = folder.run("```{.python fixture:nada}\nx = 1\n```\n")
    assert code == 1
    assert "Skipped: hoy no" in said


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
    code, said = folder.run("```python\ncurl -s\n```\n", "--kubedoctest-retry=3")
    assert code == 1, said
    assert (folder.path / "veces").read_text() == "x"


@pytest.mark.parametrize(
    ("option", "said"),
    [("notest", "no dice por qué"), ("runner:x", "no conoce la opción `runner:x`")],
)
def test_options_that_would_hide_a_fence_are_refused(
    folder: Folder, option: str, said: str
) -> None:
    code, shown = folder.run(f"```{{.python {option}}}\nx = 1\n```\n")
    assert code == 2
    assert said in shown


def test_await_works_at_the_top(folder: Folder) -> None:
    code, said = folder.run("```python\nimport asyncio\nawait asyncio.sleep(0)\n```\n")
    assert code == 0, said


def test_commands_find_a_python_with_the_packages(folder: Folder) -> None:
    page = """
        ```console
        $ python3 -c 'import kubernetes; print("está")'
        está
        ```
    """
    assert folder.run(page)[0] == 0
    assert folder.run(page, f"--kubedoctest-python={os.devnull}")[0] == 1


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
@pytest.mark.parametrize(("printed", "code"), [("uno", 0), ("dos", 1)])
def test_a_fence_talks_to_the_pages_cluster(
    folder: Folder, lab: object, printed: str, code: int
) -> None:
    del lab
    found, said = folder.run(
        CONTROLLER.format(printed=printed),
        f"--kubedoctest-kubeconfig={os.environ['TALLER_LAB_KUBECONFIG']}",
        f"--kubedoctest-context={os.environ['TALLER_LAB_CONTEXT']}",
        f"--kubedoctest-path={os.environ['TALLER_LAB_PATH']}",
        KUBECONFIG="/nada",
    )
    assert found == code, said


@pytest.mark.cluster
def test_a_fence_is_named_as_what_changed_something(folder: Folder, lab: object) -> None:
    del lab
    page = CONTROLLER.format(printed="uno").replace("(NotFound)", "(Conflict)")
    code, said = folder.run(
        page,
        f"--kubedoctest-kubeconfig={os.environ['TALLER_LAB_KUBECONFIG']}",
        f"--kubedoctest-context={os.environ['TALLER_LAB_CONTEXT']}",
        f"--kubedoctest-path={os.environ['TALLER_LAB_PATH']}",
        "--kubedoctest-retry=1",
    )
    assert code == 1
    assert "antes de esto, lo último que cambió algo: page.md:6  (bloque python)" in said


@pytest.mark.cluster
def test_what_a_fence_leaves_in_the_cluster_is_told_and_cleaned(
    folder: Folder, lab: object
) -> None:
    del lab
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
        code, said = folder.run(
            page,
            f"--kubedoctest-kubeconfig={os.environ['TALLER_LAB_KUBECONFIG']}",
            f"--kubedoctest-context={os.environ['TALLER_LAB_CONTEXT']}",
            f"--kubedoctest-path={os.environ['TALLER_LAB_PATH']}",
        )
        assert code == 1, said
        assert "de-python" in said
        assert "AlreadyExists" not in said
