"""Take the picture by which a link to the site is previewed: the home page's first screen.

    .venv/bin/python -m tests.site.take_cover

It writes ``docs/assets/portada.png``, with the latest results of `./taller verificar`. To be run
when the home page, or the block of a chapter that it shows, has changed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect

from mkdocs_hooks import verified

from .conftest import ROOT, launched, published, visiting

COVER = ROOT / "docs" / "assets" / "portada.png"
SIZE = {"width": 1200, "height": 630}  # CSS pixels, which are the picture's: what networks ask for


def main() -> int:
    """Take it; 1 if there are no results that it could show."""
    if not verified.of_project(ROOT):
        print("No hay resultados: antes hay que correr ./taller verificar.", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        published(Path(folder)) as site,
        visiting(site, browser) as visit,
    ):
        visit.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        visit.page.emulate_media(color_scheme="light")
        visit.open()
        expect(visit.page.locator(".muestra .verificado--si")).to_be_in_viewport()
        visit.page.screenshot(path=COVER, animations="disabled")
    print(f"{COVER.relative_to(ROOT)}: {COVER.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
