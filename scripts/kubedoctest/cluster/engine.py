"""What a container engine holds, so that a page's containers do not outlive it.

Others use the engine too, the cluster's own nodes among them. So only what has come since the page
began and is named in its commands is taken as the page's, or a container of an image that they name
under a name that docker invented, and the unnamed volumes of such containers.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kubedoctest.cluster.api import ApiError, Cluster
from kubedoctest.commands.command import Command
from kubedoctest.commands.shell_syntax import is_named
from kubedoctest.page.document import Block, Document
from kubedoctest.page.transcript import steps_of

PREFIX = "engine-"
"""How the files begin that `save` writes."""
_ADJECTIVES = """
    admiring adoring affectionate agitated amazing angry awesome beautiful blissful bold boring
    brave busy charming clever compassionate competent condescending confident cool cranky crazy
    dazzling determined distracted dreamy eager ecstatic elastic elated elegant eloquent epic
    exciting fervent festive flamboyant focused friendly frosty funny gallant gifted goofy gracious
    great happy hardcore heuristic hopeful hungry infallible inspiring intelligent interesting jolly
    jovial keen kind laughing loving lucid magical modest musing mystifying naughty nervous nice
    nifty nostalgic objective optimistic peaceful pedantic pensive practical priceless quirky
    quizzical recursing relaxed reverent romantic sad serene sharp silly sleepy stoic strange
    stupefied suspicious sweet tender thirsty trusting unruffled upbeat vibrant vigilant vigorous
    wizardly wonderful xenodochial youthful zealous zen
"""
INVENTED_NAME = re.compile(rf"(?:{'|'.join(_ADJECTIVES.split())})_[a-z]+[0-9]?")
"""A container's name that docker made up (moby/moby pkg/namesgenerator, whose list is closed)."""
_SECONDS = 60
_USES = re.compile(r"(?<![\w.-])docker(?![\w.-])")
_UNTAGGED = "<none>"
_UNNAMED_VOLUME = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Holdings:
    """What an engine held at one moment."""

    # by id, the name and the image's
    containers: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)  # by id, the name
    volumes: frozenset[str] = frozenset()  # their names
    images: Mapping[str, str] = field(default_factory=dict)  # by tag, the id


def is_used_by(document: Document) -> bool:
    """Whether any command of the page names docker."""
    return any(asks_engine(block) for block in document.blocks)


def asks_engine(block: Block) -> bool:
    """Whether any command of a block names docker."""
    return any(_USES.search(Command.of(step.command).without_remarks) for step in steps_of(block))


def words_of(document: Document) -> frozenset[str]:
    """The words by which a page's commands may name what they make."""
    texts = (step.command for block in document.blocks for step in steps_of(block))
    return frozenset(
        word.strip("\"'();,") for text in texts for word in re.split(r"[\s=]+|:(?=/)", text)
    )


