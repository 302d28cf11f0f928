"""What goes wrong outside the page: the run says so, and the cluster is left as it was."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
PATIENCE = 300.0

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("lab")]

PAGE = """
    ```bash
    kubectl create configmap de-la-pagina --from-literal=a=b
    touch {folder}/created
    sleep {nap}
    kubectl delete configmap de-la-pagina
    ```
"""


def kubectl(*words: str) -> str:
    done = subprocess.run(
        [str(Path(os.environ["TALLER_LAB_PATH"]) / "kubectl"), *words],
        env={**os.environ, "KUBECONFIG": os.environ["TALLER_LAB_KUBECONFIG"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def wait_until(condition: object, what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, what
        time.sleep(0.1)


def start(folder: Path, page: str, kubeconfig: str, retry: int = 5) -> subprocess.Popen[str]:
    (folder / "page.md").write_text(dedent(page).lstrip("\n"))
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider"),
            *("-c", os.devnull, "--rootdir", str(folder), "page.md"),
            *("--kubedoctest-kubeconfig", kubeconfig),
            *("--kubedoctest-context", os.environ["TALLER_LAB_CONTEXT"]),
            *("--kubedoctest-path", os.environ["TALLER_LAB_PATH"]),
            *("--kubedoctest-retry", str(retry), "--kubedoctest-json", "results.json"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def gone() -> bool:
    return "NotFound" in kubectl("get", "configmap", "de-la-pagina")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_leaves_the_cluster_as_it_was(how: signal.Signals, tmp_path: Path) -> None:
    nap = f"48{os.getpid()}{int(how)}"
    page = PAGE.format(folder=tmp_path, nap=nap)
    run = start(tmp_path, page, os.environ["TALLER_LAB_KUBECONFIG"])
    wait_until((tmp_path / "created").exists, "the page has not started")
    assert not gone()
    run.send_signal(how)
    run.communicate(timeout=PATIENCE)
    wait_until(gone, "the page's object is still there")
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert f"sleep {nap}" not in listed.stdout
    if how is signal.SIGINT:
        assert '"not-run"' in (tmp_path / "results.json").read_text()


def test_what_a_page_leaves_is_named_and_cleaned(tmp_path: Path) -> None:
    page = "```bash\nkubectl create configmap de-la-pagina --from-literal=a=b\n```\n"
    run = start(tmp_path, page, os.environ["TALLER_LAB_KUBECONFIG"])
    output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1, output
    assert "quedó configmaps/de-la-pagina" in output
    assert gone()


class Proxy:
    """A door to the API server that can be shut."""

    def __init__(self, server: str) -> None:
        host, _, port = server.removeprefix("https://").partition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self.callers = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        if self._listener.fileno() < 0:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.callers += 1
            callee = socket.create_connection(self._target)
            self._open += [caller, callee]
            threading.Thread(target=self._pass, args=(caller, callee), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while True:
                for ready in select.select([one, other], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (other if ready is one else one).sendall(data)
        except (OSError, ValueError):
            return
        finally:
            one.close()
            other.close()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[Proxy, str]]:
    config = yaml.safe_load(Path(os.environ["TALLER_LAB_KUBECONFIG"]).read_text())
    door = Proxy(config["clusters"][0]["cluster"]["server"])
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{door.port}"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    yield door, str(kubeconfig)
    door.shut()


def test_a_cluster_that_stops_answering_is_not_the_page_s_fault(
    proxy: tuple[Proxy, str], tmp_path: Path
) -> None:
    door, kubeconfig = proxy
    page = f"""
        ```console
        $ kubectl get namespace default -o name
        namespace/default
        $ kubectl create configmap de-la-pagina --from-literal=a=b
        configmap/de-la-pagina created
        $ touch {tmp_path}/created
        $ until test -e {tmp_path}/shut; do sleep 0.1; done
        $ kubectl get namespace default -o name
        namespace/default
        ```
    """
    run = start(tmp_path, page, kubeconfig)
    wait_until((tmp_path / "created").exists, "the page has not started")
    door.shut()
    (tmp_path / "shut").touch()
    output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 3, output
    assert "no responde" in output
    assert "Traceback" not in output
    assert '"not-run"' in (tmp_path / "results.json").read_text()
    # The next run cleans what this one could not, though the door that it came by is shut.
    assert not gone()
    page = "```console\n$ kubectl get namespace default -o name\nnamespace/default\n```\n"
    again = start(tmp_path, page, os.environ["TALLER_LAB_KUBECONFIG"])
    output, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, output
    assert gone()


DISAGREES = """
    ```bash
    kubectl create configmap de-la-pagina --from-literal=a=b
    touch {folder}/created
    ```

    ```console
    $ kubectl get configmap de-la-pagina -o jsonpath='{{.data.a}}'
    nunca
    ```
