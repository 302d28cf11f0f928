"""A command that is one ``kubectl get``: what its table lists can be known from its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kubedoctest.commands.kubectl_words import GLOBAL_FLAGS, GLOBAL_VALUED, after_globals
from kubedoctest.commands.options import Options
from kubedoctest.commands.shell_syntax import names, parse, words_of


@dataclass(frozen=True)
class GetCommand:
    """A command that is one ``kubectl get`` and nothing else.

    Attributes:
        kinds: the kinds as written, each once (``po``, ``deployments.apps``).
        names: the names as written.
        namespace: the one given, or None.
        all_namespaces: whether ``-A`` is given.
        output: None, "wide", or another format with its argument.
        pairs: kinds and names as written together (``pod/mi-pod``); otherwise empty.
        selector, field_selector: those given, or None.
        watch: whether it goes on (``-w``).
        no_headers, show_labels, show_kind: whether those are given.
        label_columns: the labels of ``-L``.
        sort_by: the path of ``--sort-by``, or None.
    """

    kinds: tuple[str, ...]
    names: tuple[str, ...] = ()
    namespace: str | None = None
    all_namespaces: bool = False
    output: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    selector: str | None = None
    field_selector: str | None = None
    watch: bool = False
    no_headers: bool = False
    show_labels: bool = False
    show_kind: bool = False
    label_columns: tuple[str, ...] = ()
    sort_by: str | None = None

    def names_of(self, kind: str) -> tuple[str, ...]:
        """The names asked for of one of the kinds, as written; empty for all."""
        return tuple(n for k, n in self.pairs if k == kind) if self.pairs else self.names


_GET = Options(
    names("-A --all-namespaces -w --watch --watch-only --no-headers --show-labels")
    | names("--output-watch-events")
    | names("--ignore-not-found --show-kind --show-managed-fields --allow-missing-template-keys")
    | GLOBAL_FLAGS,
    names("-o --output -l --selector -L --label-columns --sort-by --chunk-size --field-selector")
    | (GLOBAL_VALUED - {"--context", "--cluster", "--kubeconfig", "--server", "-s"}),
)


@lru_cache(maxsize=1024)
def kubectl_get(command: str) -> GetCommand | None:
    """The command as one ``kubectl get`` of kinds and names.

    None for anything else: a pipe, a word known only when it runs, another cluster, or an option
    that chooses objects by something else (``-f``, ``--raw``, …).
    """
    words = _only_command(command)
    if words is None or len(words) < 3 or words[0] != "kubectl":
        return None
    rest = list(after_globals(words[1:]))
    if not rest or rest[0] != "get":
        return None
    before = list(words[1 : len(words) - len(rest)])
    split = _GET.split(before + rest[1:])
    if split is None or not split[1]:
        return None
    given, operands = split
    return _get_command(given, [word for word in operands if word is not None])


def _get_command(given: list[tuple[str, str | None]], operands: list[str]) -> GetCommand | None:
    values = dict(given)

    def value(*names: str) -> str | None:
        return next((values[name] for name in names if values.get(name)), None)

    def flag(*names: str) -> bool:
        return any(name in values and values[name] != "false" for name in names)

    pairs: list[tuple[str, str]] = []
    if any("/" in word for word in operands):
        if not all(re.fullmatch(r"[^/,]+/[^/,]+", word) for word in operands):
            return None
        pairs = [(kind, name) for kind, _, name in (word.partition("/") for word in operands)]
        kinds, names = [kind for kind, _ in pairs], [name for _, name in pairs]
    else:
        kinds, names = operands[0].split(","), operands[1:]
    return GetCommand(
        kinds=tuple(dict.fromkeys(kinds)),
        names=tuple(names),
        namespace=value("-n", "--namespace"),
        all_namespaces=flag("-A", "--all-namespaces"),
        output=value("-o", "--output"),
        pairs=tuple(pairs),
        selector=value("-l", "--selector"),
        field_selector=value("--field-selector"),
        watch=flag("-w", "--watch", "--watch-only"),
        no_headers=flag("--no-headers"),
        show_labels=flag("--show-labels"),
        show_kind=flag("--show-kind"),
        label_columns=tuple(
            key
            for name, keys in given
            if name in ("-L", "--label-columns")
            for key in (keys or "").split(",")
            if key
        ),
        sort_by=value("--sort-by"),
    )


def _only_command(command: str) -> list[str] | None:
    """The words of a command that is a single simple one, or None."""
    if "kubectl" not in command:
        return None
    root = parse(command)
    if root is None:
        return None
    parts = [child for child in root.children if child.type != "comment"]
    if len(parts) != 1 or parts[0].type != "command":
        return None
    if any("redirect" in child.type for child in parts[0].children):
        return None
    words = words_of(parts[0])
    return None if None in words else [word for word in words if word is not None]
