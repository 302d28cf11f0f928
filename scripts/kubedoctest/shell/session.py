"""The terminals in which a page's commands run: one persistent bash each.

How it works. bash is interactive and reads its standard input, a FIFO: errors read as they do at a
prompt (``bash: foo: command not found``), an unset variable or a failed ``exec`` does not end it,
aliases work, ``^C`` brings it back to the prompt. Each command is two lines::

    . begin NUMBER STATUS LAST && : LAST; eval 'COMMAND; . after' </dev/null 2>&249; . status "$?"
    . end "$?" NUMBER "${!-}" JOBS

``begin`` writes "begun NUMBER" to the control FIFO: from there on the line is read, and a ``^C``
ends the command, not its reading. It sends stdout to a file; stderr has a descriptor of its own
for the same file. What bash writes for itself (the prompt) goes nowhere. ``after`` notes ``$_``
and PIPESTATUS, and the next command's line brings them back, with ``$?``: a status passes ``eval``
by a file, since neither ``set -e`` nor an ERR trap is to judge ``eval``. The second line is read
whatever becomes of the first, ^C included, and writes "done STATUS NUMBER" to the control FIFO.
That one is opened by path and only for those writes: no child inherits it, and nothing that a
command prints can pass for the end of the command. Output goes to a file, not a pipe: a background
job that lives on keeps writing to the file of the command that started it.

Jobs. Without job control, which would need a terminal, bash says nothing of its jobs' ends
(``[1]+  Done``). So ``end`` asks it, after every command, for their list and for the status of
those that are gone; ``wait``, after which bash would forget all of them, waits one by one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shlex
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from kubedoctest.commands.command import Command
from kubedoctest.shell.jobs import Jobs
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.shell.supervisor import Supervisor
from kubedoctest.shell.supervisor_process import processes

FLOOD = 8 * 1024 * 1024  # bytes of output that one command may write
TICK = 0.05  # seconds between two looks at the size of the output
INTERRUPT_AGAIN = 1.0  # seconds until a ^C that had no effect is repeated
JOB_START_LIMIT = 1.0  # seconds that a job may take from the fork to its program
ENDING_LIMIT = 12.0  # seconds for a reaper to end its processes: its grace and patience, and more

_SHELL = ("bash", "--noprofile", "--norc", "--noediting", "-i")
_STDERR = 249  # where bash keeps the last command's stderr until the next command
_TRACE = "\1"  # how a trace (``set -x``) starts, once a level; one of them is that of `eval`
_PROLOGUE = (
    "set +o history +o histexpand +o monitor; shopt -s execfail; unset HISTFILE; unset MAILCHECK;"
    f" PS4=$'\\{ord(_TRACE)} '\n"
)
_BEGIN = f"""\
\\builtin : >|ROOM/jobs
\\builtin echo "begun $1" >CONTROL
\\exec >>ROOM/"$1" {_STDERR}>>ROOM/"$1"
\\builtin return "$2"
"""
_AFTER = """\
\\builtin printf '%s\\0' "${@:2}" >|ROOM/last
\\builtin echo "[[ \\$1 = 0 ]] || \\builtin return \\$1; \\builtin return $1" >|ROOM/status
"""
_STATUS = '\\builtin return "$1"\n'  # of a command that did not get as far as _AFTER
_COMMAND = """\
{command}

