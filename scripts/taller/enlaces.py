"""``enlaces``: the links that leave the site, and whether they still lead somewhere.

Links inside the site are no matter of this: no build with a broken one ends well. Others break
without anything of ours changing, so they are checked apart, by LinkChecker, and stop nobody.
"""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path

from rich.markup import escape

from taller.construir import build_into
from taller.exits import ExitCode
from taller.project import MKDOCS, ROOT
from taller.voice import say

TIMEOUT = 30  # seconds that a server has to answer
_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
_LINK = re.compile(r'<a\b[^<>]*\bhref="(https?://[^"]+)"')
_LAB = re.compile(r"https?://(?:[\w.-]+\.)?localhost\b")  # the reader's own cluster
_ISSUE = re.compile(r"https://github\.com/[^/]+/[^/]+/issues/new\?")  # one by block, to be filled
_OWN = re.compile(r"^(?:site_url|edit_uri): *(\S+)", re.MULTILINE)
_COPIES = ("archivos/", "imprimir/")  # they repeat what the chapters say
# Its own settings, whatever the person's are; as root it goes on as nobody, all the same.
_SETTINGS = "[checking]\nrecursionlevel=0\n"


def show() -> ExitCode:
    """Print each link and the pages that hold it."""
    with tempfile.TemporaryDirectory() as folder:
        code = build_into(Path(folder))
        if code is not ExitCode.FINE:
            return code
        for url, pages in external(Path(folder), own_addresses()).items():
            print(f"{url}\n    {', '.join(pages)}")
    return ExitCode.FINE


def check() -> ExitCode:
    """Ask for each link; NOT_TRUE if one does not answer, and where it is."""
    with tempfile.TemporaryDirectory() as folder:
        code = build_into(Path(folder))
        if code is not ExitCode.FINE:
            return code
        links = external(Path(folder), own_addresses())
    say(f"Pidiendo {len(links)} enlaces…")
    broken = broken_of(list(links))
    for url, reason in broken.items():
        print(f"{url}\n    {reason}\n    {', '.join(links[url])}")
    if broken:
        say(f"[yellow]![/] {len(broken)} de {len(links)} no responden bien.")
        return ExitCode.NOT_TRUE
    say(f"[green]✓[/] Los {len(links)} responden.")
    return ExitCode.FINE


def own_addresses() -> tuple[str, ...]:
    """What the site's own addresses begin with, and those where its pages are edited."""
    return tuple(_OWN.findall(MKDOCS.read_text(encoding="utf-8")))


def external(site: Path, own: Sequence[str]) -> dict[str, list[str]]:
    """By link that leaves the built site, the pages that hold it, both in order."""
    found: dict[str, list[str]] = {}
    for page in sorted(site.rglob("*.html")):
        name = page.relative_to(site).as_posix().removesuffix("index.html") or "inicio"
        if name.startswith(_COPIES):
            continue
        for url in _links(page.read_text(encoding="utf-8")):
            if not url.startswith(tuple(own)) and not (_LAB.match(url) or _ISSUE.match(url)):
                pages = found.setdefault(url, [])
                pages += [name] if name not in pages else []
    return dict(sorted(found.items()))


def broken_of(urls: Sequence[str]) -> Mapping[str, str]:
    """Of these addresses, those that do not answer well, and why, in LinkChecker's words."""
    if not urls:
        return {}
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as settings:
        settings.write(_SETTINGS)
        settings.flush()
        result = subprocess.run(
            [
                *(sys.executable, "-m", "linkcheck", "--stdin", "--config", settings.name),
                *("--check-extern", "--no-robots", "--no-status", "--no-warnings"),
                *("--verbose", "--output", "csv/utf-8", "--timeout", str(TIMEOUT)),
            ],
            input="\n".join(urls),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    asked = {row["urlname"]: row for row in _rows(result.stdout)}
    if unasked := [url for url in urls if url not in asked]:
        say(escape(result.stderr.strip()))
        raise RuntimeError(f"LinkChecker no dijo nada de {', '.join(unasked)}")
    return {url: asked[url]["result"] for url in urls if asked[url]["valid"] != "True"}


def _links(html: str) -> Iterator[str]:
    article = _ARTICLE.search(html)
    for url in _LINK.findall(article[0] if article else ""):
        yield unescape(url)


def _rows(table: str) -> Iterator[dict[str, str]]:
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    yield from csv.DictReader(lines, delimiter=";")
