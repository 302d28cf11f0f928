"""What has the form of a generated value stands for what a block showed, anywhere in a page."""

from __future__ import annotations

import pytest
from stage import Page, daemon_pod, deployment_pod, pod_at, service

from kubedoctest.values import generated

POD = "web-5d4f8c7b9d-4kx2p"
UID = "3f1c1a52-7f0e-4e58-9f39-6f8f5f0b8c11"


def page(authored: frozenset[str] = frozenset()) -> generated.Shown:
    """A page that has shown a pod with its address, a uid and a container."""
    stage = Page(pod_at(deployment_pod(POD), "10.244.1.5"), service("web", "10.96.3.3"))
    table = "NAME                   IP\nweb-666bbbcccd-zzzzz   10.244.9.9\n"
    assert stage.shows(table, table.replace("666bbbcccd-zzzzz", POD[4:]).replace("9.9", "1.5"))
    assert stage.shows(UID, UID.replace("3f1c", "4444"), "kubectl get pod x -o jsonpath='{}'")
    assert stage.shows("a1a1a1a1a1a1", "5232020b873d", "docker ps -q")
    return generated.Shown(stage.patterns.names, stage.bindings, authored)


@pytest.mark.parametrize("mark", ["`{}`", "**{}**", "<code>{}</code>", "[a](#{})", "_{}_", "{}"])
@pytest.mark.parametrize(
    ("shown", "lie"),
    [
        ("web-666bbbcccd-zzzzz", "web-666bbbcccd-ccccc"),
        ("…-zzzzz", "…-ccccc"),
        ("...-666bbbcccd-zzzzz", "...-777bbbcccd-zzzzz"),
        ("666bbbcccd", "777bbbcccd"),
        ("pod-template-hash=666bbbcccd", "pod-template-hash=777bbbcccd"),
        ("10.244.9.9", "10.244.9.8"),
        (UID, UID.replace("3f1c", "3f1d")),
        ("a1a1a1a1a1a1", "a1a1a1a1a1a2"),
    ],
)
def test_value_in_prose_is_one_that_a_block_showed(mark: str, shown: str, lie: str) -> None:
    assert page().unshown_in_prose(f"El {mark.format(shown)}, ahí.") is None
    found = page().unshown_in_prose(f"El {mark.format(lie)}, ahí.")
    assert found is not None
    assert found in lie


@pytest.mark.parametrize(
    "text",
    [
        "web-front, web-https… y web",
        "la red 10.244.0.0/16, 8.8.8.8, 127.0.0.1 y v1.2.3.4",
        "…-lista, 20260101, commit 8108357, bcdfghjklm",
        "mi-app-zzzzz",
    ],
)
def test_other_words_are_no_generated_values(text: str) -> None:
    assert page(frozenset({"web-https"})).unshown_in_prose(text) is None


def test_command_names_only_what_was_shown() -> None:
    for shown in ("delete pod web-666bbbcccd-zzzzz", "get pods -l pod-template-hash=666bbbcccd"):
        assert page().unshown_in_command(f"kubectl {shown}") is None
    assert page().unshown_in_command("kubectl delete pod web-666bbbcccd-ccccc")
    assert page().unshown_in_command("kubectl wait --selector=pod-template-hash=777bbbcccd pod")
    own = page(frozenset({"web-666bbbcccd-ccccc"}))
    assert own.unshown_in_command("kubectl run web-666bbbcccd-ccccc") is None


def test_author_s_name_stands_for_no_generated_one() -> None:
    table = "NAME       STATUS\nmi-app-{}   Completed\n"
    for made, true in (((), True), (("mi-app-mssql", "otro"), False)):
        real = table.format("4kx2p")
        assert (
            Page(daemon_pod("mi-app-4kx2p"), made=made).shows(table.format("mssql"), real) is true
        )
        assert Page(daemon_pod("mi-app-4kx2p"), made=made).shows(table.format("zzzzz"), real)
