"""Copying from a console block, through the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from .conftest import EVERYTHING_NEAR, Site, Visit, visiting
from .test_marks import CONTRAST

pytestmark = pytest.mark.browser

CHAPTER = "04-hola-mundo-real/"
TRANSCRIPT = """╰─ kubectl delete pod mi-app-tr8jm   # nuestra víctima
pod "mi-app-tr8jm" deleted from default namespace
$ kubectl apply -f - <<'FIN'
> kind: Pod
> metadata: {name: b}   # queda
> FIN
pod/b created
$ kubectl get pods \\
    -o wide
NAME   READY
> esto es salida
^C  # Ctrl-C
$ printf 'uno
> dos'
uno
dos"""
COMMANDS = [
    "kubectl delete pod mi-app-tr8jm",
    "kubectl apply -f - <<'FIN'\nkind: Pod\nmetadata: {name: b}   # queda\nFIN",
    "kubectl get pods \\\n    -o wide",
    "printf 'uno\ndos'",
]
# A console block as Pygments writes it, for the transcript given.
ADD = """transcript => {
  const block = document.createElement("div");
  block.className = "language-console highlight prueba";
  block.innerHTML = "<pre><code></code></pre>";
  for (const line of transcript.split("\\n")) {
    const [, prompt, text] = line.match(/^((?:[$>]|╰─) )?(.*)$/);
    const span = document.createElement("span");
    span.className = "gp";
    span.textContent = prompt ?? "";
    if (prompt) block.querySelector("code").append(span);
    block.querySelector("code").append(`${text}\\n`);
  }
  document.querySelector("article").append(block);
  document$.next(document);  // the next page that Material announces is this one
}"""


def ready(visit: Visit) -> Visit:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.add_init_script(EVERYTHING_NEAR)  # also Material's buttons, which wait until then
    visit.open(CHAPTER)
    # Material gives each block its button once; one that a test adds before that has two.
    expect(visit.page.locator(".language-console nav.md-code__nav").first).to_be_attached()
    return visit


@pytest.fixture(scope="module")
def chapter(site: Site, browser: Browser) -> Iterator[Visit]:
    """The chapter, for tests that leave it as it was."""
    with visiting(site, browser) as visit:
        yield ready(visit)


@pytest.fixture
def own_chapter(visit: Visit) -> Visit:
    """The chapter, for a test that changes it."""
    return ready(visit)


def copied(visit: Visit, button: Locator) -> str:
    visit.page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    visit.page.wait_for_function("async () => await navigator.clipboard.readText() !== ''")
    return str(visit.page.evaluate("navigator.clipboard.readText()"))


def test_a_block_gives_its_commands_and_nothing_else(chapter: Visit) -> None:
    block = chapter.page.locator(".language-console").filter(has_text="delete pod mi-pod").first
    shown = block.locator("code").inner_text()
    text = copied(chapter, block.get_by_role("button", name="Copiar al portapapeles"))
    expect(chapter.page.get_by_text("Copiado al portapapeles")).to_be_visible()
    commands = [line[2:] for line in shown.splitlines() if line.startswith("$ ")]
    assert len(commands) > 1
    assert text.splitlines() == [line.split("   #")[0].rstrip() for line in commands]


def test_each_prompt_gives_its_own_command(chapter: Visit) -> None:
    block = chapter.page.locator(".language-console").filter(has_text="nuestra víctima").first
    prompts = block.locator(".copiar")
    assert copied(chapter, prompts.nth(0)) == "kubectl get pods"
    assert copied(chapter, prompts.nth(1)) == "kubectl delete pod mi-app-tr8jm"
    name = "Copiar este comando: kubectl delete pod mi-app-tr8jm"
    expect(prompts.nth(1)).to_have_accessible_name(name)


def test_one_command_needs_one_button(chapter: Visit) -> None:
    single = chapter.page.locator(".language-console:not(:has(.copiar))")
    assert single.count() > 5
    for text in single.locator("code").all_inner_texts():
        assert sum(line.startswith("$ ") for line in text.splitlines()) <= 1


def test_here_documents_and_continued_commands_go_whole(own_chapter: Visit) -> None:
    own_chapter.page.evaluate(ADD, TRANSCRIPT)
    block = own_chapter.page.locator(".prueba")
    prompts = block.locator(".copiar")
    assert [copied(own_chapter, prompt) for prompt in prompts.all()] == COMMANDS
    assert block.locator("code").get_attribute("data-copy") == "\n".join(COMMANDS)


def test_copying_works_after_instant_navigation(own_chapter: Visit) -> None:
    own_chapter.page.evaluate("window.sameDocument = true")
    own_chapter.page.get_by_role("link", name="03 Kubernetes").first.click()
    expect(own_chapter.page.locator("h1")).to_contain_text("nuestro primer pod")
    prompt = own_chapter.page.locator(".copiar").first
    command = copied(own_chapter, prompt)
    assert command.startswith("kubectl")
    expect(prompt).to_have_accessible_name(f"Copiar este comando: {command}")
    assert own_chapter.page.evaluate("window.sameDocument")
    assert own_chapter.complaints == []


def test_what_is_selected_by_hand_has_no_prompts(chapter: Visit) -> None:
    for prompt in chapter.page.locator(".language-console .gp").all()[:5]:
        expect(prompt).to_have_css("user-select", "none")


def test_a_block_without_commands_has_nothing_to_copy(own_chapter: Visit) -> None:
    own_chapter.page.evaluate(ADD, "NAME   READY\nmi-pod   1/1")
    block = own_chapter.page.locator(".prueba")
    expect(block.locator("code")).to_have_attribute("data-copy", "")
    expect(block.locator("nav.md-code__nav")).to_have_count(1)  # by Material
    expect(block.locator("button")).not_to_be_visible()


def test_the_lines_of_a_block_are_as_high_as_each_other(chapter: Visit) -> None:
    expect(chapter.page.locator(".copiar").first).to_be_visible()
    uneven = chapter.page.evaluate(
        """() => {
        // What a closed answer holds is measured as it was when it was last laid out.
        const closed = [...document.querySelectorAll("details:not([open])")];
        for (const answer of closed) answer.open = true;
        const uneven = [...document.querySelectorAll("code:has(.copiar)")].filter(code => {
          const tops = [], range = document.createRange();
          const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
          for (let begins = true; texts.nextNode();) {
            [...texts.currentNode.data].forEach((letter, n) => {
              if (begins && letter !== "\\n") {
                range.setStart(texts.currentNode, n);
                range.setEnd(texts.currentNode, n + 1);
                tops.push(range.getBoundingClientRect().top);
              }
              begins = letter === "\\n";
            });
          }
          const steps = tops.slice(1).map((top, n) => top - tops[n]);
          const least = Math.min(...steps);  // a blank line or a broken one is several as high
          const odd = steps.some(step => Math.abs(step - least * Math.round(step / least)) > 0.5);
          return !steps.length || odd;
        }).map(code => code.textContent);
        for (const answer of closed) answer.open = false;
        return uneven;
        }"""
    )
    assert uneven == []


def test_a_finger_hits_a_prompt(chapter: Visit) -> None:
    """All of 24 by 24 pixels around it, where no other prompt is nearer."""
    prompt = chapter.page.locator(".copiar").first
    prompt.scroll_into_view_if_needed()
    hit = prompt.evaluate(
        """prompt => {
          const {right, top, bottom} = prompt.getBoundingClientRect();
          const middle = (top + bottom) / 2;
          return [[-23.5, -11.5], [-0.5, -11.5], [-23.5, 11.5], [-0.5, 11.5]].map(
            ([x, y]) => document.elementFromPoint(right + x, middle + y) === prompt);
        }"""
    )
    assert hit == [True] * 4


def test_the_button_covers_no_code(own_chapter: Visit) -> None:
    covered = """() => [...document.querySelectorAll(".md-code__nav")].filter(nav => {
          const code = nav.nextElementSibling.getBoundingClientRect();
          const button = nav.firstElementChild.getBoundingClientRect();
          return button.width && (button.left < code.right || button.width < 24);
        }).length"""
    assert own_chapter.page.evaluate(covered) == 0
    own_chapter.page.set_viewport_size({"width": 360, "height": 800})
    assert own_chapter.page.evaluate(covered) == 0


@pytest.mark.parametrize("page", [CHAPTER, "00-comandos/"])
def test_buttons_can_be_seen_at_rest(visit: Visit, page: str) -> None:
    visit.page.emulate_media(color_scheme="light", reduced_motion="reduce")  # no colours on the way
    visit.page.add_init_script(EVERYTHING_NEAR)
    visit.open(page)
    buttons = visit.page.locator(".md-content__button, .md-code__button").filter(visible=True)
    expect(buttons.nth(20)).to_be_visible()  # the scripts have put them all
    for palette, scheme in (("default", "light"), ("slate", "dark")):
        visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(visit.page.locator("body")).to_have_attribute("data-md-color-scheme", palette)
        for button in [buttons.nth(0), buttons.nth(1), buttons.last]:
            assert button.evaluate(CONTRAST) >= 3
