"""The kind cluster: made, watched until it is ready, repaired, removed."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from lab import network
from lab.command import MINUTE, CommandFailed, run, succeeds
from lab.error import LabError
from lab.waiting import wait_for

NAME = "taller"
CONTEXT = f"kind-{NAME}"
CONFIG = Path(__file__).parents[2] / "extras" / "03-kubernetes" / "cluster.yaml"
MARKER = "taller-lab"
_SYSTEM = ("kube-system", "local-path-storage")
_READY_LIMIT = 4 * MINUTE
_REPAIR_LIMIT = 2 * MINUTE


def effective_config(readers: str, cgroup_v1: bool) -> str:
    """The readers' kind configuration with what this host needs besides.

    The kubelet refuses cgroup v1 since 1.35 unless told otherwise.
    """
    config: dict[str, Any] = yaml.safe_load(readers)
    if cgroup_v1:
        kubelet = {"kind": "KubeletConfiguration", "failCgroupV1": False}
        patches = config.setdefault("kubeadmConfigPatches", [])
        patches.append(yaml.safe_dump(kubelet))
    return yaml.safe_dump(config, sort_keys=False)


def is_cgroup_v1() -> bool:
    """Whether this host mounts the first version of control groups."""
    return not Path("/sys/fs/cgroup/cgroup.controllers").exists()


def expected_nodes() -> tuple[str, ...]:
    """Names that kind gives to the nodes of the readers' configuration."""
    roles = [node["role"] for node in yaml.safe_load(CONFIG.read_text())["nodes"]]
    names = []
    for role in dict.fromkeys(roles):
        for number in range(1, roles.count(role) + 1):
            names.append(f"{NAME}-{role}{number if number > 1 else ''}")
    return tuple(names)


@dataclass(frozen=True)
class Cluster:
    """The lab's kind cluster, reached by the lab's own kubeconfig."""

    kind: Path
    kubectl: Path
    kubeconfig: Path
    mode: str

    def _kind_environment(self) -> dict[str, str]:
        own = self.mode == "hermetico"
        return {"KIND_EXPERIMENTAL_DOCKER_NETWORK": network.NAME} if own else {}

    def ask(self, *arguments: str, stdin: str | None = None) -> str:
        """kubectl on this cluster."""
        reach = ("--kubeconfig", self.kubeconfig, "--context", CONTEXT)
        return run(self.kubectl, *reach, "--request-timeout=20s", *arguments, stdin=stdin)

    def create(self, image: str, config: Path) -> None:
        """Makes the cluster; what is left of a try that failed is removed."""
        try:
            run(
                *(self.kind, "create", "cluster", "--name", NAME, "--config", config),
                *("--kubeconfig", self.kubeconfig, "--image", image),
                env=self._kind_environment(),
                timeout=15 * MINUTE,
            )
        except BaseException:
            self.delete()
            raise

    def delete(self) -> None:
        """Removes the nodes, with their volumes."""
        run(
            *(self.kind, "delete", "cluster", "--name", NAME, "--kubeconfig", self.kubeconfig),
            env=self._kind_environment(),
            timeout=5 * MINUTE,
        )

    def is_ready(self) -> bool:
        """Whether the nodes are Ready and DNS, proxy and default service account are there."""
        try:
            seen = Seen(
                started_containers(),
                json.loads(self.ask("get", "nodes", "--output=json"))["items"],
                json.loads(
                    self.ask("get", "deployments,daemonsets", "--all-namespaces", "--output=json")
                )["items"],
                json.loads(self.ask("get", "pods", "--all-namespaces", "--output=json"))["items"],
            )
            return is_complete(seen) and bool(self.ask("get", "serviceaccount", "default"))
        except (CommandFailed, ValueError):
            return False

    def wait_until_ready(self, seconds: float = _READY_LIMIT) -> bool:
        """Waits for :meth:`is_ready`."""
        return wait_for(self.is_ready, seconds, every=0.5)

    def mark(self) -> None:
        """Leaves the marker by which the guard knows a cluster of the lab."""
        marker = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": MARKER, "namespace": "kube-system"},
            "data": {"modo": self.mode},
        }
        self.ask("apply", "--filename=-", stdin=json.dumps(marker))


@dataclass(frozen=True)
class Seen:
    """A look at the cluster: when each node's container started, and the API server's objects."""

    started: dict[str, datetime]
    nodes: list[dict[str, Any]]
    workloads: list[dict[str, Any]]
    pods: list[dict[str, Any]]


