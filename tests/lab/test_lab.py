"""The real lab: what readers' chapters count on, and that it comes back by itself."""

import ipaddress
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

import lab
from lab import cluster, engine, host, network, record, registry
from lab.places import Places
from lab.waiting import wait_for

pytestmark = pytest.mark.cluster
NAMESPACE = "prueba-lab"
EXTRAS = Path(__file__).parents[2] / "extras"


@pytest.fixture(scope="module")
def made():
    return lab.create(progress=lab.Silence())


@pytest.fixture(scope="module")
def kubectl(made):
    environment = os.environ | made.environment

    def run(*arguments, stdin=None, check=True, namespace=NAMESPACE):
        result = subprocess.run(
            ("kubectl", *((f"--namespace={namespace}",) if namespace else ()), *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            env=environment,
            timeout=300,
            check=False,
        )
        assert not check or result.returncode == 0, result.stderr
        return result.stdout

    run("create", "namespace", NAMESPACE)
    # until it is there, no pod may be made
    run("wait", "--for=create", "serviceaccount/default", "--timeout=120s")
    yield run
    # a shell as first process would take its 30 s to die
    run("delete", "pods", "--all", "--grace-period=1", "--wait=true")
    run("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=true")


def _get(port, host="localhost", path="/"):
    """Status and body of what the host gets from itself; status 0 if nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


def _service(name, **spec):
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"selector": {"app": name}, **spec},
        }
    )


@contextmanager
def _applied(kubectl, manifest):
    """What a manifest of the readers makes, for as long as the test needs it."""
    try:
        kubectl("apply", f"--filename={manifest}", namespace=None)
        yield
    finally:
        options = ("--wait=true", "--ignore-not-found")
        kubectl("delete", f"--filename={manifest}", *options, namespace=None)


def _workload(kind, name, replicas=None):
    spec = {
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {"name": "web", "image": "fedek3/workshop-uns:v0.1.0"},
                ],
            },
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return json.dumps(
        {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    )


def test_create_twice_is_quick_and_gives_the_same(made):
    start = time.monotonic()
    again = lab.create(progress=lab.Silence())
    assert time.monotonic() - start < 60, "it was made anew"
    assert again == made
    assert (again.name, again.context) == ("taller", "kind-taller")
    assert lab.status().is_whole


def test_environment_finds_the_lab_s_own_tools(made):
    result = subprocess.run(
        ("kubectl", "version", "--output=json"),
        env=os.environ | made.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    versions = json.loads(result.stdout)
    assert versions["clientVersion"]["minor"].rstrip("+") == "37"
    assert versions["serverVersion"]["gitVersion"] == made.kubernetes
    assert made.kubeconfig.stat().st_mode & 0o777 == 0o600


def test_guard_knows_the_lab(made):
    lab.guard(made.kubeconfig, made.context)
    with pytest.raises(lab.LabError, match="no está en"):
        lab.guard(made.kubeconfig, "kind-otro")


def test_guard_refuses_the_cluster_without_its_marker(made, kubectl):
    kubectl("delete", "configmap", cluster.MARKER, namespace="kube-system")
    try:
        with pytest.raises(lab.LabError, match="no es de un laboratorio"):
            lab.guard(made.kubeconfig, made.context)
    finally:
        lab.create(progress=lab.Silence())
    lab.guard(made.kubeconfig, made.context)


def test_app_runs_on_every_worker_and_a_service_reaches_all_of_them(kubectl):
    kubectl("apply", "--filename=-", stdin=_workload("DaemonSet", "web"))
    kubectl("rollout", "status", "daemonset/web", "--timeout=120s")
    pods = json.loads(kubectl("get", "pods", "--selector=app=web", "--output=json"))["items"]
    assert len({pod["spec"]["nodeName"] for pod in pods}) == 4
    ports = [{"port": 80, "targetPort": 8080}]
    kubectl("apply", "--filename=-", stdin=_service("web", ports=ports))
    kubectl("run", "client", "--image=busybox:1.37.0", "--restart=Never", "--", "sleep", "300")
    kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=120s")
    one = ("exec", "client", "--", "wget", "-q", "-O-", "-T5", "http://web/salud")
    assert wait_for(lambda: kubectl(*one, check=False) == "bien\n", 60)  # its node knows of it
    many = "for i in $(seq 40); do wget -q -O /dev/null -T 5 http://web/ || exit 1; done"
    kubectl("exec", "client", "--", "sh", "-c", many)
    for pod in pods:  # from one node, over every other
        address = pod["status"]["podIP"]
        kubectl("exec", "client", "--", "wget", "-q", "-O-", "-T5", f"http://{address}:8080/salud")
    asked = [_answered(kubectl, pod["metadata"]["name"]) for pod in pods]
    assert all(asked), f"some endpoints got no request of the Service: {asked}"


def _answered(kubectl, pod):
    """Packets that came in over the pod's own interface: probes come from its node, not here."""
    counted = kubectl("exec", pod, "--", "cat", "/sys/class/net/eth0/statistics/rx_packets")
    return int(counted) > 12  # one direct request is some six packets


def test_names_resolve_inside(kubectl):
    kubectl("run", "dns", "--image=busybox:1.37.0", "--restart=Never", "--", "sleep", "300")
    kubectl("wait", "--for=condition=Ready", "pod/dns", "--timeout=120s")
    said = kubectl("exec", "dns", "--", "nslookup", "kubernetes.default.svc.cluster.local")
    assert "10.96.0.1" in said


def test_nothing_leaves_the_lab(kubectl, made):
    if made.mode != "hermetico":
        pytest.skip("solo el laboratorio hermético no tiene salida")
    kubectl("run", "out", "--image=busybox:1.37.0", "--restart=Never", "--", "sleep", "300")
    kubectl("wait", "--for=condition=Ready", "pod/out", "--timeout=120s")
    # Docker's default bridge is the nearest place that is not the lab; nobody is at this address.
    # Without our rule Docker drops the packets, and the caller waits until it gives up.
    layout = "--format={{(index .IPAM.Config 0).Subnet}}"
    inspect = ("docker", "network", "inspect", "bridge", layout)
    subnet = subprocess.run(inspect, capture_output=True, text=True, check=True).stdout.strip()
    outside = str(ipaddress.ip_network(subnet)[200])
    start = time.monotonic()
    kubectl("exec", "out", "--", "nc", "-w", "90", outside, "80", check=False)
    assert time.monotonic() - start < 45, "it was not refused at once"


def test_a_claim_gets_its_volume(kubectl):
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "datos"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Mi"}},
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "escribe"},
        "spec": {
            "restartPolicy": "Never",
            "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "datos"}}],
            "containers": [
                {
                    "name": "c",
                    "image": "busybox:1.37.0",
                    "command": ["sh", "-c", "echo hola >/datos/a && cat /datos/a"],
                    "volumeMounts": [{"name": "d", "mountPath": "/datos"}],
                }
            ],
        },
    }
    kubectl("apply", "--filename=-", stdin=json.dumps(claim))
    kubectl("apply", "--filename=-", stdin=json.dumps(pod))
    kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/escribe", "--timeout=120s")
    assert kubectl("get", "pvc", "datos", "--output=jsonpath={.status.phase}") == "Bound"


