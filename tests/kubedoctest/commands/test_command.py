"""What a command runs, asks and does with what it prints, by pairs: one that does, one that not."""

from __future__ import annotations

import pytest

from kubedoctest.commands.command import Command


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        ("kubectl get pods | sort -u", ["kubectl get pods", "sort -u"]),
        ("time kubectl get po", ["time kubectl get po", "kubectl get po"]),
        ("timeout 5 sh -c 'ls | wc'", ["timeout 5 sh -c ls | wc", "sh -c ls | wc", "ls", "wc"]),
        ("watch -n 1 kubectl get po", ["watch -n 1 kubectl get po", "kubectl get po"]),
        ("LANG=C ls -l", ["ls -l"]),
        ("echo $(date)", ["echo ?", "date"]),
        ("ls  # date", ["ls"]),
        ("cat <<FIN\nls\nFIN", ["cat"]),
        ("echo 'sin cerrar", []),
    ],
)
def test_programs_are_all_that_a_command_runs(command: str, programs: list[str]) -> None:
    found = Command.of(command).programs
    assert [" ".join(word or "?" for word in one.words) for one in found] == programs


def test_command_of_exec_runs_in_a_container() -> None:
    outer, inner = Command.of("kubectl exec mi-pod -- sh -c ls").programs[:2]
    assert (outer.in_container, inner.in_container) == (False, True)


@pytest.mark.parametrize(
    ("question", "does", "does_not"),
    [
        ("answers_vary", "timeout 5 curl web", "cat registro"),
        ("answers_vary", "sh -c 'kubectl get pods'", "echo kubectl"),
        ("asks_cluster", "sh -c 'kubectl get pods'", "ls  # kubectl"),
        ("asks_cluster", "alias k=kubectl", "ls mi-kubectl.txt"),
        ("asks_cluster", "helm ls 'sin cerrar", "echo 'sin cerrar"),
        ("requests", "curl http://web/", "echo curl http://web/"),
        ("requests", "kubectl exec a -- wget -qO- web", "kubectl exec a -- wget -qO- localhost"),
        ("requests", "curl http://localhost:30100/", "ping web"),
        ("requests", "docker exec nodo curl -s localhost:30100", "docker exec nodo ping web"),
        ("about_nodes", "kubectl get pods,nodes", "kubectl get pods"),
        ("about_nodes", "kubectl describe node/a", "kubectl describe pod/a"),
        ("about_nodes", "kubectl top no", "kubectl get pods -l no"),
        ("about_nodes", "docker ps", "kubectl drain a"),
        ("counts_lines", "ls | sort | uniq -c", "ls | sort | uniq"),
        ("counts_lines", "uniq --count a", "wc -c a"),
        ("sorts_lines", "ls | sort", "ls | sort -n"),
        ("sorts_lines", "ls | sort -u", "ls | sort --key=2"),
        ("sorts_lines", "ls | sort -n | sort", "ls | sort | sort -k2"),
        ("lists_jobs", "jobs -l", "kubectl get jobs"),
        ("may_start_jobs", "sleep 1 & jobs", "ls 2>&1 && pwd"),
        ("in_background", "sleep 1 &  # sigue", "sleep 1 & wait"),
        ("opens_its_output", "echo a > /dev/stderr", "echo a >&2"),
    ],
)
def test_question_about_a_command(question: str, does: str, does_not: str) -> None:
    assert getattr(Command.of(does), question)
    assert not getattr(Command.of(does_not), question)


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("kubectl apply -f a.yaml -f b.yaml", ("a.yaml", "b.yaml")),
        ("kubectl create --filename=a.yaml,b.yaml", ("a.yaml", "b.yaml")),
        ("kubectl delete -k carpeta && kubectl kustomize otra", ("carpeta", "otra")),
        ("kubectl apply -f 'con espacio.yaml'", ("con espacio.yaml",)),
        ("kubectl apply -f - < a.yaml", ()),
        ("kubectl logs -f mi-pod", ()),
        ("tail -f registro", ()),
    ],
)
def test_manifests_are_the_files_that_kubectl_is_given(
    command: str, files: tuple[str, ...]
) -> None:
    assert Command.of(command).manifests == files


def test_jobs_are_the_statements_left_running() -> None:
    assert Command.of("sleep 1 & (ls; sleep 2 &); pwd").jobs == ("sleep 1", "sleep 2")
