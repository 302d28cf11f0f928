"""Several terminals in one page: what each block shows of a command that goes on, and when."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from kubedoctest.page import inventory
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.chapter_context import Limits
from kubedoctest.run.run_session import PageSandbox, Settings
from kubedoctest.shell.supervisor import Supervisor
from kubedoctest.verdicts import report
from kubedoctest.verdicts.outcome import Outcome

STATUS = {"passed": ".", "failed": "F", "not-run": "n", "shown": "m"}


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with closing(Supervisor()) as supervisor:
        yield supervisor


class Run:
    """Pages run in this process, without a cluster."""

    def __init__(self, supervisor: Supervisor, folder: Path) -> None:
        self.supervisor = supervisor
        self.folder = folder
        self.left: list[str] = []

    def outcomes(self, text: str, first: int = 0) -> list[Outcome]:
        """The verdicts on a page's blocks, that on the ``first`` asked for first."""
        page = self.folder / "page.md"
        page.write_text(dedent(text).lstrip("\n"))
        document = inventory.read_page(page, inventory.settings(None), self.folder)
        assert not document.problems, [str(problem) for problem in document.problems]
        settings = Settings(None, None, self.folder, (), os.environ["PATH"], {})
        place = PageSandbox(settings, self.supervisor, document, print)
        try:
            chapter = Chapter(document, place.work, Limits(command=20, retry=1.2))
            chapter.outcome(first)
            return [chapter.outcome(number) for number in range(len(document.blocks))]
        finally:
            place.close()

    def verdicts(self, text: str) -> str:
        """One letter a block; what failed is printed."""
        outcomes = self.outcomes(text)
        for outcome in outcomes:
            if outcome.failure is not None:
                print(report.failure_text(outcome))
        return "".join(STATUS[outcome.status.value] for outcome in outcomes)

    def failure(self, text: str) -> tuple[str, int, str]:
        """The verdicts, the line that is wrong, and why."""
        outcomes = self.outcomes(text)
        verdicts = "".join(STATUS[outcome.status.value] for outcome in outcomes)
        [failure] = [outcome.failure for outcome in outcomes if outcome.failure is not None]
        return verdicts, int(failure.place.rpartition(":")[2]), "; ".join(failure.reasons)


@pytest.fixture
def run(supervisor: Supervisor, tmp_path: Path) -> Run:
    return Run(supervisor, tmp_path)


def test_terminals_share_files_and_nothing_else(run: Run) -> None:
    page = """
        ```console
        $ x=1; mkdir d; cd d; touch ../f
        ```

        ```console title="Terminal 2"
        $ echo [$x]; ls
        []
        d
        f
        $ x=2
        ```

        ```bash title="Terminal 2"
        test $x = 2
        ```

        ```bash title="Cualquier cosa"
        test $x = 1
        ```

        ```console title="Terminal 1"
        $ echo $x; ls
        1
        ```
    """
    assert run.verdicts(page) == "....."
    assert run.verdicts(page.replace("[]", "[1]")) == ".Fnnn"


FOLLOWED = """
    ```console
    $ echo uno > registro
    ```

    ```console title="Terminal 2"
    $ tail -f registro
    uno
    ```

    ```console
    $ echo hola
    hola
    ```

    ```console
    $ echo dos >> registro; echo tres >> registro
    ```

    ```console title="Terminal 2"
    dos
    tres
    ^C
    $ echo $?
    130
    ```

    ```console
    $ echo fin
    fin
    ```
"""


def test_a_command_goes_on_while_the_page_does(run: Run) -> None:
    assert run.verdicts(FOLLOWED) == "......"


@pytest.mark.parametrize(
    ("true", "lie", "verdicts", "line"),
    [
        ("    dos\n", "    otro\n", "....Fn", 20),
        ("    dos\n    tres\n", "    tres\n", "....Fn", 20),
        ("    dos\n    tres\n", "    tres\n    dos\n", "....Fn", 20),
        ("    tres\n", "    tres\n    cuatro\n", "....Fn", 22),
        ("    uno\n", "    otro\n", ".Fnnnn", 7),
        ("    uno\n", "    uno\n    uno\n", ".Fnnnn", 8),
        ("    130\n", "    0\n", "....Fn", 24),
    ],
)
def test_the_block_that_holds_the_wrong_line_is_red(
    run: Run, true: str, lie: str, verdicts: str, line: int
) -> None:
    outcomes, number, _ = run.failure(FOLLOWED.replace(true, lie, 1))
    assert (outcomes, number) == (verdicts, line)


