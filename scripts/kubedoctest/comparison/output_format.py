"""How a command's output is to be read, known from the command's words.

The format says which values may differ (:mod:`~kubedoctest.values.shapes` lists them by program and
field), which lines a page may leave out or show in another order, and whether they are an outline.
With it goes what may be documented for each line of a text, known from where the line stands in it.
What the columns of a kind are, the server says (:mod:`~kubedoctest.comparison.object_query`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import or_

from kubedoctest.commands.command import Command, Query, SimpleCommand
from kubedoctest.commands.shell_syntax import names
from kubedoctest.comparison import table
from kubedoctest.comparison.pattern import Pattern, Patterns
from kubedoctest.comparison.table import Sorting
from kubedoctest.page.outline import Outline, Style
from kubedoctest.values import shapes
from kubedoctest.values.shapes import LITERAL, Shapes


@dataclass(frozen=True)
class OutputFormat:
    """The format of one output."""

    volatile: Shapes = LITERAL  # what may differ in it
    aligned: bool = True  # whether runs of two spaces or more only align columns
    padded: bool = False  # whether blanks before a line only align it (``uniq -c``)
    outline: Style | None = None  # how its lines stand under one another, if they do
    # whether lines stand for objects, so that those with generated names are a set
    listing: bool = False
    # the headings of rows that come without their header; the server knows them, not the command
    headings: tuple[str, ...] = ()
    headed: bool = False  # whether the first line is a table's header, whatever it looks like
    # whether it tells a progress: the documented lines are a subsequence, the last one the last
    # (``rollout status``, comparison rule 11)
    progress: bool = False
    # whether its tables list events: of each object's, in their order, the page may show some
    events: bool = False
    ties: bool = False  # whether rows of equal ages may come in any order
    unordered: bool = False  # whether no order of lines means anything
    # whether lines come in an order that means something, also where they differ only in generated
    # values (an image's layers)
    in_order: bool = False
    # lines that the page may leave out, in any order (docker's layers, what clients say by chance)
    incidental: re.Pattern[str] | None = None
    partial: bool = False  # whether any lines may be left out, as of a stream
    # whether lines are sorted by their text, which is no order where it is generated
    sorts: bool = False
    sorted_by: Sorting | None = None  # what a table's rows are sorted by, where it shows


TEXT = OutputFormat()
_LAYER = re.compile(f"{shapes.ENGINE_ID}: .*")
# Clients before 26.1 say it at times of a container that they leave running (docker/cli#5043).
_LEFT = '(?:time="[^"]*" level=error msg="|ERRO.*)error waiting for container: context canceled"?'
_BY_CHANCE = {
    **dict.fromkeys(("push", "pull", "create"), _LAYER),
    "run": re.compile(f"{_LAYER.pattern}|{_LEFT}"),
    "port": re.compile(r"(?:.* -> )?(?:\[::\]|::):[0-9]+"),  # the twin for IPv6
}
_COPYING = names(
    "cat head tail sed awk grep egrep cut sort uniq tr wc nl rev tac column diff cmp echo printf jq"
    " yq tee xargs base64 sha1sum sha256sum sha512sum md5sum cksum seq test [ true false cd mkdir"
    " cp mv rm ln touch chmod export read sleep basename dirname pwd hostname timeout command watch"
)
_ONLY_ITS_PID = re.compile(r"(?:(?:-f|--format)=)?\{\{\.State\.Pid\}\}")
_OUTLINED = re.compile(r".*\.(?:ya?ml|json)")


@lru_cache(maxsize=1024)
def of(command: str) -> OutputFormat:
    """The format of a command's output: that of its first program that has one of its own."""
    parsed = Command.of(command)
    formats = [_format(one) for one in parsed.programs]
    found = next((one for one in formats if replace(one, volatile=LITERAL) != TEXT), TEXT)
    return replace(
        found,
        # What no grammar understands may be anybody's, and so may what a python fence prints.
        volatile=reduce(or_, (f.volatile for f in formats), LITERAL if formats else shapes.KUBECTL),
        padded=parsed.counts_lines or any(one.name in _PADDING for one in parsed.programs),
        sorts=parsed.sorts_lines,
    )


