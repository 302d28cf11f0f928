"""Where the parts of the project are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SCRIPTS = ROOT / "scripts"
SITE = ROOT / "site"
MKDOCS = ROOT / "mkdocs.yml"
STATE = ROOT / ".taller"  # caches and results of this checkout; never committed
REPLAYED = STATE / "repetido.json"  # of the last replay: no cluster stands behind it
RESULTS = STATE / "resultados.json"  # of the last run


def shown(path: Path) -> str:
    """``path`` as people name it: relative to the project when it is inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
