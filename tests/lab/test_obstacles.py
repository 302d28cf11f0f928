"""What keeps a cluster from standing is told before it falls, with the command that mends it."""

import socket

import pytest
import yaml

from lab import cluster, disk, host, obstacles
from lab.obstacles import in_the_way

ENOUGH = 64 * disk.GB
SYSCTL = "sudo sysctl fs.inotify.max_user_instances=512"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with nothing in the way; each test takes something from it."""
    monkeypatch.setattr(host, "inotify_instances", lambda: host.INOTIFY_NEEDED)
    monkeypatch.setattr(disk, "free", lambda _: ENOUGH)
    monkeypatch.setattr(disk, "engine_folder", lambda: tmp_path)
    monkeypatch.setattr(obstacles, "available_memory", lambda: ENOUGH)
    monkeypatch.setattr(cluster, "taken_ports", lambda _: ())
    monkeypatch.setattr(obstacles, "SOCKET", tmp_path / "docker.sock")
    return monkeypatch


def told(*, engine_answers=True, cluster_is_there=False):
    found = in_the_way(engine_answers=engine_answers, cluster_is_there=cluster_is_there)
    return [(one.name, one.mend.split("   ")[0]) for one in found]


def test_nothing_in_the_way(machine):
    assert told() == []
    assert told(engine_answers=False) == []


@pytest.mark.parametrize(
    ("where", "what", "answer", "name", "mend"),
    [
        (host, "inotify_instances", 128, "inotify", SYSCTL),
        (obstacles, "available_memory", disk.GB, "memoria", "ps aux --sort=-rss | head"),
        (disk, "free", disk.GB, "disco", "docker system prune"),
        (cluster, "taken_ports", (8080,), "puerto", "ss -ltnp 'sport = :8080'"),
    ],
)  # fmt: skip
def test_each_is_told_with_what_mends_it(machine, where, what, answer, name, mend):
    machine.setattr(where, what, lambda *_: answer)
    assert told() == [(name, mend)]


def test_a_limit_that_is_not_there_is_none(machine):
    machine.setattr(host, "inotify_instances", lambda: None)
    machine.setattr(obstacles, "available_memory", lambda: None)
    assert told() == []


def test_a_cluster_that_stands_has_its_memory_disk_and_ports(machine):
    machine.setattr(obstacles, "available_memory", lambda: 0)
    machine.setattr(disk, "free", lambda _: 0)
    machine.setattr(cluster, "taken_ports", lambda _: (8080, 30100))
    assert told(cluster_is_there=True) == []
    assert [name for name, _ in told()] == ["memoria", "disco", "puerto", "puerto"]


def test_an_engine_that_does_not_let_us_in_is_told_apart_from_one_that_is_off(machine, tmp_path):
    (tmp_path / "docker.sock").touch()
    machine.setattr(obstacles.os, "access", lambda *_: False)
    assert told(engine_answers=False) == [("permisos", "sudo usermod -aG docker $USER")]
    assert told(engine_answers=True) == []
    machine.setattr(obstacles.os, "access", lambda *_: True)
    assert told(engine_answers=False) == []


def test_memory_is_read_as_linux_says_it(monkeypatch, tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       24683656 kB\nMemAvailable:    1048576 kB\n")
    monkeypatch.setattr(obstacles, "_MEMINFO", file)
    assert obstacles.available_memory() == 1 << 30
    monkeypatch.setattr(obstacles, "_MEMINFO", tmp_path / "none")
    assert obstacles.available_memory() is None


def test_a_port_of_the_course_that_is_taken_is_found():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        mapping = {"listenAddress": "127.0.0.1", "hostPort": port}
        config = yaml.safe_dump({"nodes": [{"extraPortMappings": [mapping]}]})
        assert cluster.taken_ports(config) == (port,)
    assert cluster.taken_ports(config) == ()
