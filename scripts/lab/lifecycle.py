"""Create, repair and delete the lab: the small actions, in their order."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from lab import (
    app_images,
    cluster,
    components,
    debian_programs,
    disk,
    engine,
    host,
    network,
    official,
    parts,
    record,
    registry,
    tools,
)
from lab.cluster import Cluster
from lab.command import MINUTE, end_children, run
from lab.components import Component, GoBuild
from lab.debian_root import DebianRoot, remove_tree
from lab.disk import Pending
from lab.engine import OwnEngine
from lab.error import LabError
from lab.node_image import NodeImage
from lab.obstacles import in_the_way, permission
from lab.parts import Part, PartName, named
from lab.places import Places
from lab.progress import Progress
from lab.registry import Registry
from lab.waiting import wait_for

Mode = Literal["auto", "hermetico", "kind"]


@dataclass(frozen=True)
class Lab:
    """A lab that answers, and what a command needs to reach it."""

    name: str
    context: str
    kubeconfig: Path
    mode: str
    kubernetes: str
    environment: dict[str, str]


_OTHERS_LIMIT = 45 * MINUTE


@contextmanager
def _alone(places: Places, progress: Progress) -> Iterator[None]:
    """One command at a time changes the lab; the lock goes away with its process."""
    places.make()
    with places.lock.open("w") as file:

        def is_mine() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        if not is_mine():
            progress.note("Otro comando está creando o borrando el laboratorio: lo esperamos.")
            if not wait_for(is_mine, _OTHERS_LIMIT):
                raise LabError(
                    "Otro comando sigue creando o borrando el laboratorio.",
                    "Esperen a que termine, o interrúmpanlo, y repitan el comando.",
                )
        yield


def create(
    mode: Mode = "auto", progress: Progress | None = None, parts: Iterable[PartName] = ()
) -> Lab:
    """Makes the lab, or whatever is missing of it; what is there and answers is left as it is.

    Args:
        mode: where the nodes come from.
        progress: who is told.
        parts: what the lab must offer besides.
    """
    wanted = named(parts)
    places, shown = Places.of_user(), progress or Progress()
    with _alone(places, shown):
        return _Creation(places, shown, wanted).run(mode)


def delete(progress: Progress | None = None) -> None:
    """Leaves the host as it was; what was built stays in the cache."""
    places, shown = Places.of_user(), progress or Progress()
    with _alone(places, shown):
        _delete(places, shown)


@dataclass(frozen=True)
class _Creation:
    places: Places
    progress: Progress
    parts: tuple[Part, ...] = ()

    def run(self, asked: Mode) -> Lab:
        """Every step looks first whether there is anything to do."""
        self._start_engine(asked)
        there = bool(cluster.node_containers().all)
        for one in in_the_way(engine_answers=True, cluster_is_there=there):
            self.progress.note(f"{one.name}: {one.problem}: {one.mend}")
        mode = self._choose(asked)
        self._remember_host()
        record.save(self.places.record, replace(record.load(self.places.record), mode=mode))
        made = self._hermetic() if mode == "hermetico" else self._official()
        with self.progress.step("Imágenes de la app"):
            for image in app_images.ALL:
                if app_images.ensure(image):
                    cluster.forget_image(f"docker.io/{image.tag}")
        return made

    def _start_engine(self, asked: Mode) -> None:
        if engine.answers():
            return
        if not tools.is_root():
            refused = permission()
            if refused is not None:
                raise LabError(f"Sin permiso: {refused.problem}.", refused.mend)
            raise LabError(
                "Ningún motor de Docker responde, y sin ser root no podemos arrancar uno.",
                "Arranquen Docker (o pidan acceso: https://docs.docker.com/engine/install/) "
                "y repitan el comando.",
            )
        if not record.load(self.places.record).mode:  # nothing is there yet: all must fit
            builds = asked != "kind" and bool(self._missing_components())
            pending = Pending(
                builds=builds, image=builds, cluster=True, parts=len(self.parts) if builds else 0
            )
            disk.check(self.places.cache, pending)
        self._install(tools.FOR_ENGINE)
        if engine.answers():  # the package may have started it
            return
        with self.progress.step("Motor de Docker"):
            self._remember_host(starts_engine=True)
            OwnEngine(self.places.state).start()

    def _install(self, programs: dict[str, str]) -> None:
        missing = tools.missing_packages(programs)
        if missing:
            with self.progress.step(f"Programas que faltan: {' '.join(missing)}"):
                tools.install(programs)

    def _missing_components(self) -> list[Component]:
        build = GoBuild(Path("go"), self.places.cache)
        return [component for component in components.ALL if not build.is_built(component)]

    def _remember_host(self, starts_engine: bool = False) -> None:
        """Saves the host as it is, once: what a half-made lab changed is not the host's."""
        known = record.load(self.places.record)
        if not known.sysctls:
            known = replace(known, sysctls=host.read_sysctls())
        if starts_engine and not known.started_engine:
            known = replace(
                known,
                started_engine=True,
                iptables=host.read_iptables(),
                docker0_existed=host.has_docker0(),
            )
        record.save(self.places.record, known)

    def _choose(self, asked: Mode) -> str:
        present = record.load(self.places.record).mode
        if present and cluster.node_containers().all:
            if asked not in ("auto", present):
                raise LabError(
                    f"Ya hay un laboratorio en modo «{present}».",
                    "Bórrenlo antes de crear otro: ./taller lab borrar",
                )
            return present
        if cluster.node_containers().all:
            raise LabError(
                f"Ya hay un cluster «{cluster.NAME}» que no hizo el laboratorio.",
                f"Si no lo necesitan, bórrenlo: kind delete cluster --name {cluster.NAME}\n"
                f"Si es de pruebas, úsenlo: --contexto {cluster.CONTEXT}",
            )
        if asked == "hermetico":
            return asked
        with self.progress.step("¿Está la imagen oficial de los nodos?"):
            reachable = official.is_reachable()
        if asked == "kind" and not reachable:
            raise LabError(
                f"No se puede traer la imagen oficial de los nodos ({official.NODE_IMAGE}).",
                "Revisen la conexión, o armen los nodos acá: ./taller lab crear --lab hermetico",
            )
        return "kind" if reachable else "hermetico"

    # -- hermetic

    def _hermetic(self) -> Lab:
        if not tools.is_root() or engine.is_rootless():
            raise LabError(
                "El laboratorio hermético necesita ser root y un motor de Docker que también.",
                "Corran el comando como root, o con red para usar la imagen oficial de kind.",
            )
        self._install(tools.FOR_HERMETIC)
        go = GoBuild(tools.find_go(self.places.cache), self.places.cache)
        image = NodeImage(go, DebianRoot(self.places.cache))
        self._build(image)
        kubernetes = go.folder(components.KUBERNETES)
        kind = go.folder(components.KIND) / "kind"
        tools.link(self.places.tools, {"kubectl": kubernetes / "kubectl", "kind": kind})
        with self.progress.step("Cliente de Docker, con BuildKit"):
            wanted = debian_programs.DOCKER_CLIENT
            client = debian_programs.ensure(self.places.cache, wanted)
            tools.link(self.places.tools, {"docker": client / "docker"})
            plugin = debian_programs.PLUGIN
            tools.link(self.places.docker_config / "cli-plugins", {plugin: client / plugin})
        with self.progress.step("Red del laboratorio, sin salida"):
            network.make()
            network.close()
        made = Cluster(kind, kubernetes / "kubectl", self.places.kubeconfig, "hermetico")
        # The name under which chapter 02 runs one of its own, as it would be pulled elsewhere.
        run("docker", "tag", image.registry_tag, official.REGISTRY_IMAGE)
        local = Registry(image.registry_tag, network.NAME, only=True)
        self._cluster_and_registry(made, local, image.tag)
        for part in self.parts:
            with self.progress.step(f"Parte «{part.name}»: {part.image}"):
                if parts.ensure(part, go):
                    cluster.forget_image(part.image)
        return self._lab("hermetico", components.KUBERNETES_VERSION)

    def _build(self, image: NodeImage) -> None:
        missing = self._missing_components()
        assembled = image.exists()
        if assembled:  # the cache was emptied since: the lab itself runs these two
            missing = [c for c in missing if c in (components.KUBERNETES, components.KIND)]
        asked = parts.unbuilt(self.parts, image.go)
        pending = Pending(
            builds=bool(missing),
            image=not assembled,
            cluster=not cluster.node_containers().all,
            parts=len(asked),
        )
        disk.check(self.places.cache, pending)
        debian = not assembled and not image.root.is_built()
        if missing or asked or debian:
            self._clean_leftovers()
            self._build_components(image, [*missing, *asked], debian)
        if not assembled:
            with self.progress.step("Imagen de los nodos"):
                image.assemble()
        if image.go.work.exists():
            with self.progress.step("Lo que solo hacía falta para compilar, afuera"):
                shutil.rmtree(image.go.work)

    def _build_components(self, image: NodeImage, missing: list[Component], debian: bool) -> None:
        """Two at a time: one alone leaves a core idle while it links."""
        logs = self.places.logs
        logs.mkdir(exist_ok=True)

        def root() -> None:
            with self.progress.timed_note("Debian de los nodos"):
                image.root.build(logs / "debian.log")

        def compile_one(component: Component) -> None:
            with self.progress.timed_note(component.name):
                image.go.build(component, logs / f"{component.name}.log")

        with (
            self.progress.step(f"Lo que se compila acá, una sola vez: {_minutes(missing)}"),
            ThreadPoolExecutor(max_workers=2) as pool,
        ):
            work: list[Callable[[], None]] = [
                partial(compile_one, c) for c in sorted(missing, key=_longest_first)
            ]
            if debian:
                work.insert(1, root)
            jobs = [pool.submit(piece) for piece in work]
            try:
                for job in wait(jobs, return_when=FIRST_EXCEPTION).done:
                    job.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                # More than once: a worker may have taken its next part just before.
                while not all(job.done() for job in jobs):
                    end_children()
                    wait(jobs, timeout=0.2)
                raise

    def _clean_leftovers(self) -> None:
        for path in (self.places.cache / "components").glob(".building-*"):
            remove_tree(path) if path.is_dir() else path.unlink()
        for unfinished in (".assembling-*", ".sources-*"):
            for path in self.places.cache.glob(unfinished):
                shutil.rmtree(path, ignore_errors=True)

    # -- official

    def _official(self) -> Lab:
        kubectl = tools.find_kubectl(self.places.cache)
        with self.progress.step("kind"):
            kind = official.find_kind(self.places)
        tools.link(self.places.tools, {"kubectl": kubectl, "kind": kind})
        made = Cluster(kind, kubectl, self.places.kubeconfig, "kind")
        local = Registry(official.REGISTRY_IMAGE, "kind", only=False)
        self._cluster_and_registry(made, local, official.NODE_IMAGE)
        return self._lab("kind", official.KUBERNETES_VERSION)

    # -- both

    def _cluster_and_registry(self, made: Cluster, local: Registry, image: str) -> None:
        config = self.places.config
        readers = cluster.CONFIG.read_text()
        config.write_text(cluster.effective_config(readers, cluster.is_cgroup_v1()))
        with self.progress.step("Cluster"):
            present = bool(cluster.node_containers().all)
            same = _is_copy(self.places.made_config, config)
            if not (present and same and cluster.repair(made, image)):
                if present:
                    self.progress.note(
                        "El que había no se recupera: lo hacemos de nuevo."
                        if same
                        else f"Cambió {cluster.CONFIG.name}: lo hacemos de nuevo, como dice ahora."
                    )
                    made.delete()
                self._check_ports(config.read_text())
                made.create(image, config)
                shutil.copyfile(config, self.places.made_config)
                if not made.wait_until_ready():
                    raise LabError(
                        "El cluster no llegó a estar listo.",
                        f"Miren qué falta: kubectl --kubeconfig {made.kubeconfig} get pods -A",
                    )
            made.mark()
        with self.progress.step("Registro de imágenes"):
            local.ensure()
            for node in cluster.expected_nodes():
                local.tell(node)

    @staticmethod
    def _check_ports(config: str) -> None:
        for port in cluster.taken_ports(config):
            raise LabError(
                f"El puerto {port} de esta máquina está ocupado, y el cluster lo usa.",
                f"Miren quién lo tiene (ss -ltnp 'sport = :{port}'), ciérrenlo y repitan el "
                "comando.",
            )

    def _lab(self, mode: str, kubernetes: str) -> Lab:
        self.places.kubeconfig.chmod(0o600)
        path = os.pathsep.join((str(self.places.tools), os.environ.get("PATH", os.defpath)))
        environment = {"PATH": path, "KUBECONFIG": str(self.places.kubeconfig)}
        own_client = mode == "hermetico"
        environment |= engine.address(self.places.docker_config if own_client else None)
        return Lab(
            cluster.NAME, cluster.CONTEXT, self.places.kubeconfig, mode, kubernetes, environment
        )


