"""Each task on the cluster: it fails untouched, passes once solved, and three wrong tries fail.

A try is what a learner may have left in the cluster; what the check must find missing is named by
the beginning of the step. Every try has a namespace of its own, so that they run side by side.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from faults import edited
from kubernetes import client, config

from desafios import CHALLENGES as ALL
from desafios import Challenge, Cluster, State, look
from desafios.challenge import Report
from kubedoctest.cluster.api import Cluster as Api
from kubedoctest.cluster.api import Request
from kubedoctest.testing import Harness
from lab.waiting import wait_for

if TYPE_CHECKING:
    from conftest import LabUnderTest

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).resolve().parents[2]
APP = "fedek3/workshop-uns"
LIMIT = 300
"""Seconds that a try may take to be as it must: images are pulled, pods start."""
ROOMS = "/api/v1/namespaces"
"""By the API: a kubectl for each would take longer than what it asks for."""


def pod(name: str, version: str = "v0.2.0", **spec: Any) -> dict[str, Any]:
    """A pod of the app with the labels of task 03-1."""
    container = {"name": name, "image": f"{APP}:{version}"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"run": name, "nivel": "frontend"}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **spec},
    }


def controller(kind: str, name: str, **changes: Any) -> dict[str, Any]:
    """A controller of the app's pods.

    Args:
        changes: ``replicas``, ``version``, ``labels`` of the pods, and keys of the pods' ``spec``
            or, with ``resources``, of their container.
    """
    labels = {"app": name, **changes.pop("labels", {})}
    container: dict[str, Any] = {
        "name": "app",
        "image": f"{APP}:{changes.pop('version', 'v0.1.0')}",
    }
    if "resources" in changes:
        container["resources"] = changes.pop("resources")
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": name}}}
    if "replicas" in changes:
        spec["replicas"] = changes.pop("replicas")
    pod_spec = {"containers": [container], "terminationGracePeriodSeconds": 1, **changes}
    spec["template"] = {"metadata": {"labels": labels}, "spec": pod_spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def service(name: str, selector: dict[str, str], target: int | str = 8080) -> dict[str, Any]:
    """A Service on port 80."""
    ports = [{"port": 80, "targetPort": target}]
    metadata = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
    return {**metadata, "spec": {"selector": selector, "ports": ports}}


def resources(cpu: str, memory: str, most: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": most}}


def budget(name: str, **least: int) -> dict[str, Any]:
    """A PodDisruptionBudget for a controller's pods."""
    metadata = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
    }
    return {**metadata, "spec": {"selector": {"matchLabels": {"app": name}}, **least}}


def ours(count: int) -> list[dict[str, Any]]:
    """Pods as a controller of one's own makes them."""
    metadata = {"generateName": "mi-replica-", "labels": {"app": "mi-replica"}}
    return [{**pod("mi-replica"), "metadata": metadata} for _ in range(count)]


def by_hand(name: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"app": "mi-replica"}}
    return {**pod("mi-replica"), "metadata": metadata}


def manifests(file: str) -> tuple[dict[str, Any], ...]:
    """A file's objects; their pods end at once."""
    found = tuple(yaml.safe_load_all((ROOT / "extras" / file).read_text(encoding="utf-8")))
    for one in found:
        if one["kind"] == "Pod":
            one["spec"]["terminationGracePeriodSeconds"] = 1
    return found


BROKEN_SHOP = manifests("03-kubernetes/desafio-2/tienda.yaml")
SHOP_POD = BROKEN_SHOP[0]
DEPLOY = "mi-deploy"
SHARED = {"reparto": "si"}


@dataclass(frozen=True)
class Try:
    """What a learner left, and the beginning of the step that is missing; None: it is solved.

    Attributes:
        objects: applied, or created where they have no name of their own.
        then: kubectl's words after that, one command each.
        disks: how many nodes carry the label of task 04-1.
    """

    missing: str | None
    objects: tuple[dict[str, Any], ...] = ()
    then: tuple[str, ...] = ()
    disks: int = 0


FAST = {"nodeSelector": {"disco": "rapido"}}
BEYOND = frozenset(
    {"04-7", "05-1", "05-3", "05-5", "07-4", "07-6", "07-10", "07-11", "07-12", "07-15"}
)
"""Those that need more than a namespace of their own: kinds, nodes, other namespaces, a kubeconfig,
metrics. They are tried without a cluster, in their chapters' tests: their pages prove the rest."""
CHALLENGES = tuple(one for one in ALL if not one.on_engine and one.number not in BEYOND)
NONE = ("replicas: 1", "replicas: 0")
CLASS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "traefik"},
    "spec": {"controller": "traefik.io/ingress-controller"},
}
ROUTED = ("ingressClassName: nginx", "ingressClassName: traefik")


