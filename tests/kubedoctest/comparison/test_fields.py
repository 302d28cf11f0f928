"""A shape belongs to a program and a field, never to how a cell looks: pairs of truth and lie."""

# ruff: noqa: E501 -- real outputs are as wide as they are

from __future__ import annotations

import pytest
from stage import Page

from kubedoctest.values.names import of_engine

DATE = "2026-11-27T06:40:45Z"
QUOTA = """
Name:       tope
Namespace:  cuotas
Resource    Used  Hard
--------    ----  ----
cpu         100m  900m
memory      1Gi   2Gi
services    1     3
"""
RANGE = """
Name:       rango
Namespace:  cuotas
Type        Resource  Min  Max   Default Request  Default Limit  Max Limit/Request Ratio
----        --------  ---  ---   ---------------  -------------  -----------------------
Container   cpu       50m  800m  100m             500m           -
"""
NODE = """
Name:               kind-worker
CreationTimestamp:  Tue, 24 Nov 2026 20:45:45 +0000
Capacity:
  cpu:                2
  ephemeral-storage:  65792556Ki
  memory:             8152940Ki
  pods:               110
System Info:
  Machine ID:                 51be9c85da9d4e18875707d1d9b734d3
  Operating System:           linux
  Kubelet Version:            v1.37.2
PodCIDR:                      10.244.2.0/24
Non-terminated Pods:          (2 in total)
  Namespace                   Name                CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------                   ----                ------------  ----------  ---------------  -------------  ---
  default                     ana                 100m (5%)     0 (0%)      64Mi (0%)        0 (0%)         12s
  kube-system                 kube-proxy-x        0 (0%)        0 (0%)      0 (0%)           0 (0%)         4h2m
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests    Limits
  --------           --------    ------
  cpu                100m (5%)   0 (0%)
  memory             64Mi (0%)   0 (0%)
"""


def check(command: str, real: str, true: str, lies: dict[str, str], authored: str = "") -> None:
    """The page is true, and each edit of it (from: to) is a lie."""
    assert Page(authored=authored).shows(true, real, command), true
    for old, new in lies.items():
        assert old in true, old
        shown = true.replace(old, new, 1)
        assert not Page(authored=authored).shows(shown, real, command), (old, new)


