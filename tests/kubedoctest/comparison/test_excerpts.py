"""Excerpts are subtrees: a line belongs under the one that it is shown under (rule 23)."""

# ruff: noqa: E501 -- real outputs are as wide as they are

from __future__ import annotations

import pytest
from stage import Page, deployment_pod

PODS = "kubectl describe pods"
TWO_PODS = """
Name:             web-5d4f8c7b9d-4kx2p
Namespace:        default
Node:             kind-worker/172.18.0.4
Labels:           app=web
                  tier=front
Status:           Running
Containers:
  uno:
    Image:          app:v1
    State:          Running
      Started:      Tue, 24 Nov 2026 20:45:45 +0000
    Limits:
      memory:       64Mi
  dos:
    Image:          app:v2
    State:          Terminated
      Reason:       Completed
    Limits:
      memory:       128Mi
Tolerations:      a:NoExecute op=Exists
                  b:NoExecute op=Exists
Events:           <none>


Name:             web-5d4f8c7b9d-b9w7d
Namespace:        default
Labels:           app=web
                  tier=back
Status:           Pending
Containers:
  uno:
    Image:          app:v3
Events:
  Type    Reason     Age   From               Message
  ----    ------     ----  ----               -------
  Normal  Scheduled  12s   default-scheduler  Successfully assigned
  Normal  Pulled     3s    kubelet            ya
"""
SLICE = """
apiVersion: discovery.k8s.io/v1
endpoints:
- addresses:
  - 10.244.1.5
  conditions:
    ready: true
    serving: true
- addresses:
  - 10.244.2.7
  conditions:
    ready: false
    serving: false
kind: EndpointSlice
ports:
- name: http
  port: 8080
"""
JSON = """
{
    "containers": [
        {
            "image": "app:v1",
            "name": "uno"
        },
        {
            "image": "app:v2",
            "name": "dos"
        }
    ],
    "dnsPolicy": "ClusterFirst"
}
"""


def shows(true: str, real: str, command: str) -> bool:
    pods = [deployment_pod(f"web-5d4f8c7b9d-{tail}") for tail in ("4kx2p", "b9w7d")]
    return Page(*pods).shows(true, real, command)


@pytest.mark.parametrize(
    "excerpt",
    [
        "...\nContainers:\n  uno:\n    Image:   app:v1\n...\n  dos:\n    Image:   app:v2\n...",
        "...\nContainers:\n  uno:\n...\n    Limits:\n      memory:  64Mi\n...",
        "...\n  dos:\n...\n    State:   Terminated\n      Reason:   Completed\n...",
        "...\n    State:   Terminated\n      Reason:   Completed\n...",
        "...\n      memory:   128Mi\n...",
        "...\nStatus:   Running\n...\n  dos:\n    Image:   app:v2\n...",
        "...\nLabels:   app=web\n          tier=back\n...",
        "...\nLabels:     app=web\n...\n            tier=front\n...",
        "Name:   web-5d4f8c7b9d-zzzzz\n...\nStatus:   Running\n...\nName:   web-5d4f8c7b9d-ccccc\n"
        "...\nStatus:   Pending\n...",
        "...\nName:   web-5d4f8c7b9d-zzzzz\n...\nStatus:   Pending\n...",
        "...\nEvents:\n  Type   Reason   Age   From   Message\n  ----   ------   ----   ----   -------\n"
        "...\n  Normal   Pulled   9m   kubelet   ya",
        "...\n  Normal   Pulled   9m   kubelet   ya",
    ],
)
def test_true_excerpt_of_any_part_of_a_description(excerpt: str) -> None:
    assert shows(excerpt, TWO_PODS, PODS)


@pytest.mark.parametrize(
    "excerpt",
    [
        "...\nContainers:\n  uno:\n...\n    Image:   app:v2\n...",
        "...\n  uno:\n...\n    State:   Terminated\n...",
        "...\n    Image:   app:v1\n...\n    State:   Terminated\n...",
        "...\n    State:   Running\n...\n      Reason:   Completed\n...",
        "...\n  dos:\n...\n      memory:   64Mi\n...",
        "Name:   web-5d4f8c7b9d-zzzzz\n...\nStatus:   Pending\n...",
        "...\nStatus:   Running\n...\nStatus:   Pending\n...",
        "...\nLabels:   app=web\ntier=back\n...",
        "...\nNode:   kind-worker/172.18.0.4\n...\n       tier=front\n...",
        "...\nTolerations:   a:NoExecute op=Exists\n...\n          tier=back\n...",
        "...\nContainers:\n  uno:\n...\n  Normal   Pulled   9m   kubelet   ya",
        "...\n      Image:   app:v1\n...",
        "...\n              memory:   64Mi\n...",
    ],
)
def test_excerpt_that_crosses_to_another_part_is_a_lie(excerpt: str) -> None:
    assert not shows(excerpt, TWO_PODS, PODS)


