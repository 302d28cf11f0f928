"""The program in which a page's ``python`` fences run: pytest-markdown-docs, one fence at a time.

`run_session.Interpreter` starts it as ``python -I -u fence_runner.py PAGE SHOWN FILES CONTROL``,
with the page's environment, and tells it what to run over its standard input, one JSON object a
line: ``{"number", "source", "output"}``, or ``{"end": true}``. The answer to each is a line
``done STATUS NUMBER`` to the control FIFO; what the fence prints, its traceback included, goes to
the file ``output``.

Inside, it is a pytest session whose items are pytest-markdown-docs' own, made when their turn
comes: `conftest.py`, fixtures and hooks work as they do there. Three things differ. The fences were
found by the harness, so that those in tabs, lists and admonitions run too. A ``continuation`` goes
on in the names of the fence before, instead of running that one again. And no fence runs twice
unless it says ``retry:N``: there, one that raises TypeError does.
"""

from __future__ import annotations

import asyncio
import json
import linecache
import os
import re
import sys
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from pytest_markdown_docs._runners import DefaultRunner, get_runner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import MarkdownInlinePythonItem

STARTUP = "startup"  # a file beside the control FIFO


class Raised(Exception):
    """Stands for whatever a fence raised, so that nothing that it raises ends this program."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


@register_runner(default=True)
class PageRunner(DefaultRunner):
    """Runs fences in the names of the page."""

    def __init__(self) -> None:
        self.continues = False
        self._names: dict[str, Any] = {}
        self._process = os.getpid()

    def runtest(
        self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: Any = None
    ) -> None:
        """Run a fence; ``args`` are the globals and fixtures that it sees.

        Raises:
            Raised: the fence raised something.
        """
        if not self.continues:
            self._names = {"__name__": "__main__"}
        self._names |= {k: v for k, v in args.items() if not k.startswith("__")}
        try:
            with asyncio.Runner() as own:
                super().runtest(test, self._names, asyncio_runner=asyncio_runner or own)
        except BaseException as error:  # exits too: only the fence ends
            if os.getpid() != self._process:
                sys.excepthook(type(error), error, error.__traceback__)
                os._exit(1)
            raise Raised(error) from error
        finally:
            if os.getpid() != self._process:  # a child that the fence forked and that ran on
                sys.stdout.flush()
                os._exit(0)


class PageFences(pytest.File):
    """The page, whose fences come one by one."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item, never run: what pytest is told comes next, so that it keeps the page open."""
        yield self.item("", "", ())

    def item(self, name: str, source: str, options: tuple[str, ...]) -> pytest.Item:
        """A fence as pytest-markdown-docs' item."""
        retries = [word.removeprefix("retry:") for word in options if word.startswith("retry:")]
        definition = FenceTestDefinition(
            source=source,
            fixture_names=tuple(
                word.removeprefix("fixture:") for word in options if word.startswith("fixture:")
            ),
            start_line=len(source) - len(source.lstrip("\n")),
            source_path=Path(_SHOWN),
            runner_name=None,
            max_retries=int(retries[0]) if retries else 0,
        )
        made: pytest.Item = MarkdownInlinePythonItem.from_parent(
            self, name=name, test_definition=definition
        )
        return made


class Session:
    """The pytest plugin that runs what it is told to."""

    def __init__(self, page: Path, orders: int, control: str) -> None:
        self._page = page
        self._orders = orders
        self._control = control
        self._error: BaseException | str | None = None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> PageFences | None:
        """Collect the page."""
        if file_path != self._page:
            return None
        made: PageFences = PageFences.from_parent(parent, path=file_path)
        return made

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the fences that come, until the end."""
        following = session.items[0]
        page = following.parent
        assert isinstance(page, PageFences)
        with os.fdopen(self._orders) as orders:
            for line in orders:
                order = json.loads(line)
                if "end" in order:
                    break
                _write_to(order["output"])
                status = self._run(page, following, order["source"])
                _write_to(os.devnull)
                Path(self._control).write_text(f"done {status} {order['number']}\n")
        return True

    def _run(self, page: PageFences, following: pytest.Item, source: str) -> int:
        header, _, rest = source.partition("\n")
        options = tuple(header.removeprefix("#").split())
        runner = get_runner(None)
        assert isinstance(runner, PageRunner)
        runner.continues = "continuation" in options
        self._error = None
        item = page.item(f"L{len(rest) - len(rest.lstrip())}", f"\n{rest}", options)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # the fence may have replaced or closed it
                stream.flush()
        if self._error is None:
            return 0
        os.write(2, _account(self._error).encode(errors="replace"))
        return 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the first thing that went wrong, a skip included."""
        report = yield
        if not report.passed and self._error is None:
            error = call.excinfo.value if call.excinfo else None
            own = isinstance(error, Raised)
            self._error = error.error if isinstance(error, Raised) else error
            if not own and not isinstance(error, pytest.skip.Exception):
                self._error = str(report.longrepr)  # a fixture; pytest explains it best
        del item
        return report


def _write_to(path: str) -> None:
    """Send what the fence and its children print to a file from now on."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    os.close(opened)


def _account(error: BaseException | str) -> str:
    """The traceback from the page's own line on, as Python prints it."""
    if isinstance(error, str):
        return error.rstrip("\n") + "\n"
    shown: BaseException | None = error
    while shown is not None:
        shown.__traceback__ = _from_page(shown.__traceback__)
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)
    return "".join(traceback.format_exception(error))


def _from_page(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename != _SHOWN:
        trace = trace.tb_next
    return trace


def _main(page: Path, files: str, control: str) -> None:
    _write_to(str(Path(control).with_name(STARTUP)))  # what is wrong before the first fence
    orders = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    lines = [line + "\n" for line in re.split(r"\r?\n", page.read_text(encoding="utf-8-sig"))]
    linecache.cache[_SHOWN] = (0, None, lines, _SHOWN)
    arguments = [str(page), "-c", os.devnull, f"--rootdir={files}", f"--confcutdir={files}"]
    arguments += ["--disable-plugin-autoload", "-p", "pytest_markdown_docs.plugin", "-s"]
    arguments += ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:terminal"]
    for checks in ("faulthandler", "threadexception", "unraisableexception", "warnings"):
        arguments += ["-p", f"no:{checks}"]
    try:
        pytest.main(arguments, plugins=[Session(page, orders, control)])
    finally:
        os._exit(1)  # whatever threads the page has left


if __name__ == "__main__":
    _SHOWN = sys.argv[2]
    _main(Path(sys.argv[1]), *sys.argv[3:5])
