"""Several replicas answer one Service (comparison rule 14): true, and a lie."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage import Page, deployment_pod, lines, pod_at, service

from kubedoctest.cluster.timeline import Identity, Life, Owner
from kubedoctest.commands.command import Command
from kubedoctest.comparison.replicas import Answers, Judged, judge
from kubedoctest.shell.observation import Observation

APP, OTHER = "mi-deploy-7d9c5b8f6d", "otra-7777bbbb"
PODS = tuple(pod_at(deployment_pod(f"{APP}-{c * 5}"), f"10.244.1.{c}") for c in "456")
NAMES = tuple(life.identity.name for life in PODS)
CURL = "curl -s localhost:30100"
LOOP = "for i in 1 2 3 4; do curl -s localhost:30100; done"
SHOWN = ("mi-deploy-66668888f-zzzzz", "mi-deploy-66668888f-ccccc", "mi-deploy-66668888f-ddddd")


def hello(*names: str) -> str:
    return "\n".join(f"hola desde {name}" for name in names)


class Requests:
    """The requests of one page."""

    def __init__(self, *lives: Life) -> None:
        self.lives = lives or PODS
        self.page = Page(*self.lives)
        self.answers = Answers()

    def judged(self, shown: str, real: str, command: str = CURL) -> Judged | None:
        seen = Observation(command, f"{real}\n", 0, False, 20.0, 21.0)
        page = self.page
        found = judge(
            *(lines(shown), command, seen, self.lives),
            *(page.patterns, page.bindings, self.answers, "page.md:9"),
        )
        if found is not None:
            page.bindings, self.answers = found.bindings, found.answers
        return found

    def true(self, shown: str, real: str, command: str = CURL) -> bool:
        judged = self.judged(shown, real, command)
        assert judged is not None
        return judged.wrong is None

    def lists(self) -> Requests:
        """The page shows its pods first, each beside the one it is."""
        for shown, real in zip(SHOWN, NAMES, strict=True):
            assert self.page.shows(f"pod/{shown}", f"pod/{real}")
        return self


def test_whichever_answers() -> None:
    for real in NAMES:
        assert Requests().lists().true(hello(SHOWN[0]), hello(real))
    assert not Requests().lists().true(f"adiós desde {SHOWN[0]}", hello(NAMES[1]))


def test_a_name_that_is_no_replica_s() -> None:
    requests = Requests().lists()
    assert not requests.true(hello("mi-deploy-66668888f-qqqqq"), hello(NAMES[0]))
    assert not requests.true(hello("mi-deploy-777bbbccc-zzzzz"), hello(NAMES[0]))
    assert not requests.true(hello("otra-66668888f-zzzzz"), hello(NAMES[0]))


def test_a_replica_that_was_gone_before_the_request() -> None:
    gone = replace(PODS[0], gone=19.0)
    requests = Requests(gone, *PODS[1:]).lists()
    assert not requests.true(hello(SHOWN[0]), hello(NAMES[1]))
    assert requests.true(hello(SHOWN[2]), hello(NAMES[1]))


def test_nothing_is_bound() -> None:
    requests = Requests()
    assert requests.true(hello(SHOWN[0]), hello(NAMES[1]))
    assert requests.page.bindings.candidates(SHOWN[0]) == set(NAMES)
    assert requests.page.shows(f"pod/{SHOWN[0]}", f"pod/{NAMES[2]}")


def test_as_many_as_the_page_shows_must_answer() -> None:
    three = hello(*SHOWN, SHOWN[0])
    requests = Requests().lists()
    judged = requests.judged(three, hello(*NAMES[:2], *NAMES[:2]), LOOP)
    assert judged is not None and judged.wrong is not None
    assert "más réplicas distintas que las que contestaron" in judged.wrong
    assert requests.true(three, hello(NAMES[2], NAMES[2], *NAMES[:2]), LOOP)
    # Their counts and order do not count, nor is it a lie to have met fewer.
    assert requests.true(hello(*[SHOWN[1]] * 4), hello(NAMES[2], NAMES[2], *NAMES[:2]), LOOP)


def test_the_number_of_answers_counts() -> None:
    assert not Requests().lists().true(hello(*SHOWN), hello(*NAMES, NAMES[0]), LOOP)


def test_requests_one_by_one() -> None:
    requests = Requests().lists()
    assert requests.true(hello(SHOWN[0]), hello(NAMES[1]))
    assert not requests.true(hello(SHOWN[1]), hello(NAMES[1])), "only one has answered so far"
    assert requests.true(hello(SHOWN[1]), hello(NAMES[0])), "the next try meets another"


def test_counted_answers() -> None:
    counted = f"{LOOP} | sort | uniq -c"
    real = f"      3 hola desde {NAMES[0]}\n      1 hola desde {NAMES[2]}"
    shown = "   {} hola desde " + SHOWN[1] + "\n   {} hola desde " + SHOWN[2]
    assert Requests().lists().true(shown.format(2, 2), real, counted)
    assert not Requests().lists().true(shown.format(2, 3), real, counted)


def test_two_deployments_behind_one_service() -> None:
    other = pod_at(deployment_pod(f"{OTHER}-77777"), "10.244.1.7")
    both = f"v1 {NAMES[0]}\nv2 {other.identity.name}\nv1 {NAMES[1]}\nv1 {NAMES[0]}"
    shown = f"v2 otra-9999bbbb-zzzzz\nv1 {SHOWN[0]}\nv2 otra-9999bbbb-zzzzz\nv1 {SHOWN[1]}"
    assert Requests(*PODS, other).true(shown, both, LOOP)
    assert not Requests(*PODS, other).true(shown.replace("v2", "v1"), both, LOOP)
    only_one = "\n".join(f"v1 {name}" for name in (*SHOWN, SHOWN[0]))
    assert not Requests(*PODS, other).true(only_one, both, LOOP)


def test_fixed_names_answer_too() -> None:
    owner = Owner("StatefulSet", "mi-app", "u")
    pods = [
        pod_at(Identity("Pod", "default", f"mi-app-{n}", f"u{n}", "", owner, {}), f"10.244.2.{n}")
        for n in range(2)
    ]
    assert Requests(*pods).true(hello("mi-app-1"), hello("mi-app-0"))
    assert not Requests(*pods).true(hello("mi-app-2"), hello("mi-app-0"))


def test_an_answer_of_several_lines() -> None:
    real = f"Hostname: {NAMES[0]}\nIP: 10.244.1.4\nGET / HTTP/1.1"
    shown = f"Hostname: {SHOWN[1]}\nIP: 10.244.9.9\nGET / HTTP/1.1"
    requests = Requests().lists()
    assert requests.page.shows("IP: 10.244.9.9", "IP: 10.244.1.5")
    assert requests.true(shown, real)
    assert not requests.true(shown.replace("GET", "PUT"), real)


@pytest.mark.parametrize(
    ("command", "true"),
    [
        (CURL, True),
        ("kubectl exec cliente -- wget -qO- http://mi-svc", True),
        ("kubectl exec cliente -- curl -s mi-svc.default.svc:80", True),
        ("kubectl exec mi-pod -- wget -qO- localhost:8080", False),
        ("kubectl exec mi-pod -- hostname", False),
        ("kubectl get pods", False),
        ("cat curl.txt", False),
    ],
)
def test_what_may_meet_any_replica(command: str, true: bool) -> None:
    assert Command.of(command).requests is true


@pytest.mark.parametrize(
    "command", ["curl 10.244.1.4:8080", f"kubectl exec cliente -- wget {NAMES[0]}.mi-app:8080"]
)
def test_one_pod_in_particular_is_exact(command: str) -> None:
    assert Requests().judged(hello(SHOWN[0]), hello(NAMES[0]), command) is None


def test_answers_that_name_no_replica_are_compared_as_ever() -> None:
    assert Requests().judged("hola", "hola") is None
    assert Requests(service("mi-svc", "10.96.3.3")).judged("hola", "hola") is None


class TestPodOfADeployment:
    """kubectl takes one of a Deployment's pods: which one is chance, each time."""

    EXEC = "kubectl exec deploy/mi-deploy -- hostname"

    def test_any_of_its_pods_is_true(self) -> None:
        requests = Requests().lists()
        for shown in SHOWN:
            assert requests.true(shown, NAMES[0], self.EXEC)

    def test_pod_of_nobody_is_not(self) -> None:
        assert not Requests().lists().true("mi-deploy-66668888f-qqqqq", NAMES[0], self.EXEC)

    def test_one_output_is_of_one_pod(self) -> None:
        logs = "kubectl logs deployment/mi-deploy"
        text = "Found 3 pods, using pod/{}\nhola desde {}"
        real = text.format(NAMES[0], NAMES[0])
        assert Requests().lists().true(text.format(SHOWN[1], SHOWN[1]), real, logs)
        assert not Requests().lists().true(text.format(SHOWN[1], SHOWN[2]), real, logs)

    def test_other_pods_that_it_tells_of_are_none_that_could_have_answered(self) -> None:
        told = "kubectl exec deploy/{} -- promtool query instant http://localhost:9090 up"
        requests = Requests().lists()
        assert requests.judged(hello(SHOWN[0]), hello(NAMES[1]), told.format("otra")) is None
        assert requests.true(hello(SHOWN[0]), hello(NAMES[1]), told.format("mi-deploy"))
        assert requests.true(hello(SHOWN[0]), hello(NAMES[1]), "kubectl exec svc/otra -- hostname")

    def test_what_is_asked_of_one_pod_is_exact(self) -> None:
        for command in (f"kubectl exec {NAMES[0]} -- hostname", f"kubectl logs pod/{NAMES[0]}"):
            assert not Command.of(command).picks_a_pod_of
        for command in (self.EXEC, "kubectl logs svc/web", "kubectl exec -it rs/web -- hostname"):
            assert Command.of(command).picks_a_pod_of
