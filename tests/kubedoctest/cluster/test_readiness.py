"""New objects that are not ready at once: who types the next command does not meet them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stand_in_cluster import StandIn, stand_in

from kubedoctest.cluster.api import Cluster
from kubedoctest.cluster.readiness import PATIENCE_SECONDS, Readiness
from kubedoctest.testing import Harness, JudgedPage

HARD = {"hard": {"pods": "2"}}
SERVED = {"conditions": [{"type": "Established", "status": "True"}]}
REFUSED = {"conditions": [{"type": "NamesAccepted", "status": "False"}]}
DEFINED = "cosas.ejemplo.org"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[StandIn, Readiness]]:
    with stand_in(tmp_path) as (api, kubeconfig):
        yield api, Readiness(Cluster(kubeconfig))


def put_all(api: StandIn, *objects: tuple[str, str, str, dict[str, Any]]) -> None:
    for plural, name, namespace, rest in objects:
        api.put(plural, name, namespace, **rest)


NEW = {
    "a namespace without its ServiceAccount": (
        ("namespaces", "nuevo", "", {}),
        ("configmaps", "kube-root-ca.crt", "nuevo", {}),
    ),
    "a namespace without the cluster's certificate": (
        ("namespaces", "nuevo", "", {}),
        ("serviceaccounts", "default", "nuevo", {}),
    ),
    "a quota that is not counted": (
        ("resourcequotas", "cuota", "default", {"uid": "c", "spec": HARD}),
    ),
    "a kind that is not served": (("customresourcedefinitions", DEFINED, "", {"uid": "d"}),),
}
READY = {
    "a namespace without its ServiceAccount": ("serviceaccounts", "default", "nuevo", {}),
    "a namespace without the cluster's certificate": (
        "configmaps",
        "kube-root-ca.crt",
        "nuevo",
        {},
    ),
    "a quota that is not counted": (
        "resourcequotas",
        "cuota",
        "default",
        {"uid": "c", "spec": HARD, "status": HARD},
    ),
    "a kind that is not served": (
        "customresourcedefinitions",
        DEFINED,
        "",
        {"uid": "d", "status": SERVED},
    ),
}


@pytest.mark.parametrize("case", NEW)
def test_new_object_is_waited_for_until_it_is_ready(
    world: tuple[StandIn, Readiness], case: str
) -> None:
    api, readiness = world
    put_all(api, *NEW[case])
    waiting = threading.Thread(target=readiness.wait, daemon=True)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    put_all(api, READY[case])
    waiting.join(20)
    assert not waiting.is_alive()


def test_cluster_whose_objects_are_ready_is_not_waited_for(
    world: tuple[StandIn, Readiness],
) -> None:
    api, readiness = world
    put_all(api, ("customresourcedefinitions", DEFINED, "", {"status": REFUSED}))
    put_all(api, ("namespaces", "se-va", "", {"deletionTimestamp": "2026-01-01T00:00:00Z"}))
    started = time.monotonic()
    readiness.wait()
    assert time.monotonic() - started < PATIENCE_SECONDS / 2


def test_object_that_never_gets_ready_is_given_up_once(world: tuple[StandIn, Readiness]) -> None:
    api, readiness = world
    put_all(api, *NEW["a kind that is not served"])
    readiness.wait(patience=0.2)
    started = time.monotonic()
    readiness.wait()
    assert time.monotonic() - started < PATIENCE_SECONDS / 2


def test_kind_that_may_not_be_read_is_not_waited_for(world: tuple[StandIn, Readiness]) -> None:
    api, readiness = world
    put_all(api, *NEW["a namespace without its ServiceAccount"])
    api.forbidden |= {"serviceaccounts", "resourcequotas"}
    started = time.monotonic()
    readiness.wait()
    assert time.monotonic() - started < PATIENCE_SECONDS / 2


PAGE = """
    ```bash
    for n in 1 2 3 4; do kubectl create namespace pronto-$n; done
    for n in 1 2 3 4; do kubectl run uno -n pronto-$n --image=fedek3/workshop-uns:v0.1.0; done
    for n in 1 2 3 4; do kubectl create quota dos -n pronto-$n --hard=pods=2; done
    for n in 1 2 3 4; do kubectl run dos -n pronto-$n --image=fedek3/workshop-uns:v0.1.0; done
    for n in 1 2 3 4; do kubectl delete pods --all -n pronto-$n --now; done
    kubectl delete namespace pronto-1 pronto-2 pronto-3 pronto-4
    ```
"""


@pytest.mark.cluster
@pytest.mark.at_once(Harness.judge, PAGE)
def test_page_may_use_at_once_what_it_has_made(at_once: Callable[..., JudgedPage]) -> None:
    judged = at_once(Harness.judge, PAGE)
    assert judged.true, judged.told
