"""How a command's output is to be read, known from the command's words.

The form never says what may differ (that is :mod:`~kubedoctest.values.shapes`), only which of those
lists counts, and which lines a page may leave out or show in another order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kubedoctest.commands.kubectl_words import after_globals
from kubedoctest.commands.shell_syntax import Words, commands_in, parse
from kubedoctest.comparison import sorting
from kubedoctest.comparison.sorting import Sorting
from kubedoctest.values import shapes
from kubedoctest.values.shapes import Shape


@dataclass(frozen=True)
class Form:
    """The form of one output.

    Attributes:
        volatile: the shapes that count in its text.
        aligned: whether runs of two spaces or more only align columns.
        listing: whether lines stand for objects, so that those with generated names are a set.
        headed: whether the first line is a table's header, whatever it looks like.
        progress: whether it tells a progress: the documented lines are a subsequence, the last one
            the last (``rollout status``, comparison rule 11).
        events: whether its tables list events: of each object's, in their order, the page may show
            some.
        ties: whether rows of equal ages may come in any order.
        unordered: whether no order of lines means anything.
        incidental: lines that the page may leave out, in any order (docker's layers).
        partial: whether any lines may be left out (``salida=parcial``).
        sorts: whether lines are sorted by their text, which is no order where it is generated.
        sorted_by: what a table's rows are sorted by, where it shows.
    """

    volatile: tuple[Shape, ...] = shapes.TEXT
    aligned: bool = True
    listing: bool = False
    headed: bool = False
    progress: bool = False
    events: bool = False
    ties: bool = False
    unordered: bool = False
    incidental: re.Pattern[str] | None = None
    partial: bool = False
    sorts: bool = False
    sorted_by: Sorting | None = None


TEXT = Form()
_SORTS = re.compile(r"\|\s*sort(?![^|]*\s-\w*[nkhVRg])(?!.*\|\s*sort\b)", re.DOTALL)
_LAYER = re.compile(r"[0-9a-f]{12}: .*")


@lru_cache(maxsize=1024)
def of(command: str, partial: bool = False) -> Form:
    """The form of a command's output: that of its first part that has one of its own."""
    root = parse(command)
    forms = [_simple(words) for words in commands_in(root)] if root is not None else []
    form = next((form for form in forms if form != TEXT), TEXT)
    return replace(form, partial=partial, sorts=_SORTS.search(command) is not None)


def _simple(words: Words) -> Form:
    tool = words[0] if words else None
    rest = [word or "" for word in words[1:]]
    if tool in ("watch", "time", "timeout", "command"):
        at = next((n for n, word in enumerate(rest) if word in _TOOLS), None)
        return TEXT if at is None else _simple(rest[at:])
    rule = _TOOLS.get(tool or "")
    return rule(rest) if rule else TEXT


def _kubectl(words: Sequence[str]) -> Form:
    rest = [word or "" for word in after_globals(words)]
    verb, options = (rest[0], rest[1:]) if rest else ("", [])
    if verb == "get":
        return _get(options)
    if verb == "describe":
        return Form(shapes.DESCRIPTION)
    if verb == "events":
        return Form(shapes.LISTING, listing=True, events=True, ties=True)
    if verb == "top":
        return Form(shapes.USAGE, listing=True, unordered=_value(options, "--sort-by") is not None)
    if verb == "rollout" and "status" in options:
        return Form(progress=True)
    return TEXT


def _get(options: Sequence[str]) -> Form:
    output = _value(options, "--output", "-o") or ""
    path = _value(options, "--sort-by")
    watches = any(re.fullmatch("-w|--watch(?:-only)?(?:=true)?", word) for word in options)
    sorted_by = None if watches else sorting.of(path, output)
    operands = [word for word in options if not word.startswith("-")]
    if output in ("yaml", "json"):
        return Form(shapes.MANIFEST, aligned=False)
    if output.startswith("custom-columns"):
        headed = "--no-headers" not in options
        return Form(shapes.TEXT, listing=True, headed=headed, sorted_by=sorted_by)
    if output and output != "wide":
        return Form(shapes.TEXT, listing=True)
    events = any(re.fullmatch(r"(?:events?|ev)(?:\..*)?", word) for word in operands[:1])
    return Form(
        shapes.LISTING,
        listing=True,
        events=events,
        ties=events and path is not None,
        sorted_by=sorted_by,
    )


def _docker(words: Sequence[str]) -> Form:
    verbs = [word for word in words if not word.startswith("-")][:2]
    moves_layers = any(verb in ("push", "pull", "run", "create") for verb in verbs)
    return Form(shapes.ENGINE, incidental=_LAYER if moves_layers else None)


def _kind(words: Sequence[str]) -> Form:
    # The nodes come in the order in which docker happened to make them.
    return Form(shapes.ENGINE, unordered=list(words[:2]) == ["get", "nodes"] or "load" in words)


def _value(options: Sequence[str], *names: str) -> str | None:
    """The value of an option written ``--name=v``, ``--name v``, ``-n v`` or ``-nv``."""
    for at, word in enumerate(options):
        for name in names:
            if word == name:
                return options[at + 1] if at + 1 < len(options) else ""
            if word.startswith(f"{name}="):
                return word[len(name) + 1 :]
            if not name.startswith("--") and word.startswith(name):
                return word[len(name) :]
    return None


_TOOLS = {"kubectl": _kubectl, "docker": _docker, "kind": _kind}
