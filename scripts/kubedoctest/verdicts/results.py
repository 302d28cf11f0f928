"""The results file: what became of every block, for machines (the site, CI) to read.

Schema 4, a JSON object: its fields are in `results.schema.json`, beside this module.

* A page's ``seconds`` go from its snapshot of the cluster before to the one after. Pages of which
  nothing was run are not listed. ``faults`` are wrong with the page as a whole, in Spanish;
  ``unfinished`` is a page that was cut off, or run in part, and in which nothing failed.
  ``sections`` are the anchors of those that were run, none when it was the whole page; its blocks
  elsewhere are ``not-run``, and their reason is `NOT_ASKED`.
* A block is ``false`` when only what it shows is not true and its page went on as if it were,
  ``failed`` when the page stopped there; those after it are ``not-run``.
* A block's ``seconds`` are the whole block; ``working`` of them ran commands, ``waiting`` waited
  for a documented state. ``kubernetes`` is the cluster that the block was laid against, and
  ``docker`` the engine, null when it asks none; a replay does not know the engine. ``finished`` is
  when its verdict was known, null when it was not run.
* Times are UTC, ISO 8601, to the second. Within a page, blocks come in the page's order.

Several runs can be kept in one file of this very form: see :func:`merged`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the site reads results too, and needs nothing of what makes them
    from kubedoctest.page.document import Block
    from kubedoctest.verdicts.outcome import Outcome

SCHEMA = 4
UNTRUE = frozenset({"failed", "false"})
"""The ends of a block that is not true."""
NOT_ASKED = "no se pidió"
"""Why a block was not run that is in another section than those that were asked for."""
_TAB = 4  # what Python-Markdown makes of a tab


class ResultsError(Exception):
    """A file that is not of this schema. The message is for the user, in Spanish."""


@dataclass(frozen=True)
class Versions:
    """Of the cluster and of the container engine; None where there was none."""

    kubernetes: str | None = None
    docker: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a block, when (None: it was not run), and by what."""

    outcome: Outcome
    finished: datetime | None = None
    versions: Versions = Versions()


@dataclass(frozen=True)
class PageResult:
    """What became of a page."""

    page: Path
    verdicts: tuple[Verdict, ...]
    seconds: float  # from the snapshot before to the one after; 0 when nothing of it was run
    finished: datetime | None  # when it ended; None when nothing of it was run
    versions: Versions
    whole: bool  # it was run to its end
    faults: tuple[str, ...] = ()  # what is wrong with it as a whole, one line each, in Spanish
    sections: tuple[str, ...] = ()  # the anchors of those that were run; none for the whole page

    @property
    def status(self) -> str:
        """As in the file."""
        return _status({v.outcome.status.value for v in self.verdicts}, self.faults, self.whole)


def _status(blocks: set[str], faults: Collection[str], whole: bool) -> str:
    """That of a page, by those of its blocks."""
    if faults or blocks & UNTRUE:
        return "failed"
    return "passed" if whole and "not-run" not in blocks else "unfinished"


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


def document(pages: Sequence[PageResult], versions: Versions) -> dict[str, Any]:
    """The results as the JSON object described above."""
    return {
        "schema": SCHEMA,
        **asdict(versions),
        "finished": _moment(datetime.now(UTC)),
        "pages": [_page(page) for page in pages if page.finished is not None],
        "blocks": [_block(verdict) for page in pages for verdict in page.verdicts],
    }


def merged(
    older: dict[str, Any] | None, newer: dict[str, Any], keep: Callable[[str], bool]
) -> dict[str, Any]:
    """The latest results of every page, from two of these objects.

    A page of ``newer`` replaces that of ``older``, but not with a run that was cut off, which is no
    verdict; where sections of it were run, only their blocks are replaced. Of both, only the pages
    that ``keep`` says yes to stay.
    """
    known = _by_page(older) if older is not None else {}
    for page, (told, blocks) in _by_page(newer).items():
        if told["sections"]:
            known[page] = _with_sections(known.get(page, (told, blocks)), (told, blocks))
        elif told["status"] != "unfinished":
            known[page] = told, blocks
    kept = [known[page] for page in sorted(known) if keep(page)]
    return {
        **newer,
        "pages": [told for told, _ in kept],
        "blocks": [block for _, blocks in kept for block in blocks],
    }


_Known = tuple[dict[str, Any], list[dict[str, Any]]]
"""What the results say of a page: itself, and its blocks in order."""


def _by_page(found: dict[str, Any]) -> dict[str, _Known]:
    blocks: dict[str, list[dict[str, Any]]] = {}
    for block in found["blocks"]:
        blocks.setdefault(block["page"], []).append(block)
    return {page["page"]: (page, blocks.get(page["page"], [])) for page in found["pages"]}


def _with_sections(older: _Known, newer: _Known) -> _Known:
    """A page's results with those of a run of some of its sections.

    A block that was not run keeps its older result, as long as it has not been edited since.
    """
    page, before = older
    told, now = newer
    blocks = list(now)
    then = [str(block["content"]) for block in before]
    contents = [str(block["content"]) for block in now]
    for a, b, size in SequenceMatcher(None, then, contents, autojunk=False).get_matching_blocks():
        for old, at in zip(before[a : a + size], range(b, b + size), strict=True):
            if blocks[at]["status"] == "not-run":
                blocks[at] = {**old, "line": blocks[at]["line"]}
    faults = list(dict.fromkeys([*page["faults"], *told["faults"]]))
    status = _status({block["status"] for block in blocks}, faults, whole=True)
    return {**page, "status": status, "faults": faults}, blocks


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
    write_whole(path, f"{json.dumps(results, ensure_ascii=False, indent=1)}\n".encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that who reads it meanwhile sees as it was before, or as it is after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
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
        **asdict(page.versions),
        "finished": _moment(page.finished),
        "faults": list(page.faults),
        "sections": list(page.sections),
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
        **asdict(verdict.versions),
        "finished": _moment(verdict.finished),
    }
