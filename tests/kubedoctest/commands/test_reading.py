"""Which commands only read, by pairs: one that reads, and its neighbour that does not."""

from __future__ import annotations

import pytest

from kubedoctest.commands.command import Command

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
    ("docker exec x cat /a", "docker exec x rm /a"),
    ("docker exec -u root -w /tmp x ls", "docker exec -u root x touch a"),
    ("docker exec x sh -c 'ps | grep a'", "docker exec x sh -c 'ps > /a'"),
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
    ("promtool query instant http://x up", "promtool push metrics http://x"),
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
    assert Command.of(command).reads


@pytest.mark.parametrize("command", [pair[1] for pair in PAIRS])
def test_changes_something(command: str) -> None:
    assert not Command.of(command).reads
