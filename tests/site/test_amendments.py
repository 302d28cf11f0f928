"""The hooks that change what the theme and Markdown write, without a browser."""

from __future__ import annotations

import logging
import re
from html import unescape

import pytest
from mkdocs.config import load_config
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files

from mkdocs_hooks import accessibility, callouts, mermaid, search, transcripts

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


def bare(html: str) -> str:
    """Without what may be broken and what state it tells."""
    html = re.sub(r'<span class="(?:mal|bien|falta)">([^<]*)</span>', r"\1", html)
    html = html.replace('<span class="go mensaje">', '<span class="go">')
    return re.sub(r'<span class="mensaje">(.*)</span>', r"\1", html)


def answered(line: str) -> str:
    """How a line of output is told."""
    html = transcripts.on_page_content(
        f'<span class="gp">$ </span>a\n<span class="go">{line}</span>'
    )
    return html.split("\n")[1]


@pytest.mark.parametrize(
    ("line", "states"),
    [
        ("mi-pod   1/1   Running   0   3s", {"1/1": "bien", "Running": "bien"}),
        ("mi-pod   0/1   ErrImagePull   0   3s", {"0/1": "falta", "ErrImagePull": "mal"}),
        (
            "fugaz   0/1   CrashLoopBackOff   1 (2s ago)",
            {"0/1": "falta", "CrashLoopBackOff": "mal"},
        ),
        ("a   0/1   Init:Error   0", {"0/1": "falta", "Init:Error": "mal"}),
        ("a   Exited (137) 3 seconds ago", {"Exited (137)": "mal"}),
        ("a   Exited (0) 3 seconds ago", {}),
        ("Error from server (NotFound): pods &quot;a&quot; not found", {"Error": "mal"}),
        ("error: unable to find container", {"error": "mal"}),
        ("taller-worker   NotReady   &lt;none&gt;", {"NotReady": "mal"}),
        ("  Warning  Failed   3s   kubelet", {"Failed": "mal"}),
        ("image: localhost:5001/fedek3/app", {}),
        ("10.244.0.0/16 y no-error", {}),
        ("FailedError/x", {}),
    ],
)
def test_states_are_told_by_what_they_mean(line: str, states: dict[str, str]) -> None:
    found = re.findall(r'<span class="(mal|bien|falta)">([^<]*)</span>', answered(line))
    assert {text: kind for kind, text in found} == states


def test_messages_may_be_broken_and_tables_may_not() -> None:
    assert '"go mensaje"' in answered(
        "The Deployment is invalid: spec.selector: field is immutable"
    )
    assert '"go mensaje"' in answered(
        "2s   Warning   FailedScheduling   Pod/a   0/5 nodes are available: 4 Insufficient cpu."
    )
    assert '"go"' in answered("mi-deploy-7d8f9b6c54-2kzqv   1/1     Running   0          65s")
    assert '"go"' in answered("mi-app   3         app=mi-app,pod-template-hash=6d4cf56db6,a=b")
    assert '"go"' in answered("pod/mi-pod created")


def test_the_first_terminal_has_a_name_where_there_is_another() -> None:
    def console(name: str = "") -> str:
        title = f'<span class="filename">{name}</span>' if name else ""
        code = '<pre><code><span class="gp">$ </span>a\n</code></pre>'
        return f'<div class="language-console highlight" id="bloque-1">{title}{code}</div>'

    alone, pair = f'<h2 id="a">A</h2>{console()}', f"{console()}{console('Terminal 2')}"
    html = transcripts.on_page_content(f'{alone}<h3 id="b">B</h3>{pair}')
    assert re.findall(r"terminal--(\d)", html) == ["1", "2"]
    assert re.findall(r">(Terminal \d)<", html) == ["Terminal 1", "Terminal 2"]
    assert html.index("terminal--1") > html.index("<h3")
    assert html.count('id="bloque-1"') == 3


def test_comments_of_a_manifest_are_numbered_where_there_are_many() -> None:
    def manifest(comments: int) -> str:
        lines = ['<span class="c1"># arriba</span>']
        for n in range(comments):
            beside = f'<span class="w">   </span><span class="c1"># nota {n}</span>'
            lines.append(f'<span class="nt">a</span><span class="p">:</span>{beside}')
        code = "\n".join(lines)
        return f'<div class="language-yaml highlight"><pre><code>{code}\n</code></pre></div>'

    assert callouts.on_page_content(manifest(3)) == manifest(3)
    told = callouts.on_page_content(f"<p>a</p>{manifest(4)}<p>b</p>")
    assert re.findall(r'data-numero="(\d)"', told) == ["1", "2", "3", "4"]
    assert re.findall(r"<li>(.*?)</li>", told) == [f"nota {n}" for n in range(4)]
    assert re.sub(r"<[^>]*>", "", told.split("<ol")[0]) == re.sub(
        r"<[^>]*>", "", f"<p>a</p>{manifest(4)}"
    )
    assert told.endswith("</ol><p>b</p>")


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
    told = bare(transcripts.on_page_content(html))
    assert told == (html if expected is None else html.replace(line, expected))


