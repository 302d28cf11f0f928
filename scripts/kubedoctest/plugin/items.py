"""pytest's view of a page: each block is an item, named by file and line (``page.md::L57``)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from kubedoctest.cluster.api import ClusterLost
from kubedoctest.page import inventory
from kubedoctest.page.document import PageError
from kubedoctest.page.transcript import steps_of
from kubedoctest.plugin.session import RUN, PageRun
from kubedoctest.run.part import PartRun
from kubedoctest.run.run_session import MissingCluster
from kubedoctest.update.page_edits import PageText
from kubedoctest.verdicts import report
from kubedoctest.verdicts.outcome import Outcome, Status

STATUS = "kubedoctest"
"""The property of a report that holds its block's status."""


class Untrue(Exception):
    """A block that is not true."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Untidy(Exception):
    """What is wrong with a page as a whole. The message is for the user, in Spanish."""


class Page(pytest.File):
    """A Markdown page."""

    _page: PageRun | None = None

    def collect(self) -> Iterable[pytest.Item]:
        """The page's blocks, and after each of its parts the part as a whole.

        A page that cannot be run as it is written is one item, which fails and says why.
        """
        run = self.config.stash[RUN]
        shown = as_given(self.path)
        try:
            text = PageText.of(self.path.read_bytes())
            document = inventory.read_page(shown, run.markdown, run.files, run.titles)
            page = None if document.problems else PageRun(run, document, self.path, text)
        except (OSError, UnicodeDecodeError) as error:
            yield self._unusable(f"{shown}: no se puede leer: {error}")
            return
        except PageError as error:
            yield self._unusable(str(error))
            return
        parts = page.parts if page is not None else []
        problems = [*document.problems, *(p for part in parts for p in part.document.problems)]
        if page is None or problems:
            run.problems += problems
            yield self._unusable("\n".join(map(str, problems)))
            return
        recorded = run.recorded
        missing = (
            []
            if recorded is None
            else [
                part.document.name
                for part in parts
                if part.document.blocks and part.document.name not in recorded
            ]
        )
        if missing:
            yield self._unusable(
                f"{missing[0]} no está en la grabación, que tiene: {', '.join(recorded or ())}. "
                "Grábenla con --kubedoctest-record=ARCHIVO."
            )
            return
        self._page = page
        run.pages.append(page)
        for part in parts:
            for number, block in enumerate(part.document.blocks):
                yield BlockItem.from_parent(
                    self, name=f"L{block.line}", page=page, part=part, number=number
                )
            title = f" de {part.document.section}" if part.document.section else ""
            yield PartItem.from_parent(self, name=f"cierre{title}", part=part)

    def teardown(self) -> None:
        """End the page's run even when its last item was not selected."""
        try:
            if self._page is not None:
                self._page.close()
        except ClusterLost as lost:
            self.config.stash[RUN].lost = str(lost)

    def _unusable(self, why: str) -> pytest.Item:
        self.config.stash[RUN].unusable += 1
        item: pytest.Item = UnusableItem.from_parent(self, name="página", why=why)
        return item


class _Item(pytest.Item):
    """Something of a page that is true or not."""

    line: int | None = None  # where it begins, 1-based; None for the page as a whole

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the author needs to know; never a traceback for what a page can cause."""
        del style
        error, text = excinfo.value, None
        if isinstance(error, Untrue):
            text = report.failure_text(error.outcome)
        elif isinstance(error, Untidy | ClusterLost | MissingCluster):
            text = str(error)
        if text is None:
            return super().repr_failure(excinfo)
        return FailureRepr(text, str(self.path), self.line or 1)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is: pytest counts lines from 0."""
        return self.path, None if self.line is None else self.line - 1, self.name


class BlockItem(_Item):
    """A block of a page."""

    def __init__(self, *, page: PageRun, part: PartRun, number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._page = page
        self._part = part
        self._number = number
        self.block = part.document.blocks[number]
        self.line = self.block.line

    @property
    def gist(self) -> str:
        """What tells it from its neighbours: its first command, its file or its first line."""
        step = next(iter(steps_of(self.block)), None)
        code = self.block.code.strip()
        text = step.command if step is not None else self.block.title or code
        return text.strip("# \n").split("\n", 1)[0][:80]

    @property
    def known(self) -> Outcome | None:
        """The verdict, once there is one."""
        outcome, _ = self._part.known.get(self.block.line, (None, None))
        return outcome

    def runtest(self) -> None:
        """Run the page up to this block's verdict."""
        outcome = self._page.outcome(self._part, self._number)
        self.user_properties.append((STATUS, outcome.status.value))
        if outcome.failure is not None:
            raise Untrue(outcome)
        if outcome.status is Status.NOT_RUN:
            raise pytest.skip.Exception(outcome.reason, _use_item_location=True)


class PartItem(_Item):
    """A part of a page as a whole: its prose, and the state in which it leaves the cluster."""

    def __init__(self, *, part: PartRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._part = part

    def runtest(self) -> None:
        """Check what only the whole can tell."""
        faults = self._part.close()
        if faults:
            raise Untidy("\n".join(map(str, faults)))


class UnusableItem(_Item):
    """A page that cannot be run as it is written."""

    def __init__(self, *, why: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._why = why

    def runtest(self) -> None:
        """Say what is wrong with it."""
        raise Untidy(self._why)


class FailureRepr(TerminalRepr):
    """A failure as pytest shows it: whole where failures are listed, one line in the summary.

    In CI pytest's summary repeats the whole of a text that is a mere ``str``; it asks other
    representations, and so does JUnit's, for the message of their ``reprcrash``.
    """

    def __init__(self, text: str, path: str, line: int) -> None:
        self.text = text
        self.reprcrash = ReprFileLocation(path, line, text.partition("\n")[0])

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text."""
        tw.line(self.text)


def as_given(path: Path) -> Path:
    """The path relative to the current directory if it is below it, as people write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
