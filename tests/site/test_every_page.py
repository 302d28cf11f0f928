"""What holds on every page of the site, read in one visit to each: light, dark, and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from kubedoctest.comparison.documented import versions
from kubedoctest.page import inventory, transcript
from kubedoctest.page.document import Block, Role

from .conftest import ROOT, Site, visiting

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Each look, and what axe examines in it. A change of palette changes colours only, and a narrow
# page has the colours of the wide one; measuring contrast is most of what axe takes.
COLOURS = ["color-contrast", "link-in-text-block"]
LOOKS = {
    "light": {"runOnly": TAGS},
    "dark": {"runOnly": COLOURS},
    "phone": {"runOnly": TAGS, "rules": {rule: {"enabled": False} for rule in COLOURS}},
}
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
# A line of a console block, and whether it looks like a command, an answer and a remark.
LINES = """() => [...document.querySelectorAll("article .language-console code")].map(code => {
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


@pytest.fixture(scope="module")
def seen(site: Site, browser: Browser) -> Iterator[dict[str, Seen]]:
    """Every page, by its address."""
    pages = [path.relative_to(site.folder).as_posix() for path in site.folder.rglob("*.html")]
    told = {}
    for page in sorted(pages):
        address = page.removesuffix("index.html")
        with visiting(site, browser) as visit:
            visit.page.emulate_media(color_scheme="light")
            visit.open(address)
            told[address] = look(visit.page)
            told[address].foreign = visit.foreign
            told[address].complaints = visit.complaints
    assert {"", "03-kubernetes/", "04-hola-mundo-real/", "glosario/", "404.html"} < set(told)
    yield told


def look(page: Page) -> Seen:
    settled(page, "light", "wide")
    told = Seen(
        foreign=[],
        complaints=[],
        language=str(page.evaluate("document.documentElement.lang")),
        headings=page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
        ),
        copied=page.evaluate(
            "[...document.querySelectorAll('article .language-console pre > code')]"
            ".map(code => code.dataset.copy)"
        ),
        lines=page.evaluate(LINES),
        blocks=page.locator("article div.highlight").count(),
    )
    page.evaluate(AXE)
    for name in LOOKS:
        if name == "dark":
            page.emulate_media(color_scheme="dark")
        if name == "phone":
            page.set_viewport_size(PHONE)
        settled(
            page, "light" if name == "light" else "dark", "narrow" if name == "phone" else "wide"
        )
        told.violations[name] = violations(page, LOOKS[name])
        told.diagrams[name] = page.evaluate(DIAGRAMS)
    told.overflow = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    # Sizes are observed once a frame.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    told.unsaid = page.evaluate(SCROLLING)
    told.cut = page.evaluate(CUT)
    told.scrolling = page.evaluate(
        "[...document.querySelectorAll('article pre > code, article .md-typeset__scrollwrap')]"
        ".filter(box => box.scrollWidth > box.clientWidth).length"
    )
    return told


def settled(page: Page, scheme: str, room: str) -> None:
    """Wait until the palette is that one and every diagram is drawn for it."""
    palette = "default" if scheme == "light" else "slate"
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", palette)
    drawn = f'.mermaid--dibujado[data-theme="{scheme}"][data-room="{room}"]'
    expect(page.locator(f"div.mermaid:not({drawn})")).to_have_count(0, timeout=30_000)
    # Colours of a change under way are nobody's.
    page.evaluate("Promise.all(document.getAnimations().map(a => a.finished.catch(() => null)))")


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = page.evaluate(
        "options => axe.run({resultTypes: ['violations'], ...options})"
        ".then(result => result.violations)",
        options,
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def wrong(seen: dict[str, Seen], what: Any) -> dict[str, Any]:
    """By page, what of it is wrong; empty if nothing is."""
    return {page: found for page, told in seen.items() if (found := what(told))}


def test_nothing_is_asked_of_another_origin(seen: dict[str, Seen]) -> None:
    assert wrong(seen, lambda page: page.foreign) == {}


def test_the_console_stays_empty(seen: dict[str, Seen]) -> None:
    not_there = "the server responded with a status of 404"
    assert wrong(seen, lambda p: [c for c in p.complaints if not_there not in c]) == {}
    assert wrong(seen, lambda p: p.complaints) == {}


@pytest.mark.parametrize("name", LOOKS)
def test_axe_finds_nothing(seen: dict[str, Seen], name: str) -> None:
    assert wrong(seen, lambda page: page.violations[name]) == {}


def test_the_language_is_marked(seen: dict[str, Seen]) -> None:
    assert wrong(seen, lambda page: page.language != "es") == {}


def test_headings_come_in_order(seen: dict[str, Seen]) -> None:
    def skips(page: Seen) -> list[tuple[int, int]]:
        pairs = zip([0, *page.headings], page.headings, strict=False)
        return [(before, after) for before, after in pairs if after > before + 1]

    assert wrong(seen, skips) == {}
    assert wrong(seen, lambda page: page.headings.count(1) != 1) == {}


def test_every_diagram_is_drawn_and_said_in_words(seen: dict[str, Seen]) -> None:
    def unlike(page: Seen) -> list[dict[str, Any]]:
        every = [diagram for look in page.diagrams.values() for diagram in look]
        return [d for d in every if not d["drawn"] or d["wrong"] or not (d["name"] and d["words"])]

    assert wrong(seen, unlike) == {}
    assert sum(len(page.diagrams["light"]) for page in seen.values()) > 20


def test_letters_of_diagrams_can_be_read(seen: dict[str, Seen]) -> None:
    def small(page: Seen) -> list[tuple[str, float]]:
        every = [diagram for look in page.diagrams.values() for diagram in look]
        return [(d["name"], d["letters"]) for d in every if d["letters"] < SMALLEST]

    assert wrong(seen, small) == {}


def test_letters_of_diagrams_can_be_read_on_paper(seen: dict[str, Seen]) -> None:
    def small(page: Seen) -> list[tuple[str, float]]:
        return [
            (d["name"], d["printed"]) for d in page.diagrams["light"] if d["printed"] < SMALLEST
        ]

    assert wrong(seen, small) == {}


def test_diagrams_are_seen_whole(seen: dict[str, Seen]) -> None:
    assert wrong(seen, lambda page: [d for d in page.diagrams["light"] if d["hidden"]]) == {}
    # Fonts differ: on a phone, a diagram may lack a little.
    assert wrong(seen, lambda page: [d for d in page.diagrams["phone"] if d["hidden"] > 60]) == {}


def test_titles_of_groups_are_beside_what_they_hold(seen: dict[str, Seen]) -> None:
    def colliding(page: Seen) -> list[str]:
        return [words for look in page.diagrams.values() for d in look for words in d["collisions"]]

    assert wrong(seen, colliding) == {}


def test_what_scrolls_on_a_phone_says_so(seen: dict[str, Seen]) -> None:
    assert wrong(seen, lambda page: page.unsaid) == {}


def test_no_word_of_a_table_is_cut(seen: dict[str, Seen]) -> None:
    assert wrong(seen, lambda page: page.cut) == {}


def test_long_lines_scroll_inside_their_block(seen: dict[str, Seen]) -> None:
    assert wrong(seen, lambda page: page.overflow > 0) == {}
    assert seen["04-hola-mundo-real/"].scrolling > 10, "there is nothing that could overflow"


# -- the chapters' blocks, against what the harness reads in the same pages


def blocks_of(name: str) -> list[Block]:
    document = inventory.read_page(
        ROOT / "docs" / name, inventory.settings(ROOT / "mkdocs.yml"), ROOT
    )
    return list(document.blocks)


PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def address(name: str) -> str:
    return "" if name == "index.md" else name.removesuffix(".md") + "/"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_as_many_blocks_as_the_inventory(seen: dict[str, Seen], name: str) -> None:
    blocks, page = blocks_of(name), seen[address(name)]
    drawn = sum(block.role is Role.RENDERED for block in blocks)
    assert len(page.diagrams["light"]) == drawn
    assert page.blocks == len(blocks) - drawn


def console(name: str) -> list[Block]:
    return [block for block in blocks_of(name) if block.lang == "console"]


@pytest.mark.parametrize("name", PAGES)
def test_copying_gives_the_commands_that_the_harness_runs(seen: dict[str, Seen], name: str) -> None:
    told = [
        "\n".join(step.command for step in transcript.steps_of(block) if not step.continues)
        for block in console(name)
    ]
    shown = seen[address(name)].copied
    assert shown == [without_remarks(text) for text in told]


def without_remarks(command: str) -> str:
    return "\n".join(re.sub(r"\s{2,}# .*$", "", line) for line in command.split("\n"))


@pytest.mark.parametrize("name", PAGES)
def test_commands_answers_and_remarks_look_different(seen: dict[str, Seen], name: str) -> None:
    for block, lines in zip(console(name), seen[address(name)].lines, strict=True):
        answers = [
            line.text for step in transcript.steps_of(block) for line in step.output if line.text
        ]
        assert [line["text"] for line in lines if "go" in line["kinds"]] == answers, block.line
        remarked = [text for text in answers if len(versions(text)) > 1]
        marked = [line["text"] for line in lines if {"go", "c1"} <= set(line["kinds"])]
        assert marked == remarked, block.line
        for line in lines:
            typed = line["text"].startswith(("$ ", "> ")) and line["text"] not in answers
            assert ("gp" in line["kinds"]) == typed, line["text"]