def reader(number: int, *changes: tuple[str, str]) -> tuple[dict[str, Any], ...]:
    """The objects of fault 13, bound to the account of the namespace of that try."""
    return edited(13, ("namespace: default", f"namespace: desafio-07-13-{number}"), *changes)


AMOUNTS = {"cpu": "100m", "memory": "32Mi"}
EXACTLY = {"requests": AMOUNTS, "limits": AMOUNTS}
PAIR = controller("Deployment", "portera", replicas=2)
TILLS = manifests("06-observabilidad/desafio-1/cajas.yaml")
WATCHED_SHOP = manifests("06-observabilidad/desafio-2/tienda.yaml")
PROMETHEUS = controller("Deployment", "prometheus", replicas=1)
"""What stands for it: the check asks only whether its pod is ready."""
ASKS = "prometheus.io/scrape=true"
ON_TEMPLATE = (
    "patch deployment tienda --patch"
    ' {"spec":{"template":{"metadata":{"annotations":{"prometheus.io/scrape":"true"}}}}}'
)
TRIES: dict[str, tuple[Try, ...]] = {
    "03-1": (
        Try("existe el pod"),
        Try("corre la versión v0.2.0", (pod("mi-otro-pod", "v0.1.0"),)),
        Try("lleva el label", (pod("mi-otro-pod"),), ("label pod mi-otro-pod nivel-",)),
        Try("si su contenedor termina", (pod("mi-otro-pod", restartPolicy="Never"),)),
        Try(None, (pod("mi-otro-pod"),)),
    ),
    "03-2": (
        Try("su selector", BROKEN_SHOP),
        Try("les pasa los pedidos", (SHOP_POD, service("tienda", {"app": "tienda"}, 80))),
        Try("su selector", (SHOP_POD, service("tienda", {"app": "tineda"}, 8080))),
        Try("el pod tienda", BROKEN_SHOP, ("label pod tienda --overwrite app=tineda",)),
        Try(None, (SHOP_POD, service("tienda", {"app": "tienda"}))),
    ),
    "04-1": (
        Try("dos nodos llevan"),
        Try("existe el DaemonSet", (controller("Deployment", "mi-agente", replicas=2),), disks=2),
        Try("dos nodos llevan", (controller("DaemonSet", "mi-agente", **FAST),), disks=1),
        Try("sus pods están", (controller("DaemonSet", "mi-agente"),), disks=2),
        Try(None, (controller("DaemonSet", "mi-agente", **FAST),), disks=2),
    ),
    "04-2": (
        Try("existe el DaemonSet", (controller("ReplicaSet", "mi-conversion", replicas=3),)),
        Try("existe el DaemonSet", (controller("DaemonSet", "mi-app"),)),
        Try(
            "no quedó ningún ReplicaSet",
            (
                controller("ReplicaSet", "mi-conversion", replicas=1),
                controller("DaemonSet", "mi-conversion"),
            ),
        ),
        Try("corre la versión", (controller("DaemonSet", "mi-conversion", version="v0.2.0"),)),
        Try(None, (controller("DaemonSet", "mi-conversion"),)),
    ),
    "04-3": (
        Try("pide 5", (controller("Deployment", DEPLOY, replicas=3),)),
        Try(
            "el archivo que aplicaron",
            (controller("Deployment", DEPLOY, replicas=3),),
            (
                f"scale deployment {DEPLOY} --replicas=5",
                f"set image deployment {DEPLOY} app={APP}:v0.2.0",
            ),
        ),
        Try("corre la versión", (controller("Deployment", DEPLOY, replicas=5),)),
        Try(
            "las cinco están",
            (
                controller(
                    "Deployment", DEPLOY, replicas=5, version="v0.2.0", nodeSelector={"no": "hay"}
                ),
            ),
        ),
        Try(None, (controller("Deployment", DEPLOY, replicas=5, version="v0.2.0"),)),
    ),
    "04-4": (
        Try("hay tres pods", tuple(ours(1))),
        Try("ningún controlador", (controller("ReplicaSet", "mi-replica", replicas=3),)),
        Try("hay tres pods", tuple(ours(4))),
        Try("todos salieron", (by_hand("uno"), *ours(2))),
        Try(None, tuple(ours(3))),
    ),
    "04-5": (
        Try("cada réplica pide 100m", (controller("Deployment", DEPLOY, replicas=2),)),
        Try(
            "cada réplica puede usar",
            (controller("Deployment", DEPLOY, resources=resources("100m", "64Mi", "64Mi")),),
        ),
        Try(
            "cada réplica pide 64Mi",
            (controller("Deployment", DEPLOY, resources=resources("100m", "64M", "128Mi")),),
        ),
        Try(
            "cada réplica pide 100m",
            (controller("Deployment", DEPLOY, resources=resources("100", "64Mi", "128Mi")),),
        ),
        Try(
            None,
            (
                controller(
                    "Deployment", DEPLOY, replicas=2, resources=resources("0.1", "65536Ki", "128Mi")
                ),
            ),
        ),
    ),
    "04-6": (
        Try("existe el Service"),
        Try(
            "por cada réplica",
            (
                controller("Deployment", "estable", replicas=5, labels=SHARED),
                controller("Deployment", "canario", replicas=1, labels=SHARED, version="v0.2.0"),
                service("mi-reparto", SHARED),
            ),
        ),
        Try(
            "atiende con las dos",
            (
                controller("Deployment", "estable", replicas=2),
                controller("Deployment", "canario", replicas=1, version="v0.2.0"),
                service("mi-reparto", {"app": "estable"}),
            ),
        ),
        Try(
            "existe el Service",
            (
                controller("Deployment", "estable", replicas=2, labels=SHARED),
                service("mi-reparto", {"reparto": "no"}),
            ),
        ),
        Try(
            None,
            (
                controller("Deployment", "estable", replicas=9, labels=SHARED),
                controller("Deployment", "canario", replicas=1, labels=SHARED, version="v0.2.0"),
                service("mi-reparto", SHARED),
            ),
        ),
    ),
    "05-2": (
        Try("existe el Deployment"),
        Try("cada réplica pide 100m", (controller("Deployment", "puntual", replicas=2),)),
        Try(
            "sus pods son Guaranteed",
            (
                controller(
                    "Deployment", "puntual", replicas=2, resources=resources("100m", "32Mi", "32Mi")
                ),
            ),
        ),
        Try("las dos", (controller("Deployment", "puntual", replicas=1, resources=EXACTLY),)),
        Try(None, (controller("Deployment", "puntual", replicas=2, resources=EXACTLY),)),
    ),
    "05-4": (
        Try("tiene más de una", manifests("05-buenas-practicas/desafio-4/portera.yaml")),
        Try("un PodDisruptionBudget", (PAIR,)),
        Try("deja salir", (PAIR, budget("portera", minAvailable=2))),
        Try("y nunca a todas", (PAIR, budget("portera", maxUnavailable=2))),
        Try(None, (PAIR, budget("portera", minAvailable=1))),
    ),
    "06-1": (
        Try("una sola", TILLS),
        Try("es la que", TILLS, ("label pod caja-1 revisar=si",)),
        Try("una sola", TILLS, ("label pods --selector=app=caja revisar=si",)),
        Try("están las tres", TILLS[:-1], ("label pod caja-2 revisar=si",)),
        Try(None, TILLS, ("label pod caja-2 revisar=si",)),
    ),
    "06-2": (
        Try("sus pods llevan", (*WATCHED_SHOP, PROMETHEUS)),
        Try(
            "sus pods llevan", (*WATCHED_SHOP, PROMETHEUS), ("annotate deployment tienda " + ASKS,)
        ),
        Try(
            "las dos",
            (*WATCHED_SHOP, PROMETHEUS),
            (ON_TEMPLATE, "scale deployment tienda --replicas=1"),
        ),
        Try("Prometheus está", WATCHED_SHOP, (ON_TEMPLATE,)),
        Try(None, (*WATCHED_SHOP, PROMETHEUS), (ON_TEMPLATE,)),
    ),
    "07-1": (
        Try("pide la versión", edited(1)),
        Try("pide la versión", edited(1, ("v0.1.O", "v0.2.0"))),
        Try("su réplica", edited(1, ("v0.1.O", "v0.1.0"), NONE)),
        Try("existe"),
        Try(None, edited(1, ("v0.1.O", "v0.1.0"))),
    ),
    "07-2": (
        Try("la variable VERSION", edited(2)),
        Try("arranca con", edited(2, ("env:", "command: [/app/servidor]\n          env:"))),
        Try("la variable VERSION", edited(2, ('""', "v9"))),
        Try("su réplica", edited(2, ('""', "v0.1.0"), NONE)),
        Try(None, edited(2, ('""', "v0.1.0"))),
    ),
    "07-3": (
        Try("ese ConfigMap existe", edited(3)),
        Try("AVISO sigue", edited(3, ("name: AVISO", "name: OTRO"))),
        Try("ese ConfigMap existe", edited(3, ("key: aviso", "key: otro"))),
        Try("su réplica", edited(3, ("name: aviso\n", "name: avisos\n"), NONE)),
        Try(None, edited(3, ("name: aviso\n", "name: avisos\n"))),
    ),
    "07-5": (
        Try("su réplica", edited(5)),
        Try("tiene un límite", edited(5, ("limits:\n              memory: 32Mi", "requests: {}"))),
        Try("tiene un límite", edited(5, ("32Mi", "8Gi"))),
        Try("su réplica", edited(5, ("32Mi", "48Mi"))),
        Try(None, edited(5, ("32Mi", "256Mi"))),
    ),
    "07-7": (
        Try("que pregunta", edited(7)),
        Try("conserva", edited(7, ("readinessProbe", "livenessProbe"))),
        Try("que pregunta", edited(7, ("/sano", "/salud"), ("8080", "80"))),
        Try("su réplica", edited(7, ("/sano", "/salud"), NONE)),
        Try(None, edited(7, ("/sano", "/salud"))),
    ),
    "07-8": (
        Try("su selector", edited(8)),
        Try("el Service vidriera", edited(8, ("port: 80\n", "port: 8080\n"))),
        Try("su selector", edited(8, ("version: v0.1.0", "version: v0.2.0"))),
        Try("tiene 2", edited(8, ("    version: v0.1.0\n", ""), ("replicas: 2", "replicas: 1"))),
        Try(None, edited(8, ("    version: v0.1.0\n", ""))),
    ),
    "07-9": (
        Try("les pasa", edited(9)),
        Try("el Service caja", edited(9, ("port: 80\n", "port: 8080\n"))),
        Try("les pasa", edited(9, ("targetPort: 80", "targetPort: 8081"))),
        Try("tiene un endpoint", edited(9, ("targetPort: 80", "targetPort: 8080"), NONE)),
        Try(None, edited(9, ("targetPort: 80", "targetPort: 8080"))),
    ),
    "07-13": (
        Try("puede listar", reader(0)),
        Try("puede listar", edited(13, ("[pod]", "[pods]"))),  # bound to another's account
        Try("puede listar", reader(2, ("[pod]", "[pods]"), ("list, ", ""))),
        Try("y nada más", reader(3, ("[pod]", "[pods]"), ("[get,", "[delete,"))),
        Try(None, reader(4, ("[pod]", "[pods]"))),
    ),
    "07-14": (
        Try("su clase", edited(14)),
        Try("el Ingress cartelera", edited(14, ROUTED, ("host: ", "host: otra-"))),
        Try("manda los pedidos", edited(14, ROUTED, ("number: 80", "number: 8080"))),
        Try("tiene un endpoint", edited(14, ROUTED, NONE)),
        Try(None, edited(14, ROUTED)),
    ),
}

