"""Hashes, addresses, ports, nodes and endpoints (comparison rules 5 to 9): true, and a lie."""

from __future__ import annotations

import pytest
from stage import (
    Page,
    daemon_pod,
    deployment_pod,
    pod_at,
    replica_set,
    service,
    worker,
)

from kubedoctest.cluster.timeline import Identity, Owner

NEW, OLD = "mi-deploy-7d9c5b8f6d", "mi-deploy-5d4f8c7b9"
PODS = [deployment_pod(f"{NEW}-4kx2p"), deployment_pod(f"{NEW}-b9w7d")]


class TestHashes:
    def page(self) -> Page:
        return Page(*PODS, replica_set(NEW), replica_set(OLD))

    TABLE = """
    NAME                   DESIRED   SELECTOR
    mi-deploy-{}   2   app=mi-app,pod-template-hash={}
    mi-deploy-{}    0   app=mi-app,pod-template-hash={}
    """

    def table(self, *hashes: str) -> tuple[str, str]:
        real = "NAME                   DESIRED   SELECTOR\n"
        real += "mi-deploy-7d9c5b8f6d   2         app=mi-app,pod-template-hash=7d9c5b8f6d\n"
        real += "mi-deploy-5d4f8c7b9    0         app=mi-app,pod-template-hash=5d4f8c7b9\n"
        return self.TABLE.format(*hashes), real

    def test_a_replica_set_and_its_hash(self) -> None:
        assert self.page().shows(*self.table("66668888f", "66668888f", "777bbbccc", "777bbbccc"))

    def test_a_hash_that_is_not_the_name_s(self) -> None:
        assert not self.page().shows(
            *self.table("66668888f", "777bbbccc", "777bbbccc", "66668888f")
        )

    def test_two_replica_sets_with_one_hash(self) -> None:
        assert not self.page().shows(*self.table(*["66668888f"] * 4))

    def test_impossible_letters(self) -> None:
        found = self.page().mismatch(
            *self.table("aaaa8888f", "aaaa8888f", "777bbbccc", "777bbbccc")
        )
        assert any("`mi-deploy-aaaa8888f` no puede ser" in reason for reason in found.reasons)

    def test_a_pod_s_hash_is_its_replica_set_s(self) -> None:
        scaled = "Scaled up replica set {} from 0 to 2"
        for replica_set_name, true in (
            ("mi-deploy-66668888f", True),
            ("mi-deploy-777bbbccc", False),
        ):
            page = self.page()
            assert page.shows("mi-deploy-66668888f-zzzzz", f"{NEW}-4kx2p")
            assert page.shows(scaled.format(replica_set_name), scaled.format(NEW)) is true

    def test_labels(self) -> None:
        page = self.page()
        assert page.shows("pod/mi-deploy-66668888f-zzzzz", f"pod/{NEW}-4kx2p")
        real = "app=mi-app,pod-template-hash=7d9c5b8f6d"
        assert not page.shows("app=mi-app,pod-template-hash=777bbbccc", real)
        assert not page.shows("app=otra,pod-template-hash=66668888f", real)
        assert page.shows("app=mi-app,pod-template-hash=66668888f", real)
        assert page.runs("kubectl get pods -l pod-template-hash=66668888f").endswith("=7d9c5b8f6d")


