"""Every fence of a page is something: run, checked, rendered, shown for a reason, or a problem.

The blocks of a page are the code blocks of its HTML, one to one, or the page has problems.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kubedoctest.commands.command import Command
from kubedoctest.commands.shell_syntax import names
from kubedoctest.page import fences, filecopy, sections, terminals, transcript
from kubedoctest.page.document import (
    Block,
    Directives,
    Document,
    PageError,
    Problem,
    ProseLine,
    Role,
    Titles,
)
from kubedoctest.page.fences import TAB, Fence
from kubedoctest.page.site_markdown import MarkdownSettings, SettingsError, lines_of, settings

__all__ = ["MarkdownSettings", "SettingsError", "read_page", "settings"]

_TEXTS = ("mermaid", "text", "")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PRINTED_TITLE = "Salida"


def read_page(
    path: Path,
    markdown: MarkdownSettings,
    files: Path,
    titles: Titles = Titles(),  # noqa: B008 (it is frozen)
) -> Document:
    """The inventory of a page.

    Args:
        path: the page; its problems are named by this path.
        files: the folder that the titles of file copies are relative to.
        titles: where a part of it begins and ends.

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
    lines = lines_of(text)
    found = fences.find(lines)
    prose = _without_fences(lines, found)
    comments = _directives_in(prose)
    problems = _faults_of_comments(path, prose, found, comments)
    sound, faults = fences.confront(path, lines, prose, found, markdown)
    problems += faults
    blocks: list[Block] = []
    for fence in sound:
        comment = next((c for c in comments if _belongs(c, fence, prose)), None)
        block = _block(path, fence, comment, files, problems)
        if block is not None:
            blocks.append(_printed(block, blocks, problems))
    headings = sections.headings(prose, titles)
    document = Document(path, tuple(blocks), _prose(prose, blocks), (), headings, titles=titles)
    for part in sections.parts(document):
        problems += terminals.problems(part.blocks)
    problems.sort(key=lambda problem: problem.line)
    return replace(document, problems=tuple(problems))


def _without_fences(lines: list[str], found: list[Fence]) -> list[str]:
    prose = list(lines)
    for fence in found:
        for index in range(fence.line - 1, fence.last_line):
            prose[index] = ""
    return prose


def _prose(prose: list[str], blocks: Sequence[Block]) -> tuple[ProseLine, ...]:
    """The lines of the prose, without comments, and those of fences that only show a text."""
    bare = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), "\n".join(prose))
    found = [ProseLine(n, text) for n, text in enumerate(bare.split("\n"), start=1) if text.strip()]
    for block in blocks:
        if block.lang in _TEXTS and block.role in (Role.RENDERED, Role.SHOWN):
            lines = enumerate(block.code.split("\n"))
            found += [ProseLine(block.line_of(offset), text) for offset, text in lines]
    return tuple(sorted(found, key=lambda text: text.line))


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
            step = "Escriban `<!-- verificar: clave=valor -->`, solo en su línea."
        elif not any(_belongs(comment, fence, prose) for fence in found):
            message = "Esta directiva no está justo antes de un bloque."
            step = "Pónganla en la línea anterior al bloque, con su indentación, o bórrenla."
        else:
            continue
        problems.append(Problem(path, comment.line, message, f"{step} {_VALID}"))
    return problems


def _block(
    path: Path, fence: Fence, comment: Comment | None, files: Path, problems: list[Problem]
) -> Block | None:
    """The fence as a block; None, with a problem added, if it means nothing."""
    code = "\n".join(fence.content).rstrip("\n")
    line, given = fence.line, Directives()
    try:
        if comment is not None and not comment.malformed:  # that has been reported already
            line = comment.line
            given = _parsed(comment.settings)
        line = fence.line
        role = role_of(fence, code, given, files)
    except PageError as error:
        problems.append(error.problem(path, line))
        return None
    options = fence.options if role is Role.PYTHON else ()
    block = Block(path, fence.line, fence.lang, fence.title, code, role, given, options)
    try:
        problems += _nothing_compared(block)
    except PageError as error:
        problems.append(error.problem(path))
    return block


