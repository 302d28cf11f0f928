"""Chapters 01 and 02 on the lab's engine: untouched fails, wrong tries fail at their step."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from desafios import Challenge, Report, State, chapter_01, chapter_02, engine, look
from desafios.engine import Engine
from kubedoctest.testing import Harness
from lab.waiting import wait_for

CHALLENGES = (*chapter_01.CHALLENGES, *chapter_02.CHALLENGES)

APP = "fedek3/workshop-uns"
BOX = "busybox:1.37.0"
LIMIT = 60.0
"""Seconds for a container to come up, or to end."""


@dataclass(frozen=True)
class Try:
    """What a learner does, and the beginning of the step that is missing; None: it is solved.

    Attributes:
        commands: docker's words, one command each.
        builds: by image, the Dockerfile that it is built from.
    """

    missing: str | None
    commands: tuple[str, ...] = ()
    builds: dict[str, str] = field(default_factory=dict)


SHOP = "run -d --name tienda"
OWN = "run -d --name a-medida --hostname mostrador --memory 64m --restart on-failure"
HERE = "-p 127.0.0.1:8084:8080"
PLACES = ("volume create cuaderno", "network create mi-barrio")
NOTE = f"run --rm -v cuaderno:/datos {BOX} touch /datos/otra"
WRITTEN = f"run --rm -v cuaderno:/datos {BOX} cp /etc/passwd /datos/nota"
READER = "run -d --name lector --network mi-barrio -v cuaderno:/datos:ro"


def recipes(text: str, *, early: bool = False, tools: bool = True) -> str:
    """A Dockerfile: the tools, the recipes, the pages; or the recipes before the tools."""
    made = ["RUN dd if=/dev/urandom of=/herramientas bs=1k count=1 2>/dev/null"] if tools else []
    written = [f"RUN echo {text} > /receta"]
    order = [*written, *made] if early else [*made, *written]
    return "\n".join([f"FROM {BOX}", *order, "RUN cat /receta > /pagina"])


def version(said: str, user: str = "USER 65534:65534") -> str:
    return f"FROM {APP}:v0.2.0\nENV VERSION={said}\n{user}\n"


def polite(entry: str = '["/app/arrancar"]', word: str = "exec ") -> str:
    return f"""
