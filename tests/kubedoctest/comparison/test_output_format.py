"""Each command's output in its own form, by pairs: the page that is true, the page that lies."""

# ruff: noqa: E501 -- real outputs are as wide as they are

from __future__ import annotations

import pytest
from stage import Page, bare_pod, daemon_pod, deployment_pod, pod_at, worker

from kubedoctest.comparison import output_format

FOUR = ["mi-app-4kx2p", "mi-app-b9w7d", "mi-app-qz5nt", "mi-app-x8c6v"]


def check(page: Page, command: str, real: str, true: str, lies: dict[str, str]) -> None:
    """The page is true, and each edit of it (from: to) is a lie."""
    assert page.shows(true, real, command)
    for old, new in lies.items():
        assert old in true, old
        assert not page.shows(true.replace(old, new, 1), real, command), (old, new)


class TestRolloutStatus:
    REAL = """
Waiting for deployment "mi-deploy" rollout to finish: 0 of 3 updated replicas are available...
Waiting for deployment "mi-deploy" rollout to finish: 1 of 3 updated replicas are available...
Waiting for deployment "mi-deploy" rollout to finish: 1 of 3 updated replicas are available...
Waiting for deployment "mi-deploy" rollout to finish: 2 of 3 updated replicas are available...
deployment "mi-deploy" successfully rolled out
"""
    COMMAND = "kubectl rollout status deployment mi-deploy"

    @staticmethod
    def told(*counts: int, last: str = 'deployment "mi-deploy" successfully rolled out') -> str:
        waiting = (
            f'Waiting for deployment "mi-deploy" rollout to finish: {count} of 3 updated replicas '
            f"are available..."
            for count in counts
        )
        return "\n".join([*waiting, *([last] if last else [])])

    @pytest.mark.parametrize("counts", [(), (0,), (1, 2), (0, 1, 2), (0, 0, 1), (1, 1, 1, 2)])
    def test_some_of_the_steps_however_often(self, counts: tuple[int, ...]) -> None:
        assert Page().shows(self.told(*counts), self.REAL, self.COMMAND)

    @pytest.mark.parametrize("counts", [(3,), (2, 1), (0, 3), (1, 0, 2)])
    def test_a_step_that_never_came(self, counts: tuple[int, ...]) -> None:
        assert not Page().shows(self.told(*counts), self.REAL, self.COMMAND)

    @pytest.mark.parametrize("last", ["", 'deployment "otro" successfully rolled out', "listo"])
    def test_the_last_line_is_literal(self, last: str) -> None:
        assert not Page().shows(self.told(0, last=last), self.REAL, self.COMMAND)

    def test_nothing_is_not_enough(self) -> None:
        assert not Page().shows("", self.REAL, self.COMMAND)

    def test_a_rolling_update(self) -> None:
        # The same update printed these lines three, three, three and three times on one run; one,
        # two, three and three on another.
        real = """
Waiting for deployment spec update to be observed...
Waiting for deployment "mi-deploy" rollout to finish: 0 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 1 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 1 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 1 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 2 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 2 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 1 old replicas are pending termination...
Waiting for deployment "mi-deploy" rollout to finish: 1 old replicas are pending termination...
deployment "mi-deploy" successfully rolled out
"""
        true = """
Waiting for deployment "mi-deploy" rollout to finish: 1 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 2 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 2 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 2 out of 3 new replicas have been updated...
Waiting for deployment "mi-deploy" rollout to finish: 1 old replicas are pending termination...
deployment "mi-deploy" successfully rolled out
"""
        lies = {"1 old": "2 old", "1 out of 3": "1 out of 4", "1 out": "3 out", "mi-deploy": "otro"}
        check(Page(), self.COMMAND, real, true, lies)

    def test_only_of_rollout_status(self) -> None:
        assert not Page().shows(self.told(0), self.REAL, "kubectl rollout history deploy mi-deploy")


