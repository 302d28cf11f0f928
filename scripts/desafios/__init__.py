"""Tasks for learners, judged by looking at what they have made: what it is, never how.

It knows nothing of pages or of the harness that runs them. The parts::

    cluster       a view of a cluster that cannot write
    engine        one of a container engine that cannot either
    challenge     a task as the steps that it asks for, and what was found of each
    chapter_01    the tasks of each chapter
    …
    progress      which tasks a person has done
"""

from desafios import (
    chapter_01,
    chapter_02,
    chapter_03,
    chapter_04,
    chapter_05,
    chapter_06,
    chapter_07,
    engine,
)
from desafios.challenge import Challenge, Finding, Report, State, look
from desafios.cluster import Cluster, connect, contexts
from desafios.engine import Engine
from desafios.errors import Unreachable, WriteRefused
from desafios.progress import Progress, ProgressError

CHALLENGES: tuple[Challenge, ...] = tuple(
    one
    for chapter in (
        *(chapter_01, chapter_02, chapter_03, chapter_04),
        *(chapter_05, chapter_06, chapter_07),
    )
    for one in chapter.CHALLENGES
)
"""Every task, in the order of the course."""

__all__ = [
    "CHALLENGES",
    "Challenge",
    "Cluster",
    "Engine",
    "Finding",
    "Progress",
    "ProgressError",
    "Report",
    "State",
    "Unreachable",
    "WriteRefused",
    "connect",
    "contexts",
    "engine",
    "look",
]