def test_pushed_image_runs_and_a_tag_that_does_not_exist_fails_soon(kubectl, made):
    environment = os.environ | made.environment
    tag = f"{registry.ADDRESS}/fedek3/otra:v1"
    try:
        for command in (("tag", "fedek3/workshop-uns:v0.1.0", tag), ("push", tag)):
            subprocess.run(("docker", *command), env=environment, check=True, capture_output=True)
    finally:
        subprocess.run(("docker", "rmi", tag), env=environment, check=False, capture_output=True)
    kubectl("run", "otra", "--image=fedek3/otra:v1")
    kubectl("wait", "--for=condition=Ready", "pod/otra", "--timeout=120s")
    kubectl("run", "falta", "--image=fedek3/otra:no-existe")
    waiting = "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImagePull"
    kubectl("wait", waiting, "pod/falta", "--timeout=30s")


def test_pages_commands_reach_the_engine(made, tmp_path):
    environment = {"PATH": made.environment["PATH"], "HOME": str(tmp_path)}
    given = {k: v for k, v in made.environment.items() if k.startswith("DOCKER_")}
    said = subprocess.run(
        ("docker", "version", "--format={{.Server.Version}}"),
        env=environment | given,
        capture_output=True,
        check=False,
    )
    assert said.returncode == 0


