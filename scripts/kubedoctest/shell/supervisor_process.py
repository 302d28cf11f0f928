"""The process that outlives the harness so that nothing else does.

It is run as a program (``python -I -S supervisor_process.py SCRATCH``) by
`supervisor.Supervisor`, whose orders it reads from its standard input, one JSON object a line:

``{"do": "place", "argv", "environment", "cwd", "room"}``
    starts a shell under a *reaper*: a process of its own that is the ancestor of all that the shell
    starts, daemons included, and ends them when its lifeline (a FIFO in the room that the harness
    holds open) says so or has no writer left;
``{"do": "on-death", "argv", "environment"}``
    what to run should the harness die; an empty ``argv`` takes it back;
``{"do": "release"}``
    the orderly end: all that is left ends, and its command lines are written to standard output.

End of file without ``release`` means that the harness died, ``kill -9`` included: everything ends,
the on-death command runs, the scratch directory is removed.

Only the standard library, and little of it: its start-up is part of every run's cost.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time

GRACE = 1.0  # seconds between SIGTERM and SIGKILL
LAST_LIMIT = 120.0  # seconds that what is run when the harness died may take
PATIENCE = 5.0  # seconds after SIGKILL before a process that cannot be ended is given up
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
ENDINGS = frozenset({signal.SIGTERM, signal.SIGHUP, signal.SIGINT})


class Watch:
    """Waits for a file descriptor or the end of a child, whichever comes first."""

    def __init__(self) -> None:
        self._wake, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, *ENDINGS):
            signal.signal(number, lambda *_: None)

    def wait(self, fd: int | None, seconds: float | None) -> tuple[bool, bool]:
        """Whether ``fd`` has something to read, and whether this process was told to end."""
        watched = [self._wake] if fd is None else [self._wake, fd]
        ready = select.select(watched, [], [], seconds)[0]
        told = self._wake in ready and not ENDINGS.isdisjoint(os.read(self._wake, 4096))
        return fd in ready, told


def adopt_orphans() -> None:
    """Makes this process the parent of its descendants' orphans (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> tuple[list[tuple[int, int]], bool]:
    """The children that ended, as (pid, wait status), and whether there are others."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        ended.append((pid, status))


def processes() -> dict[int, tuple[int, str]]:
    """Every process: pid → (parent's pid, state letter)."""
    found: dict[int, tuple[int, str]] = {}
    if sys.platform == "linux":
        for name in os.listdir("/proc"):  # noqa: PTH208
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                        state, parent = file.read().rpartition(b") ")[2].split(None, 2)[:2]
                except OSError:
                    continue
                found[int(name)] = (int(parent), state.decode())
    else:
        with os.popen("ps -axo pid=,ppid=,stat=") as listing:  # noqa: S605
            for line in listing:
                pid, above, flags = line.split()[:3]
                found[int(pid)] = (int(above), flags[0])
    return found


def descendants() -> list[int]:
    """The living processes below this one."""
    everyone = processes()
    below: set[int] = {os.getpid()}
    grown = True
    while grown:
        grown = False
        for pid, (parent, _) in everyone.items():
            if parent in below and pid not in below:
                below.add(pid)
                grown = True
    return sorted(pid for pid in below - {os.getpid()} if everyone[pid][1] != "Z")


def command_line(pid: int) -> str:
    """What the process was started as; "" when it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            words = file.read().rstrip(b"\0").split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode(errors="replace")


def signal_all(pids: list[int], number: int) -> None:
    """Sends a signal to each process, those already gone left out."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def childless(watch: Watch, seconds: float) -> bool:
    """Waits up to ``seconds`` for the last child to end; whether it did."""
    deadline = time.monotonic() + seconds
    while reap()[1]:
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        watch.wait(None, left)
    return True


def end_all(watch: Watch, first: int | None = None) -> None:
    """Ends every descendant: ``first`` at once, the others with SIGTERM, then SIGKILL.

    A shell must not see its foreground command end, or it goes on with the next; so it is first.
    """
    if first is not None:
        signal_all([first], signal.SIGKILL)
    pids = descendants()
    signal_all(pids, signal.SIGTERM)
    signal_all(pids, signal.SIGCONT)
    if childless(watch, GRACE):
        return
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        signal_all(descendants(), signal.SIGKILL)
        if childless(watch, 0.05):
            return


def start(argv: list[str], environment: dict[str, str], cwd: str, stdin: str = os.devnull) -> int:
    """Starts a program in a session of its own, its output going to /dev/null; its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        os.chdir(cwd)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(os.open(stdin, os.O_RDONLY), 0)
        os.dup2(null, 1)
        os.dup2(null, 2)
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvpe(argv[0], argv, environment)  # noqa: S606
    finally:
        os._exit(127)


class Reaper:
    """The ancestor of one terminal's shell and of all that it starts."""

    def __init__(self, order: dict[str, object]) -> None:
        self._watch = Watch()
        adopt_orphans()
        room, argv, environment = order["room"], order["argv"], order["environment"]
        assert isinstance(argv, list) and isinstance(environment, dict)
        self._lifeline = os.open(f"{room}/lifeline", os.O_RDONLY | os.O_NONBLOCK)
        self._control = os.open(f"{room}/control", os.O_WRONLY | os.O_NONBLOCK)
        self._shell: int | None = start(argv, environment, str(order["cwd"]), f"{room}/script")
        self._tell(f"shell {self._shell}")

    def _tell(self, line: str) -> None:
        try:
            os.write(self._control, line.encode()[: select.PIPE_BUF - 1] + b"\n")
        except OSError:  # the harness is gone: the lifeline will say so
            return

    def keep(self) -> None:
        """Waits for the lifeline's word, then ends everything and says what was still running."""
        while True:
            word, told = self._watch.wait(self._lifeline, None)
            for pid, status in reap()[0]:
                if pid == self._shell:
                    self._shell = None
                    self._tell(f"gone {os.waitstatus_to_exitcode(status)}")
            if word or told:
                break
        left = [command_line(pid) for pid in descendants() if pid != self._shell]
        end_all(self._watch, self._shell)
        self._tell("ended " + json.dumps([line[:200] for line in left if line][:15]))


class SupervisorProcess:
    """Places shells under reapers, and cleans up when the harness releases it or dies."""

    def __init__(self, scratch: str) -> None:
        self._watch = Watch()
        adopt_orphans()
        self._scratch = scratch
        self._on_death: dict[str, object] = {"argv": [], "environment": {}}
        self._orders = b""

    def keep(self) -> None:
        """Carries out orders until the harness releases this process or dies."""
        while True:
            word, told = self._watch.wait(0, None)
            reap()
            data = os.read(0, 65536) if word else b""
            if told or (word and not data):
                return self._harness_died()
            *lines, self._orders = (self._orders + data).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if order["do"] == "place":
                    self._place(order)
                elif order["do"] == "on-death":
                    self._on_death = order
                else:
                    return self._released()

    def _place(self, order: dict[str, object]) -> None:
        if os.fork():
            return
        try:
            os.close(0)
            Reaper(order).keep()
        finally:
            os._exit(0)

    def _end_reapers(self) -> None:
        """Reapers end by themselves, their lifelines gone; what outlives them is ended here."""
        if not childless(self._watch, GRACE + PATIENCE + 1):
            end_all(self._watch)

    def _released(self) -> None:
        left = [command_line(pid) for pid in descendants()]
        end_all(self._watch)
        os.write(1, json.dumps([line for line in left if line]).encode())

    def _harness_died(self) -> None:
        self._end_reapers()
        argv, environment = self._on_death["argv"], self._on_death["environment"]
        assert isinstance(argv, list) and isinstance(environment, dict)
        if argv:
            start(argv, environment, "/")
            if not childless(self._watch, LAST_LIMIT):
                end_all(self._watch)
        import shutil  # noqa: PLC0415 -- slow to import, and seldom needed

        shutil.rmtree(self._scratch, ignore_errors=True)


if __name__ == "__main__":
    SupervisorProcess(sys.argv[1]).keep()
