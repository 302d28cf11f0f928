"""The hooks that change what the theme and Markdown write, without a browser."""

from __future__ import annotations

import logging
import re

import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files

from mkdocs_hooks import accessibility, mermaid, search, transcripts

from .conftest import ROOT

PROGRESS = "navigation.instant.progress"
THEME = """<div class="md-progress" data-md-component="progress" role="progressbar"></div>
<label class="md-header__button md-icon" for="__drawer">
  <svg>a</svg>
</label>
<label class="md-header__button md-icon" for="__search"><svg>b</svg></label>
<div class="md-search" data-md-component="search" role="dialog">
<label class="md-search__icon md-icon" for="__search">otra</label></div>
"""


def test_what_had_no_name_has_one() -> None:
    html = accessibility.amended(THEME, "a.md", [PROGRESS])
    assert re.search(r'role="dialog" aria-label="[^"]+"', html)
    assert 'progress" aria-hidden="true"></div>' in html
    buttons = re.findall(
        r'<button .*?data-boton="(\w+)" aria-label="(\w+)">(.*?)</button>', html, re.S
    )
    assert [(toggle, name) for toggle, name, _ in buttons] == [
        ("__drawer", "Menú"),
        ("__search", "Buscar"),
    ]
    assert "<svg>a</svg>" in buttons[0][2] and "<svg>b</svg>" in buttons[1][2]
    assert html.count('<label class="md-header__button md-icon"') == 2, "for who has no scripts"
    assert '<label class="md-search__icon md-icon" for="__search">otra</label>' in html


def test_a_theme_that_writes_otherwise_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="mkdocs")
    accessibility.amended(THEME, "a.md", [PROGRESS])
    assert caplog.text == ""
    other = THEME.replace(' role="progressbar"', "")
    accessibility.amended(other, "a.md", [])
    assert caplog.text == "", "that feature is off"
    accessibility.amended(other, "a.md", [PROGRESS])
    assert "a.md: el tema ya no escribe" in caplog.text and "md-progress" in caplog.text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mi-pod   1/1  # otro nombre?!", 'mi-pod   1/1</span><span class="c1">  # otro nombre?!'),
        ("a   # b &lt;c&gt; # d", 'a</span><span class="c1">   # b &lt;c&gt; # d'),
        ("Events: # no son dos espacios", None),
        ("    # una línea que empieza así es salida", None),
        ("# también", None),
        ("mi-pod#1", None),
    ],
)
def test_a_remark_in_an_answer_is_told_from_it(line: str, expected: str | None) -> None:
    html = f'<span class="gp">$ </span>a\n<code><a></a><span class="go">{line}</span>\n</code>'
    told = html if expected is None else html.replace(line, expected)
    assert transcripts.on_page_content(html) == told


def test_a_command_that_goes_on_is_no_answer() -> None:
    def console(*lines: str) -> str:
        return "\n".join(["<pre><code>", *lines, "</code></pre>"])

    begins, ends = '<a></a><span class="gp">$ </span>for a in b', '<span class="go">b</span>'
    goes_on, told = '<span class="go">&gt; do c</span>', '<span class="gp">&gt; </span>do c'
    html = console(begins, goes_on, goes_on, ends, goes_on) + console(goes_on)
    assert transcripts.on_page_content(html) == (
        console(begins, told, told, ends, goes_on) + console(goes_on)
    )


FLOW = "graph LR\n{acc}    A --&gt; B[a &amp; b]\n"


@pytest.mark.parametrize(
    "acc",
    [
        "    accTitle: Un ciclo\n    accDescr: De A se va a «a &amp; b».\n",
        "    accDescr {\n      De A se va\n      a «a &amp; b».\n    }\n    accTitle: Un ciclo\n",
    ],
    ids=["one line", "several lines"],
)
def test_a_diagram_is_said_in_words(acc: str) -> None:
    html = mermaid.in_words(
        f'<div class="mermaid">{FLOW.format(acc=acc)}</div>\n<p>más</p>', "a.md"
    )
    assert html == (
        '<div class="mermaid" role="img" aria-label="Un ciclo" data-search-exclude>'
        f"{FLOW.format(acc='')}</div>\n"
        '<p class="mermaid-palabras">De A se va a «a &amp; b».</p>\n<p>más</p>'
    )


@pytest.mark.parametrize("acc", ["", "    accTitle: Un ciclo\n", "    accDescr: De A a B.\n"])
def test_a_diagram_without_words_is_noticed(acc: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="mkdocs")
    html = f'<div class="mermaid">{FLOW.format(acc=acc)}</div>'
    assert mermaid.in_words(html, "a.md") == html
    assert "a.md: al diagrama «graph LR" in caplog.text


def test_a_theme_without_lunr_is_not_searched_in_silence() -> None:
    with pytest.raises(PluginError, match=r"search\.py"):
        search.on_files(Files([]), load_config(str(ROOT / "mkdocs.yml")))
