"""What pages need besides a cluster: the lab's parts, by their images, and what they download."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import lab
from kubedoctest.page.document import Block, Document, Role
from lab import gateway_api, scanner
from lab.places import Places

_PATH = re.compile(r"extras/[\w./-]+")
_ROLES_RUN = (Role.TRANSCRIPT, Role.COMMANDS, Role.PYTHON)
_MANIFESTS = (".yaml", ".yml", ".json")


def needed(documents: Iterable[Document], root: Path) -> tuple[lab.PartName, ...]:
    """The parts that the blocks that are run name, or the manifests under ``root`` that they name.

    Args:
        documents: the pages.
        root: the project's folder, from which the pages name their files.
    """
    found = {
        part: None
        for block in _run(documents)
        for text in _texts(block, root)
        for part in lab.mentioned(text)
    }
    return tuple(sorted(found))


def bring_downloads(documents: Iterable[Document], folder: Path) -> None:
    """Put in ``folder`` the files that the pages have readers download and their blocks name.

    Raises:
        LabError: one cannot be had.
    """
    if any(f"{folder.name}/{gateway_api.NAME}" in block.code for block in _run(documents)):
        gateway_api.ensure(folder)


def bring_programs(documents: Iterable[Document], folder: Path) -> None:
    """Put in ``folder``, which is in the pages' PATH, the programs that only some of them run.

    Raises:
        LabError: one cannot be had.
    """
    if any(scanner.NAME in block.code for block in _run(documents)):
        with lab.Progress().step(f"Programa «{scanner.NAME}»"):
            scanner.ensure(Places.of_user().cache, folder)


def _run(documents: Iterable[Document]) -> Iterator[Block]:
    return (b for document in documents for b in document.blocks if b.role in _ROLES_RUN)


def _texts(block: Block, root: Path) -> Iterator[str]:
    yield block.code
    for name in _PATH.findall(block.code):
        path = root / name
        files = path.rglob("*") if path.is_dir() else (path,)
        for file in files:
            if file.suffix in _MANIFESTS and file.is_file():
                yield file.read_text()
