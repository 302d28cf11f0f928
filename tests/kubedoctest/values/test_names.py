"""Which names are generated, by real metadata."""

from __future__ import annotations

import re

from stage import bare_pod, daemon_pod, deployment_pod

from kubedoctest.cluster.timeline import Identity, Owner
from kubedoctest.values.names import generated, impossible, known


def accepts(identity: Identity, documented: str) -> bool:
    name = generated((identity,))
    assert name is not None
    return re.fullmatch(name.regex, documented) is not None


def test_a_controller_s_pod() -> None:
    assert accepts(daemon_pod("mi-app-4kx2p"), "mi-app-tr8jm")
    for other in ("mi-app-tr8j", "mi-app-tr8jmm", "mi-app-abcde", "mi-ap-tr8jm", "mi-app"):
        assert not accepts(daemon_pod("mi-app-4kx2p"), other)


def test_a_deployment_s_pod() -> None:
    pod = deployment_pod("mi-deploy-5d4f8c7b9-4kx2p")
    for true in ("mi-deploy-6b7c8d-zzzzz", "mi-deploy-6b7c8d9f5d-zzzzz"):
        assert accepts(pod, true)
    for other in ("mi-deploy-zzzzz", "mi-deploy-6b7c8-zzzzz", "mi-deploy-6b7c8d9a-zzzzz"):
        assert not accepts(pod, other)


def test_its_replica_set_is_known_from_the_pod_alone() -> None:
    assert set(known([deployment_pod("mi-deploy-5d4f8c7b9-4kx2p")])) == {
        "mi-deploy-5d4f8c7b9-4kx2p",
        "mi-deploy-5d4f8c7b9",
        "5d4f8c7b9",
    }


def test_fixed_names_stay_fixed() -> None:
    assert generated((bare_pod("mi-svc-https"),)) is None
    owner = Owner("StatefulSet", "mi-app", "u")
    pod = Identity("Pod", "default", "mi-app-0", "u0", "mi-app-", owner, {})
    assert generated((pod,)) is None


def test_long_names_lose_their_end() -> None:
    base = "x" * 70 + "-"
    pod = Identity("Pod", "default", "x" * 58 + "4kx2p", "u", base, None, {})
    assert accepts(pod, "x" * 58 + "zzzzz")


def test_a_cron_job_s_job_ends_in_digits() -> None:
    owner = Owner("CronJob", "copia", "u")
    job = Identity("Job", "default", "copia-29384756", "u", "", owner, {})
    assert accepts(job, "copia-29000000")
    assert not accepts(job, "copia-bcdfg")


def test_impossible_letters_are_told() -> None:
    names = known([daemon_pod("mi-app-4kx2p")]).values()
    assert impossible("pod/mi-app-abcde deleted", names) == "mi-app-abcde"
    assert impossible("pod/mi-app-tr8jm deleted", names) is None
