"""A shell command, parsed once: everything that the harness asks about what it does.

It reads if everything in it is known to read: each program of its pipelines, lists, loops and
substitutions, each with its options. Whatever is not known changes something, and so does what the
grammar cannot parse, a redirection to a file, an assignment, or a command left running in the
background.

It goes on if it does not end by itself: a reader ends it with ``^C`` or leaves it running in a
second terminal, and so must a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from kubedoctest.commands.kubectl import Query, listing
from kubedoctest.commands.programs import GoesOn, Refusal, SimpleCommand, innermost, shell_text
from kubedoctest.commands.shell_syntax import (
    UnknownOption,
    arguments_of,
    names,
    parse,
    text_of,
    walk,
    without_remarks,
    word_of,
    words_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Command", "GoesOn", "Query", "Refusal", "SimpleCommand"]

_ASKS_CLUSTER = re.compile(r"(?<![\w.-])(?:kubectl|helm|kustomize)(?![\w.])")
_CLIENTS = frozenset({"curl", "wget", "nc"})
_OF_ONE_POD = frozenset({"attach", "exec", "logs", "port-forward"})
_OF_PODS = re.compile(r"(?!pods?/|po/)[a-z.]+/")
_ID_BEGINS = re.compile("[0-9a-f]{4,11}")
_OWN_OUTPUT = re.compile(r"/dev/(?:std(?:out|err)|fd/[12])\b|/proc/(?:self|\$\$)/fd/[12]\b")
_ITSELF = re.compile(r"\blocalhost\b|127\.0\.0\.1|\[::1\]")
_SORTED_BY_KEY = re.compile(
    r"-\w*[nkhVRg].*|--(?:key|(?:numeric|human-numeric|version|random|general-numeric)-sort)(?:=.*)?"
)


class Command:
    """One command of a page, as bash is given it. Ask for one by `Command.of`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._root = parse(text)

    @staticmethod
    @lru_cache(maxsize=1024)
    def of(text: str) -> Command:
        """The command with this text."""
        return Command(text)

    # -- what it does

    @cached_property
    def reads(self) -> bool:
        """Whether it changes nothing, neither in a cluster, nor in files, nor in bash."""
        return self._root is not None and _reads(self._root)

    @cached_property
    def goes_on(self) -> GoesOn | None:
        """What it goes on printing, or None when it ends by itself.

        None too for what runs in the background, and for what the grammar cannot parse.
        """
        return None if self._root is None else _first_that_goes_on(self._root)

    @cached_property
    def may_end(self) -> bool:
        """Whether what goes on ends when its object does: the log of a container."""
        return self.goes_on is GoesOn.LINES and any(
            one.name in ("kubectl", "docker") and "logs" in one.words for one in self.programs
        )

    @cached_property
    def in_background(self) -> bool:
        """Whether it is left running in the background as a whole (``command &``)."""
        parts = [c for c in self._root.children if c.type not in _BLANK] if self._root else []
        return bool(parts) and parts[-1].type == "&"

    @cached_property
    def jobs(self) -> tuple[str, ...]:
        """The statements that it leaves running in the background, as they are written."""
        pairs = (pairwise(node.children) for node in walk(self._root)) if self._root else ()
        return tuple(text_of(one) for each in pairs for one, then in each if then.type == "&")

    @cached_property
    def may_start_jobs(self) -> bool:
        """Whether bash may tell that a job was started: not surely none is."""
        return bool(self.jobs) or (self._root is None and "&" in self.text)

    @cached_property
    def refusal(self) -> Refusal | None:
        """Why it cannot be part of a page that is verified, and what to write instead."""
        path = _foreign_kubeconfig(self._root, self.text)
        if path is None:
            return next(filter(None, (one.program.refused(one) for one in self.programs)), None)
        return Refusal(
            f"`{path}` podría ser el kubeconfig de otro cluster, y los bloques usan uno solo.",
            "Si la página lo escribe ella misma, nómbrenlo con una ruta relativa o con `~/`.",
        )

    @cached_property
    def answers_vary(self) -> bool:
        """Whether its answer may be another a moment later, without anybody changing anything."""
        return any(one.program.answers_vary for one in self.programs)

    # -- what it is made of

    @cached_property
    def programs(self) -> tuple[SimpleCommand, ...]:
        """All that it runs, as written, then what each one runs in turn (``timeout``, ``exec``)."""
        return tuple(_simple_commands(self._root, False)) if self._root is not None else ()

    @cached_property
    def query(self) -> Query | None:
        """What it lists, if it is one ``kubectl get`` of kinds and names and nothing else.

        None for a pipe, a redirection, a word known only when it runs, another cluster, or an
        option that chooses objects by something else (``-f``, ``--raw``, …).
        """
        parts = [c for c in self._root.children if c.type != "comment"] if self._root else []
        if len(parts) != 1 or parts[0].type != "command":
            return None
        words = words_of(parts[0])
        return listing(words[1:]) if words[:1] == ["kubectl"] else None

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """What each of its uses of kubectl is about."""
        return tuple(one.query for one in self.programs if one.query is not None)

    @property
    def without_remarks(self) -> str:
        """Its text without comments, which bash does not run."""
        return without_remarks(self.text)

    # -- what it asks

    @cached_property
    def asks_cluster(self) -> bool:
        """Whether it may talk to a cluster: a program that does is named somewhere in it."""
        return _ASKS_CLUSTER.search(self.without_remarks) is not None

    @cached_property
    def about_nodes(self) -> bool:
        """Whether it asks for nodes themselves, or no cluster at all.

        ``drain`` and ``cordon`` are given one: wherever the pod that it was asked for landed.
        """
        kubectl = any(one.kubectl for one in self.programs) or (
            self._root is None and "kubectl" in self.text
        )
        return not kubectl or any(query.of_nodes for query in self.queries)

    @cached_property
    def requests(self) -> bool:
        """Whether it may ask a Service something over the network."""
        return any(
            not _CLIENTS.isdisjoint(one.words if one.name == "docker" else (one.name,))
            and not (one.in_container and any(_ITSELF.search(word or "") for word in one.words))
            for one in self.programs
        )

    @cached_property
    def picks_a_pod_of(self) -> str | None:
        """What kubectl is given to take one of its pods, as ``deploy/web``; None if nothing."""
        used = (one.kubectl for one in self.programs)
        given = (
            kubectl.operands[0] or ""
            for kubectl in used
            if kubectl is not None and kubectl.operands and kubectl.verb in _OF_ONE_POD
        )
        return next(filter(_OF_PODS.match, given), None)

    @cached_property
    def makes_something(self) -> bool:
        """Whether it makes an object or a container, whose name may be one of its words."""
        return any(
            one.kubectl.verb in _MAKING
            if one.kubectl
            else one.name == "docker" and not _MADE_BY_DOCKER.isdisjoint(one.given[:2])
            for one in self.programs
        )

    @cached_property
    def engine_words(self) -> tuple[str, ...]:
        """The words of docker's commands that may be the beginning of an id."""
        given = (one.given for one in self.programs if one.name == "docker")
        return tuple(w for words in given for w in words if w and _ID_BEGINS.fullmatch(w))

    @cached_property
    def manifests(self) -> tuple[str, ...]:
        """The files and folders whose manifests it reads."""
        return tuple(
            file for one in self.programs if one.kubectl is not None for file in one.kubectl.files
        )

    @cached_property
    def waits_for_deletion(self) -> bool:
        """Whether it waits until objects are gone: it names those that it still found, if any."""
        waits = [one.words for one in self.programs if one.kubectl and one.kubectl.verb == "wait"]
        return any("delete" in (word or "").split("=") for words in waits for word in words)

    # -- what it does with what it prints

    @cached_property
    def lists_jobs(self) -> bool:
        """Whether it prints bash's list of jobs."""
        return any(one.name == "jobs" for one in self.programs)

    def signals(self, job: int) -> bool:
        """Whether it may send a signal to the job of that number (``kill %1``, ``kill $!``)."""
        given = [word for one in self.programs if one.name == "kill" for word in one.given]
        return any(word is None or word in (f"%{job}", "%", "%%", "%+") for word in given)

    @cached_property
    def counts_lines(self) -> bool:
        """Whether a count stands before its lines (``uniq -c``)."""
        return any(
            one.name == "uniq" and any(re.match(r"-\w*c|--count", w or "") for w in one.given)
            for one in self.programs
        )

    @cached_property
    def sorts_lines(self) -> bool:
        """Whether the last ``sort`` of it sorts lines by their text as a whole."""
        sorts = [one for one in self.programs if one.name == "sort"]
        return bool(sorts) and not any(_SORTED_BY_KEY.fullmatch(w or "") for w in sorts[-1].given)

    @cached_property
    def opens_its_output(self) -> bool:
        """Whether it names its own output as a file: a program that opened it would truncate it."""
        return _OWN_OUTPUT.search(self.text) is not None