class TestEvents:
    REAL = """
LAST SEEN   TYPE      REASON      OBJECT       MESSAGE
9s          Normal    Scheduled   pod/mi-pod   Successfully assigned default/mi-pod to kind-worker
8s          Normal    Pulling     pod/mi-pod   Pulling image "nginx:1.29"
5s          Normal    Scheduled   pod/otro     Successfully assigned default/otro to kind-worker2
4s          Normal    Pulled      pod/mi-pod   Successfully pulled image "nginx:1.29" in 3.512s (3.512s including waiting). Image size: 72295909 bytes.
2s          Normal    Started     pod/mi-pod   Container started
"""
    TRUE = """
LAST SEEN   TYPE     REASON      OBJECT       MESSAGE
1m          Normal   Scheduled   pod/otro     Successfully assigned default/otro to kind-worker2
2m          Normal   Scheduled   pod/mi-pod   Successfully assigned default/mi-pod to kind-worker
1m          Normal   Pulled      pod/mi-pod   Successfully pulled image "nginx:1.29" in 512ms (1m2.5s including waiting). Image size: 1 bytes.
1m          Normal   Started     pod/mi-pod   Container started
"""

    def test_some_of_each_object_s_in_order(self) -> None:
        lies = {
            "nginx:1.29": "nginx:1.28",
            "Container started": "Container created",
            "Normal   Started": "Warning   Started",
            "kind-worker2": "kind-worker3",
            "512ms": "ya",
            "pod/otro": "pod/mi-pod",
        }
        check(Page(), "kubectl get events", self.REAL, self.TRUE, lies)

    def test_one_object_s_events_keep_their_order(self) -> None:
        lines = self.TRUE.strip().split("\n")
        swapped = "\n".join([*lines[:2], lines[3], lines[2], lines[4]])
        assert not Page().shows(swapped, self.REAL, "kubectl get events")

    def test_equal_ages_tie_where_ages_sort(self) -> None:
        real = "LAST SEEN   TYPE     REASON    OBJECT   MESSAGE\n"
        real += "3s          Normal   Pulled    pod/a    uno\n2s          Normal   Created   pod/a    dos\n"
        true = "LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n9s Normal Created pod/a dos\n9s Normal Pulled pod/a uno"
        assert Page().shows(true, real, "kubectl events --for pod/a")
        assert Page().shows(true, real, "kubectl get events --sort-by=.lastTimestamp")
        assert not Page().shows(true, real, "kubectl get events")

    def test_events_that_differ_in_names_only_may_change_places(self) -> None:
        page = Page(*map(deployment_pod, [f"mi-deploy-5d4f8c7b9d-{x}" for x in ("4kx2p", "b9w7d")]))
        message = "9s  Normal  SuccessfulCreate  replicaset/mi-deploy-{0}  Created pod: mi-deploy-{0}-{1}\n"
        table = "NAME\n{}\n{}"
        header = "LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n"
        first = table.format("mi-deploy-7c6b5f9d8-zzzzz", "mi-deploy-7c6b5f9d8-ccccc")
        real = table.format("mi-deploy-5d4f8c7b9d-4kx2p", "mi-deploy-5d4f8c7b9d-b9w7d")
        assert page.shows(first, real, "kubectl get pods -o name")
        page.runs("kubectl logs mi-deploy-7c6b5f9d8-zzzzz")
        rows = "LAST SEEN   TYPE     REASON             OBJECT                            MESSAGE\n"
        for pod in ("b9w7d", "4kx2p"):
            rows += (
                message.format("5d4f8c7b9d", pod)
                .replace("9s  Normal  ", "9s          Normal   ")
                .replace("Create  ", "Create   ")
                .replace("9d  C", "9d   C")
            )
        true = header + "".join(message.format("7c6b5f9d8", pod) for pod in ("zzzzz", "ccccc"))
        assert page.shows(true, rows, "kubectl get events")
        assert not page.shows(true.replace("ccccc", "zzzzz"), rows, "kubectl get events")

    @pytest.mark.parametrize("command", ["kubectl events", "kubectl events --no-headers"])
    def test_what_came_again(self, command: str) -> None:
        header = "LAST SEEN             TYPE      REASON    OBJECT       MESSAGE\n"
        real = "3s (x4 over 12s)      Warning   BackOff   pod/mi-pod   Back-off restarting\n"
        once = real.replace("3s (x4 over 12s)", "3s              ")
        shown = "9s (x2 over 5m3s)   Warning   BackOff   pod/mi-pod   Back-off restarting"
        if "--no-headers" not in command:
            real, once = header + real, header + once
            shown = f"LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n{shown}"
        for had in (" (x2 over 5m3s)", " (x3 over 5m3s)", " (x4 over 5m3s)", ""):
            assert Page().shows(shown.replace(" (x2 over 5m3s)", had), real, command), had
        for never in ("x5", "x7", "x40", "x0", "x1", "x02", "x"):
            assert not Page().shows(shown.replace("x2", never), real, command), never
        assert not Page().shows(shown, once, command)


class TestDescribe:
    REAL = """
Name:             mi-pod
Namespace:        default
Priority:         0
Service Account:  default
Node:             kind-worker2/172.18.0.4
Start Time:       Tue, 24 Nov 2026 20:45:45 +0000
Labels:           app=mi-app
                  tier=web
Status:           Running
Containers:
  app:
    Container ID:   containerd://0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    Image:          fedek3/workshop-uns:v0.1.0
    Limits:
      memory:  64Mi
    Mounts:
      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-4kx2p (ro)
Tolerations:                 node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
                             node.kubernetes.io/unreachable:NoExecute op=Exists for 300s
Events:
  Type    Reason     Age               From               Message
  ----    ------     ----              ----               -------
  Normal  Scheduled  12s               default-scheduler  Successfully assigned default/mi-pod
  Normal  Pulled     3s (x2 over 12s)  kubelet            spec.containers{app}: ya
"""
    COMMAND = "kubectl describe pod mi-pod"

    @pytest.mark.parametrize(
        ("true", "lies"),
        [
            ("Name:  mi-pod\n...", {"mi-pod": "otro", "Name": "Nombre", "\n...": ""}),
            ("...\nStatus:    Running\n...", {"Running": "Pending", "Status": "  Status"}),
            (
                "...\nContainers:\n  app:\n...\n    Image:   fedek3/workshop-uns:v0.1.0\n    Limits:"
                "\n      memory:   64Mi\n...",
                {
                    "v0.1.0": "v0.2.0",
                    "      memory": "    memory",
                    "64Mi": "128Mi",
                    "    Image": "  Image",
                    "  app:\n...\n": "  app:\n",
                },
            ),
            (
                "...\nStart Time:   Mon, 01 Jan 2024 10:00:00 -0300\nLabels:    app=mi-app\n"
                "             tier=web\n...",
                {"2024": "24", "tier=web": "tier=db", "-0300": "ayer"},
            ),
            (
                "...\n    Container ID:  containerd://" + "f" * 64 + "\n...",
                {"containerd": "docker", "fff": "ff"},
            ),
            (
                "...\nEvents:\n  Type   Reason   Age   From   Message\n"
                "  ----  ------  ----  ----  -------\n"
                "  Normal  Scheduled  3m  default-scheduler  Successfully assigned default/mi-pod\n"
                "  Normal  Pulled  9s (x2 over 3m)  kubelet  spec.containers{app}: ya",
                {
                    "x2 over": "x7 over",
                    "Scheduled  3m": "Scheduled  3m (x2 over 3m)",
                    "3m  default": "tres  default",
                    "kubelet": "kubelt",
                    "Normal  Scheduled": "Warning  Scheduled",
                    ": ya": ": no",
                },
            ),
            ("...\n      /var/run/secrets/kubernetes.io/serviceaccount from kube-api-access-zzzzz "
             "(ro)\n...", {"zzzzz": "zzzza", "(ro)": "(rw)"}),
            ("...\nTolerations:     node.kubernetes.io/not-ready:NoExecute op=Exists for 300s\n...",
             {"300s": "60s"}),
        ],
    )  # fmt: skip
    def test_excerpts(self, true: str, lies: dict[str, str]) -> None:
        check(Page(), self.COMMAND, self.REAL, true, lies)

    def test_order_of_excerpts(self) -> None:
        page = "...\nStatus:   Running\n...\nPriority:   0\n..."
        assert not Page().shows(page, self.REAL, self.COMMAND)


