"""What a mutant of a page is, and what the generators of mutants know of a page.

A mutant is the page with one edit. A *lie* is no longer true of the recorded run; an *equivalent*
says the same in other words, and must stay green.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from kubedoctest.cluster.timeline import Identity, Owner
from kubedoctest.commands.command import Command
from kubedoctest.comparison import documented, table
from kubedoctest.page import inventory, sections
from kubedoctest.page.document import Block, Directives, Document, Role
from kubedoctest.page.transcript import DocumentedLine, Step, is_interrupt, steps_of
from kubedoctest.recordings.recording import PageRecording
from kubedoctest.values.names import NAME_END, NAME_START, Name, known

ROOT = Path(__file__).resolve().parents[2]
VOLATILE_HEADINGS = frozenset({"AGE", "DURATION", "LAST SEEN", "VERSION", "PID", "PPID", "PIDS"})
ENGINE_ID = re.compile("[0-9a-f]{12}")
CELL = re.compile(r"\S+(?: \S+)*")


@dataclass(frozen=True)
class Edit:
    """Lines of a block's code, counted from 0, and what stands there instead."""

    block: int
    first: int
    count: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """One edited page.

    Attributes:
        operator: the kind of edit.
        block: the index of the edited block; for prose, that of the page as a whole, which comes
            after its blocks.
        line: the edited line of the page.
        before, after: that line; empty when it was added or removed.
        edit: of a block's code, or
        directives: of the comment before the block, or
        renamed: a name and its new one, everywhere in the page, or
        prose: the index of a line of the prose, and its new text.
    """

    operator: str
    block: int
    line: int
    before: str
    after: str
    edit: Edit | None = None
    directives: Directives | None = None
    renamed: tuple[str, str] | None = None
    prose: tuple[int, str] | None = None

    def __str__(self) -> str:
        return f"{self.line} [{self.operator}] «{self.before.strip()}» → «{self.after.strip()}»"


@dataclass(frozen=True)
class Shown:
    """One documented output: a command's lines, and where they are.

    Attributes:
        block: the index of the block.
        header: its headings when it is one table, else None.
        used: the generated names that commands up to this one have used.
        commands: the commands up to this one, as documented.
        stretch: how many commands had changed something by then.
    """

    block: int
    step: Step
    header: tuple[str, ...] | None
    used: frozenset[str]
    commands: str
    stretch: int

    @property
    def lines(self) -> tuple[DocumentedLine, ...]:
        """The lines, without ``...`` and ``^C``."""
        return tuple(
            line
            for line in self.step.output
            if line.text.strip() not in ("...", "") and not is_interrupt(line.text)
        )

    @property
    def rows(self) -> tuple[DocumentedLine, ...]:
        """The rows of a table."""
        return self.lines[1:]

    @property
    def excerpt(self) -> bool:
        """Whether ``...`` leaves lines out."""
        return any(line.text.strip() == "..." for line in self.step.output)

    @property
    def streams(self) -> bool:
        """Whether its lines may come in other numbers (``-w``, ``rollout status``)."""
        words = self.step.command.split()
        told = "rollout" in words and "status" in words
        return told or Command.of(self.step.command).goes_on is not None


@cache
def _parts(path: str) -> Mapping[str, Document]:
    """The parts of a page that run by themselves, by their names."""
    page = inventory.read_page(Path(path), inventory.settings(ROOT / "mkdocs.yml"), ROOT)
    assert not page.problems, page.problems
    return {part.name: part for part in sections.parts(page)}