FROM {APP}:v0.2.0
USER root
RUN printf '#!/bin/sh\\n{word}/app/servidor\\n' > /app/arrancar && chmod 755 /app/arrancar
USER 65534
ENTRYPOINT {entry}
"""


POLITE = {"educada:v1": polite()}
GOOD = {"recetas:v1": recipes("uno"), "recetas:v2": recipes("dos")}
FOURTH = {f"{APP}:v0.4.0": version("v0.4.0")}
SHORT = f"tag {APP}:v0.4.0 {APP}:v0.4"
STARTED = "run -d --name educada educada:v1"
TRIES: dict[str, tuple[Try, ...]] = {
    "01-1": (
        Try("existe el contenedor"),
        Try("está corriendo", (f"{SHOP} -p 127.0.0.1:8083:80 -e PUERTO=8O80 {APP}:v0.2.0",)),
        Try("el puerto 8083", (f"{SHOP} -p 127.0.0.1:8083:80 {APP}:v0.2.0",)),
        Try("corre la versión", (f"{SHOP} -p 127.0.0.1:8083:8080 {APP}:v0.1.0",)),
        Try("el puerto 8083", (f"{SHOP} -p 127.0.0.1:8093:8080 {APP}:v0.2.0",)),
        Try(None, (f"{SHOP} -p 127.0.0.1:8083:9000 -e PUERTO=9000 {APP}:v0.2.0",)),
        Try(None, (f"{SHOP} -p 127.0.0.1:8083:8080 {APP}:v0.2.0",)),
    ),
    "01-2": (
        Try("existe el contenedor"),
        Try("adentro", (f"run -d --name a-medida --memory 64m {HERE} {APP}:v0.2.0",)),
        Try("puede usar", (f"{OWN} --memory 64000000 {HERE} {APP}:v0.2.0",)),
        Try("si se muere", (f"{OWN} --restart no {HERE} {APP}:v0.2.0",)),
        Try("atiende en el puerto", (f"{OWN} -p 8084:8080 {APP}:v0.2.0",)),
        Try("existe el contenedor", (f"{OWN} {HERE} {APP}:v0.2.0", "stop a-medida")),
        Try(None, (f"{OWN} {HERE} {APP}:v0.2.0",)),
    ),
    "01-3": (
        Try("existe el volumen"),
        Try("existe la red", ("volume create cuaderno",)),
        Try("el contenedor lector", (*PLACES, f"run -d --name lector {BOX} sleep 60")),
        Try(
            "lee el cuaderno",
            (
                *PLACES,
                WRITTEN,
                f"run -d --name lector --network mi-barrio -v cuaderno:/datos {BOX} sleep 60",
            ),
        ),
        Try("en el cuaderno", (*PLACES, NOTE, f"{READER} {BOX} sleep 60")),
        Try("no publica", (*PLACES, WRITTEN, f"{READER} -p 127.0.0.1:8093:80 {BOX} sleep 60")),
        Try(None, (*PLACES, WRITTEN, f"{READER} {BOX} sleep 60")),
    ),
    "02-1": (
        Try("existen las imágenes"),
        Try("existen las imágenes", (), {"recetas:v1": recipes("uno")}),
        Try("no son la misma", ("tag recetas:v1 recetas:v2",), {"recetas:v1": recipes("uno")}),
        Try(
            "de una a otra",
            (),
            {
                "recetas:v1": recipes("uno", early=True),
                "recetas:v2": recipes("dos", early=True),
            },
        ),
        Try(
            "de una a otra",
            (),
            {
                "recetas:v1": recipes("uno", tools=False),
                "recetas:v2": recipes("dos", tools=False),
            },
        ),
        Try(None, (), GOOD),
    ),
    "02-2": (
        Try("existe la imagen"),
        Try("su variable VERSION", (), {f"{APP}:v0.4.0": version("v0.2.0")}),
        Try("no corre como root", (), {f"{APP}:v0.4.0": version("v0.4.0", "USER root")}),
        Try("v0.4 es otro nombre", (f"tag {APP}:v0.2.0 {APP}:v0.4",), FOURTH),
        Try("v0.4 es otro nombre", (), FOURTH),
        Try(None, (SHORT,), FOURTH),
    ),
    "02-3": (
        Try("existe la imagen"),
        Try("su ENTRYPOINT", (), {"educada:v1": polite('["/app/servidor"]')}),
        Try("el contenedor educada", (f"run -d --name educada {APP}:v0.2.0",), POLITE),
        Try("está detenido", (STARTED,), POLITE),
        Try("está detenido", (STARTED, "stop -t 1 educada"), {"educada:v1": polite(word="")}),
        Try(None, (STARTED, "stop educada"), POLITE),
    ),
}  # fmt: skip
CONTAINERS = ("tienda", "a-medida", "lector", "educada")
IMAGES = ("recetas:v1", "recetas:v2", f"{APP}:v0.4.0", f"{APP}:v0.4", "educada:v1")


def docker(*words: str, stdin: str = "", fails: bool = False) -> None:
    done = subprocess.run(
        ("docker", *words), input=stdin, text=True, capture_output=True, check=False
    )
    assert fails or done.returncode == 0, f"{words}: {done.stderr}"


def log(container: str) -> str:
    asked = ("docker", "logs", container)
    return subprocess.run(asked, text=True, capture_output=True, check=True).stdout


def clear() -> None:
    """Away with all that a try may have left."""
    docker("rm", "-f", *CONTAINERS, fails=True)
    docker("network", "rm", "mi-barrio", fails=True)
    docker("volume", "rm", "cuaderno", fails=True)
    docker("rmi", *IMAGES, fails=True)


def first_missing(report: Report) -> str:
    asks = (finding.asks for finding in report.findings if finding.state is State.MISSING)
    return next(asks, "nada")


def found(challenge: Challenge, one: Try, engine: Engine) -> Report:
    """What the check finds, once containers have come to rest or at the limit."""
    until = time.monotonic() + LIMIT
    while True:
        report = look(challenge, engine)
        if first_missing(report).startswith(one.missing or "nada") or time.monotonic() > until:
            return report
        time.sleep(0.2)  # between two looks at what is still coming up


def tried(challenge: Challenge) -> list[Report]:
    """What the check of a task finds after each try."""
    there, reports = Engine(engine.address()), []
    try:
        for one in TRIES[challenge.number]:
            clear()
            for image, dockerfile in one.builds.items():
                docker("build", "-t", image, "-", stdin=dockerfile)
            for command in one.commands:
                if command == "stop educada":  # a person does not do that before it has begun
                    assert wait_for(lambda: "escuchando" in log("educada"), LIMIT)
                docker(*command.split(), fails="8O80" in command)
            reports.append(found(challenge, one, there))
    finally:
        clear()
    return reports


def all_tried(_harness: Harness) -> dict[str, list[Report]]:
    """One after another: they are about the same containers. Of the cluster they need nothing."""
    return {challenge.number: tried(challenge) for challenge in CHALLENGES}


@pytest.mark.cluster
@pytest.mark.at_once.with_args(all_tried)
@pytest.mark.parametrize("number", TRIES)
def test_untouched_and_wrong_tries_fail_at_their_step_and_the_solution_passes(
    number: str, at_once: Callable[..., dict[str, list[Report]]]
) -> None:
    tries = TRIES[number]
    assert len(tries) >= 5, "untouched, three wrong tries, and the solution"
    for one, report in zip(tries, at_once(all_tried)[number], strict=True):
        assert first_missing(report).startswith(one.missing or "nada"), report
        assert report.done == (one.missing is None)


def test_every_task_of_the_engine_is_tried() -> None:
    assert {one.number for one in CHALLENGES} == TRIES.keys()
