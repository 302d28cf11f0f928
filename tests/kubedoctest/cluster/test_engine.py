"""A page's containers do not outlive it, and nobody else's are touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kubedoctest.cluster import engine, sweep
from kubedoctest.cluster.engine import Engine, Holdings
from kubedoctest.testing import Harness

if TYPE_CHECKING:
    from conftest import LabUnderTest

DOCKER = """\
#!PYTHON -IS
import json, pathlib, sys
here = pathlib.Path(__file__).parent
if (here / "off").exists():
    sys.exit("Cannot connect to the Docker daemon")
if sys.argv[1] == "version":
    sys.exit(print("29.1.3"))
listing = sys.argv[1] + ("" if sys.argv[1] == "ps" else " " + sys.argv[2])
held = json.loads((here / "held.json").read_text())
if "dangling=true" in sys.argv:
    print("\\n".join(row for row in held[listing] if row not in held["in use"]))
elif sys.argv[1] == "info":
    print("2026-11-27T12:00:00Z")
elif sys.argv[1] == "events":
    assert sys.argv[sys.argv.index("--until") + 1] == "2026-11-27T12:00:00Z"
    print("\\n".join(held[next(word for word in sys.argv if word.startswith("event="))]))
elif sys.argv[1:2] == ["ps"] or sys.argv[2:3] == ["ls"]:
    print("\\n".join(held[listing]))
else:
    with (here / "done").open("a") as done:
        print(*sys.argv[1:], file=done)
"""
NODE = "n" * 64 + " taller-worker kindest/node:v1"
APP = "fedek3/workshop-uns:v0.1.0 sha256:old"
EMPTY = {"ps": [NODE], "network ls": ["1 bridge"], "volume ls": ["suyo"], "image ls": [APP]}
TOLD = {"in use": [], "event=create": [], "event=mount": []}


class Docker:
    """An engine whose holdings a test writes, and that keeps what it is told to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "docker"
        program.write_text(DOCKER.replace("PYTHON", sys.executable))
        program.chmod(0o755)
        self.holds()
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        self.engine = Engine({"PATH": path})

    def holds(self, **more: list[str]) -> None:
        """What it held at first, and more of each kind (``ps``, ``network_ls``, …)."""
        named = {name.replace("_", " "): rows for name, rows in more.items()}
        held = {kind: [*rows, *named.get(kind, [])] for kind, rows in EMPTY.items()}
        (self._folder / "held.json").write_text(json.dumps({**TOLD, **named, **held}))

    def had(self, container: str, volume: str, *in_use: str) -> None:
        """A container (name and image) was there, with a volume, and is there no more."""
        self.holds(volume_ls=[volume], in_use=[*in_use], **{
            "event=create": [f"c9 {container}", "c8 suya otra:v1"],
            "event=mount": [f"{volume} c9", "suyo c8"],
        })  # fmt: skip

    def retags(self, tag: str) -> None:
        """Has a tag point at another image."""
        held = {**EMPTY, "image ls": [f"{tag} sha256:new"]}
        (self._folder / "held.json").write_text(json.dumps(held))

    def goes_off(self) -> None:
        (self._folder / "off").touch()

    @property
    def done(self) -> list[str]:
        file = self._folder / "done"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def before(self) -> Holdings:
        held = self.engine.holdings()
        assert held is not None
        return held


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    return Docker(tmp_path)


WORDS = ("docker", "run", "--name", "mi-app", "mi-app-$n", "fedek3/workshop-uns:v0.1.0", "datos")


@pytest.mark.parametrize(
    ("more", "line", "command"),
    [
        ({"ps": ["c1 mi-app x"]}, "quedó el contenedor mi-app", "rm -f -v c1"),
        ({"ps": ["c1 mi-app-3 x"]}, "quedó el contenedor mi-app-3", "rm -f -v c1"),
        (
            {"ps": ["c1 bold_curie fedek3/workshop-uns:v0.1.0"]},
            "quedó el contenedor bold_curie",
            "rm -f -v c1",
        ),
        ({"volume_ls": ["datos"]}, "quedó el volumen datos", "volume rm datos"),
        ({"network_ls": ["2 datos"]}, "quedó la red datos", "network rm 2"),
    ],
)
def test_what_a_page_names_and_leaves_is_told_and_removed(
    docker: Docker, more: dict[str, list[str]], line: str, command: str
) -> None:
    before = docker.before
    docker.holds(**more)
    assert docker.engine.put_back(before, WORDS, print) == [line]
    assert docker.done == [command]


@pytest.mark.parametrize(
    "more",
    [
        {"ps": ["c1 otro x"]},
        {"ps": ["c1 bold_curie alpine:3"]},
        {"ps": ["c1 de-otro fedek3/workshop-uns:v0.1.0"]},
        {"volume_ls": ["ajeno"]},
        {"network_ls": ["2 ajena"]},
        {"image_ls": ["ajena:v1 sha256:3"]},
    ],
)
def test_what_others_make_meanwhile_stays(docker: Docker, more: dict[str, list[str]]) -> None:
    before = docker.before
    docker.holds(**more)
    assert docker.engine.put_back(before, WORDS, pytest.fail) == []
    assert docker.done == []


