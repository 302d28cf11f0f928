"""What the words of a command say of it, against what the command asks of the API server.

What is called reading writes nothing, what is said to go on watches or follows, and what a query is
said to list, under which headings, is what the server's tables hold and kubectl prints. So it is
for a table of commands, and for whatever the pages ask of a cluster that is not said to change it:
each such command once, among objects such as the pages make. Chapters 01 and 02 ask docker alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from wire import Exchange, Wire

from kubedoctest.cluster.api import TABLE, Cluster, Resource
from kubedoctest.cluster.timeline import History, Life, columns_of
from kubedoctest.commands.command import Command
from kubedoctest.comparison import object_query, output_format
from kubedoctest.page import inventory
from kubedoctest.page.document import Role
from kubedoctest.page.transcript import steps_of
from kubedoctest.run.run_session import RunSession, Settings

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parents[3]
NAMESPACE, OTHER = "palabras", "palabras-2"
AT_ONCE = 4  # commands that run at the same time
UNDER_WAY_SECONDS = 20.0  # for a command that goes on to ask for it
PAGES_SECONDS = 5.0  # for a command of a page that lists nothing
FULL_SECONDS = 60.0
SAID = re.compile(r"No resources found|Warning: ")  # what kubectl says beside its tables

READS = """
kubectl get pods
kubectl get po
kubectl get pod solo
kubectl get pod/solo
kubectl get pod solo otro
kubectl get pods -o wide
kubectl get pods -owide --show-labels
kubectl get pods --show-labels
kubectl get pods -L app
kubectl get pods -L app,version
kubectl get pods -L app -L example.com/nivel --show-labels
kubectl get pods --label-columns=version
kubectl get pods -A
kubectl get pods -A -o wide
kubectl get pods --all-namespaces --show-labels
kubectl get pods -n palabras-2
kubectl get pods -npalabras-2
kubectl -n palabras-2 get pods
kubectl --namespace=palabras-2 get pods -L app
kubectl get pods -l app=solo
kubectl get pods -l app==solo
kubectl get pods -l app!=solo
kubectl get pods -l app
kubectl get pods -l '!app'
kubectl get pods -l 'app in (solo, web)'
kubectl get pods -l 'app notin (solo)'
kubectl get pods -l 'app in (solo,web),version'
kubectl get pods --selector=app=solo,version=v1
kubectl get pods -l app=nadie
kubectl get pods -A -l app
kubectl get pods --field-selector=metadata.name=solo
kubectl get pods --field-selector metadata.name!=solo
kubectl get pods -A --field-selector=metadata.namespace=palabras-2
kubectl get pods --field-selector=status.phase=Running
kubectl get pods --no-headers
kubectl get pods --no-headers -o wide
kubectl get pods --no-headers=true -L app
kubectl get pods -A --no-headers
kubectl get pods --show-kind
kubectl get pods --sort-by=.metadata.name
kubectl get pods --sort-by=.metadata.creationTimestamp
kubectl get pods --sort-by='{.spec.nodeName}' -o wide
kubectl get pods -o name
kubectl get pods -o yaml
kubectl get pod solo -o json
kubectl get pods -o jsonpath='{.items[*].metadata.name}'
kubectl get pods -o custom-columns=N:.metadata.name,IMAGEN:.spec.containers[0].image
kubectl get pods -o custom-columns=N:.metadata.name --no-headers
kubectl get pods -o go-template='{{len .items}}'
kubectl get pods --chunk-size=1
kubectl get pods --ignore-not-found
kubectl get pod nadie
kubectl get pods,services
kubectl get pods,svc,cm
kubectl get deploy,rs,pods -l app=web
kubectl get pod/solo service/web
kubectl get pod/solo pod/otro
kubectl get po/solo deploy/web --show-labels
kubectl get all
kubectl get all -l app=web
kubectl get all --show-labels
kubectl get deployments
kubectl get deploy web -o wide
kubectl get deployments.apps
kubectl get deployments.v1.apps
kubectl get replicasets -o wide
kubectl get services
kubectl get svc web -o wide
kubectl get endpoints
kubectl get endpointslices
kubectl get endpointslices --selector=kubernetes.io/service-name=web
kubectl get configmaps
kubectl get cm -L nivel
kubectl get secrets
kubectl get serviceaccounts
kubectl get sa,roles,rolebindings
kubectl get jobs
kubectl get job hola -o wide
kubectl get cronjobs -o wide
kubectl get ingress
kubectl get netpol
kubectl get quota
kubectl get limits
kubectl get pvc
kubectl get pdb
kubectl get hpa
kubectl get nodes
kubectl get nodes -o wide
kubectl get nodes -L kubernetes.io/hostname
kubectl get no --show-labels
kubectl get nodes -l kubernetes.io/os=linux
kubectl get namespaces
kubectl get ns palabras
kubectl get ns -l kubernetes.io/metadata.name=palabras
kubectl get pv
kubectl get storageclasses
kubectl get crd
kubectl get clusterroles -l kubernetes.io/bootstrapping=rbac-defaults
kubectl get tazas
kubectl get taza grande -o wide
kubectl get tazas.palabras.example.com --show-labels
kubectl get leases -n kube-system
kubectl get pods -n kube-system -l tier=control-plane
kubectl get daemonsets -n kube-system
kubectl get daemonset kube-proxy --namespace kube-system -o wide
kubectl get events
kubectl get events --field-selector type=Normal
kubectl events
kubectl events --for pod/solo
kubectl describe pod solo
kubectl describe pods -l app=web
kubectl describe nodes
kubectl describe -n kube-system daemonset kube-proxy
kubectl logs solo
kubectl logs solo --tail=3
kubectl logs deploy/web --prefix
kubectl logs job/hola
kubectl logs -l app=web --tail=1
kubectl top pods
kubectl explain pod.spec.containers
kubectl api-resources
kubectl api-versions
kubectl version
kubectl cluster-info
kubectl options
kubectl auth can-i create pods
kubectl auth can-i --list
kubectl auth whoami
kubectl rollout status deploy/web
kubectl rollout history deployment web
kubectl rollout history deploy/web --revision=1
kubectl wait --for=condition=Ready pod/solo --timeout=30s
kubectl wait --for=delete pod/nadie --timeout=5s
kubectl diff -f palabras.yaml
kubectl config view
kubectl config get-contexts
kubectl config current-context
kubectl create configmap x --from-literal=a=b --dry-run=server -o yaml
kubectl create deployment x --image=y --dry-run=client -o yaml
kubectl run x --image=y --dry-run=server
kubectl apply -f palabras.yaml --dry-run=server
kubectl apply -f palabras.yaml --dry-run=client
kubectl delete pod solo --dry-run=server
kubectl label pod solo a=b --dry-run=server
kubectl scale deploy web --replicas=5 --dry-run=server
kubectl kustomize carpeta
kubectl exec solo -- ls /
kubectl exec solo -- sh -c 'ls / | head -n 1'
kubectl get pods | grep solo
kubectl get pods -o name | sort | head -n 1
for p in solo otro; do kubectl get pod $p; done
echo "$(kubectl get pods -o name)"
kubectl get pods 2>&1 | sort
timeout 20 kubectl get pods
kubectl get pod solo && kubectl get pod otro || echo no
"""

GO_ON = """
kubectl get pods -w
kubectl get pods --watch
kubectl get pods --watch-only
kubectl get pods -w -l app=solo
kubectl get pod solo -w
kubectl get pods -A -w -o wide
kubectl get pods -wA
kubectl get pods -w --no-headers
kubectl get pods -w --show-labels -L app
kubectl get pods -w -o name
kubectl get pods -w -o custom-columns=N:.metadata.name
kubectl get pods -w --output-watch-events
kubectl get nodes -w
kubectl get deploy web -w
kubectl events -w
kubectl events --watch --for pod/solo
kubectl logs -f solo
kubectl logs --follow deploy/web
kubectl logs -f -l app=web --prefix
kubectl attach solo
kubectl port-forward pod/solo :8080
kubectl port-forward service/web :80
kubectl proxy --port=0
kubectl exec solo -- tail -f /etc/hostname
kubectl get pods -w | grep --line-buffered solo
while true; do kubectl get pod solo; sleep 1; done
watch -n 1 kubectl get pod solo
"""

LOCAL = frozenset(  # what goes on is not the API server's answer
    {
        "kubectl exec solo -- tail -f /etc/hostname",
        "kubectl proxy --port=0",
        "watch -n 1 kubectl get pod solo",
        "while true; do kubectl get pod solo; sleep 1; done",
    }
)

CHANGES = """
kubectl label pod solo palabra=una
kubectl label pod solo palabra-
kubectl annotate pod solo palabra=dos
kubectl scale deployment web --replicas=1
kubectl set env deployment/web PALABRA=tres
kubectl set image deployment/web web=fedek3/workshop-uns:v0.2.0
kubectl rollout restart deployment/web
kubectl rollout pause deployment/web
kubectl rollout resume deployment/web
kubectl rollout undo deployment/web
kubectl patch configmap a -p '{"data":{"a":"2"}}'
kubectl create configmap nuevo --from-literal=a=1
kubectl create namespace palabras-3
kubectl delete namespace palabras-3 --wait=false
kubectl expose pod solo --port=8080
kubectl autoscale deployment web --max=3 --name=otra
kubectl create job otra --from=cronjob/noche
kubectl run nueva --image=fedek3/workshop-uns:v0.1.0
kubectl apply -f nuevo.yaml
kubectl apply -k carpeta
kubectl replace -f nuevo.yaml
kubectl create -f otro.yaml
kubectl cordon taller-worker4
kubectl uncordon taller-worker4
kubectl taint node taller-worker4 palabra=si:NoSchedule
kubectl taint node taller-worker4 palabra-
kubectl delete pod nueva --now
kubectl delete -f nuevo.yaml
kubectl delete cm -l nivel=dos
kubectl get pods -o name | grep otro | xargs kubectl delete --now
for p in uno; do kubectl label pod solo $p=1; done
kubectl exec solo -- sh -c 'echo a > /tmp/a'
kubectl auth reconcile -f rol.yaml
kubectl create token default
"""

MADE_BY_PAGES = """
03-kubernetes/deploy-04/service-mi-servicio.yaml
03-kubernetes/deploy-06/ingress-mi-app.yaml
03-kubernetes/ingress-controller.yaml
04-hola-mundo-real/deploy-02/statefulSet-mi-app.yaml
04-hola-mundo-real/deploy-03/replicaSet-mi-app.yaml
04-hola-mundo-real/deploy-08/deployment-mi-deploy.yaml
04-hola-mundo-real/deploy-09/deployment-mi-deploy-v2.yaml
05-buenas-practicas/base/pdb-mi-deploy.yaml
05-buenas-practicas/deploy-01
05-buenas-practicas/deploy-02/muchas.yaml
05-buenas-practicas/deploy-04
05-buenas-practicas/deploy-07/distraida.yaml
05-buenas-practicas/deploy-08
05-buenas-practicas/desafio-4/portera.yaml
06-observabilidad/desafio-1/cajas.yaml
06-observabilidad/prometheus.yaml
07-resolucion-de-problemas/falla-01/tienda.yaml
07-resolucion-de-problemas/falla-02/saludo.yaml
07-resolucion-de-problemas/falla-03/cartel.yaml
07-resolucion-de-problemas/falla-04
07-resolucion-de-problemas/falla-05/informe.yaml
07-resolucion-de-problemas/falla-06
07-resolucion-de-problemas/falla-07/portero.yaml
07-resolucion-de-problemas/falla-08/vidriera.yaml
07-resolucion-de-problemas/falla-09/caja.yaml
07-resolucion-de-problemas/falla-10
07-resolucion-de-problemas/falla-12/guardia.yaml
07-resolucion-de-problemas/falla-13/lector.yaml
07-resolucion-de-problemas/falla-14/cartelera.yaml
"""
VARIABLES = {"nodo": "taller-worker", "pod": "pod/mi-pod"}  # what pages have kept of an answer

# They change no object that the server keeps, and the words do not know it or speak of files.
QUIET = frozenset(
    {"kubectl exec solo -- sh -c 'echo a > /tmp/a'", "kubectl auth reconcile -f rol.yaml"}
)

MANIFESTS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: palabras, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: web, image: "fedek3/workshop-uns:v0.1.0"}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: palabras}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: solo
  namespace: palabras
  labels: {app: solo, version: v1, example.com/nivel: alto}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: solo, image: "fedek3/workshop-uns:v0.1.0"}]
---
apiVersion: v1
kind: Pod
metadata: {name: otro, namespace: palabras}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: otro, image: "fedek3/workshop-uns:v0.1.0"}]
---
apiVersion: v1
kind: Pod
metadata: {name: lejos, namespace: palabras-2, labels: {app: solo}}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: lejos, image: "fedek3/workshop-uns:v0.1.0"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: palabras, labels: {nivel: uno}}
data: {a: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: palabras, labels: {nivel: dos}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hola, namespace: palabras}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: hola, image: "fedek3/workshop-uns:v0.1.0", command: [echo, hola]}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: noche, namespace: palabras}
spec:
  schedule: "0 3 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: noche, image: "fedek3/workshop-uns:v0.1.0", command: [echo, a]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: palabras}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: palabras}
spec: {podSelector: {matchLabels: {app: nadie}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: palabras}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: cuota, namespace: palabras}
spec: {hard: {configmaps: "50"}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: palabras}
spec:
  maxReplicas: 2
  minReplicas: 1
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: nadie}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: datos, namespace: palabras}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tazas.palabras.example.com}
spec:
  group: palabras.example.com
  scope: Namespaced
  names: {plural: tazas, singular: taza, kind: Taza, shortNames: [tz], categories: [all]}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
      additionalPrinterColumns:
        - {name: Mililitros, type: integer, jsonPath: .spec.ml}
        - {name: Color, type: string, jsonPath: .spec.color, priority: 1}
"""
CUPS = """
apiVersion: palabras.example.com/v1
kind: Taza
metadata: {name: grande, namespace: palabras}
spec: {ml: 300, color: verde}
---
apiVersion: palabras.example.com/v1
kind: Taza
metadata: {name: chica, namespace: palabras, labels: {app: web}}
spec: {ml: 80}
"""
FILES = {
    "palabras.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '7'}\n",
    "nuevo.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nuevo}\ndata: {a: '1'}\n",
    "otro.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: g-}\n",
    "rol.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\n"
    "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n",
    "carpeta/kustomization.yaml": "resources: [k.yaml]\n",
    "carpeta/k.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: k}\n",
}


