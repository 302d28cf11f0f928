"""Each fault of chapter 07: its check against what a learner may have left.

Untouched it fails, the solution passes, and wrong tries fail at their step. What is left is told to
a small API server, as the files of the chapter with what was changed in them: the checks only read,
and that each solution mends a real cluster is proved by the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from api_of_objects import Object, check_try
from faults import edited

from desafios import CHALLENGES

Objects = tuple[Object, ...]


def left(fault: int, *changes: tuple[str, str], ready: bool = True, **which: Any) -> Objects:
    """The objects of a fault's files as a learner has edited and applied them.

    Args:
        ready: whether the replicas of the Deployments came up.
        which: as ``faults.edited`` takes it.
    """
    objects = edited(fault, *changes, **which)
    for one in objects:
        one["status"] = {}
        if one["kind"] == "Deployment":
            count = one["spec"]["replicas"]
            up = count if ready else 0
            one["status"] = {"replicas": count, "updatedReplicas": count, "readyReplicas": up}
    return objects


def slice_of(service: str, *ready: bool, namespace: str = "default") -> Object:
    """The endpoints of a Service, and whether each is ready."""
    endpoints = [{"addresses": ["10.244.1.2"], "conditions": {"ready": one}} for one in ready]
    labels = {"kubernetes.io/service-name": service}
    metadata = {"name": f"{service}-x", "namespace": namespace, "labels": labels}
    return {"kind": "EndpointSlice", "metadata": metadata, "endpoints": endpoints or None}


def conditions(ready: bool) -> list[Object]:
    return [{"type": "Ready", "status": "True" if ready else "Unknown"}]


def node(
    name: str, labels: Mapping[str, str] | None = None, ready: bool = True, **spec: Any
) -> Object:
    metadata = {"name": name, "labels": dict(labels or {})}
    return {
        "kind": "Node",
        "metadata": metadata,
        "spec": spec,
        "status": {"conditions": conditions(ready)},
    }


def named(kind: str, name: str, **more: Any) -> Object:
    return {"kind": kind, "metadata": {"name": name}, **more}


@dataclass(frozen=True)
class Try:
    """What is there, and the beginning of the step that is missing; None: it is mended.

    Attributes:
        current, namespace: of a kubeconfig, its current context and the namespace of the course's.
        contexts: those that it has.
    """

    missing: str | None
    objects: Objects = ()
    current: str = "kind-taller"
    namespace: str = "default"
    contexts: tuple[str, ...] = ("kind-taller", "oficina")


def placed(
    nodes: Mapping[str, str], *changes: tuple[str, str], bound: bool = True, fast: str = ""
) -> Objects:
    """The four pods of 07-4, those in ``nodes`` ready where it says."""
    objects = left(4, *changes)
    for one in objects:
        where = nodes.get(one["metadata"]["name"])
        if one["kind"] == "Pod":
            one["status"] = {
                "phase": "Running" if where else "Pending",
                "conditions": conditions(bool(where)),
            }
            one["spec"]["nodeName"] = where
        else:
            one["status"] = {"phase": "Bound" if bound else "Pending"}
    plane = {"node-role.kubernetes.io/control-plane": ""}
    return (
        *objects,
        node("plano", plane),
        node("uno"),
        node("dos", {"disco": "rapido"} if fast else {}),
    )


LESS = ("cpu: 100", "cpu: 100m")
EVERYWHERE = {"glotona": "uno", "solitaria": "plano", "exigente": "dos", "memoriosa": "uno"}


def killed(objects: Objects, reason: str) -> Objects:
    """With a pod of the Deployment informe whose container ended before, for that reason."""
    status = {"name": "informe", "image": "x", "imageID": "x", "ready": True, "restartCount": 1}
    status["lastState"] = {"terminated": {"reason": reason, "exitCode": 137}}
    pod = named("Pod", "informe-1", spec={"containers": [{"name": "informe"}]})
    pod["metadata"]["labels"] = {"app": "informe"}
    pod["status"] = {"phase": "Running", "containerStatuses": [status]}
    return (*objects, pod)


MORE = ("memory: 32Mi", "memory: 256Mi")
FIT = ("cpu: 200m", "cpu: 50m")
PATH = ("/sano", "/salud")
STORE = slice_of("precios", True, namespace="deposito")
WHOLE = ("//precios/", "//precios.deposito/")
NODES = tuple(node(f"nodo-{number}") for number in range(4))
ADMIN = (
    named(
        "ClusterRole",
        "cluster-admin",
        rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    ),
    named(
        "ClusterRoleBinding",
        "de-mas",
        roleRef={
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        subjects=[{"kind": "ServiceAccount", "name": "lector", "namespace": "default"}],
    ),
)
TRAEFIK = (named("IngressClass", "traefik"), slice_of("cartelera", True))
MINE = ("ingressClassName: nginx", "ingressClassName: traefik")
OLD = left(11)
GONE_BY_FORCE = tuple(one for one in OLD if one["kind"] != "Namespace")
for _one in OLD:
    _one["status"] = {"phase": "Terminating"}

TRIES: dict[str, tuple[Try, ...]] = {
    "07-1": (
        Try("pide la versión", left(1, ready=False)),
        Try("pide la versión", left(1, ("v0.1.O", "v0.2.0"))),
        Try("su réplica", left(1, ("v0.1.O", "v0.1.0"), ready=False)),
        Try("su réplica", left(1, ("v0.1.O", "v0.1.0"), ("replicas: 1", "replicas: 0"))),
        Try("existe"),
        Try(None, left(1, ("v0.1.O", "v0.1.0"))),
        Try(
            None,
            left(1, ("fedek3/workshop-uns:v0.1.O", "localhost:5001/fedek3/workshop-uns:v0.1.0")),
        ),
    ),
    "07-2": (
        Try("la variable VERSION", left(2, ready=False)),
        Try("arranca con", left(2, ("env:", "command: [sleep, infinity]\n          env:"))),
        Try("la variable VERSION", left(2, ('""', '"v9"'))),
        Try("su réplica", left(2, ('""', "v0.1.0"), ready=False)),
        Try(None, left(2, ('""', "v0.1.0"))),
        Try(None, left(2, ("name: VERSION", "name: OTRA"))),
    ),
    "07-3": (
        Try("ese ConfigMap existe", left(3, ready=False)),
        Try("AVISO sigue", left(3, ("name: AVISO", "name: OTRO"))),
        Try(
            "ese ConfigMap existe",
            left(3, ("name: aviso\n", "name: avisos\n"), ("key: aviso", "key: otro")),
        ),
        Try("su réplica", left(3, ("name: aviso\n", "name: avisos\n"), ready=False)),
        Try(None, left(3, ("name: aviso\n", "name: avisos\n"))),
        Try(None, left(3, ("name: avisos\n", "name: aviso\n"))),
    ),
    "07-4": (
        Try("glotona", placed({})),
        Try("glotona", placed(EVERYWHERE, ("cpu: 100", "cpu: 1"), fast="dos")),
        Try("solitaria", placed({**EVERYWHERE, "solitaria": "uno"}, LESS, fast="dos")),
        Try("exigente", placed({**EVERYWHERE, "exigente": "uno"}, LESS, fast="dos")),
        Try("memoriosa", placed({**EVERYWHERE, "memoriosa": ""}, LESS, bound=False, fast="dos")),
        Try(
            "memoriosa",
            placed(EVERYWHERE, LESS, ("claimName: memorias", "claimName: otras"), fast="dos"),
        ),
        Try(None, placed(EVERYWHERE, LESS, fast="dos")),
    ),
    "07-5": (
        Try("su réplica", left(5, ready=False)),
        Try("tiene un límite", left(5, ("limits:\n              memory: 32Mi", "requests: {}"))),
        Try("tiene un límite", left(5, ("32Mi", "8Gi"))),
        Try("a ninguno", killed(left(5), "OOMKilled")),
        Try(None, killed(left(5, MORE), "Completed")),
    ),
    "07-6": (
        Try("las tres juntas", left(6, ready=False)),
        Try("el namespace equipo", left(6, ("500m", "5"))),
        Try("el Deployment tienda", left(6, ("replicas: 3", "replicas: 2"))),
        Try("las tres juntas", left(6, ("requests:", "limits:"))),
        Try("las tres están", left(6, ("200m", "100m"), ready=False)),
        Try(None, left(6, FIT)),
    ),
    "07-7": (
        Try("que pregunta", left(7, ready=False)),
        Try("conserva", left(7, ("readinessProbe", "livenessProbe"))),
        Try("que pregunta", left(7, PATH, ("8080", "80"), ready=False)),
        Try("su réplica", left(7, PATH, ready=False)),
        Try("que pregunta", left(7, ("httpGet:\n              path: /sano\n", "tcpSocket:\n"))),
        Try(None, left(7, PATH)),
    ),
    "07-8": (
        Try("su selector", (*left(8), slice_of("vidriera"))),
        Try(
            "el Service vidriera", (*left(8, ("port: 80\n", "port: 8080\n")), slice_of("vidriera"))
        ),
        Try("existe", left(8, without=("Deployment",))),
        Try(
            "tiene 2", (*left(8, ("    version: v0.1.0\n", "")), slice_of("vidriera", True, False))
        ),
        Try(None, (*left(8, ("    version: v0.1.0\n", "")), slice_of("vidriera", True, True))),
    ),
    "07-9": (
        Try("les pasa", (*left(9), slice_of("caja", True))),
        Try("el Service caja", (*left(9, ("port: 80\n", "port: 8080\n")), slice_of("caja", True))),
        Try(
            "su selector",
            (*left(9, ("selector:\n    app: caja", "selector:\n    app: cajas")), slice_of("caja")),
        ),
        Try(
            "tiene un endpoint",
            (*left(9, ("targetPort: 80", "targetPort: 8080")), slice_of("caja", False)),
        ),
        Try(None, (*left(9, ("targetPort: 80", "targetPort: 8080")), slice_of("caja", True))),
    ),
    "07-10": (
        Try("le pregunta", (*left(10), STORE)),
        Try("el Service precios", left(10, WHOLE)),
        Try("le pregunta", (*left(10, ("//precios/", "//10.96.1.2/")), STORE)),
        Try("está listo", (*left(10, WHOLE, ("readinessProbe", "startupProbe")), STORE)),
        Try("su réplica", (*left(10, WHOLE, ready=False), STORE)),
        Try(None, (*left(10, WHOLE), STORE)),
        Try(None, (*left(10, ("//precios/", "//precios.deposito.svc.cluster.local:80/")), STORE)),
    ),
    "07-11": (
        Try("el namespace viejo", OLD),
        Try("el namespace viejo", OLD[:1]),
        Try(
            "el namespace viejo",
            left(11, ("  finalizers:\n    - ejemplo.com/copia-de-seguridad\n", "")),
        ),
        Try("y no dejó", GONE_BY_FORCE),
        Try(None, (named("Namespace", "default", status={"phase": "Active"}),)),
    ),
    "07-12": (
        Try("todos están", (*left(12, ready=False), *NODES, node("ido", ready=False))),
        Try("los cinco", (*left(12), *NODES)),
        Try("ninguno quedó", (*left(12), *NODES, node("ido", unschedulable=True))),
        Try("su réplica", (*left(12, ready=False), *NODES, node("vuelto"))),
        Try(None, (*left(12), *NODES, node("vuelto"))),
    ),
    "07-13": (
        Try("puede listar", left(13)),
        Try(
            "puede listar", left(13, ("[pod]", "[pods]"), ("namespace: default", "namespace: otro"))
        ),
        Try("puede listar", left(13, ("[pod]", "[pods]"), without=("Role",))),
        Try("y nada más", (*left(13), *ADMIN)),
        Try("existe", left(13, ("[pod]", "[pods]"), without=("ServiceAccount",))),
        Try(None, left(13, ("[pod]", "[pods]"))),
    ),
    "07-14": (
        Try("su clase", (*left(14), *TRAEFIK)),
        Try(
            "el Ingress cartelera",
            (*left(14, MINE, ("host: cartelera.", "host: cartel.")), *TRAEFIK),
        ),
        Try("manda los pedidos", (*left(14, MINE, ("number: 80", "number: 8080")), *TRAEFIK)),
        Try("su clase", (*left(14, ("  ingressClassName: nginx\n", "")), *TRAEFIK)),
        Try("tiene un endpoint", (*left(14, MINE), TRAEFIK[0], slice_of("cartelera"))),
        Try(None, (*left(14, MINE), *TRAEFIK)),
    ),
    "07-15": (
        Try("el contexto actual", current="oficina"),
        Try("el contexto oficina", contexts=("kind-taller",)),
        Try("su namespace", namespace="kube-public"),
        Try("el contexto actual", current="otro", contexts=("kind-taller", "oficina", "otro")),
        Try(None),
    ),
}


FAULTS_OF_07 = [one for one in CHALLENGES if one.number.startswith("07-")]


@pytest.mark.parametrize("challenge", FAULTS_OF_07, ids=lambda one: one.number)
def test_untouched_and_wrong_tries_fail_at_their_step_and_the_solution_passes(
    challenge: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = TRIES[challenge.number]
    assert len(tries) >= 5, "untouched, three wrong tries, and the solution"
    assert tries[0].missing
    assert tries[-1].missing is None
    kubeconfig = tmp_path / "config"
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig)
    )
    for one in tries:
        entries = [
            {"name": name, "context": {"cluster": "c", "user": "u", "namespace": one.namespace}}
            for name in one.contexts
        ]
        config = {
            "contexts": entries,
            "clusters": [{"name": "c", "cluster": {}}],
            "users": [{"name": "u", "user": {}}],
            "current-context": one.current,
        }
        kubeconfig.write_text(yaml.safe_dump(config))
        check_try(challenge, one.objects, one.missing)


def test_every_fault_has_its_tries() -> None:
    assert [one.number for one in FAULTS_OF_07] == list(TRIES)[: len(FAULTS_OF_07)]
