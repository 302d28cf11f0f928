"""A learner's container engine, looked at over its socket by requests that cannot write.

Which engine that is, docker's own client decides by DOCKER_HOST, by a context's name, or by the
socket of old, and so does this; Docker Desktop on macOS has its socket in the person's own folder.
Sources: https://docs.docker.com/reference/api/engine/ and github.com/docker/cli, cli/context/store
(a context is kept in ``contexts/meta``, in a folder named by the SHA-256 of its name).
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import re
import socket
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from desafios.errors import Missing, Unreachable, WriteRefused

SECONDS = 10
"""How long each question to the engine may take."""
_USUAL = "/var/run/docker.sock"
_READS = re.compile(
    r"/(?:containers/[^/]+/(?:json|archive)|images/[^/]+/(?:json|history)|(?:volumes|networks)/[^/]+)"
)


@dataclass(frozen=True)
class Engine:
    """The containers, images, volumes and networks of one engine; each question asks it anew.

    Attributes:
        address: ``unix:///path`` or ``tcp://host:port``.
    """

    address: str

    def container(self, name: str) -> Any:
        """The container of that name, as ``docker inspect`` shows it, or :class:`Missing`."""
        return self._named("containers", name, "/json", "ningún contenedor")

    def image(self, name: str) -> Any:
        """The image of that name or id, as ``docker inspect`` shows it, or :class:`Missing`."""
        return self._named("images", name, "/json", "ninguna imagen")

    def history(self, image: str) -> list[str]:
        """The commands that an image was made by, the latest first."""
        steps = self._named("images", image, "/history", "ninguna imagen")
        return [step.get("CreatedBy") or "" for step in steps]

    def volume(self, name: str) -> Any:
        """The volume of that name, or :class:`Missing`."""
        return self._named("volumes", name, "", "ningún volumen")

    def network(self, name: str) -> Any:
        """The network of that name, or :class:`Missing`."""
        return self._named("networks", name, "", "ninguna red")

    def file(self, container: str, path: str) -> bytes | None:
        """What is in a file of a container, whether it runs or not; None if there is no such."""
        place = f"/containers/{quote(container, safe='')}/archive?{urlencode({'path': path})}"
        try:
            archive = self.get(place)
        except LookupError:
            return None
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            first = tar.next()
            found = tar.extractfile(first) if first is not None and first.isfile() else None
            return None if found is None else found.read()

    def _named(self, kind: str, name: str, rest: str, none: str) -> Any:
        try:
            return json.loads(self.get(f"/{kind}/{quote(name, safe='')}{rest}"))
        except LookupError as error:
            raise Missing(f"no hay {none} con ese nombre") from error

    def get(self, path: str) -> bytes:
        """What the engine answers.

        A GET is no read everywhere: ``attach/ws`` starts a conversation with a container.

        Raises:
            LookupError: it knows of no such thing.
            Unreachable: it does not answer, or refuses.
            WriteRefused: that path is not one of those that only read.
        """
        if not _READS.fullmatch(urlsplit(path).path):
            raise WriteRefused(path)
        connection = self._connection()
        try:
            connection.request("GET", path, headers={"Host": "docker"})
            response = connection.getresponse()
            body = response.read()
        except PermissionError as error:
            raise Unreachable(
                f"Docker no nos deja hablarle en {self.address}",
                "En Linux hay que estar en el grupo docker: sudo usermod -aG docker $USER, y "
                "cerrar la sesión y volver a entrar",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"Docker no contesta en {self.address}", "¿Está prendido? Pruébenlo con: docker ps"
            ) from error
        finally:
            connection.close()
        if response.status == http.HTTPStatus.NOT_FOUND:
            raise LookupError(path)
        if response.status != http.HTTPStatus.OK:
            raise Unreachable(
                f"Docker no nos deja mirar: {response.status} {response.reason}",
                "Prueben con: docker info",
            )
        return body

    def _connection(self) -> http.client.HTTPConnection:
        where = urlsplit(self.address)
        if where.scheme == "unix":
            return _OverSocket(where.path)
        if where.scheme == "tcp" and where.hostname and "DOCKER_TLS_VERIFY" not in os.environ:
            return http.client.HTTPConnection(where.hostname, where.port or 2375, timeout=SECONDS)
        raise Unreachable(
            f"no sabemos hablarle a un Docker en {self.address}",
            "Los desafíos miran el de esta máquina, por su socket: prueben sin DOCKER_HOST",
        )


class _OverSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def address() -> str:
    """Where docker's own client would look for the engine.

    Raises:
        Unreachable: the context that is chosen is not there.
    """
    if given := os.environ.get("DOCKER_HOST"):
        return given
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    chosen = os.environ.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext")
    if chosen and chosen != "default":
        key = hashlib.sha256(chosen.encode()).hexdigest()
        known = _read(folder / "contexts" / "meta" / key / "meta.json")
        host = ((known.get("Endpoints") or {}).get("docker") or {}).get("Host")
        if not host:
            raise Unreachable(
                f"Docker no tiene el contexto {chosen}", "Los que hay: docker context ls"
            )
        return str(host)
    own = folder / "run" / "docker.sock"
    return f"unix://{own if own.exists() and not Path(_USUAL).exists() else _USUAL}"


def _read(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
