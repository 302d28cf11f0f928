"""The author's settings for a fence: ``<!-- verificar: salida=parcial -->`` right before it."""

from __future__ import annotations

import difflib
import math
import re
import shlex
from dataclasses import dataclass, replace

from kubedoctest.page.document import Directives, Role
from kubedoctest.page.fences import TAB

WORD = "verificar"
_FORMS = {
    "mostrar": '`mostrar motivo="…"`',
    "motivo": '`mostrar motivo="…"`',
    "salida": "`salida=parcial`",
    "codigo": "`codigo=N`",
    "limite": "`limite=SEGUNDOS`",
    "continua": "`continua`",
    "fragmento": '`fragmento="extras/…"`',
    "invalido": '`invalido="…"`',
}
VALID = "Se puede escribir " + ", ".join(dict.fromkeys(_FORMS.values())) + "."
_COMMENT = re.compile(r"(?P<prefix>[ \t>]*)<!--(?P<body>.*)")
_CALLED = re.compile(r"\s*(?P<word>\w+)\s*(?P<colon>:?)(?P<settings>.*)", re.DOTALL)
_SUITED = {  # what each setting has an effect on
    "salida": {Role.TRANSCRIPT},
    "codigo": {Role.TRANSCRIPT, Role.COMMANDS},
    "limite": {Role.TRANSCRIPT, Role.COMMANDS, Role.PYTHON},
    "continua": {Role.PYTHON},
    "fragmento": {Role.FRAGMENT},
    "invalido": {Role.MANIFEST},
}


class DirectiveError(Exception):
    """A directive that says nothing known; both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True)
class Comment:
    """A directive as it stands in the page.

    Attributes:
        line, last_line: 1-based first and last line.
        prefix: the whitespace and quote marks before it, tabs expanded.
        settings: what follows ``verificar:``.
        malformed: it does not read ``<!-- verificar: … -->``, alone on its lines.
    """

    line: int
    last_line: int
    prefix: str
    settings: str
    malformed: bool = False


def find(lines: list[str]) -> list[Comment]:
    """The directives among a page's lines (fences blanked), and what looks meant as one."""
    found: list[Comment] = []
    index = 0
    while index < len(lines):
        comment = _COMMENT.fullmatch(lines[index])
        if comment is None:
            index += 1
            continue
        start, body = index, comment["body"]
        while "-->" not in body and index + 1 < len(lines):
            index += 1
            body += "\n" + lines[index].lstrip(" \t>")
        index += 1
        body, closed, rest = body.partition("-->")
        called = _CALLED.fullmatch(body)
        if called is None or not _is_meant(called["word"], called["colon"]):
            continue
        well_formed = called["word"] == WORD and called["colon"] and closed and not rest.strip()
        prefix = comment["prefix"].expandtabs(TAB)
        settings = called["settings"].strip()
        found.append(Comment(start + 1, index, prefix, settings, malformed=not well_formed))
    return found


def _is_meant(word: str, colon: str) -> bool:
    """Whether a comment's first word is ours: written so, or a slip of it."""
    likeness = difflib.SequenceMatcher(None, word.lower(), WORD).ratio()
    return word.lower() == WORD or (bool(colon) and likeness > 0.75)


def parse(settings: str) -> Directives:
    """Read what follows ``verificar:``.

    Raises:
        DirectiveError: a key or a value is unknown, repeated, or missing.
    """
    try:
        words = shlex.split(settings)
    except ValueError as error:
        raise DirectiveError(
            f"Falta cerrar una comilla en `{settings}`.", 'Por ejemplo: motivo="es un esquema".'
        ) from error
    if not words:
        raise DirectiveError("La directiva `verificar:` está vacía.", VALID)
    given: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in _FORMS:
            raise _unknown(key)
        if key in given:
            raise DirectiveError(f"`{key}` está dos veces.", "Dejen una sola.")
        given[key] = value if equals else None
    return _directives(given)


def _directives(given: dict[str, str | None]) -> Directives:
    result = Directives()
    if "mostrar" in given or "motivo" in given:
        reason = (given.get("motivo") or "").strip()
        if "mostrar" not in given or given["mostrar"] is not None or not reason:
            raise DirectiveError(
                "Un bloque que solo se muestra dice por qué.",
                'Escriban `<!-- verificar: mostrar motivo="…" -->`.',
            )
        result = replace(result, show=reason)
    if "salida" in given:
        if given["salida"] != "parcial":
            raise DirectiveError(f"`salida={given['salida'] or ''}` no existe.", VALID)
        result = replace(result, partial=True)
    if "codigo" in given:
        result = replace(result, exit_code=_exit_code(given["codigo"] or ""))
    if "limite" in given:
        result = replace(result, limit=_seconds(given["limite"] or ""))
    if "continua" in given:
        if given["continua"] is not None:
            raise DirectiveError("`continua` no lleva ningún valor.", VALID)
        result = replace(result, continues=True)
    if "fragmento" in given:
        result = replace(result, fragment=_text("fragmento", given["fragmento"]))
    if "invalido" in given:
        result = replace(result, refused=_text("invalido", given["invalido"]))
    return result


def _text(key: str, value: str | None) -> str:
    if not (value or "").strip():
        raise DirectiveError(f"A `{key}` le falta el valor.", VALID)
    return str(value)


def _exit_code(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value) or int(value) > 255:
        raise DirectiveError(
            f"`codigo={value}` no es un código de salida.",
            "Es un entero de 0 a 255, por ejemplo `codigo=1`.",
        )
    return int(value)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise DirectiveError(
            f"`limite={value}` no es un tiempo.",
            "Es una cantidad de segundos mayor que cero, por ejemplo `limite=90`.",
        )
    return seconds


def _unknown(key: str) -> DirectiveError:
    close = difflib.get_close_matches(key, _FORMS, n=1)
    hint = f"¿Quisieron decir `{close[0]}`? " if close else ""
    return DirectiveError(f"La directiva `verificar:` no conoce `{key}`.", hint + VALID)


def without_effect(directives: Directives, role: Role) -> str | None:
    """The first setting that means nothing for a fence of this role, or None."""
    given = {
        "salida": directives.partial,
        "codigo": directives.exit_code is not None,
        "limite": directives.limit is not None,
        "continua": directives.continues,
        "fragmento": directives.fragment is not None,
        "invalido": directives.refused is not None,
    }
    return next((key for key in given if given[key] and role not in _SUITED[key]), None)
