"""What may come between a check and what it looks at."""

from __future__ import annotations


class WriteRefused(Exception):
    """A check asked for something other than a plain read: an error of ours, never a learner's."""


class Missing(Exception):
    """What a check looks at is not there. The message is Spanish: what is there instead."""


class Unreachable(Exception):
    """The cluster, or the engine, cannot be looked at. Both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}\n{next_step}")
        self.message = message
        self.next_step = next_step
