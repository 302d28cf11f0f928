"""YAML without a file: what the cluster would take, and what it would not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubedoctest import manifest
from kubedoctest.cluster import Cluster
from kubedoctest.document import Block, Role

POD = """
apiVersion: v1
kind: Pod
metadata:
  name: de-prueba
spec:
  containers:
    - name: uno
      image: busybox:1.37.0
"""


def faults(code: str, cluster: Cluster | None) -> str:
    found = manifest.failure(Block(Path("p.md"), 3, "yaml", None, code, Role.MANIFEST), cluster)
    return "" if found is None else "\n".join(found.reasons)


def test_without_a_cluster_nothing_is_taken_for_valid() -> None:
    assert "no hay cluster" in faults(POD, None)


@pytest.fixture
def cluster(lab: object) -> Cluster:
    del lab
    kubeconfig = Path(os.environ["TALLER_LAB_KUBECONFIG"])
    return Cluster(kubeconfig, os.environ["TALLER_LAB_CONTEXT"])


@pytest.mark.cluster
def test_a_valid_manifest_is_taken_and_changes_nothing(cluster: Cluster) -> None:
    assert faults(POD, cluster) == ""
    pods = cluster.get("/api/v1/namespaces/default/pods")["items"]
    assert "de-prueba" not in [pod["metadata"]["name"] for pod in pods]


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("true", "lie", "said"),
    [
        ("image:", "imagen:", ".imagen: field not declared in schema"),
        ("kind: Pod", "kind: Vaina", "no conoce Vaina"),
        ("apiVersion: v1", "apiVersion: v2", "no conoce Pod de v2"),
        ("name: de-prueba", "name: De_Prueba", "Invalid value"),
        ("name: de-prueba", "name: uno\n  name: dos", "la clave «name» está dos veces"),
        ("kind: Pod\n", "", "le faltan apiVersion o kind"),
        ("spec:", "spec: [", "no es YAML válido"),
    ],
)
def test_one_slip_is_refused(cluster: Cluster, true: str, lie: str, said: str) -> None:
    assert true in POD
    assert said in faults(POD.replace(true, lie, 1), cluster)