def _format(program: SimpleCommand) -> OutputFormat:
    known = _FORMATS.get(program.name)
    return OutputFormat(shapes.CLOCK) if known is None else known(program)


_PADDING = ("wc", "nl", "ps")


def _copied(program: SimpleCommand) -> OutputFormat:
    outlined = program.name in ("jq", "yq") or any(
        _OUTLINED.fullmatch(word or "") for word in program.given
    )
    # A file of a container tells times that its author did not write.
    volatile = shapes.CLOCK if program.in_container else LITERAL
    return OutputFormat(volatile, outline=Style.NESTED if outlined else None)


def _processes(program: SimpleCommand) -> OutputFormat:
    return OutputFormat(shapes.PROCESSES_INSIDE if program.in_container else shapes.PROCESSES)


def _kubectl(program: SimpleCommand) -> OutputFormat:
    kubectl, query = program.kubectl, program.query
    assert kubectl is not None
    verb, output = kubectl.verb, kubectl.value("-o", "--output")
    found = OutputFormat(_OF_VERB.get(verb, shapes.KUBECTL))
    if output in ("yaml", "json") or verb == "kustomize":
        found = OutputFormat(shapes.MANIFEST, aligned=False, outline=Style.NESTED)
    elif verb == "get" and query is not None:
        found = _get(query)
    elif verb == "describe" or (verb == "rollout" and kubectl.value("--revision")):
        found = OutputFormat(shapes.DESCRIPTION, outline=Style.DESCRIPTION)
    elif verb == "events":
        found = OutputFormat(shapes.EVENTS, listing=True, events=True, ties=True)
    elif verb == "top":
        unordered = kubectl.value("--sort-by") is not None
        found = OutputFormat(shapes.USAGE, listing=True, unordered=unordered)
    elif verb == "rollout" and "status" in kubectl.operands:
        found = OutputFormat(shapes.KUBECTL, progress=True)
    return found


_OF_VERB = {
    "logs": shapes.LOGS,
    "attach": shapes.LOGS,
    "run": shapes.LOGS,
    "exec": shapes.LOGS,
    "version": shapes.KUBECTL_VERSION,
    "cluster-info": shapes.CLUSTER_INFO,
    "config": shapes.CLUSTER_INFO,
    "port-forward": shapes.PORT_FORWARD,
    "diff": shapes.DIFF,
}


def _get(query: Query) -> OutputFormat:
    sorted_by = None if query.watch else table.sorting_of(query)
    if query.format.startswith("custom-columns"):
        known = {heading: shapes.of_path(path) for heading, path in query.columns}
        volatile = Shapes((), {h: shape for h, shape in known.items() if shape is not None})
        headed = not query.no_headers
        return OutputFormat(
            shapes.KUBECTL | volatile, listing=True, headed=headed, sorted_by=sorted_by
        )
    if query.format not in ("", "wide"):
        return OutputFormat(shapes.KUBECTL, listing=True)
    if query.of_events:
        return OutputFormat(
            shapes.EVENTS, listing=True, events=True, ties=query.sort_by is not None
        )
    return OutputFormat(shapes.LISTING, listing=True, sorted_by=sorted_by)


def _docker(program: SimpleCommand) -> OutputFormat:
    words = [word or "" for word in program.given]
    verbs = [word for word in words if not word.startswith("-")][:2]
    volatile = shapes.engine(verbs, any(_ONLY_ITS_PID.fullmatch(word) for word in words))
    if "run" in verbs[:1] and "ps" in words:
        volatile |= shapes.PROCESSES_INSIDE
    return OutputFormat(
        volatile | LITERAL,
        in_order=True,
        outline=Style.NESTED if "inspect" in verbs else None,
        incidental=next((_BY_CHANCE[verb] for verb in verbs if verb in _BY_CHANCE), None),
    )


