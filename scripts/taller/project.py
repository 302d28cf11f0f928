"""Where the parts of the project are."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SCRIPTS = ROOT / "scripts"
SITE = ROOT / "site"
MKDOCS = ROOT / "mkdocs.yml"
STATE = ROOT / ".taller"  # caches and results of this checkout; never committed
DOWNLOADS = STATE / "pages/descargas"  # what pages find as if a reader had downloaded it
_KEPT = Path(os.environ.get("TALLER_RESULTS") or STATE)  # tests keep theirs elsewhere
REPLAYED = _KEPT / "repetido.json"  # of the last replay: no cluster stands behind it
RESULTS = _KEPT / "resultados.json"  # of the last run


def shown(path: Path) -> str:
    """``path`` as people name it: relative to the project when it is inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
