"""A terminal's background jobs, as its bash has told of them until now.

What bash tells is text, a fact a line, in the order in which it came about::

    [1] 4711                                    a job was started
    [1]+  Running                 sleep 60 &    how it is, and its command as bash writes it
    [1]+  Exit 3                  sleep 60      the same, of one that has ended
    ended 4711 3                                the status with which it ended
    lost 4711                                   it ended, and bash does not know how
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

LOOK_AGAIN_SECONDS = 0.1

_SIGNALS = tuple(filter(None, map(signal.strsignal, sorted(signal.valid_signals()))))
_NUMBERS = frozenset(map(int, signal.valid_signals()))
_STATES = "|".join(map(re.escape, sorted(_SIGNALS, key=len, reverse=True)))
STARTED = re.compile(r"\[(?P<number>\d+)\] (?P<pid>\d+)")
ENDED = re.compile(
    r"\[(?P<number>\d+)\][+-]?\s+"
    rf"(?P<state>Done|Exit \d+|{_STATES})(?: +\(core dumped\))?(?:\s+(?P<command>.*))?"
)
_GOES_ON = re.compile(
    r"\[(?P<number>\d+)\][+-]?\s+(?:Running|Stopped(?:\(\w+\))?)\s+(?P<command>.*)"
)
_STATUS = re.compile(r"(?P<how>ended|lost) (?P<pid>\d+)(?: (?P<status>\d+))?")
_LAST_OF_ITS_OWN = 128  # beyond, a signal ended it
_BY_BASH = "bash: "  # it complains of the terminal that it does not have


@dataclass
class Job:
    """A background job."""

    number: int  # bash's, among the jobs of that moment
    started_by: str  # the command that started it
    pid: int | None = None  # its process, or None where bash did not say
    # its command as bash writes it, or None where it ended before bash told
    text: str | None = None
    state: str | None = None  # what bash called its end, or None where it did not call it anything
    status: int | None = None  # the status with which it ended, if it is known
    over: bool = False  # whether it has ended

    @property
    def states(self) -> tuple[str, ...]:
        """What bash may call its end; more than one where only the status is known."""
        if self.state is not None:
            return (self.state,)
        if self.status is None:
            return ()
        if self.status == 0:
            return ("Done",)
        called = signal.strsignal(self.status - 128) if self.status - 128 in _NUMBERS else None
        return (*([called] if called else []), f"Exit {self.status}")

    @property
    def failure(self) -> int | None:
        """The status with which it failed by itself; None if it did not, or is not known to."""
        told = re.fullmatch(r"Exit (\d+)", self.state or "")
        status = int(told[1]) if told is not None else self.status
        return status if status is not None and 0 < status <= _LAST_OF_ITS_OWN else None


def look(status: int | None) -> str:
    """The command that has bash tell again of its jobs, and nothing else; ``$?`` is ``status``."""
    return f"(exit {status or 0})"


class Jobs:
    """The jobs of one terminal, in the order in which they were started."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs)

    def record(self, told: str, command: str) -> None:
        """Take in what bash told when ``command`` was over."""
        told_of: Job | None = None
        for line in told.split("\n"):
            if started := STARTED.fullmatch(line):
                self._jobs.append(Job(int(started["number"]), command, int(started["pid"])))
                told_of = None
            elif status := _STATUS.fullmatch(line):
                self._ended(int(status["pid"]), status["status"])
                told_of = None
            elif ended := ENDED.fullmatch(line):
                told_of = self._ending(ended)
            elif going := _GOES_ON.fullmatch(line):
                told_of = self._numbered(int(going["number"]), command)
                told_of.text = going["command"]
            elif told_of is not None and line and not line.startswith(_BY_BASH):
                told_of.text = f"{told_of.text}\n{line}"  # a command of several lines

    @property
    def running(self) -> tuple[int, ...]:
        """The processes of those that have not ended."""
        return tuple(job.pid for job in self._jobs if not job.over and job.pid is not None)

    def _numbered(self, number: int, command: str) -> Job:
        job = self._alive(number)
        if job is None:
            job = Job(number, command)
            self._jobs.append(job)
        return job

    def _alive(self, number: int) -> Job | None:
        found = (job for job in reversed(self._jobs) if job.number == number and not job.over)
        return next(found, None)  # an older one's end has not been told yet

    def _ending(self, told: re.Match[str]) -> Job | None:
        """The job whose end is told; None for a command that ``^C`` ended, which bash lists too."""
        job = self._alive(int(told["number"]))
        first = told["command"] or ""
        if job is None or (job.text or first).split("\n")[0].removesuffix(" &") != first:
            return None
        job.text, job.state, job.over = first, told["state"], True
        return job

    def _ended(self, pid: int, status: str | None) -> None:
        for job in self._jobs:
            if job.pid == pid and not job.over:
                job.over = True
                job.status = int(status) if status is not None else None
