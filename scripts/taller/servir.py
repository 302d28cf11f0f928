"""``servir``: a live preview, without a cluster."""

from __future__ import annotations

import socket
import sys

from taller import child
from taller.construir import bring_mermaid, environment
from taller.exits import ExitCode, WrongUse
from taller.project import MKDOCS, ROOT
from taller.voice import say

HOST = "127.0.0.1"


def serve(port: int) -> ExitCode:
    """Serve the site on this machine until Ctrl-C, and build it anew at each change."""
    _claim(port)
    bring_mermaid()
    say(
        f"Vista previa en http://{HOST}:{port}/taller-de-kubernetes/ "
        "(se actualiza sola al guardar; Ctrl-C para terminar)"
    )
    command = [sys.executable, "-m", "mkdocs", "serve", f"--config-file={MKDOCS}"]
    try:
        code = child.run([*command, "--dev-addr", f"{HOST}:{port}"], cwd=ROOT, env=environment())
    except KeyboardInterrupt:
        say("\nVista previa terminada.")
        return ExitCode.FINE
    return ExitCode.FINE if code == 0 else ExitCode.NOT_TRUE


def _claim(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise WrongUse(
                f"No podemos usar el puerto {port}: {getattr(error, 'strerror', error)}.",
                f"Elijan otro: ./taller servir --puerto {port + 1 if port < 65535 else 8001}",
            ) from error
