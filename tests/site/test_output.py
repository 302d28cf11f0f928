"""What transcripts show can be read: on a phone, when it is long, when something has failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from .conftest import Site, Visit, visiting

pytestmark = pytest.mark.browser

# Of each table that tells how pods stand, the rows whose state ends out of sight; but for the long
# ones of which half a word is seen, in a block that says that there is more.
OUT_OF_SIGHT = """codes => codes.flatMap(code => {
  const lines = code.textContent.split("\\n");
  const probe = document.createElement("span");
  probe.textContent = "0".repeat(100);
  probe.style.position = "absolute";
  code.append(probe);
  const letter = probe.getBoundingClientRect().width / 100;
  probe.remove();
  const room = code.clientWidth - parseFloat(getComputedStyle(code).paddingLeft);
  let column = -1;
  return lines.filter(line => {
    if (/READY +STATUS/.test(line)) column = line.indexOf("STATUS");
    const state = column > 0 && /^\\S+ +\\d+\\/\\d/.test(line) && line.slice(column).match(/^\\S+/);
    if (!state) return false;
    const enough = code.classList.contains("sobra") ? 8 : Infinity;
    return (column + Math.min(state[0].length, enough)) * letter > room + 1;
  });
})"""


@pytest.fixture(scope="module")
def chapter(site: Site, browser: Browser) -> Iterator[Visit]:
    with visiting(site, browser) as visit:
        visit.page.set_viewport_size({"width": 360, "height": 740})
        visit.open("04-hola-mundo-real/")
        yield visit


def showing(chapter: Visit, text: str) -> Locator:
    return chapter.page.locator(".language-console code", has_text=text).first


def test_status_of_pods_is_in_sight_on_a_phone(chapter: Visit) -> None:
    blocks = chapter.page.locator(".language-console code")
    assert blocks.filter(has_text="STATUS").count() > 10
    expect(blocks.and_(chapter.page.locator(".sobra")).first).to_be_attached()
    assert blocks.evaluate_all(OUT_OF_SIGHT) == []


def test_a_block_that_has_more_says_so_and_can_be_broken(chapter: Visit) -> None:
    block = showing(chapter, "app=mi-app,pod-template-hash=")
    block.scroll_into_view_if_needed()
    expect(block).to_have_class("sobra")
    assert "gradient" in block.evaluate("code => getComputedStyle(code).backgroundImage")
    button = block.locator("..").get_by_role("button", name="Partir los renglones largos")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(block).not_to_have_class("sobra")
    button.click()
    expect(block).to_have_class("sobra")
    whole = showing(chapter, "pod/mi-pod created")
    assert whole.locator("..").locator(".partir").count() == 0


def test_long_messages_and_commands_are_broken_by_default(chapter: Visit) -> None:
    block = showing(chapter, "Unsupported value")
    assert block.evaluate("code => code.scrollWidth - code.clientWidth") <= 0


# Words of commands, with hyphens and shorter than a line, that are in two lines.
BROKEN = """codes => codes.flatMap(code => {
  for (let box = code; box = box.closest("details:not([open])");) box.open = true;
  const found = [];
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const letters = [];
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (parentElement.closest(".go")) letters.push([" ", null, 0]);
    else letters.push(...[...data].map((sign, n) => [sign, texts.currentNode, n]));
  }
  const written = letters.map(([sign]) => sign).join("");
  for (const { 0: word, index } of written.matchAll(/\\S*-\\S*/g)) {
    if (word.length > 38) continue;
    const range = document.createRange();
    range.setStart(letters[index][1], letters[index][2]);
    const [, last, at] = letters[index + word.length - 1];
    range.setEnd(last, at + 1);
    const tops = [...range.getClientRects()].map(box => Math.round(box.top / 4));
    if (Math.max(...tops) - Math.min(...tops) > 1) found.push(word);
  }
  return found;
})"""


def test_no_flag_and_no_name_is_broken_at_its_hyphens(chapter: Visit) -> None:
    commands = chapter.page.locator("article :is(.language-console, .language-bash) code")
    assert commands.count() > 50
    assert commands.evaluate_all(BROKEN) == []


def test_what_failed_differs_by_more_than_colour(chapter: Visit) -> None:
    failed = chapter.page.locator(".language-console .mal", has_text="ImagePullBackOff").first
    look = failed.evaluate(
        "e => { const s = getComputedStyle(e);"
        " return {weight: s.fontWeight, line: s.textDecorationLine}; }"
    )
    assert look == {"weight": "700", "line": "underline"}
    running = chapter.page.locator(".language-console .bien").first
    assert running.evaluate("e => getComputedStyle(e).fontWeight") == "400"


def test_comments_of_a_manifest_are_numbers_on_a_phone_and_copied_whole(chapter: Visit) -> None:
    block = chapter.page.locator(".language-yaml:has(.llamada)").first
    comments = chapter.page.locator(".llamadas").first
    expect(comments).to_be_visible()
    note = block.locator(".llamada").first
    assert note.locator(".c1").evaluate("e => getComputedStyle(e).fontSize") == "0px"
    assert "# ya no v1" in str(block.locator("code").evaluate("code => code.innerText"))
    assert block.locator("code").evaluate("code => code.scrollWidth - code.clientWidth") <= 0
    chapter.page.set_viewport_size({"width": 1440, "height": 900})
    expect(comments).to_be_hidden()
    assert note.locator(".c1").evaluate("e => getComputedStyle(e).fontSize") != "0px"


def test_two_terminals_stand_side_by_side_where_a_page_says_so(chapter: Visit) -> None:
    pair = chapter.page.locator(".terminales").first
    first, second = pair.locator(".terminal--1").first, pair.locator(".terminal--2").first
    for width, beside in ((1440, True), (768, False)):
        chapter.page.set_viewport_size({"width": width, "height": 900})
        one, two = first.bounding_box(), second.bounding_box()
        assert one and two
        assert (abs(one["y"] - two["y"]) < 2 and one["x"] + one["width"] <= two["x"]) is beside
    expect(first.locator(".filename")).to_have_text("Terminal 1")
    assert chapter.complaints == []
