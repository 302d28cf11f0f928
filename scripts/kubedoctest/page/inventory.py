"""Every fence of a page is something: run, checked, rendered, shown for a reason, or a problem.

The blocks of a page are the code blocks of its HTML, one to one, or the page has problems.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import yaml

from kubedoctest.page import directives, fences, meaning, terminals, transcript
from kubedoctest.page.confrontation import confront
from kubedoctest.page.directives import Comment, DirectiveError
from kubedoctest.page.document import Block, CodeSpan, Directives, Document, Problem, Role
from kubedoctest.page.fences import Fence
from kubedoctest.page.site_markdown import MarkdownSettings, SettingsError, settings
from kubedoctest.page.transcript import TranscriptError

__all__ = ["MarkdownSettings", "SettingsError", "read_page", "settings"]

PRINTED_TITLE = "Salida"
_YAML_META = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)(?:\.{3}|---)[ \t]*\n", re.DOTALL)
_META = re.compile(r" {0,3}[\w-]+:.*", re.ASCII)
_MORE_META = re.compile(r"(?: {4}|\t).*")
_SPAN = re.compile(
    r"\\."
    r"|<!--.*?-->"
    r"|(?P<ticks>`+)(?P<text>(?:(?!\n[ \t>]*\n).)+?)(?<!`)(?P=ticks)(?!`)"
    r"|`+",
    re.DOTALL,
)


def read_page(path: Path, markdown: MarkdownSettings, files: Path) -> Document:
    """The inventory of a page.

    Args:
        path: the page; its problems are named by this path.
        markdown: how the site renders it.
        files: the folder that the titles of file copies are relative to.

    Raises:
        SettingsError: the site's Markdown extensions cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no es texto UTF-8"
        problem = Problem(
            path, 1, f"No se puede leer la página: {reason}.", "Revisen la ruta y el archivo."
        )
        return Document(path, (), (), (problem,))
    lines = _without_front_matter(text)
    found = fences.find(lines)
    prose = _without_fences(lines, found)
    comments = directives.find(prose)
    problems = _faults_of_comments(path, prose, found, comments)
    sound, faults = confront(path, lines, prose, found, markdown)
    problems += faults
    blocks: list[Block] = []
    for fence in sound:
        comment = next((c for c in comments if _belongs(c, fence, prose)), None)
        block = _block(path, fence, comment, files, problems)
        if block is not None:
            blocks.append(_printed(block, blocks, problems))
    problems += terminals.problems(blocks)
    problems.sort(key=lambda problem: problem.line)
    return Document(path, tuple(blocks), _spans(prose), tuple(problems))


def _without_front_matter(text: str) -> list[str]:
    """The page's lines; those that mkdocs takes as metadata are blank, so that numbers hold."""
    lines = text.split("\n")
    return [""] * (size := _front_matter(text, lines)) + lines[size:]


def _front_matter(text: str, lines: list[str]) -> int:
    """How many lines are metadata: YAML between dashes, or else MultiMarkdown's ``key: value``."""
    if match := _YAML_META.match(text):
        try:
            is_metadata = isinstance(yaml.safe_load(match["yaml"]), dict)
        except yaml.YAMLError:
            is_metadata = False
        return text.count("\n", 0, match.end()) if is_metadata else 0
    size = 0
    while size < len(lines) and (
        _META.fullmatch(lines[size]) or (size and _MORE_META.fullmatch(lines[size]))
    ):
        size += 1
    return size


def _without_fences(lines: list[str], found: list[Fence]) -> list[str]:
    prose = list(lines)
    for fence in found:
        for index in range(fence.line - 1, fence.last_line):
            prose[index] = ""
    return prose


def _spans(prose: list[str]) -> tuple[CodeSpan, ...]:
    """The inline code of the prose, by Python-Markdown's rule; comments hold none."""
    text = "\n".join(prose)
    return tuple(
        CodeSpan(
            text.count("\n", 0, match.start()) + 1,
            re.sub(r"\n[ \t>]*", "\n", match["text"]).strip(),
        )
        for match in _SPAN.finditer(text)
        if match["ticks"]
    )


# -- directives and their fences


def _belongs(comment: Comment, fence: Fence, prose: list[str]) -> bool:
    """Whether a directive stands right before a fence, at most a blank line away, at its depth."""
    between = prose[comment.last_line : fence.line - 1]
    return (
        comment.last_line < fence.line
        and len(between) <= 1
        and not any(line.strip(" \t>") for line in between)
        and comment.prefix.rstrip() == fence.prefix.rstrip()
        and (">" in fence.prefix or comment.prefix == fence.prefix)
    )


def _faults_of_comments(
    path: Path, prose: list[str], found: list[Fence], comments: list[Comment]
) -> list[Problem]:
    problems = []
    for comment in comments:
        if comment.malformed:
            message = "Este comentario parece una directiva, pero está mal escrito."
            form = "Escriban `<!-- verificar: clave=valor -->`, solo en su línea. "
            problems.append(Problem(path, comment.line, message, form + directives.VALID))
        elif not any(_belongs(comment, fence, prose) for fence in found):
            problems.append(
                Problem(
                    path,
                    comment.line,
                    "Esta directiva no está justo antes de un bloque.",
                    "Pónganla en la línea anterior al bloque, con su indentación, o bórrenla. "
                    + directives.VALID,
                )
            )
    return problems


def _block(
    path: Path, fence: Fence, comment: Comment | None, files: Path, problems: list[Problem]
) -> Block | None:
    """The fence as a block; None, with a problem added, if it means nothing."""
    try:
        given = _given(comment)
    except DirectiveError as error:
        assert comment is not None
        problems.append(Problem(path, comment.line, error.message, error.next_step))
        return None
    code = "\n".join(fence.content).rstrip("\n")
    try:
        what = meaning.of(fence, code, given, files)
    except meaning.Refusal as error:
        problems.append(Problem(path, fence.line, error.message, error.next_step))
        return None
    block = Block(
        path,
        fence.line,
        fence.lang,
        fence.title,
        code,
        what.role,
        given,
        what.reason,
        fence.options if what.role is Role.PYTHON else (),
    )
    try:
        transcript.steps_of(block)
    except TranscriptError as error:
        problems.append(error.problem)
    return block


def _printed(block: Block, before: list[Block], problems: list[Problem]) -> Block:
    """``text title="Salida"`` is what the python fence before it prints."""
    if block.lang != "text" or block.title != PRINTED_TITLE or block.directives.show is not None:
        return block
    if not before or before[-1].role is not Role.PYTHON:
        message = f'Un bloque `text title="{PRINTED_TITLE}"` va después de un bloque `python`.'
        step = "Muévanlo debajo del código que lo imprime, o cámbienle el título."
        problems.append(Problem(block.page, block.line, message, step))
    return replace(block, role=Role.PRINTED, reason="")


def _given(comment: Comment | None) -> Directives:
    """The settings of a fence; a malformed comment has been reported already."""
    if comment is None or comment.malformed:
        return Directives()
    return directives.parse(comment.settings)
