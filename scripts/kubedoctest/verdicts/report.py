"""A failure as text for the terminal: where, which command, what differs, why, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from kubedoctest.verdicts.outcome import Failure, Outcome


def failure_text(outcome: Outcome) -> str:
    """The whole story of a block that is not true, in Spanish."""
    assert outcome.failure is not None
    return "\n".join(_lines(outcome, outcome.failure))


def _lines(outcome: Outcome, failure: Failure) -> Iterator[str]:
    verdict = "no es cierto" if failure.recorded else "no está en la grabación"
    yield f"{failure.place}: {verdict} (bloque {outcome.block.lang} de {outcome.block.place})"
    if failure.command:
        yield ""
        yield f"  {failure.command_place}"
        yield from (f"  $ {line}" for line in failure.command.split("\n"))
    for reason in failure.reasons:
        yield f"  • {reason}"
    if failure.difference:
        yield ""
        yield "  lo documentado (-) y lo real (+), con los nombres de la página:"
        yield from (f"  {line.mark} {line.text}".rstrip() for line in failure.difference)
    if failure.printed:
        yield ""
        yield "  lo que escribió el comando:"
        yield from (f"  | {line}" for line in failure.printed.rstrip("\n").split("\n"))
    if failure.cause:
        yield ""
        yield f"  antes de esto, lo último que cambió algo: {failure.cause}"
    if failure.next_step:
        yield f"  → {failure.next_step}"