def test_readers_registry_script_leaves_the_lab_s_registry_as_it_is(made):
    environment = os.environ | made.environment
    shown = (
        "docker",
        "exec",
        "taller-worker2",
        "cat",
        "/etc/containerd/certs.d/docker.io/hosts.toml",
    )
    before = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    script = EXTRAS / "03-kubernetes" / "registro.sh"
    said = subprocess.run(
        ("sh", script), env=environment, capture_output=True, text=True, check=False
    )
    ready = "Registro listo en localhost:5001. "
    ready += "Lo que ahí no esté, los nodos lo buscan en Internet.\n"
    assert (said.returncode, said.stdout) == (0, ready), said.stderr
    assert subprocess.run(shown, capture_output=True, text=True, check=True).stdout == before


def test_last_version_of_the_app_is_for_the_chapters_to_build(kubectl, made):
    """With the chapters' own commands; what they leave in the registry does no harm."""
    environment = os.environ | made.environment
    tag = f"{registry.ADDRESS}/fedek3/workshop-uns:v0.3.0"
    folder = EXTRAS / "02-imagenes" / "deploy-03"
    for command in (("build", "--quiet", "--tag", tag, folder), ("push", tag)):
        subprocess.run(("docker", *command), env=environment, check=True, capture_output=True)
    kubectl("run", "tercera", "--image=fedek3/workshop-uns:v0.3.0")
    kubectl("wait", "--for=condition=Ready", "pod/tercera", "--timeout=120s")
    said = kubectl("exec", "tercera", "--", "wget", "-qO-", "http://127.0.0.1:8080/hostname")
    assert said == "tercera\n"


def test_node_port_answers_on_this_machine_and_nowhere_else(kubectl):
    kubectl("apply", "--filename=-", stdin=_workload("Deployment", "puerta", 2))
    kubectl("rollout", "status", "deployment/puerta", "--timeout=120s")
    port = {"port": 80, "targetPort": 8080, "nodePort": 30100}
    kubectl("apply", "--filename=-", stdin=_service("puerta", type="NodePort", ports=[port]))
    try:
        assert wait_for(lambda: _get(30100)[0] == 200, 60)
    finally:
        kubectl("delete", "service", "puerta")
    published = subprocess.run(
        ("docker", "port", "taller-control-plane"), capture_output=True, text=True, check=True
    ).stdout
    assert {line.rpartition(" ")[2].rpartition(":")[0] for line in published.splitlines()} == {
        "127.0.0.1"
    }


def test_ingress_brings_requests_for_its_host_to_every_pod(kubectl):
    lab.create(progress=lab.Silence(), parts=("ingress",))
    kubectl("apply", "--filename=-", stdin=_workload("Deployment", "web-ingress", 3))
    kubectl("rollout", "status", "deployment/web-ingress", "--timeout=120s")
    ports = [{"port": 80, "targetPort": 8080}]
    kubectl("apply", "--filename=-", stdin=_service("web-ingress", ports=ports))
    rule = "prueba-lab.localhost/*=web-ingress:80"
    kubectl("create", "ingress", "web-ingress", f"--rule={rule}")
    with _applied(kubectl, EXTRAS / "03-kubernetes" / "ingress-controller.yaml"):
        kubectl("rollout", "status", "deployment/traefik", "--timeout=120s", namespace="traefik")
        host = "prueba-lab.localhost:8080"
        assert wait_for(lambda: _get(8080, host)[0] == 200, 60)
        assert _get(8080, "otra.localhost:8080")[0] == 404
        address = "--output=jsonpath={.status.loadBalancer.ingress[0].hostname}"
        assert wait_for(
            lambda: kubectl("get", "ingress", "web-ingress", address) == "localhost", 60
        )
    assert wait_for(lambda: _get(8080, host)[0] == 0, 60)