class TestOtherNames:
    def test_a_cron_job_s_pods_bind_under_its_jobs(self) -> None:
        job = Identity(
            "Job", "default", "copia-29384756", "uid-job", "", Owner("CronJob", "copia", "u"), {}
        )
        owner = Owner("Job", job.name, job.uid)
        pod = Identity("Pod", "default", f"{job.name}-4kx2p", "up", f"{job.name}-", owner, {})
        for job_shown, true in (("copia-29000000", True), ("copia-29000001", False)):
            page = Page(job, pod)
            assert page.shows("pod/copia-29000000-zzzzz", f"pod/{pod.name}")
            assert page.shows(f"job.batch/{job_shown}", f"job.batch/{job.name}") is true

    def test_a_volume_is_named_by_its_claim(self) -> None:
        uid = "0f4b1f0e-5a3c-4b5e-9d5e-2f6f6f0c1a11"
        other = "7c4b1f0e-5a3c-4b5e-9d5e-2f6f6f0c1a22"
        claim = Identity("PersistentVolumeClaim", "default", "datos-mi-app-0", uid, "", None, {})
        page = Page(claim)
        assert page.shows(f"Volume: pvc-{other}", f"Volume: pvc-{uid}")
        assert page.runs(f"kubectl get pv pvc-{other}") == f"kubectl get pv pvc-{uid}"
        assert not page.shows(f"Volume: pvc-{uid}", f"Volume: pvc-{uid}")

    def test_revisions(self) -> None:
        set_owner = Owner("StatefulSet", "mi-app", "u")
        labels = {"controller-revision-hash": "mi-app-5d4f8c7b9"}
        pod = Identity("Pod", "default", "mi-app-0", "u0", "mi-app-", set_owner, labels)
        revision = Identity(
            *("ControllerRevision", "default", "mi-app-5d4f8c7b9", "ur", ""),
            set_owner,
            {"controller.kubernetes.io/hash": "5d4f8c7b9"},
        )
        page = Page(pod, revision)
        real = "mi-app-0  controller-revision-hash=mi-app-5d4f8c7b9"
        assert page.shows("mi-app-0  controller-revision-hash=mi-app-777bbbccc", real)
        assert page.shows(
            "controllerrevision.apps/mi-app-777bbbccc", f"controllerrevision.apps/{revision.name}"
        )
        assert not Page(pod).shows("mi-app-1  controller-revision-hash=mi-app-777bbbccc", real)

    def test_a_name_that_only_looks_generated_is_literal(self) -> None:
        page = Page(daemon_pod("mi-svc-4kx2p"), service("mi-svc-https", "10.96.7.7"))
        assert not page.shows("service/mi-svc-zzzzz", "service/mi-svc-https")


class TestUids:
    UIDS = tuple(f"0f4b1f0e-5a3c-4b5e-9d5e-2f6f6f0c1a{n}{n}" for n in range(3))
    SHOWN = tuple(f"7c4b1f0e-5a3c-4b5e-9d5e-2f6f6f0c1b{n}{n}" for n in range(3))
    MESSAGE = "back-off 10s restarting failed container=fugaz pod=fugaz_default({})"

    def page(self) -> Page:
        page = Page()
        assert page.shows(self.SHOWN[0], self.UIDS[0])
        return page

    @pytest.mark.parametrize(
        ("shown", "real", "true"), [(0, 0, True), (1, 1, True), (1, 0, False), (0, 1, False)]
    )
    @pytest.mark.parametrize(
        ("output", "command"),
        [
            ("{}", "kubectl get pod mi-app-1 -o jsonpath='{.metadata.uid}'"),
            (MESSAGE, "kubectl get pod fugaz -o jsonpath='{.status}'"),
            (
                "IP           UID\n10.244.2.4   {}",
                "kubectl get pod a -o custom-columns=…",
            ),
            ("metadata:\n  uid: {}", "kubectl get pod a -o yaml"),
            ("Annotations:  uid: {}", "kubectl describe pod a"),
        ],
    )
    def test_one_object_has_one(
        self, output: str, command: str, shown: int, real: int, true: bool
    ) -> None:
        told = output.format(self.SHOWN[shown]), output.format(self.UIDS[real]), command
        assert self.page().shows(*told) is true

    def test_what_is_wrong(self) -> None:
        found = self.page().mismatch(self.SHOWN[0], self.UIDS[1])
        assert found.reasons == (
            f"`{self.SHOWN[0]}` es, desde page.md:10, el uid de otro objeto, que ya no está o no "
            "está así",
        )
        twice = self.page().mismatch("\n".join(self.SHOWN[1:2] * 2), "\n".join(self.UIDS[1:]))
        assert "dos objetos no pueden tener el mismo uid" in twice.reasons[0]

    def test_in_commands(self) -> None:
        used = "kubectl get pods --field-selector=metadata.uid={}"
        assert self.page().runs(used.format(self.SHOWN[0])) == used.format(self.UIDS[0])

    def test_a_volume_s_name_tells_its_claim_s(self) -> None:
        claim = Identity("PersistentVolumeClaim", "default", "datos", self.UIDS[0], "", None, {})
        for shown, true in ((0, True), (1, False)):
            page = Page(claim)
            assert page.shows(f"Volume: pvc-{self.SHOWN[0]}", f"Volume: pvc-{self.UIDS[0]}")
            assert page.shows(self.SHOWN[shown], self.UIDS[0]) is true

    def test_which_is_which_is_told_later(self) -> None:
        pods = [daemon_pod("mi-app-44444"), daemon_pod("mi-app-55555")]
        rows = "POD            UID\nmi-app-{}   {}\nmi-app-{}   {}"
        real = rows.format("44444", self.UIDS[0], "55555", self.UIDS[1])
        shown = rows.format("zzzzz", self.SHOWN[1], "ccccc", self.SHOWN[0])
        command = "kubectl get pods -o custom-columns=POD:.metadata.name,UID:.metadata.uid"
        for again, true in ((("zzzzz", 1), True), (("zzzzz", 0), False)):
            page = Page(*pods)
            assert page.shows(shown, real, command)
            told = f"mi-app-{again[0]} {self.SHOWN[again[1]]}"
            assert page.shows(told, f"mi-app-55555 {self.UIDS[1]}") is true