class TestManifest:
    REAL = """
apiVersion: v1
kind: Pod
metadata:
  annotations:
    pausa: 30s
  creationTimestamp: "2026-11-24T20:45:45Z"
  name: mi-pod
  resourceVersion: "12345"
  uid: 3f1c1a52-7f0e-4e58-9f39-6f8f5f0b8c11
spec:
  containers:
  - image: fedek3/workshop-uns:v0.1.0
    name: app
    ports:
    - containerPort: 8080
"""

    @pytest.mark.parametrize(
        ("true", "lies"),
        [
            (
                '...\n  name: mi-pod\n  resourceVersion: "987"\n  uid: '
                "11111111-2222-3333-4444-555555555555\n...",
                {'"987"': "987", "-5555": "", "mi-pod": "otro"},
            ),
            (
                '...\n  creationTimestamp: "2024-01-01T00:00:00Z"\n...',
                {'"2024-01-01T00:00:00Z"': "2024-01-01T00:00:00Z", "2024-01-01T": ""},
            ),
            ("...\n    pausa: 30s\n...", {"30s": "60s", "pausa: 30s": "pausa:  30s"}),
            (
                "...\nspec:\n  containers:\n  - image: fedek3/workshop-uns:v0.1.0\n...\n"
                "    - containerPort: 8080",
                {"8080": "80", "    - c": "  - c", "v0.1.0": "v0.1.1", "  - image": "- image"},
            ),
        ],
    )
    def test_excerpts(self, true: str, lies: dict[str, str]) -> None:
        check(Page(), "kubectl get pod mi-pod -o yaml", self.REAL, true, lies)


class TestUsage:
    def test_top(self) -> None:
        real = "NAME           CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   \n"
        real += "kind-worker    57m          2%          512Mi           6%          \n"
        real += "kind-worker2   <unknown>    <unknown>   <unknown>       <unknown>   \n"
        true = "NAME   CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)\n"
        true += "kind-worker   3m   0%   1200Mi   15%\n"
        true += "kind-worker2   <unknown>   <unknown>   <unknown>   <unknown>"
        lies = {
            "3m": "3",
            "1200Mi": "1200Gi",
            "15%": "15",
            "kind-worker2": "kind-worker3",
            "<unknown>": "3m",
            "0%": "<unknown>",
        }
        check(Page(), "kubectl top nodes", real, true, lies)

    def test_sorted_by_what_is_measured(self) -> None:
        real = "NAME     CPU(cores)   MEMORY(bytes)\nmi-pod   5m           3Mi\notro     2m           1Mi\n"
        swapped = "NAME   CPU(cores)   MEMORY(bytes)\notro   5m   3Mi\nmi-pod   2m   1Mi"
        assert Page().shows(swapped, real, "kubectl top pods --sort-by=cpu")
        assert not Page().shows(swapped, real, "kubectl top pods")

    def test_autoscaler(self) -> None:
        real = "NAME     REFERENCE               TARGETS              MINPODS   MAXPODS   REPLICAS   AGE\n"
        real += "mi-hpa   Deployment/mi-deploy    cpu: 1%/50%          1         5         1          30s\n"
        true = "NAME   REFERENCE   TARGETS   MINPODS   MAXPODS   REPLICAS   AGE\n"
        true += "mi-hpa   Deployment/mi-deploy   cpu: 0%/50%   1   5   1   3m"
        lies = {"50%": "80%", "cpu": "memory", "0%/": "<unknown>/", "5   1   3m": "5   2   3m"}
        check(Page(), "kubectl get hpa", real, true, lies)
        assert not Page().shows(true, real.replace("1%/50%", "<unknown>/50%"), "kubectl get hpa")


class TestQueries:
    """What promtool answers: when it was asked differs, and so does how fast what it counts goes."""

    ASKED = "kubectl exec deploy/p -- promtool query instant http://localhost:9090 '{}'"

    def test_what_is_counted_is_a_fact(self) -> None:
        real = 'up{job="app", pod="mi-pod"} => 1 @[1764288000.123]\n'
        true = 'up{job="app", pod="mi-pod"} => 1 @[1700000000]'
        lies = {
            "=> 1": "=> 0",
            "app": "otra",
            "mi-pod": "otro",
            "@[17": "@[x17",
            " @[1700000000]": "",
        }
        check(Page(), self.ASKED.format("up"), real, true, lies)

    def test_how_fast_it_goes_is_measured(self) -> None:
        check(
            Page(),
            self.ASKED.format("sum(rate(pedidos_total[10s]))"),
            "{} => 3.4166666666666665 @[1764288000.123]\n",
            "{} => 12.5 @[1764288111.5]",
            {"12.5": "0", "=> 12.5": "=> nada", "{}": '{pod="x"}'},
        )

    def test_nothing_goes_at_no_speed(self) -> None:
        asked = self.ASKED.format("rate(pedidos_total[10s])")
        assert not Page().shows("{} => 2 @[1.5]", "{} => 0 @[1.5]\n", asked)
        assert Page().shows("{} => 0 @[1.5]", "{} => 0 @[2.5]\n", asked)

    def test_over_a_while(self) -> None:
        check(
            Page(),
            self.ASKED.format("count(up)").replace("instant", "range --start=1 --end=9"),
            "{} =>\n3 @[1764288000]\n4 @[1764288010]\n",
            "{} =>\n3 @[1700000000]\n4 @[1700000010]",
            {"3 @": "2 @", "4 @": "5 @"},
        )


