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


def _node(name, ready="True"):
    return {
        "metadata": {"name": name},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }


def _workloads(coredns=2, proxies=5):
    def named(kind, name, namespace="kube-system", **rest):
        return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, **rest}

    return {
        "items": [
            named(
                "Deployment", "coredns", spec={"replicas": 2}, status={"availableReplicas": coredns}
            ),
            named(
                "Deployment",
                "local-path-provisioner",
                "local-path-storage",
                spec={"replicas": 1},
                status={"availableReplicas": 1},
            ),
            named(
                "DaemonSet",
                "kube-proxy",
                status={"desiredNumberScheduled": 5, "numberAvailable": proxies},
            ),
            named("Deployment", "mi-app", "default", spec={"replicas": 3}, status={}),
        ]
    }


def _nodes(**changed):
    return {"items": [_node(n, changed.get(n, "True")) for n in cluster.expected_nodes()]}


def test_complete_when_every_node_and_part_is_there():
    assert cluster.is_complete(_nodes(), _workloads())


def test_incomplete_with_a_node_not_ready_or_missing():
    assert not cluster.is_complete(_nodes(**{"taller-worker3": "Unknown"}), _workloads())
    assert not cluster.is_complete({"items": _nodes()["items"][1:]}, _workloads())


def test_incomplete_while_a_part_is_not_available():
    assert not cluster.is_complete(_nodes(), _workloads(coredns=1))
    assert not cluster.is_complete(_nodes(), _workloads(proxies=4))
    without_dns = {"items": _workloads()["items"][1:]}
    assert not cluster.is_complete(_nodes(), without_dns)