class TestAddresses:
    def pods(self) -> Page:
        return Page(
            pod_at(daemon_pod("mi-app-44444"), "10.244.1.4"),
            pod_at(daemon_pod("mi-app-55555"), "10.244.2.5"),
            service("mi-svc", "10.96.7.7", "80:30100/TCP,81:32135/TCP"),
            service("kubernetes", "10.96.0.1"),
            worker("taller-worker", "172.18.0.3"),
            chosen=["30100"],
        )

    WIDE = (
        "NAME           READY   IP\n"
        "mi-app-44444   1/1     10.244.1.4\n"
        "mi-app-55555   1/1     10.244.2.5\n"
    )

    def test_swapped_addresses_are_substituted_in_one_pass(self) -> None:
        page = self.pods()
        shown = (
            "NAME   READY   IP\nmi-app-44444   1/1   10.244.2.5\nmi-app-55555   1/1   10.244.1.4"
        )
        assert page.shows(shown, self.WIDE)
        assert page.runs("kubectl delete pod mi-app-44444").endswith("mi-app-44444")
        command = page.runs("curl 10.244.2.5:8080 http://10.244.1.4/")
        assert command == "curl 10.244.1.4:8080 http://10.244.2.5/"

    def test_a_plain_table_first_and_addresses_later(self) -> None:
        page = self.pods()
        plain = "NAME           READY\n{}   1/1\n{}   1/1"
        assert page.shows(
            plain.format("mi-app-zzzzz", "mi-app-ccccc"),
            plain.format("mi-app-44444", "mi-app-55555"),
        )
        wide = "NAME   READY   IP\nmi-app-zzzzz   1/1   10.244.9.9\nmi-app-ccccc   1/1   10.244.8.8"
        assert page.shows(wide, self.WIDE)
        assert page.runs("x 10.244.8.8").endswith("10.244.1.4")
        # Which pod it is follows from its address, and the other way round.
        assert page.runs("x mi-app-ccccc mi-app-zzzzz") == "x mi-app-44444 mi-app-55555"

    def test_the_address_of_a_pod_that_is_gone(self) -> None:
        page = self.pods()
        assert page.shows("mi-app-zzzzz 10.244.9.9", "mi-app-44444 10.244.1.4")
        assert not page.shows("mi-app-ccccc 10.244.9.9", "mi-app-55555 10.244.2.5")

    @pytest.mark.parametrize(
        "lie", ["10.244.1.256", "10.96.3.3", "172.18.0.9", "10.244.1", "<none>"]
    )
    def test_what_no_pod_can_have(self, lie: str) -> None:
        assert self.pods().shows("IP: 10.244.9.9", "IP: 10.244.1.4")
        assert not self.pods().shows(f"IP: {lie}", "IP: 10.244.1.4")

    def test_an_octet_too_large_is_told(self) -> None:
        found = self.pods().mismatch("IP: 10.244.1.256", "IP: 10.244.1.4")
        assert "`10.244.1.256` no es una dirección: cada número va de 0 a 255" in found.reasons

    def test_addresses_that_every_cluster_has(self) -> None:
        assert self.pods().shows("IP: 10.96.0.1", "IP: 10.96.0.1")
        assert not self.pods().shows("IP: 10.96.0.7", "IP: 10.96.0.1")
        assert not self.pods().shows("IP: 10.96.0.1", "IP: 10.96.7.7")

    def test_a_chosen_port_is_literal_beside_one_that_binds(self) -> None:
        real = "80:30100/TCP,81:32135/TCP"
        page = self.pods()
        assert page.shows("80:30100/TCP,81:31555/TCP", real)
        assert page.runs("curl localhost:31555 localhost:30100").endswith(":32135 localhost:30100")
        for lie in (
            "80:30101/TCP,81:32135/TCP",
            "80:30100/TCP,81:30100/TCP",
            "80:30100/TCP,82:32135/TCP",
            "80:30100/TCP,81:32768/TCP",
            "80:32135/TCP,81:30100/TCP",
        ):
            assert not self.pods().shows(lie, real), lie

    def test_the_order_of_rows_with_fixed_names_counts(self) -> None:
        page = Page(service("a", "10.96.1.1"), service("b", "10.96.2.2"))
        real = "NAME   CLUSTER-IP\na      10.96.1.1\nb      10.96.2.2\n"
        assert page.shows("NAME   CLUSTER-IP\na   10.96.8.8\nb   10.96.9.9", real)
        assert not page.shows("NAME   CLUSTER-IP\nb   10.96.9.9\na   10.96.8.8", real)

    def test_real_output_in_the_page_s_words(self) -> None:
        page = self.pods()
        shown = (
            "NAME   READY   IP\nmi-app-zzzzz   1/1   10.244.9.9\nmi-app-ccccc   1/1   10.244.8.8"
        )
        assert page.shows(shown, self.WIDE)
        names = {"mi-app-44444": "10.244.1.4", "mi-app-55555": "10.244.2.5"}
        rows = {page.bindings.as_documented(f"{n} {a}") for n, a in names.items()}
        assert rows == {"mi-app-zzzzz 10.244.9.9", "mi-app-ccccc 10.244.8.8"}