class TestSorting:
    """Rows sorted by a column: with generated names their own order says nothing."""

    NODES = "kubectl get pods -o custom-columns='POD:.metadata.name,NODO:.spec.nodeName' --sort-by="

    def nodes(
        self, shown: str, real: str = "1223", command: str = NODES + ".spec.nodeName"
    ) -> bool:
        workers = [worker(f"taller-worker{n}") for n in ("", "2", "3", "10")]
        page = Page(*map(daemon_pod, FOUR), *workers)

        def table(nodes: str) -> str:
            places = [f"taller-worker{n.strip('1').replace('x', '10')}" for n in nodes]
            return "POD            NODO\n" + "\n".join(map("{}   {}".format, FOUR, places))

        return page.shows(table(shown), table(real), command)

    @pytest.mark.parametrize("shown", ["1123", "1223", "1233", "223x", "133x"])
    def test_those_alike_together_in_natural_order(self, shown: str) -> None:
        assert self.nodes(shown)

    @pytest.mark.parametrize("shown", ["1213", "2113", "3211", "1132", "1x33", "1322"])
    def test_no_order_at_all(self, shown: str) -> None:
        assert not self.nodes(shown)
        assert self.nodes(shown, command=self.NODES.removesuffix(" --sort-by="))

    @pytest.mark.parametrize("path", ["spec.nodeName", "'{.spec.nodeName}'", "{spec.nodeName}"])
    def test_however_the_path_is_written(self, path: str) -> None:
        assert self.nodes("1123", command=self.NODES + path)
        assert not self.nodes("1213", command=self.NODES + path)

    def test_by_what_is_not_shown(self) -> None:
        assert self.nodes("1213", command=self.NODES + ".metadata.creationTimestamp")

    def test_the_reason(self) -> None:
        real = "POD            N\nmi-app-4kx2p   a\nmi-app-b9w7d   b\n"
        command = "kubectl get pods -o custom-columns=POD:.metadata.name,N:.a --sort-by=.a"
        page = Page(*map(daemon_pod, FOUR[:2]))
        shown = "POD   N\nmi-app-zzzzz   b\nmi-app-ccccc   a"
        reason = "ordenadas por N, «a» no puede venir después de «b»"
        assert page.mismatch(shown, real, command).reasons == (reason,)

    @pytest.mark.parametrize(
        ("values", "true"),
        [
            (["50m", "500m", "1"], True),
            (["500m", "50m", "1"], False),
            (["1", "500m", "50m"], False),
            (["<none>", "5Mi", "1Gi"], True),
            (["5Mi", "1Gi", "<none>"], False),
            (["900M", "1Gi", "2e9"], True),
            (["9", "10", "11"], True),
            (["10", "11", "9"], False),
            (["v0.2.0", "v0.9.1", "v0.10.0"], True),
            (["v0.10.0", "v0.2.0", "v0.9.1"], False),
        ],
    )
    def test_quantities_and_what_is_missing(self, values: list[str], true: bool) -> None:
        command = (
            "kubectl get pods -o custom-columns=POD:.metadata.name,V:.spec.v --sort-by=.spec.v"
        )
        rows = "POD            V\n" + "\n".join(map("{}   {}".format, FOUR, values))
        page = Page(*map(daemon_pod, FOUR))
        by_name = sorted(rows.split("\n")[1:], key=lambda row: row.split()[1])
        assert page.shows(rows, "\n".join([rows.split("\n")[0], *by_name]), command) is true

    @pytest.mark.parametrize(
        ("ages", "true"),
        [("3d 5m2s 9s", True), ("9s 9s 9s", True), ("9s 5m2s 3d", False), ("9s 8s 10s", False)],
    )
    @pytest.mark.parametrize("wide", ["", "   10.244.1.4"])
    def test_the_oldest_first(self, ages: str, true: bool, wide: str) -> None:
        table = "NAME           READY   AGE{}\n".format("   IP" if wide else "")
        rows = [f"{name}   1/1     {{}}{wide}\n" for name in FOUR[:3]]
        real = table.replace("   IP", "   IP        ") + "".join(rows).format("12s", "12s", "11s")
        shown = table + "".join(rows).format(*ages.split())
        command = "kubectl get pods --sort-by=.metadata.creationTimestamp"
        assert Page(*map(daemon_pod, FOUR)).shows(shown, real, command) is true
        assert Page(*map(daemon_pod, FOUR)).shows(shown, real, "kubectl get pods")

    def test_the_order_of_fixed_names_is_the_cluster_s(self) -> None:
        row = "{}        {}\n"
        real = "NAME     AGE\n" + row.format("b", "12s") + row.format("a", "3s")
        command = "kubectl get pods --sort-by=.metadata.creationTimestamp"
        page = Page(bare_pod("a"), bare_pod("b"))
        assert page.shows("NAME   AGE\nb   3m\na   12s", real, command)
        assert not page.shows("NAME   AGE\na   3m\nb   12s", real, command)

    def test_a_watch_is_not_sorted(self) -> None:
        assert output_format.of(self.NODES + ".spec.nodeName").sorted_by is not None
        assert output_format.of(self.NODES + ".spec.nodeName -w").sorted_by is None


class TestOnlyAHeader:
    """kubectl prints no header without rows."""

    REASON = "la página muestra solo el encabezado"

    @pytest.mark.parametrize(
        ("command", "header", "row"),
        [
            ("kubectl get pods", "NAME     READY", "mi-pod   1/1"),
            ("kubectl events", "LAST SEEN   TYPE     OBJECT", "3s          Normal   pod/mi-pod"),
            ("kubectl get events", "LAST SEEN   OBJECT", "3s          pod/mi-pod"),
            ("kubectl get pods -o custom-columns=Pod:.a", "Pod", "mi-pod"),
        ],
    )
    def test_rows_are_missing(self, command: str, header: str, row: str) -> None:
        page = Page(bare_pod("mi-pod"))
        real = f"{header}\n{row}\n"
        assert page.shows(f"{header}\n{row}", real, command)
        assert page.shows(f"{header}\n...", real, command)
        assert page.shows(header, f"{header}\n", f"{command} | head -1")
        found = page.mismatch(header, real, command)
        assert found.reasons[0].startswith(self.REASON)

    def test_of_docker_counts_its_rows_for_docker_prints_a_header_without_any(self) -> None:
        header = "CONTAINER ID   IMAGE     COMMAND   NAMES"
        real = f'{header}\n0123456789ab   app:v1    "sh"      web\n'
        assert Page().shows(header, f"{header}\n", "docker ps")
        found = Page().mismatch(header, real, "docker ps")
        assert found.reasons[0] == "la página muestra 0 filas; el comando, 1 fila"


