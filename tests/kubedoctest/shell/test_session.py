"""Terminals: what carries over, what a command prints, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kubedoctest.shell import session
from kubedoctest.shell.observation import Ending
from kubedoctest.shell.session import Terminal, as_at_a_prompt
from kubedoctest.shell.supervisor import Supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


@pytest.fixture(scope="module")
def supervisor() -> Iterator[Supervisor]:
    with closing(Supervisor()) as supervisor:
        yield supervisor


@pytest.fixture
def terminal(supervisor: Supervisor, tmp_path: Path) -> Iterator[Terminal]:
    with closing(Terminal(tmp_path, ENVIRONMENT, supervisor, flood=200_000)) as terminal:
        yield terminal


def until(condition: Callable[[], bool], limit: float = 60) -> bool:
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def said(terminal: Terminal, *commands: str) -> list[str]:
    return [terminal.run(command, 10).output for command in commands]


def test_variables_functions_and_folder_persist(terminal: Terminal) -> None:
    assert said(
        terminal,
        "x=1; export y=2; mkdir d; cd d; shopt -s nullglob; alias hola='echo HOLA'",
        "f() { echo f$1; }",
        'echo $x $y "${PWD##*/}" $(bash -c "echo $y"); f 3; echo *.nada; hola',
    ) == ["", "", "1 2 d 2\nf3\n\nHOLA\n"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("true", 0),
        ("false", 1),
        ("(exit 7)", 7),
        ("echo )", 2),
        ("nada", 127),
        ("kill -9 $BASHPID &\nwait $!", 137),
    ],
)
def test_exit_codes_and_what_the_next_command_sees(
    terminal: Terminal, command: str, code: int
) -> None:
    assert terminal.run(command, 10).exit_code == code
    assert said(terminal, "echo $?") == [f"{code}\n"]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("nada", "bash: nada: command not found\n"),
        ("echo )", "bash: syntax error near unexpected token `)'\n"),
        ("cd /nada", "bash: cd: /nada: No such file or directory\n"),
        ("f() { nada; }; f", "bash: nada: command not found\n"),
        ("set -u; echo $nada; echo no", "bash: nada: unbound variable\n"),
        ("echo ${nada:?falta}", "bash: nada: falta\n"),
        ("exec nada", "bash: exec: nada: not found\n"),
        ("break", "bash: break: only meaningful in a `for', `while', or `until' loop\n"),
        ("return", "bash: return: can only `return' from a function or sourced script\n"),
    ],
)
def test_mistakes_read_as_at_a_prompt_and_do_not_end_the_terminal(
    terminal: Terminal, command: str, shown: str
) -> None:
    observation = terminal.run(command, 10)
    assert (observation.output, observation.wrote_stderr) == (shown, True)
    assert said(terminal, "echo sigue") == ["sigue\n"]


def test_only_the_marks_of_eval_are_taken_away() -> None:
    assert as_at_a_prompt("bash: eval: line 3: syntax error\nbash: eval: line 3: `echo )'\n") == (
        "bash: syntax error\n"
    )
    for kept in ("bash: line 3: x\n", "x bash: eval: line 3: y\n", "[1] 23\n"):
        assert as_at_a_prompt(kept) == kept


@pytest.mark.parametrize(
    ("commands", "shown"),
    [
        (["false | true | (exit 3)", 'echo "$? ${PIPESTATUS[@]}"'], ["", "3 1 0 3\n"]),
        (["mkdir d", "cd $_", "basename $PWD"], ["", "", "d\n"]),
        (["set -- a b", "(exit 4)", "echo $# $? $_"], ["", "", "2 4 b\n"]),
        (["PROMPT_COMMAND='echo hola'", "echo a"], ["hola\n", "a\nhola\n"]),
        (["PROMPT_COMMAND=(true :)", "unset PROMPT_COMMAND", "echo a"], ["", "", "a\n"]),
        (["PS1='x> '", "echo a"], ["", "a\n"]),
        (["trap 'echo fallo' ERR", "false", "true"], ["", "fallo\n", ""]),
        (["trap 'echo \"(código $?)\"' ERR", "! true", "(exit 3)"], ["", "", "(código 3)\n"]),
    ],
)
def test_shell_state_persists_as_at_a_prompt(
    terminal: Terminal, commands: list[str], shown: list[str]
) -> None:
    assert said(terminal, *commands) == shown


def test_trace_reads_as_at_a_prompt(terminal: Terminal) -> None:
    commands = ["set -x", "echo $(echo a)", "printf '++ b\\n'", "set +x", "echo c"]
    assert said(terminal, *commands) == [
        "",
        "++ echo a\n+ echo a\na\n",
        "+ printf '++ b\\n'\n++ b\n",
        "+ set +x\n",
        "c\n",
    ]


def test_both_streams_in_the_order_written(terminal: Terminal) -> None:
    lines = [f"{n}\n" for n in range(200)]
    script = "for n in $(seq 0 2 198); do echo $n; echo $((n + 1)) >&2; done"
    observation = terminal.run(script, 10)
    assert (observation.output, observation.wrote_stderr) == ("".join(lines), True)


@pytest.mark.parametrize(
    ("command", "wrote"),
    [
        ("echo a", False),
        ("echo a >&2", True),
        ("ls /nada 2>&1", False),
        ("ls /nada 2>/dev/null", False),
        ("bash -c 'echo a >&2'", True),
        ("true", False),
        ("true &", False),
    ],
)
def test_whether_stderr_was_written_to(terminal: Terminal, command: str, wrote: bool) -> None:
    assert terminal.run(command, 10).wrote_stderr is wrote


@pytest.mark.parametrize(
    "command",
    ["echo a; echo b > /dev/stderr; echo c", "echo a; echo b | tee /dev/stderr >/dev/null; echo c"],
)
def test_streams_opened_by_name_lose_nothing(terminal: Terminal, command: str) -> None:
    assert said(terminal, command) == ["a\nb\nc\n"]


def test_nothing_printed_passes_for_the_end(terminal: Terminal) -> None:
    noise = "printf 'done 0 1\\ndone 0 2\\n\\0$ \\n'; printf 'done 9 1' >&2; exit_code=5; (exit 4)"
    observation = terminal.run(noise, 10)
    assert observation.exit_code == 4
    assert observation.output.endswith("done 9 1")


def test_children_inherit_no_private_descriptor(terminal: Terminal) -> None:
    assert said(terminal, "ls /proc/self/fd | tr '\\n' ' '") == ["0 1 2 3 "]
    assert said(terminal, "true", "(exec 3<&1; ls /proc/self/fd | wc -l)") == ["", "5\n"]


def test_stdin_is_empty(terminal: Terminal) -> None:
    assert said(terminal, "read x; echo $?; cat", "echo sigue") == ["1\n", "sigue\n"]


def test_heredocs_quotes_and_large_commands(terminal: Terminal) -> None:
    big = "x" * 200_000
    assert said(terminal, "cat <<EOF\n$((1 + 1)) 'a' \"b\"\nEOF", "cat <<'EOF'\n$x\nEOF") == [
        "2 'a' \"b\"\n",
        "$x\n",
    ]
    assert said(terminal, f"v='{big}'; echo ${{#v}}") == ["200000\n"]


def test_a_command_cannot_hold_nul(terminal: Terminal) -> None:
    with pytest.raises(ValueError, match="NUL"):
        terminal.run("echo \0", 1)


def test_output_that_is_not_utf8(terminal: Terminal) -> None:
    assert said(terminal, "printf 'a\\377b\\n'; echo ñandú") == ["a\ufffdb\nñandú\n"]


def test_jobs_as_at_a_prompt(terminal: Terminal) -> None:
    assert said(terminal, "nada 2>/dev/null; sleep 60 &", "jobs") == [
        "",
        "[1]+  Running                 sleep 60 &\n",
    ]
    assert terminal.run("kill %1; wait $!", 10).exit_code == 143
    assert said(terminal, "jobs") == [""]


def test_wait_for_all_jobs_leaves_the_status_of_each(terminal: Terminal) -> None:
    terminal.run("sleep 60 & (exit 3) & true | (exit 5) &", 10)
    told = [terminal.run(command, 10).jobs for command in ("kill %1", "wait")]
    ends = dict(re.findall(r"^ended (\d+) (\d+)$", "\n".join(told), re.MULTILINE))
    assert set(ends.values()) <= {"143", "3", "5"}
    assert said(terminal, "echo $?", "jobs") == ["0\n", ""]


def test_a_job_that_is_being_started_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "JOB_START_LIMIT", 60.0)
    job = "trap '' TERM; : > ready; sleep 0.2; trap - TERM; exec sleep 600"
    with subprocess.Popen(["bash", "-c", f"({job}) & wait; sleep 600"], cwd=tmp_path) as shell:
        assert until((tmp_path / "ready").exists)
        session.until_jobs_hear(shell.pid)
        job_pid = Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().strip()
        os.kill(int(job_pid), signal.SIGTERM)
        assert until(lambda: not alive(job_pid))
        shell.kill()


def test_output_of_a_background_job_stays_apart(terminal: Terminal, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    assert said(terminal, "(echo antes; read x < go; echo tarde; touch listo) & sleep 0") in (
        [["antes\n"], [""]]
    )
    later = terminal.run("echo > go; until [ -e listo ]; do :; done; echo ahora", 10)
    assert later.output == "ahora\n"


@pytest.mark.parametrize(
    "spared", ["false || echo sigue", "if false; then :; fi", "false && true", "! true"]
)
def test_set_e_ends_the_terminal_as_it_ends_a_prompt(terminal: Terminal, spared: str) -> None:
    assert terminal.run(f"set -e; {spared}", 10).ending is Ending.DONE
    assert terminal.run(spared, 10).ending is Ending.DONE
    assert terminal.run("false", 10).ending is Ending.SHELL_GONE


@pytest.mark.parametrize(
    ("command", "code"), [("exit 3", 3), ("exec true", 0), ("kill -9 $$", None)]
)
def test_a_command_that_ends_bash(terminal: Terminal, command: str, code: int | None) -> None:
    observation = terminal.run(command, 10)
    assert (observation.ending, observation.exit_code) == (Ending.SHELL_GONE, code)
    assert not terminal.alive
    assert terminal.run("echo x", 10).ending is Ending.SHELL_GONE


def test_a_command_past_its_limit_is_ended_with_all_it_started(terminal: Terminal) -> None:
    command = (
        "echo $BASHPID; sleep 600 & echo $!; setsid sleep 600 & echo $!;"
        " (setsid bash -c 'echo $BASHPID; trap : TERM HUP; while :; do sleep 1; done' &);"
        " sleep 600; echo no"
    )
    terminal.begin(command)
    assert until(lambda: terminal.partial().count("\n") == 4)
    pids = terminal.partial().split()
    observation = terminal.finish(0.05)
    assert (observation.ending, observation.exit_code) == (Ending.LIMIT, None)
    assert observation.output.split() == pids
    assert not [pid for pid in pids if alive(pid)]


def test_nothing_goes_on_after_the_limit(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("sleep 600; touch siguió", 0.1)
    assert not (tmp_path / "siguió").exists()


def test_a_command_within_its_limit_is_left_alone(terminal: Terminal) -> None:
    assert terminal.run("sleep 0.2; echo fin", 10).output == "fin\n"


def test_a_flood_is_ended(terminal: Terminal) -> None:
    observation = terminal.run("yes", 30)
    assert observation.ending is Ending.FLOOD
    assert len(observation.output) == 200_000
    assert observation.seconds < 10


def test_a_lot_of_output_is_no_flood(terminal: Terminal) -> None:
    assert len(terminal.run("yes | head -c 190000", 30).output) == 190_000


def test_control_c_is_repeated_for_a_loop_that_went_on(terminal: Terminal) -> None:
    """bash drops the first one: the program that heard it ended by itself."""
    once = "test -e heard || trap 'touch heard; exit 0' INT; echo vuelta; sleep 60"
    terminal.begin(f'while true; do bash -c "{once}"; done')
    assert until(lambda: "vuelta" in terminal.partial())
    terminal.interrupt()
    assert terminal.finish(20).ending is Ending.INTERRUPTED


def test_control_c_ends_the_command_and_not_the_terminal(terminal: Terminal) -> None:
    pid = terminal.run("sleep 600 & n=7; echo $!", 10).output.strip()
    assert until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep"))
    terminal.begin("while true; do echo vuelta; sleep 60; done; echo no")
    assert until(lambda: "vuelta" in terminal.partial())
    assert not terminal.ended()
    terminal.interrupt()
    observation = terminal.finish(10)
    assert (observation.ending, observation.exit_code) == (Ending.INTERRUPTED, 130)
    assert observation.output == "vuelta\n"
    assert said(terminal, "echo $? $n; jobs -r | wc -l") == ["130 7\n1\n"]


def test_control_c_while_bash_still_reads_the_command_ends_it(terminal: Terminal) -> None:
    terminal.begin(f"sleep 60; sleep 60 # {'x' * 50_000}")
    terminal.interrupt()
    assert terminal.finish(20).ending is Ending.INTERRUPTED
    assert said(terminal, "echo b") == ["b\n"]


def test_control_c_ends_a_command_at_any_moment_of_its_start(terminal: Terminal) -> None:
    for tenth in range(40):
        terminal.begin("sleep 60; sleep 60")
        moment = time.monotonic() + tenth / 10_000
        while time.monotonic() < moment:
            pass
        terminal.interrupt()
        assert terminal.finish(10).ending is Ending.INTERRUPTED


def test_control_c_comes_too_late_for_what_has_ended(terminal: Terminal) -> None:
    terminal.begin("echo a; (exit 3)")
    assert until(terminal.ended)
    terminal.interrupt()
    observation = terminal.finish(10)
    assert (observation.ending, observation.exit_code) == (Ending.DONE, 3)
    assert said(terminal, "echo b") == ["b\n"]


def test_control_c_at_the_prompt_does_nothing(terminal: Terminal) -> None:
    terminal.run("echo a", 10)
    terminal.interrupt()
    assert said(terminal, "sleep 0.1; echo b", "echo c") == ["b\n", "c\n"]


def test_closing_ends_what_was_left_and_names_it(supervisor: Supervisor, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, ENVIRONMENT, supervisor)
    pid = terminal.run("setsid sleep 601 >/dev/null & echo $!", 10).output.split()[-1]
    assert until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep"))
    assert terminal.close() == ("sleep 601",)
    assert not alive(pid)
    assert terminal.close() == ("sleep 601",)


def test_terminals_are_apart(supervisor: Supervisor, tmp_path: Path) -> None:
    with closing(Terminal(tmp_path, ENVIRONMENT, supervisor)) as one:
        with closing(Terminal(tmp_path, ENVIRONMENT, supervisor)) as two:
            assert said(one, "x=1; cd /") == [""]
            assert said(two, "echo [$x] $(pwd)") == [f"[] {tmp_path}\n"]
        assert said(one, "echo $x") == ["1\n"]


def test_a_command_costs_less_than_a_millisecond_of_cpu(terminal: Terminal) -> None:
    terminal.run("echo", 10)
    spent = []
    for _ in range(10):
        started = time.process_time()
        for n in range(20):
            terminal.run(f"echo {n}", 10)
        spent.append(time.process_time() - started)
    assert min(spent) / 20 < 0.001
