"""A context of the user's own kubeconfig files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from taller.exits import WrongUse


def find_kubeconfig(context: str) -> Path:
    """The first kubeconfig, in kubectl's order, that has ``context``.

    Raises:
        WrongUse: none has it.
    """
    known: list[str] = []
    for path in _kubeconfigs():
        names = _contexts(path)
        if context in names:
            return path
        known += names
    raise WrongUse(
        f"No hay un contexto «{context}» en su kubeconfig.",
        "Los que hay: " + (", ".join(known) or "ninguno") + " (kubectl config get-contexts).",
    )


def _kubeconfigs() -> Iterator[Path]:
    listed = os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    for name in filter(None, listed.split(os.pathsep)):
        yield Path(name)


def _contexts(path: Path) -> list[str]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []
    listed = content.get("contexts") if isinstance(content, dict) else None
    return [str(c["name"]) for c in listed or [] if isinstance(c, dict) and "name" in c]
