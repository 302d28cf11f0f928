"""Measure how much room each diagram takes, and keep it for the builds to come.

    .venv/bin/python -m tests.site.measure_diagrams

It draws them all in Chromium, on a wide page and on a phone, and writes
``scripts/mkdocs_hooks/diagram_sizes.json``. To be run when a diagram was added or changed.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from mkdocs_hooks import mermaid

from .conftest import EVERYTHING_NEAR, Site, launched, published, visiting
from .test_every_page import PHONE, settled

ROOMS = {"wide": {"width": 1440, "height": 900}, "phone": PHONE}
NATURAL = """() => [...document.querySelectorAll("div.mermaid[data-diagram]")]
  .map(diagram => [diagram.dataset.diagram, diagram.dataset.natural])"""


def measured(site: Site, browser: Browser) -> dict[str, dict[str, list[int]]]:
    """By diagram and by room, what ``mermaid.in_words`` takes."""
    sizes: dict[str, dict[str, list[int]]] = {}
    with visiting(site, browser) as visit:
        visit.page.add_init_script(EVERYTHING_NEAR)
        for page in sorted(site.folder.rglob("index.html")):
            if 'class="mermaid"' not in page.read_text(encoding="utf-8"):
                continue
            visit.page.set_viewport_size(ROOMS["wide"])
            visit.open(page.parent.relative_to(site.folder).as_posix() + "/")
            for room, size in ROOMS.items():
                visit.page.set_viewport_size(size)
                settled(visit.page, "light", room)
                for key, natural in visit.page.evaluate(NATURAL):
                    width, height, turned = natural.split()
                    known = sizes.setdefault(key, {})
                    known[room] = [int(width), int(height), int(turned == "true")]
    return sizes


def main() -> None:
    """Measure and write."""
    kept = mermaid.SIZES.read_text(encoding="utf-8")
    mermaid.SIZES.write_text("{}\n", encoding="utf-8")  # nothing known: each is tried both ways
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            launched() as browser,
            published(Path(folder)) as site,
        ):
            sizes = measured(site, browser)
    except BaseException:
        mermaid.SIZES.write_text(kept, encoding="utf-8")
        raise
    lines = [f'  "{key}": {json.dumps(sizes[key])}' for key in sorted(sizes)]
    mermaid.SIZES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(sizes)} diagrams measured")


if __name__ == "__main__":
    main()
