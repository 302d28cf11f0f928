"""The plugin's options and hooks. Use it as ``pytest -p kubedoctest.plugin PAGE.md``.

``PAGE.md#anchor`` runs one section of a page. This package alone knows pytest.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter
from _pytest.junitxml import xml_key

from kubedoctest.cluster.api import ClusterLost
from kubedoctest.page import inventory
from kubedoctest.page.document import PageError, Titles
from kubedoctest.page.transcript import steps_of
from kubedoctest.plugin.session import RUN, PageRun, PytestRun
from kubedoctest.run.chapter_context import Limits
from kubedoctest.run.part import PartRun
from kubedoctest.run.run_session import MissingCluster
from kubedoctest.update.page_edits import PageText
from kubedoctest.verdicts import report
from kubedoctest.verdicts.outcome import Outcome, Status

EXIT_NO_CLUSTER = 3
"""The exit code of a run whose cluster could not be had, or was lost."""
EXIT_UNUSABLE_PAGE = 2
"""The exit code when all that is wrong is how a page is written: a mistake of use."""

_WORDS = {
    Status.SHOWN.value: ("mostrados", "m", "MOSTRADO"),
    Status.NOT_RUN.value: ("sin ejecutar", "n", "SIN EJECUTAR"),
    Status.NOT_RECORDED.value: ("sin grabar", "g", "SIN GRABAR"),
}


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
        help="lo que los comandos encuentran copiado en su carpeta: relativo a la anterior o, si "
        "es una ruta absoluta, por su nombre",
    )
    add("--kubedoctest-mkdocs", type=Path, metavar="ARCHIVO", help="mkdocs.yml del sitio")
    add("--kubedoctest-json", type=Path, metavar="ARCHIVO", help="escribe ahí los resultados")
    add(
        "--kubedoctest-keep-going",
        action="store_true",
        help="si solo una salida no es cierta, lo dice y sigue con la página",
    )
    add(
        "--kubedoctest-update",
        type=Path,
        metavar="ARCHIVO",
        help="sigue así también, y escribe ahí qué habría que cambiar en las páginas",
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
        "--kubedoctest-path",
        action="append",
        default=[],
        metavar="CARPETA",
        help="va delante en el PATH de los comandos",
    )
    add(
        "--kubedoctest-own-cluster",
        action="store_true",
        help="nadie más usa ese cluster: al final de cada página se borra todo lo que apareció, y "
        "no solo lo que la página nombra",
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
    add(
        "--kubedoctest-start",
        default=Titles.start,
        metavar="TÍTULO",
        help="el de lo que prepara una sección que se puede correr sola (por omisión, %(default)s)",
    )
    add(
        "--kubedoctest-cleanup",
        default=Titles.cleanup,
        metavar="TÍTULO",
        help="el de lo que deja el cluster como estaba (por omisión, %(default)s)",
    )
    add(
        "--kubedoctest-shuffle",
        type=int,
        metavar="N",
        help="corre en un orden al azar, el de ese número, las secciones de cada página que se "
        "pueden correr solas",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep the run's state with the configuration."""
    config.stash[RUN] = PytestRun(config)
    config.stash[RUN].take_sections()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Page | None:
    """Collect Markdown pages."""
    if file_path.suffix == ".md":
        page: Page = Page.from_parent(parent, path=file_path)
        return page
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give a block's own seconds, and stop the run when the cluster is lost."""
    made = yield
    item.config.stash[RUN].line.hush()
    if call.when == "call":
        _name_in_junit(item)
    if isinstance(item, BlockItem) and call.when == "call":
        made.duration = made.duration if item.known is None else item.known.seconds
    if call.excinfo is not None and isinstance(call.excinfo.value, ClusterLost | MissingCluster):
        item.config.stash[RUN].lost = str(call.excinfo.value)
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
    node.add_attribute("classname", str(as_given(item.path)))
    node.add_attribute("file", str(as_given(item.path)))


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, str] | None:
    """Count blocks that are only shown, or were not run, apart from those that passed."""
    if isinstance(report, pytest.CollectReport):
        return None
    status = dict(report.user_properties).get(STATUS)
    return _WORDS.get(str(status)) if report.when == "call" else None


def pytest_collection(session: pytest.Session) -> None:
    """Refuse a file that is no recording, and start the supervisor while pages are read."""
    run, option = session.config.stash[RUN], session.config.getoption
    if option("kubedoctest_record") is not None and option("kubedoctest_replay") is not None:
        raise pytest.UsageError(
            "--kubedoctest-record y --kubedoctest-replay no van juntas: repetir no ejecuta nada"
        )
    _ = run.recorded, run.kept
    if not session.config.option.collectonly:
        run.session()
    gc.freeze()  # these and all modules stay: they need not be looked through for garbage


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show what could not be told, what is not compared and, for GitHub, what is wrong."""
    unknown = terminalreporter.getreports(_WORDS[Status.NOT_RECORDED.value][0])
    if unknown:  # pytest shows only what failed
        terminalreporter.write_sep("=", "SIN GRABAR")
    for one in unknown:
        terminalreporter.line(one.longreprtext)
    for line in config.stash[RUN].uncompared(details=config.getoption("verbose") > 0):
        terminalreporter.ensure_newline()
        terminalreporter.write_line(line)
    if report.active():
        for line in config.stash[RUN].annotations():
            terminalreporter.ensure_newline()
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)  # after pytest has torn down the last page
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind, and say with the exit code what stopped pages from being run."""
    run = session.config.stash[RUN]
    if not session.config.option.collectonly:
        run.finish()
    if run.unusable and run.unusable == session.testsfailed:
        session.exitstatus = EXIT_UNUSABLE_PAGE
    if run.unwritten is not None:
        run.line.say(run.unwritten)
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    if run.lost is not None:
        session.exitstatus = EXIT_NO_CLUSTER


# -- pytest's view of a page: each block is an item, named by file and line (``page.md::L57``)

STATUS = "kubedoctest"
"""The property of a report that holds its block's status."""


class Untrue(Exception):
    """A block or a page that is not true. The message is for the user, in Spanish."""


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
        if isinstance(excinfo.value, Untrue | ClusterLost | MissingCluster):
            return FailureRepr(str(excinfo.value), str(self.path), self.line or 1)
        return super().repr_failure(excinfo)

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
            raise Untrue(report.failure_text(outcome))
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
            raise Untrue("\n".join(map(str, faults)))


class UnusableItem(_Item):
    """A page that cannot be run as it is written."""

    def __init__(self, *, why: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._why = why

    def runtest(self) -> None:
        """Say what is wrong with it."""
        raise Untrue(self._why)


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