def table_of(text: str) -> list[str]:
    return text.strip().split("\n")


@dataclass(frozen=True)
class Asked:
    """A command that is to be run.

    Attributes:
        namespace: the one that it means when it names none.
        in_table: whether it stands in the table, or in a page: then it need not end.
    """

    text: str
    namespace: str = NAMESPACE
    in_table: bool = True


@dataclass(frozen=True)
class Seen:
    """What became of a command.

    Attributes:
        ended: whether it ended by itself.
        before, after: the objects of what it lists, as they were right before and right after.
    """

    command: Asked
    exchanges: list[Exchange]
    output: str
    ended: bool
    before: Sequence[Population] = ()
    after: Sequence[Population] = ()


@dataclass(frozen=True)
class Population:
    """All objects of one kind that a query names, and how the query shows them."""

    resource: Resource
    kind: str
    lives: tuple[Life, ...]


def history_of(resource: Resource, table: Mapping[str, Any]) -> History:
    """The objects of a table that the server gave."""
    history = History(resource)
    history.columns = columns_of(table)
    history.replace_all(table.get("rows") or (), 0.0, True)
    return history


def populations(cluster: Cluster, command: Command) -> list[Population]:
    """The objects among which a query chooses, whichever it chooses."""
    query = command.query
    if query is None or query.watch or query.of_events:
        return []
    found = []
    for kind in query.kinds:
        for resource in cluster.resources_of(kind):
            if "list" in resource.verbs:
                history = history_of(resource, cluster.get(resource.path, TABLE))
                found.append(Population(resource, kind, tuple(history.lives.values())))
    return found


