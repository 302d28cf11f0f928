"""pytest's view of a page: each block is an item, named by file and line (``page.md::L57``).

The only module that knows pytest. Use it as ``pytest -p kubedoctest.plugin PAGE.md``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pytest
from _pytest.junitxml import xml_key

from kubedoctest.amending import amendment
from kubedoctest.amending.amender import Amender
from kubedoctest.amending.amendment import PageText
from kubedoctest.cluster.api import ClusterLost
from kubedoctest.page import inventory
from kubedoctest.page.document import Block, Document, Problem
from kubedoctest.page.transcript import Step
from kubedoctest.run.agenda import steps_of
from kubedoctest.run.chapter import Chapter
from kubedoctest.run.work import Limits
from kubedoctest.run.workbench import (
    MissingCluster,
    Place,
    Settings,
    Workbench,
    asks_cluster,
    needs_cluster,
)
from kubedoctest.shell import environment
from kubedoctest.verdicts import github, report, results
from kubedoctest.verdicts.outcome import Fault, Outcome, Status
from kubedoctest.verdicts.told import Told

if TYPE_CHECKING:
    from kubedoctest.recordings.recorder import Recorder
    from kubedoctest.recordings.recording import PageRecording
    from kubedoctest.recordings.replay import Replay, ReplayedPlace

EXIT_NO_CLUSTER = 3
"""The exit code of a run whose cluster could not be had, or was lost."""

_STATUS = "kubedoctest"
_SAVE, _RESTORE, _ERASE = "\x1b7", "\x1b8", "\x1b[K"  # the cursor's place; up to the line's end
_LEAST_ROOM = 20  # columns; with fewer, what runs now is not shown
_RUN = pytest.StashKey["Run"]()
_WORDS = {
    Status.SHOWN.value: ("mostrados", "m", "MOSTRADO"),
    Status.NOT_RUN.value: ("sin ejecutar", "n", "SIN EJECUTAR"),
    Status.NOT_RECORDED.value: ("sin grabar", "g", "SIN GRABAR"),
}


class Untrue(Exception):
    """A block that is not true."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Untidy(Exception):
    """What is wrong with a page as a whole. The message is for the user, in Spanish."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; their help is in Spanish, like all that users read."""
    group = parser.getgroup("kubedoctest", "bloques de páginas Markdown contra un cluster real")
    add = group.addoption
    add("--kubedoctest-kubeconfig", type=Path, metavar="ARCHIVO", help="kubeconfig del cluster")
    add("--kubedoctest-context", metavar="NOMBRE", help="contexto de ese kubeconfig")
    add(
        "--kubedoctest-files",
        type=Path,
        metavar="CARPETA",
        help='carpeta a la que se refieren los title="…" con archivo (por omisión, la actual)',
    )
    add(
        "--kubedoctest-copy",
        action="append",
        default=[],
        metavar="RUTA",
        help="lo que los comandos encuentran copiado en su carpeta, relativo a la anterior",
    )
    add("--kubedoctest-mkdocs", type=Path, metavar="ARCHIVO", help="mkdocs.yml del sitio")
    add("--kubedoctest-json", type=Path, metavar="ARCHIVO", help="escribe ahí los resultados")
    add(
        "--kubedoctest-amend",
        type=Path,
        metavar="ARCHIVO",
        help="escribe ahí qué habría que cambiar en las páginas, y sigue como si ya dijeran eso",
    )
    add(
        "--kubedoctest-record",
        type=Path,
        metavar="ARCHIVO",
        help="graba ahí lo que responden bash y el cluster, para --kubedoctest-replay; lo que el "
        "archivo tenga de otras páginas queda (con .gz, comprimido)",
    )
    add(
        "--kubedoctest-replay",
        type=Path,
        metavar="ARCHIVO",
        help="compara las páginas con esa grabación, sin ejecutar nada",
    )
    add(
        "--kubedoctest-retry",
        type=float,
        default=Limits.retry,
        metavar="SEGUNDOS",
        help="cuánto esperar un estado documentado (por omisión, %(default)s)",
    )
    add(
        "--kubedoctest-limit",
        type=float,
        default=Limits.command,
        metavar="SEGUNDOS",
        help="cuánto puede tardar un comando (por omisión, %(default)s)",
    )
    add(
        "--kubedoctest-path",
        action="append",
        default=[],
        metavar="CARPETA",
        help="va delante en el PATH de los comandos",
    )
    add(
        "--kubedoctest-python",
        type=Path,
        metavar="RUTA",
        help="el Python que los comandos encuentran como python3, con sus paquetes",
    )
    add(
        "--kubedoctest-env",
        action="append",
        default=[],
        metavar="NOMBRE=VALOR",
        help="variable de entorno para los comandos, que solo ven las imprescindibles",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the run's state with the configuration."""
    config.stash[_RUN] = Run(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Page | None:
    """Collect Markdown pages."""
    if file_path.suffix == ".md":
        page: Page = Page.from_parent(parent, path=file_path)
        return page
    return None


class Run:
    """What is shared by the pages of one pytest run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._workbench: Workbench | Replay | None = None
        self.recorder: Recorder | None = None
        self.pages: list[Page] = []
        self.problems: list[Problem] = []
        self.lost: str | None = None
        self.unwritten: str | None = None
        self._shown_on: TextIO | None = None

    @cached_property
    def files(self) -> Path:
        """The folder that file titles are relative to."""
        return Path(self._config.getoption("kubedoctest_files") or Path.cwd()).resolve()

    @cached_property
    def markdown(self) -> inventory.MarkdownSettings:
        """The site's Markdown."""
        return inventory.settings(self._config.getoption("kubedoctest_mkdocs"))

    @cached_property
    def limits(self) -> Limits:
        """The time limits."""
        option = self._config.getoption
        return Limits(command=option("kubedoctest_limit"), retry=option("kubedoctest_retry"))

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
            raise pytest.UsageError(f"{error.message} {error.next_step}") from error

    def begin(self) -> None:
        """Start what takes a moment to start, to be ready when the first command comes."""
        if self._workbench is not None:
            return
        if self.recorded is not None:
            from kubedoctest.recordings.replay import Replay  # noqa: PLC0415

            self._workbench = Replay(self.recorded, self.files)
        elif self._config.getoption("kubedoctest_record") is not None:
            from kubedoctest.recordings.recorder import Recorder  # noqa: PLC0415

            self.recorder = Recorder()
            self._workbench = Workbench(self.settings, self.say, self.recorder.keep)
        else:
            self._workbench = Workbench(self.settings, self.say)

    def open(self, document: Document) -> Place | ReplayedPlace:
        """A place for a page; errors as for :meth:`Workbench.open`."""
        self.begin()
        assert self._workbench is not None
        return self._workbench.open(document)

    def tell(self, block: Block, step: Step) -> None:
        """Say which command runs now: for a moment on a terminal, a line of its own with ``-v``."""
        first = step.command.strip("# \n").split("\n", 1)[0]
        if self._config.getoption("verbose") > 0:
            self.say(f"    {block.page}:{step.line}  $ {first}")
        elif self._config.getoption("verbose") == 0:
            self._show_for_now(f"  línea {step.line}  $ {first}")

    def hush(self) -> None:
        """Take back what was shown for a moment."""
        if self._shown_on is not None:
            self._write_over(self._shown_on, "")
            self._shown_on = None

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

    def say(self, text: str) -> None:
        """Write a line between pytest's own, at once."""
        self.hush()
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if reporter is not None:
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                reporter.ensure_newline()
                reporter.write_line(text, cyan=True)

    def finish(self) -> None:
        """End everything, and write the results file if one was asked for."""
        kubernetes = None
        if self._workbench is not None:
            try:
                kubernetes = self._workbench.kubernetes
            except ClusterLost as lost:
                self.lost = self.lost or str(lost)
            self._workbench.close()
            self._workbench = None
        self._write_recording()
        path = self._config.getoption("kubedoctest_json")
        if path is not None:
            pages = [page.result(kubernetes) for page in self.pages]
            try:
                results.write(Path(path), results.document(pages, kubernetes))
            except OSError as error:
                self.unwritten = f"No se pudieron escribir los resultados en {path}: {error}"
        amend = self._config.getoption("kubedoctest_amend")
        if amend is not None:
            made = [page.amender.amendments for page in self.pages if page.amender is not None]
            amendment.write(amend, made)

    def annotations(self) -> Iterator[str]:
        """What is wrong, for GitHub to show beside the pages' lines."""
        yield from map(github.of_problem, self.problems)
        for page in self.pages:
            failed = (o for o in page.known_outcomes() if o.status is Status.FAILED)
            yield from map(github.of_outcome, failed)
            yield from map(github.of_fault, page.faults)

    def _write_recording(self) -> None:
        path = self._config.getoption("kubedoctest_record")
        if self.recorder is None or not self.recorder.pages:
            return
        from kubedoctest.recordings import recorder, recording  # noqa: PLC0415

        secrets = recorder.secrets_of(self.settings.kubeconfig)
        recording.write(path, {**self.kept, **self.recorder.pages}, secrets)
        self.say(f"Grabado en {path}: {', '.join(self.recorder.pages)}")


class Page(pytest.File):
    """A Markdown page."""

    document: Document

    def collect(self) -> Iterable[pytest.Item]:
        """The page's blocks, and at the end the page as a whole."""
        run = self.run
        shown = _as_given(self.path)
        self.amender: Amender | None = None
        try:
            if self.config.getoption("kubedoctest_amend") is not None:
                self.amender = Amender(self.path, PageText.of(self.path.read_bytes()))
            self.document = inventory.read_page(shown, run.markdown, run.files)
        except (OSError, UnicodeDecodeError, inventory.SettingsError) as error:
            raise self.CollectError(f"{shown}: no se puede leer: {error}") from error
        if self.document.problems:
            run.problems += self.document.problems
            raise self.CollectError("\n".join(map(str, self.document.problems)))
        recorded = run.recorded
        if recorded is not None and str(shown) not in recorded and self.document.blocks:
            raise self.CollectError(
                f"{shown} no está en la grabación, que tiene: {', '.join(recorded)}. "
                "Grábenla con --kubedoctest-record=ARCHIVO."
            )
        self._place: Place | ReplayedPlace | None = None
        self._chapter: Chapter | None = None
        self._known: dict[int, tuple[Outcome, datetime]] = {}
        self._begun = 0.0
        self._seconds = 0.0
        self._finished: datetime | None = None
        self._whole = False
        self.faults: tuple[Fault, ...] = ()
        run.pages.append(self)
        for number, block in enumerate(self.document.blocks):
            yield BlockItem.from_parent(self, name=f"L{block.line}", block=block, number=number)
        yield PageItem.from_parent(self, name="cierre")

    @property
    def run(self) -> Run:
        """The run that the page is part of."""
        return self.config.stash[_RUN]

    @property
    def chapter(self) -> Chapter:
        """The page's run, begun when it is first asked for."""
        if self._chapter is None:
            self._begun = time.monotonic()
            self._place = self.run.open(self.document)
            work = self._place.work
            if self.run.recorder is not None:
                work = self.run.recorder.begin(self.document, work)
            self._chapter = Chapter(
                self.document, work, self.run.limits, self.run.tell, self.amender
            )
        return self._chapter

    def outcome(self, number: int) -> Outcome:
        """The verdict on a block; runs the page up to there."""
        outcome = self.chapter.outcome(number)
        self._known[number] = outcome, datetime.now(UTC)
        return outcome

    def known_outcomes(self) -> Iterator[Outcome]:
        """The verdicts on the blocks that were reached."""
        return (outcome for outcome, _ in self._known.values())

    def result(self, kubernetes: str | None) -> results.PageResult:
        """What became of the page, and of every block, also of those that were not reached."""
        version = kubernetes if needs_cluster(self.document) else None
        return results.PageResult(
            page=self.document.path,
            verdicts=tuple(
                self._result_of(number, block, version)
                for number, block in enumerate(self.document.blocks)
            ),
            seconds=self._seconds,
            finished=self._finished,
            kubernetes=version,
            whole=self._whole,
            faults=tuple(map(str, self.faults)),
        )

    def _result_of(self, number: int, block: Block, version: str | None) -> results.Verdict:
        outcome, finished = self._known.get(number, (None, None))
        if outcome is None or outcome.status is Status.NOT_RUN:
            missed = Outcome(block, Status.NOT_RUN, "no se llegó a ejecutar")
            return results.Verdict(outcome or missed)
        return results.Verdict(outcome, finished, version if asks_cluster(block) else None)

    def close_page(self) -> tuple[Fault, ...]:
        """End the page's run; what is wrong with the page as a whole."""
        chapter, place = self._chapter, self._place
        self._chapter = self._place = None
        if chapter is None or place is None:
            return self.faults
        path = self.document.path
        faults = [
            Fault(path, line, f"`{word}` no aparece en ningún bloque de la página")
            for line, word in chapter.unshown_names()
        ]
        if not chapter.finished and self.run.recorded is None:
            self.run.say(f"{path}: dejamos el cluster como estaba…")
        left = place.close()
        if self.run.recorder is not None:
            self.run.recorder.end(left)
        faults += [
            Fault(path, None, f"al terminar la página, {line}; agréguenlo a «Limpieza»")
            for line in left
        ]
        self._seconds = time.monotonic() - self._begun
        self._finished = datetime.now(UTC)
        self._whole = chapter.finished
        if self._whole:
            self.faults = tuple(faults)
        return self.faults

    def teardown(self) -> None:
        """End the page's run even when its last item was not selected."""
        try:
            self.close_page()
        except ClusterLost as lost:
            self.run.lost = str(lost)


class BlockItem(pytest.Item):
    """A block of a page."""

    parent: Page

    def __init__(self, *, block: Block, number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.block = block
        self.number = number

    @property
    def gist(self) -> str:
        """What tells it from its neighbours: its first command, its file or its first line."""
        step = next(iter(steps_of(self.block)), None)
        code = self.block.code.strip()
        text = step.command if step is not None else self.block.title or code
        return text.strip("# \n").split("\n", 1)[0][:80]

    def runtest(self) -> None:
        """Run the page up to this block's verdict."""
        outcome = self.parent.outcome(self.number)
        self.user_properties.append((_STATUS, outcome.status.value))
        if outcome.failure is not None:
            raise Untrue(outcome)
        if outcome.status is Status.NOT_RUN:
            raise pytest.skip.Exception(outcome.reason, _use_item_location=True)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the author needs to know; never a traceback for what a page can cause."""
        del style
        return _told(excinfo, self.path, self.block.line) or super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the block is: pytest counts lines from 0."""
        return self.path, self.block.line - 1, self.name


class PageItem(pytest.Item):
    """A page as a whole: its prose, and the state in which it leaves the cluster."""

    parent: Page

    def runtest(self) -> None:
        """Check what only the whole page can tell."""
        faults = self.parent.close_page()
        if faults:
            raise Untidy("\n".join(map(str, faults)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The faults, in Spanish."""
        del style
        return _told(excinfo, self.path, 1) or super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """The page."""
        return self.path, None, self.name


def _told(excinfo: pytest.ExceptionInfo[BaseException], page: Path, line: int) -> Told | None:
    if isinstance(excinfo.value, Untrue):
        return Told(report.failure_text(excinfo.value.outcome), str(page), line)
    if isinstance(excinfo.value, Untidy | ClusterLost | MissingCluster):
        return Told(str(excinfo.value), str(page), line)
    return None


def _as_given(path: Path) -> Path:
    """The path relative to the current directory if it is below it, as people write it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a block's own seconds, and stop the run when the cluster is lost."""
    made = yield
    item.config.stash[_RUN].hush()
    if call.when == "call":
        _name_in_junit(item)
    if isinstance(item, BlockItem) and call.when == "call":
        known = item.parent._known.get(item.number)
        if known is not None:
            made.duration = known[0].seconds
    if call.excinfo is not None and isinstance(call.excinfo.value, ClusterLost | MissingCluster):
        item.config.stash[_RUN].lost = str(call.excinfo.value)
        item.session.shouldstop = str(call.excinfo.value)
    return made


def _name_in_junit(item: pytest.Item) -> None:
    """In JUnit's file a block goes by what it is, since there nobody sees the page beside it."""
    xml = item.config.stash.get(xml_key, None)
    if xml is None:
        return
    node = xml.node_reporter(item.nodeid)
    if isinstance(item, BlockItem):
        node.add_attribute("name", f"línea {item.block.line}: {item.block.lang} {item.gist}")
        node.add_attribute("line", str(item.block.line))  # pytest's own counts from 0
    else:
        node.add_attribute("name", "la página entera")
    node.add_attribute("classname", str(_as_given(item.path)))
    node.add_attribute("file", str(_as_given(item.path)))


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, str] | None:
    """Count blocks that are only shown, or were not run, apart from those that passed."""
    if isinstance(report, pytest.CollectReport):
        return None
    status = dict(report.user_properties).get(_STATUS)
    return _WORDS.get(str(status)) if report.when == "call" else None


def pytest_collection(session: pytest.Session) -> None:
    """Refuse a file that is no recording before anything is run."""
    run, option = session.config.stash[_RUN], session.config.getoption
    if option("kubedoctest_record") is not None and option("kubedoctest_replay") is not None:
        raise pytest.UsageError(
            "--kubedoctest-record y --kubedoctest-replay no van juntas: repetir no ejecuta nada"
        )
    _ = run.recorded, run.kept


def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the guardian while pytest gets ready."""
    if not session.config.option.collectonly and session.items:
        session.config.stash[_RUN].begin()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show what a recording could not tell, and in GitHub Actions what is wrong, once more."""
    unknown = terminalreporter.getreports(_WORDS[Status.NOT_RECORDED.value][0])
    if unknown:  # pytest shows only what failed
        terminalreporter.write_sep("=", "SIN GRABAR")
    for one in unknown:
        terminalreporter.line(one.longreprtext)
    if github.active():
        for line in config.stash[_RUN].annotations():
            terminalreporter.ensure_newline()
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)  # after pytest has torn down the last page
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind, and say with the exit code that it was the cluster."""
    run = session.config.stash[_RUN]
    if not session.config.option.collectonly:
        run.finish()
    if run.unwritten is not None:
        run.say(run.unwritten)
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    if run.lost is not None:
        session.exitstatus = EXIT_NO_CLUSTER
