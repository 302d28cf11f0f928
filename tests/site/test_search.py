"""Search through the box that readers use, with and without accents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import pytest
import yaml
from playwright.sync_api import Browser, Locator, expect

from mkdocs_hooks import search

from .conftest import Site, Visit, opened, visiting

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
    typed = box.page.get_by_placeholder("Búsqueda")
    typed.click()
    typed.fill(words[:-1])  # as if it were pasted: each key is a question
    typed.press_sequentially(words[-1])
    box.page.wait_for_function("window.unanswered === 0")
    expect(box.page.locator(".md-search-result__meta")).to_have_text(re.compile(r"página|nada"))
    return box.page.locator(".md-search-result__link")


def sections(box: Visit, words: str) -> list[str]:
    """The sections found, ``page#anchor``, best first."""
    told = []
    for href in found(box, words).evaluate_all("links => links.map(link => link.href)"):
        path, _, anchor = unquote(href).removeprefix(box.site.url).partition("#")
        told.append(f"{path.partition('?')[0]}#{anchor}")
    return told


INDEX = "search/search_index.json"


@pytest.mark.parametrize("way", ["mouse", "tab", "key", "address"])
def test_index_is_loaded_once_the_reader_goes_to_the_search(visit: Visit, way: str) -> None:
    visit.open()
    assert not [url for url in visit.requests if url.endswith(INDEX)], "nobody searches yet"
    with visit.page.expect_response(lambda response: response.url.endswith(INDEX)):
        if way == "mouse":
            visit.page.locator(".md-search").hover()
        elif way == "tab":
            visit.page.get_by_placeholder("Búsqueda").focus()
        elif way == "key":
            visit.page.keyboard.press("s")
        else:
            visit.page.goto(visit.site.url + "?q=pod")
    visit.open("glosario/")
    assert sum(url.endswith(INDEX) for url in visit.requests) == 1


def test_index_is_loaded_by_a_tap_on_a_phone(site: Site, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    with opened(site, context) as visit:
        visit.open()
        with visit.page.expect_response(lambda response: response.url.endswith(INDEX)):
            visit.page.locator("button[data-boton=__search]").tap()
    context.close()


def test_a_result_opened_on_its_own_marks_the_words(visit: Visit) -> None:
    visit.open("04-hola-mundo-real/?h=réplica#múltiples-réplicas")
    expect(visit.page.locator("h2#múltiples-réplicas mark")).to_have_count(1)


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
        ("kubectl drain --ignore-daemonsets", "04-hola-mundo-real/reparto-parejo/#vaciar-un-nodo"),
        ("kubectl scale --replicas=5", "04-hola-mundo-real/#más-réplicas"),
        ("kubectl get pods -w", "04-hola-mundo-real/statefulset/#de-a-uno-y-en-orden"),
        ("containers:", "03-kubernetes/#que-lo-escriba-kubectl"),
        ("restartPolicy:", "04-hola-mundo-real/#cuando-muere-el-contenedor-y-no-el-pod"),
        ("restartPolicy: Never", "03-kubernetes/#que-lo-escriba-kubectl"),
        ("~/kubectl", "03-kubernetes/#que-lo-escriba-kubectl"),
    ],
)
def test_flags_and_keys_are_found_as_they_are_typed(box: Visit, words: str, section: str) -> None:
    assert section in sections(box, words)


def test_pages_that_remind_go_after_the_chapters(box: Visit) -> None:
    pages = [place.removesuffix("#") for place in sections(box, "image:") if place.endswith("/#")]
    among = [page.startswith(("docentes/", "verificacion/", "00-comandos/")) for page in pages]
    assert "04-hola-mundo-real/" in pages
    assert not any(among[: pages.index("04-hola-mundo-real/")])


def best(box: Visit, words: str) -> str:
    """The section that Enter goes to."""
    scores = """links => links.map(link =>
      [Number(link.firstElementChild.dataset.mdScore), link.href])"""
    links = found(box, words).evaluate_all(scores)
    href = max(links, key=lambda pair: pair[0])[1]
    path, _, anchor = unquote(href).removeprefix(box.site.url).partition("#")
    return f"{path.partition('?')[0]}#{anchor}"


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("que es un pod", "glosario/#pod"),
        ("¿Qué es un Service?", "glosario/#service"),
        ("qué significa taint", "glosario/#taint-y-toleration"),
        ("pod", "glosario/#pod"),
        ("kubectl rollout undo", "04-hola-mundo-real/#volver-atrás"),
        ("borrar pod", "07-resolucion-de-problemas/#eliminar-los-pods-para-sacar-la-app"),
        ("eliminar pod", "07-resolucion-de-problemas/#eliminar-los-pods-para-sacar-la-app"),
        ("deshacer", "04-hola-mundo-real/#volver-atrás"),
        ("balanceador", "04-hola-mundo-real/#balanceo-por-medio-de-servicio"),
    ],
)
def test_what_people_ask_goes_where_it_is_told(box: Visit, words: str, section: str) -> None:
    assert best(box, words) == section