# -- running them

SCENE = (
    *(f"kubectl create namespace {name}" for name in (NAMESPACE, OTHER)),
    # until it is there, no pod may be made
    *(
        f"kubectl wait -n {name} --for=create serviceaccount/default --timeout=60s"
        for name in (NAMESPACE, OTHER)
    ),
    f"kubectl apply -f - <<'FIN'\n{MANIFESTS}FIN",
    "kubectl apply -f extras/03-kubernetes/deploy-02 -f extras/04-hola-mundo-real/deploy-11",
    "kubectl apply -f extras/04-hola-mundo-real/deploy-01",
    "kubectl wait --for=condition=Established crd/tazas.palabras.example.com",
    f"kubectl apply -f - <<'FIN'\n{CUPS}FIN",
    f"kubectl wait -n {OTHER} --for=condition=Ready pod/lejos --timeout=90s",
    f"kubectl wait -n {NAMESPACE} --for=condition=Ready pod/solo pod/otro --timeout=90s",
    f"kubectl wait -n {NAMESPACE} --for=condition=Complete job/hola --timeout=90s",
    f"kubectl rollout status -n {NAMESPACE} deploy/web --timeout=90s",
    "kubectl wait --for=condition=Ready pod/mi-pod pod/cliente --timeout=90s",
)