def test_what_is_left_running_is_judged_at_the_end(run: Run) -> None:
    page = """
        ```console title="Terminal 2"
        $ touch registro; tail -f registro | tee visto
        ```

        ```console
        $ echo uno >> otro; until [ -s otro ]; do sleep 0.05; done
        ```
    """
    assert run.verdicts(page) == ".."
    printing = page.replace(">> otro", ">> registro").replace("-s otro", "-s visto")
    assert run.failure(printing) == (
        "F.",
        2,
        "el comando imprime, y la página no muestra nada de eso",
    )


def test_a_line_comes_after_what_brings_it_about(run: Run) -> None:
    page = """
        ```console title="Terminal 2"
        $ touch registro; tail -f registro
        ```

        ```console
        $ echo uno >> registro; echo dos >> registro
        ```

        ```console title="Terminal 2"
        uno
        dos
        ^C
        ```
    """
    assert run.verdicts(page) == "..."
    early = page.replace("        uno\n", "").replace(
        "tail -f registro\n", "tail -f registro\n        uno\n"
    )
    verdicts, line, reason = run.failure(early)
    assert (verdicts, line) == ("Fnn", 3)
    assert "va en otro bloque, debajo de ese comando" in reason


def test_a_block_is_final_only_when_its_stream_is_judged(run: Run) -> None:
    page = FOLLOWED.replace("    uno\n", "    otro\n", 1)
    asked_last, asked_first = run.outcomes(page, first=5), run.outcomes(page, first=1)
    assert [o.status for o in asked_first] == [o.status for o in asked_last]
    assert asked_first[1].failure is not None


def test_what_a_broken_page_has_not_shown_is_not_verified(run: Run) -> None:
    page = """
        ```console title="Terminal 2"
        $ touch registro; tail -f registro
        ```

        ```console title="Terminal 3"
        $ echo dos > otro; tail -f otro
        dos
        ```

        ```console
        $ echo hola
        chau
        ```

        ```console
        $ echo uno >> registro
        ```
    """
    outcomes = run.outcomes(page)
    assert "".join(STATUS[outcome.status.value] for outcome in outcomes) == "n.Fn"
    assert outcomes[0].reason.startswith("no se terminó de comparar porque falló")
    assert outcomes[3].reason.startswith("no se ejecutó porque falló")


LOOP = """
    ```console
    $ while true; do echo a; echo b; sleep 0.05; done
    {shown}
    ^C
    ```
"""


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ("a\n    b\n    a", "."),
        ("a\n    ...\n    b", "."),
        ("b\n    b", "."),  # a loop's lines are a part of what it printed
        ("a\n    c", "F"),
        ("", "F"),
    ],
)
def test_loops(run: Run, shown: str, verdict: str) -> None:
    assert run.verdicts(LOOP.format(shown=shown)) == verdict


LOG = """
    ```console
    $ (seq 3; exec sleep 60)
    {shown}
    ^C
    ```
"""


def loud(*commands: str) -> str:
    return f"(trap 'echo chau >&2; exit 3' INT; echo hola; {'; '.join(commands)})"


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ("1\n    2", "."),
        ("1\n    ...\n    3", "."),
        ("...\n    2\n    3", "."),
        ("2\n    3", "F"),
        ("1\n    3", "F"),
        ("3\n    ...\n    1", "F"),
        ("1\n    1", "F"),
    ],
)
def test_the_first_lines_or_any_between_dots(run: Run, shown: str, verdict: str) -> None:
    assert run.verdicts(LOG.format(shown=shown)) == verdict


def test_what_is_printed_after_the_interrupt_is_documented_too(run: Run) -> None:
    page = f"""
        ```console
        $ {loud("while :; do sleep 0.02; done")}
        hola
        ^C
        chau
        ```
    """
    assert run.verdicts(page) == "."
    assert run.failure(page.replace("        chau\n", ""))[::2] == (
        "F",
        "después de ^C escribe también: chau",
    )
    assert run.failure(page.replace("^C\n        chau", "^C\n        adiós"))[:2] == ("F", 5)


def test_an_interrupt_with_a_remark(run: Run) -> None:
    page = """
        ```console
        $ (echo hola; exec sleep 60)
        hola
        ^C  # Ctrl-C
        ```

        ```console
        $ echo fin
        fin
        ```
    """
    assert run.verdicts(page) == ".."
    assert run.failure(page.replace("        hola\n", "        chau\n"))[:2] == ("Fn", 3)
    assert run.failure(page.replace("; exec sleep 60", ""))[:2] == ("Fn", 4)
    assert run.failure(page.replace("Ctrl-C\n", "Ctrl-C\n        chau\n"))[:2] == ("Fn", 5)
    loud = page.replace("(echo", "(trap 'echo chau >&2; exit 3' INT; echo").replace("exec ", "")
    assert run.failure(loud)[:2] == ("Fn", 4)


