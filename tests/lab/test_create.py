import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from lab import LabError, Silence, components, create, disk, lifecycle, record, tools
from lab.command import run
from lab.places import Places
from lab.record import Record
from lab.waiting import wait_for

NO_ENGINE = 'echo "Cannot connect to the Docker daemon" >&2; exit 1'
ENGINE_WITHOUT_NETWORK = """
case "$*" in
  version*) echo 20.10.24 ;;
  "image inspect"*|"manifest inspect"*) exit 1 ;;
  "info --format {{.DockerRootDir}}") echo / ;;
esac
"""


@pytest.fixture
def user(monkeypatch):
    monkeypatch.setattr(tools, "is_root", lambda: False)


@pytest.fixture
def root(monkeypatch):
    monkeypatch.setattr(tools, "is_root", lambda: True)


def test_no_engine_and_no_root(stand_ins, own_folders, user):
    stand_ins.play("docker", NO_ENGINE)
    with pytest.raises(LabError, match="Ningún motor de Docker responde") as refused:
        create(progress=Silence())
    assert "Arranquen Docker" in refused.value.next_step
    assert not Places.of_user().record.exists()


def test_kind_without_network(stand_ins, own_folders, root):
    stand_ins.play("docker", ENGINE_WITHOUT_NETWORK)
    with pytest.raises(LabError, match="No se puede traer la imagen oficial") as refused:
        create("kind", Silence())
    assert "--lab hermetico" in refused.value.next_step


def test_hermetic_without_root(stand_ins, own_folders, user):
    stand_ins.play("docker", ENGINE_WITHOUT_NETWORK)
    with pytest.raises(LabError, match="necesita ser root"):
        create("hermetico", Silence())


def test_disk_too_small_stops_before_anything_starts(stand_ins, own_folders, root, monkeypatch):
    stand_ins.play("docker", ENGINE_WITHOUT_NETWORK)
    monkeypatch.setattr(disk, "free", lambda path: 2 * disk.GB)
    monkeypatch.setattr(tools, "missing_packages", lambda programs: ())
    with pytest.raises(LabError, match=r"hacen falta \d+ GB libres .* y hay 2\.0 GB"):
        create("hermetico", Silence())
    verbs = {line.split()[1] for line in stand_ins.asked()}
    assert verbs <= {"version", "info", "ps", "image", "manifest"}
    assert not (Places.of_user().cache / "components").exists()


def test_disk_too_small_stops_before_the_engine_is_installed(
    stand_ins, own_folders, root, monkeypatch
):
    stand_ins.play("docker", NO_ENGINE)
    stand_ins.play("apt-get", "")
    monkeypatch.setattr(disk, "free", lambda path: 2 * disk.GB)
    with pytest.raises(LabError, match="No alcanza el disco"):
        create(progress=Silence())
    assert {line.split()[0] for line in stand_ins.asked()} == {"docker"}


class Told(Silence):
    """Remembers its notes; a list given to the class, since progress is frozen."""

    notes: ClassVar[list[str]] = []

    def note(self, text):
        self.notes.append(text)


def test_second_of_two_at_once_waits_and_says_so(stand_ins, own_folders, user, monkeypatch):
    stand_ins.play("docker", NO_ENGINE)
    monkeypatch.setattr(Told, "notes", [])
    places = Places.of_user()
    places.make()
    with places.lock.open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        def end_first(told, text):
            told.notes.append(text)
            fcntl.flock(first, fcntl.LOCK_UN)

        monkeypatch.setattr(Told, "note", end_first)
        with pytest.raises(LabError, match="Ningún motor"):  # it went on, to its own end
            create(progress=Told())
    assert Told.notes == ["Otro comando está creando o borrando el laboratorio: lo esperamos."]


def test_second_of_two_does_not_wait_for_ever(own_folders, monkeypatch):
    monkeypatch.setattr(lifecycle, "_OTHERS_LIMIT", 0.1)
    places = Places.of_user()
    places.make()
    with places.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(LabError, match="sigue creando"):
            create(progress=Silence())


def test_other_mode_than_the_present_lab(stand_ins, own_folders, root):
    stand_ins.play("docker", 'case "$*" in ps*) echo taller-control-plane running ;; esac')
    places = Places.of_user()
    places.make()
    record.save(places.record, Record(mode="hermetico"))
    with pytest.raises(LabError, match="Ya hay un laboratorio en modo «hermetico»"):
        create("kind", Silence())


def test_cluster_of_the_same_name_that_is_not_the_lab_s_is_left_alone(
    stand_ins, own_folders, root, monkeypatch
):
    stand_ins.play("docker", 'case "$*" in ps*) echo taller-control-plane running ;; esac')
    monkeypatch.setattr(lifecycle.host, "read_sysctls", lambda: {"kernel.panic": "0"})
    with pytest.raises(LabError, match="Ya hay un cluster «taller»") as refused:
        create("auto", Silence())
    assert "--contexto kind-taller" in refused.value.next_step
    assert not any(" rm " in line for line in stand_ins.asked())


class FakeCluster:
    """Remembers what is done to it; whether it is repaired is for the test to say."""

    kubeconfig = Path("kubeconfig")

    def __init__(self):
        self.done = []

    def delete(self):
        self.done.append("delete")

    def create(self, image, config):
        self.done.append("create")

    def wait_until_ready(self):
        return True

    def mark(self):
        pass


