"""What the command line says besides results: to stderr, with colours on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from taller.exits import Refusal

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def say(markup: str) -> None:
    """Tell the person something; ``markup`` is rich's."""
    _console.print(markup)


def complain(error: Refusal) -> None:
    """Say what went wrong and what to do about it."""
    wrong(error.message, error.next_step)


def wrong(message: str, next_step: str) -> None:
    """Say what went wrong and what to do about it."""
    say(f"[bold red]Error:[/] {escape(message)}\n  → {escape(next_step)}")
