"""What a page's blocks can see and reach: nothing of the caller's, and no other cluster."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
SECRET = "zq-no-se-ve-qz"
SECRETS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "SSH_AUTH_SOCK",
    "NPM_TOKEN",
    "PIP_INDEX_URL",
    "HTTPS_PROXY",
    "KUBE_TOKEN",
    "BASH_ENV",
    "ENV",
    "HOLA",
)
FILES = (".kube/config", ".docker/config.json", ".aws/credentials", ".netrc", ".ssh/id_rsa")


class Trap:
    """A port that nobody may knock at; it counts who does."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self.visits = 0
        self._visited = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            caller.close()
            with self._visited:
                self.visits += 1
                self._visited.notify_all()

    def expect_visit(self) -> None:
        """The trap works: it has counted somebody (the accepting thread may be a moment late)."""
        with self._visited:
            assert self._visited.wait_for(lambda: self.visits > 0, timeout=10)

    def close(self) -> None:
        self._listener.close()


@dataclass(frozen=True)
class Caller:
    """Someone with secrets in the environment, in files, and with another cluster at hand."""

    home: Path
    trap: Trap
    pages: Path

    @property
    def kubeconfig(self) -> Path:
        return self.home / ".kube" / "config"

    @property
    def environment(self) -> dict[str, str]:
        secrets = {name: f"{SECRET}-{name}" for name in SECRETS}
        own = {"HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig)}
        return {**os.environ, **secrets, **own, "PYTHONPATH": str(SCRIPTS)}

    def runs(self, text: str, *options: str) -> subprocess.CompletedProcess[str]:
        (self.pages / "page.md").write_text(dedent(text).lstrip("\n"))
        command = [sys.executable, "-m", "pytest", "-p", "kubedoctest.plugin", "-c", os.devnull]
        command += ["-p", "no:cacheprovider", "--rootdir", str(self.pages), "page.md", *options]
        return subprocess.run(
            command,
            cwd=self.pages,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    home, pages = tmp_path / "casa", tmp_path / "paginas"
    pages.mkdir()
    for name in FILES:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"{SECRET}\n")
    trap = Trap()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "trabajo",
        "contexts": [{"name": "trabajo", "context": {"cluster": "trabajo", "user": "yo"}}],
        "clusters": [{"name": "trabajo", "cluster": {"server": trap.url}}],
        "users": [{"name": "yo", "user": {"token": SECRET}}],
    }
    (home / ".kube" / "config").write_text(yaml.safe_dump(config))
    yield Caller(home, trap, pages)
    trap.close()


def stamp(path: Path) -> tuple[bytes, int, int, list[str]]:
    """A file's content and times, and what lies beside it."""
    known = path.stat()
    beside = sorted(other.name for other in path.parent.iterdir())
    return path.read_bytes(), known.st_mtime_ns, known.st_ino, beside


DUMP = """
    ```bash
    (env; cat /proc/self/environ /proc/$$/environ /proc/$PPID/environ) > {out}/bash
    (set; declare -x; alias; declare -f) > {out}/shell
    for f in {files}; do cat ~/$f; done > {out}/files 2>&1 || true
    ls -laR ~ > {out}/home
    (env; cat /proc/self/environ) > {out}/background &
    wait
    ```

    ```console title="Terminal 2"
    $ (env; cat /proc/self/environ /proc/$PPID/environ) > {out}/second
    ```

    ```python
    import os, pathlib
    seen = repr(dict(os.environ)) + pathlib.Path(f"/proc/{{os.getpid()}}/environ").read_text()
    pathlib.Path("{out}/python").write_text(seen)
    ```

    ```console
    $ env > {out}/console
    $ env | sort
    ...
    LANG=C.UTF-8
    ...
    ```
"""


def test_no_secret_of_the_caller_reaches_a_block(caller: Caller, tmp_path: Path) -> None:
    out = tmp_path / "visto"
    out.mkdir()
    page = DUMP.format(out=out, files=" ".join(FILES))
    done = caller.runs(page, "--kubedoctest-json=r.json", "--kubedoctest-env=SE_VE=control-visible")
    assert done.returncode == 0, done.stdout
    seen = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(seen) == {
        "bash",
        "shell",
        "files",
        "home",
        "background",
        "second",
        "python",
        "console",
    }
    for name, content in seen.items():
        assert SECRET.encode() not in content, name
        if name not in ("files", "home"):
            assert b"control-visible" in content, f"{name} would show a secret"
    assert seen["files"].count(b"No such file") == len(FILES)
    for name in ("docker", "aws", "netrc", "ssh"):
        assert f".{name}".encode() not in seen["home"]
    written = done.stdout + done.stderr + (caller.pages / "r.json").read_text()
    assert SECRET not in written


