"""YAML without a file: what the cluster would take, and what it would not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kubedoctest.cluster.api import ApiError, Cluster, Request
from kubedoctest.page.document import Block, Directives, Role
from kubedoctest.run import manifest
from kubedoctest.verdicts.outcome import Failure

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
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: propio\n---"
KIND = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n  - role: worker\n"


class StandIn(Cluster):
    """A cluster that serves pods, and refuses what it is told to refuse."""

    def __init__(self, refusal: str = "", as_new: str = "") -> None:
        self.refusal = refusal
        self.as_new = as_new
        self.asked: list[str] = []

    def ask(self, request: Request) -> dict[str, Any]:
        if request.method == "GET":
            kinds = [
                ("pods", "Pod", True),
                ("pods/log", "Pod", True),
                ("namespaces", "Namespace", False),
            ]
            if request.path != "/api/v1":
                raise ApiError(404, "the server could not find the requested resource")
            return {
                "resources": [
                    {"name": name, "kind": kind, "namespaced": within, "verbs": ["get"]}
                    for name, kind, within in kinds
                ]
            }
        params = request.params or {}
        assert (params["dryRun"], params["fieldValidation"]) == ("All", "Strict")
        self.asked.append(f"{request.method} {request.path}")
        if request.method == "POST" and self.as_new:
            raise ApiError(409, self.as_new)
        if self.refusal:
            raise ApiError(422, self.refusal)
        return {}


def judged(
    code: str,
    cluster: Cluster | None,
    refused: str | None = None,
    applied: dict[str, str] | None = None,
) -> Failure | None:
    given = Directives(refused=refused)
    block = Block(Path("p.md"), 3, "yaml", None, code, Role.MANIFEST, given)
    return manifest.failure(block, cluster, applied)


def faults(code: str, cluster: Cluster | None) -> str:
    found = judged(code, cluster)
    return "" if found is None else "\n".join(found.reasons)


def test_without_a_cluster_nothing_is_taken_for_valid() -> None:
    assert "no hay cluster" in faults(POD, None)


def test_every_document_is_tried() -> None:
    cluster = StandIn()
    assert faults(f"{POD}---\n{POD.replace('de-prueba', 'otro')}---\n", cluster) == ""
    pods = "PATCH /api/v1/namespaces/default/pods"
    assert cluster.asked == [f"{pods}/de-prueba", f"{pods}/otro"]


def test_a_generated_name_is_left_to_the_server() -> None:
    cluster = StandIn()
    assert faults(POD.replace("name: de", "generateName: de", 1), cluster) == ""
    assert cluster.asked == ["POST /api/v1/namespaces/default/pods"]
    assert "falta metadata.name" in faults(POD.replace("name: de", "nombre: de", 1), cluster)


def test_object_that_cannot_be_changed_so_is_tried_as_a_new_one() -> None:
    immutable = 'Pod "de-prueba" is invalid: spec: Forbidden: pod updates may not change fields'
    taken = 'pods "de-prueba" already exists'
    cluster = StandIn(immutable, as_new=taken)
    assert faults(POD, cluster) == ""
    pods = "/api/v1/namespaces/default/pods"
    assert cluster.asked == [f"PATCH {pods}/de-prueba", f"POST {pods}"]
    invalid = 'Pod "de-prueba" is invalid: spec.containers[0].image: Required value'
    assert immutable in faults(POD, StandIn(immutable, as_new=invalid))


def test_a_namespace_of_the_same_fence_need_not_exist() -> None:
    inside = POD.replace("  name:", "  namespace: propio\n  name:", 1)
    cluster = StandIn()
    assert faults(NAMESPACE + inside, cluster) == ""
    assert cluster.asked[1:] == ["PATCH /api/v1/namespaces/default/pods/de-prueba"]
    found = judged(inside, StandIn('namespaces "propio" not found'))
    assert found is not None
    assert "créenlo antes" in found.reasons[0]
    assert found.place == "p.md:8"


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("failed: .spec.containers[0].imagen: field not declared in schema", 11),
        ('failed: .spec.containers[name="uno"].image: not declared', 12),
        ('failed: .spec.containers[name="otro"].image: not declared', 10),
        ('strict decoding error: unknown field "spec.containers[0].image"', 12),
        ('Pod "x" is invalid: spec.containers[0].name: Invalid value: "U"', 11),
        ('Pod "x" is invalid: metadata.name: Invalid value: "U"', 8),
        ("something else", 5),
    ],
)
def test_a_refusal_is_shown_on_the_line_of_its_field(message: str, line: int) -> None:
    found = judged(POD, StandIn(message))
    assert found is not None
    assert found.place == f"p.md:{line}"
    assert message in found.reasons[0]


@pytest.mark.parametrize(
    ("true", "lie", "said", "line"),
    [
        ("name: de-prueba", "name: uno\n  name: dos", "la clave «name» está dos veces", 9),
        ("spec:", "spec: [", "no es YAML válido", 11),
        ("kind: Pod\n", "", "le faltan apiVersion o kind", 5),
        ("kind: Pod", "kind: Vaina", 'no matches for kind "Vaina" in version "v1"', 6),
        ("apiVersion: v1", "apiVersion: a.b/v1", "lo trae un CRD", 6),
        ("apiVersion: v1", "apiVersion: kustomize.config.k8s.io/v1beta1", "kubectl kustomize", 5),
        ("kind: Pod", "kind: List", "muestren cada objeto aparte", 6),
    ],
)
def test_one_slip_is_shown_on_its_line(true: str, lie: str, said: str, line: int) -> None:
    assert true in POD
    found = judged(POD.replace(true, lie, 1), StandIn())
    assert found is not None
    assert said in found.reasons[0]
    assert found.place == f"p.md:{line}"


def test_a_manifest_that_is_wrong_on_purpose_is_refused_in_those_words() -> None:
    said = "spec.containers: Required value"
    assert judged(POD, StandIn(f"Pod is invalid: {said}"), said) is None
    other = judged(POD, StandIn("metadata.name: Required value"), said)
    assert other is not None
    assert other.reasons[0].endswith("y contesta otra cosa:")
    assert "metadata.name: Required value" in other.reasons[1]
    taken = judged(POD, StandIn(), said)
    assert taken is not None
    assert taken.reasons[0].endswith("y el cluster lo acepta")


@pytest.mark.parametrize(
    ("true", "lie", "said", "line"),
    [
        ("role: worker", "role: obrero", "no conoce el rol `obrero`", 7),
        ("role: worker", "rol: worker", "no conoce la clave `rol` (en `nodes[0].rol`)", 7),
        ("- role: worker", "- worker", "tendría que tener claves", 7),
        ("nodes:", "nodos:", "no conoce la clave `nodos`", 6),
        ("kind: Cluster", "kind: Racimo", "kind no conoce Racimo", 4),
    ],
)
def test_kinds_own_files_go_by_its_keys(true: str, lie: str, said: str, line: int) -> None:
    cluster = StandIn("not for you")
    assert faults(KIND, cluster) == ""
    assert cluster.asked == []
    found = judged(KIND.replace(true, lie, 1), cluster)
    assert found is not None
    assert said in found.reasons[0]
    assert found.place == f"p.md:{line}"


def test_the_projects_own_cluster_file_is_kinds() -> None:
    root = Path(__file__).resolve().parents[3]
    assert faults((root / "extras/03-kubernetes/cluster.yaml").read_text(), StandIn()) == ""


def test_a_key_may_replace_one_that_is_merged() -> None:
    code = "a: &base {x: 1, y: 2}\nb:\n  <<: *base\n  x: 3\n"
    (document,) = manifest.read_yaml(code)
    assert document.value["b"] == {"x": 3, "y": 2}
    with pytest.raises(manifest.YamlFault, match="«x» está dos veces") as fault:
        manifest.read_yaml(code + "  x: 4\n")
    assert fault.value.line == 4


def test_a_key_that_cannot_be_one_is_a_fault_too() -> None:
    with pytest.raises(manifest.YamlFault, match="no es YAML válido"):
        manifest.read_yaml("? [a, b]\n: c\n")


@pytest.fixture
def cluster(lab: object) -> Cluster:
    del lab
    kubeconfig = Path(os.environ["TALLER_LAB_KUBECONFIG"])
    return Cluster(kubeconfig, os.environ["TALLER_LAB_CONTEXT"])


@pytest.mark.cluster
@pytest.mark.parametrize(
    "code",
    [
        POD,
        POD.replace("name: de", "generateName: de", 1),
        NAMESPACE + POD.replace("  name:", "  namespace: propio\n  name:", 1),
        # not the preferred version of its kind
        "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: de-prueba}\n"
        "spec: {maxReplicas: 2, scaleTargetRef: {kind: Deployment, name: x, apiVersion: apps/v1}}",
    ],
)
def test_a_valid_manifest_is_taken_and_changes_nothing(cluster: Cluster, code: str) -> None:
    assert faults(code, cluster) == ""
    pods = cluster.get("/api/v1/pods")["items"]
    assert "de-prueba" not in [pod["metadata"]["name"] for pod in pods]
    namespaces = cluster.get("/api/v1/namespaces")["items"]
    assert "propio" not in [namespace["metadata"]["name"] for namespace in namespaces]


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("true", "lie", "said", "line"),
    [
        ("image:", "imagen:", ".imagen: field not declared in schema", 12),
        ("kind: Pod", "kind: Vaina", "no conoce Vaina", 6),
        ("apiVersion: v1", "apiVersion: v2", "no conoce Pod de v2", 6),
        ("name: de-prueba", "name: De_Prueba", "Invalid value", 8),
        ("spec:", "spec:\n  restartPolicy: Nunca", "Unsupported value", 10),
        ("  name:", "  namespace: nada\n  name:", "«nada» no existe en este punto", 8),
        ("name: de-prueba", "name: uno\n  name: dos", "la clave «name» está dos veces", 9),
    ],
)
def test_one_slip_is_refused(cluster: Cluster, true: str, lie: str, said: str, line: int) -> None:
    assert true in POD
    found = judged(POD.replace(true, lie, 1), cluster)
    assert found is not None
    assert said in found.reasons[0]
    assert found.place.startswith("p.md:")
    assert found.place == f"p.md:{line}"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("", "", None),
        ("app: web", "app: otra", 9),
        ("image: app:v1", "image: app:v2", 15),
        ("  name: web\n", "  name: otra\n", None),  # another object
        ("    app: web\n", "    app: web\n    tier: front\n", 10),
    ],
)
def test_object_that_an_applied_file_declares_is_shown_as_it_is_there(
    old: str, new: str, line: int | None
) -> None:
    code = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: web
spec:
  containers:
    - env:
        - {name: A, value: b}
      name: c
      image: app:v1
"""
    files = {"extras/a.yaml": f"# otro\n---\n{code}", "extras/b.txt": "no: [es"}
    found = judged(code.replace(old, new, 1) if old else code, StandIn(), applied=files)
    assert (found and found.place) == (None if line is None else f"p.md:{line}")
    assert found is None or "extras/a.yaml" in found.reasons[0]
