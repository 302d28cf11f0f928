"""What should change in a page: lines to take the place of others, as plain values and as JSON.

The file that a run writes, schema 3::

    {"schema": 3,
     "pages": [{"page": "/…/docs/04.md", "content": "sha256 of the page's bytes",
                "by_hand": 0,
                "edits": [{"line": 57, "command": "kubectl get pods",
                           "first": 58, "last": 62, "lines": ["…"], "lost": [[60, "# …"]]}]}]}

``first`` and ``last`` are 1-based lines of the page as it was run; ``last`` is ``first - 1`` when
nothing is taken away. ``lines`` have their line ends.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SCHEMA = 3
_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


@dataclass(frozen=True)
class Edit:
    """Lines of a page to be replaced."""

    line: int  # where the command, or the block, stands
    command: str  # the command whose output it is; "" for a copy of a file
    # first, last: the lines to replace, 1-based
    first: int
    last: int
    lines: tuple[str, ...]  # what takes their place, with their line ends
    # remarks of the author's whose line is gone, with that line
    lost: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class PageText:
    """A page's lines just as they are: line ends, byte order mark and trailing blanks."""

    lines: tuple[str, ...]
    content: str

    @classmethod
    def of(cls, data: bytes) -> PageText:
        """The lines of a page's bytes.

        Raises:
            UnicodeDecodeError: it is not UTF-8.
        """
        lines = [line for line in _LINE_END.split(data.decode("utf-8")) if line]
        return cls(tuple(lines), hashlib.sha256(data).hexdigest())

    def end_of(self, number: int) -> str:
        """With what a line ends, 1-based."""
        text = self.lines[number - 1]
        return text[len(text.rstrip("\r\n")) :] or "\n"

    def edited(self, edits: Iterable[Edit]) -> str:
        """The page's text with the edits made."""
        lines = list(self.lines)
        for edit in sorted(edits, key=lambda a: a.first, reverse=True):
            lines[edit.first - 1 : edit.last] = edit.lines
        return "".join(lines)


@dataclass(frozen=True)
class PageEdits:
    """What should change in one page, as it was when it was run."""

    page: Path
    content: str
    edits: tuple[Edit, ...]
    by_hand: int = 0  # how many of its failures no edit corrects


def write(path: Path, pages: Sequence[PageEdits]) -> None:
    """Write the file described above."""
    described = [asdict(page) | {"page": str(page.page)} for page in pages]
    text = json.dumps({"schema": SCHEMA, "pages": described}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[PageEdits]:
    """Read a file that :func:`write` wrote."""
    return [
        PageEdits(
            Path(page["page"]),
            page["content"],
            tuple(
                Edit(**{**a, "lines": tuple(a["lines"]), "lost": tuple(map(tuple, a["lost"]))})
                for a in page["edits"]
            ),
            page["by_hand"],
        )
        for page in json.loads(path.read_text(encoding="utf-8"))["pages"]
    ]