def test_an_interrupt_that_ended_nothing_is_a_lie(run: Run) -> None:
    page = """
        ```console title="Terminal 2"
        $ echo hola; sh -c 'echo $$ > pid; exit 3'
        hola
        ```

        ```bash
        # its bash has noticed its end, and has had the time to say so
        until [ -s pid ] && ! kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.05; done
        sleep 0.5
        ```

        ```console title="Terminal 2"
        ^C
        ```
    """
    verdicts, line, reason = run.failure(page)
    assert (verdicts, line) == ("..F", 13)
    assert reason == "el comando terminó solo, con código 3, antes de ^C"


def test_a_command_that_ends_before_its_lines_come_says_so(run: Run) -> None:
    page = """
        ```console title="Terminal 2"
        $ echo hola; sleep infinity & kill $!; tail -f /no-existe
        hola
        otra
        ```
    """
    _, line, reason = run.failure(page)
    assert (line, "terminó solo, con código 1" in reason) == (4, True), reason


def test_a_reader_that_starts_too_early_starts_again(run: Run) -> None:
    page = """
        ```console
        $ (sleep 0.6; echo uno > tarde) &
        ```

        ```console title="Terminal 2"
        $ tail -f tarde
        uno
        ```
    """
    assert run.verdicts(page) == ".."
    assert run.failure(page.replace("> tarde", "> nunca"))[:2] == (".F", 7)


def test_a_job_that_the_page_ends_may_end_as_it_likes(run: Run) -> None:
    page = """
        ```bash
        bash -c 'trap "exit 1" TERM; touch oye; while true; do sleep 0.02; done' &
        until test -f oye; do sleep 0.01; done
        kill %1
        wait
        ```
    """
    assert run.verdicts(page) == "."
    assert run.verdicts(page.replace("kill %1", "kill $!")) == "."
    assert run.failure(page.replace("kill %1", "pkill -f 'touch oy[e]'"))[:2] == ("F", 2)
    fails = page.replace("sleep 0.02; done", "exit 1; done")
    assert run.failure(fails.replace("bash -c", "sleep 60 &\n        bash -c"))[:2] == ("F", 3)


def test_background_jobs_behave_as_at_a_prompt(run: Run) -> None:
    page = """
        ```console
        $ (sleep 0.3; echo listo; exec sleep 60) &
        [1] 4711
        listo
        $ echo ahora
        ahora
        $ jobs
        [1]+  Running                 ( sleep 0.3; echo listo; exec sleep 60 ) &
        $ kill %1
        [1]+  Terminated              ( sleep 0.3; echo listo; exec sleep 60 )
        $ jobs
        $ sleep 0.01 &
        $ wait
        [1]+  Done                    sleep 0.01
        ```
    """
    assert run.verdicts(page) == "."
    assert run.failure(page.replace("        listo\n", "        lista\n"))[:2] == ("F", 4)
    assert run.failure(page.replace("Running  ", "Stopped  "))[:2] == ("F", 8)
    assert run.failure(page.replace("kill %1", "kill %2"))[0] == "F"


def jobs_page(*commands: str) -> str:
    body = "\n".join(f"        {line}" for command in commands for line in command.split("\n"))
    return f"\n        ```console\n{body}\n        ```\n"


