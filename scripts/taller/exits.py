"""Exit codes, and the mistakes that a person can make or meet."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command line answers to whoever called it."""

    FINE = 0
    NOT_TRUE = 1  # a block, a test or the site is not right
    WRONG_USE = 2  # the arguments or a page are malformed
    NO_CLUSTER = 3  # the cluster, or a tool that is needed, could not be had
    INTERRUPTED = 130


class Refusal(Exception):
    """A mistake that was foreseen: what happened and what to do next, both in Spanish."""

    code = ExitCode.NOT_TRUE

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}\n{next_step}")
        self.message = message
        self.next_step = next_step


class WrongUse(Refusal):
    """The arguments do not name anything that we have."""

    code = ExitCode.WRONG_USE


class MissingTool(Refusal):
    """A program that we need is not here and we cannot bring it."""

    code = ExitCode.NO_CLUSTER
