"""What holds on every page of the site, read in one visit to each: light, dark, and on a phone.

Of each page that people write and of each that hooks make: ``-k gateway`` visits that one alone.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from kubedoctest.page import inventory, transcript
from kubedoctest.page.document import Block, Role
from kubedoctest.page.transcript import versions
from mkdocs_hooks import file_pages, printable

from .conftest import EVERYTHING_NEAR, FRAMES, ROOT, Site, finish_changes, opened, reader

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Each look, and what axe examines in it. A change of palette changes colours only, and a narrow
# page has the colours of the wide one; measuring contrast is most of what axe takes. In the light,
# of every text; in the dark, where all is in its place as it was, of each kind (:data:`KINDS`).
COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS = {
    "light": {"runOnly": TAGS},
    "dark": {"runOnly": COLOURS},
    "phone": {"runOnly": TAGS, "rules": {rule: {"enabled": False} for rule in COLOURS}},
}
# The page that holds all the others has their colours, and takes axe as long as all of them: it is
# asked once, where there is least room.
TOGETHER = "imprimir/"
TOGETHER_LOOKS = {"light": None, "phone": LOOKS["phone"]}
# Texts of a page, some of each kind: those that have in common what contrast is reckoned from, of
# their own and of all that they are in, are one.
KINDS = """() => {
  const read = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode",
    "fontSize", "fontWeight", "textShadow", "textDecorationLine", "display", "position", "clipPath",
    "visibility"];
  const kinds = new Map(), known = new Map([[null, 0]]), some = new Map();
  axe.setup(document);
  function kind(element) {
    if (!known.has(element)) {
      const style = getComputedStyle(element);
      const own = [kind(element.parentElement), ...read.map(name => style[name])].join("|");
      if (!kinds.has(own)) kinds.set(own, kinds.size + 1);
      known.set(element, kinds.get(own));
    }
    return known.get(element);
  }
  for (const element of document.body.querySelectorAll("*")) {
    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!says || !axe.commons.dom.isVisibleOnScreen(element)) continue;
    const like = some.get(kind(element)) ?? [];
    if (like.length < 3) some.set(kind(element), [...like, element]);
  }
  axe.teardown();
  return [...some.values()].flat();
}"""
PHONE = {"width": 360, "height": 740}
SMALLEST = 12.0  # CSS pixels of a diagram's letters
DIAGRAMS = """() => [...document.querySelectorAll("article div.mermaid")].map(diagram => {
  const svg = diagram.querySelector("svg");
  const words = diagram.nextElementSibling;
  return {
    drawn: diagram.classList.contains("mermaid--dibujado") && svg !== null,
    wrong: diagram.textContent.includes("Syntax error"),
    name: diagram.getAttribute("role") === "img" ? diagram.getAttribute("aria-label") : null,
    words: words?.matches("p.mermaid-palabras") ? words.textContent : null,
    letters: svg && 16 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width,
    printed: svg && 16 * Math.min(1, 680 / svg.viewBox.baseVal.width),
    hidden: diagram.scrollWidth - diagram.clientWidth,
    collisions: [...diagram.querySelectorAll(".cluster-label")].flatMap(title => {
      const a = title.getBoundingClientRect();
      return [...diagram.querySelectorAll(".node")].filter(node => {
        const b = node.getBoundingClientRect();
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      }).map(node => `${title.textContent} / ${node.textContent}`);
    }),
    crossed: [...diagram.querySelectorAll(".flowchart-link")].flatMap(arrow => {
      const length = arrow.getTotalLength(), shown = arrow.getScreenCTM();
      const points = Array.from({length: 41}, (_, n) =>
        arrow.getPointAtLength(length * n / 40).matrixTransform(shown));
      return [...diagram.querySelectorAll(".node .label-container")].filter(box => {
        const own = box.getScreenCTM().inverse();
        const within = points.map(point => box.isPointInFill(point.matrixTransform(own)));
        return within.slice(2, -2).some(Boolean) && !within[0] && !within.at(-1);
      }).map(box => `${arrow.id} / ${box.parentNode.textContent}`);
    }),
  };
})"""
# Whether what overflows says so, and nothing else does; and words of tables that are cut in two.
SCROLLING = """() => [...document.querySelectorAll("div.mermaid, .md-typeset__scrollwrap")]
  .filter(box => (box.scrollWidth > box.clientWidth)
    !== getComputedStyle(box).backgroundImage.includes("gradient"))
  .map(box => box.textContent.trim().slice(0, 40))"""
CUT = """() => {
  const cut = [];
  for (const cell of document.querySelectorAll("article :is(th, td)")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const word of texts.currentNode.data.matchAll(/[\\p{L}\\d]+/gu)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) cut.push(word[0]);
      }
    }
  }
  return cut;
}"""
OWN = ":not(.respuesta *, .muestra *)"  # of the page itself: answers are the chapters'
# A line of a console block, and whether it looks like a command, an answer and a remark.
LINES = """own => [
  ...document.querySelectorAll(`article .language-console${own} code`)
].map(code => {
  const lines = [{text: "", kinds: []}];
  const walk = (node, kinds) => {
    if (node.nodeType !== Node.TEXT_NODE) {
      const known = ["gp", "go", "c1"].filter(name => node.classList.contains(name));
      for (const child of node.childNodes) walk(child, [...kinds, ...known]);
      return;
    }
    node.data.split("\\n").forEach((text, n) => {
      if (n > 0) lines.push({text: "", kinds: []});
      lines.at(-1).text += text;
      if (text.trim()) lines.at(-1).kinds.push(...kinds);
    });
  };
  for (const child of code.childNodes) walk(child, []);
  return lines;
})"""


@dataclass
class Seen:
    """What a page showed, asked for and complained about."""

    foreign: list[str]
    complaints: list[str]
    language: str
    headings: list[int]
    copied: list[str]
    lines: list[list[dict[str, Any]]]
    blocks: int
    diagrams: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)
    overflow: int = 0  # how much wider than a phone the page is
    unsaid: list[str] = field(default_factory=list)  # what scrolls on a phone and does not say so
    cut: list[str] = field(default_factory=list)  # words of its tables, on a phone
    scrolling: int = 0  # its blocks and tables that scroll inside, on a phone

    @property
    def every_diagram(self) -> list[dict[str, Any]]:
        """In every look."""
        return [diagram for look in self.diagrams.values() for diagram in look]


def address(source: str) -> str:
    """Where the site shows a page, by its source."""
    path = PurePosixPath(source)
    folder = path.parent if path.stem == "index" else path.with_suffix("")
    return "" if folder == PurePosixPath() else f"{folder}/"


def folders() -> list[str]:
    return sorted({path.relative_to(EXTRAS).parts[0] for path in EXTRAS.glob("*/**/*")})


DOCS, EXTRAS = ROOT / "docs", ROOT / file_pages.FOLDER
WRITTEN = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
MADE = [printable.SOURCE, file_pages.INDEX, *map(file_pages.page_of, folders())]
EVERY = [*map(address, [*WRITTEN, *MADE]), "404.html"]


@pytest.fixture(scope="module")
def visits(site: Site, browser: Browser) -> Iterator[Callable[[str], Seen]]:
    """What a page showed, by its address; each is visited when it is first asked for."""
    context = reader(browser)  # one, who has loaded the libraries once

    @functools.cache
    def visited(page: str) -> Seen:
        with opened(site, context) as visit:
            visit.page.emulate_media(color_scheme="light")
            visit.page.add_init_script(EVERYTHING_NEAR)
            visit.page.goto(site.url + page)
            told = look(visit.page, LOOKS if page != TOGETHER else TOGETHER_LOOKS)
            visit.page.wait_for_load_state("networkidle")  # it is by now: nothing came later
            told.foreign = visit.foreign
            told.complaints = visit.complaints
        return told

    yield visited
    context.close()


@pytest.fixture(params=EVERY, ids=lambda page: page or "inicio")
def seen(request: pytest.FixtureRequest, visits: Callable[[str], Seen]) -> Seen:
    """Every page, one after another."""
    return visits(request.param)


def look(page: Page, looks: Mapping[str, dict[str, Any] | None]) -> Seen:
    scheme, room = "light", "wide"
    settled(page, scheme, room)
    told = Seen(
        foreign=[],
        complaints=[],
        language=str(page.evaluate("document.documentElement.lang")),
        headings=page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
        ),
        copied=page.evaluate(
            f"[...document.querySelectorAll('article .language-console{OWN} pre > code')]"
            ".map(code => code.dataset.copy)"
        ),
        lines=page.evaluate(LINES, OWN),
        blocks=page.locator(f"article div.highlight{OWN}").count(),
    )
    page.evaluate(AXE)
    for name, options in looks.items():
        if name == "dark":
            scheme = "dark"
            page.emulate_media(color_scheme="dark")
        if name == "phone":
            room = "phone"
            page.set_viewport_size(PHONE)
        settled(page, scheme, room)
        if options is not None:
            told.violations[name] = violations(page, options, of_each_kind=name == "dark")
        told.diagrams[name] = page.evaluate(DIAGRAMS)
    told.overflow = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    # Sizes are observed once a frame.
    page.evaluate(FRAMES)
    told.unsaid = page.evaluate(SCROLLING)
    told.cut = page.evaluate(CUT)
    told.scrolling = page.evaluate(
        "[...document.querySelectorAll('article pre > code, article .md-typeset__scrollwrap')]"
        ".filter(box => box.scrollWidth > box.clientWidth).length"
    )
    return told


def settled(page: Page, scheme: str, room: str) -> None:
    """Wait until the palette is that one and every diagram is drawn for that room."""
    palette = "default" if scheme == "light" else "slate"
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", palette)
    drawn = f'.mermaid--dibujado[data-room="{room}"]'
    expect(page.locator(f"div.mermaid:not({drawn})")).to_have_count(0)
    finish_changes(page)  # colours of a change under way are nobody's


def violations(page: Page, options: dict[str, Any], *, of_each_kind: bool = False) -> list[str]:
    where = f"{{include: ({KINDS})()}}" if of_each_kind else "document"
    found = page.evaluate(
        f"options => axe.run({where}, {{resultTypes: ['violations'], ...options}})"
        ".then(result => result.violations)",
        options,
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def test_no_page_is_left_out(site: Site) -> None:
    pages = [path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html")]
    assert sorted(page.removesuffix("index.html") for page in pages) == sorted(EVERY)


def test_nothing_is_asked_of_another_origin(seen: Seen) -> None:
    assert seen.foreign == []


def test_the_console_stays_empty(seen: Seen) -> None:
    assert seen.complaints == []


def test_axe_finds_nothing(seen: Seen) -> None:
    assert {look: found for look, found in seen.violations.items() if found} == {}


def test_the_language_is_marked(seen: Seen) -> None:
    assert seen.language == "es"


def test_headings_come_in_order(seen: Seen) -> None:
    pairs = zip([0, *seen.headings], seen.headings, strict=False)
    assert [(before, after) for before, after in pairs if after > before + 1] == []
    assert seen.headings.count(1) == 1


def test_every_diagram_is_drawn_and_said_in_words(seen: Seen) -> None:
    for diagram in seen.every_diagram:
        assert diagram["drawn"] and not diagram["wrong"], diagram
        assert diagram["name"] and diagram["words"], diagram


def test_letters_of_diagrams_can_be_read(seen: Seen) -> None:
    assert [d for d in seen.every_diagram if d["letters"] < SMALLEST] == []


def test_letters_of_diagrams_can_be_read_on_paper(seen: Seen) -> None:
    assert [d for d in seen.diagrams["light"] if d["printed"] < SMALLEST] == []


def test_diagrams_are_seen_whole(seen: Seen) -> None:
    assert [d for d in seen.diagrams["light"] if d["hidden"]] == []
    # Fonts differ: on a phone, a diagram may lack a little.
    assert [d for d in seen.diagrams["phone"] if d["hidden"] > 60] == []


def test_titles_of_groups_are_beside_what_they_hold(seen: Seen) -> None:
    assert [words for d in seen.every_diagram for words in d["collisions"]] == []


def test_arrows_pass_beside_the_boxes(seen: Seen) -> None:
    assert [words for d in seen.every_diagram for words in d["crossed"]] == []


def test_what_scrolls_on_a_phone_says_so(seen: Seen) -> None:
    assert seen.unsaid == []


def test_no_word_of_a_table_is_cut(seen: Seen) -> None:
    assert seen.cut == []


def test_long_lines_scroll_inside_their_block(seen: Seen) -> None:
    assert seen.overflow <= 0


def test_there_are_diagrams_and_what_could_overflow(visits: Callable[[str], Seen]) -> None:
    chapter = visits("04-hola-mundo-real/")
    assert len(chapter.diagrams["light"]) > 5
    assert chapter.scrolling > 10


# -- the blocks of the pages that people write, against what the harness reads in them


def blocks_of(source: str) -> list[Block]:
    document = inventory.read_page(DOCS / source, inventory.settings(ROOT / "mkdocs.yml"), ROOT)
    return list(document.blocks)


def console(source: str) -> list[Block]:
    return [block for block in blocks_of(source) if block.lang == "console"]


@pytest.fixture(params=WRITTEN)
def written(request: pytest.FixtureRequest, visits: Callable[[str], Seen]) -> tuple[str, Seen]:
    """Each page that people write: its source, and what it showed."""
    return request.param, visits(address(request.param))


def test_a_page_shows_as_many_blocks_as_the_inventory(written: tuple[str, Seen]) -> None:
    source, seen = written
    blocks = blocks_of(source)
    drawn = sum(block.role is Role.RENDERED for block in blocks)
    assert len(seen.diagrams["light"]) == drawn
    assert seen.blocks == len(blocks) - drawn


def test_copying_gives_the_commands(written: tuple[str, Seen]) -> None:
    source, seen = written
    for block, copied in zip(console(source), seen.copied, strict=True):
        if block.role is Role.TRANSCRIPT:
            commands = [step.command for step in transcript.parse(block) if not step.continues]
        else:  # shown only, and perhaps nothing that can be run
            commands = re.findall(r"^\$ (.*)$", block.code, re.MULTILINE)
        assert copied == without_remarks("\n".join(commands)), block.line


def without_remarks(command: str) -> str:
    return "\n".join(re.sub(r"\s{2,}# .*$", "", line) for line in command.split("\n"))


def test_commands_answers_and_remarks_look_different(written: tuple[str, Seen]) -> None:
    source, seen = written
    for block, lines in zip(console(source), seen.lines, strict=True):
        if block.role is not Role.TRANSCRIPT:
            continue
        answers = [
            line.text for step in transcript.parse(block) for line in step.output if line.text
        ]
        assert [line["text"] for line in lines if "go" in line["kinds"]] == answers, block.line
        remarked = [text for text in answers if len(versions(text)) > 1]
        marked = [line["text"] for line in lines if {"go", "c1"} <= set(line["kinds"])]
        assert marked == remarked, block.line
        for line in lines:
            typed = line["text"].startswith(("$ ", "> ")) and line["text"] not in answers
            assert ("gp" in line["kinds"]) == typed, line["text"]
