"""``python -m lab crear|estado|borrar``: the lab without the rest of the project."""

from __future__ import annotations

import sys

from lab import LabError, create, delete, status


def main(arguments: list[str]) -> int:
    """Runs one verb; the exit code."""
    match arguments:
        case ["crear"]:
            create()
        case ["crear", ("hermetico" | "kind" | "auto") as mode]:
            create(mode)
        case ["estado"]:
            print(status().render())
        case ["borrar"]:
            delete()
        case _:
            print("Uso: python -m lab crear [hermetico|kind]|estado|borrar", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LabError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
