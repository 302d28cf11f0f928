"""Which tasks a person has done, kept between runs in one small file of theirs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


class ProgressError(Exception):
    """The file cannot be read or written. Both texts are Spanish."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}\n{next_step}")
        self.message = message
        self.next_step = next_step


def default_path() -> Path:
    """Where the XDG base directory specification keeps the state of a person's programs."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "taller-de-kubernetes" / "desafios.json"


@dataclass(frozen=True)
class Progress:
    """A person's file of what is done and of how many hints were asked for.

    Attributes:
        path: the file. It need not exist.
    """

    path: Path

    def done(self) -> dict[str, str]:
        """By task, when it was first seen done (ISO 8601, UTC)."""
        return self._read("done")

    def hints(self, number: str) -> int:
        """How many hints of a task were asked for."""
        return int(self._read("hints").get(number, "0"))

    def record_done(self, number: str) -> bool:
        """Keep that a task is done; whether it was not before."""
        done = self.done()
        if number in done:
            return False
        self._write({**done, number: datetime.now(UTC).isoformat(timespec="seconds")}, "done")
        return True

    def record_hint(self, number: str) -> None:
        """Keep that one more hint was asked for."""
        self._write({**self._read("hints"), number: str(self.hints(number) + 1)}, "hints")

    def _read(self, part: str) -> dict[str, str]:
        return self._whole().get(part, {})

    def _whole(self) -> dict[str, dict[str, str]]:
        if not self.path.exists():
            return {}
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            return {part: {str(k): str(v) for k, v in kept[part].items()} for part in kept}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise ProgressError(
                f"no se puede leer el avance en {self.path}: {error}",
                "Corríjanlo o bórrenlo: lo que ya estaba hecho se marca otra vez al mirarlo.",
            ) from error

    def _write(self, values: dict[str, str], part: str) -> None:
        """The file is replaced whole: a run that is cut off loses nothing."""
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({**self._whole(), part: values}, indent=1), "utf-8")
            fresh.replace(self.path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise ProgressError(
                f"no se puede guardar el avance en {self.path}: {error.strerror}",
                "Revisen el espacio libre y los permisos de esa carpeta.",
            ) from error