class TestTablesByKind:
    def test_custom_resource_cells_are_facts(self) -> None:
        real = "NAME   SIZE   VERSION   PIDS   TARGETS   OS-IMAGE   EVERY   AGE\n"
        real += "uno    10MB   v1.2.9    6      1/8       Linux      30s     12s\n"
        true = real.replace("12s", "3d")
        lies = {"10MB": "9MB", "v1.2.9": "v1.2.3", "6  ": "7  ", "1/8": "5/8", "Linux": "Windows"}
        check("kubectl get bases", real, true, lies | {"30s": "31s"})

    @pytest.mark.parametrize("kind", ["nodes", "no", "node", "nodes.v1."])
    def test_node_columns_are_of_their_machine(self, kind: str) -> None:
        real = "NAME   AGE   VERSION   OS-IMAGE   KERNEL-VERSION\nuno    3d    v1.37.2   Debian     6.1.0\n"
        true = real.replace("3d", "9s").replace("37.2", "37.0").replace("Debian", "Ubuntu")
        check(f"kubectl get {kind} -o wide", real, true, {"v1.37.0": "v1.36.2", "uno": "dos"})
        check("kubectl get nodes.example.com", real, real.replace("3d", "9s"), {"37.2": "37.0"})

    @pytest.mark.parametrize("never", ["1m75s", "2h60m", "3d24h", "75sm", "1m2"])
    def test_age_has_a_form_that_kubectl_prints(self, never: str) -> None:
        real = "NAME   AGE\nana    12s\n"
        for age in ("1m59s", "2h59m", "3d23h", "400d", "2y364d"):
            check("kubectl get pods", real, real.replace("12s", age), {age: never})

    def test_restarts_without_since_when(self) -> None:
        real = "NAME   READY   RESTARTS      AGE\nana    1/1     1 (1s ago)    12s\n"
        for restarts in ("1", "1 (9m ago)"):
            check("kubectl get pods", real, real.replace("1 (1s ago)", restarts), {"1/1": "0/1"})
        check("kubectl get pods", real, real, {"1 (1s ago)": "2 (1s ago)"})

    @pytest.mark.parametrize("label", ["12s", "v1.2.9", ""])
    def test_label_column_is_a_fact(self, label: str) -> None:
        for suffix, header in (
            ("", "NAME   READY   STATUS   RESTARTS   AGE   TIER\n"),
            (" --no-headers", ""),
        ):
            command = f"kubectl get pods -L tier{suffix}"
            real = f"{header}ana    1/1     Running  0          5s    {label}\n"
            lies = {label: "13s"} if label else {"9m": "9m   12s"}
            check(command, real, real.replace("5s ", "9m "), lies | {"Running": "Pending"})

    def test_current_of_an_autoscaler_only(self) -> None:
        real = "NAME   TARGETS       MINPODS   AGE\nuno    cpu: 1%/50%   1         12s\n"
        check("kubectl get hpa", real, real.replace("1%/", "7%/"), {"/50%": "/60%"})
        check("kubectl get escalas", real, real, {"1%/": "7%/"})

    def test_amounts_that_are_equal(self) -> None:
        real = "NAME   CAPACITY   AGE\nuno    1Gi        12s\n"
        check("kubectl get pvc", real, real.replace("1Gi  ", "1024Mi"), {"1024Mi": "1025Mi"})
        real = "NAME   REQUEST           LIMIT   AGE\ntope   cpu: 500m/1               12s\n"
        check("kubectl get quota", real, real.replace("500m/1", "0.5/1000m"), {"0.5": "0.6"})

    def test_columns_of_one_s_own_take_the_field_s(self) -> None:
        command = "kubectl get nodes -o custom-columns=N:.metadata.name,V:.status.nodeInfo.kubeletVersion,C:.metadata.creationTimestamp,S:.spec.size"
        real = f"N     V         C                      S\nuno   v1.37.2   {DATE}   12s\n"
        true = real.replace("37.2", "37.0").replace("2026", "2024")
        check(command, real, true, {"v1.37.0": "v1.36.0", "12s": "13s", "uno": "dos"})


class TestDescribe:
    def test_quota_and_limits_are_facts(self) -> None:
        lies = {"100m": "300m", "1Gi": "3Gi", "1     3": "2     3", "900m": "800m"}
        check("kubectl describe quota tope -n cuotas", QUOTA, QUOTA.strip(), lies)
        lies = {"100m": "250m", "500m": "400m", "50m": "60m", "800m": "1"}
        check("kubectl describe limits rango", RANGE, RANGE.strip(), lies)

    def test_equal_amounts(self) -> None:
        true = QUOTA.strip().replace("100m", "0.1 ").replace("1Gi", "1024Mi").replace("900m", "0.9")
        check("kubectl describe quota", QUOTA, true, {"0.1 ": "1  ", "1024Mi": "1000Mi"})

    def test_resources_of_a_container_are_facts(self) -> None:
        real = "Name:  uno\nContainers:\n  app:\n    Limits:\n      cpu:     1\n      memory:  20000Ki\n    Environment:\n      ESPERA:  100m\n      PAUSA:   12s\n"
        lies = {"20000Ki": "64Ki", "cpu:     1": "cpu:     2", "100m": "200m", "12s": "9s"}
        check("kubectl describe pod uno", real, real.strip(), lies)
        check(
            "kubectl describe pod uno",
            real,
            real.strip().replace("cpu:     1", "cpu:  1000m"),
            {"1000m": "100m"},
        )

    def test_node_is_its_machine(self) -> None:
        true = NODE.strip()
        for old, new in {
            "cpu:                2": "cpu:      8", "8152940Ki": "1Ki", "65792556Ki": "9Ki",
            "51be9c85da9d4e18875707d1d9b734d3": "0", "v1.37.2": "v1.37.9", "10.244.2.0/24": "10.244.3.0/24",
            "12s": "9m", "4h2m": "3s", "100m (5%)     0": "100m (1%)   0", "24 Nov 2026": "01 Jan 2024",
        }.items():  # fmt: skip
            assert old in true, old
            true = true.replace(old, new, 1)
        lies = {"pods:               110": "pods:  111", "linux": "windows", "v1.37.9": "v1.36.2"}
        lies |= {
            "64Mi (0%)        0": "65Mi (0%)   0",
            "(2 in total)": "(3 in total)",
            "ana": "eva",
        }
        lies |= {"100m (1%)": "200m (1%)", "9m": "nueve", "cpu:      8": "cpu:   8Gi"}
        check("kubectl describe node kind-worker", NODE, true, lies)

    def test_event_rows_after_a_filter(self) -> None:
        real = (
            "  Normal   Pulled     5s (x3 over 9s)   kubelet            spec.containers{app}: 30s\n"
        )
        true = (
            "  Normal   Pulled     2m (x2 over 3m)   kubelet            spec.containers{app}: 30s"
        )
        lies = {"x2": "x4", "30s": "31s", "kubelet": "otro", "Normal": "Warning"}
        check("kubectl describe pod uno | tail -1", real, true, lies)


