"""The time that a chapter goes by, and the points of its way.

All that judges a page asks this clock, never ``time`` itself: a recording notes when each point was
reached, and a replay goes from one to the next without waiting.
"""

from __future__ import annotations

import threading
import time
from enum import Enum
from typing import NamedTuple


class Phase(Enum):
    """The points of a step at which what has been recorded so far decides something."""

    BEGINS = "begins"  # the step is next; after the last one, the end of the page
    STRETCH_ENDS = "stretch-ends"  # the stretch before it is over, and its settled tables judged
    SPANNED = "spanned"  # a command that changes something has had its effect
    JUDGED = "judged"  # an answer is about to be judged
    SETTLED = "settled"  # what it shows must be true from now on


class Moment(NamedTuple):
    """A point of a chapter's way.

    Attributes:
        step: the ordinal of the step among all of the page, 0-based; as many as there are steps
            for what comes after the last one.
        attempt: how often the step's command has been run so far.
    """

    step: int
    phase: Phase
    attempt: int = 0


class Clock:
    """The time as it passes."""

    def now(self) -> float:
        """Seconds on a clock that never goes back (``time.monotonic()``)."""
        return time.monotonic()

    def reached(self, moment: Moment) -> float:
        """Take note that the chapter has come to a point; returns the time."""
        del moment
        return self.now()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        threading.Event().wait(seconds)

    def goes_on(self) -> bool:
        """Whether waiting may bring something new; a recording comes to its end."""
        return True
