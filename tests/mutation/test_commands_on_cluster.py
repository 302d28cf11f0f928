"""A changed command turns the page red, at the first block whose outcome it changes."""

from __future__ import annotations

import os
import random
import tomllib
from pathlib import Path

import pytest
from commands import commands
from mutants import ROOT, Mutant, Source
from scoring import SEED
from test_mutation import RECORDING

from kubedoctest.recordings import recording
from kubedoctest.run.chapter_context import Limits
from kubedoctest.testing import Harness

SAMPLE = 20
PAGES_OF_SAMPLE = 1  # the shortest one: each mutant is a run of its page
RETRY_SECONDS = 4  # what the changed command shows has come by then
LIMITS = Limits(command=20)
SURVIVORS = Path(__file__).with_name("survivors.toml")

pytestmark = pytest.mark.cluster


def _sample() -> list[tuple[Source, Mutant]]:
    recorded = recording.read(RECORDING)
    shortest = sorted(
        (p for p in recorded if recorded[p].kubernetes), key=lambda p: recorded[p].seconds
    )
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        sources = [Source(page, recorded[page]) for page in shortest[:PAGES_OF_SAMPLE]]
        made = [(source, mutant) for source in sources for mutant in commands(source)]
    finally:
        os.chdir(here)
    random.Random(SEED).shuffle(made)
    return sorted(made[:SAMPLE], key=lambda one: (one[0].path, one[1].line))


def _mutated(source: Source, mutant: Mutant) -> str:
    """The section with its mutant, on the lines that it has in its page; the rest is left out."""
    lines = (ROOT / source.document.path).read_text().split("\n")
    assert mutant.before in lines[mutant.line - 1]
    lines[mutant.line - 1] = lines[mutant.line - 1].replace(mutant.before, mutant.after)
    first, last = source.document.blocks[0], source.document.blocks[-1]
    headings = [n for n, line in enumerate(lines) if line.startswith("## ")]
    begin = max((n for n in headings if n < first.line), default=0)
    end = min((n for n in headings if n > last.line), default=len(lines))
    return "# Una sección" + "\n" * begin + "\n".join(lines[begin:end])


SAMPLED = _sample() if RECORDING.exists() else []


@pytest.mark.parametrize(
    ("source", "mutant"),
    SAMPLED,
    ids=[f"{s.document.path.stem}-L{m.line}-{m.operator}" for s, m in SAMPLED],
)
def test_a_changed_command_is_found(source: Source, mutant: Mutant, lab_harness: Harness) -> None:
    text = _mutated(source, mutant)
    judged = lab_harness.judge(text, lie=mutant.line, patience=RETRY_SECONDS, limits=LIMITS)
    if _excused(source, mutant):
        assert judged.true, f"no longer a survivor:\n{judged.told}"
        return
    assert len(judged.red_blocks) == 1, f"{source.path}:{mutant}\n{judged.told}"
    own = judged.red_blocks[0] == source.document.blocks[mutant.block].line
    place = f"page.md:{mutant.line}"
    assert own or place in judged.told, f"the failure does not name {place}\n{judged.told}"


def _excused(source: Source, mutant: Mutant) -> bool:
    entries = tomllib.loads(SURVIVORS.read_text()).get("survivor", []) if SURVIVORS.exists() else []
    return any(
        (e["page"], e.get("line"), e["before"], e["after"])
        == (source.path, mutant.line, mutant.before, mutant.after)
        for e in entries
    )
