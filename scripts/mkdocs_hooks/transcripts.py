"""Tell commands, answers and the author's remarks apart in console blocks, where Pygments does not.

Pygments takes a line of output whole. A remark at its end (two spaces or more, ``# `` and the
rest) is the author's, as kubedoctest reads it; here it becomes a comment, as it is in a command.
And a command that goes on in a line with ``> `` is no output, though no ``\\`` announced it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PROMPT = '<span class="gp">'
_ANSWER = '<span class="go">'
# The text of a line of output, and the remark at its end; no "<" is in either, once escaped.
_REMARK = re.compile(r'(<span class="go">[^<\n]*?\S)(\s{2,}#[^<\n]*)</span>')
_CONTINUATION = re.compile(r'<span class="go">(&gt; )([^<\n]*)</span>')


def on_page_content(html: str, **_: object) -> str:
    """Tell them apart in a page."""
    if _PROMPT not in html:
        return html
    return _REMARK.sub(r'\1</span><span class="c1">\2</span>', "\n".join(_lines(html)))


def _lines(html: str) -> Iterator[str]:
    """The lines of a page; those that go on with a command say so."""
    commanding = False  # the lines that follow still belong to a command
    for line in html.split("\n"):
        told = _CONTINUATION.sub(rf"{_PROMPT}\1</span>\2", line) if commanding else line
        if _PROMPT in told:
            commanding = True
        elif _ANSWER in told or "</pre>" in told:
            commanding = False
        yield told
