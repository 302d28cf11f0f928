"""The node image of the hermetic lab: no registry, only Debian packages and Go modules."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab import components, image_archive
from lab.command import MINUTE, run, succeeds
from lab.components import GoBuild
from lab.debian_root import DebianRoot
from lab.error import LabError
from lab.image_archive import Image

NODE_FILES = Path(__file__).parent / "node"

# A Dockerfile's FROM finds it without any registry; the nodes use it for their own errands.
BASE_IMAGE = "busybox:1.37.0"
_ENTRYPOINT = '["/usr/local/bin/entrypoint","/sbin/init"]'
_REGISTRY_CONFIG = """\
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: /var/lib/registry}
  delete: {enabled: true}
http: {addr: ":5000"}
"""


@dataclass(frozen=True)
class NodeImage:
    """What is built from the components and the Debian root, and named by a hash of both."""

    go: GoBuild
    root: DebianRoot

    def key(self) -> str:
        """Hash of all that goes in."""
        digest = hashlib.sha256(self.root.key().encode())
        for component in components.ALL:
            digest.update(component.key().encode())
        sources = [Path(image_archive.__file__), Path(__file__), *NODE_FILES.rglob("*")]
        for path in sorted(path for path in sources if path.is_file()):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    @property
    def tag(self) -> str:
        """The node image's name in the Docker engine."""
        return f"taller/node:{self.key()}"

    @property
    def registry_tag(self) -> str:
        """The local registry's image."""
        return f"taller/registry:{components.REGISTRY.key()}"

    def exists(self) -> bool:
        """Whether the engine has the node image, the registry's and the base image."""
        return all(
            succeeds("docker", "image", "inspect", tag)
            for tag in (self.tag, self.registry_tag, BASE_IMAGE)
        )

    def assemble(self) -> None:
        """Makes the images from parts that are all built."""
        machine = os.uname().machine
        with tempfile.TemporaryDirectory(dir=self.go.cache, prefix=".assembling-") as name:
            folder = Path(name)
            root_tag = f"taller/root:{self.root.key()}"
            run("docker", "import", self.root.archive, root_tag, timeout=5 * MINUTE)
            self._build_base(folder / "context", root_tag)
            base = f"taller/node-base:{self.key()}"
            archives = folder / "images"
            archives.mkdir()
            busybox = busybox_image(
                _output_of(base, "cat", "/usr/bin/busybox"),
                _output_of(base, "busybox", "--list").decode().split(),
            )
            image_archive.write(
                archives / "images.tar", (*self._node_images(base), busybox), machine
            )
            image_archive.write(folder / "host.tar", (busybox, self._registry()), machine)
            run("docker", "load", "--input", folder / "host.tar", timeout=5 * MINUTE)
            self._import_into_node(base, archives)
        self._drop_older()

    def _drop_older(self) -> None:
        """Removes images of before, finished or not; the engine keeps those that a node runs."""
        for tag in run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").split():
            if tag.startswith(("taller/node", "taller/root:")) and tag != self.tag:
                succeeds("docker", "image", "rm", tag)

    def _build_base(self, context: Path, root_tag: str) -> None:
        kubernetes = self.go.folder(components.KUBERNETES)
        shutil.copytree(self.go.folder(components.KIND) / "data", context / "kind")
        shutil.copytree(NODE_FILES / "root", context / "root")
        config = context / "root" / "etc/containerd/config.toml"
        config.write_text(config.read_text().replace("@PAUSE@", self._kubeadm_images()["pause"]))
        shutil.copytree(self.go.folder(components.CONTAINERD), context / "bin")
        shutil.copytree(self.go.folder(components.CNI), context / "cni")
        (context / "sbin").mkdir()
        for program in ("kubeadm", "kubelet", "kubectl"):
            shutil.copy2(kubernetes / program, context / "sbin")
        (context / "version").write_text(components.KUBERNETES_VERSION)
        run(
            *("docker", "build", "--build-arg", f"ROOT={root_tag}"),
            *("--tag", f"taller/node-base:{self.key()}"),
            *("--file", NODE_FILES / "Dockerfile", context),
            timeout=10 * MINUTE,
        )

    def _kubeadm_images(self) -> dict[str, str]:
        """The tags that this kubeadm asks for, by the image's short name."""
        kubeadm = self.go.folder(components.KUBERNETES) / "kubeadm"
        version = f"--kubernetes-version={components.KUBERNETES_VERSION}"
        listed = run(kubeadm, "config", "images", "list", version)
        return {line.rpartition("/")[2].partition(":")[0]: line for line in listed.split()}

    def _node_images(self, base: str) -> tuple[Image, ...]:
        tags = self._kubeadm_images()
        kubernetes = self.go.folder(components.KUBERNETES)
        packet_filter = _output_of(base, "bash", "-c", (NODE_FILES / "kube-proxy-root").read_text())
        single = [
            Image(tags[name], programs={f"usr/local/bin/{name}": kubernetes / name})
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        ]
        return (
            *single,
            Image(
                tags["kube-proxy"],
                programs={"usr/local/bin/kube-proxy": kubernetes / "kube-proxy"},
                root=packet_filter,
            ),
            Image(
                tags["etcd"],
                programs={"usr/local/bin/etcd": self.go.folder(components.ETCD) / "etcd"},
            ),
            Image(
                tags["coredns"],
                programs={"coredns": self.go.folder(components.COREDNS) / "coredns"},
                entrypoint=("/coredns",),
            ),
            Image(
                tags["pause"],
                programs={"pause": self.go.folder(components.PAUSE) / "pause"},
                entrypoint=("/pause",),
            ),
            Image(
                "docker.io/rancher/local-path-provisioner:v0.0.30",
                programs={
                    "usr/local/bin/local-path-provisioner": self.go.folder(components.LOCAL_PATH)
                    / "local-path-provisioner"
                },
                command=("local-path-provisioner",),
            ),
        )

    def _registry(self) -> Image:
        return Image(
            self.registry_tag,
            programs={"registry": self.go.folder(components.REGISTRY) / "registry"},
            texts={"etc/registry.yml": _REGISTRY_CONFIG},
            folders={"var/lib/registry/": 0o755, "tmp/": 0o1777},
            entrypoint=("/registry", "serve", "/etc/registry.yml"),
        )

    def _import_into_node(self, base: str, archives: Path) -> None:
        container = f"taller-node-image-{self.key()}"
        run("docker", "rm", "--force", container)
        try:
            run(
                *("docker", "run", "--privileged", "--name", container),
                *("--volume", f"{archives}:/images:ro"),
                *("--volume", f"{NODE_FILES / 'import-images'}:/import-images:ro"),
                *("--network", "none", "--entrypoint", "/import-images"),
                *(base, "/images/images.tar"),
                timeout=10 * MINUTE,
            )
            run(
                *("docker", "commit", "--change", f"ENTRYPOINT {_ENTRYPOINT}"),
                *("--change", "CMD []", container, self.tag),
                timeout=5 * MINUTE,
            )
        finally:
            run("docker", "rm", "--force", container)


def busybox_image(program: bytes, applets: list[str]) -> Image:
    """A base image like the official busybox: one static program under all of its names."""
    return Image(
        f"docker.io/library/{BASE_IMAGE}",
        programs={"bin/busybox": program},
        texts={
            "etc/passwd": "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
            "etc/group": "root:x:0:\nnogroup:x:65534:\n",
        },
        links={f"bin/{applet}": "busybox" for applet in applets if applet != "busybox"},
        folders={"root/": 0o700, "tmp/": 0o1777, "var/": 0o755, "home/": 0o755},
        command=("sh",),
    )


def _output_of(image: str, *command: str) -> bytes:
    """What a program of an image writes to its standard output."""
    program, *arguments = command
    result = subprocess.run(
        ("docker", "run", "--rm", "--network=none", f"--entrypoint={program}", image, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=2 * MINUTE,
        check=False,
    )
    if result.returncode != 0:
        raise LabError(
            f"«{program}» falló dentro de {image}:\n  {result.stderr.decode(errors='replace')}",
            "Repitan el comando; si vuelve a pasar, borren la carpeta del caché antes.",
        )
    return result.stdout
