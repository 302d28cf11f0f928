"""What tests share: the lab that `./taller probar` made for them."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubedoctest.cluster.api import Cluster, Request
from kubedoctest.testing import Harness
from lab.waiting import wait_for

ROOT = Path(__file__).resolve().parents[1]
NAMESPACE_SECONDS = 120.0
"""Within which what is in the namespaces of a whole module is removed."""
RUNS_AT_ONCE = 4
STATE = pytest.StashKey[Path]()

# A shell has its background jobs ignore SIGINT, and nohup has them ignore SIGHUP. Programs that
# tests start would inherit that, and some tests send them; handled signals are not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test without a cluster waits for nobody's turn: its engine is not that of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        if item.get_closest_marker("cluster") is None:
            patch.setenv("XDG_STATE_HOME", str(item.config.stash[STATE]))
        return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Where runs keep what others must know."""
    folder = tempfile.TemporaryDirectory(prefix="taller-tests-")
    config.add_cleanup(folder.cleanup)
    config.stash[STATE] = Path(folder.name)


@dataclass(frozen=True)
class LabUnderTest:
    """How to reach the cluster, and the engine.

    Attributes:
        path: the folder of the lab's kubectl, and of its docker if it has one of its own.
        variables: what that docker needs.
    """

    kubeconfig: Path
    context: str
    path: Path
    variables: dict[str, str]


@pytest.fixture(scope="session")
def lab() -> LabUnderTest:
    """The lab; a test that needs it and does not find it fails, it is not skipped."""
    try:
        return LabUnderTest(
            kubeconfig=Path(os.environ["TALLER_LAB_KUBECONFIG"]),
            context=os.environ["TALLER_LAB_CONTEXT"],
            path=Path(os.environ["TALLER_LAB_PATH"]),
            variables={
                k: v for k, v in os.environ.items() if k in ("DOCKER_HOST", "DOCKER_CONFIG")
            },
        )
    except KeyError as missing:
        pytest.fail(
            f"Este test necesita el laboratorio y falta {missing}: corran ./taller probar, "
            "o dejen afuera los tests del cluster con -m 'not cluster'.",
            pytrace=False,
        )


@pytest.fixture(scope="module")
def lab_harness(lab: LabUnderTest) -> Iterator[Harness]:
    """The harness, for the pages of a module on the lab's cluster, as `verificar` would run them.

    Until the module's last test it is the cluster's only user: a test that starts a run of its own
    would wait for it. Namespaces that an earlier module had removed are gone by then.
    """
    cluster = Cluster(lab.kubeconfig, lab.context)
    assert wait_for(lambda: not _leaving(cluster), NAMESPACE_SECONDS), _leaving(cluster)
    with _harness(lab, lab.kubeconfig, own_cluster=True) as harness:
        yield harness


@pytest.fixture(scope="module")
def alone() -> Iterator[Harness]:
    """The harness, for pages that use no cluster, and for recordings."""
    with Harness(
        files=ROOT, copied=("extras",), mkdocs=ROOT / "mkdocs.yml", python=Path(sys.executable)
    ) as harness:
        yield harness


@dataclass(frozen=True)
class Wanted:
    """How a run on the cluster is to be done."""

    namespace: str = "default"
    extras: bool = False


@pytest.fixture(scope="session")
def at_once(
    request: pytest.FixtureRequest, lab: LabUnderTest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    """What has become of a run on the cluster that its test's mark ``at_once`` tells of.

    ``pytest.mark.at_once(run, *arguments, namespace=…)`` has ``run(harness, *arguments)`` done for
    the test, each such call once; the fixture, called with the same, gives what it returned or
    raises what it raised. They are done all together, before the first of the tests: each with a
    harness of its own, a few side by side, since what they do most is to wait. So a page that shows
    all that is in a namespace must have that one for itself; and one that finds the ``extras``
    (``extras=True``) takes whatever they name in its namespace to be its own.
    """
    wanted: dict[tuple[Any, ...], Wanted] = {}
    for item in request.session.items:
        for mark in item.iter_markers("at_once"):
            wanted[mark.args] = Wanted(**mark.kwargs)
    done: dict[tuple[Any, ...], Future[Any]] = {}

    def run(number: int, call: tuple[Any, ...]) -> Any:
        kubeconfig = tmp_path_factory.getbasetemp() / f"kubeconfig-{number}"
        how = wanted[call]
        _write_kubeconfig(lab, how.namespace, kubeconfig)
        copied = ("extras",) if how.extras else ()
        with _harness(lab, kubeconfig, copied, beside_others=True) as harness:
            return call[0](harness, *call[1:])

    cluster = Cluster(lab.kubeconfig, lab.context)
    assert wait_for(lambda: not _leaving(cluster), NAMESPACE_SECONDS), _leaving(cluster)
    with _harness(lab, lab.kubeconfig) as ours:
        assert ours.judge("```bash\n: kubectl\n```\n").true  # the cluster is ours
        with _namespaces(cluster, {how.namespace for how in wanted.values()} - {"default"}):
            pool = ThreadPoolExecutor(RUNS_AT_ONCE)
            try:
                done = {call: pool.submit(run, n, call) for n, call in enumerate(wanted)}
                wait(done.values())
            finally:
                pool.shutdown(cancel_futures=True)
    return lambda *call: done[call].result()


def _harness(
    lab: LabUnderTest, kubeconfig: Path, copied: tuple[str, ...] = ("extras",), **how: bool
) -> Harness:
    return Harness(
        files=ROOT,
        copied=copied,
        kubeconfig=kubeconfig,
        context=lab.context,
        path=(lab.path,),
        python=Path(sys.executable),
        variables=lab.variables,
        mkdocs=ROOT / "mkdocs.yml",
        **how,
    )


def _write_kubeconfig(lab: LabUnderTest, namespace: str, path: Path) -> None:
    """The lab's kubeconfig, with another namespace."""
    config = yaml.safe_load(lab.kubeconfig.read_text())
    context = next(one for one in config["contexts"] if one["name"] == lab.context)
    context["context"]["namespace"] = namespace
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))


@contextmanager
def _namespaces(cluster: Cluster, names: Collection[str]) -> Iterator[None]:
    """Namespaces that pods can be made in; in the end they are on their way out."""
    namespaces = "/api/v1/namespaces"

    def left() -> list[str]:
        """Those of a run that was cut off."""
        found = (one["metadata"]["name"] for one in cluster.get(namespaces)["items"])
        return [name for name in found if name in names]

    def has_account(name: str) -> bool:
        return bool(cluster.get(f"{namespaces}/{name}/serviceaccounts")["items"])

    for name in left():
        cluster.ask(Request("DELETE", f"{namespaces}/{name}"))
    assert wait_for(lambda: not left(), NAMESPACE_SECONDS), left()
    try:
        for name in names:
            cluster.ask(Request("POST", namespaces, body={"metadata": {"name": name}}))
        assert wait_for(lambda: all(map(has_account, names)), NAMESPACE_SECONDS)
        yield
    finally:
        for name in names:
            cluster.ask(Request("DELETE", f"{namespaces}/{name}"))


def _leaving(cluster: Cluster) -> list[str]:
    """The namespaces that are being removed."""
    namespaces = cluster.get("/api/v1/namespaces")["items"]
    return [n["metadata"]["name"] for n in namespaces if n["status"]["phase"] == "Terminating"]