@pytest.mark.parametrize("words", ["OOMKilled", "configmap", "secret", "balanceador", "borrar"])
def test_words_of_the_trade_find_something(box: Visit, words: str) -> None:
    assert sections(box, words)


FAULTS = "07-resolucion-de-problemas/"
ERRORS = {
    "CrashLoopBackOff": "crashloopbackoff",
    "ImagePullBackOff": "imagepullbackoff",
    "ErrImagePull": "",
    'Back-off pulling image "fedek3/workshop-uns:v0.1.9"': "imagepullbackoff",
    "CreateContainerConfigError": "createcontainerconfigerror",
    'Error: configmap "config" not found': "createcontainerconfigerror",
    "OOMKilled": "oomkilled",
    "0/3 nodes are available: 3 Insufficient cpu.": "pending",
    "pod has unbound immediate PersistentVolumeClaims": "pending",
    'pods "web-1" is forbidden: exceeded quota: cuota': "la-cuota",
    "Readiness probe failed: HTTP probe failed with statuscode: 404": "una-sonda-que-no-pasa",
    "Connection refused": "",
    "wget: can't connect to remote host (10.96.7.3): Connection refused": "",
    "wget: bad address 'api'": "un-nombre-de-otro-namespace",
    "Some content in the namespace has finalizers remaining": "terminating-para-siempre",
    "Kubelet stopped posting node status.": "un-nodo-que-se-fue",
    'pods is forbidden: User "ana" cannot list resource "pods" in API group ""': "forbidden",
    "404 page not found": "un-ingress-que-contesta-404",
    'Error from server (NotFound): pods "mi-pod" not found': "el-contexto-equivocado",
    'error: unable to find container named "web"': "el-contenedor-se-llama-de-otra-manera",
    "field is immutable": "el-label-que-nadie-puso",
    'The Deployment "a" is invalid: spec.selector: Invalid value: field is immutable': (
        "el-label-que-nadie-puso"
    ),
}


@pytest.mark.parametrize(
    ("words", "section"),
    [
        ("permission denied docker.sock", "01-contenedores/#punto-de-partida"),
        (
            "permission denied while trying to connect to the docker API at "
            "unix:///var/run/docker.sock",
            "01-contenedores/#punto-de-partida",
        ),
        ("Cannot connect to the Docker daemon", "01-contenedores/#punto-de-partida"),
        ("too many open files", "03-kubernetes/#punto-de-partida"),
        ("port is already allocated", "03-kubernetes/#punto-de-partida"),
        ("localhost:8080 was refused", f"{FAULTS}#el-contexto-equivocado"),
        (
            "The connection to the server 127.0.0.1:41327 was refused - did you specify the right "
            "host or port?",
            f"{FAULTS}#el-contexto-equivocado",
        ),
    ],
)
def test_an_error_that_a_chapter_explains_leads_to_it(box: Visit, words: str, section: str) -> None:
    assert best(box, words) == section


@pytest.mark.parametrize("words", ERRORS)
def test_an_error_as_it_was_printed_finds_what_mends_it(box: Visit, words: str) -> None:
    """In the chapter about that, and in the section of what was printed, if it is one's alone."""
    page, _, anchor = best(box, words).partition("#")
    assert page == FAULTS
    if ERRORS[words]:
        assert anchor == ERRORS[words]


def test_synonyms_are_told_in_one_place_and_without_repeating() -> None:
    known = yaml.safe_load(search.KNOWN.read_text())
    for group in known["sinonimos"]:
        assert len(group) > 1 and len(set(group)) == len(group)
        assert all(isinstance(word, str) and " " not in word for word in group), group


def test_the_arrow_and_enter_lead_to_the_section(site: Site, browser: Browser) -> None:
    with searching(site, browser) as visit:
        found(visit, "multiples replicas")
        visit.page.keyboard.press("ArrowDown")
        visit.page.keyboard.press("Enter")
        expect(visit.page.locator("h2#múltiples-réplicas")).to_be_in_viewport()


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
