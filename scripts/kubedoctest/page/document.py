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
    """The settings of a ``<!-- verificar: … -->`` comment right before a fence."""

    show: str | None = None  # the author's reason for showing the block without running it, or None
    # the documented output is an excerpt, and says so with ``...`` (``salida=parcial``)
    partial: bool = False
    # the exact exit code that the block's last command must have, or None
    exit_code: int | None = None
    # seconds that one command of the block may take, or None for the default
    limit: float | None = None
    continues: bool = False  # a python fence goes on in the names of the one before (``continua``)
    fragment: str | None = None  # the file of which the block shows some lines, or None
    # what the cluster says when it refuses the block's manifest, or None
    refused: str | None = None


@dataclass(frozen=True)
class Block:
    """One fence of a page."""

    page: Path  # the page's path as the user gave it
    line: int  # 1-based line of the opening fence
    lang: str  # the fence's language, lower case
    title: str | None  # the fence's ``title="…"``, or None
    code: str  # the content, dedented, lines joined by a newline, no newline at the end
    role: Role  # what happens to it
    # the settings of the comment before it
    directives: Directives = field(default_factory=Directives)
    # the opening line's further words, ``{.python continuation}`` having one
    options: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it begins, as ``page:line``."""
        return self.place_at(self.line)

    def place_at(self, line: int) -> str:
        """A line of its page as ``page:line``, as editors and terminals link it."""
        return f"{self.page}:{line}"

    @property
    def reason(self) -> str:
        """Why it is not run, in Spanish; "" if it is."""
        usual = {Role.RENDERED: "diagrama: lo dibuja el sitio", Role.SHOWN: "texto"}
        return self.directives.show or usual.get(self.role, "")

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
class ProseLine:
    """A line of the page that is no code that is run."""

    line: int
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading, or a paragraph that begins with a bold one (see `sections`)."""

    text: str
    line: int  # where it stands, 1-based
    level: int  # 1 to 6; a bold one is below them all
    end: int  # the line of the next one that is not below it, or past the page's last

    def __contains__(self, line: int) -> bool:
        """Whether a line is under it."""
        return self.line <= line < self.end


@dataclass(frozen=True)
class Problem:
    """Something in a page that cannot be run as written, with the way out (both Spanish)."""

    page: Path
    line: int
    message: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.message}\n    → {self.next_step}"


class PageError(Exception):
    """A mistake in how a page is written, with the way out (both Spanish).

    Attributes:
        line: the page's line that shows it, or None where only the caller knows.
    """

    def __init__(self, message: str, next_step: str, line: int | None = None) -> None:
        super().__init__(f"{message}\n    → {next_step}")
        self.message = message
        self.next_step = next_step
        self.line = line

    def problem(self, page: Path, line: int = 1) -> Problem:
        """The same as a problem of a page, at its own line or else at this one."""
        return Problem(page, self.line or line, self.message, self.next_step)


@dataclass(frozen=True)
class Titles:
    """The titles by which a page tells where a part prepares what it needs, and clears up."""

    start: str = "Punto de partida"
    cleanup: str = "Limpieza"


@dataclass(frozen=True)
class Document:
    """A page, or a part of one that is run by itself."""

    path: Path
    # blocks, prose, headings: in the page's order; diagrams, and text only shown, are prose
    blocks: tuple[Block, ...]
    prose: tuple[ProseLine, ...]
    problems: tuple[Problem, ...]  # empty when it is well formed
    headings: tuple[Heading, ...] = ()
    section: str = ""  # the heading that a part begins with; "" for a page, or for its first part
    # what it leaves in the cluster is a fault. Not so in a piece of a part, whose clearing up may
    # be elsewhere.
    leaves_nothing: bool = True
    titles: Titles = Titles()  # those that its parts begin and end with

    @property
    def name(self) -> str:
        """What it is called among others: ``docs/04.md``, ``docs/04.md#Deployments``."""
        return f"{self.path}#{self.section}" if self.section else str(self.path)