_MAKING = names("create run apply replace expose autoscale")
_MADE_BY_DOCKER = names("create run build tag rename commit import load pull")
_BLANK = ("comment", "\n")


def _simple_commands(node: Node, in_subshell: bool) -> Iterator[SimpleCommand]:
    if node.type == "command":
        yield from _run(SimpleCommand(tuple(arguments_of(node)), in_subshell))
    for child in node.children:
        yield from _simple_commands(child, in_subshell or node.type in _SUBSHELLS)


def _run(command: SimpleCommand) -> Iterator[SimpleCommand]:
    """A simple command, and what it runs in turn."""
    yield command
    text, inner = shell_text(command.words), command.inner()
    if text is not None:
        for one in Command.of(text).programs:
            contained = command.in_container or one.in_container
            yield replace(one, in_subshell=True, in_container=contained)
    elif inner is not None:
        yield from _run(inner)


_SUBSHELLS = names("subshell command_substitution process_substitution pipeline")


# -- whether it reads

# Nodes that read if all their children do.
_TRANSPARENT = names(
    """
    program list pipeline do_group for_statement while_statement if_statement elif_clause
    else_clause subshell negated_command test_command unary_expression binary_expression
    parenthesized_expression test_operator extglob_pattern regex string string_content
    raw_string ansi_c_string concatenation word number simple_expansion variable_name
    special_variable_name command_substitution process_substitution command_name subscript
    heredoc_redirect heredoc_start heredoc_body heredoc_content heredoc_end herestring_redirect
    comment file_descriptor redirected_statement
    """
)
_PUNCTUATION = names(
    """
    ; && || | |& do done for in while until if then else elif fi ( ) [ ] [[ ]] ! { } " $ $( ` ${ <(
    << <<- <<< = == != =~ < > -a -o
    """
) | {"\n"}
_HARMLESS_FILES = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})