def test_excerpt_of_either_object_leaves_its_name_open() -> None:
    page = Page(*(deployment_pod(f"web-5d4f8c7b9d-{tail}") for tail in ("4kx2p", "b9w7d")))
    assert page.shows(
        "...\nName:   web-5d4f8c7b9d-zzzzz\nNamespace:   default\n...", TWO_PODS, PODS
    )
    table = (
        "NAME                   STATUS\nweb-5d4f8c7b9d-{}   Pending\nweb-5d4f8c7b9d-{}   Running\n"
    )
    assert page.shows(table.format("zzzzz", "ccccc"), table.format("b9w7d", "4kx2p"))


@pytest.mark.parametrize(
    ("command", "real", "true", "lies"),
    [
        (
            "kubectl get endpointslice x -o yaml",
            SLICE,
            "...\nendpoints:\n...\n- addresses:\n  - 10.244.2.7\n  conditions:\n    ready: false\n...",
            ["...\n- addresses:\n  - 10.244.1.5\n  conditions:\n...\n    ready: false\n...",
             "...\n    ready: true\n...\n    serving: false\n...",
             "...\nendpoints:\n...\n- name: http\n...",
             "...\nports:\n...\n- addresses:\n...",
             "...\nendpoints:\n...\n  port: 8080\n..."],
        ),
        (
            "kubectl get pod x -o json",
            JSON,
            '{\n    "containers": [\n...\n        {\n            "image": "app:v2",\n'
            '            "name": "dos"\n...',
            ['...\n            "image": "app:v1",\n...\n            "name": "dos"\n...',
             '...\n        {\n            "image": "app:v1",\n...\n            "name": "dos"\n...'],
        ),
        (
            "cat extras/pod.yaml",
            "spec:\n  containers:\n    - name: uno\n      image: a\n    - name: dos\n      image: b\n",
            "...\n    - name: dos\n      image: b",
            ["...\n    - name: uno\n...\n      image: b"],
        ),
    ],
)  # fmt: skip
def test_items_of_a_list_are_apart(command: str, real: str, true: str, lies: list[str]) -> None:
    assert shows(true, real, command)
    for lie in lies:
        assert not shows(lie, real, command), lie


def test_line_under_another_parent_is_named_with_its_reason() -> None:
    found = Page().mismatch("...\n  uno:\n...\n    Image:   app:v2\n...", TWO_PODS, PODS)
    assert found.number == 13
    assert found.reasons == (
        "`Image:   app:v2` está en la salida, pero no debajo de lo que la página muestra arriba",
    )


class TestBlanks:
    HISTORY = "deployment.apps/web with revision #1\nPod Template:\n  Labels:\tapp=web\n"
    HISTORY += "\tpod-template-hash=8594b64fbb\n  Containers:\n   web:\n    Image:\tapp:v1\n"

    def test_tabs_as_the_terminal_shows_them_or_as_they_are(self) -> None:
        command = "kubectl rollout history deployment/web --revision=1"
        for true in (self.HISTORY, self.HISTORY.expandtabs(8)):
            assert Page().shows(true, self.HISTORY, command)
            assert not Page().shows(true.replace("app:v1", "app:v2"), self.HISTORY, command)
        lie = self.HISTORY.expandtabs(8).replace("        pod", "    pod")
        assert not Page().shows(lie, self.HISTORY, command)
        assert Page().shows("uno  Running", "uno\tRunning\n", "kubectl get pods -o jsonpath='{}'")
        assert Page().shows("uno\tRunning", "uno\tRunning\n", "kubectl get pods -o jsonpath='{}'")

    def test_counts_are_aligned_otherwise_elsewhere(self) -> None:
        for command in ("kubectl get pods -o name | uniq -c", "cat a | wc -l"):
            for shown in ("      2 Running", "   2 Running", "2 Running"):
                assert Page().shows(f"{shown}\nfin", "      2 Running\nfin\n", command), shown
            assert not Page().shows("   3 Running\nfin", "      2 Running\nfin\n", command)
        assert not Page().shows("  hola\nfin", "    hola\nfin\n", "cat a")

    def test_what_is_written_over_is_gone(self) -> None:
        for real, left in (("abc\rX", "Xbc"), ("ab\b\bX", "Xb"), ("10%\r100%\r", "100%")):
            assert Page().shows(left, f"{real}\n", "cat a")
            assert not Page().shows("abc", f"{real}\n", "cat a")

    def test_remark_after_what_is_left_out(self) -> None:
        assert Page().shows("uno\n...  # y los demás", "uno\ndos\n", "cat a")
        assert not Page().shows("dos\n...  # y los demás", "uno\ndos\n", "cat a")
