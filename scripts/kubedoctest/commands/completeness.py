"""Whether a command is finished, in bash's own judgement (``bash -n``, comparison rule 17)."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class Waiting(Enum):
    """What bash waits for when a command is not finished."""

    HERE_DOCUMENT = "here-document"
    QUOTE = "quote"  # a quote, bracket or substitution that was opened
    BACKSLASH = "backslash"  # the last line ends in one
    COMMAND = "command"  # something after a pipe, ``do``, ``&&``…


@dataclass(frozen=True)
class Unfinished:
    """A command that goes on; ``wanted`` is the delimiter or the closing mark, if there is one."""

    waiting: Waiting
    wanted: str = ""


_VARIABLE = r"\$(?:\w+|\{\w+\}|[?@*#-])"
_PLAIN = (  # one line of plain words, pipes and redirections: bash need not be asked
    r"(?:"
    r"[^'\"`\\$(){}\[\]<>|&;#!]"
    r"|(?<=[^\s|&;<>])#"
    rf"|{_VARIABLE}"
    r"|'[^'\n]*'"
    rf'|"(?:[^"\\`$\n]|{_VARIABLE})*"'
    r"|>>?(?:&[0-9])?|\|\|?|&&?|;"
    r")*"
)
_surely_plain = re.compile(_PLAIN).fullmatch
_RESERVED = re.compile(
    r"(?<![^\s;|&])"  # as words of their own: not the one in ``--for=delete``
    r"(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|select|function|time|coproc|in)"
    r"(?![^\s;|&<>])"
)
_HERE_DOCUMENT = re.compile(
    r"here-document at line [0-9]+ delimited by end-of-file \(wanted `(.*)'\)"
)
_MATCHING = re.compile(r"unexpected (?:EOF|end of file) while looking for (?:matching )?`(.+?)'")
_END = re.compile(r"syntax error: unexpected end of file")


def unfinished(command: str) -> Unfinished | None:
    """What ``command`` still lacks, or None when bash would run it as it is.

    A command with an error of syntax is finished: bash refuses it when it runs.
    """
    if _surely_finished(command):
        return None
    return _ask_bash(command)


def _surely_finished(command: str) -> bool:
    """A cheap yes for plain one-liners; no means that only bash knows."""
    if "\n" in command or command.rstrip().endswith(("|", "&")) or not _surely_plain(command):
        return False
    return _RESERVED.search(command) is None


@lru_cache(maxsize=1024)
def _ask_bash(command: str) -> Unfinished | None:
    told = subprocess.run(
        ["bash", "-n"],
        input=command + "\n",
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        check=False,
    ).stderr
    if match := _HERE_DOCUMENT.search(told):
        return Unfinished(Waiting.HERE_DOCUMENT, match[1])
    if _ends_in_backslash(command):
        return Unfinished(Waiting.BACKSLASH)
    if match := _MATCHING.search(told):
        return Unfinished(Waiting.QUOTE, match[1])
    return Unfinished(Waiting.COMMAND) if _END.search(told) else None


def _ends_in_backslash(command: str) -> bool:
    """Whether the last line goes on by a backslash that is neither escaped nor in a comment."""
    line = command.rsplit("\n", 1)[-1]
    backslashes = len(line) - len(line.rstrip("\\"))
    if backslashes % 2 == 0:
        return False
    unquoted = re.sub(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", "q", line)
    return re.search(r"(?:^|\s)#", unquoted) is None