def test_what_looks_like_root_s_prompt_is_output() -> None:
    html = (
        '<span class="gp">$ </span>wget<span class="w"> </span>-q\n'
        '<span class="gp"># </span>HELP<span class="w"> </span>pedidos\n'
        '<span class="go">pedidos 3</span>\n'
        '<span class="gp">% </span>Total\n'
    )
    told = transcripts.on_page_content(html).split("\n")
    assert told[1] == '<span class="go"># HELP pedidos</span>'
    assert told[3] == '<span class="go">% Total</span>'
    assert told[0].count('"gp"') == 1
    assert 'class="w"' in told[0]


def test_a_command_that_goes_on_is_no_answer() -> None:
    def console(*lines: str) -> str:
        return "\n".join(["<pre><code>", *lines, "</code></pre>"])

    begins, ends = '<a></a><span class="gp">$ </span>for a in b', '<span class="go">b</span>'
    goes_on, told = '<span class="go">&gt; do c</span>', '<span class="gp">&gt; </span>do c'
    html = console(begins, goes_on, goes_on, ends, goes_on) + console(goes_on)
    assert bare(transcripts.on_page_content(html)) == (
        console(begins, told, told, ends, goes_on) + console(goes_on)
    )


def test_a_word_of_a_command_is_one_though_it_has_hyphens() -> None:
    w, word = '<span class="w"> </span>', '<span class="entera">'
    path, flag = (
        "extras/04-hola-mundo-real/deploy-03/replicaSet.yaml",
        '--a<span class="o">=</span>b',
    )
    told = (
        f"kubectl{w}{word}{flag}</span>{w}{word}-f</span>"
        f"{w}extras/{word}04-hola-mundo-real</span>/{word}deploy-03</span>/replicaSet.yaml"
    )
    line = f"kubectl{w}{flag}{w}-f{w}{path}"
    bash = '<div class="language-bash highlight" id="a"><pre><span></span><code>{}\n</code></pre>'
    assert transcripts.on_page_content(bash.format(line)) == bash.format(told)
    console = '<code><span class="mensaje"><span class="gp">$ </span>{}</span>\n</code>'
    prompted = f'<code><span class="gp">$ </span>{line}\n</code>'
    assert transcripts.on_page_content(prompted) == console.format(told)
    prose = "<p>el <code>mi-app-tr8jm</code>, y <code>sleep -n</code></p>"
    assert transcripts.on_page_content(prose) == prose.replace(
        "<code>mi", '<code class="entera">mi'
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
    key = mermaid.key_of(unescape(FLOW.format(acc="")))
    html = mermaid.in_words(
        f'<div class="mermaid">{FLOW.format(acc=acc)}</div>\n<p>más</p>', "a.md", {}
    )
    assert html == (
        '<div class="mermaid" role="img" aria-label="Un ciclo" '
        f'data-diagram="{key}" data-search-exclude>'
        f"{FLOW.format(acc='')}</div>\n"
        '<p class="mermaid-palabras">De A se va a «a &amp; b».</p>\n<p>más</p>'
    )


def test_a_diagram_that_was_measured_has_its_room() -> None:
    acc = "accTitle: a\naccDescr: b\n"
    html = f'<div class="mermaid">{FLOW.format(acc=acc)}</div>'
    key = mermaid.key_of(unescape(FLOW.format(acc="")))
    sizes = {key: {"wide": [700, 90, 0], "phone": [150, 400, 1]}}
    assert (
        'data-turned="phone" style="--width:700;--height:90;--phone-width:150;--phone-height:400"'
    ) in mermaid.in_words(html, "a.md", sizes)


@pytest.mark.parametrize("acc", ["", "    accTitle: Un ciclo\n", "    accDescr: De A a B.\n"])
def test_a_diagram_without_words_is_noticed(acc: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="mkdocs")
    html = f'<div class="mermaid">{FLOW.format(acc=acc)}</div>'
    assert mermaid.in_words(html, "a.md", {}) == html
    assert "a.md: al diagrama «graph LR" in caplog.text


def test_a_theme_without_lunr_is_not_searched_in_silence() -> None:
    with pytest.raises(PluginError, match=r"search\.py"):
        search.on_files(Files([]), load_config(str(ROOT / "mkdocs.yml")))
