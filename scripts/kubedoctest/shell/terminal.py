"""What a chapter asks of a terminal: a real bash (``session``) or the recording of one."""

from __future__ import annotations

from typing import Protocol

from kubedoctest.shell.observation import Observation


class Terminal(Protocol):
    """One bash, in which what a command leaves behind is there for the next."""

    @property
    def alive(self) -> bool:
        """Whether it takes commands still."""

    def run(self, command: str, limit: float) -> Observation:
        """Run a command to its end, or end it after ``limit`` seconds."""

    def begin(self, command: str) -> None:
        """Start a command and return at once; ``finish`` must follow before the next one."""

    def partial(self) -> str:
        """What the command that is running has printed so far."""

    def ended(self) -> bool:
        """Whether the command that ``begin`` started has ended by itself."""

    def interrupt(self) -> None:
        """Do what ``^C`` does."""

    def finish(self, limit: float) -> Observation:
        """Wait for the command that ``begin`` started; past ``limit`` seconds, end it."""

    def close(self) -> tuple[str, ...]:
        """End bash and all that it started; the command lines of what was still running."""
