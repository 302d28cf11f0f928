"""How the lab is, for people and programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lab import app_images, cluster, engine, parts, record, registry
from lab.command import CommandFailed, run
from lab.obstacles import Obstacle, in_the_way
from lab.places import Places


@dataclass(frozen=True)
class Status:
    """What there is of the lab; an engine that does not answer leaves the rest unknown."""

    engine: str  # its version, or empty
    own_engine: bool  # started by the lab
    mode: str  # empty without a lab
    nodes: dict[str, str]  # name -> Ready, NotReady, or what the engine says of its container
    registry: bool
    images: dict[str, bool]  # tag -> whether the registry has it
    parts: dict[str, bool]  # image of an optional part -> whether the registry has it
    kubeconfig: Path
    cache: Path
    cache_bytes: int
    obstacles: tuple[Obstacle, ...]  # what of the machine keeps a cluster from standing

    @property
    def is_whole(self) -> bool:
        """Whether a chapter could run now."""
        ready = [state for state in self.nodes.values() if state == "Ready"]
        return len(ready) == len(cluster.expected_nodes()) and self.registry

    def render(self) -> str:
        """In Spanish, for ``./taller lab estado``."""
        engine_line = self.engine or "no responde"
        lines = [
            f"Docker     {engine_line}{' (lo arrancó el laboratorio)' if self.own_engine else ''}",
            f"Modo       {self.mode or 'no hay laboratorio'}",
            *(f"Nodo       {name}: {state}" for name, state in sorted(self.nodes.items())),
            f"Registro   {registry.ADDRESS}: {'responde' if self.registry else 'no responde'}",
            *(
                f"Imagen     {tag}: {'en el registro' if there else 'falta'}"
                for tag, there in self.images.items()
            ),
            *(f"Parte      {image}: {self._where(there)}" for image, there in self.parts.items()),
            f"kubeconfig {self.kubeconfig}",
            f"Caché      {self.cache} ({self.cache_bytes / 10**9:.1f} GB)",
        ]
        for one in self.obstacles:
            lines.append(f"{one.name:10} {one.problem}:\n           {one.mend}")
        if not self.is_whole:
            lines.append("Para crearlo o repararlo: ./taller lab crear")
        return "\n".join(lines)

    def _where(self, there: bool) -> str:
        if self.mode == "kind":
            return "los nodos la traen cuando hace falta"
        return "en el registro" if there else "se hace cuando un capítulo la usa"


def status() -> Status:
    """Looks; changes nothing."""
    places = Places.of_user()
    answers = engine.answers()
    known = record.load(places.record)
    version = ""
    if answers:
        version = run("docker", "version", "--format", "{{.Server.Version}}").strip()
    has_registry = answers and registry.answers()
    nodes = _nodes(places) if answers else {}
    return Status(
        engine=version,
        own_engine=known.started_engine,
        mode=known.mode,
        nodes=nodes,
        registry=has_registry,
        images={
            image.tag: has_registry
            and registry.config_digest(image.repository, image.tag.partition(":")[2]) is not None
            for image in app_images.ALL
        },
        parts={part.image: has_registry and parts.is_there(part) for part in parts.ALL},
        kubeconfig=places.kubeconfig,
        cache=places.cache,
        cache_bytes=folder_size(places.cache),
        obstacles=tuple(in_the_way(engine_answers=answers, cluster_is_there=bool(nodes))),
    )


def _nodes(places: Places) -> dict[str, str]:
    containers = cluster.node_containers()
    states = dict.fromkeys(containers.running, "sin respuesta")
    states |= dict.fromkeys(containers.stopped, "contenedor detenido")
    reach = (f"--kubeconfig={places.kubeconfig}", f"--context={cluster.CONTEXT}")
    kubectl = places.tools / "kubectl"
    try:
        listed = run(kubectl, *reach, "--request-timeout=10s", "get", "nodes", "--output=json")
    except CommandFailed:
        return states
    for node in json.loads(listed)["items"]:
        name = node["metadata"]["name"]
        if name not in containers.stopped:
            ready = any(
                condition["type"] == "Ready" and condition["status"] == "True"
                for condition in node["status"].get("conditions", ())
            )
            states[name] = "Ready" if ready else "NotReady"
    return states


def folder_size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    paths = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_size for path in paths if path.is_file())