def _kind(program: SimpleCommand) -> OutputFormat:
    # The nodes come in the order in which docker happened to make them.
    unordered = program.given[:2] == ("get", "nodes") or "load" in program.given
    return OutputFormat(shapes.ENGINE, unordered=unordered)


_FORMATS: dict[str, Callable[[SimpleCommand], OutputFormat]] = {
    **dict.fromkeys(_COPYING, _copied),
    **dict.fromkeys(("docker", "podman"), _docker),
    "kind": _kind,
    "kubectl": _kubectl,
    "ls": lambda _: OutputFormat(shapes.LISTS_FILES),
    "promtool": lambda program: OutputFormat(shapes.promtool(program.given)),
    "ps": _processes,
    "time": lambda _: OutputFormat(shapes.TIMES_COMMANDS),
}


# -- the lines of a text

_UNDERLINE = re.compile(r"(?P<indent>\s*)-{2,}(?:\s{2,}-{2,})+\s*")
_EVENT = re.compile(
    r"(?P<indent>\s*)(Normal|Warning)\s{2,}(\S+)\s{2,}(\S.*?)\s{2,}(\S+)\s{2,}(\S.*)"
)
_OF_EVENTS = ("Type", "Reason", "Age", "From", "Message")
_AGE = "AGE"


def line_patterns(
    lines: Sequence[str], how: OutputFormat, patterns: Patterns, outline: Outline | None = None
) -> list[Pattern]:
    """The patterns of a text's lines."""
    if outline is not None:
        inner = dict(_inner_tables(lines, how, patterns))
        return [inner.get(n) or _outlined(outline, n, how, patterns) for n in range(len(lines))]
    return [_row(line, how, patterns) or _plain(line, how, patterns) for line in lines]


def _plain(line: str, how: OutputFormat, patterns: Patterns) -> Pattern:
    start = r"\s*" if how.padded else None
    return patterns.of_line(line, how.volatile, how.aligned, start=start)


def _row(line: str, how: OutputFormat, patterns: Patterns) -> Pattern | None:
    """A row of ``kubectl get`` without its header, read from its end; None if it is none."""
    cells = re.split(r"\s{2,}|\t", line.strip())
    for blank in range(len(how.headings)):  # labels that an object lacks leave no trace
        end = how.headings[: len(how.headings) - blank][-len(cells) :]
        headings = ("",) * (len(cells) - len(end)) + end
        if _AGE not in end:
            return None
        if how.volatile.columns[_AGE].is_whole(cells[headings.index(_AGE)]):
            return patterns.of_row(headings, cells, how.volatile)
    return None


def _outlined(outline: Outline, n: int, how: OutputFormat, patterns: Patterns) -> Pattern:
    start = None
    event = _EVENT.fullmatch(outline.lines[n]) if outline.style is Style.DESCRIPTION else None
    if event is not None:  # without its header, which a filter took away
        indent, *cells = event.groups()
        return patterns.of_row(_OF_EVENTS, cells, how.volatile, indent=indent)
    if outline.goes_on(n):  # in the column of a value, which is further right below longer keys
        above = outline.lines[outline.parents[n]]
        start = rf"\s{{{len(above) - len(above.lstrip()) + 2},}}"
    value = how.volatile.at(outline.path(n)) if how.volatile.fields else None
    return patterns.of_line(outline.lines[n], how.volatile, how.aligned, value=value, start=start)


def _inner_tables(
    lines: Sequence[str], how: OutputFormat, patterns: Patterns
) -> Iterator[tuple[int, Pattern]]:
    """The rows of the tables inside a description, which are underlined: by index."""
    for n, line in enumerate(lines):
        underline = _UNDERLINE.fullmatch(line)
        if n == 0 or underline is None:
            continue
        indent = underline["indent"]
        last = n + 1
        while last < len(lines) and re.match(rf"{indent}\S", lines[last]):
            last += 1
        real = table.read([lines[n - 1], *lines[n + 1 : last]])
        for at, cells in enumerate(real.rows, start=n + 1):
            if cells is not None:
                yield at, patterns.of_row(real.headers, cells, how.volatile, indent=indent)
