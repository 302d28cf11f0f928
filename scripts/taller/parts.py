"""Which of the lab's optional parts the pages need: those whose image they have the cluster run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import lab
from kubedoctest.page.document import Block, Document, Role

_PATH = re.compile(r"extras/[\w./-]+")
_RUN = (Role.TRANSCRIPT, Role.COMMANDS, Role.PYTHON)
_MANIFESTS = (".yaml", ".yml", ".json")


def needed(documents: Iterable[Document], root: Path) -> tuple[lab.PartName, ...]:
    """The parts that the blocks that are run name, or the manifests under ``root`` that they name.

    Args:
        documents: the pages.
        root: the project's folder, from which the pages name their files.
    """
    found = {
        part: None
        for document in documents
        for block in document.blocks
        if block.role in _RUN
        for text in _texts(block, root)
        for part in lab.mentioned(text)
    }
    return tuple(sorted(found))


def _texts(block: Block, root: Path) -> Iterator[str]:
    yield block.code
    for name in _PATH.findall(block.code):
        path = root / name
        files = path.rglob("*") if path.is_dir() else (path,)
        for file in files:
            if file.suffix in _MANIFESTS and file.is_file():
                yield file.read_text()
