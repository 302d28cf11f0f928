"""Search through the box that readers use, with and without accents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Locator, expect

from .conftest import Site, Visit, visiting

pytestmark = pytest.mark.browser


# How many questions the worker that searches has not answered yet.
COUNTING = """
window.unanswered = 1;  // the index itself
window.Worker = class extends Worker {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", () => setTimeout(() => { window.unanswered -= 1; }));
  }
  postMessage(message, ...rest) {
    if (message.type === 2) window.unanswered += 1;
    super.postMessage(message, ...rest);
  }
};
"""


@contextmanager
def searching(site: Site, browser: Browser) -> Iterator[Visit]:
    with visiting(site, browser) as visit:
        visit.page.add_init_script(COUNTING)
        visit.open()
        yield visit


@pytest.fixture(scope="module")
def box(site: Site, browser: Browser) -> Iterator[Visit]:
    """A page whose index is made once for all these tests."""
    with searching(site, browser) as visit:
        yield visit


def found(box: Visit, words: str) -> Locator:
    """The links of what is found, best first."""
    search = box.page.get_by_placeholder("Búsqueda")
    search.click()
    search.fill("")
    search.press_sequentially(words)
    box.page.wait_for_function("window.unanswered === 0", timeout=20_000)
    expect(box.page.locator(".md-search-result__meta")).to_have_text(re.compile(r"página|nada"))
    return box.page.locator(".md-search-result__link")


def sections(box: Visit, words: str) -> list[str]:
    """The sections found, ``page#anchor``, best first."""
    told = []
    for href in found(box, words).evaluate_all("links => links.map(link => link.href)"):
        path, _, anchor = unquote(href).removeprefix(box.site.url).partition("#")
        told.append(f"{path.partition('?')[0]}#{anchor}")
    return told


CONFIGURATION = "03-kubernetes/#enlaces-sugeridos"


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("configuracion", CONFIGURATION),
        ("configuración", CONFIGURATION),
        ("configuraciones", CONFIGURATION),
        ("CONFIGURACIÓN", CONFIGURATION),
        ("multiples replicas", "04-hola-mundo-real/#múltiples-réplicas"),
        ("múltiples réplicas", "04-hola-mundo-real/#múltiples-réplicas"),
        ("reconciliacion", "glosario/#reconciliación"),
        ("sérvice", "glosario/#service"),
        ("controladores", "glosario/#controlador"),
        ("imágenes", "glosario/#imagen"),
        ("volumenes", "glosario/#volumen"),
        ("sondas", "glosario/#sonda"),
        ("estado deseado", "glosario/#estado-deseado"),
        ("estado", "glosario/#estado-deseado"),
        ("restartPolicy", "04-hola-mundo-real/#cuando-muere-el-contenedor-y-no-el-pod"),
    ],
)
def test_words_are_found_however_they_are_written(box: Visit, words: str, section: str) -> None:
    assert section in sections(box, words)


@pytest.mark.parametrize("words", ["configuracion", "qué es un pod", "réplicas", "de los nodos"])
def test_accents_make_no_difference(box: Visit, words: str) -> None:
    plain = words.translate(str.maketrans("áéíóú", "aeiou"))
    accented = words.replace("configuracion", "configuración").replace("nodos", "nódos")
    assert sections(box, plain) == sections(box, accented)


def test_a_whole_word_goes_before_one_that_only_begins_so(box: Visit) -> None:
    places = sections(box, "réplica")
    for whole, begun in [
        ("glosario/#réplica", "glosario/#replicaset"),
        ("04-hola-mundo-real/#más-réplicas", "04-hola-mundo-real/#replicaset"),
    ]:
        assert places.index(whole) < places.index(begun)


def test_words_that_say_nothing_change_nothing(box: Visit) -> None:
    assert sections(box, "de los nodos") == sections(box, "nodos")


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("--show-labels", "03-kubernetes/#labels-y-selectores"),
        ("--show-lab", "03-kubernetes/#labels-y-selectores"),
        ('"--show-labels"', "03-kubernetes/#labels-y-selectores"),
        ("kubectl get pods --show-labels", "03-kubernetes/#labels-y-selectores"),
        ("kubectl drain --ignore-daemonsets", "04-hola-mundo-real/#vaciar-un-nodo"),
        ("kubectl scale --replicas=5", "04-hola-mundo-real/#más-réplicas"),
        ("kubectl get pods -w", "04-hola-mundo-real/#statefulset"),
        ("image:", "03-kubernetes/#que-lo-escriba-kubectl"),
        ("restartPolicy:", "04-hola-mundo-real/#cuando-muere-el-contenedor-y-no-el-pod"),
        ("restartPolicy: Never", "03-kubernetes/#que-lo-escriba-kubectl"),
        ("~/kubectl", "03-kubernetes/#que-lo-escriba-kubectl"),
    ],
)
def test_flags_and_keys_are_found_as_they_are_typed(box: Visit, words: str, section: str) -> None:
    assert section in sections(box, words)


def test_what_is_not_there_is_not_found(box: Visit) -> None:
    found(box, "ornitorrinco")
    expect(box.page.locator(".md-search-result__meta")).to_have_text("No encontramos nada")


def test_a_result_leads_to_its_section_and_marks_the_words(site: Site, browser: Browser) -> None:
    with searching(site, browser) as visit:
        found(visit, "multiples replicas")
        shown = visit.page.locator(".md-search-result mark").all_text_contents()
        assert {"múltiples", "réplicas"} <= {text.lower() for text in shown}
        visit.page.keyboard.press("Enter")  # the best of them
        heading = visit.page.locator("h2#múltiples-réplicas")
        expect(heading).to_be_in_viewport()
        expect(heading.locator("mark")).to_have_text(["Múltipl", "réplica"])
        assert visit.complaints == []
