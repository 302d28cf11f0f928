"""The results file: what became of every block, for machines (the site, CI) to read.

Schema 2, a JSON object; `results.schema.json`, beside this module, says it for validators::

    {"schema": 2,
     "kubernetes": "v1.37.2" or null (nothing needed a cluster),
     "finished": "2026-11-23T20:28:01+00:00",
     "pages": [{"page": "docs/04.md", "status": "passed" | "failed" | "unfinished",
                "seconds": 18.2, "kubernetes": "v1.37.2" or null, "finished": "…",
                "faults": ["docs/04.md:12: …"]}],
     "blocks": [{"page": "docs/04.md", "line": 57, "lang": "console", "role": "transcript",
                 "status": "passed" | "failed" | "not-run" | "shown"
                           | "not-recorded" (only in a replay), "reason": "",
                 "seconds": 1.52, "commands": 3, "working": 0.31, "waiting": 1.1,
                 "content": "sha256 of the fence's text, 16 hex digits",
                 "kubernetes": "v1.37.2" or null, "finished": "…" or null}]}

* A page's ``seconds`` go from its snapshot of the cluster before to the one after. Pages of which
  nothing was run are not listed. ``faults`` are wrong with the page as a whole, in Spanish;
  ``unfinished`` is a page that was cut off, or run in part, and in which nothing failed.
* A block's ``seconds`` are the whole block; ``working`` of them ran commands, ``waiting`` waited
  for a documented state. ``kubernetes`` is the cluster that the block was laid against, null when
  it asks none. ``finished`` is when its verdict was known, null when it was not run.
* Times are UTC, ISO 8601, to the second. Within a page, blocks come in the page's order.

Several runs can be kept in one file of this very form: see :func:`merged`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the site reads results too, and needs nothing of what makes them
    from kubedoctest.page.document import Block
    from kubedoctest.verdicts.outcome import Outcome

SCHEMA = 2
_TAB = 4  # what Python-Markdown makes of a tab


class ResultsError(Exception):
    """A file that is not of this schema. The message is for the user, in Spanish."""


@dataclass(frozen=True)
class Verdict:
    """What became of a block, when, and by which cluster; both None when there was none."""

    outcome: Outcome
    finished: datetime | None = None
    kubernetes: str | None = None


@dataclass(frozen=True)
class PageResult:
    """What became of a page.

    Attributes:
        seconds: from the snapshot before to the one after; 0 when nothing of it was run.
        finished: when it ended; None when nothing of it was run.
        whole: it was run to its end.
        faults: what is wrong with it as a whole, one line each, in Spanish.
    """

    page: Path
    verdicts: tuple[Verdict, ...]
    seconds: float
    finished: datetime | None
    kubernetes: str | None
    whole: bool
    faults: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """As in the file."""
        if self.faults or any(v.outcome.status.value == "failed" for v in self.verdicts):
            return "failed"
        return "passed" if self.whole else "unfinished"


def content_hash(block: Block) -> str:
    """What tells whether a block has been edited since it was run."""
    return hash_of(block.lang, block.title, block.code)


def hash_of(lang: str, title: str | None, code: str) -> str:
    """As :func:`content_hash`, from a fence's parts, as they are written or as they are rendered.

    A renderer expands tabs and drops blank lines at either end, so these do not count.
    """
    lines = [line.rstrip() for line in code.expandtabs(_TAB).split("\n")]
    text = "\n".join(lines).strip("\n")
    whole = f"{lang.lower()}\0{title or ''}\0{text}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def document(pages: Sequence[PageResult], kubernetes: str | None) -> dict[str, Any]:
    """The results as the JSON object described above."""
    return {
        "schema": SCHEMA,
        "kubernetes": kubernetes,
        "finished": _moment(datetime.now(UTC)),
        "pages": [_page(page) for page in pages if page.finished is not None],
        "blocks": [_block(verdict) for page in pages for verdict in page.verdicts],
    }


def merged(
    older: dict[str, Any] | None, newer: dict[str, Any], keep: Callable[[str], bool]
) -> dict[str, Any]:
    """The latest results of every page, from two of these objects.

    A page of ``newer`` replaces that of ``older``, but not with a run that was cut off, which is no
    verdict. Of both, only the pages that ``keep`` says yes to stay.
    """
    if older is None:
        older = {"pages": [], "blocks": []}
    fresh = {p["page"] for p in newer["pages"] if p["status"] != "unfinished"}
    pages = [p for p in older["pages"] if p["page"] not in fresh]
    pages += [p for p in newer["pages"] if p["page"] in fresh]
    pages = sorted((p for p in pages if keep(p["page"])), key=lambda p: str(p["page"]))
    sources = {p["page"]: newer if p["page"] in fresh else older for p in pages}
    blocks = [b for page, source in sources.items() for b in source["blocks"] if b["page"] == page]
    return {**newer, "pages": pages, "blocks": blocks}


def read(path: Path) -> dict[str, Any] | None:
    """The results in a file, or None when there is no such file.

    Raises:
        ResultsError: it cannot be read, or is of another schema.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: no se pueden leer los resultados: {error}") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise ResultsError(f"{path}: no son resultados de esta versión (schema {SCHEMA})")
    return content


def write(path: Path, results: dict[str, Any]) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(results, file, ensure_ascii=False, indent=1)
            file.write("\n")
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(UTC).isoformat(timespec="seconds")


def _page(page: PageResult) -> dict[str, Any]:
    return {
        "page": str(page.page),
        "status": page.status,
        "seconds": round(page.seconds, 3),
        "kubernetes": page.kubernetes,
        "finished": _moment(page.finished),
        "faults": list(page.faults),
    }


def _block(verdict: Verdict) -> dict[str, Any]:
    outcome = verdict.outcome
    block = outcome.block
    return {
        "page": str(block.page),
        "line": block.line,
        "lang": block.lang,
        "role": block.role.value,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "seconds": round(outcome.seconds, 3),
        "commands": outcome.commands,
        "working": round(outcome.working, 3),
        "waiting": round(outcome.waiting, 3),
        "content": content_hash(block),
        "kubernetes": verdict.kubernetes,
        "finished": _moment(verdict.finished),
    }