class TestListings:
    def test_rows_without_a_header(self) -> None:
        page = Page(*map(daemon_pod, FOUR[:3]), bare_pod("mi-pod"))
        real = """
mi-app-4kx2p   1/1   Running   0            12s
mi-app-b9w7d   0/1   Pending   0            12s
mi-app-qz5nt   1/1   Running   1 (3s ago)   12s
mi-pod         1/1   Running   0            15s
"""
        true = """
mi-app-zzzzz   0/1   Pending   0   3m
mi-app-ccccc   1/1   Running   1 (9m ago)   3m
mi-app-ddddd   1/1   Running   0   3m
mi-pod         1/1   Running   0   3m2s
"""
        for command in ("kubectl get pods --no-headers", "kubectl get pods | grep mi-"):
            new = Page(*map(daemon_pod, FOUR[:3]), bare_pod("mi-pod"))
            assert new.shows(true, real, command)
        lies = {
            "0/1   Pending": "1/1   Pending",
            "1 (9m ago)": "2 (9m ago)",
            "mi-app-ccccc": "mi-app-zzzzz",
            "mi-pod": "mi-pod2",
            "3m2s": "tres",
        }
        check(page, "kubectl get pods --no-headers", real, true, lies)

    def test_names_only(self) -> None:
        real = "".join(f"pod/{name}\n" for name in FOUR) + "pod/mi-pod\n"
        true = "pod/mi-app-zzzzz\npod/mi-app-ccccc\npod/mi-app-ddddd\npod/mi-app-fffff\npod/mi-pod"
        page = Page(*map(daemon_pod, FOUR), bare_pod("mi-pod"))
        lies = {"ccccc": "zzzzz", "pod/mi-pod": "mi-pod", "pod/mi-app-fffff\n": ""}
        check(page, "kubectl get pods -o name", real, true, lies)

    def test_columns_of_one_s_own(self) -> None:
        real = "POD            Imagen\nmi-app-4kx2p   a:1\nmi-app-b9w7d   a:2\n"
        command = "kubectl get pods -o custom-columns=POD:.metadata.name,Imagen:.spec"
        true = "POD   Imagen\nmi-app-zzzzz   a:2\nmi-app-ccccc   a:1"
        lies = {"Imagen": "IMAGEN", "a:2": "a:1", "ccccc": "zzzzz"}
        check(Page(*map(daemon_pod, FOUR[:2])), command, real, true, lies)

    def test_lines_of_jsonpath(self) -> None:
        real = "mi-app-4kx2p\tRunning\nmi-app-b9w7d\tPending\n"
        command = "kubectl get pods -o jsonpath='{range .items[*]}…{end}'"
        page = Page(*map(daemon_pod, FOUR[:2]))
        true = "mi-app-zzzzz  Pending\nmi-app-ccccc  Running"
        check(page, command, real, true, {"Pending": "Running", "ccccc": "zzzzz"})

    def test_addresses_of_pods_with_fixed_names_come_in_their_order(self) -> None:
        pods = pod_at(bare_pod("web-0"), "10.244.1.5"), pod_at(bare_pod("web-1"), "10.244.2.7")
        command = "kubectl get pods -o jsonpath='{range .items[*]}…{end}'"
        real = "10.244.1.5\tRunning\n10.244.2.7\tPending\n"
        assert Page(*pods).shows("10.244.3.9  Running\n10.244.3.8  Pending", real, command)
        assert not Page(*pods).shows("10.244.3.8  Pending\n10.244.3.9  Running", real, command)


class TestSeveralTables:
    REAL = """
NAME                        READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/mi-deploy   2/2     2            2           12s

NAME                                   DESIRED   CURRENT   READY   AGE
replicaset.apps/mi-deploy-5d4f8c7b9d   2         2         2       12s

NAME                             READY   STATUS    RESTARTS   AGE
pod/mi-deploy-5d4f8c7b9d-4kx2p   1/1     Running   0          12s
pod/mi-deploy-5d4f8c7b9d-b9w7d   1/1     Running   0          12s
"""
    COMMAND = "kubectl get deploy,rs,pods"

    def page(self) -> Page:
        return Page(*map(deployment_pod, [f"mi-deploy-5d4f8c7b9d-{x}" for x in ("4kx2p", "b9w7d")]))

    def test_all(self) -> None:
        true = self.REAL.replace("5d4f8c7b9d", "7c6b5f9d8").replace("4kx2p", "zzzzz")
        lies = {
            "2         2         2": "3         3         3",
            "replicaset.apps/mi-deploy-7c6b5f9d8": "replicaset.apps/mi-deploy-666666666",
            "DESIRED": "DESEADO",
            "UP-TO-DATE   ": "",
            "pod/mi-deploy-7c6b5f9d8-b9w7d   1/1     Running   0          12s\n": "",
            "deployment.apps": "deployment",
        }
        check(self.page(), self.COMMAND, self.REAL, true, lies)

    def test_dots_for_whole_tables(self) -> None:
        real = self.REAL.strip().split("\n")
        first, last = "\n".join(real[:2]), "\n".join(real[6:])
        for true in (f"{first}\n\n...", f"...\n\n{last}", f"{first}\n\n...\n\n{last}"):
            assert self.page().shows(true, self.REAL, self.COMMAND), true
            lie = true.replace("12s", "12s").replace("1/1", "0/1").replace("2/2", "1/2")
            assert not self.page().shows(lie, self.REAL, self.COMMAND), lie
        assert not self.page().shows(f"{last}\n\n...", self.REAL, self.COMMAND)

    def test_a_message_among_the_rows(self) -> None:
        real = (
            "NAME     READY   STATUS    RESTARTS   AGE\nmi-pod   1/1     Running   0          12s\n"
        )
        real += 'Error from server (NotFound): pods "otro" not found\n'
        true = real.replace("12s", "3m")
        lies = {"otro": "mi-pod", 'Error from server (NotFound): pods "otro" not found\n': ""}
        check(Page(bare_pod("mi-pod")), "kubectl get pods mi-pod otro", real, true, lies)

    def test_what_dots_leave_out_among_fixed_names(self) -> None:
        real = "NAME   READY\na      1/1\nb      1/1\nc      1/1\n"
        for true in ("a 1/1\n...", "...\nc 1/1", "a 1/1\n...\nc 1/1", "...\nb 1/1\n..."):
            assert Page().shows(f"NAME   READY\n{true}", real, "kubectl get pods"), true
        for lie in ("b 1/1\n...", "...\nb 1/1", "a 1/1\nc 1/1\n..."):
            assert not Page().shows(f"NAME   READY\n{lie}", real, "kubectl get pods"), lie