def test_name_not_shown_yet_takes_the_page_s_name_for_its_replica_set() -> None:
    shown, new = "mi-app-5d4f8c7b9d-4kx2p", "mi-app-5d4f8c7b9d-b9w7d"
    other = "mi-app-7c6b5f9d8-qz5nt"
    page = Page(*map(deployment_pod, (shown, new, other)))
    assert page.shows("mi-app-66668888fb-zzzzz", shown)
    names = page.patterns.names
    assert page.bindings.as_documented(f"{shown} {new} {other}", names) == (
        f"mi-app-66668888fb-zzzzz mi-app-66668888fb-b9w7d {other}"
    )


class TestNodes:
    WORKERS = tuple(worker(f"taller-worker{n}") for n in ("", "2", "3", "4"))
    PODS = tuple(f"mi-app-{c * 5}" for c in "4567")

    def shows(self, shown: str, real: str, *named: str) -> bool:
        page = Page(*map(daemon_pod, self.PODS), *self.WORKERS, named=named)
        header = "NAME           READY   NODE\n"

        def table(nodes: str) -> str:
            rows = zip(self.PODS, nodes, strict=True)
            return header + "\n".join(f"{p}   1/1     taller-worker{n.strip('1')}" for p, n in rows)

        return page.shows(table(shown), table(real))

    def test_the_distribution_counts_and_not_which(self) -> None:
        assert self.shows("1123", "2443")
        assert self.shows("4321", "1234")
        for lie in ("1112", "1122", "1111", "1234"):
            assert not self.shows(lie, "2443"), lie

    def test_a_node_that_a_command_names_is_itself(self) -> None:
        assert self.shows("1123", "4423", "taller-worker2")
        assert not self.shows("1123", "2243", "taller-worker2")

    def test_a_node_that_does_not_exist(self) -> None:
        assert not self.shows("1129", "2443")

    def test_one_map_holds_for_all_outputs(self) -> None:
        page = Page(*map(daemon_pod, self.PODS), *self.WORKERS)
        assert page.shows("Node: taller-worker", "Node: taller-worker2")
        assert page.shows("node/taller-worker cordoned", "node/taller-worker2 cordoned")
        assert not page.shows("taller-worker3", "taller-worker2", "kubectl get pod x -o jsonpath=y")
        assert not page.shows("Node: taller-worker", "Node: taller-worker3")
        assert page.shows("Node: taller-worker4", "Node: taller-worker3")

    def test_pod_keeps_its_node_in_every_output(self) -> None:
        one, other, *_ = self.PODS
        page = Page(*map(daemon_pod, self.PODS), *self.WORKERS)
        real = f"{one} taller-worker3\n{other} taller-worker2"
        shown = "mi-app-xxxxx taller-worker\nmi-app-zzzzz taller-worker2"
        listing = "kubectl get pods -o wide | awk '{print $1, $7}'"
        assert page.shows(shown, real, listing)
        assert page.bindings.candidates("taller-worker") == {"taller-worker2", "taller-worker3"}
        page.runs("kubectl describe pod mi-app-zzzzz")
        (node,) = page.bindings.candidates("taller-worker2")
        assert not page.shows("Node: taller-worker", f"Node: {node}")
        assert page.shows("Node: taller-worker2", f"Node: {node}")

    def test_reason_names_the_node_that_was_shown(self) -> None:
        page = Page(*self.WORKERS)
        assert page.shows("Node: taller-worker", "Node: taller-worker2")
        found = page.mismatch("Node: taller-worker3", "Node: taller-worker2")
        assert any("`taller-worker` y no `taller-worker3`" in one for one in found.reasons)

    def test_a_node_s_address_goes_with_it(self) -> None:
        nodes = [worker(f"taller-worker{n}", f"172.18.0.{n}") for n in (2, 3)]
        page = Page(*nodes)
        assert page.shows("Node: taller-worker2/172.18.0.2", "Node: taller-worker3/172.18.0.3")
        assert not page.shows("Node: taller-worker2/10.0.0.300", "Node: taller-worker3/172.18.0.3")
        table = "NAME             INTERNAL-IP\n{}   {}\n{}   {}\n"
        real = table.format("taller-worker2", "172.18.0.2", "taller-worker3", "172.18.0.3")
        shown = table.format("taller-worker2", "172.18.0.8", "taller-worker3", "172.18.0.9")
        swapped = table.format("taller-worker3", "172.18.0.8", "taller-worker2", "172.18.0.9")
        assert not page.lists_nodes(swapped, real)
        assert page.lists_nodes(shown, real)
        assert page.runs("curl 172.18.0.9:30100") == "curl 172.18.0.3:30100"

    def test_lists_of_nodes(self) -> None:
        page = Page(*self.WORKERS)
        real = "taller-worker taller-worker2 taller-worker taller-worker4"
        assert page.shows("taller-worker3 taller-worker taller-worker2 taller-worker3", real)
        assert not page.shows("taller-worker3 taller-worker taller-worker2 taller-worker4", real)
        assert not page.shows("taller-worker3 taller-worker3 taller-worker2 taller-worker2", real)

    def test_counted_nodes_are_in_no_order(self) -> None:
        page = Page(*self.WORKERS)
        real = "      1 taller-worker\n      2 taller-worker3\n      1 taller-worker4"
        shown = "      2 taller-worker\n      1 taller-worker2\n      1 taller-worker3"
        assert page.shows(shown, real, "kubectl get pods -o name | sort | uniq -c")
        assert not page.shows(shown.replace("2 ", "3 ", 1), real, "cat | sort")
        assert not page.shows(shown, real)

    def test_a_table_of_nodes_is_literal(self) -> None:
        page = Page(*self.WORKERS)
        table = "NAME             STATUS\n{}   Ready\n"
        assert not page.shows(table.format("taller-worker2"), table.format("taller-worker3"))


