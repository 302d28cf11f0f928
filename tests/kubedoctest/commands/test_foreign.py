"""A page cannot name the kubeconfig of another cluster."""

from __future__ import annotations

import pytest

from kubedoctest.commands.refusal import refused


@pytest.mark.parametrize(
    "command",
    [
        "kubectl --kubeconfig /root/.kube/config get pods",
        "kubectl get pods --kubeconfig=/root/.kube/config",
        "kubectl get pods --kubeconfig=\"/root\"'/x'",
        "kubectl get pods --kubeconfig=../../../root/.kube/config",
        "kubectl get pods --kubeconfig ~root/.kube/config",
        'kubectl get pods --kubeconfig "$OTHER"',
        "kubectl get pods --kubeconfig ~/$(echo ..)/x",
        "helm ls --kubeconfig /x",
        "KUBECONFIG=/root/.kube/config kubectl get pods",
        "export KUBECONFIG=~/.kube/config:/root/.kube/config",
        "KUBECONFIG+=:/root/.kube/config",
        "env KUBECONFIG=/root/.kube/config kubectl get pods",
        "for f in a; do echo $(KUBECONFIG=/x kubectl get pods); done",
        "kubectl get pods --kubeconfig x 'sin cerrar",
    ],
)
def test_what_may_be_another_cluster_is_refused(command: str) -> None:
    assert "kubeconfig de otro cluster" in str(refused(command))


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get pods",
        "kubectl config use-context otro",
        "kubectl --kubeconfig mio get pods",
        'kubectl --kubeconfig="$HOME/.kube/config" get pods',
        "export KUBECONFIG=~/.kube/config:$PWD/mio",
        "KUBECONFIG= kubectl get pods",
        "echo $KUBECONFIG",
        "cat ~/.kube/config",
    ],
)
def test_the_page_s_own_is_not(command: str) -> None:
    assert refused(command) is None
