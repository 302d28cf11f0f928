"""What tests share: the lab that `./taller probar` made for them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kubedoctest.cluster.api import Cluster
from kubedoctest.testing import Harness
from lab.waiting import wait_for

ROOT = Path(__file__).resolve().parents[1]
NAMESPACE_SECONDS = 120.0
"""Within which what is in the namespaces of a whole module is removed."""

# A shell has its background jobs ignore SIGINT, and nohup has them ignore SIGHUP. Programs that
# tests start would inherit that, and some tests send them; handled signals are not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


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
    with Harness(
        files=ROOT,
        copied=("extras",),
        kubeconfig=lab.kubeconfig,
        context=lab.context,
        path=(lab.path,),
        python=Path(sys.executable),
        own_cluster=True,
        variables=lab.variables,
        mkdocs=ROOT / "mkdocs.yml",
    ) as harness:
        yield harness


def _leaving(cluster: Cluster) -> list[str]:
    """The namespaces that are being removed."""
    namespaces = cluster.get("/api/v1/namespaces")["items"]
    return [n["metadata"]["name"] for n in namespaces if n["status"]["phase"] == "Terminating"]
