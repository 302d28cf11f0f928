"""Each task is set by a page, with hints and a solution that proves itself."""

from __future__ import annotations

import pytest

import desafios
from desafios import Challenge
from taller import challenge_texts
from taller.project import DOCS


@pytest.mark.parametrize("challenge", desafios.CHALLENGES, ids=lambda one: one.number)
def test_each_task_has_its_page_with_hints_and_a_solution(challenge: Challenge) -> None:
    text = challenge_texts.find(challenge.number, DOCS)
    assert text is not None
    assert text.page.relative_to(DOCS).parts[0].startswith(challenge.number.partition("-")[0])
    assert text.hints
    assert text.solution
    lines = text.page.read_text(encoding="utf-8").split("\n")[text.line :]
    shown = lines.index(f"$ ./taller desafio {challenge.number}")
    ticks = [f"✓ {step.asks}" for step in challenge.steps]
    assert lines[shown + 1 : shown + 2 + len(ticks)] == [*ticks, "¡Desafío cumplido!"]
