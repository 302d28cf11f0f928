"""The commands and their options; mistakes become a message in Spanish and an exit code."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from taller import chapters, wording
from taller.exits import ExitCode, Refusal
from taller.project import DOCS
from taller.voice import complain, say, wrong

# Each command imports its module when it runs: --help and mistakes need not wait for them.
# ruff: noqa: PLC0415

Mode = Literal["auto", "hermetico", "kind"]
ChaptersArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CAPÍTULOS",
        show_default=False,
        help="Números (04), archivos o carpetas; de una página, también una sección sola, por su "
        "ancla (04#deployments). Sin nada: todos.",
    ),
]
ModeOption = Annotated[
    Mode,
    typer.Option(
        "--lab",
        metavar="MODO",
        help="De dónde sale el cluster: kind (imagen oficial de los nodos), hermetico (todo se "
        "arma en esta máquina) o auto (kind si se puede).",
    ),
]
ContextOption = Annotated[
    str | None,
    typer.Option(
        "--contexto",
        metavar="NOMBRE",
        help="Un contexto del kubeconfig propio, en lugar del laboratorio. "
        "Solo sirve si el cluster está marcado como de pruebas.",
    ),
]

app = typer.Typer(
    name="taller",
    cls=wording.Group,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Taller de Kubernetes: un sitio en el que cada comando se ejecutó de verdad.",
    epilog="Códigos de salida: 0 todo bien, 1 un bloque no es verdad, 2 mal uso, 3 no hay cluster.",
)
lab_app = typer.Typer(
    name="lab",
    cls=wording.Group,
    rich_markup_mode="rich",
    help="El cluster del taller, por separado: crear, estado o borrar.",
)
app.add_typer(lab_app)


@app.command(cls=wording.Command)
def verificar(
    capitulos: ChaptersArgument = None,
    modo: ModeOption = "auto",
    contexto: ContextOption = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="ARCHIVO", help="Escribe también ahí los resultados de cada bloque."),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="ARCHIVO", help="Escribe ahí los resultados como los lee una CI."),
    ] = None,
    sin_sitio: Annotated[
        bool, typer.Option("--sin-sitio", help="No construye site/ después.")
    ] = False,
    orden_aleatorio: Annotated[
        bool,
        typer.Option(
            "--orden-aleatorio",
            help="Ejecuta los capítulos, y en cada uno las secciones que empiezan con su propio "
            "«Punto de partida», en un orden al azar: ninguno depende de otro.",
        ),
    ] = False,
    semilla: Annotated[
        int | None,
        typer.Option(metavar="N", help="Repite el orden al azar que se mostró con ese número."),
    ] = None,
    verboso: Annotated[
        bool, typer.Option("--verboso", "-v", help="Muestra cada comando cuando empieza.")
    ] = False,
    seguir: Annotated[
        bool,
        typer.Option(
            "--seguir",
            help="Si solo una salida no es cierta, lo dice y sigue con el capítulo. Si falla un "
            "comando, el capítulo termina ahí.",
        ),
    ] = False,
    grabar: Annotated[
        Path | None,
        typer.Option(
            metavar="ARCHIVO",
            help="Guarda ahí lo que respondió el cluster, para --repetir (con .gz, comprimido). "
            "Si el archivo existe, cambia solo los capítulos que se ejecutan.",
        ),
    ] = None,
    repetir: Annotated[
        Path | None,
        typer.Option(
            metavar="ARCHIVO",
            help="Compara los capítulos con esa grabación: sin cluster, sin ejecutar nada y sin "
            "construir el sitio.",
        ),
    ] = None,
) -> None:
    """Ejecuta los capítulos contra un cluster real y construye el sitio."""
    pages = chapters.resolve(capitulos or [], DOCS, Path.cwd())
    if repetir is not None:
        if grabar is not None or contexto is not None:
            raise typer.BadParameter("--repetir no ejecuta nada: no va con --grabar ni --contexto")
        from taller.repetir import replay

        _leave(replay(pages, repetir.absolute(), json.absolute() if json else None, seguir))
    from taller.verificar import Order, Reports, verify

    order = Order(semilla) if semilla is not None else None
    if order is None and orden_aleatorio:
        order = Order.at_random()
    reports = Reports(*(file.absolute() if file else None for file in (json, junit, grabar)))
    _leave(verify(pages, modo, contexto, reports, not sin_sitio, order, verboso, seguir))


@app.command(cls=wording.Command)
def actualizar(
    capitulos: ChaptersArgument = None,
    si: Annotated[
        bool, typer.Option("--si", help="Escribe los cambios sin preguntar, después de mostrarlos.")
    ] = False,
    espera: Annotated[
        float,
        typer.Option(
            metavar="SEGUNDOS",
            min=0,
            help="Cuánto esperar que un estado que muestra la página llegue, antes de corregirlo.",
        ),
    ] = 60.0,
    modo: ModeOption = "auto",
    contexto: ContextOption = None,
) -> None:
    """Corrige en los capítulos las salidas que ya no son las reales, después de mostrar qué cambia.

    Conserva los nombres, las aclaraciones y los ... de cada página; lo que ya es cierto no se toca.
    Sin terminal y sin --si, solo muestra los cambios y termina con código 1.
    """
    pages = chapters.resolve(capitulos or [], DOCS, Path.cwd())
    from taller.actualizar import update

    _leave(update(pages, modo, contexto, si, espera))


@app.command(cls=wording.Command)
def probar(
    rapido: Annotated[
        bool,
        typer.Option(
            "--rapido", help="Sin los tests que necesitan cluster o navegador, ni los lentos."
        ),
    ] = False,
) -> None:
    """Corre los tests y los controles del proyecto."""
    from taller.probar import test

    _leave(test(rapido))


@app.command(cls=wording.Command)
def servir(
    puerto: Annotated[
        int,
        typer.Option(metavar="PUERTO", min=1, max=65535, help="El puerto de esta máquina."),
    ] = 8000,
) -> None:
    """Muestra el sitio en vivo mientras se edita; no necesita cluster."""
    from taller.servir import serve

    _leave(serve(puerto))


@app.command(cls=wording.Command)
def construir(
    zip_: Annotated[
        bool,
        typer.Option(
            "--zip",
            help="Arma taller-de-kubernetes.zip: el sitio entero, para abrirlo desde una carpeta, "
            "sin servidor ni Internet. No toca site/.",
        ),
    ] = False,
) -> None:
    """Construye el sitio en site/ y revisa sus enlaces."""
    from taller.construir import build_site, zip_site

    _leave(zip_site() if zip_ else build_site())


@app.command(cls=wording.Command)
def enlaces(
    revisar: Annotated[
        bool,
        typer.Option(
            "--revisar", help="Pide cada página por Internet y dice cuáles ya no responden."
        ),
    ] = False,
) -> None:
    """Lista los enlaces del sitio hacia afuera y dónde están."""
    from taller.enlaces import check, show

    _leave(check() if revisar else show())


@app.command(cls=wording.Command)
def desafio(
    numero: Annotated[
        str | None,
        typer.Argument(
            metavar="NÚMERO",
            show_default=False,
            help="El desafío (04-1). Sin nada: la lista, con los que ya hicieron.",
        ),
    ] = None,
    pista: Annotated[bool, typer.Option("--pista", help="Muestra la pista que sigue.")] = False,
    solucion: Annotated[
        bool, typer.Option("--solucion", help="Muestra una solución, después de preguntar.")
    ] = False,
    contexto: Annotated[
        str | None,
        typer.Option(
            metavar="NOMBRE",
            help="El contexto del kubeconfig que se mira; si no se dice, el del taller.",
        ),
    ] = None,
    si: Annotated[
        bool, typer.Option("--si", help="No pregunta antes de mirar otro cluster.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Contesta en JSON, para otros programas.")
    ] = False,
) -> None:
    """Mira si su cluster quedó como pide un desafío de los capítulos; solo lee, no cambia nada."""
    from taller.desafio import Wishes, look, show_all

    if numero is None:
        if pista or solucion:
            raise typer.BadParameter("falta decir de qué desafío: ./taller desafio 04-1 --pista")
        _leave(show_all(json))
    _leave(look(numero, Wishes(contexto, si, pista, solucion, json)))


@lab_app.command("crear", cls=wording.Command)
def lab_crear(
    modo: ModeOption = "auto",
    ingress: Annotated[
        bool, typer.Option("--ingress", help="Prepara también el controlador Ingress.")
    ] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Prepara también metrics-server (kubectl top).")
    ] = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Prepara también Prometheus.")
    ] = False,
) -> None:
    """Crea el cluster del taller, o lo repara."""
    from taller.laboratorio import create

    _leave(create(modo, ingress=ingress, metrics=metrics, prometheus=prometheus))


@lab_app.command("estado", cls=wording.Command)
def lab_estado() -> None:
    """Dice cómo está el cluster del taller."""
    from taller.laboratorio import show

    _leave(show())


@lab_app.command("borrar", cls=wording.Command)
def lab_borrar() -> None:
    """Borra el cluster y deja la máquina como estaba."""
    from taller.laboratorio import delete

    _leave(delete())


def main(arguments: list[str]) -> int:
    """Run the command line; the exit code. Foreseen mistakes end in a message."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code: Any = app(arguments or ["--help"], prog_name="./taller", standalone_mode=False)
    except Refusal as error:
        complain(error)
        return int(error.code)
    except typer.TyperException as error:
        return _usage(error)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except Exception as error:
        # lab is imported late; whoever raised its error has imported it.
        lab = sys.modules.get("lab")
        if lab is None or not isinstance(error, lab.LabError):
            raise
        wrong(error.message, error.next_step)
        return ExitCode.NO_CLUSTER
    if code == ExitCode.INTERRUPTED:
        say("\n[yellow]Interrumpido.[/] No quedó nada corriendo; pueden volver a empezar.")
    return int(code or 0)


def _usage(error: typer.TyperException) -> int:
    context: Any = getattr(error, "ctx", None)
    program = context.command_path if context else "./taller"
    wrong(wording.usage_error(error.format_message()), f"Prueben: {program} --help")
    return ExitCode.WRONG_USE


def _leave(code: ExitCode) -> NoReturn:
    raise typer.Exit(int(code))


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