class TestObjects:
    YAML = f"""
apiVersion: v1
kind: Pod
metadata:
  annotations:
    publicado: "2025-01-01T00:00:00Z"
    resourceVersion: "5"
  creationTimestamp: "{DATE}"
  resourceVersion: "123"
spec:
  containers:
  - name: app
    resources:
      limits:
        cpu: 500m
        memory: 1Gi
status:
  startTime: "{DATE}"
"""

    def test_fields_by_their_path(self) -> None:
        true = self.YAML.strip().replace(DATE, "2024-02-02T00:00:00Z").replace('"123"', '"7"')
        lies = {"2025-01": "2024-01", '"5"': '"6"', "500m": "600m", "1Gi": "2Gi", '"7"': "7"}
        check(
            "kubectl get pod uno -o yaml", self.YAML, true, lies, authored='"2025-01-01T00:00:00Z"'
        )
        equal = true.replace("500m", '"0.5"').replace("1Gi", "1024Mi")
        assert not Page().shows(equal, self.YAML, "kubectl get pod uno -o yaml"), "quotes count"
        check(
            "kubectl get pod uno -o yaml",
            self.YAML,
            equal.replace('"0.5"', "0.5"),
            {"0.5": "0.6"},
            authored="2025-01-01T00:00:00Z",
        )