{{ \\builtin . {room}/after "$?" "$_" "${{PIPESTATUS[@]}}"; }} >/dev/null 2>&1
"""
_LINE = f"""\
\\builtin . {{room}}/begin {{number}} {{status}} {{last}} && \\builtin : {{last}};{{pipeline}} \
\\builtin eval {{command}} </dev/null 2>&{_STDERR} {_STDERR}>&-; . {{room}}/status "$?" && :
"""
_END_LINE = '\\builtin . {room}/end "$?" {number} "${{!-}}" {jobs}\n'
_END = """\
\\exec >/dev/null
\\builtin set +m
\\builtin jobs >>ROOM/jobs
while [[ $# -gt 2 ]]; do
    if [[ -n $3 ]] && ! \\builtin kill -0 "$3"; then
        \\builtin wait "$3" 2>|ROOM/lost && :
        \\builtin set -- "$1" "$2" "$3 $?" "${@:4}"
        if [[ -s ROOM/lost ]]; then
            \\builtin printf 'lost %s\\n' "${3% *}" >>ROOM/jobs
        else
            \\builtin printf 'ended %s\\n' "$3" >>ROOM/jobs
        fi
    fi
    \\builtin set -- "$1" "$2" "${@:4}"
done
\\builtin printf 'done %s %s\\n' "$1" "$2" >CONTROL
"""
_WAIT = """\
wait() {
    if [[ $# -gt 0 || $BASH_SUBSHELL -gt 0 ]]; then \\builtin wait "$@"; return; fi
    \\builtin local first second rest
    \\builtin jobs >>ROOM/jobs
    \\builtin jobs -l >|ROOM/waited
    while IFS=$' \\t\\n' \\builtin read -r first second rest; do
        [[ $first != '['* ]] || \\builtin set -- "$@" "$second"
        [[ $second != '|' ]] || \\builtin set -- "${@:1:$#-1}" "$first"
    done <ROOM/waited
    for first; do
        \\builtin wait "$first" 2>/dev/null && :
        \\builtin printf 'ended %s %s\\n' "$first" "$?" >>ROOM/jobs
    done
    \\builtin return 0
}
"""

# What bash says that a reader's prompt does not: the marks of `eval`, its missing terminal, and the
# number of a job sent to the background, which no page can state.
_NOISE = re.compile(
    r"^bash: eval: line \d+: `.*'\n"
    r"|^bash: \[\d+: \d+ \(\d+\)\] tcsetattr: Inappropriate ioctl for device\n"
    r"|(?<=^bash: )eval: line \d+: ",
    re.MULTILINE,
)
_TRACED = re.compile(f"^{_TRACE}+", re.MULTILINE)
_JOB_NUMBER = re.compile(r"^(\[\d+\] \d+\n)", re.MULTILINE)


def as_at_a_prompt(output: str, command: str = "") -> str:
    """The output as a reader sees it, without what bash says only to us."""
    if _TRACE in output:
        output = _TRACED.sub(lambda m: "+" * (len(m[0]) - 1), output)
    if "bash: " in output:
        output = _NOISE.sub("", output)
    if output.startswith("[") or "\n[" in output:
        output = _JOB_NUMBER.sub("", output) if Command.of(command).may_start_jobs else output
    return output


class _File:
    """A command's output in a file; how far stderr's descriptor moved says if it was used."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
        self._told = 0

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, limit: int) -> bytes:
        data = os.pread(self._fd, min(self.size(), limit), 0)
        self._told = len(data)
        return data

    def stderr_used(self, shell: int) -> bool:
        if sys.platform != "linux":  # no such account of a descriptor: any output counts
            return self.size() > 0
        try:
            account = Path(f"/proc/{shell}/fdinfo/{_STDERR}").read_text()
        except OSError:  # still running, or bash is gone
            return False
        return not account.startswith("pos:\t0\n")

    def more(self, limit: int) -> bytes:
        """What has been written since it was last read, up to ``limit`` bytes in all."""
        data = os.pread(self._fd, max(min(self.size(), limit) - self._told, 0), self._told)
        self._told += len(data)
        return data

    def done(self) -> None:
        """The file itself stays: background jobs may still write to it."""
        os.close(self._fd)


class _Pipe:
    """A command's output in a pipe, for commands that open /dev/stderr and its like by name.

    Which stream was written to is not known, so any output counts as written to stderr.
    """

    def __init__(self, path: str) -> None:
        os.mkfifo(path, 0o600)
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._data = bytearray()

    def size(self) -> int:
        while len(self._data) <= FLOOD:
            try:
                data = os.read(self._fd, 65536)
            except BlockingIOError:
                break
            if not data:
                break
            self._data += data
        return len(self._data)

    def read(self, limit: int) -> bytes:
        self.size()
        return bytes(self._data[:limit])

    def stderr_used(self, shell: int) -> bool:
        return self.size() > 0

    def done(self) -> None:
        """It stays open, so that a background job that still writes does not get SIGPIPE."""

    def close(self) -> None:
        os.close(self._fd)


_ENDINGS = {
    "done": Ending.DONE,
    "gone": Ending.SHELL_GONE,
    "limit": Ending.LIMIT,
    "flood": Ending.FLOOD,
}


class Terminal:
    """One persistent bash, in which functions, variables, options and directory carry over.

    Args:
        cwd: the directory to start in.
        environment: all that bash sees of the environment (see `environment.build`).
        supervisor: the process under which bash runs, and whose scratch directory it uses.
        flood: bytes of output past which a command is ended.

    After a command that did not end by itself, or that ended bash, the terminal is over: `alive` is
    False, and any further command observes `Ending.SHELL_GONE`.
    """

    def __init__(
        self,
        cwd: Path,
        environment: Mapping[str, str],
        supervisor: Supervisor,
        flood: int = FLOOD,
    ) -> None:
        self._flood = flood
        self._room = supervisor.room("terminal")
        self._script = self._fifo("script", blocking=True)
        self._control = self._fifo("control", blocking=False)
        self._lifeline = self._fifo("lifeline", blocking=False)
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN)
        room = shlex.quote(str(self._room))
        scripts = {"begin": _BEGIN, "after": _AFTER, "status": _STATUS, "end": _END}
        for name, script in scripts.items():
            text = script.replace("ROOM", room).replace("CONTROL", f"{room}/control")
            (self._room / name).write_text(text)
        self._heard = b""
        self._shell: int | None = None
        self._count = 0
        self._begun = False
        self._status = 0
        self._last = ""
        self._stages: tuple[int, ...] = ()
        self._command = ""
        self._started = 0.0
        self._interrupted = 0.0
        self._output: _File | _Pipe | None = None
        self._told: tuple[str, str] | None = None
        self._pipes: list[_Pipe] = []
        self._behind: list[_File] = []
        self._jobs = Jobs()
        self._left: tuple[str, ...] = ()
        self.alive = True
        supervisor.place(self._program(), environment, cwd, self._room)
        self._send(self._prologue())

    def _program(self) -> tuple[str, ...]:
        """What is run in this terminal."""
        return _SHELL

    def _prologue(self) -> str:
        """What the program is told before the first command."""
        return _PROLOGUE + _WAIT.replace("ROOM", shlex.quote(str(self._room)))

    def _order(self, command: str) -> str:
        """How the program is told to run a command, with the number and output of this moment."""
        room = shlex.quote(str(self._room))
        return (
            _LINE.format(
                room=room,
                number=self._count,
                status=self._status,
                last=shlex.quote(self._last),
                pipeline=" | ".join(f"(\\builtin exit {stage})" for stage in self._stages)
                + ";" * bool(self._stages),
                command=shlex.quote(_COMMAND.format(command=command, room=room)),
            )
            + self._end_line()
        )

    def _end_line(self) -> str:
        """How bash is told to say that the command is over."""
        room, jobs = shlex.quote(str(self._room)), " ".join(map(str, self._jobs.running))
        return _END_LINE.format(room=room, number=self._count, jobs=jobs)

    def _look_behind(self) -> None:
        """Take note of the command's ``$_``, and of its PIPESTATUS where it says more than ``$?``.

        A command that was cut off says neither.
        """
        path = self._room / "last"
        self._last, self._stages = "", ()
        with contextlib.suppress(FileNotFoundError):
            told = path.read_bytes().decode(errors="surrogateescape")
            self._last, *stages, _ = told.split("\0")
            path.unlink()
            if len(stages) > 1 and str(self._status) in stages:
                self._stages = tuple(map(int, stages))

    def _fifo(self, name: str, blocking: bool) -> int:
        """A new FIFO, open for reading and writing so that neither end is ever missing."""
        path = self._room / name
        os.mkfifo(path, 0o600)
        return os.open(path, os.O_RDWR | (0 if blocking else os.O_NONBLOCK))

    def _send(self, text: str) -> None:
        data = text.encode(errors="surrogateescape")
        while data:
            data = data[os.write(self._script, data) :]

    def run(self, command: str, limit: float) -> Observation:
        """Runs a command to its end, or ends it after ``limit`` seconds."""
        self.begin(command)
        return self.finish(limit)

    def begin(self, command: str) -> None:
        """Starts a command and returns at once; `finish` must follow before the next one.

        Raises:
            ValueError: the command holds a NUL character, which no shell can be given.
        """
        if "\0" in command:
            raise ValueError("a command cannot hold a NUL character")
        self._command, self._started = command, time.monotonic()
        if not self.alive:
            return
        self._count += 1
        self._interrupted, self._told, self._begun = 0.0, None, False
        path = f"{self._room}/{self._count}"
        if Command.of(command).opens_its_output:
            self._output = pipe = _Pipe(path)
            self._pipes.append(pipe)
        else:
            self._output = _File(path)
        self._send(self._order(command))

    def partial(self) -> str:
        """What the command that is running has printed so far."""
        return "" if self._output is None else self._shown(self._written(self._output))

    def ended(self) -> bool:
        """Whether the command that `begin` started is over; `finish` then returns at once."""
        if self._output is None or not self.alive:
            return True
        if self._told is None:
            told = self._await(("done", "gone"), time.monotonic(), self._output)
            self._told = told if told[0] != "limit" else None
        return self._told is not None

    def interrupt(self) -> None:
        """What ``^C`` does: the foreground command gets SIGINT, background jobs do not.

        A process that is just being started may miss it: `finish` repeats it now and then. A
        command that has ended already is not interrupted.
        """
        if self.ended():
            return
        if not self._begun:  # bash still reads it: a ^C would make it drop half of what we wrote
            told = self._await(("begun", "gone"), time.monotonic() + ENDING_LIMIT, None)
            self._told = told if told[0] == "gone" else None
        self._learn_shell()
        if self._told is None and self._shell is not None:
            self._interrupted = time.monotonic()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._shell, signal.SIGINT)

    def _interrupt_again(self, shell: int) -> None:
        """Repeats a ``^C`` that had no effect, for bash too while it waits for a program.

        bash drops one that comes just as a program ends by itself, and goes on with its loop. If
        there is nothing else, it came when the command was over and cut off the line that ends it.
        """
        self._interrupted = time.monotonic()
        others = [pid for pid in processes() if pid != shell and _group(pid) == shell]
        if any(signal.SIGINT not in _ignored(pid) for pid in others):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell, signal.SIGINT)
        elif not others:
            self._send(self._end_line())

    def finish(self, limit: float) -> Observation:
        """Waits for the command that `begin` started; past ``limit`` seconds, ends the terminal."""
        output = self._output
        if not self.alive or output is None:
            now = time.monotonic()
            gone = Ending.SHELL_GONE
            return Observation(self._command, "", None, False, self._started, now, gone)
        word, value = self._told or self._await(("done", "gone"), time.monotonic() + limit, output)
        self._learn_shell()
        used = self._shell is not None and output.stderr_used(self._shell)
        ending, code = _ENDINGS[word], None
        if word in ("done", "gone"):
            status = int(value.split()[0])
            code = status if status >= 0 else None
            self._status = status
            self._look_behind()
        if ending is Ending.DONE and self._interrupted:
            ending = Ending.INTERRUPTED
        written = self._written(output)
        text = self._shown(written)
        told = self._told_of_jobs(written) if ending in (Ending.DONE, Ending.INTERRUPTED) else ""
        if ending not in (Ending.DONE, Ending.INTERRUPTED):
            self._end_all()
        elif Command.of(self._command).may_start_jobs and self._shell is not None:
            until_jobs_hear(self._shell)
        late = self._late(output)
        self._output = None
        return Observation(
            command=self._command,
            output=text,
            exit_code=code,
            wrote_stderr=used and bool(text),
            started=self._started,
            ended=time.monotonic(),
            ending=ending,
            stages=self._stages if ending is Ending.DONE else (),
            late=late,
            jobs=told,
        )

    def _late(self, output: _File | _Pipe) -> str:
        """What the jobs of earlier commands have printed since the last one."""
        late = b"".join(earlier.more(self._flood) for earlier in self._behind)
        starts_jobs = Command.of(self._command).may_start_jobs
        if isinstance(output, _File) and starts_jobs and self._jobs.running:
            self._behind.append(output)
        else:
            output.done()
        if not self._jobs.running:
            self._leave_behind()
        return late.decode(errors="replace")

    def _leave_behind(self) -> None:
        for earlier in self._behind:
            earlier.done()
        self._behind = []

    def _told_of_jobs(self, written: str) -> str:
        """What bash tells of its jobs at the end of the command; empty if it has none."""
        started = _JOB_NUMBER.findall(written) if Command.of(self._command).may_start_jobs else []
        path = self._room / "jobs"
        told = path.read_text(errors="replace") if path.exists() else ""
        told = "".join(started) + told.rstrip("\n")
        self._jobs.record(told, self._command)
        return told

    def _written(self, output: _File | _Pipe) -> str:
        return output.read(self._flood).decode(errors="replace")

    def _shown(self, written: str) -> str:
        text = as_at_a_prompt(written, self._command)
        if self._interrupted and text.endswith("\n\n"):  # bash ends the line of the echoed ^C
            text = text[:-1]
        return "" if self._interrupted and text == "\n" else text

    def _await(
        self, words: tuple[str, ...], deadline: float, output: _File | _Pipe | None
    ) -> tuple[str, str]:
        """The next control line that starts with one of ``words``; or ("limit" | "flood", "").

        A line that does not bear the command's number is of an earlier prompt, and dropped.
        """
        while True:
            while b"\n" in self._heard:
                line, _, self._heard = self._heard.partition(b"\n")
                word, _, value = line.decode().partition(" ")
                if word == "shell":
                    self._shell = int(value)
                elif word in ("begun", "done") and value.split()[-1] != str(self._count):
                    continue
                elif word == "begun":
                    self._begun = True
                if word in words:
                    return word, value
            now = time.monotonic()
            if self._poll.poll(max(min(deadline - now, TICK), 0) * 1000):
                self._heard += os.read(self._control, 65536)
                continue
            if output is not None and output.size() > self._flood:
                return "flood", ""
            if now >= deadline:
                return "limit", ""
            if self._shell is not None and "gone" in words and _group(self._shell) is None:
                return "gone", "-1"
            if self._interrupted and self._shell and now > self._interrupted + INTERRUPT_AGAIN:
                self._interrupt_again(self._shell)

    def _learn_shell(self) -> None:
        """bash's process id; a quick first command may be done before the reaper has told it."""
        if self._shell is None:
            self._await(("shell",), time.monotonic() + ENDING_LIMIT, None)

    def _end_all(self) -> None:
        """Ends every process of this terminal and waits until they are gone."""
        self.alive = False
        os.write(self._lifeline, b"end\n")
        word, value = self._await(("ended",), time.monotonic() + ENDING_LIMIT, None)
        if word == "ended":
            self._left = tuple(json.loads(value))

    def close(self) -> tuple[str, ...]:
        """Ends bash and all that it started; the command lines of what was still running."""
        if self._control < 0:
            return self._left
        if self.alive:
            self._end_all()
        if self._output is not None:
            self._output.done()
        for pipe in self._pipes:
            pipe.close()
        self._leave_behind()
        for fd in (self._script, self._control, self._lifeline):
            os.close(fd)
        self._control = -1
        return self._left