class Source:
    """A page with its recording, as the generators of mutants read it."""

    def __init__(self, path: str, recording: PageRecording) -> None:
        self.path = path
        self.recording = recording
        self.document = _parts(path.partition("#")[0])[path]
        self._generated: dict[str, set[str]] = {}

    def mutated(self, mutant: Mutant) -> Document:
        """The page with the mutant's edit."""
        blocks = list(self.document.blocks)
        prose = self.document.prose
        if mutant.edit is not None:
            lines = blocks[mutant.edit.block].code.split("\n")
            lines[mutant.edit.first : mutant.edit.first + mutant.edit.count] = mutant.edit.lines
            blocks[mutant.edit.block] = replace(blocks[mutant.edit.block], code="\n".join(lines))
        if mutant.directives is not None:
            blocks[mutant.block] = replace(blocks[mutant.block], directives=mutant.directives)
        if mutant.prose is not None:
            number, text = mutant.prose
            changed = replace(prose[number], text=text)
            prose = (*prose[:number], changed, *prose[number + 1 :])
        if mutant.renamed is not None:
            old, new = mutant.renamed
            # An id may stand there whole, or as its beginning.
            rest = "(?=[0-9a-f]{52})|" if ENGINE_ID.fullmatch(old) else ""
            word = re.compile(f"{NAME_START}{re.escape(old)}(?:{rest}{NAME_END})")
            blocks = [replace(block, code=word.sub(new, block.code)) for block in blocks]
            end, other = f"…-{old[-5:]}", f"…-{new[-5:]}"
            prose = tuple(
                replace(line, text=word.sub(new, line.text).replace(end, other)) for line in prose
            )
        return replace(self.document, blocks=tuple(blocks), prose=prose)

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """Every documented output of the page, in order."""
        found: list[Shown] = []
        used: set[str] = set()
        commands, stretch = "", 0
        for number, block in enumerate(self.document.blocks):
            for step in steps_of(block) if block.role in (Role.TRANSCRIPT, Role.COMMANDS) else ():
                used |= self.generated_in(step.command)
                commands += f"{step.command}\n"
                stretch += not Command.of(step.command).reads
                if block.role is Role.TRANSCRIPT and step.output:
                    found.append(
                        Shown(number, step, _header(step), frozenset(used), commands, stretch)
                    )
        return tuple(found)

    @property
    def blocks(self) -> Iterator[tuple[int, Block]]:
        """The blocks with their indices."""
        return enumerate(self.document.blocks)

    def generated_in(self, text: str) -> set[str]:
        """The generated names that a text holds."""
        if text not in self._generated:
            found = {match.group() for form in self._forms for match in form.finditer(text)}
            self._generated[text] = found - self.fixed
        return set(self._generated[text])

    @cached_property
    def _forms(self) -> tuple[re.Pattern[str], ...]:
        """What generated names look like as words."""
        regexes = dict.fromkeys(name.regex for name in self.names.values())
        return tuple(re.compile(f"{NAME_START}{regex}{NAME_END}") for regex in regexes)

    @cached_property
    def names(self) -> Mapping[str, Name]:
        """The generated names of the recorded objects."""
        return known(self._identities)

    @cached_property
    def fixed(self) -> frozenset[str]:
        """The names that authors gave to the recorded objects."""
        return frozenset({i.name for i in self._identities} - self.names.keys())

    @cached_property
    def _identities(self) -> tuple[Identity, ...]:
        found = []
        for entry in self.recording.entries:
            for row in entry.rows:
                meta = row["object"]["metadata"]
                owner = next(
                    (o for o in meta.get("ownerReferences", ()) if o.get("controller")), {}
                )
                found.append(
                    Identity(
                        entry.resource.kind,
                        meta.get("namespace", ""),
                        meta["name"],
                        meta["uid"],
                        meta.get("generateName", ""),
                        Owner(owner["kind"], owner["name"], owner["uid"]) if owner else None,
                        meta.get("labels", {}),
                    )
                )
        return tuple(found)

    @cached_property
    def statuses(self) -> frozenset[str]:
        """Every status that any recorded object ever had."""
        return frozenset(row.get("STATUS", "") for row in self._rows)

    def occurred(self, headers: tuple[str, ...], cells: tuple[str, ...]) -> bool:
        """Whether any recorded object ever read so, its name and ages aside."""
        shown = {
            h: c.partition(" (")[0]
            for h, c in zip(headers, cells, strict=True)
            if h not in VOLATILE_HEADINGS and h != "NAME"
        }
        return any(
            shown.keys() <= row.keys()
            and all(row[h].partition(" (")[0] == c for h, c in shown.items())
            for row in self._rows
        )

    @cached_property
    def _rows(self) -> tuple[Mapping[str, str], ...]:
        distinct = {
            tuple(
                (column.name.upper(), "<none>" if cell is None else str(cell))
                for column, cell in zip(entry.columns, row["cells"], strict=False)
                if column.name.upper() not in VOLATILE_HEADINGS
            )
            for entry in self.recording.entries
            for row in entry.rows
        }
        return tuple(dict(row) for row in distinct)

    def edited(
        self, operator: str, block: int, line: DocumentedLine, *new: str, count: int = 1
    ) -> Mutant:
        """The mutant with these lines in the place of ``count`` from ``line`` on."""
        first = line.number - self.document.blocks[block].line - 1
        before = self.document.blocks[block].code.split("\n")[first : first + count]
        return Mutant(
            operator,
            block,
            line.number,
            " ⏎ ".join(before),
            " ⏎ ".join(new),
            Edit(block, first, count, new),
        )


def bare(text: str) -> str:
    """A documented line without its remark."""
    return documented.versions(text)[-1]


def cells(text: str) -> list[re.Match[str]]:
    """The cells of a documented row, by the two blanks or more between them."""
    return list(CELL.finditer(bare(text)))


def put(text: str, cell: re.Match[str], value: str) -> str:
    """A documented row with another value in a cell."""
    return text[: cell.start()] + value + text[cell.end() :]


def _header(step: Step) -> tuple[str, ...] | None:
    lines = [line for line in step.output if line.text.strip()]
    first = bare(lines[0].text) if lines else ""
    # Several tables in one output are left to the operators of text.
    if not table.is_header(first) or any(table.is_header(bare(line.text)) for line in lines[1:]):
        return None
    return table.headings(first)
