"""What the pages of one pytest run share, and each part of a page while it runs."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from kubedoctest.cluster import engine
from kubedoctest.cluster.api import ClusterLost
from kubedoctest.comparison import documented
from kubedoctest.page import inventory, sections
from kubedoctest.page.document import Block, Document, PageError, Problem, Titles
from kubedoctest.page.transcript import Step, asks_cluster
from kubedoctest.run.chapter_context import Limits
from kubedoctest.run.part import PartRun, Session
from kubedoctest.run.run_session import RunSession, Settings
from kubedoctest.shell import environment
from kubedoctest.update import page_edits, updater
from kubedoctest.update.page_edits import PageText
from kubedoctest.verdicts import report, results
from kubedoctest.verdicts.outcome import Outcome, Status

if TYPE_CHECKING:
    from kubedoctest.recordings.recorder import Recorder
    from kubedoctest.recordings.recording import PageRecording

RUN = pytest.StashKey["PytestRun"]()
_SAVE, _RESTORE, _ERASE = "\x1b7", "\x1b8", "\x1b[K"  # the cursor's place; up to the line's end
_LEAST_ROOM = 20  # columns; with fewer, what runs now is not shown


class PytestRun:
    """What is shared by the pages of one pytest run.

    Attributes:
        line: how the user hears of what happens meanwhile.
        asked: by page, the anchors of the sections that were asked for; none for a whole page.
        pages: those that are run.
        unusable: how many pages cannot be run as they are written.
        problems: why not.
        lost: why there is no cluster, or None.
        unwritten: why a file of results could not be written, or None.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._session: Session | None = None
        self._recorder: Recorder | None = None
        self.line = LiveLine(config)
        self.asked: dict[Path, list[str]] = {}
        self.pages: list[PageRun] = []
        self.unusable = 0
        self.problems: list[Problem] = []
        self.lost: str | None = None
        self.unwritten: str | None = None

    def take_sections(self) -> None:
        """Take the ``#anchor`` off the arguments that name a section of a page."""
        pages: dict[str, list[str]] = {}
        for argument in self._config.args:
            page, mark, anchor = argument.partition("#")
            if mark and page.endswith(".md") and not Path(argument).exists():
                pages.setdefault(page, []).append(anchor)
            else:
                pages[argument] = [""]
        self.asked = {
            Path(page).resolve(): anchors for page, anchors in pages.items() if "" not in anchors
        }
        self._config.args[:] = pages

    @cached_property
    def files(self) -> Path:
        """The folder that file titles are relative to."""
        return Path(self._config.getoption("kubedoctest_files") or Path.cwd()).resolve()

    @cached_property
    def markdown(self) -> inventory.MarkdownSettings:
        """The site's Markdown."""
        return inventory.settings(self._config.getoption("kubedoctest_mkdocs"))

    @cached_property
    def titles(self) -> Titles:
        """The titles by which pages tell where their parts begin and end."""
        option = self._config.getoption
        return Titles(option("kubedoctest_start"), option("kubedoctest_cleanup"))

    @property
    def keeps_going(self) -> bool:
        """Whether pages go on past an output that is not true."""
        option = self._config.getoption
        return bool(option("kubedoctest_keep_going") or option("kubedoctest_update"))

    @property
    def limits(self) -> Limits:
        """The time limits."""
        return Limits(retry=self._config.getoption("kubedoctest_retry"))

    @cached_property
    def settings(self) -> Settings:
        """What the options say about where to run."""
        option = self._config.getoption
        variables = {}
        for pair in option("kubedoctest_env"):
            name, equals, value = pair.partition("=")
            if not equals or not name:
                raise pytest.UsageError(f"--kubedoctest-env={pair}: se esperaba NOMBRE=VALOR")
            variables[name] = value
        if refused := environment.secrets(variables):
            raise pytest.UsageError(
                f"--kubedoctest-env={refused[0]}=…: los bloques de una página no deben ver secretos"
            )
        return Settings(
            kubeconfig=option("kubedoctest_kubeconfig"),
            context=option("kubedoctest_context"),
            files=self.files,
            copied=tuple(option("kubedoctest_copy")),
            path=os.pathsep.join([*option("kubedoctest_path"), os.environ.get("PATH", "")]),
            variables=variables,
            python=option("kubedoctest_python"),
            own_cluster=option("kubedoctest_own_cluster"),
        )

    @cached_property
    def recorded(self) -> dict[str, PageRecording] | None:
        """The recorded pages to compare with, or None to run the pages."""
        path = self._config.getoption("kubedoctest_replay")
        return None if path is None else self._read_recording(path)

    @cached_property
    def kept(self) -> dict[str, PageRecording]:
        """The pages that the file to record to has already."""
        path = self._config.getoption("kubedoctest_record")
        return self._read_recording(path) if path is not None and path.exists() else {}

    def _read_recording(self, path: Path) -> dict[str, PageRecording]:
        from kubedoctest.recordings import recording  # noqa: PLC0415 (most runs have none)

        try:
            return recording.read(path)
        except recording.RecordingError as error:
            raise pytest.UsageError(str(error)) from error

    def parts_of(self, page: Document, path: Path) -> list[Document]:
        """The parts of a page to run, in the order to run them.

        Raises:
            PageError: the page has no such section, or it cannot be recorded or was not.
        """
        anchors = self.asked.get(path.resolve(), [])
        chosen = {part.name: part for part in sections.parts(page)} if not anchors else {}
        for anchor in anchors:
            for part in sections.select(page, anchor, self.markdown):
                if part.name in chosen and chosen[part.name] != part:
                    raise sections.UnknownSection(
                        f"«{anchor}» empieza donde empieza otra de las secciones que pidieron.",
                        "Córranlas de a una, o la página entera.",
                    )
                chosen[part.name] = part
        if self._config.getoption("kubedoctest_record") and not all(
            part.leaves_nothing for part in chosen.values()
        ):
            raise sections.UnknownSection(
                f"{page.path}: se graban páginas enteras, o secciones que empiezan con su "
                f"propio «{page.titles.start}».",
                "Graben la página entera.",
            )
        order = list(chosen.values())
        recorded = self.recorded
        missing = [part.name for part in order if part.blocks and part.name not in (recorded or ())]
        if recorded is not None and missing:
            raise PageError(
                f"{missing[0]} no está en la grabación, que tiene: {', '.join(recorded)}.",
                "Grábenla con --kubedoctest-record=ARCHIVO.",
            )
        seed = self._config.getoption("kubedoctest_shuffle")
        if seed is not None:
            random.Random(f"{seed} {page.path}").shuffle(order)  # noqa: S311 - nothing to guess
        return order

    def session(self) -> Session:
        """What pages run in; it takes a moment to start, so it is asked for before it is needed."""
        if self._session is None:
            if self.recorded is not None:
                from kubedoctest.recordings.replay import Replay  # noqa: PLC0415

                self._session = Replay(self.recorded, self.files)
            elif self._config.getoption("kubedoctest_record") is not None:
                from kubedoctest.recordings.recorder import Recorder  # noqa: PLC0415

                self._session = self._recorder = Recorder(self.settings, self.line.say)
            else:
                self._session = RunSession(self.settings, self.line.say)
        return self._session

    def finish(self) -> None:
        """End everything, and write the results file if one was asked for."""
        versions = results.Versions()
        if self._session is not None:
            try:
                versions = self._session.versions()
            except ClusterLost as lost:
                self.lost = self.lost or str(lost)
            self._session.close()
            self._session = None
        self._write_recording()
        path = self._config.getoption("kubedoctest_json")
        if path is not None:
            pages = [page.result(versions) for page in self.pages]
            try:
                results.write(Path(path), results.document(pages, versions))
            except OSError as error:
                self.unwritten = f"No se pudieron escribir los resultados en {path}: {error}"
        update = self._config.getoption("kubedoctest_update")
        if update is not None:
            page_edits.write(update, [page.edits(self.files) for page in self.pages])

    def uncompared(self, details: bool) -> Iterator[str]:
        """How much of each page is not compared, in Spanish; with details, each place too."""
        for page in self.pages:
            found = documented.uncompared(page.document)
            if found:
                yield f"Sin comparar en {page.document.path}: {documented.told_uncompared(found)}"
            for one in found if details else []:
                yield f"    {page.document.path}:{one.line}: {one.kind[0]} ({one.why})"

    def annotations(self) -> Iterator[str]:
        """What is wrong, for GitHub to show beside the pages' lines."""
        yield from map(report.of_problem, self.problems)
        for page in self.pages:
            for part in page.parts:
                for outcome in part.outcomes:
                    if outcome.status is not Status.NOT_RECORDED:
                        yield from report.of_outcome(outcome)
                yield from map(report.of_fault, part.faults)

    def _write_recording(self) -> None:
        path = self._config.getoption("kubedoctest_record")
        if self._recorder is None or not self._recorder.pages:
            return
        from kubedoctest.recordings import recorder, recording  # noqa: PLC0415

        whole = {str(page.document.path) for page in self.pages if not page.anchors}
        kept = {k: v for k, v in self.kept.items() if k.partition("#")[0] not in whole}
        secrets = recorder.secrets_of(self.settings.kubeconfig)
        recording.write(path, {**kept, **self._recorder.pages}, secrets)
        self.line.say(f"Grabado en {path}: {', '.join(self._recorder.pages)}")


