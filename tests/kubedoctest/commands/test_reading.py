"""Which commands only read, by pairs: one that reads, and its neighbour that does not."""

from __future__ import annotations

import pytest

from kubedoctest.commands.kubectl_get import GetCommand, kubectl_get
from kubedoctest.commands.reading import only_reads
from kubedoctest.commands.refusal import refused

PAIRS = [
    ("kubectl get pods -o wide", "kubectl delete pods --all"),
    ("kubectl -n kube-system get pods", "kubectl -n kube-system delete pod x"),
    ("kubectl --namespace=a logs x", "kubectl --namespace=a label pod x a=b"),
    ("kubectl describe pod mi-pod", "kubectl edit pod mi-pod"),
    ("kubectl auth can-i create pods", "kubectl auth reconcile -f x"),
    ("kubectl rollout status deploy/x", "kubectl rollout restart deploy/x"),
    ("kubectl rollout history deploy/x", "kubectl rollout undo deploy/x"),
    ("kubectl config get-contexts", "kubectl config use-context x"),
    ("kubectl cluster-info", "kubectl cluster-info dump --output-directory=x"),
    ("kubectl run x --image=y --dry-run=client -o yaml", "kubectl run x --image=y"),
    ("kubectl create ns x --dry-run=server", "kubectl create ns x --dry-run=none"),
    ("kubectl create ns x --dry-run=client", "kubectl create ns x --dry-run=client > ns.yaml"),
    ("kubectl exec mi-pod -- ls /", "kubectl exec mi-pod -- rm /x"),
    ("kubectl exec mi-pod -- sh -c 'echo $HOSTNAME'", "kubectl exec mi-pod -- sh -c 'echo a > b'"),
    ("kubectl exec mi-pod -- cat /x", "kubectl exec mi-pod cat /x"),
    ("kubectl wait --for=condition=Ready pod/x", "kubectl scale --replicas=2 deploy/x"),
    ("curl -s http://x/", "curl -s -X POST http://x/"),
    ("curl -X GET http://x/", "curl -d a=b http://x/"),
    ("curl -so /dev/null -w '%{http_code}' http://x", "curl -so page.html http://x"),
    ("curl --max-time 2 http://x", "curl --upload-file a http://x"),
    ("curl -fsSL http://x | head -1", "curl -fsSL http://x | bash"),
    ("wget -qO- http://x", "wget -q http://x"),
    ("wget -T 2 -O - http://x", "wget -O file http://x"),
    ("docker ps -a", "docker rm x"),
    ("docker image ls", "docker image prune"),
    ("kind get clusters", "kind delete cluster"),
    ("ls | sort -u", "ls | sort -o x"),
    ("ls | uniq -c", "uniq a b"),
    ("sed -n 's/a/b/p; 3,5d' f", "sed -i 's/a/b/' f"),
    ("sed 's|west|east|g' f", "sed 's/a/b/w out' f"),
    ("sed -e 1d -e '/x/,/y/p' f", "sed -e 'w out' f"),
    ("sed '$!d' f", "sed 'e date' f"),
    ("awk '{print $1}' f", "awk '{print $1 > \"x\"}' f"),
    ("awk -F: '$3 > 5 {print $1}' f", "awk '{print | \"sh\"}' f"),
    ("awk '$1 || $2' f", "awk 'BEGIN {system(\"rm x\")}'"),
    ("date -u", "date -s 10:00"),
    ("jobs -l", "jobs -x rm x"),
    ("env | grep A", "env A=1 rm x"),
    ("find . -name x", "find . -name x -delete"),
    ("printf '%s\\n' a", "printf -v x a"),
    ("timeout 5 kubectl get pods", "timeout 5 kubectl delete pod x"),
    ("kubectl get pods 2>/dev/null", "kubectl get pods 2>errores"),
    ("kubectl get pods 2>&1 | grep x", "kubectl get pods | tee x"),
    ("cat < f", "cat > f"),
    ("cat <<EOF\n$(date)\nEOF", "cat <<EOF\n$(rm x)\nEOF"),
    ("cat <<'EOF'\n$(rm x)\nEOF", "cat <<EOF | kubectl apply -f -\na: b\nEOF"),
    ("echo \"$(kubectl get pods)\"", "echo \"$(kubectl delete pods --all)\""),
    ("echo `date`", "echo `rm x`"),
    ("echo '$(rm x)'", "echo $(rm x)"),
    ("echo ${x:-a}", "echo ${x:=a}"),
    ("echo ${x[1]}", "echo ${x[$(rm y)]}"),
    ("echo $((1 + x))", "echo $((x = 1))"),
    ("echo $((a - 1))", "echo $((x++))"),
    ("diff <(ls a) <(ls b)", "diff <(ls a) <(rm b)"),
    ("for i in 1 2 3; do curl -s http://x/$i; done", "for i in 1 2; do touch $i; done"),
    ("while true; do date; sleep 1; done", "while true; do rm x; done"),
    ("until curl -s http://x; do sleep 1; done", "until rm x; do sleep 1; done"),
    ("if [ -f x ]; then cat x; else echo no; fi", "if [ -f x ]; then rm x; fi"),
    ("[[ a == b ]] && ls", "(( x = 1 ))"),
    ("(date; ls)", "(cd x; rm y)"),
    ("{ date; ls; }", "f() { date; }"),
    ("! grep x y", "! rm x"),
    ("date && ls || echo no", "date && rm x"),
    ("date; ls", "date; rm x"),
    ("date  # rm x", "rm x  # date"),
    ("kubectl logs -f x", "kubectl logs -f x &"),
    ("kubectl get pods \\\n  -o wide", "kubectl delete \\\n  pods --all"),
    ("\"kubectl\" get pods", "\"kubectl\" delete pods"),
    ("kubectl get pod $POD", "kubectl $VERB pod"),
    ("date", "HOY=$(date)"),
    ("ls", "LANG=C ls"),
    ("pwd", "cd /"),
    ("echo a", "$CMD a"),
    ("jq . f", "desconocido"),
    ("echo 'a'", "echo 'a"),
]  # fmt: skip


