"""How far a block of a page has come."""

from __future__ import annotations

from dataclasses import dataclass

from kubedoctest.page.document import Block
from kubedoctest.page.transcript import Step
from kubedoctest.verdicts.outcome import Failure


@dataclass
class Progress:
    """One block while its page runs.

    Attributes:
        working, waiting: seconds, as in :class:`~kubedoctest.verdicts.outcome.Outcome`.
        done: all of it was run, and nothing in it was wrong so far.
        final: nothing that is still to come can change its verdict.
    """

    block: Block
    steps: tuple[Step, ...]
    seconds: float = 0.0
    commands: int = 0
    working: float = 0.0
    waiting: float = 0.0
    failure: Failure | None = None
    done: bool = False
    final: bool = False
