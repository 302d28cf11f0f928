"""The broken manifests of chapter 07, as a learner has edited them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FAULTS = Path(__file__).resolve().parents[2] / "extras/07-resolucion-de-problemas"


def edited(
    fault: int, *changes: tuple[str, str], file: str = "*", without: tuple[str, ...] = ()
) -> tuple[dict[str, Any], ...]:
    """The objects of a fault's files.

    Args:
        changes: what was replaced in them, by what.
        file: which of the files.
        without: kinds that are not there any more.
    """
    objects: list[dict[str, Any]] = []
    for path in sorted((FAULTS / f"falla-{fault:02d}").glob(f"{file}.yaml")):
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            text = text.replace(old, new)
        objects += [one for one in yaml.safe_load_all(text) if one["kind"] not in without]
    assert objects
    return tuple(objects)
