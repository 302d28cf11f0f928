"""The tasks of chapter 02: layers that stay, a version of one's own, and a signal that arrives."""

from __future__ import annotations

from typing import Any

from desafios.challenge import Challenge, Step
from desafios.checks import APP, variable
from desafios.engine import Engine
from desafios.errors import Missing

RECIPES = ("recetas:v1", "recetas:v2")
TOOLS = "/herramientas"
OWN = f"{APP}:v0.4.0"
POLITE = "educada"
_ROOT = ("", "0", "root")


def _image_exists(engine: Engine, name: str) -> str | None:
    engine.image(name)
    return None


# -- 02-1


def _both_exist(engine: Engine) -> str | None:
    for name in RECIPES:
        try:
            engine.image(name)
        except Missing:
            return f"falta {name}"
    return None


def _they_differ(engine: Engine) -> str | None:
    first, second = (engine.image(name)["Id"] for name in RECIPES)
    return None if first != second else "son una sola, con dos nombres"


def _two_layers_changed(engine: Engine) -> str | None:
    layers = [engine.image(name)["RootFS"]["Layers"] for name in RECIPES]
    kept = next(
        (n for n, (one, other) in enumerate(zip(*layers, strict=False)) if one != other),
        min(map(len, layers)),
    )
    changed = max(map(len, layers)) - kept
    if not all(any(TOOLS in step for step in engine.history(name)) for name in RECIPES):
        return "alguna ya no tiene las herramientas"
    return None if changed <= 2 else f"cambiaron {changed}"


# -- 02-2


def _own_exists(engine: Engine) -> str | None:
    return _image_exists(engine, OWN)


def _own_tells_its_version(engine: Engine) -> str | None:
    said = variable(engine.image(OWN)["Config"], "VERSION")
    if said == "v0.4.0":
        return None
    return "no la tiene" if said is None else f"dice {said}"


def _own_is_not_root(engine: Engine) -> str | None:
    user = str(engine.image(OWN)["Config"].get("User") or "")
    return "corre como root" if user.partition(":")[0] in _ROOT else None


def _own_has_a_short_name(engine: Engine) -> str | None:
    short = engine.image(f"{APP}:v0.4")
    return None if short["Id"] == engine.image(OWN)["Id"] else "es el nombre de otra"


# -- 02-3


def _polite_exists(engine: Engine) -> str | None:
    return _image_exists(engine, f"{POLITE}:v1")


def _polite_begins_with_the_script(engine: Engine) -> str | None:
    found: Any = engine.image(f"{POLITE}:v1")["Config"].get("Entrypoint")
    return None if found == ["/app/arrancar"] else f"es {' '.join(found or ['ninguno'])}"


def _polite_is_of_that_image(engine: Engine) -> str | None:
    container = engine.container(POLITE)
    if container["Image"] == engine.image(f"{POLITE}:v1")["Id"]:
        return None
    return f"salió de {container['Config']['Image']}, y no es la de ahora"


def _polite_said_goodbye(engine: Engine) -> str | None:
    state = engine.container(POLITE)["State"]
    if state["Status"] != "exited":
        return f"su estado es {state['Status']}"
    return None if state["ExitCode"] == 0 else f"terminó con código {state['ExitCode']}"


CHALLENGES = (
    Challenge(
        "02-1",
        "La caché, arreglada",
        (
            Step(f"existen las imágenes {RECIPES[0]} y {RECIPES[1]}", _both_exist),
            Step("no son la misma", _they_differ),
            Step(
                "de una a otra cambiaron solo dos capas, la de las recetas y la de las páginas",
                _two_layers_changed,
            ),
        ),
        on_engine=True,
    ),
    Challenge(
        "02-2",
        "Su propia versión",
        (
            Step(f"existe la imagen {OWN}", _own_exists),
            Step("su variable VERSION dice v0.4.0", _own_tells_its_version),
            Step("no corre como root", _own_is_not_root),
            Step("v0.4 es otro nombre de la misma imagen", _own_has_a_short_name),
        ),
        on_engine=True,
    ),
    Challenge(
        "02-3",
        "La que se va sin saludar",
        (
            Step(f"existe la imagen {POLITE}:v1", _polite_exists),
            Step("su ENTRYPOINT sigue siendo /app/arrancar", _polite_begins_with_the_script),
            Step(f"el contenedor {POLITE} salió de esa imagen", _polite_is_of_that_image),
            Step("está detenido, y terminó con código 0", _polite_said_goodbye),
        ),
        on_engine=True,
    ),
)
