"""Fences that stand for a file, or for lines of one: why they are not what they say they are."""

from __future__ import annotations

from pathlib import Path

from kubedoctest.comparison.mismatch import DiffLine
from kubedoctest.page import filecopy
from kubedoctest.page.document import Block
from kubedoctest.verdicts.outcome import Failure


def file_failure(block: Block, files: Path) -> Failure | None:
    """Why a fence is not the copy of its file that it says it is, or None."""
    text = filecopy.difference(block, files)
    if text is None:
        return None
    # In filecopy's diff the file comes first; here the page's side is the one marked "-".
    swap = {"-": "+", "+": "-", " ": " "}
    lines = [line for line in text.split("\n")[2:] if line[:1] in swap]
    place = block.place
    if lines:
        place = f"{block.page}:{block.line_of(filecopy.first_difference(block, files))}"
    return Failure(
        place=place,
        reasons=(f"el bloque no es igual a {block.title}" if lines else text,),
        difference=tuple(DiffLine(swap[line[0]], line[1:]) for line in lines),
        next_step="copien el archivo en el bloque, o corrijan el archivo",
    )


def fragment_failure(block: Block, files: Path) -> Failure | None:
    """Why a fence does not show lines of the file that its directive names, or None."""
    found = filecopy.strange_line(block, block.directives.fragment or "", files)
    if found is None:
        return None
    offset, reason = found
    return Failure(
        place=f"{block.page}:{block.line_of(offset)}",
        reasons=(reason,),
        next_step="copien las líneas del archivo, con una línea ... donde falten algunas",
    )