assert [one.number for one in CHALLENGES] == list(TRIES), "each task is tried here, or is BEYOND"


@dataclass(frozen=True)
class Learner:
    """The namespace of one try, and how its learner types commands."""

    kubectl: Callable[..., str]
    cluster: Cluster

    def leave(self, one: Try) -> None:
        """Bring the namespace, and the nodes' labels if it is about them, to what a try leaves."""
        for verb, named in (("apply", True), ("create", False)):
            items = [item for item in one.objects if ("name" in item["metadata"]) == named]
            if items:
                self.kubectl(f"{verb} -f -", stdin=yaml.safe_dump_all(items))
        for words in one.then:
            self.kubectl(words)

    def label(self, disks: int) -> None:
        """Give some of the nodes the label of task 04-1."""
        for number, node in enumerate(["taller-worker", "taller-worker2", "taller-worker3"]):
            mark = "disco=rapido" if number < disks else "disco-"
            self.kubectl(f"label node {node} --overwrite {mark}")

    def found(self, challenge: Challenge, one: Try) -> Report:
        """What the check finds once the cluster has come to rest, or at the limit."""
        until = time.monotonic() + LIMIT
        while True:
            report = look(challenge, self.cluster)
            if first_missing(report).startswith(one.missing or "nada") or time.monotonic() > until:
                return report
            time.sleep(0.5)  # between two looks at what is still coming up


