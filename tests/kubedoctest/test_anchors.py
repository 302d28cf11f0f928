"""What other checkers of documentation let pass, page by page: here it is red, or it is run.

Each test is named for the weakness; the class, for the kind of checker that has it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent

import pytest
from stage import LISTINGS, Page, daemon_pod, deployment_pod, lines
from stand_in_cluster import stand_in

from kubedoctest.testing import FastClock, Harness, JudgedPage
from kubedoctest.update import page_edits
from kubedoctest.update.page_edits import PageText
from kubedoctest.update.updater import Answer, rewritings
from kubedoctest.verdicts.outcome import Status

pytestmark = pytest.mark.slow  # a process each
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
MKDOCS = SCRIPTS.parent / "mkdocs.yml"
PYTEST = (sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "no:cacheprovider")
OURS = ("-p", "kubedoctest.plugin", f"--kubedoctest-mkdocs={MKDOCS}")


class Folder:
    """A folder with one page, checked in it."""

    def __init__(self, path: Path, harness: Harness) -> None:
        self.path = path
        self._harness = harness

    def check(self, text: str) -> JudgedPage:
        """What becomes of a page that uses no cluster."""
        return self._harness.judge(text, clock=FastClock())

    def pytest(self, *how: str) -> tuple[int, str]:
        """The exit code and the report of pytest on the page that was last checked."""
        done = subprocess.run(
            [*PYTEST, f"--rootdir={self.path}", *how, "page.md"],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with Harness(folder=tmp_path, mkdocs=MKDOCS) as harness:
        yield Folder(tmp_path, harness)


class TestRunnersOfCommands:
    def test_output_that_was_printed_is_not_thrown_away(self, folder: Folder) -> None:
        page = "```console\n$ echo tres\n{}\n```\n"
        assert folder.check(page.format("tres")).true
        judged = folder.check(page.format("cuatro"))
        assert judged.red, judged.told
        assert "page.md:3: no es cierto" in judged.told

    def test_a_blank_line_does_not_end_the_commands(self, folder: Folder) -> None:
        page = (
            "```console\n$ printf 'a\\n\\nb\\n'\na\n\nb\n\n$ {}\n```\n\n```bash\ntrue\n\n{}\n```\n"
        )
        assert folder.check(page.format("true", "true")).true
        judged = folder.check(page.format("false", "true"))
        assert judged.red == [7], judged.told
        judged = folder.check(page.format("true", "false"))
        assert judged.red == [13], judged.told

    def test_directory_functions_and_variables_are_not_lost(self, folder: Folder) -> None:
        judged = folder.check("""
            ```bash
            mkdir -p uno/dos && cd uno/dos
            saludar() { echo "hola, $1 desde ${PWD##*/}"; }
            quien=gente
            ```

            ```console
            $ saludar "$quien"
            hola, gente desde dos
            ```
        """)
        assert judged.true, judged.told

    def test_what_takes_a_while_needs_no_sleep(self, folder: Folder, slow: str) -> None:
        judged = folder.check(f"```console\n$ curl -s {slow}\nlisto\n```\n")
        assert judged.true, judged.told

    def test_and_what_never_comes_is_red(self, folder: Folder, slow: str) -> None:
        page = f"```console\n$ curl -s {slow}\nlisto ya\n```\n"
        judged = folder.check(page)
        assert judged.red, judged.told
        assert "+ listo" in judged.told

    def test_curl_shows_no_progress_as_at_a_prompt(self, folder: Folder, slow: str) -> None:
        page = f"```console\n$ curl {slow} | tr a-z A-Z\n{{}}\n```\n"
        judged = folder.check(page.format("LISTO"))
        assert judged.true, judged.told
        assert folder.check(page.format("% Total\nLISTO")).red
        lost = "```console\n$ curl http://127.0.0.1:1/\n{}\n```\n"
        refused = (
            "curl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server"
        )
        judged = folder.check(lost.format(refused))
        assert judged.true, judged.told
        assert folder.check(lost.format("curl: (7) Todo bien")).red

    def test_what_changes_something_is_run_once(self, folder: Folder) -> None:
        page = "```console\n$ echo x >> f\n$ cat f\nx\n```\n"
        judged = folder.check(page)
        assert judged.true, judged.told
        log = folder.path / "registro"
        again = f"```console\n$ curl -s file:///dev/null; echo x | tee -a {log}\n{{}}\n```\n"
        judged = folder.check(again.format("y"))
        assert (judged.red, log.read_text()) == ([3], "x\n"), judged.told
        log.unlink()
        assert folder.check(again.format("x")).true
        assert log.read_text() == "x\n"

    def test_what_only_reads_is_repeated(self, folder: Folder, slow: str) -> None:
        page = f"```console\n$ curl -s {slow}\nnunca\n```\n"
        judged = folder.check(page)
        assert judged.red and "+ listo" in judged.told, "the third answer"

    @pytest.mark.parametrize("command", ["ls /no /nada", "echo a; ls /no /nada"])
    def test_a_failure_of_which_only_a_part_is_shown_is_a_lie(
        self, folder: Folder, command: str
    ) -> None:
        no, nothing = (
            f"ls: cannot access '/{d}': No such file or directory" for d in ("no", "nada")
        )
        first = ["a"] if command.startswith("echo") else []
        page = "```console\n$ {}\n{}\n```\n"
        judged = folder.check(page.format(command, "\n".join([*first, no, nothing])))
        assert judged.true, judged.told
        for shown in ([no], [nothing], [no, "..."], [no, nothing, "..."], []):
            judged = folder.check(page.format(command, "\n".join([*first, *shown])))
            assert judged.red and "no es cierto" in judged.told, shown
            assert "..." not in shown or "terminó con código 2" in judged.told

    def test_a_server_in_another_terminal_is_run(self, forwarder: Forwarder) -> None:
        judged = forwarder.harness.judge(forwarder.page)
        assert judged.true, judged.told
        for true, lie, line in [
            ("-> 80\n", "-> 8080\n", 3),
            ("hola\n", "chau\n", 8),
            ("Handling", "Refusing", 13),
        ]:
            assert forwarder.page.count(true) == 1
            page = forwarder.page.replace(true, lie)
            judged = forwarder.harness.judge(page, lie=line)
            assert judged.red == [line], judged.told

    def test_and_one_that_does_not_serve_is_red(self, forwarder: Forwarder) -> None:
        page = forwarder.page.replace("svc/web", "svc/otra")
        judged = forwarder.harness.judge(page, lie=3, patience=10.0)  # it starts, and then ends
        assert judged.red == [3], judged.told
        assert "terminó solo, con código 1" in judged.told

    def test_one_command_that_never_ends_does_not_hold_the_page(self, folder: Folder) -> None:
        page = "<!-- verificar: limite={} -->\n```console\n$ {}\n```\n\n```bash\ntrue\n```\n"
        assert folder.check(page.format(60, "sleep 0")).true
        judged = folder.check(page.format(0.5, "sleep 600"))
        assert judged.red, judged.told
        assert "fue interrumpido" in judged.told
        assert judged.count(Status.NOT_RUN) == 1


@pytest.fixture
def slow() -> Iterator[str]:
    """The address of a server that is ready at the third time of asking."""
    answers = iter(["todavía no\n", "todavía no\n"])

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(next(answers, "listo\n").encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


FORWARDER = """\
#!{python}
import http.server, signal, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        print("Handling connection for", here, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hola\\n")

signal.signal(signal.SIGINT, signal.SIG_DFL)
_, service, ports = sys.argv[1:]
here, there = map(int, ports.split(":"))
if service != "svc/web":
    sys.exit('Error from server (NotFound): services "otra" not found')
server = http.server.HTTPServer(("127.0.0.1", here), Handler)
print(f"Forwarding from 127.0.0.1:{{here}} -> {{there}}", flush=True)
server.serve_forever()
"""


@dataclass
class Forwarder:
    """A page that uses a ``kubectl`` that only forwards, to itself; the harness that has it."""

    page: str
    harness: Harness


@pytest.fixture
def forwarder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forwarder]:
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(FORWARDER.format(python=sys.executable))
    kubectl.chmod(0o755)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "estado"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        stand_in(tmp_path) as (_, kubeconfig),
        Harness(kubeconfig=kubeconfig, path=(kubectl.parent,)) as harness,
    ):
        yield Forwarder(
            dedent(f"""
                ```console title="Terminal 2"
                $ kubectl port-forward svc/web {port}:80
                Forwarding from 127.0.0.1:{port} -> 80
                ```

                ```console
                $ curl localhost:{port}
                hola
                ```

                ```console title="Terminal 2"
                ...
                Handling connection for {port}
                ^C
                ```
            """).lstrip("\n"),
            harness,
        )


PODS = "NAME   READY   STATUS   RESTARTS   AGE"
ONE = "mi-app-4kx2p   1/1   Running   0   5s"
OTHER = "mi-app-b9w7d   0/1   Pending   0   5s"


def table(*rows: str) -> str:
    """Rows as kubectl prints them: cells, here three spaces apart, in columns."""
    cells = [row.split("   ") for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    padded = (zip(row, widths, strict=True) for row in cells)
    return "".join("   ".join(c.ljust(w) for c, w in row).rstrip() + "\n" for row in padded)


class TestComparersOfText:
    def test_a_fixed_name_does_not_pass_for_a_generated_one(self) -> None:
        row = "{}   1/1   Running   0   5s"
        real = "web-database-6799f8d9c5-k2xwp"
        page = Page(deployment_pod(real))
        printed = table(PODS, row.format(real))
        assert not page.shows(table(PODS, row.format("web-database-0")), printed)
        assert page.shows(table(PODS, row.format("web-database-7c9bd45f6b-x4zqt")), printed)

    def test_two_documented_pods_are_not_one_real_pod(self) -> None:
        shown = table(PODS, ONE.replace("4kx2p", "tr8jm"), ONE.replace("4kx2p", "2dqqt"))
        one, both = table(PODS, ONE), table(PODS, ONE, ONE.replace("4kx2p", "b9w7d"))
        pods = daemon_pod("mi-app-4kx2p"), daemon_pod("mi-app-b9w7d")
        assert not Page(*pods).shows(shown, one)
        assert Page(*pods).shows(shown, both)

    def test_nor_in_two_blocks_of_the_page(self) -> None:
        page = Page(daemon_pod("mi-app-4kx2p"))
        first, second = (ONE.replace("4kx2p", name) for name in ("tr8jm", "2dqqt"))
        assert page.shows(table(PODS, first), table(PODS, ONE))
        assert not page.shows(table(PODS, second), table(PODS, ONE))
        assert page.shows(table(PODS, first), table(PODS, ONE))

    def test_a_restart_some_other_time_ago_is_no_difference_but_the_count_is(self) -> None:
        row = "mi-app-4kx2p   1/1   Running   {}   5m"
        page = Page(daemon_pod("mi-app-4kx2p"))
        real = table(PODS, row.format("1 (5s ago)"))
        assert page.shows(table(PODS, row.format("1 (2m14s ago)")), real)
        assert not page.shows(table(PODS, row.format("2 (5s ago)")), real)
        assert not page.shows(table(PODS, row.format("0")), real)

    def test_rows_of_generated_names_come_in_any_order(self) -> None:
        page = Page(daemon_pod("mi-app-4kx2p"), daemon_pod("mi-app-b9w7d"))
        shown = table(PODS, OTHER.replace("b9w7d", "2dqqt"), ONE.replace("4kx2p", "tr8jm"))
        assert page.shows(shown, table(PODS, ONE, OTHER))
        assert not page.shows(shown.replace("Pending", "Running"), table(PODS, ONE, OTHER))

    def test_one_replica_missing_is_not_nearly_right(self) -> None:
        header = "NAME   READY   UP-TO-DATE   AVAILABLE   AGE"
        shown = table(header, "mi-app   3/3   3   3   5s")
        assert Page().shows(shown, table(header, "mi-app   3/3   3   3   14m"))
        assert not Page().shows(shown, table(header, "mi-app   2/3   3   2   5s"))

    @pytest.mark.parametrize("said", ["<none>", "<pending>"])
    def test_none_stands_for_nothing_but_itself(self, said: str) -> None:
        header, row = "NAME   TYPE   EXTERNAL-IP   PORT(S)", "web   LoadBalancer   {}   80/TCP"
        shown = table(header, row.format(said))
        assert Page().shows(shown, shown)
        assert not Page().shows(shown, table(header, row.format("203.0.113.7")))

    def test_a_name_that_was_shown_is_used_in_later_commands(self) -> None:
        page = Page(daemon_pod("mi-app-4kx2p"))
        assert page.shows(table(PODS, ONE.replace("4kx2p", "tr8jm")), table(PODS, ONE))
        command = page.runs("kubectl logs mi-app-tr8jm")
        assert command == "kubectl logs mi-app-4kx2p"


class TestUpdaters:
    """Of those that write the output of a command into the page."""

    def amended(self, folder: Folder, page: str) -> str:
        (folder.path / "page.md").write_text(page)
        code, said = folder.pytest(*OURS, "--kubedoctest-update=cambios.json")
        assert code == 1, said
        [changes] = page_edits.read(folder.path / "cambios.json")
        text = PageText.of((folder.path / "page.md").read_bytes())
        return text.edited(changes.edits)

    def test_what_stands_for_many_lines_stays_beside_one_that_is_wrong(
        self, folder: Folder
    ) -> None:
        page = (
            "```console\n$ printf '%s\\n' a b c d e f\na\n{}  # nuestra\n...\ne  # queda\nf\n```\n"
        )
        assert folder.check(page.format("b")).true
        assert folder.check(page.format("x")).red
        assert self.amended(folder, page.format("x")) == page.format("b")

    def test_and_so_does_a_name_that_is_generated(self) -> None:
        shown = lines(f"{PODS}\nmi-app-tr8jm   0/1   Running   0   9s  # la nuestra\n...\n")
        page = Page(daemon_pod("mi-app-4kx2p"), daemon_pod("mi-app-b9w7d"))
        real = table(PODS, ONE, OTHER)
        answer = Answer(
            real, page.patterns, page.bindings, form=LISTINGS.format_of("kubectl get pods")
        )
        first = next(rewritings(shown, answer))
        texts = [line.text for line in first]
        assert any("mi-app-tr8jm" in text and "# la nuestra" in text for text in texts), texts
        assert "..." in texts


class TestFindersOfBlocks:
    def test_what_is_expected_cannot_hide_in_a_comment(self, folder: Folder) -> None:
        judged = folder.check(
            '<!-- verificar: salida="tres" -->\n```console\n$ echo tres\ncuatro\n```\n'
        )
        assert judged.document.problems
        assert "`salida=tres` no existe" in judged.told

    @pytest.mark.parametrize(
        "opening", ['```bash title="x"', "```bash", "~~~bash", '```{.bash title="x"}', "````bash"]
    )
    def test_no_way_of_opening_a_block_skips_it(self, folder: Folder, opening: str) -> None:
        marks = opening[: len(opening) - len(opening.lstrip("`~"))]
        assert folder.check(f"{opening}\ntrue\n{marks}\n").true
        assert folder.check(f"{opening}\nfalse\n{marks}\n").red

    @pytest.mark.parametrize("opening", ["```Shell", "```", "```bahs", "```text  "])
    def test_a_block_of_commands_that_would_not_run_is_an_error(
        self, folder: Folder, opening: str
    ) -> None:
        judged = folder.check(f"{opening}\n$ false\n```\n")
        assert judged.document.problems
        assert "page.md:1: " in judged.told

    def test_a_block_equal_to_another_is_run_too(self, folder: Folder) -> None:
        block = "```bash\necho x >> veces\n```\n\n"
        judged = folder.check(f"{block}{block}```console\n$ cat veces\nx\nx\n```\n")
        assert judged.true, judged.told

    @pytest.mark.parametrize("around", ["!!! note", '=== "Linux"', "??? question", "1. paso\n"])
    def test_python_inside_notes_tabs_and_lists_is_run(self, folder: Folder, around: str) -> None:
        page = f"{around}\n\n    ```python\n    assert 1 == {{}}\n    ```\n"
        assert folder.check(page.format(1)).true
        judged = folder.check(page.format(2))
        assert judged.red, judged.told
        assert "AssertionError" in judged.told
        if not around.startswith("1."):  # what CommonMark alone makes of the same page
            code, said = folder.pytest("--markdown-docs")
            assert code == 5
            assert "no tests ran" in said