def test_rows_of_a_wide_table_without_header_have_ages() -> None:
    check(
        Page(bare_pod("mi-pod"), worker("taller-worker")),
        "kubectl get pods -o wide --no-headers",
        real="mi-pod   1/1   Running   1 (5s ago)   41s   <none>   taller-worker",
        true="mi-pod   1/1   Running   1 (9m ago)   10m   <none>   taller-worker",
        lies={"1/1": "0/1", "1 (9m": "2 (9m", "10m": "poco"},
    )


def test_table_after_a_gap_is_compared_column_by_column() -> None:
    real = """
NAME   TYPE
uno    ClusterIP

NAME   TIMEOUT   AGE
web    30s       4s
"""
    lies = {"30s": "40s"}  # seconds, but no age
    page = "...\n\nNAME   TIMEOUT   AGE\nweb    30s       9m"
    check(Page(), "kubectl get svc,backends", real, page, lies)


class TestEngine:
    def test_containers(self) -> None:
        real = """
CONTAINER ID   IMAGE            COMMAND       CREATED         STATUS                              PORTS                                     NAMES
5232020b873d   b2-prueba:v1     "cat /hola"   2 seconds ago   Exited (0) Less than a second ago                                             b2-dos
f10539392a61   busybox:1.37.0   "sleep 60"    2 seconds ago   Up 1 second                         0.0.0.0:8099->80/tcp, [::]:8099->80/tcp   b2-uno
"""
        true = """
CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES
0123456789ab   b2-prueba:v1   "cat /hola"   3 weeks ago   Exited (0) 3 weeks ago   b2-dos
ba9876543210   busybox:1.37.0   "sleep 60"   2 hours ago   Up About a minute   0.0.0.0:8099->80/tcp, :::8099->80/tcp   b2-uno
"""
        lies = {
            "Exited (0)": "Exited (1)",
            "Up About": "Exited (0) About",
            "8099->80": "8081->80",
            "b2-uno": "b2-tres",
            "1.37.0": "1.36.0",
            "3 weeks ago": "ayer",
            "0123456789ab": "0123",
            ", :::8099": ", :::8098",
        }
        check(Page(), "docker ps -a", real, true, lies)
        assert Page().shows(true.replace(", :::8099->80/tcp", ""), real, "docker ps -a")

    def test_a_cluster_s_own_container(self) -> None:
        real = "NAMES                PORTS\nkind-control-plane   127.0.0.1:42235->6443/tcp\n"
        true = "NAMES   PORTS\nkind-control-plane   127.0.0.1:39911->6443/tcp"
        command = "docker ps --format 'table {{.Names}}\t{{.Ports}}'"
        check(Page(), command, real, true, {"127.0.0.1": "0.0.0.0", "6443": "443"})

    def test_consumption(self) -> None:
        real = """
CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT     MEM %     NET I/O     BLOCK I/O   PIDS
f10539392a61   b2-uno    0.00%     316KiB / 23.54GiB     0.00%     736B / 0B   0B / 0B     1
"""
        true = """
CONTAINER ID   NAME   CPU %   MEM USAGE / LIMIT   MEM %   NET I/O   BLOCK I/O   PIDS
0123456789ab   b2-uno   1.25%   3.1MiB / 7.6GiB   0.04%   1.2kB / 3B   0B / 4.1kB   2
"""
        lies = {"b2-uno": "b2-dos", "1.25%": "poco", "7.6GiB": "7.6"}
        check(Page(), "docker stats --no-stream b2-uno", real, true, lies)

    def test_history(self) -> None:
        real = """
IMAGE          CREATED         CREATED BY                               SIZE      COMMENT
08d365f674ca   4 seconds ago   /bin/sh -c #(nop)  CMD ["cat" "/hola"]   0B
2a510d2c43a1   4 seconds ago   /bin/sh -c echo hola > /hola             5B
c82a294a836f   N/A             taller lab                               2.03MB
"""
        true = """
IMAGE          CREATED         CREATED BY                               SIZE
111111111111   2 days ago   /bin/sh -c #(nop)  CMD ["cat" "/hola"]   0B
222222222222   2 days ago   /bin/sh -c echo hola > /hola   5B
333333333333   N/A   taller lab   1.99MB
"""
        true = true.replace("SIZE\n", "SIZE   COMMENT\n")
        lies = {"echo hola": "echo chau", "N/A": "2 days ago", "5B": "5kB", '"/hola"': '"/chau"'}
        check(Page(), "docker history b2-prueba:v1", real, true, lies)

    def test_classic_build(self) -> None:
        real = (
            "Sending build context to Docker daemon  2.048kB\r\r\n"
            "Step 1/2 : FROM busybox:1.37.0\n ---> c82a294a836f\n"
            "Step 2/2 : RUN echo hola > /hola\n ---> Running in 0a2f5b859ff6\n"
            "Removing intermediate container 0a2f5b859ff6\n ---> 2a510d2c43a1\n"
            "Successfully built 2a510d2c43a1\nSuccessfully tagged b2-prueba:v1\n"
        )
        true = (
            "Sending build context to Docker daemon  3.5MB\n"
            "Step 1/2 : FROM busybox:1.37.0\n ---> 111111111111\n"
            "Step 2/2 : RUN echo hola > /hola\n ---> Running in 222222222222\n"
            "Removing intermediate container 222222222222\n ---> 333333333333\n"
            "Successfully built 333333333333\nSuccessfully tagged b2-prueba:v1"
        )
        lies = {
            "3.5MB": "mucho",
            "1.37.0": "1.36.0",
            "echo hola": "echo chau",
            "b2-prueba:v1": "b2-prueba:v2",
            "Step 2/2": "Step 2/3",
            " ---> 333333333333\n": "",
        }
        check(Page(), "docker build -t b2-prueba:v1 .", real, true, lies)

    def test_written_over(self) -> None:
        real = "Sending build context to Docker daemon  1MB\rSending build context to Docker daemon  2MB\r\r\nya\n"
        true = "Sending build context to Docker daemon  9.1kB\nya"
        check(Page(), "docker build .", real, true, {"Sending": "Enviando", "\nya": ""})

    def test_images_removed(self) -> None:
        digests = ["08d365f674ca769d3688f7c6f72d704bcc49c6f8c63a9f9bcc461b7a2ffd0853"]
        digests += ["d29b0b92c0496af613d036b19a07a701fba702d7670b271c88992437807c9f46"]
        deleted = "Untagged: b2-prueba:v1\nDeleted: sha256:{}\nDeleted: sha256:{}\n"
        true = deleted.format("1" * 64, "2" * 64)
        lies = {"b2-prueba:v1": "b2-prueba:v2", "111": "11", "Untagged": "Deleted"}
        check(Page(), "docker rmi b2-prueba:v1", deleted.format(*digests), true, lies)

    def test_images(self) -> None:
        real = "REPOSITORY            TAG       IMAGE ID       CREATED         SIZE\n"
        real += "fedek3/workshop-uns   v0.1.0    1a2b3c4d5e6f   5 minutes ago   12.3MB\n"
        true = "REPOSITORY   TAG   IMAGE ID   CREATED   SIZE\n"
        true += "fedek3/workshop-uns   v0.1.0   ffffffffffff   2 days ago   11.9MB"
        lies = {"v0.1.0": "v0.2.0", "MB": "GB", "ffffffffffff": "fffffffffffg", "2 days": "2 días"}
        check(Page(), "docker images", real, true, lies)

    def test_push(self) -> None:
        digest = "0123456789abcdef" * 4
        real = f"""
The push refers to repository [docker.io/fedek3/workshop-uns]
5f70bf18a086: Preparing
9d1d2a3b4c5e: Preparing
9d1d2a3b4c5e: Pushed
5f70bf18a086: Pushed
v0.1.0: digest: sha256:{digest} size: 738
"""
        true = f"""
The push refers to repository [docker.io/fedek3/workshop-uns]
aaaaaaaaaaaa: Pushed
bbbbbbbbbbbb: Pushed
v0.1.0: digest: sha256:{"f" * 64} size: 1234
"""
        lies = {
            "v0.1.0": "v0.2.0",
            "docker.io": "quay.io",
            "bbbbbbbbbbbb: Pushed": "bbbbbbbbbbbb: Layer already exists",
            "aaaaaaaaaaaa: Pushed": "aaaaaaaaaaaa: Pushed\ncccccccccccc: Pushed",
            "ffff": "fff",
        }
        check(Page(), "docker push fedek3/workshop-uns:v0.1.0", real, true, lies)

    def test_build(self) -> None:
        real = """
#4 [1/3] FROM docker.io/library/alpine:3.22
#4 DONE 0.1s
#5 [2/3] COPY app /app
#5 DONE 0.3s
#6 exporting to image
#6 writing image sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef done
#6 naming to docker.io/fedek3/workshop-uns:v0.1.0 done
#6 DONE 0.4s
"""
        true = f"...\n#5 [2/3] COPY app /app\n#5 DONE 12.0s\n...\n#6 writing image sha256:{'e' * 64} done\n..."
        lies = {"DONE 12.0s": "CACHED", "COPY app": "COPY otra", "[2/3]": "[2/4]", "eee": "ee"}
        check(Page(), "docker build -t fedek3/workshop-uns:v0.1.0 .", real, true, lies)

    def test_nodes_in_any_order(self) -> None:
        real = "kind-worker2\nkind-control-plane\nkind-worker\n"
        true = "kind-control-plane\nkind-worker\nkind-worker2"
        lies = {"kind-worker2": "kind-worker3", "kind-worker\n": ""}
        check(Page(), "kind get nodes", real, true, lies)
        assert not Page().shows(true, real, "cat nodos")


