"""A task as the steps that it asks for, and what was found of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from desafios.cluster import Cluster
from desafios.engine import Engine
from desafios.errors import Missing

Check = Callable[[Any], str | None]
"""Looks at one thing of a cluster, or of an engine. None when it is as asked; otherwise what is
there instead, in Spanish, which it may also raise as :class:`~desafios.errors.Missing`."""


@dataclass(frozen=True)
class Step:
    """One thing that a task asks for.

    Attributes:
        asks: what must be so, in Spanish, as the line after a tick.
        check: whether it is.
    """

    asks: str
    check: Check


@dataclass(frozen=True)
class Challenge:
    """A task. Its text, its hints and a solution are in the course's page, not here.

    Attributes:
        number: chapter and place in it, as ``04-1``.
        title: in Spanish.
        steps: what it asks for; each one relies on those before it.
        on_engine: whether it is about the container engine, not about a cluster.
    """

    number: str
    title: str
    steps: tuple[Step, ...]
    on_engine: bool = False


class State(Enum):
    """What became of a step."""

    DONE = "done"
    MISSING = "missing"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True)
class Finding:
    """A step, what became of it, and what was there instead (Spanish; empty when it is done)."""

    asks: str
    state: State
    instead: str = ""


@dataclass(frozen=True)
class Report:
    """What was found of a task."""

    challenge: Challenge
    findings: tuple[Finding, ...]

    @property
    def done(self) -> bool:
        """Whether everything is as asked."""
        return all(finding.state is State.DONE for finding in self.findings)


def look(challenge: Challenge, view: Cluster | Engine) -> Report:
    """Look at each step, up to the first that is missing: the rest would only repeat it.

    Raises:
        Unreachable: the cluster, or the engine, cannot be looked at.
    """
    findings: list[Finding] = []
    missing = False
    for step in challenge.steps:
        if missing:
            findings.append(Finding(step.asks, State.NOT_LOOKED_AT))
            continue
        try:
            instead = step.check(view)
        except Missing as error:
            instead = str(error)
        missing = instead is not None
        findings.append(Finding(step.asks, State.MISSING if missing else State.DONE, instead or ""))
    return Report(challenge, tuple(findings))