def test_a_failure_s_report_holds_no_secret(caller: Caller) -> None:
    done = caller.runs("```console\n$ env | sort; false\n```\n", "--junitxml=j.xml")
    assert done.returncode == 1
    assert "TERM=dumb" in done.stdout, "the report shows what the command wrote"
    assert SECRET not in done.stdout + (caller.pages / "j.xml").read_text()


def test_without_a_cluster_of_its_own_a_page_does_not_get_the_caller_s(caller: Caller) -> None:
    before = stamp(caller.kubeconfig)
    done = caller.runs("```console\n$ kubectl get pods\nNAME\n```\n")
    assert done.returncode == 3
    assert "usa un cluster y no se dio ninguno" in done.stdout
    assert caller.trap.visits == 0
    assert stamp(caller.kubeconfig) == before


def test_a_page_cannot_name_the_caller_s_kubeconfig(caller: Caller) -> None:
    before = stamp(caller.kubeconfig)
    for command in (
        f"KUBECONFIG={caller.kubeconfig} env",
        f"echo get pods --kubeconfig={caller.kubeconfig}",
    ):
        done = caller.runs(f"```bash\n{command}\n```\n")
        assert done.returncode == 2, done.stdout
        assert "podría ser el kubeconfig de otro cluster" in done.stdout
    assert caller.trap.visits == 0
    assert stamp(caller.kubeconfig) == before


def lab_options() -> list[str]:
    return [
        f"--kubedoctest-kubeconfig={os.environ['TALLER_LAB_KUBECONFIG']}",
        f"--kubedoctest-context={os.environ['TALLER_LAB_CONTEXT']}",
        f"--kubedoctest-path={os.environ['TALLER_LAB_PATH']}",
    ]


@pytest.mark.cluster
@pytest.mark.usefixtures("lab")
def test_another_cluster_is_never_reached_nor_its_kubeconfig_touched(caller: Caller) -> None:
    own = Path(os.environ["TALLER_LAB_KUBECONFIG"])
    before = stamp(caller.kubeconfig), own.read_bytes(), own.stat().st_mtime_ns
    done = caller.runs(
        f"""
        ```console
        $ kubectl config get-contexts -o name
        {os.environ["TALLER_LAB_CONTEXT"]}
        $ kubectl config use-context trabajo
        error: no context exists with the name: "trabajo"
        $ kubectl --context trabajo get pods
        Error in configuration: context was not found for specified context: trabajo
        $ kubectl get namespace default -o name
        namespace/default
        $ kubectl config set-context --current --namespace=kube-system
        Context "{os.environ["TALLER_LAB_CONTEXT"]}" modified.
        $ kubectl config set-cluster trabajo --server={caller.trap.url}
        Cluster "trabajo" set.
        ```
        """,
        *lab_options(),
    )
    assert done.returncode == 0, done.stdout
    assert caller.trap.visits == 0
    assert (stamp(caller.kubeconfig), own.read_bytes(), own.stat().st_mtime_ns) == before
    # The trap would have told: whoever uses the caller's kubeconfig knocks at it.
    kubectl = str(Path(os.environ["TALLER_LAB_PATH"]) / "kubectl")
    subprocess.run(
        [kubectl, "get", "pods", "--request-timeout=2s"],
        env=caller.environment,
        capture_output=True,
        check=False,
    )
    caller.trap.expect_visit()


@pytest.mark.cluster
@pytest.mark.usefixtures("lab")
def test_no_secret_reaches_a_command_that_watches(caller: Caller, tmp_path: Path) -> None:
    out = tmp_path / "visto"
    done = caller.runs(
        f"""
        ```bash
        kubectl get configmaps --watch > {tmp_path}/filas &
        until test -s {tmp_path}/filas; do sleep 0.1; done
        for p in $(pgrep -f 'get configmaps --watc[h]'); do cat /proc/$p/environ; done > {out}
        kill %1
        ```
        """,
        *lab_options(),
        "--kubedoctest-env=SE_VE=control-visible",
    )
    assert done.returncode == 0, done.stdout
    assert b"control-visible" in out.read_bytes()
    assert SECRET.encode() not in out.read_bytes()
