"""Chapters 01 and 02 with other dockers than the lab's: an older client, and a newer engine.

``verificar`` runs both whole, with the lab's own client (where that is hermetic, with BuildKit) on
the machine's engine. Here the client is the oldest at hand, without BuildKit; or the engine is that
of the nodes' Debian release (26.1.5), in a network of its own, where it cannot touch the lab's.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kubedoctest.testing import Harness, JudgedPage
from lab import debian_programs, engine
from lab.command import environment, tied
from lab.error import LabError
from lab.places import Places
from lab.waiting import wait_for
from taller.pages import command_for_pages
from taller.project import DOCS, MKDOCS, ROOT

if TYPE_CHECKING:
    from conftest import LabUnderTest

SLOW = ("Detener no es matar", "Qué corre al empezar")
"""Sections that wait half a minute for what the engine does, whatever its client is."""
OLD_BUILDER = {"DOCKER_BUILDKIT": "0"}
PAGES = ("01-contenedores.md", "02-imagenes.md")
IMAGES = (
    "busybox:1.37.0",
    "registry:3",
    "fedek3/workshop-uns:v0.1.0",
    "fedek3/workshop-uns:v0.2.0",
)
"""What both chapters find on the lab's engine."""
CLONE_NEWNET = 0x40000000  # setns(2)
START_LIMIT = 60.0  # seconds

pytestmark = pytest.mark.cluster


def version(docker: Path) -> tuple[int, ...]:
    """The version that a docker client says that it is."""
    asked = (docker, "version", "--format", "{{.Client.Version}}")
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:3]))


def oldest_besides(own: Path, folders: list[str]) -> Path:
    """The oldest docker client of some folders besides ``own``; that one if there is no other."""
    programs = (Path(folder) / "docker" for folder in folders)
    others = [docker for docker in programs if docker.is_file() and not docker.samefile(own)]
    return min(others, key=version, default=own)


def without_slow_sections(page: str) -> str:
    """The text of a chapter, but for those sections."""
    parts = re.split("(?m)^(?=## )", (DOCS / page).read_text())
    return "".join(part for part in parts if not part.startswith(tuple(f"## {s}" for s in SLOW)))


def judged(page: str, docker: Path, lab: LabUnderTest, variables: dict[str, str]) -> JudgedPage:
    """What becomes of a chapter when its commands find that docker."""
    with Harness(
        files=ROOT,
        copied=("extras", str(command_for_pages())),
        path=(docker.parent, lab.path),
        mkdocs=MKDOCS,
        variables={**lab.variables, **variables},
    ) as harness:
        return harness.judge(without_slow_sections(page))


class NewerEngine:
    """A dockerd in a network of its own, with the images of the chapters.

    Attributes:
        host: what DOCKER_HOST says to reach it.
    """

    def __init__(self, dockerd: Path, folder: Path) -> None:
        self.host = f"unix://{folder}/docker.sock"
        wrapper = folder / "runc-without-sys-resource"
        engine.write_wrapper(wrapper)
        status = Path("/proc/self/status").read_text()
        _, *options = engine.daemon_command(folder / "dockerd.pid", status, wrapper)
        folders = ("--data-root", folder / "data", "--exec-root", folder / "exec")
        command = (*tied(dockerd), *folders, "--host", self.host, *options)
        alone = ("unshare", "--net", "--mount", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
        self._log = folder / "dockerd.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                (*alone, *command), stdout=log, stderr=log, env=environment()
            )

    def __enter__(self) -> NewerEngine:
        wait_for(lambda: self._process.poll() is not None or self._answers(), START_LIMIT)
        assert self._answers(), self._log.read_text()
        with subprocess.Popen(("docker", "save", *IMAGES), stdout=subprocess.PIPE) as saved:
            self._docker("load", stdin=saved.stdout)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        return self._docker("version", check=False).returncode == 0

    def _docker(self, *words: str, **how: object) -> subprocess.CompletedProcess[bytes]:
        command = ("docker", "--host", self.host, *words)
        return subprocess.run(command, **{"check": True, "capture_output": True, **how})

    @contextmanager
    def network(self) -> Iterator[None]:
        """This thread, and what it starts meanwhile, in the engine's network."""
        libc = ctypes.CDLL(None, use_errno=True)
        theirs = Path(f"/proc/{self._process.pid}/ns/net")
        with Path("/proc/thread-self/ns/net").open() as own, theirs.open() as other:
            assert libc.setns(other.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(own.fileno(), CLONE_NEWNET) == 0


@pytest.fixture(scope="module")
def on_newer_engine(
    lab: LabUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[JudgedPage]] | str]:
    """What becomes of each chapter there, or why that engine cannot be had.

    Both engines mostly wait, and share nothing: the chapters run on this one while the tests go on.
    """
    dockerd = debian_programs.Programs("docker-engine", (("docker.io", "usr/sbin/dockerd"),))
    if not (lab.path / "docker").exists():
        yield "solo el laboratorio hermético puede traer otro motor"
        return
    try:
        folder = debian_programs.ensure(Places.of_user().cache, dockerd)
    except LabError as error:
        yield error.message
        return
    with (
        NewerEngine(folder / "dockerd", tmp_path_factory.mktemp("engine")) as running,
        ThreadPoolExecutor(1) as apart,
    ):

        def there(page: str) -> JudgedPage:
            with running.network():
                return judged(page, lab.path / "docker", lab, {"DOCKER_HOST": running.host})

        yield {page: apart.submit(there, page) for page in PAGES}


@pytest.mark.usefixtures("on_newer_engine")
@pytest.mark.parametrize("page", PAGES)
def test_chapter_is_true_with_another_docker_and_the_old_builder(
    page: str, lab: LabUnderTest, tmp_path: Path
) -> None:
    folders = os.environ["PATH"].split(os.pathsep)
    own = shutil.which("docker", path=os.pathsep.join([str(lab.path), *folders]))
    assert own is not None
    docker = oldest_besides(Path(own), folders)
    (tmp_path / "docker").symlink_to(docker)
    found = judged(page, tmp_path / "docker", lab, OLD_BUILDER)
    assert found.true, f"docker {version(docker)}:\n{found.told}"


@pytest.mark.parametrize("page", PAGES)
def test_chapter_is_true_on_a_newer_engine(
    page: str, on_newer_engine: dict[str, Future[JudgedPage]] | str
) -> None:
    if isinstance(on_newer_engine, str):
        pytest.skip(on_newer_engine)
    found = on_newer_engine[page].result()
    assert found.true, found.told
