"""Watches, port-forward and logs from a second terminal, on the real cluster: truths and lies."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest
from edited_pages import Told, ToldTogether, edited, told, told_together

from kubedoctest.recordings.recording import PageRecording
from kubedoctest.testing import Harness

NAMESPACE = "terminales"
PAGE = dedent("""
    ```console
    $ kubectl create deployment mi-web --image=fedek3/workshop-uns:v0.1.0 --replicas=2
    deployment.apps/mi-web created
    $ kubectl get deployment mi-web
    NAME     READY   UP-TO-DATE   AVAILABLE   AGE
    mi-web   2/2     2            2           3s
    ```

    ```console title="Terminal 2"
    $ kubectl get pods -l app=mi-web -w
    NAME                      READY   STATUS    RESTARTS   AGE
    mi-web-7d9c6b5f48-bx7kp   1/1     Running   0          5s
    mi-web-7d9c6b5f48-hw4tz   1/1     Running   0          5s
    ```

    ```console title="Terminal 3"
    $ kubectl port-forward deployment/mi-web 18080:8080
    Forwarding from 127.0.0.1:18080 -> 8080
    ```

    ```console
    $ curl -s localhost:18080 | grep -o 'versión.*strong>'
    versión <strong>v0.1.0</strong>
    ```

    ```console title="Terminal 3"
    ...
    Handling connection for 18080
    ^C
    $ kubectl logs -f -l app=mi-web 2>/dev/null | grep --line-buffered GET
    GET / 200
    ^C
    ```

    ```console
    $ kubectl scale deployment mi-web --replicas=3
    deployment.apps/mi-web scaled
    $ kubectl get deployment mi-web
    NAME     READY   UP-TO-DATE   AVAILABLE   AGE
    mi-web   3/3     3            3           9s
    ```

    ```console title="Terminal 2"
    mi-web-7d9c6b5f48-qz2mn   0/1     Pending   0          0s
    mi-web-7d9c6b5f48-qz2mn   0/1     ContainerCreating   0          0s
    mi-web-7d9c6b5f48-qz2mn   1/1     Running             0          2s
    ```

    ```console
    $ kubectl delete pod mi-web-7d9c6b5f48-qz2mn
    pod "mi-web-7d9c6b5f48-qz2mn" deleted from terminales namespace
    ```

    ```console title="Terminal 2"
    mi-web-7d9c6b5f48-qz2mn   1/1     Terminating         0          9s
    mi-web-7d9c6b5f48-vv8wl   0/1     Pending             0          0s
    mi-web-7d9c6b5f48-vv8wl   1/1     Running             0          2s
    ^C
    ```

    ```console
    $ kubectl port-forward deployment/mi-web 18081:8080 &
    [1] 4711
    Forwarding from 127.0.0.1:18081 -> 8080
    $ curl -s localhost:18081/salud -o /dev/null -w '%{http_code}'
    200
    $ kill %1
    $ kubectl delete deployment mi-web
    deployment.apps "mi-web" deleted from terminales namespace
    $ kubectl get pods -l app=mi-web
    No resources found in terminales namespace.
    ```
""").lstrip("\n")

SWAPPED = """mi-web-7d9c6b5f48-qz2mn   1/1     Running             0          2s
mi-web-7d9c6b5f48-qz2mn   0/1     ContainerCreating   0          0s
"""
ORDERED = """mi-web-7d9c6b5f48-qz2mn   0/1     ContainerCreating   0          0s
mi-web-7d9c6b5f48-qz2mn   1/1     Running             0          2s
"""
NEW = "mi-web-7d9c6b5f48-vv8wl   1/1     Running             0          2s\n"

LIES = {
    "a status that never came": ("qz2mn   0/1     ContainerCreating", "qz2mn   0/1     Error"),
    "a wrong count of restarts": ("qz2mn   1/1     Running             0", "qz2mn   1/1 Running 1"),
    "an order that cannot have been": (ORDERED, SWAPPED),
    "an object too many": (NEW, NEW + NEW.replace("vv8wl", "x5x5x")),
    "another one's end": ("qz2mn   1/1     Terminating", "bx7kp   1/1     Terminating"),
    "the header": ("STATUS    RESTARTS   AGE\nmi-web", "STATUS    AGE\nmi-web"),
    "another port": ("127.0.0.1:18080 -> 8080", "127.0.0.1:18080 -> 80"),
    "a line that the log does not have": ("GET / 200", "GET / 404"),
    "another port in the background": ("127.0.0.1:18081 -> 8080", "127.0.0.1:18081 -> 80"),
}  # fmt: skip


TOGETHER = ("another port", "a line that the log does not have", "another port in the background")
"""Those that hide no name: a page does not go on with a name that it has not shown."""


def on_cluster(harness: Harness) -> tuple[PageRecording, ToldTogether]:
    lies = [edited(PAGE, *LIES[name]) for name in TOGETHER]
    return told(harness, PAGE), told_together(harness, lies)


pytestmark = [pytest.mark.cluster, pytest.mark.at_once(on_cluster, namespace=NAMESPACE)]
AtOnce = Callable[..., tuple[PageRecording, ToldTogether]]


@pytest.fixture(scope="module")
def page(at_once: AtOnce, alone: Harness) -> Told:
    return Told(alone, at_once(on_cluster)[0])


def test_several_terminals_are_true_on_the_cluster(page: Told) -> None:
    assert page.recording.runs


@pytest.mark.parametrize("name", LIES)
def test_lie_in_a_terminal_is_red_in_its_block(page: Told, name: str) -> None:
    true, lie = LIES[name]
    assert PAGE.count(true) == 1
    page.check(edited(PAGE, true, lie))


def test_lies_in_terminals_are_red_on_the_cluster(at_once: AtOnce) -> None:
    at_once(on_cluster)[1].check()