class Engine:
    """An engine, asked through the docker that a page's commands find."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        names = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG")
        self.environment = {n: environment[n] for n in names if n in environment}

    def version(self) -> str | None:
        """That of the engine, not of the docker that asks it; None if none answers."""
        answer = self._run("version", "--format", "{{.Server.Version}}")
        return (answer or "").strip() or None

    def holdings(self) -> Holdings | None:
        """What it holds now; None if none answers."""
        containers = self._rows("ps", "-a", "--no-trunc", "{{.ID}} {{.Names}} {{.Image}}")
        if containers is None:
            return None
        networks = self._rows("network", "ls", "--no-trunc", "{{.ID}} {{.Name}}")
        volumes = self._rows("volume", "ls", "{{.Name}}")
        images = self._rows("image", "ls", "--no-trunc", "{{.Repository}}:{{.Tag}} {{.ID}}")
        return Holdings(
            {row[0]: (row[1], row[2]) for row in containers},
            {row[0]: row[1] for row in networks or ()},
            frozenset(row[0] for row in volumes or ()),
            {row[0]: row[1] for row in images or () if _UNTAGGED not in row[0]},
        )

    def put_back(
        self, before: Holdings, words: Iterable[str], tell: Callable[[str], None]
    ) -> list[str]:
        """Removes what a page left, and gives the images' tags back.

        Args:
            words: those of the page's commands.
            tell: hears of images, which nobody misses and nothing trips over; in Spanish.

        Returns:
            What had been left or is missing, one Spanish sentence each.
        """
        now, words = self.holdings(), tuple(words)
        if now is None:
            return ["el motor de Docker no contesta, y no se pudo mirar qué quedó en él"]
        found = []
        for key in now.containers.keys() - before.containers.keys():
            name, image = now.containers[key]
            if _is_of_page(name, image, words):
                found.append(self._without(f"el contenedor {name}", "rm", "-f", "-v", key))
        for volume, name in self._unnamed_volumes(before, words):
            thing = f"un volumen sin nombre, del contenedor {name}"
            found.append(self._without(thing, "volume", "rm", volume))
        for key in now.networks.keys() - before.networks.keys():
            if is_named(now.networks[key], words):
                found.append(self._without(f"la red {now.networks[key]}", "network", "rm", key))
        for name in now.volumes - before.volumes:
            if is_named(name, words):
                found.append(self._without(f"el volumen {name}", "volume", "rm", name))
        for key in before.containers.keys() - now.containers.keys():
            name, _ = before.containers[key]
            if is_named(name, words):
                found.append(f"falta el contenedor {name}, que estaba antes")
        for line in self._put_images_back(before.images, now.images, words):
            tell(line)
        return sorted(found)

    def _put_images_back(
        self, before: Mapping[str, str], now: Mapping[str, str], words: tuple[str, ...]
    ) -> list[str]:
        told = []
        for tag, then in before.items():
            if now.get(tag) != then and _names_image(tag, words):
                back = self._run("tag", then, tag) is not None
                told.append(f"la imagen {tag} {'vuelve a ser' if back else 'ya no es'} la de antes")
        for tag in sorted(now.keys() - before.keys()):
            if _names_image(tag, words) and self._run("rmi", tag) is not None:
                told.append(f"quedó la imagen {tag}, y la borramos")
        return told

    def _unnamed_volumes(
        self, before: Holdings, words: tuple[str, ...]
    ) -> Iterator[tuple[str, str]]:
        """Unnamed volumes that containers of the page mounted and nobody uses, each with its user.

        The engine remembers its last events only (256 of them, moby/moby daemon/events).
        """
        unused = self._rows("volume", "ls", "--filter", "dangling=true", "{{.Name}}") or ()
        new = {row[0] for row in unused if _UNNAMED_VOLUME.fullmatch(row[0])} - before.volumes
        clock = self._run("info", "--format", "{{.SystemTime}}") if new else None
        if clock is None:
            return
        past = ("events", "--since", "0", "--until", clock.strip())
        of_page = {
            key: name
            for key, name, image in self._rows(
                *(*past, "--filter", "type=container", "--filter", "event=create"),
                "{{.Actor.ID}} {{.Actor.Attributes.name}} {{.Actor.Attributes.image}}",
            )
            or ()
            if key not in before.containers and _is_of_page(name, image, words)
        }
        mounted = self._rows(
            *(*past, "--filter", "type=volume", "--filter", "event=mount"),
            "{{.Actor.ID}} {{.Actor.Attributes.container}}",
        )
        users = {volume: of_page[key] for volume, key in mounted or () if key in of_page}
        yield from ((volume, users[volume]) for volume in sorted(new & users.keys()))

    def _without(self, thing: str, *words: str) -> str:
        gone = self._run(*words) is not None
        return f"quedó {thing}" + ("" if gone else ", y no se pudo borrar")

    def _rows(self, *words: str) -> list[list[str]] | None:
        *command, layout = words
        answer = self._run(*command, "--format", layout)
        return None if answer is None else [line.split() for line in answer.splitlines()]

    def _run(self, *words: str) -> str | None:
        return run_docker(*words, environment=self.environment)


def run_docker(*words: str, environment: Mapping[str, str] | None = None) -> str | None:
    """What docker writes; None if it fails or does not answer, or there is none."""
    try:
        done = subprocess.run(
            ("docker", *words),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _is_of_page(name: str, image: str, words: tuple[str, ...]) -> bool:
    """Whether a container is the page's, by its own name and its image's."""
    invented = INVENTED_NAME.fullmatch(name) is not None
    return is_named(name, words) or (invented and is_named(image, words))


def _names_image(tag: str, words: Iterable[str]) -> bool:
    words = tuple(words)
    return is_named(tag, words) or (tag.endswith(":latest") and is_named(tag[:-7], words))


# -- what a page that is cut off leaves to be swept


def state_file(folder: Path, engine: Engine) -> Path:
    """Where a later run looks for what one that was cut off had found in that engine."""
    where = engine.environment.get("DOCKER_HOST", "")
    return folder / f"{PREFIX}{hashlib.sha256(where.encode()).hexdigest()[:12]}.json"


def save(path: Path, engine: Engine, before: Holdings, words: Iterable[str]) -> None:
    """Writes what an engine held, and how to reach it, to a file that only the user can read."""
    held = {**asdict(before), "volumes": sorted(before.volumes)}
    state = {"engine": engine.environment, "before": held, "words": sorted(words)}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(state), encoding="utf-8")


def sweep(path: Path) -> list[str]:
    """Puts the engine back as a saved file says, and removes the file; Spanish lines."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        held = state["before"]
        before = Holdings(**{**held, "volumes": frozenset(held["volumes"])})
        environment = {**state["engine"], "HOME": str(Path.home())}  # the page's home is gone
        engine, words = Engine(environment), tuple(state["words"])
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        path.unlink(missing_ok=True)
        return []
    told: list[str] = []
    if engine.holdings() is not None:
        told += engine.put_back(before, words, told.append)
    path.unlink(missing_ok=True)
    return told


# -- the containers that kind's nodes are: what stops one stops a node, and nothing starts it again

# A node's container has the node's name, and the node says whose it is: ``kind://docker/…``.
# Source: sigs.k8s.io/kind/pkg/cluster/internal/kubeadm/config.go (``provider-id``).

PROVIDER = "kind://docker/"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_PAUSE_SECONDS = 0.5


def running(names: Collection[str]) -> frozenset[str]:
    """Which of these nodes are containers of this machine's docker that run, and are not paused."""
    if not names:
        return frozenset()
    listed = run_docker("ps", "--filter=status=running", "--format={{.Names}}") or ""
    return frozenset(listed.split()) & frozenset(names)


def start(cluster: Cluster, names: Collection[str], limit: float) -> None:
    """Have these nodes run again; returns when the cluster knows it, or after ``limit`` seconds.

    Raises:
        ClusterLost: it does not answer.
    """
    if not names:
        return
    then = {name: _heard_of(cluster, name) for name in names}
    run_docker("unpause", *then)  # refused for those that are not
    run_docker("start", *then)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        heard = all(_heard_of(cluster, name) != before for name, before in then.items())
        if heard and not then.keys() & set(cluster.nodes_not_ready()):
            return
        threading.Event().wait(_PAUSE_SECONDS)


def _heard_of(cluster: Cluster, name: str) -> str:
    """When a node's kubelet was last heard of; that it is ready, the cluster goes on to say."""
    try:
        return str(cluster.get(f"{_LEASES}/{name}")["spec"]["renewTime"])
    except ApiError:
        return ""
