"""The Docker engine: the one that answers, or one that the lab starts and stops."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.command import CommandFailed, environment, run, succeeds
from lab.error import LabError
from lab.waiting import wait_for

_RUNC_WRAPPER = Path(__file__).parent / "runc_without_sys_resource.py"
_CAP_SYS_RESOURCE = 24  # bit number, capabilities(7)
_USUAL_HOST = "unix:///var/run/docker.sock"
_START_LIMIT = 60.0
_STOP_LIMIT = 90.0


def answers() -> bool:
    """Whether a Docker engine answers to this user."""
    return succeeds("docker", "version", "--format", "{{.Server.Version}}", timeout=20)


def address(config: Path | None = None) -> dict[str, str]:
    """The variables by which a program with another HOME reaches the same engine.

    Args:
        config: a folder of docker's settings for that program, in the place of the user's.
    """
    names = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG")
    given = {name: os.environ[name] for name in names if name in os.environ}
    if given and config is None:
        return given
    own = {} if config is None else {"DOCKER_CONFIG": str(config)}
    try:  # Docker Desktop and others are known by a context in the user's own settings
        host = run("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()
    except CommandFailed:
        host = given.get("DOCKER_HOST", "")
    return own if host in ("", _USUAL_HOST) else own | {"DOCKER_HOST": host}


def image_id(tag: str) -> str | None:
    """The engine's id of an image that it has."""
    try:
        return run("docker", "image", "inspect", "--format", "{{.Id}}", tag).strip()
    except CommandFailed:
        return None


def lacks_sys_resource(status: str) -> bool:
    """Whether /proc/self/status shows a bounding set without CAP_SYS_RESOURCE."""
    for line in status.splitlines():
        if line.startswith("CapBnd:"):
            return not int(line.split()[1], 16) >> _CAP_SYS_RESOURCE & 1
    return False


def daemon_command(pid_file: Path, status: str, wrapper: Path) -> tuple[str, ...]:
    """How dockerd is started on this host.

    Without CAP_SYS_RESOURCE every privileged container fails ("unable to apply caps"), so there
    runc is called through a wrapper that takes that capability out of what is asked.
    """
    command = ("dockerd", "--pidfile", str(pid_file))
    if not lacks_sys_resource(status):
        return command
    return (*command, "--add-runtime", f"taller={wrapper}", "--default-runtime", "taller")


def write_wrapper(path: Path) -> None:
    """Puts the runc wrapper where dockerd finds it even if this checkout goes away."""
    python = Path(sys.executable).resolve()
    body = _RUNC_WRAPPER.read_text().partition("\n")[2]
    path.write_text(f"#!{python} -IS\n{body}")
    path.chmod(0o755)


@dataclass(frozen=True)
class OwnEngine:
    """The dockerd that the lab runs when there is no other."""

    state: Path

    @property
    def pid_file(self) -> Path:
        """Where dockerd writes its process id."""
        return self.state / "dockerd.pid"

    @property
    def log(self) -> Path:
        """Where dockerd writes what it does."""
        return self.state / "dockerd.log"

    def pid(self) -> int | None:
        """Process id of the running daemon; a stale file, or another program's pid, is None."""
        try:
            pid = int(self.pid_file.read_text())
            process = Path(f"/proc/{pid}/stat").read_text()
        except (OSError, ValueError):
            return None
        # "pid (name) state …", proc_pid_stat(5); Z is dead but not yet waited for
        return pid if re.match(r"\d+ \(dockerd\) [^ZX]", process) else None

    def start(self) -> None:
        """Starts dockerd in a session of its own and waits until it answers.

        One of ours that is there and does not answer (its socket is gone, say) is ended first.
        """
        self.stop()
        self.pid_file.unlink(missing_ok=True)
        status = Path("/proc/self/status").read_text()
        wrapper = self.state / "runc-without-sys-resource"
        write_wrapper(wrapper)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                daemon_command(self.pid_file, status, wrapper),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment(),
            )
        wait_for(lambda: process.poll() is not None or answers(), _START_LIMIT)
        if not answers():
            tail = "\n  ".join(self.log.read_text(errors="replace").splitlines()[-5:])
            raise LabError(
                f"El motor de Docker no arrancó:\n  {tail}",
                f"Miren {self.log}; si ya hay otro dockerd, arránquenlo o deténganlo ustedes.",
            )

    def stop(self) -> None:
        """Ends the daemon that the lab started, if it is still there."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        if not wait_for(lambda: self.pid() is None, _STOP_LIMIT):
            raise LabError(
                f"El motor de Docker (proceso {pid}) no termina.",
                f"Miren {self.log} y repitan: ./taller lab borrar",
            )
        self.pid_file.unlink(missing_ok=True)


def is_rootless() -> bool:
    """Whether the answering engine runs without root, where the hermetic lab cannot."""
    return "rootless" in run("docker", "info", "--format", "{{.SecurityOptions}}")
