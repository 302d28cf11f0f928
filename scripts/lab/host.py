"""The host as it was before the lab, and how it gets that way again."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from lab.command import is_installed, run, succeeds

# What kubelet (in privileged nodes), systemd in the nodes and dockerd change in the host's kernel.
SYSCTLS = (
    "kernel.panic",
    "kernel.panic_on_oops",
    "kernel.keys.root_maxkeys",
    "kernel.keys.root_maxbytes",
    "kernel.pid_max",
    "kernel.core_pattern",
    "kernel.core_uses_pid",
    "kernel.sysrq",
    "vm.overcommit_memory",
    "vm.panic_on_oom",
    "fs.protected_fifos",
    "fs.protected_regular",
    "fs.protected_hardlinks",
    "fs.protected_symlinks",
    "fs.file-max",
    "fs.nr_open",
    "net.ipv4.ip_forward",
    "net.ipv6.conf.all.forwarding",
    "net.ipv6.conf.default.forwarding",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_tcp_timeout_established",
    "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
)
_PROC_SYS = Path("/proc/sys")
_OF_DOCKER = re.compile(r"\bDOCKER\b|DOCKER-|\bdocker0\b|\bbr-taller\b|\bbr-[0-9a-f]{12}\b")


_INOTIFY = "fs.inotify.max_user_instances"
INOTIFY_NEEDED = 256
"""Instances of inotify that leave room for a desktop: the five nodes use 88 of them (measured), and
Linux gives a user 128."""


def inotify_instances() -> int | None:
    """How many instances of inotify a user may have; None where there is no such limit."""
    try:
        return int(_sysctl_path(_INOTIFY).read_text())
    except (OSError, ValueError):
        return None


def _sysctl_path(name: str) -> Path:
    return _PROC_SYS / name.replace(".", "/")


def read_sysctls() -> dict[str, str]:
    """Present values of the settings that a lab may change; those not there are left out."""
    values = {}
    for name in SYSCTLS:
        try:
            values[name] = _sysctl_path(name).read_text().strip()
        except OSError:
            continue
    return values


def restore_sysctls(values: dict[str, str]) -> None:
    """Writes back the values that differ; one that the kernel no longer has is left."""
    now = read_sysctls()
    for name, value in values.items():
        if name in now and now[name] != value:
            _sysctl_path(name).write_text(value)


def read_iptables() -> dict[str, str]:
    """The packet filter's rules, by the program that lists them."""
    programs = ("iptables", "ip6tables")
    return {p: run(f"{p}-save") for p in programs if is_installed(f"{p}-save")}


def without_docker(now: str, before: str) -> str:
    """The rules of now, less Docker's, with the policies of before; iptables-restore's format.

    Rules that somebody else added in the meantime stay.
    """
    policies = dict(line.split()[0:2] for line in _chains_by_table(before))
    lines = []
    table = ""
    for line in now.splitlines():
        if line.startswith("*"):
            table = line
        if _OF_DOCKER.search(line):
            continue
        if line.startswith(":") and not line.split()[1].startswith("-"):
            chain = line.split()[0]
            policy = policies.get(f"{table}{chain}", "ACCEPT")
            lines.append(f"{chain} {policy} [0:0]")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n" if lines else ""


def _chains_by_table(rules: str) -> list[str]:
    table = ""
    found = []
    for line in rules.splitlines():
        if line.startswith("*"):
            table = line
        elif line.startswith(":"):
            found.append(f"{table}{line}")
    return found


def restore_iptables(before: dict[str, str]) -> None:
    """Takes Docker's rules away."""
    for program, rules in before.items():
        wanted = without_docker(run(f"{program}-save"), rules)
        if wanted:
            run(f"{program}-restore", stdin=wanted)


def has_docker0() -> bool:
    """Whether dockerd's default bridge is there."""
    return Path("/sys/class/net/docker0").exists()


def remove_docker0() -> None:
    """Removes the bridge that dockerd leaves behind."""
    if has_docker0():
        succeeds("ip", "link", "delete", "docker0")


def remove_docker_cgroups() -> None:
    """Removes the empty control groups that dockerd leaves behind; those in use stay."""
    top = Path("/sys/fs/cgroup")
    for folder in (top / "docker", *top.glob("*/docker")):
        nested = (path for path in folder.rglob("*") if path.is_dir())
        for path in (*sorted(nested, reverse=True), folder):
            with contextlib.suppress(OSError):
                path.rmdir()