class TestOfOnePod:
    """What the real cluster says of one pod, at length."""

    EVENTS = """
LAST SEEN   TYPE     REASON      OBJECT       MESSAGE
3s          Normal   Scheduled   Pod/mi-pod   Successfully assigned b2/mi-pod to taller-worker2
2s          Normal   Pulled      Pod/mi-pod   Container image "fedek3/workshop-uns:v0.1.0" already present on machine and can be accessed by the pod
2s          Normal   Created     Pod/mi-pod   Container created
2s          Normal   Started     Pod/mi-pod   Container started
"""
    INGRESS = """
NAME         CLASS    HOSTS          ADDRESS   PORTS   AGE
mi-ingress   <none>   mi-app.local             80      1s
"""
    HISTORY = (
        "deployment.apps/mi-deploy \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n"
    )
    KINDS = """
NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND
controllerrevisions                apps/v1      true         ControllerRevision
daemonsets            ds           apps/v1      true         DaemonSet
deployments           deploy       apps/v1      true         Deployment
"""

    def test_events(self) -> None:
        true = "\n".join(line for line in self.EVENTS.split("\n") if "Pulled" not in line)
        lies = {"Scheduled": "FailedScheduling", "Container started": "Container stopped"}
        check(Page(bare_pod("mi-pod")), "kubectl events --for pod/mi-pod", self.EVENTS, true, lies)

    def test_ingress(self) -> None:
        lies = {"<none>": "traefik", "80      1s": "172.18.0.2   80   1s", "mi-app.local": "*"}
        true = self.INGRESS.replace("1s", "1s")
        check(Page(), "kubectl get ingress", self.INGRESS, true, lies)

    def test_history(self) -> None:
        true = "deployment.apps/mi-deploy\nREVISION   CHANGE-CAUSE\n1   <none>\n2   <none>"
        lies = {"2   <none>": "3   <none>", "\n1   <none>": "", "mi-deploy": "otro"}
        command = "kubectl rollout history deployment mi-deploy"
        check(Page(), command, self.HISTORY, true, lies)
        swapped = "deployment.apps/mi-deploy\nREVISION   CHANGE-CAUSE\n2   <none>\n1   <none>"
        assert not Page().shows(swapped, self.HISTORY, command)

    def test_kinds(self) -> None:
        true = "NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND\n...\n"
        true += "daemonsets   ds   apps/v1   true   DaemonSet\n..."
        lies = {"ds": "d", "true": "false", "apps/v1": "v1", "DaemonSet": "DaemonSets"}
        check(Page(), "kubectl api-resources --api-group=apps", self.KINDS, true, lies)