class PageRun:
    """The run of a page: of its parts, one after another, each in a place of its own.

    Attributes:
        anchors: the sections that were asked for; none for the whole page.
        parts: what is run of it, in that order.
    """

    def __init__(self, run: PytestRun, document: Document, path: Path, text: PageText) -> None:
        self._path = path
        self._text = text
        self.document = document
        self.anchors = tuple(run.asked.get(path.resolve(), ()))
        self._run = run
        self.parts = [
            PartRun(
                part,
                document,
                run.limits,
                tell=run.line.tell,
                on_mismatch=updater.proposals if run.keeps_going else None,
            )
            for part in run.parts_of(document, path)
        ]

    def outcome(self, part: PartRun, number: int) -> Outcome:
        """The verdict on a block of a part; runs the part up to there, and ends the one before.

        Raises:
            MissingCluster, ClusterLost: it could not be begun, or not go on.
        """
        if not part.begun:
            self.close()
            part.begin(self._run.session())
        return part.outcome(number)

    def close(self) -> None:
        """End the part that is open: each has the cluster for itself.

        Raises:
            ClusterLost: the cluster could not be put back.
        """
        for part in self.parts:
            part.close()

    def edits(self, files: Path) -> page_edits.PageEdits:
        """What should change in the page; its faults as a whole are to be mended by hand."""
        outcomes = [outcome for part in self.parts for outcome in part.outcomes]
        found = updater.edits_of(self._path, outcomes, self._text, files)
        faults = sum(len(part.faults) for part in self.parts)
        return replace(found, by_hand=found.by_hand + faults)

    def result(self, versions: results.Versions) -> results.PageResult:
        """What became of the page, and of every block, also of those that were not reached."""
        known = {line: known for part in self.parts for line, known in part.known.items()}
        asked = {block.line for part in self.parts for block in part.document.blocks}
        used = [_used(block, versions) for block in self.document.blocks]
        finished = [part.finished for part in self.parts if part.finished is not None]
        return results.PageResult(
            page=self.document.path,
            verdicts=tuple(
                _verdict(block, known.get(block.line), by, block.line in asked)
                for block, by in zip(self.document.blocks, used, strict=True)
            ),
            seconds=sum(part.seconds for part in self.parts),
            finished=max(finished, default=None),
            versions=results.Versions(
                next(filter(None, (by.kubernetes for by in used)), None),
                next(filter(None, (by.docker for by in used)), None),
            ),
            whole=all(part.whole for part in self.parts),
            faults=tuple(str(fault) for part in self.parts for fault in part.faults),
            sections=self.anchors,
        )