def test_what_was_there_before_stays_though_the_page_names_it(docker: Docker) -> None:
    assert docker.engine.put_back(docker.before, ("taller-worker", "suyo"), pytest.fail) == []
    assert docker.done == []


def test_a_moved_tag_points_again_where_it_did(docker: Docker) -> None:
    before, told = docker.before, list[str]()
    docker.retags("fedek3/workshop-uns:v0.1.0")
    assert docker.engine.put_back(before, WORDS, told.append) == []
    assert docker.done == ["tag sha256:old fedek3/workshop-uns:v0.1.0"]
    assert told == ["la imagen fedek3/workshop-uns:v0.1.0 vuelve a ser la de antes"]


def test_a_new_image_of_the_page_goes_without_being_a_fault(docker: Docker) -> None:
    before, told = docker.before, list[str]()
    docker.holds(image_ls=["datos:latest sha256:9", "<none>:<none> sha256:8"])
    assert docker.engine.put_back(before, WORDS, told.append) == []
    assert docker.done == ["rmi datos:latest"]
    assert told == ["quedó la imagen datos:latest, y la borramos"]


def test_version_is_none_once_the_engine_has_gone(docker: Docker) -> None:
    assert docker.engine.version() == "29.1.3"
    docker.goes_off()
    assert docker.engine.version() is None


def test_an_engine_that_has_gone_is_told(docker: Docker) -> None:
    before = docker.before
    docker.goes_off()
    assert docker.engine.holdings() is None
    assert "no contesta" in docker.engine.put_back(before, WORDS, print)[0]


def test_what_a_run_that_was_cut_off_left_is_swept_later(docker: Docker, tmp_path: Path) -> None:
    file = engine.state_file(tmp_path, docker.engine)
    engine.save(file, docker.engine, docker.before, WORDS)
    assert file.stat().st_mode & 0o777 == 0o600
    docker.holds(ps=["c1 mi-app x"])
    assert engine.sweep(file) == ["quedó el contenedor mi-app"]
    assert docker.done == ["rm -f -v c1"]
    assert not file.exists()
    assert engine.sweep(file) == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"before": 3}'])
def test_a_spoilt_file_goes(tmp_path: Path, text: str) -> None:
    file = tmp_path / f"{engine.PREFIX}x.json"
    file.write_text(text)
    assert engine.sweep(file) == []
    assert not file.exists()


def test_supervisor_s_command_sweeps_the_engine_too(docker: Docker, tmp_path: Path) -> None:
    file = engine.state_file(tmp_path, docker.engine)
    engine.save(file, docker.engine, docker.before, WORDS)
    docker.holds(volume_ls=["datos"])
    words, environment = sweep.command(file)
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "quedó el volumen datos\n"
    assert docker.done == ["volume rm datos"]


UNNAMED = "f0" * 32


@pytest.mark.parametrize(
    "container", ["mi-app x", "bold_curie fedek3/workshop-uns:v0.1.0"], ids=["named", "invented"]
)
def test_unnamed_volume_of_a_container_of_the_page_goes(docker: Docker, container: str) -> None:
    before = docker.before
    docker.had(container, UNNAMED)
    told = [f"quedó un volumen sin nombre, del contenedor {container.split()[0]}"]
    assert docker.engine.put_back(before, WORDS, print) == told
    assert docker.done == [f"volume rm {UNNAMED}"]


@pytest.mark.parametrize(
    ("container", "volume", "in_use"),
    [
        ("suya x", UNNAMED, []),
        ("bold_curie alpine:3", UNNAMED, []),
        ("mi-app x", "ajeno", []),
        ("mi-app x", UNNAMED, [UNNAMED]),
    ],
    ids=["other's container", "other's image", "has a name", "somebody uses it"],
)
def test_volume_that_is_not_surely_the_page_s_stays(
    docker: Docker, container: str, volume: str, in_use: list[str]
) -> None:
    before = docker.before
    docker.had(container, volume, *in_use)
    assert docker.engine.put_back(before, WORDS, pytest.fail) == []
    assert docker.done == []


# -- a real engine

LEAVES = """
# Página

## Punto de partida

```bash
docker network create prueba-red
docker volume create prueba-datos
docker run -d --name prueba-uno --network prueba-red -v prueba-datos:/datos \\
    fedek3/workshop-uns:v0.1.0
docker run -d --name prueba-dos -v /sin-nombre fedek3/workshop-uns:v0.1.0
docker tag fedek3/workshop-uns:v0.2.0 prueba-imagen
```

## Limpieza

```bash
docker rm -f {removed}
```
"""


@pytest.mark.cluster
def test_on_a_real_engine(lab: LabUnderTest, lab_harness: Harness) -> None:
    real = Engine(dict(os.environ))
    before = real.holdings()
    assert before is not None and len(before.containers) > 1
    page = lab_harness.judge(LEAVES.format(removed="prueba-uno prueba-dos"))
    told = " ".join(map(str, page.faults))
    assert "quedó el volumen prueba-datos" in told
    assert "quedó la red prueba-red" in told
    assert "quedó un volumen sin nombre, del contenedor prueba-dos" in told
    assert "prueba-uno" not in told
    assert real.holdings() == before