class TestDates:
    @pytest.mark.parametrize(
        ("command", "real", "other"),
        [
            ("kubectl logs job/hola", "Fri Feb 22 11:02:09 UTC 2019", "Mon Mar  2 01:00:00 UTC 2026"),
            ("date", "Fri Feb 22 11:02:09 UTC 2019", "Mon Mar  2 01:00:00 UTC 2026"),
            ("kubectl exec uno -- date", "Fri Nov 27 09:00:00 UTC 2026", "Mon Mar  2 01:00:00 UTC 2026"),
            ("kubectl exec uno -- tail -n1 /log/a.log", f"{DATE} ya", "2024-01-01T00:00:00Z ya"),
            ("ls -l /etc", "lrwxrwxrwx 1 root root 12 Nov 26 10:00 color -> x", "lrwxrwxrwx 1 root root 12 Jan  3 2024 color -> x"),
            ("kubectl exec uno -- ls -l /etc", "-rw-r--r-- 1 root root 12 Nov 26 10:00 color", "-rw-r--r-- 1 root root 12 Jan  3 11:15 color"),
            ("kubectl logs uno", "I1127 06:40:58.123456       1 main.go:12] hola", "I0101 00:00:00.000001      77 main.go:12] hola"),
            ("kubectl logs uno", "2026/11/27 06:40:58 hola", "2024/01/01 00:00:00 hola"),
            ("kubectl logs uno", "[06:40:58] hola", "[00:00:01] hola"),
            ("docker logs uno", "2026/11/27 06:40:58 hola", "2024/01/01 00:00:00 hola"),
            ("kubectl get pod uno -o jsonpath='{.status.startTime}'", DATE, "2024-01-01T00:00:00Z"),
            ("time ls", "real\t0m0.004s", "real    0m1.250s"),
        ],
    )  # fmt: skip
    def test_of_the_run(self, command: str, real: str, other: str) -> None:
        assert Page().shows(other, f"{real}\n", command)
        assert not Page().shows(
            other.replace("ya", "no").replace("hola", "chau") + "x", real, command
        )

    def test_of_the_author(self) -> None:
        for command in (
            "cat extras/a.txt",
            "kubectl get cm a -o jsonpath='{.data.fecha}'",
            "kubectl describe cm a",
            "kubectl logs uno",
        ):
            check(command, DATE, DATE, {"2026": "2024"}, authored=f"fecha: {DATE}")
        for command in ("cat fecha.txt", "grep 2026 x", "echo hola"):
            check(command, DATE, DATE, {"2026": "2024"})

    def test_kubectl_diff(self) -> None:
        real = "diff -u -N /tmp/LIVE-1234567890/v1.ConfigMap.default.a /tmp/MERGED-3456789012/v1.ConfigMap.default.a\n"
        real += "--- /tmp/LIVE-1234567890/v1.ConfigMap.default.a\t2026-11-27 06:40:58.123456789 +0000\n-  color: rojo\n"
        true = (
            real.strip()
            .replace("1234567890", "77")
            .replace("3456789012", "8")
            .replace("2026", "2024")
        )
        check(
            "kubectl diff -f a.yaml",
            real,
            true,
            {"rojo": "azul", "default.a": "default.b", "LIVE": "VIVO"},
        )
        check("kubectl diff -f a.yaml", real, true.replace("\t", "    "), {"rojo": "azul"})
        check("kubectl diff -f a.yaml", real, true.replace("/tmp/", "/var/T/"), {"/v1.": "/v2."})


