"""``desafio``: the tasks of the course, and whether what a learner made is as one of them asks."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import desafios
from desafios import Challenge, Cluster, Report, State
from desafios.progress import default_path
from taller import challenge_texts
from taller.exits import ExitCode, Refusal, WrongUse
from taller.project import DOCS, shown

SCHEMA = 1
LAB_CONTEXT = "kind-taller"
_MARKS = {State.DONE: "✓", State.MISSING: "✗", State.NOT_LOOKED_AT: "·"}


class _NoCluster(Refusal):
    """The cluster, or the engine, cannot be looked at."""

    code = ExitCode.NO_CLUSTER


@dataclass(frozen=True)
class Wishes:
    """What a person asked for besides the look itself.

    Attributes:
        context: the kubeconfig's context to look at; None: the course's, or else the current one.
        sure: look at a context that is not the course's without asking.
        hint: show the next hint.
        solution: show the solution.
        as_json: answer as JSON.
    """

    context: str | None = None
    sure: bool = False
    hint: bool = False
    solution: bool = False
    as_json: bool = False


def show_all(as_json: bool) -> ExitCode:
    """List the tasks and which are done."""
    progress = desafios.Progress(default_path())
    try:
        done = progress.done()
    except desafios.ProgressError as error:
        raise Refusal(error.message, error.next_step) from error
    if as_json:
        listed = [
            {"number": one.number, "title": one.title, "done": done.get(one.number)}
            for one in desafios.CHALLENGES
        ]
        _print_json({"schema": SCHEMA, "challenges": listed})
        return ExitCode.FINE
    for one in desafios.CHALLENGES:
        text = challenge_texts.find(one.number, DOCS)
        place = f"  ({shown(text.page)}:{text.line})" if text else ""
        print(f"{'✓' if one.number in done else ' '} {one.number}  {one.title}{place}")
    finished = sum(one.number in done for one in desafios.CHALLENGES)
    print(f"\nHechos: {finished} de {len(desafios.CHALLENGES)}.")
    coming = next((one for one in desafios.CHALLENGES if one.number not in done), None)
    if coming is None:
        print("¡Los hicieron todos!")
    else:
        print(f"Sigue el {coming.number}. Cuando crean que está: ./taller desafio {coming.number}")
    return ExitCode.FINE


def look(number: str, wishes: Wishes) -> ExitCode:
    """Look for one task and say what is as asked; or give a hint or the solution."""
    challenge = _challenge(number)
    text = challenge_texts.find(number, DOCS)
    progress = desafios.Progress(default_path())
    try:
        if wishes.solution:
            return _show_solution(text, wishes.sure)
        if wishes.hint:
            return _show_hint(challenge, text, progress)
        if challenge.on_engine:
            report = desafios.look(challenge, desafios.Engine(desafios.engine.address()))
        else:
            report = desafios.look(challenge, _connected(wishes))
        if report.done:
            progress.record_done(number)
        hints = text.hints if text else ()
        hint = "" if report.done or not hints else hints[_latest(progress, number, hints)]
    except desafios.Unreachable as error:
        raise _NoCluster(_sentence(error.message), error.next_step) from error
    except desafios.ProgressError as error:
        raise Refusal(_sentence(error.message), error.next_step) from error
    _tell(report, hint, wishes.as_json)
    return ExitCode.FINE if report.done else ExitCode.NOT_TRUE


def _challenge(number: str) -> Challenge:
    for one in desafios.CHALLENGES:
        if one.number == number:
            return one
    known = ", ".join(one.number for one in desafios.CHALLENGES)
    raise WrongUse(f"No hay un desafío {number}.", f"Los que hay: {known}")


def _connected(wishes: Wishes) -> Cluster:
    """The cluster to look at, after it has been named where it is not the course's own."""
    found, current = desafios.contexts()
    by_name = {context.name: context for context in found}
    name = wishes.context or (LAB_CONTEXT if LAB_CONTEXT in by_name else current)
    if name is None or name not in by_name:
        raise _NoCluster(
            f"El kubeconfig no tiene el contexto {name or LAB_CONTEXT}.",
            f"Los que hay: {', '.join(sorted(by_name)) or 'ninguno'}. Elijan con --contexto NOMBRE",
        )
    context = by_name[name]
    if name != LAB_CONTEXT and not wishes.sure:
        question = (
            f"Vamos a mirar el contexto {name} (cluster {context.cluster}, namespace "
            f"{context.namespace}), que no es el del taller. Solo leemos: no cambiamos nada."
        )
        if not sys.stdin.isatty():
            raise WrongUse(question, "Para confirmarlo sin una terminal: --si")
        if not _agreed(question):
            raise WrongUse("No miramos nada.", f"El del taller se llama {LAB_CONTEXT}.")
    return desafios.connect(context)


def _agreed(question: str) -> bool:
    print(f"{question} ¿Seguimos? [s/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("s", "sí", "si")


def _show_hint(
    challenge: Challenge, text: challenge_texts.Text | None, progress: desafios.Progress
) -> ExitCode:
    hints = text.hints if text else ()
    asked = progress.hints(challenge.number)
    if asked >= len(hints):
        print("No quedan más pistas. Queda la solución: agreguen --solucion")
        return ExitCode.FINE
    print(hints[asked])
    progress.record_hint(challenge.number)
    return ExitCode.FINE


def _latest(progress: desafios.Progress, number: str, hints: tuple[str, ...]) -> int:
    """Which hint to show with what is missing: the last one asked for, or the first."""
    return min(max(progress.hints(number) - 1, 0), len(hints) - 1)


def _show_solution(text: challenge_texts.Text | None, sure: bool) -> ExitCode:
    if text is None or not text.solution:
        raise WrongUse("Ese desafío no tiene una solución escrita.", "Prueben con --pista")
    if not sure and sys.stdin.isatty() and not _agreed("Es más lindo encontrarla."):
        return ExitCode.FINE
    print(f"{text.solution}\n\n({shown(text.page)}, «{text.heading}»)")
    return ExitCode.FINE


def _tell(report: Report, hint: str, as_json: bool) -> None:
    if as_json:
        steps = [
            {"asks": f.asks, "state": f.state.value, "instead": f.instead} for f in report.findings
        ]
        number = report.challenge.number
        _print_json({"schema": SCHEMA, "challenge": number, "done": report.done, "steps": steps})
        return
    for finding in report.findings:
        instead = f": {finding.instead}" if finding.instead else ""
        print(f"{_MARKS[finding.state]} {finding.asks}{instead}")
    if report.done:
        print("¡Desafío cumplido!")
    elif hint:
        print(f"Una pista: {hint}")


def _print_json(value: dict[str, object]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
