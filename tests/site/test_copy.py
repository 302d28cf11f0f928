"""Copying from a console block, through the clipboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Visit

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


@pytest.fixture
def chapter(visit: Visit) -> Visit:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open(CHAPTER)
    return visit


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
    assert copied(chapter, prompts.nth(0)) == "kubectl delete pod mi-app-tr8jm"
    assert copied(chapter, prompts.nth(1)) == "kubectl get pods"
    name = "Copiar este comando: kubectl delete pod mi-app-tr8jm"
    expect(prompts.nth(0)).to_have_accessible_name(name)


def test_one_command_needs_one_button(chapter: Visit) -> None:
    single = chapter.page.locator(".language-console:not(:has(.copiar))")
    assert single.count() > 5
    for text in single.locator("code").all_inner_texts():
        assert sum(line.startswith("$ ") for line in text.splitlines()) <= 1


def test_here_documents_and_continued_commands_go_whole(chapter: Visit) -> None:
    chapter.page.evaluate(ADD, TRANSCRIPT)
    block = chapter.page.locator(".prueba")
    prompts = block.locator(".copiar")
    assert [copied(chapter, prompt) for prompt in prompts.all()] == COMMANDS
    assert block.locator("code").get_attribute("data-copy") == "\n".join(COMMANDS)


def test_copying_works_after_instant_navigation(chapter: Visit) -> None:
    chapter.page.evaluate("window.sameDocument = true")
    chapter.page.get_by_role("link", name="03 Kubernetes").first.click()
    expect(chapter.page.locator("h1")).to_contain_text("nuestro primer pod")
    prompt = chapter.page.locator(".copiar").first
    command = copied(chapter, prompt)
    assert command.startswith("kubectl")
    expect(prompt).to_have_accessible_name(f"Copiar este comando: {command}")
    assert chapter.page.evaluate("window.sameDocument")
    assert chapter.complaints == []


def test_what_is_selected_by_hand_has_no_prompts(chapter: Visit) -> None:
    for prompt in chapter.page.locator(".language-console .gp").all()[:5]:
        expect(prompt).to_have_css("user-select", "none")
