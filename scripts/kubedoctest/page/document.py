"""The plain values that describe a page: documents, blocks, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Role(Enum):
    """What happens to a fence."""

    TRANSCRIPT = "transcript"  # console: commands and their output are run and compared
    COMMANDS = "commands"  # bash: commands to copy, all must exit 0
    FILE = "file"  # a copy of a file, named by the fence's title
    FRAGMENT = "fragment"  # some lines of a file, named by the directive
    MANIFEST = "manifest"  # YAML without a file: must be valid for the cluster
    PYTHON = "python"  # run by pytest-markdown-docs
    PRINTED = "printed"  # text under a python fence: what it prints
    RENDERED = "rendered"  # drawn by the site (mermaid)
    SHOWN = "shown"  # shown only


@dataclass(frozen=True)
class Directives:
    """The settings of a ``<!-- verificar: … -->`` comment right before a fence.

    Attributes:
        show: the author's reason for showing the block without running it, or None.
        partial: the documented output is an excerpt (``salida=parcial``).
        exit_code: the exact exit code that the block's last command must have, or None.
        limit: seconds that one command of the block may take, or None for the default.
        continues: a python fence goes on in the names of the one before (``continua``).
        fragment: the file of which the block shows some lines, or None.
        refused: what the cluster says when it refuses the block's manifest, or None.
    """

    show: str | None = None
    partial: bool = False
    exit_code: int | None = None
    limit: float | None = None
    continues: bool = False
    fragment: str | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Block:
    """One fence of a page.

    Attributes:
        page: the page's path as the user gave it.
        line: 1-based line of the opening fence.
        lang: the fence's language, lower case.
        title: the fence's ``title="…"``, or None.
        code: the content, dedented, lines joined by a newline, no newline at the end.
        role: what happens to it.
        directives: the settings of the comment before it.
        reason: for SHOWN and RENDERED blocks, why it is not run (Spanish); else "".
        options: the opening line's further words, ``{.python continuation}`` having one.
    """

    page: Path
    line: int
    lang: str
    title: str | None
    code: str
    role: Role
    directives: Directives = field(default_factory=Directives)
    reason: str = ""
    options: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``page:line``, as editors and terminals link it."""
        return f"{self.page}:{self.line}"

    @property
    def terminal(self) -> str:
        """The bash that it runs in: ``Terminal N`` by its title, "" for the first (rule 19)."""
        if self.title == "Terminal 1" or not re.fullmatch(r"Terminal [0-9]+", self.title or ""):
            return ""
        return self.title or ""

    def line_of(self, offset: int) -> int:
        """The page's line of the block's content line ``offset`` (0-based)."""
        return self.line + 1 + offset


@dataclass(frozen=True)
class CodeSpan:
    """An inline code span in the page's prose."""

    line: int
    text: str


@dataclass(frozen=True)
class Problem:
    """Something in a page that cannot be run as written, with the way out (both Spanish)."""

    page: Path
    line: int
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.message}\n    → {self.next_step}"


@dataclass(frozen=True)
class Document:
    """A page: its blocks in order, its inline code, and its problems (empty when well formed)."""

    path: Path
    blocks: tuple[Block, ...]
    spans: tuple[CodeSpan, ...]
    problems: tuple[Problem, ...]
