"""The plugin's options and hooks. Use it as ``pytest -p kubedoctest.plugin PAGE.md``.

``PAGE.md#anchor`` runs one section of a page. This package alone knows pytest.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.junitxml import xml_key

from kubedoctest.cluster.api import ClusterLost
from kubedoctest.page.document import Titles
from kubedoctest.plugin.items import STATUS, BlockItem, Page, as_given
from kubedoctest.plugin.session import RUN, PytestRun
from kubedoctest.run.chapter_context import Limits
from kubedoctest.run.run_session import MissingCluster
from kubedoctest.verdicts import report
from kubedoctest.verdicts.outcome import Status

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
        "--kubedoctest-hold",
        type=float,
        default=Limits.hold,
        metavar="SEGUNDOS",
        help="cuánto tiene que durar lo último que se muestra antes de cambiar algo: lo que tarda "
        "una persona en escribir el comando que sigue (por omisión, %(default)s)",
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
    """Refuse a file that is no recording before anything is run."""
    run, option = session.config.stash[RUN], session.config.getoption
    if option("kubedoctest_record") is not None and option("kubedoctest_replay") is not None:
        raise pytest.UsageError(
            "--kubedoctest-record y --kubedoctest-replay no van juntas: repetir no ejecuta nada"
        )
    _ = run.recorded, run.kept


def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the supervisor while pytest gets ready."""
    if not session.config.option.collectonly and session.items:
        session.config.stash[RUN].session()


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
