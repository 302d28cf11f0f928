"""typer's own words, in Spanish: help, headings and usage errors."""

from __future__ import annotations

import re
from typing import Any

from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

rich_utils.ARGUMENTS_PANEL_TITLE = "Argumentos"
rich_utils.OPTIONS_PANEL_TITLE = "Opciones"
rich_utils.COMMANDS_PANEL_TITLE = "Comandos"
rich_utils.DEFAULT_STRING = "[si no se dice: {}]"
rich_utils.REQUIRED_LONG_STRING = "[obligatorio]"

_USAGE_ERRORS = (
    (
        r"No such option: (\S+).*?(?:Possible options: (.+)\))",
        r"no conocemos la opción \1. ¿Será \2?",
    ),
    (r"No such option: (\S+)", r"no conocemos la opción \1"),
    (r"No such command '(.*)'\. Did you mean (.+)\?", r"no hay un comando «\1». ¿Será \2?"),
    (r"No such command '(.*)'\.", r"no hay un comando «\1»"),
    (r"Missing command\.", r"falta decir qué comando"),
    (r"Missing argument '?([^'.]*)'?\..*", r"falta el argumento \1"),
    (r"Missing option '?([^'.]*)'?\..*", r"falta la opción \1"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"sobra esto: \1"),
    (r"Option '(.*)' does not take a value\.", r"la opción \1 no lleva valor"),
    (r"Option '(.*)' requires an? argument.*", r"a la opción \1 le falta el valor"),
    (
        r"Invalid value for '?([^']*)'?: .*'(.*)' is not one of (.*)\.",
        r"«\2» no sirve para \1; los valores que hay son \3",
    ),
    (r"Invalid value for '?([^']*)'?: .*valid integer.*", r"\1 lleva un número entero"),
    (
        r"Invalid value for '?([^']*)'?: .*(?:greater|less) than or equal to (\d+).*",
        r"el valor de \1 se pasa del límite (\2)",
    ),
    (r"Invalid value for '?([^']*)'?: (.*)", r"el valor de \1 no sirve: \2"),
)


def usage_error(english: str) -> str:
    """A usage error as we would say it; as it came if we do not know it."""
    for pattern, spanish in _USAGE_ERRORS:
        match = re.fullmatch(pattern, english, re.DOTALL)
        if match:
            return match.expand(spanish).rstrip(".?") + ("?" if "¿" in spanish else ".")
    return english


class _Spanish:
    """What groups and commands have in common."""

    def get_usage(self, ctx: Any) -> str:
        """The usage line."""
        line: str = super().get_usage(ctx)  # type: ignore[misc]
        return line.replace("Usage:", "Uso:", 1)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters; the type is only shown where we gave it a name."""
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if "--help" in param.opts:
                param.help = "Muestra esta ayuda y termina."
            if param.param_type_name == "argument" or param.metavar is None:
                param.display_type_rich = _no_type
        return params


def _no_type(ctx: Any) -> None:
    del ctx


class Group(_Spanish, TyperGroup):
    """A group of commands whose help is in Spanish."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.options_metavar = "[OPCIONES]"
        self.subcommand_metavar = "COMANDO [ARGUMENTOS]..."


class Command(_Spanish, TyperCommand):
    """A command whose help is in Spanish."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.options_metavar = "[OPCIONES]"
