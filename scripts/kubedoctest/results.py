"""The results file: what became of every block, for machines (the site, CI) to read.

Schema 1, a JSON object::

    {"schema": 1,
     "kubernetes": "v1.37.2" or null (no block needed a cluster),
     "finished": "2026-11-23T20:28:01+00:00",
     "pages": [{"page": "docs/04.md", "seconds": 18.2}],
     "blocks": [{"page": "docs/04.md", "line": 57, "lang": "console", "role": "transcript",
                 "status": "passed" | "failed" | "not-run" | "shown", "reason": "",
                 "seconds": 1.52, "commands": 3, "working": 0.31, "waiting": 1.1,
                 "content": "sha256 of the fence's text, 16 hex digits"}]}

A page's ``seconds`` go from its snapshot of the cluster before to the one after, for the pages that
were run. A block's are the whole block; ``working`` of them ran commands, ``waiting`` waited for a
documented state.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kubedoctest.document import Block
from kubedoctest.outcome import Outcome

SCHEMA = 1


def content_hash(block: Block) -> str:
    """What tells whether a block has been edited since it was run."""
    text = f"{block.lang}\0{block.title or ''}\0{block.code}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def document(
    outcomes: Sequence[Outcome], kubernetes: str | None, pages: Mapping[Path, float]
) -> dict[str, Any]:
    """The results as the JSON object described above."""
    return {
        "schema": SCHEMA,
        "kubernetes": kubernetes,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "pages": [{"page": str(p), "seconds": round(s, 3)} for p, s in pages.items()],
        "blocks": [_block(outcome) for outcome in outcomes],
    }


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


def _block(outcome: Outcome) -> dict[str, Any]:
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
    }
