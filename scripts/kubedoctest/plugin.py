"""pytest's view of a page: each block is an item, named by file and line (``page.md::L57``).

The only module that knows pytest. Use it as ``pytest -p kubedoctest.plugin PAGE.md``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from kubedoctest import environment, inventory, report, results
from kubedoctest.chapter import Chapter, Limits
from kubedoctest.cluster import ClusterLost
from kubedoctest.document import Block, Document
from kubedoctest.outcome import Outcome, Status
from kubedoctest.transcript import Step
from kubedoctest.workbench import MissingCluster, Place, Settings, Workbench

EXIT_NO_CLUSTER = 3
"""The exit code of a run whose cluster could not be had, or was lost."""

_STATUS = "kubedoctest"
_RUN = pytest.StashKey["Run"]()
_WORDS = {
    Status.SHOWN.value: ("mostrados", "m", "MOSTRADO"),
    Status.NOT_RUN.value: ("sin ejecutar", "n", "SIN EJECUTAR"),
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
        self._workbench: Workbench | None = None
        self.pages: list[Page] = []
        self.lost: str | None = None

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

    def begin(self) -> None:
        """Start what takes a moment to start, to be ready when the first command comes."""
        if self._workbench is None:
            self._workbench = Workbench(self.settings, self.say)

    def open(self, document: Document) -> Place:
        """A place for a page; errors as for :meth:`Workbench.open`."""
        self.begin()
        assert self._workbench is not None
        return self._workbench.open(document)

    def tell(self, block: Block, step: Step) -> None:
        """Say which command runs now, when the user asked for ``-v``."""
        if self._config.getoption("verbose") > 0:
            first = step.command.strip("# \n").split("\n", 1)[0]
            self.say(f"    {block.page}:{step.line}  $ {first}")

    def say(self, text: str) -> None:
        """Write a line between pytest's own, at once."""
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
        path = self._config.getoption("kubedoctest_json")
        if path is not None:
            outcomes = [outcome for page in self.pages for outcome in page.outcomes()]
            pages = {page.document.path: page.seconds for page in self.pages if page.seconds}
            results.write(Path(path), results.document(outcomes, kubernetes, pages))


class Page(pytest.File):
    """A Markdown page."""

    document: Document

    def collect(self) -> Iterable[pytest.Item]:
        """The page's blocks, and at the end the page as a whole."""
        run = self.run
        shown = _as_given(self.path)
        try:
            self.document = inventory.read_page(shown, run.markdown, run.files)
        except (OSError, UnicodeDecodeError, inventory.SettingsError) as error:
            raise self.CollectError(f"{shown}: no se puede leer: {error}") from error
        if self.document.problems:
            raise self.CollectError("\n".join(map(str, self.document.problems)))
        self._place: Place | None = None
        self._chapter: Chapter | None = None
        self._known: dict[int, Outcome] = {}
        self._begun = 0.0
        self.seconds = 0.0
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
            self._chapter = Chapter(self.document, self._place.work, self.run.limits, self.run.tell)
        return self._chapter

    def outcome(self, number: int) -> Outcome:
        """The verdict on a block; runs the page up to there."""
        self._known[number] = self.chapter.outcome(number)
        return self._known[number]

    def outcomes(self) -> Iterator[Outcome]:
        """A verdict for every block, also for those that were not reached."""
        for number, block in enumerate(self.document.blocks):
            yield self._known.get(number) or Outcome(
                block, Status.NOT_RUN, "no se llegó a ejecutar"
            )

    def close_page(self) -> list[str]:
        """End the page's run; what is wrong with the page as a whole, in Spanish."""
        chapter, place = self._chapter, self._place
        self._chapter = self._place = None
        if chapter is None or place is None:
            return []
        faults = [
            f"{self.document.path}:{line}: `{word}` no aparece en ningún bloque de la página"
            for line, word in chapter.unshown_names()
        ]
        if not chapter.finished:
            self.run.say(f"{self.document.path}: dejamos el cluster como estaba…")
        faults += [
            f"{self.document.path}: al terminar la página, {line}; agréguenlo a «Limpieza»"
            for line in place.close()
        ]
        self.seconds = time.monotonic() - self._begun
        return faults if chapter.finished else []

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

    def runtest(self) -> None:
        """Run the page up to this block's verdict."""
        outcome = self.parent.outcome(self.number)
        self.user_properties.append((_STATUS, outcome.status.value))
        if outcome.status is Status.FAILED:
            raise Untrue(outcome)
        if outcome.status is Status.NOT_RUN:
            pytest.skip(outcome.reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What the author needs to know; never a traceback for what a page can cause."""
        del style
        return _explained(excinfo) or super().repr_failure(excinfo)

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
            raise Untidy("\n".join(faults))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The faults, in Spanish."""
        del style
        return _explained(excinfo) or super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """The page."""
        return self.path, None, self.name


def _explained(excinfo: pytest.ExceptionInfo[BaseException]) -> str | None:
    if isinstance(excinfo.value, Untrue):
        return report.failure_text(excinfo.value.outcome)
    if isinstance(excinfo.value, Untidy | ClusterLost | MissingCluster):
        return str(excinfo.value)
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
    if isinstance(item, BlockItem) and call.when == "call":
        known = item.parent._known.get(item.number)
        if known is not None:
            made.duration = known.seconds
    if call.excinfo is not None and isinstance(call.excinfo.value, ClusterLost | MissingCluster):
        item.config.stash[_RUN].lost = str(call.excinfo.value)
        item.session.shouldstop = str(call.excinfo.value)
    return made


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, str] | None:
    """Count blocks that are only shown, or were not run, apart from those that passed."""
    if isinstance(report, pytest.CollectReport):
        return None
    status = dict(report.user_properties).get(_STATUS)
    return _WORDS.get(str(status)) if report.when == "call" else None


def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the guardian while pytest gets ready."""
    if not session.config.option.collectonly and session.items:
        session.config.stash[_RUN].begin()


@pytest.hookimpl(trylast=True)  # after pytest has torn down the last page
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind, and say with the exit code that it was the cluster."""
    run = session.config.stash[_RUN]
    if not session.config.option.collectonly:
        run.finish()
    if run.lost is not None:
        session.exitstatus = EXIT_NO_CLUSTER
