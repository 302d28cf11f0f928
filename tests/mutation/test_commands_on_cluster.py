"""A changed command turns the page red, at the first block whose outcome it changes."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from commands import commands
from mutants import ROOT, Mutant, Source
from scoring import SEED
from test_mutation import RECORDING

from kubedoctest.recordings import recording

SAMPLE = 20
PAGES_OF_SAMPLE = 1  # the shortest one: each mutant is a run of its page
RETRY_SECONDS = 8
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


def _page(source: Source, mutant: Mutant, folder: Path) -> Path:
    text = (ROOT / source.path).read_text()
    lines = text.split("\n")
    assert mutant.before in lines[mutant.line - 1]
    lines[mutant.line - 1] = lines[mutant.line - 1].replace(mutant.before, mutant.after)
    page = folder / Path(source.path).name
    page.write_text("\n".join(lines))
    return page


SAMPLED = _sample() if RECORDING.exists() else []


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("source", "mutant"),
    SAMPLED,
    ids=[f"{s.document.path.stem}-L{m.line}-{m.operator}" for s, m in SAMPLED],
)
def test_a_changed_command_is_found(source: Source, mutant: Mutant, tmp_path: Path) -> None:
    page = _page(source, mutant, tmp_path)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider"),
            *("--rootdir", str(tmp_path), "-c", os.devnull, "-q", page.name),
            *("--kubedoctest-kubeconfig", os.environ["TALLER_LAB_KUBECONFIG"]),
            *("--kubedoctest-context", os.environ["TALLER_LAB_CONTEXT"]),
            *("--kubedoctest-path", os.environ["TALLER_LAB_PATH"]),
            *("--kubedoctest-files", str(ROOT), "--kubedoctest-copy", "extras"),
            *("--kubedoctest-mkdocs", str(ROOT / "mkdocs.yml")),
            *("--kubedoctest-retry", str(RETRY_SECONDS), "--kubedoctest-limit", "20"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    if _excused(source, mutant):
        assert done.returncode == 0, f"no longer a survivor:\n{done.stdout}"
        return
    assert done.returncode == 1, f"{source.path}:{mutant}\n{done.stdout}{done.stderr}"
    failed = [
        int(n) for n in re.findall(rf"^FAILED {re.escape(page.name)}::L(\d+)", done.stdout, re.M)
    ]
    assert len(failed) == 1, done.stdout
    place = f"{page.name}:{mutant.line}"
    own = failed[0] == source.document.blocks[mutant.block].line
    assert own or place in done.stdout, f"the failure does not name {place}\n{done.stdout}"


def _excused(source: Source, mutant: Mutant) -> bool:
    entries = tomllib.loads(SURVIVORS.read_text()).get("survivor", []) if SURVIVORS.exists() else []
    return any(
        (e["page"], e.get("line"), e["before"], e["after"])
        == (source.path, mutant.line, mutant.before, mutant.after)
        for e in entries
    )
