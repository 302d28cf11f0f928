"""What the lab remembers between commands: the host as it was, and what it started."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from lab.error import LabError


@dataclass(frozen=True)
class Record:
    """State of the host before the lab, and the lab's own mode; empty when there is no lab."""

    mode: str = ""
    sysctls: dict[str, str] = field(default_factory=dict)
    iptables: dict[str, str] = field(default_factory=dict)  # program -> output of its -save
    started_engine: bool = False
    docker0_existed: bool = True


def load(path: Path) -> Record:
    """Reads the record; no file is an empty record."""
    try:
        values = json.loads(path.read_text())
        return Record(**values)
    except FileNotFoundError:
        return Record()
    except (ValueError, TypeError):
        raise LabError(
            f"No se entiende {path}: quedó a medio escribir o es de otra versión.",
            f"Bórrenlo y repitan el comando: rm {path}",
        ) from None


def save(path: Path, record: Record) -> None:
    """Writes the record whole or not at all, readable by its owner only."""
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(dataclasses.asdict(record), file, indent=1)
    unfinished.rename(path)