def _is_short(challenge: Challenge) -> bool:
    """Whether its tries do not wait for one another: they change nothing of the nodes."""
    return not any(one.disks for one in TRIES[challenge.number])


def first_missing(report: Report) -> str:
    asks = (finding.asks for finding in report.findings if finding.state is State.MISSING)
    return next(asks, "nada")


@pytest.fixture(scope="module")
def reports(
    lab: LabUnderTest, lab_harness: Harness, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[Report]]]:
    """What the checks find after each try, by task; the tasks are tried side by side."""
    assert lab_harness.judge("```bash\nkubectl get nodes\n```\n").true  # the cluster is ours
    kubectl = ["kubectl", "--kubeconfig", str(lab.kubeconfig), "--context", lab.context]
    home = {"PATH": str(lab.path), "HOME": str(tmp_path_factory.mktemp("home"))}
    api = Api(lab.kubeconfig, lab.context)
    made: list[str] = []

    def type_in(namespace: str, words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [str(lab.path / "kubectl"), *kubectl[1:], "--namespace", namespace, *words.split()],
            input=stdin,
            text=True,
            capture_output=True,
            check=False,
            env=home,
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def has_account(namespace: str) -> bool:
        return bool(api.get(f"{ROOMS}/{namespace}/serviceaccounts")["items"])

    def remove(namespace: str) -> None:
        api.ask(Request("DELETE", f"{ROOMS}/{namespace}"))
        made.remove(namespace)

    def learner(challenge: Challenge, number: int) -> Learner:
        namespace = f"desafio-{challenge.number}-{number}"
        made.append(namespace)
        api.ask(Request("POST", ROOMS, body={"metadata": {"name": namespace}}))
        # Until it is there, no pod may be made; a person never types that fast.
        assert wait_for(lambda: has_account(namespace), LIMIT)
        configuration = client.Configuration()
        config.load_kube_config(str(lab.kubeconfig), lab.context, configuration)
        return Learner(partial(type_in, namespace), Cluster(configuration, namespace))

    def tried(challenge: Challenge, number: int) -> Report:
        one, typist = TRIES[challenge.number][number], learner(challenge, number)
        typist.leave(one)
        report = typist.found(challenge, one)
        remove(typist.cluster.namespace)  # a few at a time: small machines have no room for all
        return report

    def tried_one_by_one(challenge: Challenge) -> list[Report]:
        """Those of a task about the nodes, which all namespaces share."""
        found = []
        for number, one in enumerate(TRIES[challenge.number]):
            typist = learner(challenge, number)
            typist.label(one.disks)
            typist.leave(one)
            found.append(typist.found(challenge, one))
            remove(typist.cluster.namespace)
        typist.label(0)
        return found

    def of(challenge: Challenge, pool: ThreadPoolExecutor) -> Callable[[], list[Report]]:
        tries = range(len(TRIES[challenge.number]))
        if not _is_short(challenge):
            return pool.submit(tried_one_by_one, challenge).result
        found = [pool.submit(tried, challenge, number) for number in tries]
        return lambda: [one.result() for one in found]

    try:
        type_in("default", "apply -f -", yaml.safe_dump(CLASS))
        with ThreadPoolExecutor(8) as pool:
            # that of the nodes, which takes longest, first
            coming = {one.number: of(one, pool) for one in sorted(CHALLENGES, key=_is_short)}
            told = {number: reports() for number, reports in coming.items()}
        yield told
    finally:
        for namespace in tuple(made):  # of the tries that were not come to their end
            remove(namespace)
        type_in("default", "delete ingressclass traefik --ignore-not-found")


@pytest.mark.parametrize("challenge", CHALLENGES, ids=lambda one: one.number)
def test_untouched_and_wrong_tries_fail_at_their_step_and_the_solution_passes(
    challenge: Challenge, reports: dict[str, list[Report]]
) -> None:
    tries = TRIES[challenge.number]
    assert len(tries) >= 5, "untouched, three wrong tries, and the solution"
    found = [first_missing(report) for report in reports[challenge.number]]
    for one, missing, report in zip(tries, found, reports[challenge.number], strict=True):
        assert missing.startswith(one.missing or "nada"), report
        assert report.done == (one.missing is None)
