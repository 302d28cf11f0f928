"""The author's settings for a fence: ``<!-- verificar: salida=parcial -->`` right before it."""

from __future__ import annotations

import difflib
import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubedoctest.page.document import Directives, PageError, Role
from kubedoctest.page.fences import TAB

WORD = "verificar"
_COMMENT = re.compile(r"(?P<prefix>[ \t>]*)<!--(?P<body>.*)")
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
        raise PageError(f"`salida={given['salida'] or ''}` no existe.", VALID)
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
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise PageError(
            f"`limite={value}` no es un tiempo.",
            "Es una cantidad de segundos mayor que cero, por ejemplo `limite=90`.",
        )
    return seconds


def _continues(given: Given) -> bool:
    if given["continua"] is not None:
        raise PageError("`continua` no lleva ningún valor.", VALID)
    return True


def _text(key: str) -> Callable[[Given], str]:
    def read(given: Given) -> str:
        if not (given[key] or "").strip():
            raise PageError(f"A `{key}` le falta el valor.", VALID)
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
VALID = f"Se puede escribir {', '.join(_FORMS)}."


def parse(settings: str) -> Directives:
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
        raise PageError("La directiva `verificar:` está vacía.", VALID)
    given: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in _SETTINGS:
            close = difflib.get_close_matches(key, _SETTINGS, n=1)
            hint = f"¿Quisieron decir `{close[0]}`? " if close else ""
            raise PageError(f"La directiva `verificar:` no conoce `{key}`.", hint + VALID)
        if key in given:
            raise PageError(f"`{key}` está dos veces.", "Dejen una sola.")
        given[key] = value if equals else None
    values = {one.field: one.read(given) for key, one in _SETTINGS.items() if key in given}
    return Directives(**values)  # type: ignore[arg-type]


def without_effect(directives: Directives, role: Role) -> str | None:
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