def _reads(node: Node) -> bool:
    if not node.is_named:
        return node.type in _PUNCTUATION
    if node.type in _TRANSPARENT:
        return _children_read(node)
    rule = _READS.get(node.type)
    return rule is not None and rule(node)


def _children_read(node: Node) -> bool:
    return all(_reads(child) for child in node.children)


def _expansion_reads(node: Node) -> bool:
    """``${name…}``: only ``=`` assigns and only ``@`` evaluates; substitutions may do anything."""
    text = text_of(node)
    return (
        "=" not in text
        and "@" not in text
        and all(not child.is_named or _reads(child) for child in node.children)
    )


def _command_reads(node: Node) -> bool:
    words = innermost(words_of(node), "exec", "nohup")
    text = shell_text(words)
    if text is not None:
        return Command.of(text).reads and _children_read(node)
    command = SimpleCommand(tuple(words))
    try:
        return command.program.reads(command.given) and _children_read(node)
    except UnknownOption:
        return False


def _group_reads(node: Node) -> bool:
    """``{ …; }``; not ``(( … ))``, which the grammar gives the same name and which can assign."""
    return node.children[0].type == "{" and _children_read(node)


def _arithmetic_reads(node: Node) -> bool:
    """``$(( … ))`` of numbers and variables, without assignments."""
    text = text_of(node)
    return re.fullmatch(r"\$\(\([\w\s$+*/%()-]*\)\)", text) is not None and not (
        "++" in text or "--" in text or "$(" in text[3:]
    )


def _redirection_reads(node: Node) -> bool:
    """Reading from a file, joining two descriptors, or writing to nowhere."""
    operator = next(c.type for c in node.children if not c.is_named)
    target = node.child_by_field_name("destination")
    if target is None or not _reads(target):
        return False
    word = word_of(target)
    if operator == "<":
        return True
    if operator in (">&", "<&"):
        return word is not None and re.fullmatch(r"\d+|-", word) is not None
    return operator in (">", ">>", "&>", "&>>", ">|") and word in _HARMLESS_FILES


_READS: dict[str, Callable[[Node], bool]] = {
    "arithmetic_expansion": _arithmetic_reads,
    "command": _command_reads,
    "compound_statement": _group_reads,
    "expansion": _expansion_reads,
    "file_redirect": _redirection_reads,
}


# -- whether it goes on


def _goes_on(node: Node) -> GoesOn | None:
    rule = _GOES_ON.get(node.type)
    return rule(node) if rule is not None else None


def _first_that_goes_on(node: Node) -> GoesOn | None:
    """The first of a sequence of statements that does not end."""
    children = [child for child in node.children if child.type != "comment"]
    for at, child in enumerate(children):
        in_background = at + 1 < len(children) and children[at + 1].type == "&"
        found = _goes_on(child) if child.is_named and not in_background else None
        if found is not None:
            return found
    return None