@pytest.mark.parametrize(
    ("commands", "lies"),
    [
        (
            ["$ sleep 0.1 &\n[1] 4711", "$ wait", "[1]+  Done                    sleep 0.1"],
            [
                ("Done                    sleep 0.1", "Exit 7   rm -rf /"),
                ("Done", "Exit 7"),
                ("Done", "Terminated"),
                ("  sleep 0.1\n", "  sleep 0.2\n"),
                ("[1]+", "[2]+"),
                ("[1] 4711", "[2] 4711"),
            ],
        ),
        (  # bash tells at the next prompt, whichever that is
            ["$ sleep 0.3 &", "$ echo hola", "hola", "[1]+  Done      sleep 0.3  # terminó"],
            [("Done", "Exit 1"), ("0.3  #", "0.4  #"), ("[1]+", "[3]+")],
        ),
        (  # a job that was over before bash could be asked of it
            ["$ false ya & sleep 0.2", "[1]+  Exit 1                  false ya"],
            [("Exit 1 ", "Exit 3 "), ("Exit 1", "Done"), ("false ya\n", "false no\n")],
        ),
        (
            ["$ sleep 60 &", "$ kill -9 %1", "$ echo a", "a", "[1]+  Killed        sleep 60"],
            [("Killed", "Terminated"), ("Killed", "Done"), ("        sleep 60", "  sleep 6")],
        ),
        (
            ["$ sleep 0.1 & sleep 0.2 & wait", "[1]-  Done  sleep 0.1", "[2]+  Done  sleep 0.2"],
            [("Done  sleep 0.2", "Done  sleep 0.1"), ("[2]+", "[1]+")],
        ),
        (
            [
                *("$ while true; do sleep 60; done &", "$ kill $!"),
                *("[1]+  Terminated              while true; do", "    sleep 60;", "done"),
            ],
            [("Terminated", "Done"), ("    sleep 60;", "    sleep 61;")],
        ),
        (  # what is shown after ^C
            ["$ sleep 0.1 &", "$ sleep 60; sleep 60", "^C", "[1]+  Done    sleep 0.1"],
            [("Done", "Exit 1"), ("[1]+", "[2]+")],
        ),
        (  # and under a command that is left in the background
            [
                *("$ mkfifo d", "$ cat d &", "$ : >d; sleep 60 &"),
                *("[2] 4712", "[1]+  Done    cat d"),
            ],
            [("Done", "Exit 1"), ("[1]+", "[3]+"), ("[2] 4712", "[1] 4712")],
        ),
        (  # bash tells once
            ["$ false &", "$ wait $! || echo $?", "1", "[1]+  Exit 1   false", "$ jobs"],
            [("Exit 1 ", "Exit 2 "), ("$ jobs", "$ jobs\n        [1]+  Exit 1   false")],
        ),
    ],
)
def test_a_notice_is_of_a_job_of_the_terminal_and_says_how_it_ended(
    run: Run, commands: list[str], lies: list[tuple[str, str]]
) -> None:
    page = jobs_page(*commands)
    assert run.verdicts(page) == "."
    for true, lie in lies:
        assert page.count(true) == 1
        wrong = page.replace(true, lie)
        at = next(
            number
            for number, (a, b) in enumerate(zip(page.split("\n"), wrong.split("\n"), strict=False))
            if a != b
        )
        verdicts, line, _ = run.failure(wrong)
        assert verdicts == "F", lie
        assert abs(line - at) <= 2, (lie, line, at)


def test_a_notice_of_no_job_is_a_lie(run: Run) -> None:
    page = jobs_page("$ echo hola\nhola", "[1]+  Exit 7                  rm -rf /")
    verdicts, line, reason = run.failure(page)
    assert (verdicts, line) == ("F", 4)
    assert "esta terminal no empezó ningún trabajo [1]" in reason
    other = """
        ```console title="Terminal 2"
        $ sleep 0.01 &
        ```

        ```console
        $ echo hola
        hola
        [1]+  Done                    sleep 0.01
        ```
    """
    assert run.failure(other)[:2] == (".F", 8)
    assert run.failure(jobs_page("$ echo hola\nhola", "[1] 4711"))[:2] == ("F", 4)


def test_a_notice_before_its_job_is_over_is_waited_for(run: Run) -> None:
    page = jobs_page("$ sleep 60 &", "$ false || echo hola\nhola", "[1]+  Done  sleep 60")
    verdicts, line, reason = run.failure(page)
    assert (verdicts, line) == ("F", 5)
    assert "el trabajo [1] sigue corriendo: sleep 60" in reason


def test_what_looks_like_a_notice_and_is_printed_is_output(run: Run) -> None:
    notice = "[1]+  Done  algo"
    assert run.verdicts(jobs_page(f"$ echo '{notice}'", notice)) == "."
    assert run.failure(jobs_page(f"$ echo '{notice}'", "[1]+  Done  otro"))[:2] == ("F", 3)


def test_a_terminal_with_job_control_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```console\n$ sleep 9 &\n$ fg\n```\n")
    document = inventory.read_page(tmp_path / "page.md", inventory.settings(None), tmp_path)
    [problem] = document.problems
    assert (problem.line, 'title="Terminal 2"' in problem.next_step) == (3, True)


@pytest.mark.slow
def test_what_still_runs_is_ended_also_what_forks_away(run: Run) -> None:
    nap = f"60{os.getpid()}"
    page = f"""
        ```console title="Terminal 2"
        $ (setsid sleep {nap} >/dev/null &); echo listo; sleep infinity
        listo
        ```

        ```console
        $ until pgrep -f "^sleep {nap}" >/dev/null; do :; done; echo corre
        corre
        ```
    """
    assert run.verdicts(page) == ".."
    found = [
        path
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_bytes().startswith(f"sleep\0{nap}".encode())
    ]
    assert not found