def _nothing_compared(block: Block) -> Iterator[Problem]:
    """Outputs that are nothing but ``...``, and excerpts that do not say where they leave out.

    Of a wait until objects are gone nothing is certain, and its exit code says all.
    """
    steps = transcript.steps_of(block)
    shown = [
        [transcript.is_gap(line.text) for line in step.output if line.text.strip()]
        for step in steps
    ]
    for step, gaps in zip(steps, shown, strict=True):
        if gaps and all(gaps) and not Command.of(step.command).waits_for_deletion:
            yield Problem(
                block.page,
                step.output[0].number,
                "Una salida que es solo `...` no dice nada, y no se compara nada.",
                "Muestren una línea que importe; si ninguna importa, pongan el comando en un "
                "bloque ```bash, que solo tiene que terminar bien.",
            )
    if block.directives.partial and not any(map(any, shown)):
        yield Problem(
            block.page,
            block.line,
            "`salida=parcial`, y la salida no dice dónde falta algo.",
            "Pongan una línea `...` en cada lugar donde falten líneas.",
        )


def _printed(block: Block, before: list[Block], problems: list[Problem]) -> Block:
    """``text title="Salida"`` is what the python fence before it prints."""
    if block.lang != "text" or block.title != PRINTED_TITLE or block.directives.show is not None:
        return block
    if not before or before[-1].role is not Role.PYTHON:
        message = f'Un bloque `text title="{PRINTED_TITLE}"` va después de un bloque `python`.'
        step = "Muévanlo debajo del código que lo imprime, o cámbienle el título."
        problems.append(Problem(block.page, block.line, message, step))
    return replace(block, role=Role.PRINTED)


# -- what a fence means: its language, its title and its directive choose what happens to it

_ROLES = {
    "console": Role.TRANSCRIPT,
    "bash": Role.COMMANDS,
    "yaml": Role.MANIFEST,
    "python": Role.PYTHON,
    "mermaid": Role.RENDERED,
    "text": Role.SHOWN,
}
_FILES_ONLY = names(  # never run: copies of a file, or shown with a reason
    "css diff dockerfile go html http ini javascript json makefile markdown nginx properties toml"
    " xml"
)
_SHELLS = frozenset({"sh", "shell", "zsh", "fish", "ksh", "shell-session", "terminal"})
_ALIASES = {  # those that are not nearly the name that is known
    "py": "python",
    "js": "javascript",
    "md": "markdown",
    "bash-session": "console",
}
_KNOWN = (
    "Se puede usar `console` (comandos con su salida), `bash` (comandos para copiar), `yaml`, "
    "`python`, `mermaid`, `text` (solo se muestra) y, con el archivo en title o con "
    '`mostrar motivo="…"`: ' + ", ".join(f"`{lang}`" for lang in sorted(_FILES_ONLY)) + "."
)
_OPTION = re.compile(r"continuation|fixture:\w+|retry:[0-9]+")
_TERMINAL = re.compile(r"Terminal [1-9][0-9]*")


def role_of(fence: Fence, code: str, given: Directives, files: Path) -> Role:
    """What happens to a fence with this content and these settings.

    Raises:
        PageError: it means nothing.
    """
    copied = fence.title if fence.title is not None and filecopy.names_file(fence.title) else None
    _check_language(fence.lang, copied)
    if given.show is not None:
        role = Role.SHOWN
    elif fence.lang != "console" and given.fragment is not None:
        filecopy.check(given.fragment, files)
        if copied is not None:
            raise PageError(
                "El bloque dice ser copia de un archivo y también un fragmento.",
                "Dejen el título si lo muestra entero, o la directiva si muestra una parte.",
            )
        role = Role.FRAGMENT
    elif fence.lang != "console" and copied is not None:
        filecopy.check(copied, files)
        role = Role.FILE
    else:
        role = _ordinary(fence, code)
    if not code.strip():
        raise PageError("El bloque está vacío.", "Escriban su contenido, o bórrenlo.")
    if idle := _without_effect(given, role):
        raise PageError(
            f"`{idle}` no tiene efecto en este bloque `{fence.lang}`.",
            "Sáquenlo de la directiva, o revisen el lenguaje del bloque.",
        )
    return role


def _ordinary(fence: Fence, code: str) -> Role:
    _check_title(fence)
    if fence.lang not in _ROLES:
        raise PageError(
            f"Un bloque `{fence.lang}` no se ejecuta ni se compara con nada.",
            'Digan de qué archivo es copia, con title="carpeta/…", o por qué solo se muestra, con '
            '`<!-- verificar: mostrar motivo="…" -->` en la línea anterior.',
        )
    if fence.lang == "text" and transcript.has_prompt(code):
        raise PageError(
            "Un bloque `text` no se ejecuta, y este muestra comandos con su prompt.",
            "Usen ```console; si no se puede ejecutar, digan por qué con "
            '`<!-- verificar: mostrar motivo="…" -->`.',
        )
    role = _ROLES[fence.lang]
    if role is Role.PYTHON:
        _check_options(fence)
    return role