# No node takes these pods: to be asked for, they need not run.
SCENE_OF_PAGES = (
    "kubectl cordon --selector=kubernetes.io/os=linux",
    "kubectl apply -k extras/05-buenas-practicas/overlays/pruebas",
    "kubectl apply -k extras/05-buenas-practicas/overlays/produccion",
    "kubectl apply " + " ".join(f"-f extras/{name}" for name in MADE_BY_PAGES.split()),
    "kubectl create namespace fuerte",
    "kubectl apply --namespace fuerte -f extras/04-hola-mundo-real/deploy-08",
    "kubectl create job saludo --image=fedek3/workshop-uns:v0.1.0",
    "kubectl create cronjob brindis --image=fedek3/workshop-uns:v0.1.0 --schedule='0 9 1 1 *'",
)


@pytest.fixture(scope="module")
def seen(lab: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Asked, Seen]]:
    """What each command did: those that change nothing at the same time, the others in turn."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "extras").symlink_to(ROOT / "extras")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    page = folder / "page.md"
    page.write_text("```bash\nkubectl get nodes\n```\n")
    document = inventory.read_page(page, inventory.settings(None), folder)
    path = os.pathsep.join([str(lab.path), os.environ["PATH"]])
    settings = Settings(lab.kubeconfig, lab.context, ROOT, ("extras",), path, {}, own_cluster=True)
    cluster = Cluster(lab.kubeconfig, lab.context)
    changing = [Asked(text) for text in table_of(CHANGES)]
    of_pages = [one for commands in pages().values() for one in commands]
    # kubectl follows no more than five pods: before the pages' many are made
    following = [one for one in of_pages if Command.of(one.text).goes_on is not None]
    asking = [Asked(text) for text in [*table_of(READS), *table_of(GO_ON)]]
    done: list[Seen] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.closing(RunSession(settings, print)) as session,
    ):
        patch.setenv("PATH", path)
        wire = Wire(lab.kubeconfig, lab.context, tmp_path_factory.mktemp("wire"))
        with contextlib.closing(wire), contextlib.closing(session.open(document)) as place:
            for scene, commands, at_once in (
                (SCENE, [*asking, *following], AT_ONCE),
                ((), changing, 1),
                (SCENE_OF_PAGES, [x for x in of_pages if x not in following], AT_ONCE),
            ):
                for command in scene:
                    told = place.work.terminal("").run(command, 120)
                    assert told.exit_code == 0, f"{command}\n{told.output}"
                numbered = list(enumerate(commands, len(done)))
                with ThreadPoolExecutor(at_once) as pool:
                    done += pool.map(lambda one: run(wire, cluster, one, folder), numbered)
    yield {one.command: one for one in done}


def run(wire: Wire, cluster: Cluster, numbered: tuple[int, Asked], folder: Path) -> Seen:
    number, asked = numbered
    command, word = Command.of(asked.text), f"c{number}"
    home = folder / word
    home.mkdir()
    before = populations(cluster, command)
    kubeconfig = wire.kubeconfig(word, asked.namespace)
    with (home / "said").open("w+") as said:
        program = subprocess.Popen(
            ["bash", "-c", asked.text],
            cwd=folder,
            env={**os.environ, **VARIABLES, "KUBECONFIG": str(kubeconfig), "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + patience(asked)
        with wire.changed:
            while program.poll() is None and time.monotonic() < until:
                if any(is_enough(asked, one) for one in wire.of(word)):
                    break
                wire.changed.wait(0.02)
        ended = finished(program)
        said.seek(0)
        output = said.read()
    return Seen(asked, wire.of(word), output, ended, before, populations(cluster, command))


def patience(asked: Asked) -> float:
    """The seconds that a command may take."""
    command = Command.of(asked.text)
    if command.goes_on is not None:
        return 1.0 if asked.text in LOCAL else UNDER_WAY_SECONDS
    return FULL_SECONDS if asked.in_table or command.query is not None else PAGES_SECONDS


def is_enough(asked: Asked, exchange: Exchange) -> bool:
    """Whether nothing more is to be learnt of a command, once it has asked for this."""
    command = Command.of(asked.text)
    if command.goes_on is not None:
        return exchange.goes_on and exchange.status != 0
    return not asked.in_table and exchange.watches


def finished(program: subprocess.Popen[bytes]) -> bool:
    """End a program; whether it had done so by itself."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(0.1)
        return True
    for sent in (signal.SIGINT, signal.SIGKILL):
        os.killpg(program.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(5)
            break
    return False


# -- what is asserted of each


def disagreements(one: Seen) -> Iterator[str]:
    """Where the words say of a command what the wire does not."""
    text = one.command.text
    command = Command.of(text)
    writes = [f"{x.method} {x.path}" for x in one.exchanges if x.writes]
    if command.reads and writes:
        yield f"it is said to read, and writes: {writes}"
    if command.goes_on is None and one.command.in_table and not one.ended:
        yield "it is said to end, and does not"
    if (
        command.goes_on is not None
        and text not in LOCAL
        and not any(x.goes_on for x in one.exchanges)
    ):
        asked = [f"{x.method} {x.path}" for x in one.exchanges]
        yield f"it is said to go on, and neither watches nor follows: {asked}"
    if command.query is not None and not command.query.watch:
        yield from misread(command, one)


def misread(command: Command, one: Seen) -> Iterator[str]:
    """Where a query's objects, headings and cells are not those of the server and of kubectl."""
    query = command.query
    assert query is not None
    plurals = {of_kind.resource.plural for of_kind in one.before}
    answers = [
        x for x in one.exchanges if x.status == 200 and plurals & set(x.path.split("/")[-2:])
    ]
    tables = [table for x in answers for table in x.tables]
    rows = [row for table in tables for row in table.get("rows") or ()]
    if not tables:
        return
    listed = {row["object"]["metadata"]["uid"] for row in rows}
    here = query.namespace or one.command.namespace
    said: list[set[str]] = []
    for populations in (one.before, one.after):
        uids: set[str] = set()
        for of_kind in populations:
            found = object_query.query_of(query, of_kind.resource, here, of_kind.kind)
            if found is None:
                return  # it is said not to be known
            uids |= {x.identity.uid for x in of_kind.lives if found.includes(x.identity)}
        said.append(uids)
    if populations_known(one) and not (said[0] & said[1] <= listed <= said[0] | said[1]):
        names = {x.identity.uid: x.identity.name for p in one.after for x in p.lives}
        yield (
            f"only the words list {sorted(names.get(u, u) for u in said[1] - listed)}, "
            f"only the server {sorted(names.get(u, u) for u in listed - said[1])}"
        )
    if query.output in (None, "wide"):
        yield from misprinted(command, one, tables)


def populations_known(one: Seen) -> bool:
    return bool(one.before) and len(one.before) == len(one.after)


def misprinted(command: Command, one: Seen, tables: Sequence[Any]) -> Iterator[str]:
    query = command.query
    assert query is not None
    rows: Counter[tuple[str, ...]] = Counter()
    headings: Counter[tuple[str, ...]] = Counter()
    for table in tables:
        if not table.get("rows"):
            continue
        resource = resource_of(table, one.before)
        if resource is None:
            return
        history = history_of(resource, table)
        how = object_query.view_of(query, resource)
        shown = object_query.headings(query, resource, history.columns)
        headings[words(" ".join(shown))] += 1
        for life in history.lives.values():
            cells = object_query.cells(life.states[-1], shown, history.columns, how)
            if cells is None:
                yield f"no cells for {shown}"
                return
            rows[words(" ".join(cells))] += 1
    lines = [line for line in one.output.splitlines() if line.strip() and not SAID.match(line)]
    printed = Counter(map(words, lines))
    expected = rows if query.no_headers else rows + Counter(dict.fromkeys(headings, 1))
    if not query.no_headers and len(one.before) > 1:
        expected = rows + headings
    for line in (printed - expected).keys() | (expected - printed).keys():
        side = "kubectl" if line in printed else "the words"
        yield f"only {side}: {' '.join(line)}"
    order = output_format.of(one.command.text).sorted_by
    if order is not None and not query.no_headers:
        shown_rows = [re.split(r"\s{2,}", line) for line in lines]
        at = shown_rows[0].index(order.heading) if shown_rows else 0
        if (wrong := order.misplaced([row[at] for row in shown_rows[1:]])) is not None:
            yield f"out of order: {wrong}"


def words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


def resource_of(table: Any, populations: Sequence[Population]) -> Resource | None:
    """The kind of a table's rows."""
    uid = table["rows"][0]["object"]["metadata"]["uid"]
    found = (p.resource for p in populations for x in p.lives if x.identity.uid == uid)
    return next(found, None)


# -- the table


def test_table_is_large_and_each_command_stands_in_it_once() -> None:
    every = [*table_of(READS), *table_of(GO_ON), *table_of(CHANGES)]
    assert len(every) >= 120
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("text", [*table_of(READS), *table_of(GO_ON), *table_of(CHANGES)])
def test_words_agree_with_the_wire(text: str, seen: dict[Asked, Seen]) -> None:
    assert list(disagreements(seen[Asked(text)])) == []


@pytest.mark.parametrize("text", table_of(READS))
def test_command_that_only_asks_is_said_to_read(text: str) -> None:
    assert Command.of(text).reads
    assert Command.of(text).goes_on is None


@pytest.mark.parametrize("text", table_of(GO_ON))
def test_command_that_is_said_to_go_on_does(text: str, seen: dict[Asked, Seen]) -> None:
    assert Command.of(text).goes_on is not None
    one = seen[Asked(text)]
    assert not one.ended, one.output


@pytest.mark.parametrize("text", table_of(CHANGES))
def test_command_that_writes_is_said_to_change(text: str, seen: dict[Asked, Seen]) -> None:
    assert not Command.of(text).reads
    one = seen[Asked(text)]
    assert text in QUIET or any(x.writes for x in one.exchanges), one.output


# -- the pages

DOCS = ROOT / "docs"
CHAPTERS = sorted(
    str(path.relative_to(DOCS))
    for path in DOCS.rglob("*.md")
    if path.relative_to(DOCS).parts[0][0] == "0"
)


@cache
def pages() -> dict[str, list[Asked]]:
    """What each page asks of a cluster and is not said to change it.

    Of those that differ in a generated name or a number alone, the first, in the first such page.
    """
    markdown = inventory.settings(ROOT / "mkdocs.yml")
    found: dict[str, list[Asked]] = {}
    known: set[str] = set()
    for name in CHAPTERS:
        asked = found.setdefault(name, [])
        document = inventory.read_page(DOCS / name, markdown, ROOT)
        for block in document.blocks:
            for step in steps_of(block) if block.role is not Role.PYTHON else ():
                text = Command.of(step.command).without_remarks.strip()
                alike = re.sub(r"\b[a-z0-9-]*[0-9][a-z0-9-]*", "0", text)
                command = Command.of(text)
                stays = command.reads or command.goes_on is not None
                if command.asks_cluster and stays and alike not in known:
                    known.add(alike)
                    asked.append(Asked(text, "default", in_table=False))
    return found


def test_only_the_chapters_about_docker_ask_no_cluster() -> None:
    without = [name for name in CHAPTERS if not pages()[name]]
    assert without == ["00-comandos.md", "01-contenedores.md", "02-imagenes.md"]


@pytest.mark.parametrize("page", CHAPTERS)
def test_words_of_a_page_agree_with_the_wire(page: str, seen: dict[Asked, Seen]) -> None:
    done = [seen[one] for one in pages()[page]]
    assert [f"{one.command.text}: {what}" for one in done for what in disagreements(one)] == []
