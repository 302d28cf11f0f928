"""Which commands only read: those, and no others, may be repeated until they agree.

A command reads if everything in it is known to read: each command of its pipelines, lists, loops
and substitutions, each with its options. Whatever is not known changes something, and so does what
the grammar cannot parse, a redirection to a file, an assignment, or a command left running in the
background.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from kubedoctest.commands.read_list import command_reads, innermost, shell_text
from kubedoctest.commands.shell_syntax import names, parse, text_of, word_of, words_of

if TYPE_CHECKING:
    from tree_sitter import Node

# Nodes that read if all their children do.
_TRANSPARENT = names(
    """
    program list pipeline do_group for_statement while_statement if_statement elif_clause
    else_clause subshell negated_command test_command unary_expression binary_expression
    parenthesized_expression test_operator extglob_pattern regex string string_content
    raw_string ansi_c_string concatenation word number simple_expansion variable_name
    special_variable_name command_substitution process_substitution command_name subscript
    heredoc_redirect heredoc_start heredoc_body heredoc_content heredoc_end herestring_redirect
    comment file_descriptor
    """
)
_PUNCTUATION = names(
    """
    ; && || | |& do done for in while until if then else elif fi ( ) [ ] [[ ]] ! { } " $ $( ` ${ <(
    << <<- <<< = == != =~ < > -a -o
    """
) | {"\n"}
_HARMLESS_FILES = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})


@lru_cache(maxsize=1024)
def only_reads(command: str) -> bool:
    """Whether the command changes nothing, neither in the cluster, nor in files, nor in bash."""
    root = parse(command)
    return root is not None and _node_reads(root)


def _node_reads(node: Node) -> bool:
    if not node.is_named:
        return node.type in _PUNCTUATION
    if node.type in _TRANSPARENT:
        return _children_read(node)
    rule = _RULES.get(node.type)
    return rule is not None and rule(node)


def _children_read(node: Node) -> bool:
    return all(_node_reads(child) for child in node.children)


def _expansion_reads(node: Node) -> bool:
    """``${name…}``: only ``=`` assigns and only ``@`` evaluates; substitutions may do anything."""
    text = text_of(node)
    return (
        "=" not in text
        and "@" not in text
        and all(not child.is_named or _node_reads(child) for child in node.children)
    )


def _command_reads(node: Node) -> bool:
    words = innermost(words_of(node))
    text = shell_text(words)
    reads = command_reads(words) if text is None else only_reads(text)
    return reads and _children_read(node)


def _group_reads(node: Node) -> bool:
    """``{ …; }``; not ``(( … ))``, which the grammar gives the same name and which can assign."""
    return node.children[0].type == "{" and _children_read(node)


def _arithmetic_reads(node: Node) -> bool:
    """``$(( … ))`` of numbers and variables, without assignments."""
    text = text_of(node)
    return re.fullmatch(r"\$\(\([\w\s$+*/%()-]*\)\)", text) is not None and not (
        "++" in text or "--" in text or "$(" in text[3:]
    )


def _redirect_reads(node: Node) -> bool:
    """Reading from a file, joining two descriptors, or writing to nowhere."""
    operator = next(c.type for c in node.children if not c.is_named)
    target = node.child_by_field_name("destination")
    if target is None or not _node_reads(target):
        return False
    word = word_of(target)
    if operator == "<":
        return True
    if operator in (">&", "<&"):
        return word is not None and re.fullmatch(r"\d+|-", word) is not None
    return operator in (">", ">>", "&>", "&>>", ">|") and word in _HARMLESS_FILES


_RULES: dict[str, Callable[[Node], bool]] = {
    "arithmetic_expansion": _arithmetic_reads,
    "command": _command_reads,
    "compound_statement": _group_reads,
    "expansion": _expansion_reads,
    "file_redirect": _redirect_reads,
    "redirected_statement": _children_read,
}
