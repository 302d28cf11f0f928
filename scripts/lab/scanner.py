"""checkov, the scanner of manifests that a page shows, in packages of its own.

They are not those of ``.venv``: it asks for ninety, and for other versions of some. PyPI brings
them when a page needs them (200 MB; 10 s of CPU, and 6 s for each run), at the versions of
``modules/checkov/requirements.txt``. With ``--skip-download`` it opens no connection.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import sys
from pathlib import Path

from lab import tools
from lab.components import MODULES

NAME = "checkov"
REQUIREMENTS = MODULES / NAME / "requirements.txt"


def requirement() -> str:
    """What a reader installs, as pip names it: the version that the lab has."""
    (found,) = re.findall(rf"^{NAME}==\S+", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    return str(found)


def ensure(cache: Path, programs: Path) -> None:
    """Put the program in the folder ``programs``; its packages are kept in ``cache``.

    Raises:
        LabError: the packages cannot be had.
    """
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    packages = cache / f"{NAME}-{key}"
    for older in cache.glob(f"{NAME}-????????????"):
        if older != packages:
            shutil.rmtree(older, ignore_errors=True)
    tools.from_pypi(packages, "--no-compile", "--requirement", str(REQUIREMENTS))
    # not the link in .venv: the program outlives the checkout that made it
    python = shlex.quote(str(Path(sys.executable).resolve()))
    fresh = programs / f".{NAME}"
    # -S: it sees nothing of this Python's own packages
    command = f'PYTHONPATH={shlex.quote(str(packages))} exec {python} -S -m {NAME}.main "$@"'
    fresh.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(programs / NAME)
