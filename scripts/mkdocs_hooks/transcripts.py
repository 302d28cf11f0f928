"""Tell the author's remarks from what the cluster answered, in console blocks.

Pygments takes a line of output whole. A remark at its end (two spaces or more, ``# `` and the
rest) is the author's, as kubedoctest reads it; here it becomes a comment, as it is in a command.
"""

from __future__ import annotations

import re

# The text of a line of output, and the remark at its end; no "<" is in either, once escaped.
_REMARK = re.compile(r'(<span class="go">[^<\n]*?\S)(\s{2,}#[^<\n]*)</span>')


def on_page_content(html: str, **_: object) -> str:
    """Mark the remarks of a page."""
    return _REMARK.sub(r'\1</span><span class="c1">\2</span>', html)