def _check_language(lang: str, copied: str | None) -> None:
    if lang in _ROLES or lang in _FILES_ONLY or (lang in _SHELLS and copied is not None):
        return
    if not lang:
        raise PageError("El bloque no dice su lenguaje.", _KNOWN)
    if lang in _SHELLS:
        raise PageError(
            f"Un bloque `{lang}` no dice qué hacer con él.",
            "Usen ```bash si son comandos para copiar, o ```console si se muestra también su "
            "salida (cada comando con `$ `).",
        )
    close = difflib.get_close_matches(lang, [*_ROLES, *_FILES_ONLY], n=1)
    suggestion = _ALIASES.get(lang) or (close[0] if close else "")
    hint = f"¿Quisieron decir `{suggestion}`? " if suggestion else ""
    raise PageError(f"No se conoce el lenguaje `{lang}`.", hint + _KNOWN)


def _check_options(fence: Fence) -> None:
    """What pytest-markdown-docs is told on a python fence's opening line."""
    unknown = next((word for word in fence.options if not _OPTION.fullmatch(word)), None)
    if unknown is None:
        return
    if unknown == "notest":
        raise PageError(
            "`notest` deja un bloque sin ejecutar y no dice por qué.",
            'Usen `<!-- verificar: mostrar motivo="…" -->` en la línea anterior.',
        )
    raise PageError(
        f"Un bloque `python` no conoce la opción `{unknown}`.",
        "Se puede escribir `continuation`, `fixture:NOMBRE` y `retry:N`: ```{.python continuation}",
    )


def _check_title(fence: Fence) -> None:
    """Titles open terminals: anything on a console that is not ``Terminal N`` is a slip."""
    title = fence.title
    if title is None or _TERMINAL.fullmatch(title):
        return
    if fence.lang == "console" or (
        fence.lang == "bash" and re.match(r"terminal\b", title, re.IGNORECASE)
    ):
        raise PageError(
            f"El título `{title}` no es de una terminal.",
            'En estos bloques el título elige la terminal: title="Terminal 2". Otro texto va en el '
            "párrafo anterior.",
        )


# -- the author's settings for a fence: ``<!-- verificar: salida=parcial -->`` right before it

_WORD = "verificar"
_DIRECTIVE = re.compile(
    r"^(?P<prefix>[ \t>]*)<!--(?P<body>.*?)(?:\Z|(?P<closed>-->)(?P<rest>[^\n]*))", re.M | re.S
)
_CALLED = re.compile(r"\s*(?P<word>\w+)\s*(?P<colon>:?)(?P<settings>.*)", re.DOTALL)


@dataclass(frozen=True)
class Comment:
    """A directive as it stands in the page."""

    # line, last_line: 1-based first and last line
    line: int
    last_line: int
    prefix: str  # the whitespace and quote marks before it, tabs expanded
    settings: str  # what follows ``verificar:``
    malformed: bool = False  # it does not read ``<!-- verificar: … -->``, alone on its lines


def _directives_in(lines: list[str]) -> list[Comment]:
    """The directives among a page's lines (fences blanked), and what looks meant as one."""
    text = "\n".join(lines)
    found: list[Comment] = []
    for comment in _DIRECTIVE.finditer(text):
        called = _CALLED.fullmatch(re.sub(r"\n[ \t>]*", "\n", comment["body"]))
        if called is None or not _is_meant(called["word"], called["colon"]):
            continue
        alone = comment["closed"] and not comment["rest"].strip()
        well_formed = called["word"] == _WORD and called["colon"] and alone
        line = text.count("\n", 0, comment.start()) + 1
        last_line = line + comment[0].count("\n")
        prefix = comment["prefix"].expandtabs(TAB)
        settings = called["settings"].strip()
        found.append(Comment(line, last_line, prefix, settings, malformed=not well_formed))
    return found


def _is_meant(word: str, colon: str) -> bool:
    """Whether a comment's first word is ours: written so, or a slip of it."""
    likeness = difflib.SequenceMatcher(None, word.lower(), _WORD).ratio()
    return word.lower() == _WORD or (bool(colon) and likeness > 0.75)


# -- what they say