def until_jobs_hear(shell: int) -> None:
    """Waits for a shell's new jobs to be themselves.

    An interactive bash ignores SIGTERM, and so does its child until it becomes the job: the
    ``kill %1`` of a program that types faster than a person would be lost. And until then it would
    die of a ``^C`` that is not meant for it.
    """
    deadline = time.monotonic() + JOB_START_LIMIT
    while time.monotonic() < deadline:
        try:
            children = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        except OSError:  # no such account of processes here
            return
        if not any(_is_being_started(int(pid), shell) for pid in children):
            return
        time.sleep(0.002)


def _is_being_started(pid: int, shell: int) -> bool:
    try:
        is_shell = Path(f"/proc/{pid}/exe").readlink() == Path(f"/proc/{shell}/exe").readlink()
    except OSError:
        return False
    ignored = _ignored(pid)
    return signal.SIGTERM in ignored or (is_shell and signal.SIGINT not in ignored)


def _ignored(pid: int) -> set[signal.Signals]:
    """Which of SIGINT and SIGTERM a process ignores; both when it is gone."""
    ours = {signal.SIGINT, signal.SIGTERM}
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ours
    mask = int(status.partition("SigIgn:")[2].split(None, 1)[0], 16)
    return {number for number in ours if mask >> (number - 1) & 1}


def _group(pid: int) -> int | None:
    """A process's group; None when it is gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
