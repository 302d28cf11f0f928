"""What cannot be part of a page: another cluster, a person's terminal, an editor."""

from __future__ import annotations

import pytest

from kubedoctest.commands.command import Command


def refusal(command: str) -> str:
    """Why a command is refused; "" if it is not."""
    found = Command.of(command).refusal
    return "" if found is None else found.message


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
    assert "kubeconfig de otro cluster" in refusal(command)


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
    assert refusal(command) == ""


@pytest.mark.parametrize(
    ("fine", "refused", "word"),
    [
        ("kubectl run x --image=y", "kubectl run x --rm -i --image=y -- date", "--rm"),
        ("kubectl exec x -- ls -t", "kubectl exec -it x -- sh", "-t"),
        ("kubectl exec -i x -- cat", "kubectl exec --tty x -- cat", "-t"),
        ("docker run x ls -t", "docker run -it x", "-t"),
        ("echo exit", "exit", "exit"),
        ("kubectl get x", "kubectl edit x", "edit"),
        ("cat f", "cat f | less", "less"),
        ("echo $(date)", "echo $(vim x)", "vim"),
        ("(exit 3); echo $?", "true; exit 3", "exit"),
        ("sh -c 'exit 3'", "ls || exit", "exit"),
        ("kubectl exec a -- sh -c 'exit 3'", "{ exit 3; }", "exit"),
        ("docker run --name t x", "docker run --name a -it x", "-t"),
        ("docker run -p 80:80 -t=false x", "docker exec -ti x sh", "-t"),
        ("kubectl exec -ntest x -- ls", "kubectl exec -n test -ti x -- ls", "-t"),
        ("kubectl attach x", "LANG=C kubectl attach x -it", "-t"),
        ("kubectl exec x -- top -bn1", "sh -c 'top'", "top"),
        ("sleep 1 & wait", "fg %1", "control de trabajos"),
    ],
)
def test_refused(fine: str, refused: str, word: str) -> None:
    assert refusal(fine) == ""
    assert word in refusal(refused)