Given = Mapping[str, str | None]  # the settings of a comment, each with its value if it has one


def _reason(given: Given) -> str:
    reason = (given.get("motivo") or "").strip()
    if given.get("mostrar", "") is not None or not reason:
        raise PageError(
            "Un bloque que solo se muestra dice por qué.",
            'Escriban `<!-- verificar: mostrar motivo="…" -->`.',
        )
    return reason


def _partial(given: Given) -> bool:
    if given["salida"] != "parcial":
        raise PageError(f"`salida={given['salida'] or ''}` no existe.", _VALID)
    return True


def _exit_code(given: Given) -> int:
    value = given["codigo"] or ""
    if not re.fullmatch(r"[0-9]{1,3}", value) or int(value) > 255:
        raise PageError(
            f"`codigo={value}` no es un código de salida.",
            "Es un entero de 0 a 255, por ejemplo `codigo=1`.",
        )
    return int(value)


def _seconds(given: Given) -> float:
    value = given["limite"] or ""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) or float(value) == 0:
        raise PageError(
            f"`limite={value}` no es un tiempo.",
            "Es una cantidad de segundos mayor que cero, por ejemplo `limite=90`.",
        )
    return float(value)


def _continues(given: Given) -> bool:
    if given["continua"] is not None:
        raise PageError("`continua` no lleva ningún valor.", _VALID)
    return True


def _text(key: str) -> Callable[[Given], str]:
    def read(given: Given) -> str:
        if not (given[key] or "").strip():
            raise PageError(f"A `{key}` le falta el valor.", _VALID)
        return str(given[key])

    return read


@dataclass(frozen=True)
class _Setting:
    """One setting."""

    field: str  # the field of `Directives` that it sets
    form: str  # how it is written
    read: Callable[[Given], object]  # its value, from all that is given
    # the fences that it has an effect on; none for the setting that decides their role
    roles: frozenset[Role] = frozenset()


_RUN = frozenset({Role.TRANSCRIPT, Role.COMMANDS})
_SETTINGS = {
    "mostrar": _Setting("show", '`mostrar motivo="…"`', _reason),
    "motivo": _Setting("show", '`mostrar motivo="…"`', _reason),
    "salida": _Setting("partial", "`salida=parcial`", _partial, frozenset({Role.TRANSCRIPT})),
    "codigo": _Setting("exit_code", "`codigo=N`", _exit_code, _RUN),
    "limite": _Setting("limit", "`limite=SEGUNDOS`", _seconds, _RUN | {Role.PYTHON}),
    "continua": _Setting("continues", "`continua`", _continues, frozenset({Role.PYTHON})),
    "fragmento": _Setting(
        "fragment", '`fragmento="carpeta/…"`', _text("fragmento"), frozenset({Role.FRAGMENT})
    ),
    "invalido": _Setting(
        "refused", '`invalido="…"`', _text("invalido"), frozenset({Role.MANIFEST})
    ),
}
_FORMS = dict.fromkeys(setting.form for setting in _SETTINGS.values())
_VALID = f"Se puede escribir {', '.join(_FORMS)}."


def _parsed(settings: str) -> Directives:
    """Read what follows ``verificar:``.

    Raises:
        PageError: a key or a value is unknown, repeated, or missing.
    """
    try:
        words = shlex.split(settings)
    except ValueError as error:
        raise PageError(
            f"Falta cerrar una comilla en `{settings}`.", 'Por ejemplo: motivo="es un esquema".'
        ) from error
    if not words:
        raise PageError("La directiva `verificar:` está vacía.", _VALID)
    given: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in _SETTINGS:
            close = difflib.get_close_matches(key, _SETTINGS, n=1)
            hint = f"¿Quisieron decir `{close[0]}`? " if close else ""
            raise PageError(f"La directiva `verificar:` no conoce `{key}`.", hint + _VALID)
        if key in given:
            raise PageError(f"`{key}` está dos veces.", "Dejen una sola.")
        given[key] = value if equals else None
    values = {one.field: one.read(given) for key, one in _SETTINGS.items() if key in given}
    return Directives(**values)  # type: ignore[arg-type]


def _without_effect(directives: Directives, role: Role) -> str | None:
    """The first setting that means nothing for a fence of this role, or None."""
    unset = Directives()
    return next(
        (
            key
            for key, one in _SETTINGS.items()
            if one.roles and role not in one.roles
            if getattr(directives, one.field) != getattr(unset, one.field)
        ),
        None,
    )
