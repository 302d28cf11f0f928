"""Where a chapter runs, and how long things may take there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.timeline import Timeline
from kubedoctest.run.clock import Clock
from kubedoctest.shell.terminal import Terminal


@dataclass(frozen=True)
class Limits:
    """How long things may take, in seconds: one command, and waiting for a documented state."""

    command: float = 120.0
    retry: float = 60.0


@dataclass(frozen=True)
class Work:
    """Where a chapter runs.

    Attributes:
        terminal: the bash of a block (see `Block.terminal`), or the page's interpreter.
        files: the folder that file titles are relative to.
        cluster, timeline: None for pages that use no cluster.
        namespace: the namespace of the session's context, now.
        clock: what time it is, and who is told how far the page has come.
    """

    terminal: Callable[[str], Terminal]
    files: Path
    cluster: Cluster | None
    timeline: Timeline | None
    namespace: Callable[[], str]
    clock: Clock = field(default_factory=Clock)
