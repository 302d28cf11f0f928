"""The tasks of chapter 01: a container that dies, one made to measure, a volume that is read."""

from __future__ import annotations

from typing import Any

from desafios.challenge import Challenge, Step
from desafios.checks import is_image, listed, variable
from desafios.engine import Engine

SHOP = "tienda"
OWN = "a-medida"
READER = "lector"
BOOK = "cuaderno"
QUARTER = "mi-barrio"
_MEBIBYTE = 1 << 20


def _is_running(container: Any) -> str | None:
    state = container["State"]
    if state["Running"] and not state.get("Restarting"):
        return None
    if state["Status"] == "exited":
        return f"terminó, con código {state['ExitCode']}"
    return f"su estado es {state['Status']}"


def _runs_v2(engine: Engine, name: str) -> str | None:
    container = engine.container(name)
    named = [container["Config"]["Image"], *(engine.image(container["Image"])["RepoTags"] or ())]
    return None if any(is_image(tag, "v0.2.0") for tag in named) else f"la imagen es {named[0]}"


def _app_port(container: Any) -> str:
    """Where the app listens, as its environment says."""
    port = variable(container["Config"], "PUERTO")
    return "8080" if port is None else port


def _published(container: Any) -> list[tuple[str, str, str]]:
    """The container's ports that the host publishes: address, port of the host, port inside."""
    return [
        (way["HostIp"], way["HostPort"], inside.partition("/")[0])
        for inside, ways in (container["NetworkSettings"]["Ports"] or {}).items()
        for way in ways or ()
    ]


# -- 01-1


def _shop_exists(engine: Engine) -> str | None:
    engine.container(SHOP)
    return None


def _shop_runs_v2(engine: Engine) -> str | None:
    return _runs_v2(engine, SHOP)


def _shop_is_running(engine: Engine) -> str | None:
    return _is_running(engine.container(SHOP))


def _shop_is_reached(engine: Engine) -> str | None:
    container = engine.container(SHOP)
    inside = [port for _, host, port in _published(container) if host == "8083"]
    wanted = _app_port(container)
    if not inside:
        return "no lleva a ninguno"
    return None if wanted in inside else f"lleva al {inside[0]}, y la app escucha en el {wanted}"


# -- 01-2


def _own_is_running(engine: Engine) -> str | None:
    return _is_running(engine.container(OWN))


def _own_runs_v2(engine: Engine) -> str | None:
    return _runs_v2(engine, OWN)


def _own_is_called(engine: Engine) -> str | None:
    name = engine.container(OWN)["Config"]["Hostname"]
    return None if name == "mostrador" else f"se llama {name}"


def _own_is_limited(engine: Engine) -> str | None:
    limit = engine.container(OWN)["HostConfig"]["Memory"]
    if limit == 64 * _MEBIBYTE:
        return None
    return f"puede usar {limit / _MEBIBYTE:g} MiB" if limit else "no tiene un tope"


def _own_comes_back(engine: Engine) -> str | None:
    policy = engine.container(OWN)["HostConfig"]["RestartPolicy"]["Name"] or "no"
    return None if policy != "no" else "su --restart es no"


def _own_is_published_here(engine: Engine) -> str | None:
    container = engine.container(OWN)
    wanted = _app_port(container)
    found = [at for at, host, inside in _published(container) if (host, inside) == ("8084", wanted)]
    if not found:
        return f"el 8084 no lleva al {wanted}, donde escucha la app"
    open_to = sorted(set(found) - {"127.0.0.1", "::1"})
    return f"atiende en {listed(open_to)}" if open_to else None


# -- 01-3


def _book_exists(engine: Engine) -> str | None:
    engine.volume(BOOK)
    return None


def _quarter_exists(engine: Engine) -> str | None:
    engine.network(QUARTER)
    return None


def _reader_is_there(engine: Engine) -> str | None:
    container = engine.container(READER)
    networks = sorted(container["NetworkSettings"]["Networks"])
    if QUARTER in networks:
        return _is_running(container)
    return f"está en {listed(networks)}"


def _reader_only_reads(engine: Engine) -> str | None:
    mounts = {one["Destination"]: one for one in engine.container(READER)["Mounts"]}
    there = mounts.get("/datos")
    if there is None:
        return f"tiene montado algo en {listed(sorted(mounts))}"
    if there.get("Name") != BOOK:
        return f"ahí tiene {there.get('Name') or there['Source']}"
    return "puede escribir en él" if there["RW"] else None


def _there_is_a_note(engine: Engine) -> str | None:
    note = engine.file(READER, "/datos/nota")
    if note is None:
        return "no hay ningún archivo nota"
    return None if note.strip() else "el archivo nota está vacío"


def _reader_publishes_nothing(engine: Engine) -> str | None:
    ports = sorted({host for _, host, _ in _published(engine.container(READER))})
    return f"publica {listed(ports)}" if ports else None


CHALLENGES = (
    Challenge(
        "01-1",
        "La tienda que no abre",
        (
            Step(f"existe el contenedor {SHOP}", _shop_exists),
            Step("corre la versión v0.2.0 de la app", _shop_runs_v2),
            Step("está corriendo", _shop_is_running),
            Step(
                "el puerto 8083 de la máquina lleva al puerto en el que escucha la app",
                _shop_is_reached,
            ),
        ),
        on_engine=True,
    ),
    Challenge(
        "01-2",
        "Una instancia a medida",
        (
            Step(f"existe el contenedor {OWN}, y está corriendo", _own_is_running),
            Step("corre la versión v0.2.0 de la app", _own_runs_v2),
            Step("adentro, la máquina se llama mostrador", _own_is_called),
            Step("puede usar hasta 64 MiB de memoria", _own_is_limited),
            Step("si se muere, vuelve a arrancar", _own_comes_back),
            Step("atiende en el puerto 8084, y solo para esta máquina", _own_is_published_here),
        ),
        on_engine=True,
    ),
    Challenge(
        "01-3",
        "El cuaderno",
        (
            Step(f"existe el volumen {BOOK}", _book_exists),
            Step(f"existe la red {QUARTER}", _quarter_exists),
            Step(f"el contenedor {READER} está corriendo, conectado a esa red", _reader_is_there),
            Step(
                f"lee el {BOOK} en /datos, y no puede escribir en él",
                _reader_only_reads,
            ),
            Step(f"en el {BOOK} hay una nota", _there_is_a_note),
            Step("no publica ningún puerto", _reader_publishes_nothing),
        ),
        on_engine=True,
    ),
)
