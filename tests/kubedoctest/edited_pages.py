"""A page that is true on the cluster, and lies about it.

The page runs once, on the cluster, and must be true of it; it is recorded. Each lie is one edit of
it, and must be red at the very block that holds the edited line, by what the cluster answered then.
As many lies as there are blocks for run on the cluster as well, all in one run that goes on past
them; and by itself each that a recording cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubedoctest.recordings.recording import PageRecording
from kubedoctest.testing import Harness, JudgedPage


@dataclass(frozen=True)
class Lie:
    """An edit of a page.

    Attributes:
        page: the page as it is true.
        start: where ``true`` is in it.
        at: how the line begins whose block is to be red, if it is not that of the edit.
    """

    page: str
    start: int
    true: str
    lie: str
    at: str = ""

    @property
    def text(self) -> str:
        """The page with this lie."""
        return self.page[: self.start] + self.lie + self.page[self.start + len(self.true) :]

    @property
    def line(self) -> int:
        """The line (1-based) that is not true, or whose block is to be red."""
        if self.at:
            lines = [line.strip() for line in self.text.split("\n")]
            return 1 + next(n for n, line in enumerate(lines) if line.startswith(self.at))
        pairs = enumerate(zip(self.true, self.lie, strict=False))
        differs = next((n for n, (true, lie) in pairs if true != lie), 0)
        return 1 + self.text[: self.start + differs].count("\n")

    @property
    def block(self) -> int:
        """The line of the fence that holds it."""
        return block_of(self.text, self.line)


def block_of(text: str, line: int) -> int:
    """The line of the fence that holds a line."""
    before = text.split("\n")[: line - 1]
    return 1 + max(n for n, line in enumerate(before) if line.strip().startswith("```"))


def edited(text: str, true: str, lie: str, *, after: str = "", at: str = "") -> Lie:
    """Replace the first ``true`` that follows ``after``; for ``at`` see `Lie`."""
    start = text.index(after)
    assert true in text[start:], f"the page has no {true!r} any more"
    return Lie(text, text.index(true, start), true, lie, at)


def step_of(text: str, line: int) -> int:
    """The line of the command under which a line stands; that of the fence if there is none."""
    for number in range(line, 0, -1):
        before = text.split("\n")[number - 1].strip()
        if before.startswith(("$ ", "```")):
            return number
    return 0


def together(lies: Iterable[Lie]) -> tuple[str, list[int]]:
    """As many of the lies as fit in one page, at most one under a command, and their lines.

    Lies that turn another block red than the edited one are left out.
    """
    chosen: dict[int, Lie] = {}
    for lie in lies:
        if not lie.at:
            own = step_of(lie.page, 1 + lie.page[: lie.start].count("\n"))
            chosen.setdefault(own, lie)
    text, moved, lines = next(iter(chosen.values())).page, 0, []
    for _, lie in sorted(chosen.items()):
        at = lie.start + moved
        lines.append(lie.line + text[:at].count("\n") - lie.page[: lie.start].count("\n"))
        text = text[:at] + lie.lie + text[at + len(lie.true) :]
        moved += len(lie.lie) - len(lie.true)
    return text, lines


@dataclass(frozen=True)
class Told:
    """A page that was true on the cluster, and what it answered."""

    harness: Harness
    recording: PageRecording

    def check(self, lie: Lie) -> None:
        """It is red at its block, by what the cluster answered to the true page."""
        judged = self.harness.judge_by(self.recording, lie.text)
        check(judged, lie)


def told(harness: Harness, text: str) -> PageRecording:
    """Run a true page on the cluster; its recording tells that it is true, too."""
    judged, recording = harness.record(text)
    assert judged.true, judged.told
    replayed = harness.judge_by(recording, text)
    assert replayed.true, f"true on the cluster, and not by its recording: {replayed.told}"
    return recording


def check(judged: JudgedPage, lie: Lie) -> None:
    """The page with a lie is red at its block."""
    assert judged.red_blocks == [lie.block], judged.told or "it is green"


@dataclass(frozen=True)
class ToldTogether:
    """A page with as many lies as fit, and what became of it on the cluster."""

    text: str
    lines: list[int]
    judged: JudgedPage

    def check(self) -> None:
        """All of them are red there, and nothing else."""
        told, red = ({step_of(self.text, n) for n in x} for x in (self.lines, self.judged.red))
        assert red == told, self.judged.told or "it is green"


def told_together(harness: Harness, lies: Iterable[Lie]) -> ToldTogether:
    """Run all lies that fit in one page on the cluster."""
    text, lines = together(lies)
    return ToldTogether(text, lines, harness.judge(text, lie=lines, keep_going=True))