def test_cluster_is_made_anew_when_its_configuration_changed(
    stand_ins, own_folders, monkeypatch, tmp_path
):
    stand_ins.play("docker", 'case "$*" in ps*) echo taller-control-plane running ;; esac')
    monkeypatch.setattr(Told, "notes", [])
    monkeypatch.setattr(lifecycle.cluster, "repair", lambda *_: True)
    monkeypatch.setattr(lifecycle.cluster, "taken_ports", lambda config: ())
    readers = tmp_path / "cluster.yaml"
    monkeypatch.setattr(lifecycle.cluster, "CONFIG", readers)
    places = Places.of_user()
    places.make()
    registry = SimpleNamespace(ensure=lambda: None, tell=lambda node: None)
    made = FakeCluster()

    def create_with(config):
        readers.write_text(config)
        made.done.clear()
        lifecycle._Creation(places, Told())._cluster_and_registry(made, registry, "i")
        return made.done

    node = "nodes: [{role: control-plane}]\n"
    assert create_with(node) == ["delete", "create"]  # nobody knows how it was made
    assert create_with(node) == []
    assert create_with(f"# a remark\n{node}") == []
    assert create_with(f"{node}networking: {{ipFamily: dual}}\n") == ["delete", "create"]
    assert Told.notes == ["Cambió cluster.yaml: lo hacemos de nuevo, como dice ahora."] * 2


def test_port_in_use_is_told_before_the_cluster_is_made(monkeypatch):
    monkeypatch.setattr(lifecycle.cluster, "taken_ports", lambda config: (8080,))
    with pytest.raises(LabError, match="El puerto 8080 de esta máquina está ocupado"):
        lifecycle._Creation._check_ports("")


def test_auto_is_kind_with_network_and_hermetic_without(stand_ins, own_folders):
    places = Places.of_user()
    places.make()
    creation = lifecycle._Creation(places, Silence())
    stand_ins.play("docker", ENGINE_WITHOUT_NETWORK)
    assert creation._choose("auto") == "hermetico"
    stand_ins.play("docker", 'case "$*" in "image inspect"*) exit 1 ;; esac')
    assert creation._choose("auto") == "kind"


def test_host_is_remembered_as_it_was_before_the_first_try(own_folders, root, monkeypatch):
    places = Places.of_user()
    places.make()
    creation = lifecycle._Creation(places, Silence())
    monkeypatch.setattr(lifecycle.host, "read_iptables", dict)
    monkeypatch.setattr(lifecycle.host, "read_sysctls", lambda: {"kernel.panic": "0"})
    creation._remember_host(starts_engine=True)
    monkeypatch.setattr(lifecycle.host, "read_sysctls", lambda: {"kernel.panic": "10"})
    creation._remember_host()
    known = record.load(places.record)
    assert known.sysctls == {"kernel.panic": "0"}
    assert known.started_engine


def test_state_is_private(own_folders):
    places = Places.of_user()
    places.make()
    assert places.state.stat().st_mode & 0o777 == 0o700


def test_missing_tool_without_root(user, monkeypatch):
    with pytest.raises(LabError, match="Faltan programas en esta máquina: nada-de-esto") as refused:
        tools.install({"no-such-program": "nada-de-esto"})
    assert "apt-get install nada-de-esto" in refused.value.next_step


def test_missing_tool_as_root_is_installed(stand_ins, root):
    stand_ins.play("apt-get", "")
    tools.install({"no-such-program": "un-paquete", "sh": "dash"})
    assert stand_ins.asked() == ["apt-get install --yes --no-install-recommends un-paquete"]


def test_apt_with_old_lists_is_updated_once(stand_ins, root):
    stand_ins.play(
        "apt-get", 'case "$*" in update) touch "$0.updated" ;; *) [ -e "$0.updated" ] ;; esac'
    )
    tools.install({"no-such-program": "un-paquete"})
    assert [line.split()[1] for line in stand_ins.asked()] == ["install", "update", "install"]


def test_failed_part_stops_the_others_and_no_program_is_left(own_folders, monkeypatch):
    places = Places.of_user()
    places.make()
    creation = lifecycle._Creation(places, Silence())

    def build(part, log):
        if part.name == "kubernetes":
            raise LabError("No se pudo compilar.", "Nada.")
        return run("sleep", "600", timeout=600)

    image = SimpleNamespace(
        go=SimpleNamespace(build=lambda component, log: build(component, log)),
        root=SimpleNamespace(build=lambda log: run("sleep", "600", timeout=600)),
    )
    start = time.monotonic()
    with pytest.raises(LabError, match="No se pudo compilar"):
        creation._build_components(image, list(components.ALL), True)
    assert time.monotonic() - start < 60


def test_killed_creator_takes_its_programs_along(tmp_path):
    script = (
        "import sys\nfrom lab.command import run, tied\n"
        "print('ready', flush=True)\nrun(*tied('sh', '-c', 'echo $$ >%s; exec sleep 60'))"
    )
    pid_file = tmp_path / "pid"
    process = subprocess.Popen(
        [sys.executable, "-c", script % pid_file], env=os.environ | {"PYTHONPATH": "scripts"}
    )
    assert wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() != "", 60)
    pid = int(pid_file.read_text())
    process.kill()
    process.wait()
    state = Path(f"/proc/{pid}/stat")
    assert wait_for(lambda: not state.exists() or ") Z" in state.read_text(), 60)
