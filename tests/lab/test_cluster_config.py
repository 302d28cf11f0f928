import socket
from datetime import UTC, datetime

import yaml

from lab import cluster


def test_readers_configuration_is_one_control_plane_and_four_workers():
    config = yaml.safe_load(cluster.CONFIG.read_text())
    assert config["name"] == "taller"
    assert [node["role"] for node in config["nodes"]] == ["control-plane"] + ["worker"] * 4
    assert cluster.expected_nodes() == (
        "taller-control-plane",
        "taller-worker",
        "taller-worker2",
        "taller-worker3",
        "taller-worker4",
    )


def test_effective_configuration_is_the_readers_on_cgroup_v2():
    readers = cluster.CONFIG.read_text()
    assert yaml.safe_load(cluster.effective_config(readers, False)) == yaml.safe_load(readers)


def test_effective_configuration_allows_cgroup_v1_and_keeps_the_readers_patches():
    readers = cluster.CONFIG.read_text() + "kubeadmConfigPatches: ['kind: ClusterConfiguration']\n"
    config = yaml.safe_load(cluster.effective_config(readers, True))
    assert config["nodes"] == yaml.safe_load(readers)["nodes"]
    first, added = [yaml.safe_load(patch) for patch in config["kubeadmConfigPatches"]]
    assert first == {"kind": "ClusterConfiguration"}
    assert added == {"kind": "KubeletConfiguration", "failCgroupV1": False}


def test_port_that_another_program_has():
    readers = cluster.CONFIG.read_text()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        config = readers.replace("hostPort: 8080", f"hostPort: {port}")
        assert port in cluster.taken_ports(config)
    assert port not in cluster.taken_ports(config)


STARTED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def _node(name, ready="True"):
    return {
        "metadata": {"name": name},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def _named(kind, name, namespace="kube-system", **rest):
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, **rest}


def _workloads(coredns=2, proxies=5):
    one = {"spec": {"replicas": 1}, "status": {"availableReplicas": 1}}
    return [
        _named(
            "Deployment", "coredns", spec={"replicas": 2}, status={"availableReplicas": coredns}
        ),
        _named("Deployment", "local-path-provisioner", "local-path-storage", **one),
        _named(
            "DaemonSet",
            "kube-proxy",
            status={"desiredNumberScheduled": 5, "numberAvailable": proxies},
        ),
        _named("Deployment", "mi-app", "default", spec={"replicas": 3}, status={}),
    ]


def _pod(node, started="2026-03-01T12:00:05Z", namespace="kube-system"):
    running = [{"state": {"running": {"startedAt": started}}}]
    return _named(
        "Pod", "p", namespace, spec={"nodeName": node}, status={"containerStatuses": running}
    )


def _seen(**changed):
    names = cluster.expected_nodes()
    whole = {
        "started": dict.fromkeys(names, STARTED),
        "nodes": [_node(name) for name in names],
        "workloads": _workloads(),
        "pods": [_pod(name) for name in names],
    }
    return cluster.Seen(**(whole | changed))


def test_complete_when_every_node_and_part_is_there():
    assert cluster.is_complete(_seen())


def test_incomplete_with_a_node_not_ready_or_missing():
    nodes = _seen().nodes
    assert not cluster.is_complete(_seen(nodes=[_node("taller-worker3", "Unknown"), *nodes[:-1]]))
    assert not cluster.is_complete(_seen(nodes=nodes[1:]))


def test_incomplete_while_a_part_is_not_available():
    assert not cluster.is_complete(_seen(workloads=_workloads(coredns=1)))
    assert not cluster.is_complete(_seen(workloads=_workloads(proxies=4)))
    assert not cluster.is_complete(_seen(workloads=_workloads()[1:]))


def test_what_the_server_remembers_from_before_a_restart_does_not_count():
    stale = _pod("taller-worker", started="2026-03-01T11:59:00Z")
    assert not cluster.is_complete(_seen(pods=[stale]))
    waiting = _pod("taller-worker")
    waiting["status"]["containerStatuses"] = [{"state": {"waiting": {}}}]
    assert not cluster.is_complete(_seen(pods=[waiting]))
    assert not cluster.is_complete(_seen(started={}))


def test_pods_of_others_do_not_matter():
    stale = _pod("taller-worker", started="2026-03-01T11:59:00Z", namespace="default")
    assert cluster.is_complete(_seen(pods=[stale]))
