"""Which commands do not end by themselves, by the shell's grammar.

A reader ends them with ``^C`` or leaves them running in a second terminal; so must a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from kubedoctest.commands.kubectl_words import after_globals
from kubedoctest.commands.shell_syntax import Words, arguments_of, names, parse, text_of

if TYPE_CHECKING:
    from tree_sitter import Node


class Endless(Enum):
    """What a command that does not end goes on printing."""

    WATCH = "watch"  # rows of a table, one for each change (kubectl get -w)
    LINES = "lines"  # lines that come in a fixed order (logs -f, tail -f, port-forward)
    LOOP = "loop"  # the same command's lines over and over


@lru_cache(maxsize=1024)
def kind_of(command: str) -> Endless | None:
    """What the command prints without end, or None when it ends by itself.

    None too for what runs in the background, and for what the grammar cannot parse.
    """
    root = parse(command)
    return None if root is None else _statements(root)


@lru_cache(maxsize=1024)
def left_in_background(command: str) -> bool:
    """Whether the command as a whole is left running in the background (``command &``)."""
    root = parse(command)
    if root is None:
        return False
    parts = [child for child in root.children if child.type not in ("comment", "\n")]
    return bool(parts) and parts[-1].type == "&"


def _statements(node: Node) -> Endless | None:
    """The first of a sequence of statements that does not end."""
    children = [child for child in node.children if child.type != "comment"]
    for at, child in enumerate(children):
        in_background = at + 1 < len(children) and children[at + 1].type == "&"
        found = _statement(child) if child.is_named and not in_background else None
        if found is not None:
            return found
    return None


def _statement(node: Node) -> Endless | None:
    rule = _RULES.get(node.type)
    return rule(node) if rule is not None else None


def _group(node: Node) -> Endless | None:
    """``{ …; }``; not ``(( … ))``, which the grammar gives the same name."""
    return _statements(node) if node.children[0].type == "{" else None


def _pipeline(node: Node) -> Endless | None:
    """A pipeline ends when one of its stages does and nobody reads the others any more."""
    stages = [child for child in node.children if child.is_named]
    if any(stage.type == "command" and _ends_its_pipe(arguments_of(stage)) for stage in stages):
        return None
    found = next((kind for kind in map(_statement, stages) if kind is not None), None)
    # A filter leaves out the table's header, and rows.
    return Endless.LOOP if found is Endless.WATCH and len(stages) > 1 else found


def _ends_its_pipe(words: Words) -> bool:
    name, rest = words[0] if words else None, [word or "" for word in words[1:]]
    if name == "head":
        return True
    if name in ("grep", "egrep", "fgrep"):
        return any(re.match(r"-[a-zA-Z]*[mq]|--max-count|--quiet", word) for word in rest)
    if name in ("sed", "awk"):
        return any(re.search(r"\bexit\b|[0-9/;{]\s*q", word) for word in rest)
    return False


def _while(node: Node) -> Endless | None:
    return _loop(node, _holds_for_ever(node))


def _for(node: Node) -> Endless | None:
    """``for ((…;…;…))``: without a condition it never ends."""
    return _loop(node, node.child_by_field_name("condition") is None)


def _loop(node: Node, for_ever: bool) -> Endless | None:
    body = node.child_by_field_name("body")
    if body is None:
        return None
    if for_ever and not _leaves(body):
        return Endless.LOOP
    return _statement(body)


def _holds_for_ever(node: Node) -> bool:
    condition = node.child_by_field_name("condition")
    if condition is None:
        return False
    text = re.sub(r"\s+", " ", text_of(condition)).rstrip("; ")
    if node.children[0].type == "until":
        return text == "false"
    return re.fullmatch(r"true|:|sleep [\w.]+|\[ 1 \]|\(\( ?1 ?\)\)", text) is not None


def _leaves(node: Node) -> bool:
    """Whether anything in a loop may end it."""
    if node.type == "command" and (arguments_of(node) or [None])[0] in ("break", "exit", "return"):
        return True
    return any(_leaves(child) for child in node.children)


# -- simple commands

_BEFORE_A_COMMAND = names("time command exec nohup builtin")
_FOLLOWS = re.compile(r"--follow(?:=(?!false).*)?|-[a-zA-Z0-9]*[fF]")


def _command(words: Words) -> Endless | None:
    if not words or words[0] is None:
        return None
    name, rest = words[0], words[1:]
    if name in _BEFORE_A_COMMAND:
        return _command(rest)
    rule = _COMMANDS.get(name)
    return rule(rest) if rule is not None else None


def _given(words: Words, option: re.Pattern[str]) -> bool:
    return any(word is not None and option.fullmatch(word) for word in words)


_WATCHES = re.compile(r"-A*wA*|--watch(?:=true)?|--watch-only(?:=true)?")
_FOLLOWS_LOGS = re.compile(r"-p*fp*|--follow(?:=true)?")
_GIVES_UP = re.compile(r"--request-timeout(?:=.*)?")
_KUBECTL_VERBS = {
    "attach": Endless.LINES,
    "port-forward": Endless.LINES,
    "proxy": Endless.LINES,
}
_OF_A_JOB = re.compile(r"jobs?(?:\.batch)?/.+")  # its log ends when it does


def _kubectl(words: Words) -> Endless | None:
    rest = after_globals(words)
    if not rest or rest[0] is None:
        return None
    verb, rest = rest[0], rest[1:]
    before = rest[: list(rest).index("--")] if "--" in rest else rest
    if verb == "exec" and "--" in rest:
        return _command(rest[len(before) + 1 :])
    if verb in ("get", "events"):
        ends = not _given(before, _WATCHES) or _given(words, _GIVES_UP)
        return None if ends else Endless.WATCH
    if verb == "logs":
        follows = _given(before, _FOLLOWS_LOGS) and not _given(before, _OF_A_JOB)
        return Endless.LINES if follows else None
    return _KUBECTL_VERBS.get(verb)


def _docker(words: Words) -> Endless | None:
    rest = [word or "" for word in words]
    if rest[:1] in (["container"], ["compose"]):
        del rest[0]
    if rest[:1] == ["logs"] and _given(rest, re.compile(r"-[a-z]*f|--follow")):
        return Endless.LINES
    if rest[:1] == ["events"] and not any(word.startswith("--until") for word in rest):
        return Endless.LINES
    return Endless.LOOP if rest[:1] == ["stats"] and "--no-stream" not in rest else None


def _tail(words: Words) -> Endless | None:
    if any(word is not None and word.startswith("--pid") for word in words):
        return None
    return Endless.LINES if _given(words, _FOLLOWS) else None


def _journal(words: Words) -> Endless | None:
    return Endless.LINES if _given(words, re.compile(r"-f|--follow")) else None


def _sleep(words: Words) -> Endless | None:
    return Endless.LINES if list(words) == ["infinity"] else None


def _ping(words: Words) -> Endless | None:
    ends = any(word is not None and re.match(r"-[cw]", word) for word in words)
    return None if ends else Endless.LOOP


def _python(words: Words) -> Endless | None:
    return Endless.LINES if list(words[:2]) == ["-m", "http.server"] else None


def _shell(words: Words) -> Endless | None:
    """``sh -c TEXT``: as its text does."""
    if len(words) == 2 and words[0] == "-c" and words[1] is not None:
        return kind_of(words[1])
    return None


_COMMANDS: dict[str, Callable[[Words], Endless | None]] = {
    "bash": _shell,
    "docker": _docker,
    "journalctl": _journal,
    "kubectl": _kubectl,
    "ping": _ping,
    "python": _python,
    "python3": _python,
    "sh": _shell,
    "sleep": _sleep,
    "tail": _tail,
    "watch": lambda _: Endless.LOOP,
    "yes": lambda _: Endless.LOOP,
}

_RULES: dict[str, Callable[[Node], Endless | None]] = {
    "c_style_for_statement": _for,
    "command": lambda node: _command(arguments_of(node)),
    "compound_statement": _group,
    "do_group": _statements,
    "list": _statements,
    "negated_command": _statements,
    "pipeline": _pipeline,
    "redirected_statement": _statements,
    "subshell": _statements,
    "while_statement": _while,
}
