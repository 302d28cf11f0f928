"""Which commands never end by themselves, and what the inventory says of a page that forgets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubedoctest.commands.command import Command, GoesOn
from kubedoctest.page import inventory

WATCH, LINES, LOOP = GoesOn.WATCH, GoesOn.LINES, GoesOn.LOOP


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("kubectl get pods -w", WATCH),
        ("kubectl -n otro get po,svc --watch", WATCH),
        ("kubectl get pods --watch-only=true", WATCH),
        ("kubectl get po -Aw", WATCH),
        ("KUBECONFIG=x kubectl events -w", WATCH),
        ("kubectl apply -f x && kubectl get pods -w", WATCH),
        ("kubectl get pods -w | grep mi-app", LOOP),
        ("kubectl logs -f mi-pod", LINES),
        ("kubectl logs deploy/mi-app --follow --tail 3", LINES),
        ("kubectl port-forward svc/web 8080:80 >/dev/null", LINES),
        ("kubectl -n otro proxy", LINES),
        ("kubectl exec mi-pod -- tail -f /var/log/x", LINES),
        ("docker logs -f web", LINES),
        ("tail -n0 -F registro", LINES),
        ("tail --follow=name registro | cat", LINES),
        ("watch -n1 kubectl get pods", LOOP),
        ("while true; do curl -s web; sleep 1; done", LOOP),
        ("while :; do date; done | cat", LOOP),
        ("while sleep 1; do date; done", LOOP),
        ("until false\ndo date\ndone", LOOP),
        ("for ((;;)); do date; done", LOOP),
        ("for ((i = 0;; i++)); do echo $i; done", LOOP),
        ("sh -c 'while true; do date; done'", LOOP),
        ("(cd /; tail -f x)", LINES),
    ],
)
def test_what_does_not_end(command: str, kind: GoesOn) -> None:
    assert Command.of(command).goes_on is kind
    assert not Command.of(command).in_background


@pytest.mark.parametrize(
    "command",
    [
        "kubectl get pods -o wide",
        "kubectl get pods -l a=-w",
        "kubectl get pods --watch=false",
        "kubectl get pods -w --request-timeout=5s",
        "kubectl get pods -w | head -n 3",
        "kubectl logs -f mi-pod | grep -m1 listo",
        "kubectl logs -f job/mi-job",
        "kubectl logs mi-pod -c f",
        "kubectl run x --image=y -- tail -f z",
        "timeout 5 kubectl get pods -w",
        "kubectl rollout status deploy/x",
        "tail -n 3 registro",
        "tail -f registro --pid 7",
        "while true; do curl -s web && break; done",
        "while read line; do echo $line; done",
        "for ((i = 0; i < 3; i++)); do echo $i; done",
        "for i in 1 2 3; do date; done",
        "echo 'while true; do date; done'",
        "cat <<FIN\nkubectl get pods -w\nFIN",
        "f() { while true; do date; done; }",
        "kubectl get pods -w >registro & sleep 1; kill %1",
        "",
    ],
)
def test_what_ends(command: str) -> None:
    assert Command.of(command).goes_on is None


def test_what_is_left_in_the_background() -> None:
    assert Command.of(
        "kubectl port-forward svc/web 8080:80 >/dev/null 2>&1 &  # sigue"
    ).in_background
    assert Command.of("while true; do date; done &").in_background
    assert not Command.of("sleep 1 & wait").in_background
    assert not Command.of("true && false").in_background


def complaints(folder: Path, *fences: str) -> list[tuple[int, str, str]]:
    page = folder / "page.md"
    page.write_text("\n".join(f"```{fence}\n```\n" for fence in fences))
    document = inventory.read_page(page, inventory.settings(None), folder)
    return [(problem.line, problem.message, problem.next_step) for problem in document.problems]


SECOND = 'console title="Terminal 2"'


@pytest.mark.parametrize(
    "fences",
    [
        ["console\n$ kubectl get pods -w\nNAME\n^C\n$ true"],
        [f"{SECOND}\n$ kubectl get pods -w\nNAME", "console\n$ true", f"{SECOND}\nuno\n^C\n$ ls"],
        [f"{SECOND}\n$ tail -f x", f"{SECOND}\nuno", "bash\ntrue", f"{SECOND}\n\ndos\n\n^C"],
        [f"{SECOND}\n$ tail -f x", 'console title="Terminal 3"\n$ tail -f x'],
        ['bash title="Terminal 2"\ntrue\nkubectl port-forward svc/web 8080:80'],
        ["console\n$ kubectl port-forward svc/web 8080:80 &\n$ curl localhost:8080"],
        ['console title="Terminal 1"\n$ sleep 9\n^C'],
    ],
)
def test_a_page_that_types_where_it_can(tmp_path: Path, fences: list[str]) -> None:
    assert complaints(tmp_path, *fences) == []


@pytest.mark.parametrize(
    ("fences", "line", "said", "way_out"),
    [
        (["console\n$ true\n$ kubectl get pods -w\nNAME"], 3, "no termina solo", "línea `^C`"),
        (["console\n$ tail -f x\na\n^C basta"], 4, "no corta el comando", "dos espacios"),
        ([f"{SECOND}\n$ tail -f x\n^Cfin", f"{SECOND}\n$ ls"], 3, "`^Cfin`", "abajo"),
        (["console\n$ tail -f x"], 2, "no termina solo", '```console title="Terminal 2"'),
        (['console title="Terminal 1"\n$ tail -f x'], 2, "no termina solo", "^C"),
        (["bash\ntail -f x"], 2, "no termina solo", "un bloque `console`"),
        ([f"{SECOND}\n$ tail -f x\nuno\n$ ls"], 4, "En Terminal 2 sigue corriendo", "`^C`"),
        (
            [f"{SECOND}\n$ tail -f x", "console\n$ true", f"{SECOND}\n$ ls"],
            10,
            "sigue corriendo `tail -f x` (línea 2), y ahí no se puede escribir `ls`",
            "`^C`",
        ),
        (
            [f"{SECOND}\n$ tail -f x", f"{SECOND}\nuno\n$ ls"],
            7,
            "sigue corriendo `tail -f x`",
            "^C",
        ),
        ([f"{SECOND}\n$ tail -f x", 'bash title="Terminal 2"\nls'], 6, "sigue corriendo", "^C"),
        ([f"{SECOND}\nuno"], 2, "salida antes de cualquier comando: `uno`", 'title="Terminal 2"'),
        (["console\nuno"], 2, "salida antes de cualquier comando", 'title="Terminal 2"'),
        ([f"{SECOND}\n$ tail -f x\n^C", f"{SECOND}\nuno"], 7, "salida antes de cualquier", "$ "),
    ],
)
def test_a_page_that_types_where_nobody_could(
    tmp_path: Path, fences: list[str], line: int, said: str, way_out: str
) -> None:
    [(number, message, next_step)] = complaints(tmp_path, *fences)
    assert (number, said in message, way_out in next_step) == (line, True, True), message