class TestEndpoints:
    ADDRESSES = tuple(f"10.244.{n}.{n}" for n in (1, 2, 3, 4))

    def page(self) -> Page:
        pods = [
            pod_at(daemon_pod(f"mi-app-{n * 5}"), a)
            for n, a in zip("4567", self.ADDRESSES, strict=True)
        ]
        pods.append(pod_at(daemon_pod("mi-app-88888"), "10.244.5.5"))

        def endpoints(shown: object, total: int) -> list[str]:
            assert total == 4
            return [f"{a}:8080" for a in self.ADDRESSES]

        return Page(*pods, endpoints=endpoints)

    REAL = "Endpoints: 10.244.1.1:8080,10.244.2.2:8080,10.244.3.3:8080 + 1 more..."

    def bound(self) -> Page:
        page = self.page()
        for n in "12345":
            assert page.shows(f"IP: 10.244.9.{n}", f"IP: 10.244.{n}.{n}")
        return page

    def test_any_three_in_any_order(self) -> None:
        page = self.bound()
        assert page.shows(
            "Endpoints: 10.244.9.4:8080,10.244.9.1:8080,10.244.9.3:8080 + 1 more...", self.REAL
        )

    @pytest.mark.parametrize(
        "lie",
        [
            "10.244.9.5:8080,10.244.9.1:8080,10.244.9.3:8080 + 1 more...",
            "10.244.9.4:8080,10.244.9.1:8080,10.244.9.3:8080 + 2 more...",
            "10.244.9.4:8080,10.244.9.1:8080,10.244.9.3:8080",
            "10.244.9.4:8080,10.244.9.1:8080 + 1 more...",
            "10.244.9.4:8080,10.244.9.1:8080,10.244.9.1:8080 + 1 more...",
            "10.244.9.4:8081,10.244.9.1:8080,10.244.9.3:8080 + 1 more...",
        ],
    )
    def test_a_lie(self, lie: str) -> None:
        assert not self.bound().shows(f"Endpoints: {lie}", self.REAL)

    def test_all_of_them(self) -> None:
        real = "NAME   ENDPOINTS\na      10.244.1.1,10.244.2.2\n"
        assert self.bound().shows("NAME   ENDPOINTS\na   10.244.9.2,10.244.9.1", real)
        assert not self.bound().shows("NAME   ENDPOINTS\na   10.244.9.2", real)
        assert not self.bound().shows("NAME   ENDPOINTS\na   10.244.9.2,10.244.9.3", real)

    def test_unbound_ones_stay_open(self) -> None:
        page = self.page()
        assert page.shows(
            "Endpoints: 10.244.9.4:8080,10.244.9.1:8080,10.244.9.3:8080 + 1 more...", self.REAL
        )
        assert page.bindings.candidates("10.244.9.4") == set(self.ADDRESSES)