def test_top_knows_pods_and_nodes(kubectl):
    lab.create(progress=lab.Silence(), parts=("metrics",))
    with _applied(kubectl, EXTRAS / "06-observabilidad" / "metrics-server.yaml"):
        kubectl(
            "rollout",
            "status",
            "deployment/metrics-server",
            "--timeout=120s",
            namespace="kube-system",
        )
        assert wait_for(
            lambda: len(kubectl("top", "nodes", "--no-headers", check=False).splitlines()) == 5, 180
        )
        assert wait_for(
            lambda: "coredns" in kubectl("top", "pods", namespace="kube-system", check=False), 60
        )


def test_stateful_set_s_volume_stays_on_its_node_and_outlives_the_pod(kubectl):
    workload = json.loads(_workload("StatefulSet", "datos-propios", 1))
    spec = workload["spec"]
    spec["serviceName"] = "datos-propios"
    spec["template"]["spec"]["containers"][0]["volumeMounts"] = [
        {"name": "datos", "mountPath": "/datos"}
    ]
    spec["volumeClaimTemplates"] = [
        {
            "metadata": {"name": "datos"},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Mi"}},
            },
        }
    ]
    kubectl("apply", "--filename=-", stdin=json.dumps(workload))
    kubectl("rollout", "status", "statefulset/datos-propios", "--timeout=120s")
    pod = "datos-propios-0"
    kubectl("exec", pod, "--", "sh", "-c", "echo hola >/datos/nota")
    node = kubectl("get", "pod", pod, "--output=jsonpath={.spec.nodeName}")
    kubectl("delete", "pod", pod)
    kubectl("wait", "--for=create", f"pod/{pod}", "--timeout=120s")  # another of that name
    kubectl("wait", "--for=condition=Ready", f"pod/{pod}", "--timeout=120s")
    assert kubectl("exec", pod, "--", "cat", "/datos/nota") == "hola\n"
    assert kubectl("get", "pod", pod, "--output=jsonpath={.spec.nodeName}") == node
    volume = kubectl("get", "pvc", "datos-datos-propios-0", "--output=jsonpath={.spec.volumeName}")
    bound = json.loads(kubectl("get", "pv", volume, "--output=json"))["spec"]
    assert node in json.dumps(bound["nodeAffinity"])
    kubectl("delete", "statefulset", "datos-propios", "--wait=true")
    kubectl("delete", "pvc", "datos-datos-propios-0", "--wait=true")
    kubectl("wait", "--for=delete", f"pv/{volume}", "--timeout=120s")


def test_stopped_nodes_and_registry_are_repaired(made):
    stopped = ("taller-worker2", registry.CONTAINER)
    subprocess.run(("docker", "stop", "--time=1", *stopped), check=True, capture_output=True)
    before = lab.status()
    assert before.nodes["taller-worker2"] == "contenedor detenido"
    assert not before.is_whole
    assert lab.create(progress=lab.Silence()) == made
    after = lab.status()
    assert after.is_whole
    assert set(after.nodes.values()) == {"Ready"}
    assert all(after.images.values())


def test_half_made_cluster_is_made_again(made):
    command = ("docker", "rm", "--force", "--volumes", "taller-worker3")
    subprocess.run(command, check=True, capture_output=True)
    again = lab.create(progress=lab.Silence(), parts=("ingress", "metrics"))
    assert again.context == made.context
    assert lab.status().is_whole


def test_delete_leaves_the_host_as_it_was_and_create_brings_the_lab_back(made):
    places = Places.of_user()
    known = record.load(places.record)
    assert known.sysctls
    lab.delete(lab.Silence())
    try:
        assert not places.kubeconfig.exists()
        assert not places.record.exists()
        now = host.read_sysctls()
        assert {name: now.get(name) for name in known.sysctls} == known.sysctls
        rules = "".join(host.read_iptables().values())
        assert network.BRIDGE not in rules
        if known.started_engine:
            assert not engine.answers()
            assert "DOCKER" not in rules
            assert host.has_docker0() == known.docker0_existed
        else:
            assert not cluster.node_containers().all
            assert not network.exists()
        lab.delete(lab.Silence())  # nothing left to delete is no error
    finally:
        again = lab.create(progress=lab.Silence(), parts=("ingress", "metrics"))
    assert again == made
    assert lab.status().is_whole
