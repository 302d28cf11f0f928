"""What the person who waits sees: each step, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


def _stderr() -> Console:
    return Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Progress:
    """Steps on a console: with a spinner on a terminal, a line each elsewhere."""

    console: Console = field(default_factory=_stderr)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Shows the step while it runs and its seconds when it ends."""
        start = time.monotonic()
        if not self.console.is_terminal:
            self.console.print(f"· {title}…", markup=False)
        try:
            with self.console.status(f"{title}…"):
                yield
        except BaseException:
            self._line("✗", "red", title, start)
            raise
        self._line("✓", "green", title, start)

    def _line(self, mark: str, color: str, title: str, start: float) -> None:
        seconds = time.monotonic() - start
        self.console.print(f"[{color}]{mark}[/] {title} [dim]({seconds:.1f} s)[/]")

    def note(self, text: str) -> None:
        """A line within a step."""
        self.console.print(f"  {text}", markup=False)

    @contextmanager
    def timed_note(self, title: str) -> Iterator[None]:
        """A part of a step, noted with its seconds when it ends; parts may overlap."""
        start = time.monotonic()
        yield
        self.note(f"{title} ({time.monotonic() - start:.0f} s)")


@dataclass(frozen=True)
class Silence(Progress):
    """No progress at all."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Runs the step."""
        yield

    def note(self, text: str) -> None:
        """Nothing."""
