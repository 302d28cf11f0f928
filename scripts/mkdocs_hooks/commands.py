"""The cheat sheet: the commands that the chapters run and that passed, and where each is taught.

The page says in its metadata which forms of commands there are and what each does, by section::

    comandos:
      Mirar:
        kubectl get: lista los objetos de un tipo
        kubectl get -o wide: agrega columnas

What is shown of a form comes from the chapters: its example is a command that was run and gave
what the page says, and its links lead to where it is run first, and to a few chapters more. A form
that no verified command has is not shown, nor is a command whose answer is an error.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs.exceptions import PluginError  # noqa: E402

from kubedoctest.commands.command import Command  # noqa: E402
from mkdocs_hooks import page_order, rendered, verified  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

PAGE = "00-comandos.md"
_RUN = ("transcript", "commands")  # the roles of blocks that hold commands
_PROMPT = re.compile(r"(?:\$|╰─) +")
_REFUSED = re.compile(r"[Ee]rror\b|The .* is invalid")
_CODE = re.compile(r"`([^`]+)`")
_PLACES = 3  # to which a form leads: more of them would be no help in choosing
_NOTHING = "Todavía no se verificó ningún capítulo, así que esta hoja está en blanco."


@dataclass(frozen=True)
class Form:
    """A way of writing a command: ``kubectl get -o wide``.

    Attributes:
        words: the program and its subcommands, which the command begins with.
        options: what it has after them, anywhere; ``jsonpath`` is also in ``jsonpath='{…}'``.
        does: what it does, a phrase in Spanish.
    """

    words: tuple[str, ...]
    options: tuple[str, ...]
    does: str

    def matches(self, command: Sequence[str]) -> bool:
        """Whether a simple command, by its words, is written in this way."""
        rest = command[len(self.words) :]
        return tuple(command[: len(self.words)]) == self.words and all(
            any(word == option or word.startswith(f"{option}=") for word in rest)
            for option in self.options
        )


@dataclass(frozen=True)
class Use:
    """A command of a chapter, as it is written, and where."""

    command: str
    section: rendered.Section
    chapter: str  # its title


_uses: list[Use] = []  # of the build under way


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the page last: what it says depends on the others, and MkDocs renders them in order."""
    del config
    _uses.clear()
    page_order.render_last(files, PAGE)
    return files


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Note the commands of a chapter that gave what it says."""
    del files
    known = verified.of_page(page, config)
    if known is None:
        return html
    blocks = rendered.blocks_of(html)
    found = verified.aligned([block.content for block in blocks], known.blocks)
    anchors = rendered.anchors_of(html, blocks)
    for block, result, anchor in zip(blocks, found, anchors, strict=True):
        if result is None or result["status"] != "passed" or result["role"] not in _RUN:
            continue
        told = commands_of(block.code, transcript=result["role"] == "transcript")
        section = rendered.section(page, anchor)
        _uses.extend(Use(command, section, str(page.title)) for command in told)
    return html


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write the cheat sheet after what the page says by itself."""
    del config
    if page.file.src_uri != PAGE:
        return markdown
    addresses = {
        use.section: files.src_uris[use.section.page].url_relative_to(page.file) for use in _uses
    }
    sheet = "\n".join(sections(forms_of(page.meta), _uses, addresses)) or _NOTHING
    return f"{markdown}\n\n{sheet}\n"


def forms_of(meta: Mapping[str, Any]) -> dict[str, list[Form]]:
    """The forms that the page's metadata name, by section.

    Raises:
        PluginError: they do not name them as they should; MkDocs takes what is no YAML for none.
    """
    named = meta.get("comandos")
    if not _by_section(named):
        raise PluginError(
            f"docs/{PAGE}: en el encabezado no encontramos los comandos. Va «comandos:», debajo un "
            "título por sección y debajo un «comando: qué hace» por renglón. Si lo que hace lleva "
            "dos puntos, se escribe entre comillas."
        )
    return {
        title: [_form(text, does) for text, does in forms.items()] for title, forms in named.items()
    }


def commands_of(code: str, *, transcript: bool) -> list[str]:
    """The commands of a block that did what they were asked, without remarks.

    What goes on in another line is known by a ``\\`` or by ``> ``, and not as the harness knows it,
    which asks bash: that would be a twentieth of a build, for a page that has been verified.
    """
    told = [
        Command.of(command).without_remarks.strip()
        for command, answer in _steps(code, transcript)
        if not any(_REFUSED.match(line) for line in answer)
    ]
    return [command for command in told if command]