def _used(block: Block, versions: results.Versions) -> results.Versions:
    """Of what a run used, what a block asks."""
    return results.Versions(
        versions.kubernetes if asks_cluster(block) else None,
        versions.docker if engine.asks_engine(block) else None,
    )


def _verdict(
    block: Block,
    known: tuple[Outcome, datetime] | None,
    versions: results.Versions,
    asked: bool,
) -> results.Verdict:
    outcome, finished = known or (None, None)
    if outcome is None or outcome.status is Status.NOT_RUN:
        why = "no se llegó a ejecutar" if asked else results.NOT_ASKED
        missed = Outcome(block, Status.NOT_RUN, why)
        return results.Verdict(outcome or missed)
    return results.Verdict(outcome, finished, versions)


class LiveLine:
    """Writes to pytest's terminal while tests run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._shown_on: TextIO | None = None

    def tell(self, block: Block, step: Step) -> None:
        """Say which command runs now: for a moment on a terminal, a line of its own with ``-v``."""
        first = step.command.strip("# \n").split("\n", 1)[0]
        if self._config.getoption("verbose") > 0:
            self.say(f"    {block.place_at(step.line)}  $ {first}")
        elif self._config.getoption("verbose") == 0:
            self._show_for_now(f"  línea {step.line}  $ {first}")

    def hush(self) -> None:
        """Take back what was shown for a moment."""
        if self._shown_on is not None:
            self._write_over(self._shown_on, "")
            self._shown_on = None

    def say(self, text: str) -> None:
        """Write a line between pytest's own, at once."""
        self.hush()
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if reporter is not None:
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                reporter.ensure_newline()
                reporter.write_line(text, cyan=True)

    def _show_for_now(self, text: str) -> None:
        """Show text after the cursor, which stays where it is."""
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or not reporter.isatty:
            return
        writer = reporter._tw
        room = writer.fullwidth - writer.width_of_current_line - 1
        if room > _LEAST_ROOM:
            self._shown_on = writer._file
            self._write_over(writer._file, text if len(text) <= room else text[: room - 1] + "…")

    def _write_over(self, terminal: TextIO, text: str) -> None:
        """What follows the cursor, past pytest's back: it counts the columns that it writes."""
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            terminal.write(f"{_SAVE}{_ERASE}{text}{_RESTORE}")
            terminal.flush()