@pytest.mark.parametrize(
    ("command", "real", "true", "lie"),
    [
        ("kubectl version", "Client Version: v1.37.2", "Client Version: v1.37.0", "Client Version: v1.36.2"),
        ("kubectl version", "Kustomize Version: v5.8.1", "Kustomize Version: v5.8.0", "Kustomize Version: 5"),
        ("docker --version", "Docker version 28.5.1, build e180ab8", "Docker version 29.0.2, build 8108357", "Docker versión 29, build 1"),
        ("kind version", "kind v0.31.0 go1.25.5 linux/amd64", "kind v0.30.0 go1.25.1 darwin/arm64", "kind v1 go1 linux/amd64"),
        ("docker run -d nginx", "a" * 64, "b" * 64, "b" * 63),
        ("curl -i x", "Date: Tue, 24 Nov 2026 20:45:45 GMT", "Date: Mon, 01 Jan 2024 00:00:00 GMT", "Date: hoy"),
        ("kubectl logs x", "[24/Nov/2026:20:45:45 +0000] hola", "[01/Jan/2024:00:00:00 -0300] hola", "[01/Ene/2024:00:00:00 -0300] hola"),
        ("kubectl logs x", "2026-11-24 20:45:45,123 hola", "2024-01-01 00:00:00,999 hola", "2024-01-01 hola"),
        ("kubectl logs x", "espera 30s", "espera 30s", "espera 31s"),
        ("kubectl logs x", "1a2b3c4d5e6f", "1a2b3c4d5e6f", "ffffffffffff"),
        ("kubectl describe hpa x", 'Metrics:  ( current / target )\n  "cpu":  1% (1m) / 50%', '...\n  "cpu":  0% (0) / 50%', '...\n  "cpu":  1% (1m) / 80%'),
        ("kubectl describe hpa x", 'Metrics:  ( current / target )\n  "cpu":  <unknown> / 50%', '...\n  "cpu":  <unknown> / 50%', '...\n  "cpu":  1% (1m) / 50%'),
        ("kubectl get svc", "NAME   EXTERNAL-IP\nx      <pending>", "NAME  EXTERNAL-IP\nx  <pending>", "NAME  EXTERNAL-IP\nx  <none>"),
        ("kubectl cluster-info", "X is running at https://127.0.0.1:38351", "X is running at https://127.0.0.1:6443", "X is running at https://10.0.0.1:38351"),
        ("kubectl describe node x", "Capacity:\n  memory:             24683656Ki", "...\n  memory:    8000000Ki", "...\n  memory:    8Gi"),
        ("kubectl describe node x", "System Info:\n  Machine ID:                 51be9c85da9d4e18875707d1d9b734d3", "...\n  Machine ID:   0", "...\n  Machine:   0"),
        ("kubectl describe pod x", "      memory:  64Mi", "      memory:  64Mi", "      memory:  65Mi"),
        ("kubectl auth can-i x", "yes", "yes", "no"),
        ("kubectl cluster-info", "\x1b[0;32mKubernetes\x1b[0m está", "Kubernetes está", "kubernetes está"),
    ],
)  # fmt: skip
def test_volatile_values(command: str, real: str, true: str, lie: str) -> None:
    assert Page().shows(true, f"{real}\n", command)
    assert not Page().shows(lie, f"{real}\n", command)


class TestRemarks:
    def test_a_line_that_starts_with_a_hash_is_output(self) -> None:
        assert Page().shows("# uno\n  # dos", "# uno\n  # dos\n")
        assert not Page().shows("# uno", "")
        assert not Page().shows("  # dos", "\n")
        assert not Page().shows("# uno", "# dos\n")

    def test_remarks_in_a_table(self) -> None:
        real = "NAME   READY\na      1/1\n"
        assert Page().shows("NAME   READY   # las columnas\na   1/1   # listo", real)
        assert not Page().shows("NAME   READY\na   0/1   # listo", real)
        assert not Page().shows("NAME   READY\na   1/1", "NAME   READY\na      1/1   # x\n")
