"""Changed commands. What they would answer is not recorded, so they are scored on the cluster."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from mutants import Mutant, Source

from kubedoctest.page.document import Role
from kubedoctest.page.transcript import DocumentedLine, steps_of
from kubedoctest.values.names import NAME_END, NAME_START

_VERBS = {
    "get": "describe",
    "describe": "get",
    "apply": "delete",
    "create": "get",
    "delete": "get",
    "logs": "describe pod",
    "run": "get",
    "exec": "logs",
    "scale": "get",
    "patch": "get",
    "expose": "get",
    "set": "get",
    "label": "get",
    "rollout": "get",
}


def commands(source: Source) -> Iterator[Mutant]:
    """Another verb, another value of an option or one option less, another name."""
    dice = random.Random(f"commands:{source.path}")
    for number, block in source.blocks:
        if block.role is not Role.TRANSCRIPT:
            continue
        for step in steps_of(block):
            offset = step.line - block.line - 1
            text = block.code.split("\n")[offset]
            found = [*_verb(text), *_option(text), *_name(source, text)]
            if found:
                operator, new = dice.choice(found)
                yield source.edited(operator, number, DocumentedLine(step.line, text), new)


def _verb(text: str) -> Iterator[tuple[str, str]]:
    if match := re.search(r"(?<=\$ kubectl )[a-z]+", text):
        other = _VERBS.get(match.group())
        if other is not None:
            yield "command's verb", text[: match.start()] + other + text[match.end() :]


def _option(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r" --?(?P<name>[a-z][a-z-]*)[= ](?P<value>[\w./:-]+)(?= |$)", text):
        if match["name"] in ("timeout", "f", "filename", "c"):
            continue  # a longer timeout changes nothing
        yield "command's option", text[: match.end()] + "x" + text[match.end() :]
        yield "command's option", text[: match.start()] + text[match.end() :]


def _name(source: Source, text: str) -> Iterator[tuple[str, str]]:
    for word in sorted(source.fixed):
        for match in re.finditer(f"{NAME_START}{re.escape(word)}{NAME_END}", text):
            yield "command's name", text[: match.end()] + "-x" + text[match.end() :]
