#!/usr/bin/env python3
"""runc for a host whose bounding set lacks CAP_SYS_RESOURCE.

Docker asks for every capability in a privileged container and runc refuses what the host does not
have. This takes that one out of the container's specification and hands over to runc.
"""

import itertools
import json
import os
import sys
from pathlib import Path

MISSING = "CAP_SYS_RESOURCE"


def without_missing(value: object) -> object:
    """The same JSON value, without the capability wherever it is listed."""
    if isinstance(value, dict):
        return {key: without_missing(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_missing(item) for item in value if item != MISSING]
    return value


def rewrite(path: Path) -> None:
    """Rewrites a specification in place; one that is not there is runc's to complain about."""
    if path.is_file():
        path.write_text(json.dumps(without_missing(json.loads(path.read_text()))))


def specifications(arguments: list[str]) -> list[Path]:
    """The files that runc's arguments name: a bundle's config.json, or a process to run."""
    named = []
    for flag, value in itertools.pairwise(arguments):
        if flag in ("--bundle", "-b"):
            named.append(Path(value) / "config.json")
        elif flag in ("--process", "-p"):
            named.append(Path(value))
    return named


if __name__ == "__main__":
    for specification in specifications(sys.argv[1:]):
        rewrite(specification)
    os.execvp("runc", ["runc", *sys.argv[1:]])  # noqa: S606 - becomes runc, no shell wanted