def _steps(code: str, transcript: bool) -> Iterator[tuple[str, list[str]]]:
    command: list[str] = []
    answer: list[str] = []
    for line in code.split("\n"):
        goes_on = not answer and command and (line.startswith("> ") or command[-1].endswith("\\"))
        prompt = _PROMPT.match(line)
        if goes_on:
            command.append(line.removeprefix("> "))
        elif prompt or not transcript:
            if command:
                yield "\n".join(command), answer
            command, answer = [line[prompt.end() if prompt else 0 :]], []
        else:
            answer.append(line)
    if command:
        yield "\n".join(command), answer


def simple_commands(command: str) -> list[list[str]]:
    """The words of each simple command in a command line, up to ``--`` and as far as known."""
    found = []
    for one in Command.of(command).programs:
        if one.in_container:
            continue
        known = [word for word in one.words if word is not None]
        found.append(known[: known.index("--")] if "--" in known else known)
    return found


def forms_in(command: str, forms: Mapping[tuple[str, ...], Sequence[Form]]) -> list[Form]:
    """The forms in a command line; one with options makes its plain form unneeded.

    Args:
        forms: as :func:`by_beginning` gives them.
    """
    found: list[Form] = []
    for words in simple_commands(command):
        near = (*forms.get(tuple(words[:2]), ()), *forms.get(tuple(words[:1]), ()))
        matching = [form for form in near if form.matches(words)]
        special = [form for form in matching if form.options]
        longest = max((len(form.words) for form in matching), default=0)
        plain = [form for form in matching if len(form.words) == longest and not form.options]
        found += [form for form in special or plain if form not in found]
    return found


def by_beginning(forms: Iterable[Form]) -> dict[tuple[str, ...], list[Form]]:
    """Forms by their first two words, or the one that they have: a command has few to be."""
    found: dict[tuple[str, ...], list[Form]] = {}
    for form in forms:
        found.setdefault(form.words[:2], []).append(form)
    return found


def _by_section(named: object) -> TypeGuard[dict[str, dict[str, str]]]:
    return isinstance(named, dict) and all(
        isinstance(forms, dict) and all(isinstance(does, str) for does in forms.values())
        for forms in named.values()
    )


def _form(text: str, does: str) -> Form:
    words = text.split()
    at = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    return Form(tuple(words[:at]), tuple(words[at:]), does)


# -- what the page says


def sections(
    forms: Mapping[str, Sequence[Form]],
    uses: Sequence[Use],
    addresses: Mapping[rendered.Section, str],
) -> Iterator[str]:
    """The page's sections, in Markdown; those without any verified command are left out.

    Args:
        forms: by section.
        uses: the verified commands, in the order of the chapters.
        addresses: of the page of each section, from this one.
    """
    every = by_beginning(form for group in forms.values() for form in group)
    found: dict[Form, list[Use]] = {}
    usual: Counter[str] = Counter()
    for use in uses:
        usual.update(use.command.split())
        for form in forms_in(use.command, every):
            found.setdefault(form, []).append(use)
    for title, group in forms.items():
        shown = [form for form in group if form in found]
        if not shown:
            continue
        yield f"\n## {title}\n\n<dl class='comandos'>"
        for form in shown:
            example = _example([use.command for use in found[form]], usual)
            yield f"<dt><code>{escape(example)}</code></dt>"
            yield from _explained(form, found[form], addresses)
        yield "</dl>"


def _explained(
    form: Form, uses: Sequence[Use], addresses: Mapping[rendered.Section, str]
) -> Iterator[str]:
    first = {use.chapter: use for use in reversed(uses)}
    links = [
        f'<a href="{addresses[use.section]}{_fragment(use.section)}">{_place(use)}</a>'
        for use in sorted(first.values(), key=uses.index)[:_PLACES]
    ]
    does = _CODE.sub(r"<code>\1</code>", escape(form.does))
    yield f"<dd>{does}. <span class='comandos__donde'>{' · '.join(links)}</span></dd>"


def _example(commands: Sequence[str], usual: Mapping[str, int]) -> str:
    """The command with the fewest words; of several, that of the most usual words; then, the last.

    So that a name that Kubernetes made up, or a mistake made on purpose, is no example: what mends
    a mistake comes after it.
    """
    lines = [re.sub(r"\s*\\\n\s*", " ", command) for command in reversed(commands)]
    words = {line: line.split() for line in lines}
    return min(lines, key=lambda line: (len(words[line]), -sum(usual[w] for w in words[line])))


def _place(use: Use) -> str:
    number = re.match(r"\d+", use.chapter)
    return escape(f"{number[0] if number else use.chapter}: {use.section.title}")


def _fragment(section: rendered.Section) -> str:
    return f"#{section.anchor}" if section.anchor else ""
