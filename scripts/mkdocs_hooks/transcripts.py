"""Tell apart what a console block holds: commands, answers, remarks, states, and terminals.

Pygments takes a line of output whole. A remark at its end (two spaces or more, ``# `` and the
rest) is the author's, as kubedoctest reads it; here it becomes a comment, as it is in a command.
And a command that goes on in a line with ``> `` is no output, though no ``\\`` announced it; what
root's prompt would be (``# HELP …``) is output: a page's commands begin with ``$ ``.

In an answer, what has failed and what runs are marked (:data:`_STATES`), and messages and commands,
which may go on in the next line when there is no room; a table may not, or it would be none, but
for a row whose last column is a message (those of events are). A word of a command is one, though
it has hyphens, after which a browser would break it: a flag, a name, a file; in the text, too.
Where a section has a second terminal, the first one is named too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from mkdocs_hooks import rendered

_PROMPT = '<span class="gp">'
_ANSWER = '<span class="go">'
# The text of a line of output, and the remark at its end; no "<" is in either, once escaped.
_REMARK = re.compile(r'(<span class="go">[^<\n]*?\S)(\s{2,}#[^<\n]*)</span>')
_CONTINUATION = re.compile(r'<span class="go">(&gt; )([^<\n]*)</span>')
_ROOT = re.compile(r'<span class="gp">(?!\$ |&gt; )(.*)')
_TAG = re.compile("<[^>]*>")
_ANSWERED = re.compile(r'<span class="go">([^<\n]*)</span>')
_COMMANDED = re.compile(r'<span class="gp">[^\n]*')
_BLOCK = re.compile(
    r'<div class="language-console highlight"(?P<more>[^>]*)>'
    r'(?:<span class="filename">(?P<name>Terminal (?P<number>\d+))</span>)?'
    r"(?=<pre|<span></span>)"
)
_BASH = re.compile(
    r'(<div class="language-bash highlight"[^>]*>(?:<span class="filename">.*?</span>)?'
    r"<pre><span></span><code>)(.*?)(?=</code>)",
    re.DOTALL,
)
_INLINE = re.compile(r"<code>(?=[^<]*-)([^\s<]{3,24})</code>")
_SPACE = re.compile(r'(<span class="w"> +</span>| (?![^<>]*>))')  # none of a tag's own
_PIECE = re.compile(r"[^\s/&;]*-[^\s/&;]*")  # of a word longer than a line, or across tags
_COLUMNS = re.compile(r"\s{2,}")  # what parts them
_PHONE = 38  # characters that fit in a line of a phone
# The states of Kubernetes' and docker's own tables, events and messages, by what they mean:
# `mal` has failed, `falta` is not all there yet, `bien` runs.
_STATES = re.compile(
    r"(?<![\w/.-])(?:"
    r"(?P<mal>(?:Init:)?(?:Err\w*Pull|\w+BackOff|\w*Error|OOMKilled|Evicted|NotReady|Unhealthy"
    r"|InvalidImageName|DeadlineExceeded|Failed\w*)|error(?=:)|Exited \([1-9]\d*\)|\(unhealthy\))"
    r"|(?P<bien>Running|Ready|Bound|Completed|Complete|Succeeded|Healthy|\(healthy\))"
    r"|(?P<have>\d+)/(?P<want>\d+)"
    r")(?![\w/.-])"
)


def on_page_content(html: str, **_: object) -> str:
    """Tell them apart in a page."""
    html = _INLINE.sub(r'<code class="entera">\1</code>', html)
    html = _BASH.sub(
        lambda block: block[1] + "\n".join(map(_whole_words, block[2].split("\n"))), html
    )
    if _PROMPT not in html:
        return html
    told = _REMARK.sub(r'\1</span><span class="c1">\2</span>', "\n".join(_lines(html)))
    return _with_terminals(_COMMANDED.sub(_command, _ANSWERED.sub(_answer, told)))


def _lines(html: str) -> Iterator[str]:
    """The lines of a page; those that go on with a command say so."""
    commanding = False  # the lines that follow still belong to a command
    for whole in html.split("\n"):
        line = _ROOT.sub(lambda found: f"{_ANSWER}{_TAG.sub('', found[1])}</span>", whole)
        told = _CONTINUATION.sub(rf"{_PROMPT}\1</span>\2", line) if commanding else line
        if _PROMPT in told:
            commanding = True
        elif _ANSWER in told or "</pre>" in told:
            commanding = False
        yield told


def _command(line: re.Match[str]) -> str:
    """A line of a command, that may be broken; not one with a string that goes on in the next."""
    whole = line[0].count("<span") == line[0].count("</span>")
    return f'<span class="mensaje">{_whole_words(line[0])}</span>' if whole else line[0]


def _whole_words(line: str) -> str:
    """A line of a command whose words with hyphens are marked as one; the longest, in pieces."""
    return "".join(map(_word, _SPACE.split(line)))


def _word(html: str) -> str:
    text = unescape(_TAG.sub("", html))
    if "-" not in text or len(text) < 2:
        return html
    if len(text) <= _PHONE and html.count("<span") == html.count("</span>"):
        return f'<span class="entera">{html}</span>'
    parts = re.split(f"({_TAG.pattern})", html)
    return "".join(
        part if part.startswith("<") else _PIECE.sub(r'<span class="entera">\g<0></span>', part)
        for part in parts
    )


def _answer(line: re.Match[str]) -> str:
    """A line of output with its states marked; a message may be broken."""
    text = unescape(line[1])
    *columns, last = _COLUMNS.split(text.strip())
    message = len(last) > _PHONE and len(last.split()) > 2 if columns else len(text) > _PHONE
    kind = "go mensaje" if message else "go"
    return f'<span class="{kind}">{_STATES.sub(_state, line[1])}</span>'


def _state(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "want":
        kind = "falta" if int(found["have"]) < int(found["want"]) else "bien"
    return f'<span class="{kind}">{found[0]}</span>'


def _with_terminals(html: str) -> str:
    """Each terminal's blocks say which it is, in sections that have more than one."""
    parts = []
    for _, start, end in rendered.parts_of(html):
        part = html[start:end]
        several = any(block["number"] for block in _BLOCK.finditer(part))
        parts.append(_BLOCK.sub(_terminal, part) if several else part)
    return "".join(parts)


def _terminal(block: re.Match[str]) -> str:
    number, name = block["number"] or "1", block["name"] or "Terminal 1"
    return (
        f'<div class="language-console highlight terminal terminal--{number}"{block["more"]}>'
        f'<span class="filename" data-search-exclude>{name}</span>'
    )
