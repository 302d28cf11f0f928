"""The programs of a node, built from pinned Go modules and kept per hash of their inputs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.command import MINUTE, run, tied
from lab.error import LabError

MODULES = Path(__file__).parent / "modules"

KUBERNETES_VERSION = "v1.37.2"


@dataclass(frozen=True)
class Instead:
    """A file of ours that is compiled in place of one of a module's.

    Attributes:
        module: the module's path.
        file: the path in it.
        ours: the name of our file, next to the component's go.mod.
    """

    module: str
    file: str
    ours: str


@dataclass(frozen=True)
class Component:
    """A Go module under ``modules/`` and the programs that are taken from it."""

    name: str
    programs: tuple[tuple[str, str], ...]  # (name of the executable, package path)
    ldflags: str = ""
    data: tuple[str, str] | None = None  # (module, folder in it), copied to "data"
    instead: Instead | None = None
    tags: str = ""  # Go's build tags, with commas: what is left out of the programs

    def key(self) -> str:
        """Hash of all that decides the result, for the name of the cached folder."""
        decides: tuple[object, ...] = (
            *(self.programs, self.ldflags, os.uname().machine),
            *(self.data or ()),
        )
        if self.instead:
            decides = (*decides, self.instead)
        if self.tags:
            decides = (*decides, self.tags)
        digest = hashlib.sha256(repr(decides).encode())
        for path in sorted((MODULES / self.name).iterdir()):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()[:12]


def _kubernetes_ldflags() -> str:
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    values = {
        "gitVersion": KUBERNETES_VERSION,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(f"-X {p}.{k}={v}" for p in packages for k, v in values.items())


def _named(prefix: str, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, f"{prefix}/{name}") for name in names)


KUBERNETES = Component(
    "kubernetes",
    _named(
        "k8s.io/kubernetes/cmd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kube-proxy",
        "kubelet",
        "kubeadm",
        "kubectl",
    ),
    _kubernetes_ldflags(),
)
CONTAINERD = Component(
    "containerd",
    _named(
        "github.com/containerd/containerd/v2/cmd", "containerd", "ctr", "containerd-shim-runc-v2"
    ),
    "-X github.com/containerd/containerd/v2/version.Version=v2.4.2",
)
CNI = Component(
    "cni",
    (
        *_named("github.com/containernetworking/plugins/plugins/main", "ptp", "loopback"),
        *_named("github.com/containernetworking/plugins/plugins/ipam", "host-local"),
        *_named("github.com/containernetworking/plugins/plugins/meta", "portmap"),
    ),
)
ETCD = Component("etcd", (("etcd", "go.etcd.io/etcd/server/v3"),))
COREDNS = Component("coredns", (("coredns", "taller/coredns"),))
LOCAL_PATH = Component(
    "local-path", (("local-path-provisioner", "github.com/rancher/local-path-provisioner"),)
)
REGISTRY = Component(
    "registry", (("registry", "github.com/distribution/distribution/v3/cmd/registry"),)
)
PAUSE = Component("pause", (("pause", "taller/pause"),))
# besides the client, the files that make a Debian root a node: its entry point, its units
KIND = Component(
    "kind", (("kind", "sigs.k8s.io/kind"),), data=("sigs.k8s.io/kind", "images/base/files")
)

# Less the 190 DNS services through which it could get certificates: half of what is compiled.
TRAEFIK = Component(
    "traefik",
    (("traefik", "github.com/traefik/traefik/v3/cmd/traefik"),),
    "-X github.com/traefik/traefik/v3/pkg/version.Version=v3.6.12",
    instead=Instead(
        "github.com/go-acme/lego/v4",
        "providers/dns/zz_gen_dns_providers.go",
        "no_dns_providers.go.txt",
    ),
)
METRICS_SERVER = Component(
    "metrics-server",
    (("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server"),),
    "-X k8s.io/client-go/pkg/version.gitVersion=v0.9.0",
)
# Less the clouds in which it could look for what to scrape: two thirds of what is compiled.
PROMETHEUS = Component(
    "prometheus",
    _named("github.com/prometheus/prometheus/cmd", "prometheus", "promtool"),
    "-X github.com/prometheus/common/version.Version=3.16.0",
    tags="remove_all_sd,enable_kubernetes_sd",
)

# What every lab is made of; the other three are made when asked for: see parts.py.
ALL = (KIND, PAUSE, CNI, CONTAINERD, ETCD, COREDNS, LOCAL_PATH, REGISTRY, KUBERNETES)


@dataclass(frozen=True)
class GoBuild:
    """A Go toolchain with its own caches, which go away when the node image is made."""

    go: Path
    cache: Path  # finished components live in cache/components

    @property
    def work(self) -> Path:
        """Folder of Go's own caches, big and disposable."""
        return self.cache / "work"

    def folder(self, component: Component) -> Path:
        """Where the component's executables are, once built."""
        return self.cache / "components" / f"{component.name}-{component.key()}"

    def is_built(self, component: Component) -> bool:
        """Whether every executable is there; the folder only gets its name when complete."""
        return self.folder(component).is_dir()

    def environment(self) -> dict[str, str]:
        """The caller's environment, where the module proxy is set, with the lab's own caches."""
        return os.environ | {
            "CGO_ENABLED": "0",
            "GOCACHE": str(self.work / "gobuild"),
            "GOMODCACHE": str(self.work / "gomod"),
            "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false",
            "GOWORK": "off",
        }

    def build(self, component: Component, log: Path) -> Path:
        """Builds the component unless it is cached; an interrupted build leaves no folder."""
        target = self.folder(component)
        if target.is_dir():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as unfinished:
            with self._sources(component) as options:
                for program, package in component.programs:
                    self._compile(component, package, Path(unfinished) / program, log, options)
            self._copy_data(component, Path(unfinished) / "data")
            Path(unfinished).chmod(0o755)
            Path(unfinished).rename(target)
            Path(unfinished).mkdir()  # what the context manager removes
        self._drop_older(component, keep=target)
        return target

    @contextmanager
    def _sources(self, component: Component) -> Iterator[tuple[str, ...]]:
        """Go's options to compile the component's sources, with our file in its place.

        Go forbids to replace files of its module cache, so a copy of the module gets it.
        """
        if component.instead is None:
            yield ()
            return
        instead, own = component.instead, MODULES / component.name
        with tempfile.TemporaryDirectory(dir=self.cache, prefix=".sources-") as name:
            folder, module = Path(name), Path(name) / "module"
            shutil.copytree(self.source(component, instead.module), module)
            shutil.copyfile(own / instead.ours, module / instead.file)
            pinned = (own / "go.mod").read_text()
            (folder / "go.mod").write_text(f"{pinned}\nreplace {instead.module} => {module}\n")
            shutil.copyfile(own / "go.sum", folder / "go.sum")
            yield (f"-modfile={folder / 'go.mod'}",)

    def source(self, component: Component, module: str) -> Path:
        """Where Go keeps one of the component's modules; brought if need be."""
        command = (self.go, "mod", "download", "-json", module)
        own = MODULES / component.name
        said = run(*command, cwd=own, env=self.environment(), timeout=10 * MINUTE)
        return Path(json.loads(said)["Dir"])

    def _compile(
        self,
        component: Component,
        package: str,
        output: Path,
        log: Path,
        sources: tuple[str, ...],
    ) -> None:
        flags = f"-s -w {component.ldflags}".strip()
        tags = f"-tags={component.tags}"
        options: tuple[str | Path, ...] = (
            "-trimpath",
            f"-ldflags={flags}",
            tags,
            "-o",
            output,
            *sources,
        )
        command = tied(self.go, "build", *options, package)
        with log.open("ab") as sink:
            result = subprocess.run(
                command,
                cwd=MODULES / component.name,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if result.returncode != 0:
            raise LabError(
                f"No se pudo compilar {package} (componente {component.name}).",
                f"Miren el final de {log}; si fue la red, repitan el comando: "
                "lo ya compilado no se pierde.",
            )

    def _copy_data(self, component: Component, target: Path) -> None:
        if component.data is None:
            return
        module, folder = component.data
        shutil.copytree(self.source(component, module) / folder, target)

    def _drop_older(self, component: Component, keep: Path) -> None:
        for path in keep.parent.glob(f"{component.name}-????????????"):
            if path != keep:
                shutil.rmtree(path, ignore_errors=True)
