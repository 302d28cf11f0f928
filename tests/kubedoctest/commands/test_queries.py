"""What a command asks kubectl for, known from its words."""

from __future__ import annotations

import pytest

from kubedoctest.commands.command import Command, Query


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("kubectl get pods", Query(("pods",))),
        ("kubectl get po mi-pod -o wide", Query(("po",), ("mi-pod",), output="wide")),
        ("kubectl get pods,svc", Query(("pods", "svc"))),
        (
            "kubectl get pod/a svc/b",
            Query(("pod", "svc"), ("a", "b"), pairs=(("pod", "a"), ("svc", "b"))),
        ),
        (
            "kubectl get po --field-selector=metadata.name=a -L app -L x/y,z",
            Query(("po",), field_selector="metadata.name=a", label_columns=("app", "x/y", "z")),
        ),
        ("kubectl -n x get po", Query(("po",), namespace="x")),
        ("kubectl get po -nx", Query(("po",), namespace="x")),
        ("kubectl get po --namespace=x", Query(("po",), namespace="x")),
        ("kubectl get po -A", Query(("po",), all_namespaces=True)),
        ("kubectl get po -owide -w", Query(("po",), output="wide", watch=True)),
        ("kubectl get po -o jsonpath='{.a}'", Query(("po",), output="jsonpath={.a}")),
        ("kubectl get po -l app=a,b!=c", Query(("po",), selector="app=a,b!=c")),
        ("kubectl get po -l 'a in (b, c)'", Query(("po",), selector="a in (b, c)")),
        ("kubectl get po -L app,v", Query(("po",), label_columns=("app", "v"))),
        ("kubectl get po --show-labels", Query(("po",), show_labels=True)),
        ("kubectl get po --no-headers=true", Query(("po",), no_headers=True)),
        ("kubectl get po --watch=false", Query(("po",))),
        ("kubectl get po  # los pods", Query(("po",))),
    ],
)
def test_kubectl_get(command: str, expected: Query) -> None:
    assert Command.of(command).query == expected


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get pods | grep x",
        "kubectl get pods > f",
        "kubectl get pods; date",
        "kubectl get pod $X",
        "kubectl get -f x.yaml",
        "kubectl get --raw /healthz",
        "kubectl --context=otro get pods",
        "kubectl delete pods",
        "kubectl get",
        "echo kubectl get pods",
    ],
)
def test_not_one_kubectl_get(command: str) -> None:
    assert Command.of(command).query is None