class TestEngine:
    ID = "5232020b873d" + "0" * 52
    OTHER = "f10539392a61" + "1" * 52
    PS = """
CONTAINER ID   IMAGE     COMMAND   CREATED         STATUS         PORTS     NAMES
5232020b873d   busybox   "sleep"   3 seconds ago   Up 2 seconds             dreamy_euler
f10539392a61   busybox   "sleep"   9 seconds ago   Up 8 seconds             web_uno
"""

    def shown(self, id_: str, name: str = "bold_curie", other: str = "bbbbbbbbbbbb") -> str:
        text = self.PS.strip().replace("5232020b873d", id_).replace("dreamy_euler", name)
        return text.replace("f10539392a61", other)

    def test_short_and_whole_ids_are_one_object_s(self) -> None:
        for id_, true in (("aaaaaaaaaaaa", True), ("cccccccccccc", False), ("bbbbbbbbbbbb", False)):
            page = Page(authored="--name web_uno")
            assert page.shows("aaaaaaaaaaaa" + "2" * 52, self.ID, "docker run -d busybox")
            assert page.shows(self.shown(id_), self.PS, "docker ps") is true
            assert page.runs("docker stop aaaaaaaaaaaa") == "docker stop 5232020b873d"
            assert not page.shows("bbbbbbbbbbbb", "5232020b873d", "docker stop 5232020b873d")

    def test_invented_names_are_bound_and_the_author_s_literal(self) -> None:
        page = Page(authored="docker run --name web_uno")
        assert page.shows(self.shown("aaaaaaaaaaaa"), self.PS, "docker ps")
        assert page.runs("docker stop bold_curie") == "docker stop dreamy_euler"
        assert page.shows("bold_curie", "dreamy_euler", "docker stop dreamy_euler")
        assert not page.shows("sad_turing", "dreamy_euler", "docker stop dreamy_euler")
        lie = self.shown("aaaaaaaaaaaa").replace("web_uno", "web_dos")
        assert not Page(authored="docker run --name web_uno").shows(lie, self.PS, "docker ps")

    def test_a_beginning_that_a_command_types_is_that_id_s(self) -> None:
        page = Page()
        assert page.shows("aaaaaaaaaaaa" + "2" * 52, self.ID, "docker run -d busybox")
        assert page.runs("echo aaaa") == "echo aaaa"
        assert page.runs("docker stop aaaa") == "docker stop 5232"
        assert page.shows("aaaa", "5232", "docker stop 5232")
        assert not page.shows("bbbb", "5232", "docker stop 5232")
        assert page.runs("docker stop bbbb") == "docker stop bbbb"

    def test_what_a_command_prints_is_no_beginning_of_an_id(self) -> None:
        assert not Page().shows("4321", "1234", "docker exec uno cat /numero")
        assert not Page().shows("137", "0", "docker wait uno")

    def test_an_invented_name_stands_for_one_anywhere(self) -> None:
        page = Page(authored="--name web_uno")
        assert page.shows(self.shown("aaaaaaaaaaaa"), self.PS, "docker ps")
        command = "docker inspect -f '{{.Name}}' dreamy_euler"
        assert page.shows("/bold_curie", "/dreamy_euler", command)
        assert not page.shows("/sad_turing", "/dreamy_euler", command)
        assert not Page().shows("one_word", "two_words", "docker logs uno")

    @pytest.mark.parametrize("command", ["docker exec uno hostname", "curl -s localhost:8081"])
    def test_a_container_s_hostname_is_its_id(self, command: str) -> None:
        page = Page()
        assert not page.patterns.also(of_engine(page.bindings.decided)).names
        assert page.shows("aaaaaaaaaaaa" + "2" * 52, self.ID, "docker run -d busybox")
        page.patterns = page.patterns.also(of_engine(page.bindings.decided))
        assert page.shows("hola de aaaaaaaaaaaa", "hola de 5232020b873d", command)
        assert not page.shows("hola de bbbbbbbbbbbb", "hola de 5232020b873d", command)

    @pytest.mark.parametrize("given", ["{}", "localhost:5002/mi-app@sha256:{}"])
    def test_whole_id_that_a_variable_holds_is_that_id(self, given: str) -> None:
        whole, other = "aaaaaaaaaaaa" + "2" * 52, "bbbbbbbbbbbb" + "2" * 52
        page = Page()
        assert page.shows(whole, self.ID, "docker run -d busybox")
        page.patterns = page.patterns.also(of_engine(page.bindings.decided))
        assert page.shows(given.format(whole), given.format(self.ID), "echo $id")
        assert not page.shows(given.format(other), given.format(self.ID), "echo $id")

    def test_what_several_containers_answer_comes_in_order(self) -> None:
        page = Page()
        assert page.shows("aaaaaaaaaaaa" + "2" * 52, self.ID, "docker run -d busybox")
        assert page.shows("bbbbbbbbbbbb" + "2" * 52, self.OTHER, "docker run -d busybox")
        page.patterns = page.patterns.also(of_engine(page.bindings.decided))
        real = "5232020b873d\nf10539392a61\n"
        loop = "for port in 1 2; do curl -s localhost:$port; done"
        assert page.shows("aaaaaaaaaaaa\nbbbbbbbbbbbb", real, loop)
        assert not page.shows("bbbbbbbbbbbb\naaaaaaaaaaaa", real, loop)

    def test_layers_come_in_their_order(self) -> None:
        command = "docker image inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' a"
        layers, shown = (["sha256:" + d * 64 for d in digits] for digits in ("012", "abc"))
        page = Page()
        assert page.shows(shown[0], layers[0], command)
        assert page.shows("\n".join(shown), "\n".join(layers), command)
        assert not page.shows("\n".join([shown[1], shown[0], shown[2]]), "\n".join(layers), command)

    def test_a_process_of_the_machine_is_one_number(self) -> None:
        page = Page()
        shown = "docker inspect --format '{{.State.Pid}}' uno"
        assert page.shows("4242", "977", shown)
        assert page.runs("ps -o pid,args -p 4242") == "ps -o pid,args -p 977"
        top = "PID   USER   COMMAND\n{}   root   sleep {}"
        assert page.shows(top.format(4242, 60), top.format(977, 60), "docker top uno -o pid")
        assert not page.shows(top.format(4243, 60), top.format(977, 60), "docker top uno -o pid")
        assert not page.shows(top.format(4242, 61), top.format(977, 60), "docker top uno -o pid")
        listed = "  PID COMMAND\n{:>5} sleep 60"
        assert page.shows(listed.format(4242), listed.format(977), "ps -o pid,args")
        assert not page.shows(listed.format(4243), listed.format(977), "ps -o pid,args")

    def test_processes_inside_have_numbers_of_their_own(self) -> None:
        ps = "PID   USER     COMMAND\n    1 root     app\n{:>5} root     ps\n"
        for command in ("docker exec uno ps", "docker run --rm busybox ps", "kubectl exec a -- ps"):
            page = Page()
            assert page.shows(ps.format(8), ps.format(15), command)
            assert page.shows(ps.format(8), ps.format(16), command)
            for lie in (("1 root", "2 root"), ("app", "otra"), ("ps", "top")):
                assert not page.shows(ps.format(8).replace(*lie), ps.format(15), command), lie

    def test_a_namespace_is_one_number_wherever_it_is_read(self) -> None:
        page = Page()
        real = "pid:[4026533112]"
        assert page.shows("pid:[4026532001]", real, "readlink /proc/977/ns/pid")
        assert page.shows("pid:[4026532001]", real, "docker exec uno readlink /proc/1/ns/pid")
        assert not page.shows("pid:[4026532002]", real, "docker exec uno readlink /proc/1/ns/pid")
        assert not page.shows("net:[4026532001]", real, "docker exec uno readlink /proc/1/ns/pid")

    def test_twins_of_ports_may_be_left_out(self) -> None:
        real = "8080/tcp -> 0.0.0.0:8081\n8080/tcp -> [::]:8081\n"
        check(
            "docker port uno",
            real,
            "8080/tcp -> 0.0.0.0:8081",
            {"8081": "8082", "8080": "80", "0.0.0.0": "127.0.0.1"},
        )

    @pytest.mark.parametrize(
        "start", ['time="2026-11-28T11:45:49Z" level=error msg="', "ERRO[0002] "]
    )
    def test_what_old_clients_say_by_chance_may_be_left_out(self, start: str) -> None:
        end = '"' if start.endswith('"') else ""
        said = f"{start}error waiting for container: context canceled{end}"
        other = f"{start}error waiting for container: no such container{end}"
        run = "docker run --detach --name uno busybox:1.37.0 sleep 60"
        shown, real = ("a" * 64, "b" * 64)
        assert Page().shows(shown, f"{real}\n{said}", run)
        assert not Page().shows(f"{shown}\n{said}", real, run)
        assert not Page().shows(shown, f"{real}\n{other}", run)
        assert not Page().shows(shown, f"{real}\n{said}", "docker create busybox:1.37.0")

    def test_the_numbers_of_an_inspected_process_differ_and_its_state_not(self) -> None:
        real = """
        [
            {
                "Id": "5232020b873d",
                "State": {
                    "Status": "running",
                    "Pid": 977,
                    "ExitCode": 0
                }
            }
        ]
        """
        true = real.replace("977", "4242")
        check("docker inspect uno", real, true, {"running": "exited", '"ExitCode": 0': "0"})


class TestIds:
    def test_debugger_s_name_is_bound(self) -> None:
        page = Page()
        real = "Defaulting debug container name to debugger-q7x2p."
        assert page.shows(real.replace("q7x2p", "zzzzz"), real, "kubectl debug uno -- sleep 1")
        assert (
            page.runs("kubectl logs uno -c debugger-zzzzz") == "kubectl logs uno -c debugger-q7x2p"
        )
        assert not page.shows("debugger-ccccc", "debugger-q7x2p", "kubectl get pod uno -o name")

    def test_an_id_inside_an_error(self) -> None:
        real = f'error: container "{"1" * 64}" is not running: {"1" * 64}\n'
        page = Page()
        assert page.shows(real.replace("1", "a"), real, "kubectl exec uno -- true")
        assert not Page().shows(
            real.replace("1", "a").replace("a" * 64, "b" * 64, 1), real, "kubectl exec uno -- true"
        )
        check("sha256sum a", real, real.strip(), {"1" * 64: "2" * 64})
