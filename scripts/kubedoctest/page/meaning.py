"""What a fence means: its language, its title and its directive choose what happens to it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from kubedoctest.page import directives, filecopy, transcript
from kubedoctest.page.document import Directives, Role
from kubedoctest.page.fences import Fence

_ROLES = {
    "console": Role.TRANSCRIPT,
    "bash": Role.COMMANDS,
    "yaml": Role.MANIFEST,
    "python": Role.PYTHON,
    "mermaid": Role.RENDERED,
    "text": Role.SHOWN,
}
_REASONS = {Role.RENDERED: "diagrama: lo dibuja el sitio", Role.SHOWN: "texto"}
_FILES_ONLY = frozenset(  # never run: copies of a file, or shown with a reason
    {
        "css",
        "diff",
        "dockerfile",
        "go",
        "html",
        "http",
        "ini",
        "javascript",
        "json",
        "makefile",
        "markdown",
        "nginx",
        "properties",
        "toml",
        "xml",
    }
)
_SHELLS = frozenset({"sh", "shell", "zsh", "fish", "ksh", "shell-session", "terminal"})
_ALIASES = {
    "yml": "yaml",
    "py": "python",
    "python3": "python",
    "docker": "dockerfile",
    "txt": "text",
    "plaintext": "text",
    "js": "javascript",
    "md": "markdown",
    "make": "makefile",
    "bash-session": "console",
}
_KNOWN = (
    "Se puede usar `console` (comandos con su salida), `bash` (comandos para copiar), `yaml`, "
    "`python`, `mermaid`, `text` (solo se muestra) y, con el archivo en title o con "
    '`mostrar motivo="…"`: ' + ", ".join(f"`{lang}`" for lang in sorted(_FILES_ONLY)) + "."
)
_OPTION = re.compile(r"continuation|fixture:\w+|retry:[0-9]+")
_TERMINAL = re.compile(r"Terminal [1-9][0-9]*")


class Refusal(Exception):
    """A fence that means nothing; both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True)
class Meaning:
    """What happens to a fence, and why it is not run (Spanish), if it is not."""

    role: Role
    reason: str = ""


def of(fence: Fence, code: str, given: Directives, files: Path) -> Meaning:
    """The meaning of a fence with this content and these settings.

    Raises:
        Refusal: it has none.
    """
    meaning = (
        _shown(fence, given)
        or _fragment(fence, given, files)
        or _file_copy(fence, files)
        or _ordinary(fence, code)
    )
    if not code.strip():
        raise Refusal("El bloque está vacío.", "Escriban su contenido, o bórrenlo.")
    if idle := directives.without_effect(given, meaning.role):
        raise Refusal(
            f"`{idle}` no tiene efecto en este bloque `{fence.lang}`.",
            "Sáquenlo de la directiva, o revisen el lenguaje del bloque.",
        )
    return meaning


def _shown(fence: Fence, given: Directives) -> Meaning | None:
    """A fence that its author wants only shown; its language must still be a known one."""
    _check_language(fence)
    return None if given.show is None else Meaning(Role.SHOWN, given.show)


def _fragment(fence: Fence, given: Directives, files: Path) -> Meaning | None:
    """Some lines of a file that the directive names."""
    if given.fragment is None or fence.lang == "console":
        return None
    if (fault := filecopy.missing(given.fragment, files)) is not None:
        raise Refusal(*fault)
    if fence.title is not None and filecopy.names_file(fence.title):
        raise Refusal(
            "El bloque dice ser copia de un archivo y también un fragmento.",
            "Dejen el título si lo muestra entero, o la directiva si muestra una parte.",
        )
    return Meaning(Role.FRAGMENT)


def _file_copy(fence: Fence, files: Path) -> Meaning | None:
    if fence.title is None or fence.lang == "console" or not filecopy.names_file(fence.title):
        return None
    if (fault := filecopy.missing(fence.title, files)) is not None:
        raise Refusal(*fault)
    return Meaning(Role.FILE)


def _ordinary(fence: Fence, code: str) -> Meaning:
    _check_title(fence)
    if fence.lang not in _ROLES:
        raise Refusal(
            f"Un bloque `{fence.lang}` no se ejecuta ni se compara con nada.",
            'Digan de qué archivo es copia, con title="extras/…", o por qué solo se muestra, con '
            '`<!-- verificar: mostrar motivo="…" -->` en la línea anterior.',
        )
    if fence.lang == "text" and transcript.has_prompt(code):
        raise Refusal(
            "Un bloque `text` no se ejecuta, y este muestra comandos con su prompt.",
            "Usen ```console; si no se puede ejecutar, digan por qué con "
            '`<!-- verificar: mostrar motivo="…" -->`.',
        )
    role = _ROLES[fence.lang]
    if role is Role.PYTHON:
        _check_options(fence)
    return Meaning(role, _REASONS.get(role, ""))


def _check_language(fence: Fence) -> None:
    lang = fence.lang
    copies = fence.title is not None and filecopy.names_file(fence.title)
    if lang in _ROLES or lang in _FILES_ONLY or (lang in _SHELLS and copies):
        return
    if not lang:
        raise Refusal("El bloque no dice su lenguaje.", _KNOWN)
    if lang in _SHELLS:
        raise Refusal(
            f"Un bloque `{lang}` no dice qué hacer con él.",
            "Usen ```bash si son comandos para copiar, o ```console si se muestra también su "
            "salida (cada comando con `$ `).",
        )
    close = difflib.get_close_matches(lang, [*_ROLES, *_FILES_ONLY], n=1)
    suggestion = _ALIASES.get(lang) or (close[0] if close else "")
    hint = f"¿Quisieron decir `{suggestion}`? " if suggestion else ""
    raise Refusal(f"No se conoce el lenguaje `{lang}`.", hint + _KNOWN)


def _check_options(fence: Fence) -> None:
    """What pytest-markdown-docs is told on a python fence's opening line."""
    unknown = next((word for word in fence.options if not _OPTION.fullmatch(word)), None)
    if unknown is None:
        return
    if unknown == "notest":
        raise Refusal(
            "`notest` deja un bloque sin ejecutar y no dice por qué.",
            'Usen `<!-- verificar: mostrar motivo="…" -->` en la línea anterior.',
        )
    raise Refusal(
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
        raise Refusal(
            f"El título `{title}` no es de una terminal.",
            'En estos bloques el título elige la terminal: title="Terminal 2". Otro texto va en el '
            "párrafo anterior.",
        )
