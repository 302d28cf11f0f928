"""Commands that cannot be part of a page that is verified, and what to write instead."""

from __future__ import annotations

import re
from functools import lru_cache

from kubedoctest.commands import foreign
from kubedoctest.commands.kubectl_words import after_globals
from kubedoctest.commands.shell_syntax import Words, commands_in, names, parse

_INTERACTIVE = names("vi vim nvim nano emacs less more man top htop watch k9s ssh")


@lru_cache(maxsize=1024)
def refused(command: str) -> str | None:
    """Why a command cannot be part of a page that is verified (Spanish), or None."""
    root = parse(command)
    if (path := foreign.kubeconfig(root, command)) is not None:
        return (
            f"`{path}` podría ser el kubeconfig de otro cluster, y los bloques solo usan el del"
            " laboratorio; si la página lo escribe ella misma, nómbrenlo con una ruta relativa o"
            " con `~/`"
        )
    if root is None:
        return None
    return next(filter(None, (_why_refused(words) for words in commands_in(root))), None)


def _why_refused(words: Words) -> str | None:
    name, rest = (words[0], words[1:]) if words else (None, ())
    if name in ("exit", "logout"):
        return "`exit` cierra la terminal en la que sigue el capítulo; saquen esa línea"
    if name in _INTERACTIVE:
        return (
            f"`{name}` espera a una persona delante de la terminal;"
            " usen un comando que termine solo"
        )
    own = list(rest[: list(rest).index("--")]) if "--" in rest else list(rest)
    if name == "kubectl":
        own = list(after_globals(own))
        return _why_kubectl_refused(own)
    if name == "docker" and own[:1] in (["run"], ["exec"]) and _has_letter(_docker_own(own), "t"):
        return "`-t` pide una terminal y acá no hay: escriban el comando sin `-t`"
    return None


def _docker_own(words: Words) -> list[str | None]:
    """docker's own options: those before the first operand."""
    own: list[str | None] = []
    for word in words[1:]:
        if word is None or not word.startswith("-"):
            break
        own.append(word)
    return own


def _has_letter(words: Words, letter: str) -> bool:
    """Whether a short option is given, alone or joined to others (``-it``)."""
    return any(w is not None and re.fullmatch(r"-[a-z]+", w) and letter in w for w in words)


def _why_kubectl_refused(words: list[str | None]) -> str | None:
    verb = words[0] if words else None
    if verb == "edit":
        return "`kubectl edit` abre un editor; usen `kubectl patch`, `kubectl set` o un manifiesto"
    if verb not in ("exec", "run", "attach", "debug"):
        return None
    if (
        verb == "run"
        and "--rm" in words
        and (_has_letter(words, "i") or "--stdin" in words or "--attach" in words)
    ):
        return (
            "`kubectl run --rm -i` a veces pierde la salida del pod; creen el pod, espérenlo con"
            " `kubectl wait`, lean `kubectl logs` y bórrenlo"
        )
    if _has_letter(words, "t") or "--tty" in words:
        return (
            "`-t` pide una terminal y acá no hay: escriban `kubectl exec POD -- COMANDO`, sin `-t`"
        )
    return None
