import json
import os
import subprocess
import sys
from pathlib import Path

from lab import engine, runc_without_sys_resource
from lab.engine import OwnEngine
from lab.waiting import wait_for

WHOLE = "Name:\tpython\nCapBnd:\t000001ffffffffff\n"
LACKING = "Name:\tpython\nCapBnd:\t000001fffeffffff\n"


def test_capability_is_read_from_the_bounding_set():
    assert engine.lacks_sys_resource(LACKING)
    assert not engine.lacks_sys_resource(WHOLE)
    assert not engine.lacks_sys_resource("Name:\tpython\n")


def test_runc_is_wrapped_only_where_the_capability_is_missing():
    pid, wrapper = Path("/s/dockerd.pid"), Path("/s/runc")
    assert engine.daemon_command(pid, WHOLE, wrapper) == ("dockerd", "--pidfile", "/s/dockerd.pid")
    wrapped = engine.daemon_command(pid, LACKING, wrapper)
    assert wrapped[3:] == ("--add-runtime", "taller=/s/runc", "--default-runtime", "taller")


def test_pid_file_of_a_dead_or_other_process_is_no_engine(tmp_path):
    own = OwnEngine(tmp_path)
    assert own.pid() is None
    own.pid_file.write_text(str(os.getpid()))  # after a reboot, somebody else's number
    assert own.pid() is None
    own.pid_file.write_text("not a number")
    assert own.pid() is None
    own.stop()  # nothing to stop


def test_running_engine_is_known_and_a_zombie_is_not(tmp_path):
    stand_in = tmp_path / "dockerd"
    stand_in.symlink_to("/bin/sleep")
    process = subprocess.Popen([stand_in, "600"])
    own = OwnEngine(tmp_path / "state")
    own.state.mkdir()
    own.pid_file.write_text(str(process.pid))
    try:
        assert wait_for(lambda: own.pid() == process.pid, 60)
    finally:
        process.kill()
    assert wait_for(lambda: own.pid() is None, 60)  # nobody has waited for it yet
    process.wait()


def test_stop_ends_the_engine_and_forgets_it(tmp_path):
    stand_in = tmp_path / "dockerd"
    stand_in.symlink_to("/bin/sleep")
    process = subprocess.Popen([stand_in, "600"])
    own = OwnEngine(tmp_path / "state")
    own.state.mkdir()
    own.pid_file.write_text(str(process.pid))
    assert wait_for(lambda: own.pid() == process.pid, 60)
    own.stop()
    assert process.wait() == -15
    assert not own.pid_file.exists()


def test_wrapper_takes_the_capability_out_and_becomes_runc(tmp_path):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    asked = {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"], "effective": ["CAP_SYS_RESOURCE"]}
    (bundle / "config.json").write_text(json.dumps({"process": {"capabilities": asked}}))
    (tmp_path / "process.json").write_text(json.dumps({"capabilities": asked}))
    (tmp_path / "runc").write_text('#!/bin/sh\necho "runc $*"\n')
    (tmp_path / "runc").chmod(0o755)
    wrapper = tmp_path / "wrapper"
    engine.write_wrapper(wrapper)
    arguments = ("create", "--bundle", bundle, "--process", tmp_path / "process.json", "x")
    path = f"{tmp_path}:{os.environ['PATH']}"
    result = subprocess.run(
        [wrapper, *arguments], env={"PATH": path}, capture_output=True, text=True, check=True
    )
    assert result.stdout == "runc " + " ".join(str(a) for a in arguments) + "\n"
    left = {"bounding": ["CAP_CHOWN"], "effective": []}
    config = json.loads((bundle / "config.json").read_text())
    assert config == {"process": {"capabilities": left}}
    assert json.loads((tmp_path / "process.json").read_text()) == {"capabilities": left}


def test_wrapper_needs_only_the_interpreter(tmp_path):
    wrapper = tmp_path / "wrapper"
    engine.write_wrapper(wrapper)
    assert wrapper.read_text().splitlines()[0] == f"#!{Path(sys.executable).resolve()} -IS"


def test_specifications_are_those_that_the_arguments_name():
    named = runc_without_sys_resource.specifications(
        ["--log", "l", "exec", "-p", "/p.json", "-b", "/b", "id"]
    )
    assert named == [Path("/p.json"), Path("/b/config.json")]


def test_engine_s_address_for_who_has_another_home(stand_ins, monkeypatch):
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    stand_ins.play("docker", "echo unix:///var/run/docker.sock")
    assert engine.address() == {}
    stand_ins.play("docker", "echo unix:///home/ana/.docker/run/docker.sock")
    assert engine.address() == {"DOCKER_HOST": "unix:///home/ana/.docker/run/docker.sock"}
    stand_ins.play("docker", "exit 1")
    assert engine.address() == {}
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    assert engine.address() == {"DOCKER_HOST": "tcp://127.0.0.1:2375"}