def _is_copy(path: Path, of: Path) -> bool:
    return path.is_file() and path.read_bytes() == of.read_bytes()


def _longest_first(component: Component) -> int:
    order = (
        *("kubernetes", "traefik", "prometheus", "coredns", "metrics-server"),
        *("local-path", "containerd", "registry", "etcd"),
    )
    return order.index(component.name) if component.name in order else len(order)


def _minutes(missing: list[Component]) -> str:
    return "hasta 30 minutos" if components.KUBERNETES in missing else "hasta 10 minutos"


def half_made_images() -> list[str]:
    """Containers in which a node image was being made when something ended it."""
    which = ("--filter", "name=^taller-node-image-", "--format", "{{.Names}}")
    return run("docker", "ps", "--all", *which).split()


def _delete(places: Places, progress: Progress) -> None:
    known = record.load(places.record)
    own = OwnEngine(places.state)
    if known.started_engine and not engine.answers():
        with progress.step("Motor de Docker, para borrar lo que dejó"):
            own.start()
    if engine.answers():
        with progress.step("Cluster, registro y red"):
            registry.remove()
            for name in (*sorted(cluster.node_containers().all), *half_made_images()):
                run("docker", "rm", "--force", "--volumes", name)
            network.remove()
            official.remove_network(known.mode)
    if known.started_engine:
        with progress.step("Motor de Docker que arrancamos"):
            own.stop()
            host.restore_iptables(known.iptables)
            if not known.docker0_existed:
                host.remove_docker0()
            host.remove_docker_cgroups()
    with progress.step("La máquina, como estaba"):
        if tools.is_root():
            host.restore_sysctls(known.sysctls)
        for path in (places.kubeconfig, places.record, places.config, places.made_config):
            path.unlink(missing_ok=True)
        for folder in (places.tools, places.docker_config):
            shutil.rmtree(folder, ignore_errors=True)
