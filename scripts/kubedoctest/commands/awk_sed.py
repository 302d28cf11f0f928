"""Which awk and sed programs only read: both can write files and run commands from within."""

from __future__ import annotations

import re
from collections.abc import Sequence

# One sed command that writes nowhere, with its address; `s` with any delimiter.
_ADDRESS = r"(?:\d+(?:~\d+)?|\$|/(?:\\.|[^/\\\n])*/I?)"
_PART = r"(?:\\.|(?!(?P=delimiter))[^\\\n])*(?P=delimiter)"
_SUBSTITUTE = rf"s(?P<delimiter>[^\w\s\\]){_PART}{_PART}[gpiI\d]*"
_TRANSLATE = r"y/(?:\\.|[^/\\\n])*/(?:\\.|[^/\\\n])*/"
_SEPARATOR = r"[\s;{}]*"


def sed_reads(words: Sequence[str | None]) -> bool:
    """Without ``-i``, and each program made of commands that only print or substitute."""
    programs: list[str | None] = []
    operands: list[str | None] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in ("-e", "--expression") and rest:
            programs.append(rest.pop(0))
        elif word is not None and word.startswith("--expression="):
            programs.append(word.partition("=")[2])
        elif word is None or not word.startswith("-") or word == "-":
            operands.append(word)
        elif (
            re.fullmatch(r"-[nErsuz]+|--(quiet|silent|regexp-extended|posix|null-data)", word)
            is None
        ):
            return False
    if not programs:
        programs = operands[:1]
    return bool(programs) and all(p is not None and _sed_program_reads(p) for p in programs)


def _sed_program_reads(program: str) -> bool:
    at = 0
    command = re.compile(
        f"{_SEPARATOR}(?:{_ADDRESS}(?:,\\s*\\+?{_ADDRESS})?)?\\s*!?\\s*"
        f"(?:{_SUBSTITUTE}|{_TRANSLATE}|[dDpPnNgGhHx=l]|q\\d*|\\{{)"
        f"\\s*(?=[;\\n}}]|$|(?<=\\{{)){_SEPARATOR}"
    )
    while at < len(program):
        match = command.match(program, at)
        if match is None or match.end() == at:
            return program[at:].strip(" \t\n;}") == ""
        at = match.end()
    return True


def awk_reads(words: Sequence[str | None]) -> bool:
    """With a program that neither redirects, nor pipes, nor runs commands."""
    rest = list(words)
    while rest and rest[0] is not None and rest[0].startswith("-"):
        word = rest.pop(0)
        assert word is not None
        if word in ("-F", "-v") and rest:
            rest.pop(0)
        elif not re.match(r"-[Fv].", word):
            return False
    program = rest[0] if rest else None
    if program is None:
        return False
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', program)
    if re.search(r"system|getline|(?<!\|)\|(?!\|)|@", bare):
        return False
    # `>` compares, unless it can follow what a print wrote.
    return not re.search(r"print[^;}\n]*>", bare)