def test_a_forwarded_port_that_nobody_chose() -> None:
    page = Page()
    real = "Forwarding from 127.0.0.1:43057 -> 8080\nForwarding from [::1]:43057 -> 8080\n"
    command = "kubectl port-forward pod/mi-pod :8080"
    assert page.shows(real.replace("43057", "38211"), real, command)
    assert page.runs("curl localhost:38211") == "curl localhost:43057"
    assert not Page().shows(real.replace("43057", "38211", 1), real, command)
    assert not Page().shows(real.replace("8080", "8081"), real, command)
    chosen = Page(authored="kubectl port-forward pod/mi-pod 43057:8080")
    assert not chosen.shows(real.replace("43057", "38211"), real, command)


def test_names_side_by_side_are_a_set() -> None:
    page = Page(*map(daemon_pod, ("mi-app-44444", "mi-app-55555", "mi-app-66666")))
    assert page.shows("mi-app-zzzzz", "mi-app-66666")
    real = "mi-app-44444 mi-app-55555 mi-app-66666"
    assert page.shows("mi-app-bbbbb mi-app-zzzzz mi-app-ccccc", real)
    assert page.bindings.candidates("mi-app-bbbbb") == {"mi-app-44444", "mi-app-55555"}
    assert not page.shows("mi-app-bbbbb mi-app-zzzzz mi-app-zzzzz", real)