def is_complete(seen: Seen) -> bool:
    """Whether every expected node is Ready and every part of the cluster has all its pods.

    The API server goes on showing what it knew of a node that went down. So a pod counts only if
    its containers started after the node's own container did.
    """
    ready = {
        node["metadata"]["name"]
        for node in seen.nodes
        for condition in node["status"].get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] == "True"
    }
    parts = [item for item in seen.workloads if item["metadata"]["namespace"] in _SYSTEM]
    pods = [
        item
        for item in seen.pods
        if item["metadata"]["namespace"] in _SYSTEM and item["status"].get("phase") != "Succeeded"
    ]
    names = {item["metadata"]["name"] for item in parts}
    return (
        ready >= set(expected_nodes())
        and names >= {"coredns", "kube-proxy", "local-path-provisioner"}
        and all(_is_available(part) for part in parts)
        and all(_runs_since(pod, seen.started) for pod in pods)
    )


def _runs_since(pod: dict[str, Any], started: dict[str, datetime]) -> bool:
    node = started.get(pod["spec"].get("nodeName", ""))
    if node is None:
        return False
    states = [status["state"] for status in pod["status"].get("containerStatuses", ())]
    return bool(states) and all(
        "running" in state and datetime.fromisoformat(state["running"]["startedAt"]) >= node
        for state in states
    )


def _is_available(workload: dict[str, Any]) -> bool:
    status = workload["status"]
    if workload["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        return bool(wanted > 0 and status.get("numberAvailable", 0) == wanted)
    wanted = workload["spec"]["replicas"]
    return bool(status.get("availableReplicas", 0) >= wanted)


@dataclass(frozen=True)
class NodeContainers:
    """The nodes as the Docker engine sees them."""

    running: frozenset[str]
    stopped: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Every node's container, in whatever state."""
        return self.running | self.stopped


def node_containers() -> NodeContainers:
    """Asks the engine for the cluster's containers."""
    label = f"label=io.x-k8s.kind.cluster={NAME}"
    layout = "{{.Names}} {{.State}}"
    listed = run("docker", "ps", "--all", "--filter", label, "--format", layout)
    states = dict(line.split() for line in listed.splitlines())
    running = frozenset(name for name, state in states.items() if state == "running")
    return NodeContainers(running, frozenset(states) - running)


def started_containers() -> dict[str, datetime]:
    """When each running node's container started, in whole seconds as Kubernetes tells time."""
    names = sorted(node_containers().running)
    if not names:
        return {}
    layout = "{{.Name}} {{.State.StartedAt}}"
    listed = run("docker", "container", "inspect", "--format", layout, *names)
    pairs = (line.lstrip("/").split() for line in listed.splitlines())
    return {name: datetime.fromisoformat(f"{time[:19]}+00:00") for name, time in pairs}


def _images(containers: NodeContainers) -> set[str]:
    names = sorted(containers.all)
    return set(run("docker", "container", "inspect", "--format={{.Config.Image}}", *names).split())


def forget_image(name: str) -> None:
    """Makes the nodes fetch an image anew: they keep a tag that they have, whatever it was.

    Args:
        name: in full, registry included.
    """
    for node in expected_nodes():
        succeeds("docker", "exec", node, "ctr", "--namespace", "k8s.io", "images", "rm", name)


def taken_ports(config: str) -> tuple[int, ...]:
    """Ports of this host that the configuration wants and another program has."""
    wanted = [
        (mapping.get("listenAddress", "0.0.0.0"), mapping["hostPort"])  # noqa: S104 - kind's own
        for node in yaml.safe_load(config)["nodes"]
        for mapping in node.get("extraPortMappings", ())
    ]
    return tuple(port for address, port in wanted if not _is_free(address, port))


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError:
            return False
    return True


def start_stopped(containers: NodeContainers) -> None:
    """Starts the nodes that stopped, the control plane first."""
    for name in sorted(containers.stopped, key=lambda name: "control-plane" not in name):
        succeeds("docker", "start", name)


def repair(cluster: Cluster, image: str) -> bool:
    """Brings a cluster that is there back to ready; False if it must be made again."""
    containers = node_containers()
    if containers.all != frozenset(expected_nodes()) or _images(containers) != {image}:
        return False
    if not containers.stopped and cluster.is_ready():
        return True
    start_stopped(containers)
    try:
        run(
            *(cluster.kind, "export", "kubeconfig", "--name", NAME),
            *("--kubeconfig", cluster.kubeconfig),
        )
    except LabError:
        return False
    return cluster.wait_until_ready(_REPAIR_LIMIT)
