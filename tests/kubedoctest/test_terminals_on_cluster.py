"""Watches, port-forward and logs from a second terminal, on the real cluster: truths and lies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("lab")]

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
    $ kubectl logs -f -l app=mi-web | grep --line-buffered GET
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
    pod "mi-web-7d9c6b5f48-qz2mn" deleted from default namespace
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
    deployment.apps "mi-web" deleted from default namespace
    $ kubectl get pods -l app=mi-web
    No resources found in default namespace.
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


def verify(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "page.md").write_text(text)
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider"),
            *("--rootdir", str(folder), "-c", os.devnull, "-q", "page.md"),
            *("--kubedoctest-kubeconfig", os.environ["TALLER_LAB_KUBECONFIG"]),
            *("--kubedoctest-context", os.environ["TALLER_LAB_CONTEXT"]),
            *("--kubedoctest-path", os.environ["TALLER_LAB_PATH"], "--kubedoctest-retry", "15"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_true_is_green(tmp_path: Path) -> None:
    done = verify(tmp_path, PAGE)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_red_where_it_is(name: str, tmp_path: Path) -> None:
    true, lie = LIES[name]
    assert PAGE.count(true) == 1
    text = PAGE.replace(true, lie)
    changed = text[: text.index(lie)].count("\n")
    block = 1 + max(
        n for n, line in enumerate(text.split("\n")[: changed + 1]) if line.startswith("```con")
    )
    done = verify(tmp_path, text)
    assert done.returncode == 1, done.stdout
    failed = re.findall(r"^FAILED \S*page\.md::L(\d+)", done.stdout, re.MULTILINE)
    assert failed == [str(block)], done.stdout
