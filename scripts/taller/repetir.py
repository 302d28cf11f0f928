"""``verificar --repetir``: compare the chapters with a recorded run, without a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taller import summary
from taller.chapters import Chosen
from taller.exits import ExitCode
from taller.pages import copy, run_pages
from taller.project import REPLAYED
from taller.voice import say

_NO_USE = ("logging", "threadexception", "unraisableexception")
"""pytest's plugins that a replay has no use for: it starts no thread and holds nothing open."""
_AGAIN = "Para grabar: ./taller verificar CAPÍTULOS --grabar ARCHIVO"


def replay(
    pages: Sequence[Chosen], recording: Path, json: Path | None = None, keep_going: bool = False
) -> ExitCode:
    """Compare ``pages`` with what was recorded; the last real run's results stay.

    Args:
        pages: the Markdown pages.
        recording: a file that ``--grabar`` wrote.
        json: a file for the results.
        keep_going: go on with a page after an output that is not true.
    """
    REPLAYED.unlink(missing_ok=True)
    options = [f"--kubedoctest-replay={recording}", f"--kubedoctest-json={REPLAYED}"]
    options += [f"-pno:{plugin}" for plugin in _NO_USE]
    if keep_going:
        options.append("--kubedoctest-keep-going")
    code = run_pages(pages, *options)
    if not REPLAYED.is_file() or code is ExitCode.WRONG_USE:
        say(_AGAIN)
        return code
    if json is not None:
        copy(REPLAYED, json)
    results = summary.read(REPLAYED)
    summary.show(results, f"Bloques comparados con {recording.name}")
    if any(row.unrecorded for row in results.rows):
        say(_AGAIN)
    print(results.closing_line(untrue=code is ExitCode.NOT_TRUE), flush=True)
    return code