@pytest.mark.parametrize("command", [pair[0] for pair in PAIRS])
def test_reads(command: str) -> None:
    assert only_reads(command)


@pytest.mark.parametrize("command", [pair[1] for pair in PAIRS])
def test_changes_something(command: str) -> None:
    assert not only_reads(command)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("kubectl get pods", GetCommand(("pods",))),
        ("kubectl get po mi-pod -o wide", GetCommand(("po",), ("mi-pod",), output="wide")),
        ("kubectl get pods,svc", GetCommand(("pods", "svc"))),
        (
            "kubectl get pod/a svc/b",
            GetCommand(("pod", "svc"), ("a", "b"), pairs=(("pod", "a"), ("svc", "b"))),
        ),
        (
            "kubectl get po --field-selector=metadata.name=a -L app -L x/y,z",
            GetCommand(
                ("po",), field_selector="metadata.name=a", label_columns=("app", "x/y", "z")
            ),
        ),
        ("kubectl -n x get po", GetCommand(("po",), namespace="x")),
        ("kubectl get po -nx", GetCommand(("po",), namespace="x")),
        ("kubectl get po --namespace=x", GetCommand(("po",), namespace="x")),
        ("kubectl get po -A", GetCommand(("po",), all_namespaces=True)),
        ("kubectl get po -owide -w", GetCommand(("po",), output="wide", watch=True)),
        ("kubectl get po -o jsonpath='{.a}'", GetCommand(("po",), output="jsonpath={.a}")),
        ("kubectl get po -l app=a,b!=c", GetCommand(("po",), selector="app=a,b!=c")),
        ("kubectl get po -l 'a in (b, c)'", GetCommand(("po",), selector="a in (b, c)")),
        ("kubectl get po -L app,v", GetCommand(("po",), label_columns=("app", "v"))),
        ("kubectl get po --show-labels", GetCommand(("po",), show_labels=True)),
        ("kubectl get po --no-headers=true", GetCommand(("po",), no_headers=True)),
        ("kubectl get po --watch=false", GetCommand(("po",))),
        ("kubectl get po  # los pods", GetCommand(("po",))),
    ],
)
def test_kubectl_get(command: str, expected: GetCommand) -> None:
    assert kubectl_get(command) == expected


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
    assert kubectl_get(command) is None


@pytest.mark.parametrize(
    ("fine", "refusal", "word"),
    [
        ("kubectl run x --image=y", "kubectl run x --rm -i --image=y -- date", "--rm"),
        ("kubectl exec x -- ls -t", "kubectl exec -it x -- sh", "-t"),
        ("kubectl exec -i x -- cat", "kubectl exec --tty x -- cat", "-t"),
        ("docker run x ls -t", "docker run -it x", "-t"),
        ("echo exit", "exit", "exit"),
        ("kubectl get x", "kubectl edit x", "edit"),
        ("cat f", "cat f | less", "less"),
        ("echo $(date)", "echo $(vim x)", "vim"),
    ],
)
def test_refused(fine: str, refusal: str, word: str) -> None:
    assert refused(fine) is None
    assert word in (refused(refusal) or "")
