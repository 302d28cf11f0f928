"""What should change in a page: lines to take the place of others, as plain values and as JSON.

The file that a run writes, schema 1::

    {"schema": 1,
     "pages": [{"page": "/…/docs/04.md", "content": "sha256 of the page's bytes",
                "amendments": [{"line": 57, "command": "kubectl get pods",
                                "first": 58, "last": 62, "lines": ["…"],
                                "lost": [[60, "# …"]]}]}]}

``first`` and ``last`` are 1-based lines of the page as it was run; ``last`` is ``first - 1`` when
nothing is taken away. ``lines`` have no line ends.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SCHEMA = 1
_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


@dataclass(frozen=True)
class Amendment:
    """Lines of a page to be replaced.

    Attributes:
        line: where the command, or the block, stands.
        command: the command whose output it is; "" for a copy of a file.
        first, last: the lines to replace, 1-based.
        lines: what takes their place.
        lost: remarks of the author's whose line is gone, with that line.
    """

    line: int
    command: str
    first: int
    last: int
    lines: tuple[str, ...]
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

    def line(self, number: int) -> str:
        """A line, 1-based, without its end."""
        return self.lines[number - 1].rstrip("\r\n")

    def amended(self, amendments: Iterable[Amendment]) -> str:
        """The page's text with the amendments made; a line that stays is not touched."""
        lines = list(self.lines)
        for amendment in sorted(amendments, key=lambda a: a.first, reverse=True):
            end = self._end_of(amendment.first - 1)
            old = lines[amendment.first - 1 : amendment.last]
            bare = [line.rstrip("\r\n") for line in old]
            new: list[str] = []
            matcher = difflib.SequenceMatcher(None, bare, amendment.lines, autojunk=False)
            for what, a, b, c, d in matcher.get_opcodes():
                equal = what == "equal"
                new += old[a:b] if equal else [line + end for line in amendment.lines[c:d]]
            lines[amendment.first - 1 : amendment.last] = new
        return "".join(lines)

    def _end_of(self, number: int) -> str:
        text = self.lines[number - 1]
        return text[len(text.rstrip("\r\n")) :] or "\n"


@dataclass(frozen=True)
class PageAmendments:
    """What should change in one page, as it was when it was run."""

    page: Path
    content: str
    amendments: tuple[Amendment, ...]


def write(path: Path, pages: Sequence[PageAmendments]) -> None:
    """Write the file described above."""
    described = [
        {
            "page": str(page.page),
            "content": page.content,
            "amendments": [asdict(amendment) for amendment in page.amendments],
        }
        for page in pages
    ]
    text = json.dumps({"schema": SCHEMA, "pages": described}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> list[PageAmendments]:
    """Read a file that :func:`write` wrote."""
    return [
        PageAmendments(
            Path(page["page"]),
            page["content"],
            tuple(
                Amendment(**{**a, "lines": tuple(a["lines"]), "lost": tuple(map(tuple, a["lost"]))})
                for a in page["amendments"]
            ),
        )
        for page in json.loads(path.read_text(encoding="utf-8"))["pages"]
    ]
