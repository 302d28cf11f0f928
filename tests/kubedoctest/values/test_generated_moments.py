"""The generated values from one moment to the next: as if each were the first one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from stage import Page, daemon_pod, deployment_pod, replica_set, still, worker

from kubedoctest.cluster.timeline import Identity, Life
from kubedoctest.values.authored import Authored
from kubedoctest.values.generated import Generated

SET = replica_set("mi-deploy-5d4f8c7b9")
POD = deployment_pod("mi-deploy-5d4f8c7b9-4kx2p")
KUBERNETES = Identity("Service", "default", "kubernetes", "uid-kubernetes", "", None, {})
SERVICE = Identity("Service", "default", "mi-servicio", "uid-servicio", "", None, {})
AUTHORED = Authored(chosen=frozenset({"10.96.7.7", "30100"}))


def later(life: Life, **cells: str) -> Life:
    """The same object, in one more state."""
    known = {name.replace("_", "-"): value for name, value in cells.items()}
    return replace(life, states=(*life.states, replace(life.states[-1], cells=known)))


def fresh(lives: Iterable[Life]) -> object:
    values = Generated(AUTHORED).among(tuple(lives))
    return dict(values.names), values.pods


def moments() -> list[tuple[Life, ...]]:
    """What a page's objects went through."""
    pod = still(POD, IP="<none>")
    addressed = later(pod, IP="10.244.1.2")
    daemon = still(daemon_pod("mi-app-4kx2p"), IP="172.18.0.3")
    node = worker("taller-worker", "172.18.0.3")
    kubernetes = still(KUBERNETES, Cluster_IP="10.96.0.1", Type="ClusterIP")
    service = still(SERVICE, Cluster_IP="10.96.7.8", Type="NodePort")
    port = later(service, Cluster_IP="10.96.7.8", Type="NodePort", **{"Port(s)": "80:31234/TCP"})
    return [
        (pod,),
        (pod, daemon),
        (addressed, daemon),
        (addressed, daemon, node),
        (addressed, daemon, node, kubernetes),
        (addressed, daemon, node, kubernetes, service),
        (addressed, daemon, node, kubernetes, port),
        (still(SET), addressed, daemon, node, kubernetes, port),
        (still(replace(SET, labels={})), addressed, daemon, node, kubernetes, port),
        (still(SET), replace(addressed, gone=90.0), daemon, node, kubernetes, port),
    ]


def test_name_stays_generated_once_its_controller_has_let_go_of_the_pod() -> None:
    pod = still(POD)
    let_go = replace(POD, owner=None, labels={"app": "otra"})
    free = replace(pod, states=(*pod.states, replace(pod.states[0], identity=let_go)))
    for objects in ([free], [free, still(SET)]):
        page = Page(*objects)
        assert page.shows(POD.name.replace("5d4f8c7b9-4kx2p", "7d8f9b6c54-2kzqv"), f"{POD.name}\n")
        deleted = 'pod "{}" deleted from default namespace'
        assert page.shows(deleted.format("mi-deploy-7d8f9b6c54-2kzqv"), deleted.format(POD.name))
        assert not page.shows(
            deleted.format("mi-deploy-7d8f9b6c54-zzzzz"), deleted.format(POD.name)
        )


def test_each_moment_is_as_if_it_were_the_first() -> None:
    generated = Generated(AUTHORED)
    for lives in moments():
        values = generated.among(lives)
        assert (dict(values.names), values.pods) == fresh(lives)


def test_nothing_is_made_anew_while_no_value_comes() -> None:
    generated = Generated(AUTHORED)
    pod = still(POD, IP="10.244.1.2")
    before = generated.among([pod])
    ready = later(pod, IP="10.244.1.2", Ready="1/1")
    assert generated.among([ready]) is before
    assert generated.among([ready, still(daemon_pod("mi-app-4kx2p"))]) is not before


def test_a_name_changes_with_those_of_its_owners() -> None:
    generated = Generated(AUTHORED)
    pod = still(replace(POD, labels={}))  # which alone does not tell of its set's hash
    parts = []
    for lives in ([pod], [pod, still(SET)], [pod, still(replace(SET, labels={}))]):
        values = generated.among(lives)
        assert (dict(values.names), values.pods) == fresh(lives)
        parts.append(values.names[POD.name].parts)
    assert parts == [(POD.name,), (POD.name, SET.name, "5d4f8c7b9"), (POD.name,)]