"""


def test_ctrl_c_while_a_command_is_repeated(proxy: tuple[Proxy, str], tmp_path: Path) -> None:
    door, kubeconfig = proxy
    run = start(tmp_path, DISAGREES.format(folder=tmp_path), kubeconfig, retry=600)
    wait_until((tmp_path / "created").exists, "the page has not started")
    by_then = door.callers
    wait_until(lambda: door.callers >= by_then + 4, "the command is not repeated")
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 2, output  # pytest's for an interruption
    assert "Traceback" not in output
    assert '"not-run"' in (tmp_path / "results.json").read_text()
    assert gone()


def running(command: str) -> bool:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return command in listed.stdout.splitlines()


def in_control_plane(*words: str) -> None:
    subprocess.run(("docker", "exec", "taller-control-plane", *words), check=True)


def test_an_api_server_that_stops_and_comes_back(tmp_path: Path) -> None:
    page = f"""
        ```console
        $ kubectl create configmap de-la-pagina --from-literal=a=b
        configmap/de-la-pagina created
        $ touch {tmp_path}/created
        $ until test -e {tmp_path}/killed; do sleep 0.1; done
        $ kubectl get configmap de-la-pagina -o name
        configmap/de-la-pagina
        $ kubectl get configmap de-la-pagina
        NAME           DATA   AGE
        de-la-pagina   1      5s
        ```

        ```bash
        kubectl delete configmap de-la-pagina
        ```
    """
    run = start(tmp_path, page, os.environ["TALLER_LAB_KUBECONFIG"], retry=90)
    wait_until((tmp_path / "created").exists, "the page has not started")
    # It would start the API server again at once, or, knowing of other times, too late.
    in_control_plane("systemctl", "stop", "kubelet")
    try:
        in_control_plane("pkill", "-KILL", "-x", "kube-apiserver")
        (tmp_path / "killed").touch()
        asks = "kubectl get configmap de-la-pagina -o name"
        wait_until(lambda: running(asks), "nobody asks for it")
    finally:
        in_control_plane("systemctl", "start", "kubelet")
    output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, output


NODE = "taller-worker4"


def ready(node: str) -> bool:
    condition = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    return kubectl("get", "node", node, "-o", condition) == "True"


@pytest.fixture
def stopped_node() -> Iterator[str]:
    """A node that its cluster already knows not to be there.

    It would find that out by itself after most of a minute, in which the node's kubelet says
    nothing; that it is told instead lasts, too, for as long as the kubelet cannot gainsay it.
    """
    subprocess.run(("docker", "pause", NODE), check=True, capture_output=True)
    unknown = {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}
    told = ("--subresource=status", "--patch", json.dumps({"status": {"conditions": [unknown]}}))
    try:
        kubectl("patch", "node", NODE, *told)
        wait_until(lambda: not ready(NODE), f"{NODE} is still ready")
        yield NODE
    finally:
        subprocess.run(("docker", "unpause", NODE), check=True, capture_output=True)
        wait_until(lambda: ready(NODE), f"{NODE} does not come back")


def test_a_node_that_stopped_is_named_where_a_page_is_not_true(
    stopped_node: str, tmp_path: Path
) -> None:
    page = f"""
        ```console
        $ kubectl wait --for=condition=Ready node/{stopped_node} --timeout=1s
        node/{stopped_node} condition met
        ```
    """
    run = start(tmp_path, page, os.environ["TALLER_LAB_KUBECONFIG"], retry=1)
    output, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1, output
    assert f"Nodos que no están listos ahora: {stopped_node}" in output
