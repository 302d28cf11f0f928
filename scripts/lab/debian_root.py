"""The Debian root of a node, by debootstrap from the mirror that this machine's apt uses."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.command import MINUTE, run, tied
from lab.error import LabError

# systemd 257: the last one that boots on cgroup v1
SUITE = "trixie"
_FALLBACK_MIRROR = "http://deb.debian.org/debian"

# As in kind's own node image, less what is for disks and networks that the lab does not have.
PACKAGES = (
    "busybox-static",
    "ca-certificates",
    "conntrack",
    "curl",
    "dbus",
    "ethtool",
    "hostname",
    "ipset",
    "iproute2",
    "iptables",
    "jq",
    "kmod",
    "libseccomp2",
    "mount",
    "nftables",
    "procps",
    "runc",
    "socat",
    "systemd",
    "systemd-sysv",
    "util-linux",
)

# Nobody reads these in a node; without them it is a third smaller.
_PRUNED = (
    "usr/share/doc/*",
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/zoneinfo/*",
    "usr/share/i18n/*",
    "usr/lib/x86_64-linux-gnu/gconv/*",
    "usr/lib/x86_64-linux-gnu/perl*",
    "usr/share/perl*",
    "usr/lib/udev/hwdb.*",
    "usr/lib/systemd/boot",
    "var/cache/apt/*",
    "var/lib/apt/lists/*",
    "var/log/*.log",
    "var/cache/debconf/*",
)


def mirror() -> str:
    """Address of the Debian mirror that apt uses here, never written down by us."""
    layout = "$(LABEL)|$(SITE)"
    return debian_site(run("apt-get", "indextargets", "--format", layout, "Created-By: Packages"))


def debian_site(targets: str) -> str:
    """The Debian archive among apt's sources, which may hold others.

    The label is only known once the lists have been fetched; before, the address has to do.
    """
    pairs = [line.partition("|")[::2] for line in targets.splitlines()]
    by_label = [site for label, site in pairs if label == "Debian"]
    by_address = [site for _, site in pairs if site.rstrip("/").endswith("/debian")]
    return (*by_label, *by_address, _FALLBACK_MIRROR)[0]


@dataclass(frozen=True)
class DebianRoot:
    """The root as a tar in the cache, named by what is in it."""

    cache: Path

    def key(self) -> str:
        """Hash of what decides the content (not of the packages' versions: Debian stable)."""
        decides = (SUITE, PACKAGES, _PRUNED, os.uname().machine)
        return hashlib.sha256(repr(decides).encode()).hexdigest()[:12]

    @property
    def archive(self) -> Path:
        """The finished tar."""
        return self.cache / "components" / f"root-{self.key()}.tar"

    def is_built(self) -> bool:
        """Whether the tar is there; it only gets its name when complete."""
        return self.archive.is_file()

    def build(self, log: Path) -> Path:
        """Makes the tar unless it is cached. Needs root."""
        if self.is_built():
            return self.archive
        self.archive.parent.mkdir(parents=True, exist_ok=True)
        root = Path(tempfile.mkdtemp(dir=self.archive.parent, prefix=".building-"))
        try:
            self._bootstrap(root, log)
            _prune(root)
            unfinished = self.archive.parent / ".building-root.tar"
            run("tar", "--create", "--file", unfinished, "--numeric-owner", "-C", root, ".")
            unfinished.rename(self.archive)
        finally:
            remove_tree(root)
        for old in self.archive.parent.glob("root-*.tar"):
            if old != self.archive:
                old.unlink()
        return self.archive

    def _bootstrap(self, root: Path, log: Path) -> None:
        include = ",".join(PACKAGES)
        command = ("debootstrap", "--variant=minbase", f"--include={include}", SUITE, root)
        try:
            said = run(*tied(*command, mirror()), timeout=20 * MINUTE)
        except LabError as error:
            log.write_text(error.message)
            raise LabError(
                f"debootstrap no pudo armar el Debian de los nodos ({mirror()}).",
                f"Miren {log}; si fue la red, repitan el comando.",
            ) from None
        log.write_text(said)


def _prune(root: Path) -> None:
    for pattern in _PRUNED:
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def remove_tree(root: Path) -> None:
    """Removes a half-made root, after taking off what debootstrap may have mounted on it."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{root}/")), reverse=True):
        run("umount", "--lazy", mount)
    shutil.rmtree(root, ignore_errors=True)