def _command_goes_on(node: Node) -> GoesOn | None:
    words = innermost(arguments_of(node), "timeout")
    text = shell_text(words)
    if text is not None:
        return Command.of(text).goes_on
    command = SimpleCommand(tuple(words))
    return command.program.goes_on(command.given)


def _pipeline_goes_on(node: Node) -> GoesOn | None:
    """A pipeline ends when one of its stages does and nobody reads the others any more."""
    stages = [child for child in node.children if child.is_named]
    if any(_ends_its_pipe(stage) for stage in stages if stage.type == "command"):
        return None
    found = next((kind for kind in map(_goes_on, stages) if kind is not None), None)
    # A filter leaves out the table's header, and rows.
    return GoesOn.LOOP if found is GoesOn.WATCH and len(stages) > 1 else found


def _ends_its_pipe(stage: Node) -> bool:
    command = SimpleCommand(tuple(arguments_of(stage)))
    rest = [word or "" for word in command.given]
    if command.name == "head":
        return True
    if command.name in ("grep", "egrep", "fgrep"):
        return any(re.match(r"-[a-zA-Z]*[mq]|--max-count|--quiet", word) for word in rest)
    if command.name in ("sed", "awk"):
        return any(re.search(r"\bexit\b|[0-9/;{]\s*q", word) for word in rest)
    return False


def _loop_goes_on(node: Node) -> GoesOn | None:
    body = node.child_by_field_name("body")
    if body is None:
        return None
    return GoesOn.LOOP if _holds_for_ever(node) and not _may_leave(body) else _goes_on(body)


def _holds_for_ever(node: Node) -> bool:
    condition = node.child_by_field_name("condition")
    if condition is None:  # ``for ((…;;…))``
        return True
    text = re.sub(r"\s+", " ", text_of(condition)).rstrip("; ")
    if node.children[0].type == "until":
        return text == "false"
    return re.fullmatch(r"true|:|sleep [\w.]+|\[ 1 \]|\(\( ?1 ?\)\)", text) is not None


def _may_leave(body: Node) -> bool:
    """Whether anything in a loop may end it."""
    commands = (arguments_of(node) for node in walk(body) if node.type == "command")
    return any(words[0] in ("break", "exit", "return") for words in commands if words)


_GOES_ON: dict[str, Callable[[Node], GoesOn | None]] = {
    "c_style_for_statement": _loop_goes_on,
    "command": _command_goes_on,
    "compound_statement": _first_that_goes_on,
    "do_group": _first_that_goes_on,
    "list": _first_that_goes_on,
    "negated_command": _first_that_goes_on,
    "pipeline": _pipeline_goes_on,
    "redirected_statement": _first_that_goes_on,
    "subshell": _first_that_goes_on,
    "while_statement": _loop_goes_on,
}


# -- another cluster

# A page's HOME and KUBECONFIG hold the cluster that it is verified on, and no other; what is left
# is the path of a file of the machine. Files that the page makes, beside it or in its HOME, are its
# own.

_VARIABLE, _OPTION = "KUBECONFIG", "--kubeconfig"
_OF_PAGE = re.compile(r"(?:(?:~|\$HOME|\$\{HOME\}|\$PWD|\$\{PWD\})/)?(?![/~])[^$`]*")
_NAMES_ONE = re.compile(rf"\b{_VARIABLE}\+?=|{_OPTION}\b")


def _foreign_kubeconfig(root: Node | None, text: str) -> str | None:
    """The kubeconfig that is named and that may be another's, as written; or None.

    What is not understood is refused if it names any.
    """
    if root is None:
        found = _NAMES_ONE.search(text)
        return found[0] if found else None
    return next(
        (value for value in _kubeconfigs(root) if not all(map(_own, value.split(":")))), None
    )


def _own(path: str) -> bool:
    return _OF_PAGE.fullmatch(path) is not None and ".." not in path.split("/")


def _kubeconfigs(root: Node) -> Iterator[str]:
    """Every value given as a kubeconfig, without its quotes."""
    for node in walk(root):
        parts = {"variable_assignment": [node], "command": node.children}.get(node.type, [])
        words = [re.sub(r"[\"'\\]", "", text_of(part)) for part in parts]
        for word, following in pairwise([*words, ""]):
            name, equals, value = word.partition("=")
            if equals and name.rstrip("+") in (_VARIABLE, _OPTION):  # `env KUBECONFIG=…` too
                yield value
            elif word == _OPTION:
                yield following
