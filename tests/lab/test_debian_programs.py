import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lab import debian_programs, engine
from lab.debian_programs import DOCKER_CLIENT, Programs
from lab.error import LabError

ENGINE = Programs("engine", (("docker.io", "usr/sbin/dockerd"),))


@pytest.fixture
def debian(stand_ins):
    """An apt whose packages are empty files, and a dpkg-deb that unpacks what Debian's hold."""
    stand_ins.play(
        "apt-get",
        'case "$*" in indextargets*) echo "Debian|http://mirror/debian" ;;\n'
        '*update) [ -z "$BREAKS" ] || { echo "no mirror" >&2; exit 100; } ;;\n'
        '*download*) for package in ${*#*download}; do touch "${package}_26.deb"; done ;; esac',
    )
    stand_ins.play(
        "dpkg-deb",
        'cd "$3" && mkdir -p usr/bin usr/sbin usr/libexec/docker/cli-plugins usr/share/doc\n'
        "case $2 in *docker-cli*) touch usr/bin/docker ;;\n"
        "*buildx*) touch usr/libexec/docker/cli-plugins/docker-buildx ;;\n"
        "*) touch usr/sbin/dockerd ;; esac",
    )
    return stand_ins


def test_client_is_brought_with_its_plugin_once(debian, tmp_path):
    folder = debian_programs.ensure(tmp_path, DOCKER_CLIENT)
    assert sorted(path.name for path in folder.iterdir()) == ["docker", "docker-buildx"]
    assert list(tmp_path.glob(".*")) == []
    asked = debian.asked()
    assert debian_programs.ensure(tmp_path, DOCKER_CLIENT) == folder
    assert debian.asked() == asked


def test_other_programs_are_brought_to_a_folder_of_their_own(debian, tmp_path):
    folder = debian_programs.ensure(tmp_path, ENGINE)
    assert [path.name for path in folder.iterdir()] == ["dockerd"]
    assert folder.parent == tmp_path
    assert folder != debian_programs.ensure(tmp_path, DOCKER_CLIENT)


def test_client_that_cannot_be_had_leaves_nothing(debian, tmp_path, monkeypatch):
    monkeypatch.setenv("BREAKS", "1")
    with pytest.raises(LabError, match="no mirror") as refused:
        debian_programs.ensure(tmp_path, DOCKER_CLIENT)
    assert "Revisen la conexión" in refused.value.next_step
    assert list(tmp_path.glob("docker*")) == []


@pytest.mark.parametrize(
    ("given", "said", "config", "found"),
    [
        ({"DOCKER_CONTEXT": "casa"}, "ssh://casa", None, {"DOCKER_CONTEXT": "casa"}),
        (
            {"DOCKER_CONTEXT": "casa"},
            "ssh://casa",
            Path("/own"),
            {"DOCKER_CONFIG": "/own", "DOCKER_HOST": "ssh://casa"},
        ),
        ({}, "unix:///var/run/docker.sock", Path("/own"), {"DOCKER_CONFIG": "/own"}),
        ({}, "unix:///var/run/docker.sock", None, {}),
        ({}, "unix:///home/x/.docker/run/docker.sock", None,
         {"DOCKER_HOST": "unix:///home/x/.docker/run/docker.sock"}),
    ],
)  # fmt: skip
def test_same_engine_is_reached_with_other_settings(
    stand_ins, monkeypatch, given, said, config, found
):
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    stand_ins.play("docker", f"echo {said}")
    assert engine.address(config) == found


@pytest.mark.cluster
def test_docker_of_hermetic_lab_is_its_own_and_builds_with_buildkit(lab):
    docker = lab.path / "docker"
    if not docker.exists():
        pytest.skip("solo el laboratorio hermético trae su propio docker")
    assert shutil.which("docker", path=f"{lab.path}:{os.environ['PATH']}") == str(docker)
    said = subprocess.run(
        (docker, "buildx", "version"), capture_output=True, text=True, check=True
    ).stdout
    assert "buildx" in said
