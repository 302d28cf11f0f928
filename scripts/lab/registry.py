"""The local image registry, which the nodes ask before any other."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

from lab import engine
from lab.command import MINUTE, CommandFailed, run, succeeds
from lab.error import LabError
from lab.waiting import wait_for

CONTAINER = "taller-registry"
PORT = 5001
ADDRESS = f"localhost:{PORT}"
_INSIDE = f"http://{CONTAINER}:5000"
_START_LIMIT = 60.0
_MANIFEST_TYPES = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)


@dataclass(frozen=True)
class Registry:
    """A registry in a container of the cluster's network, published on the loopback only."""

    image: str
    network: str
    only: bool  # whether there is no other registry in the world of the nodes

    def ensure(self) -> None:
        """Runs it unless it runs: one that stopped goes on, one of another image is replaced."""
        if answers():
            return
        if not (self._is_there() and succeeds("docker", "start", CONTAINER) and _comes()):
            run("docker", "rm", "--force", "--volumes", CONTAINER)
            run(
                *("docker", "run", "--detach", "--name", CONTAINER, "--restart", "unless-stopped"),
                *("--network", self.network, "--publish", f"127.0.0.1:{PORT}:5000", self.image),
                timeout=5 * MINUTE,
            )
        if not _comes():
            raise LabError(
                f"El registro de imágenes no responde en {ADDRESS}.",
                f"Miren qué dice: docker logs {CONTAINER}",
            )

    def _is_there(self) -> bool:
        layout = ("--format", "{{.Config.Image}}")
        try:
            return run("docker", "container", "inspect", *layout, CONTAINER).strip() == self.image
        except CommandFailed:
            return False

    def hosts_file(self) -> str:
        """How a node's containerd finds images (hosts.toml of a folder in certs.d).

        With no other registry to ask, ``server`` too is ours: otherwise a tag that does not exist
        takes 50 s to fail instead of one.
        """
        server = _INSIDE if self.only else "https://registry-1.docker.io"
        return f'server = "{server}"\n\n[host."{_INSIDE}"]\n  capabilities = ["pull", "resolve"]\n'

    def tell(self, node: str) -> None:
        """Writes the hosts file in a node; containerd reads it at each pull.

        ``_default`` is how containerd calls every registry that has no folder of its own.
        """
        script = " && ".join(
            f"mkdir -p {folder} && echo '{self.hosts_file()}' >{folder}/hosts.toml"
            for folder in (f"/etc/containerd/certs.d/{name}" for name in self.stands_for())
        )
        run("docker", "exec", node, "sh", "-c", script)

    def stands_for(self) -> tuple[str, ...]:
        """Registries for which the nodes ask ours first."""
        return ("docker.io", "_default") if self.only else ("docker.io",)


def answers() -> bool:
    """Whether the registry's API answers and its container is running."""
    try:
        return _get("/v2/").status == http.HTTPStatus.OK
    except OSError:
        return False


def _comes() -> bool:
    return wait_for(answers, _START_LIMIT)


def config_digest(repository: str, tag: str) -> str | None:
    """Digest of an image's configuration, which is Docker's id of it; None if it is not there."""
    try:
        response = _get(f"/v2/{repository}/manifests/{tag}")
        manifest = json.loads(response.body)
        return str(manifest["config"]["digest"])
    except (OSError, ValueError, KeyError):
        return None


def publish(ours: str, repository: str, version: str) -> bool:
    """Puts an image of the engine in the registry; False if it was already there."""
    wanted = engine.image_id(ours)
    if config_digest(repository, version) == wanted:
        return False
    address = f"{ADDRESS}/{repository}:{version}"
    if engine.image_id(address) != wanted:
        run("docker", "tag", ours, address)
    run("docker", "push", address, timeout=5 * MINUTE)
    return True


@dataclass(frozen=True)
class _Response:
    status: int
    body: bytes


def _get(path: str) -> _Response:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        connection.request("GET", path, headers={"Accept": ", ".join(_MANIFEST_TYPES)})
        response = connection.getresponse()
        return _Response(response.status, response.read())
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def remove() -> None:
    """Removes the container and what it held."""
    if succeeds("docker", "container", "inspect", CONTAINER):
        run("docker", "rm", "--force", "--volumes", CONTAINER)
