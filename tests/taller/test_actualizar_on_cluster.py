"""Chapter 04, its first part, told wrong on the real cluster: `actualizar` mends just that.

Afterwards the page is true, updating it again changes nothing, and what was true has not been
touched: the author's names, remarks and alignment stay.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from taller.project import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("lab")]
CHAPTER = ROOT / "docs" / "04-hola-mundo-real.md"
APPLY = "$ kubectl apply -f extras/04-hola-mundo-real/deploy-01/daemonSet-mi-app.yaml"
DELETE = "$ kubectl delete pod mi-app-tr8jm"


def run(command: str, page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "taller", command, str(page), *options],
        cwd=page.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def told_wrong(text: str, *lies: tuple[str, str, str]) -> str:
    """The text with each lie (after a line, what is true, what is not) in it."""
    for after, true, lie in lies:
        start = text.index(after)
        assert true in text[start:], f"the page has no {true!r} any more"
        text = text[:start] + text[start:].replace(true, lie, 1)
    return text


def as_told(text: str) -> list[str]:
    """The lines, less what may truly be otherwise: an age, and how far a new pod has come."""
    without_ages = re.sub(r" [0-9]+s\b", " 1s", text)
    return sorted(re.sub(r"\bPending {10}", "ContainerCreating", without_ages).split("\n"))


WAIT = "15"
LIES = (
    ("exec mi-pod -- kill 1", "mi-pod   0/1     Completed", "mi-pod   1/1     Running  "),
    ("# ", "workshop-uns v0.1.0 se despide", "workshop-uns v0.1.0 dice adiós"),
    (APPLY, "mi-app-hd4xp   0/1     ContainerCreating", "mi-app-hd4xp   0/1     CrashLoopBackOff "),
    (APPLY, "mi-app-q9m6c   1/1     Running   0          4s\n", ""),
    (APPLY, "mi-app   4         4         4       4            4  ",
     "mi-app   3         4         3       4            4  "),
    (DELETE, 'pod "mi-app-tr8jm" deleted from default namespace', 'pod "mi-app-tr8jm" deleted'),
    (DELETE, "mi-app-2dqqt   0/1     ContainerCreating   0          0s  # otro nombre?!",
     "mi-app-2dqqt   0/1     Terminating         3          0s  # otro nombre?!"),
    ("# ", "  name: mi-app                 #", "  name: mi-ap                  #"),
)  # fmt: skip


def test_what_was_told_wrong_is_mended_and_nothing_else(tmp_path: Path) -> None:
    true = CHAPTER.read_text().partition("### StatefulSet")[0]
    page = tmp_path / CHAPTER.name
    page.write_text(told_wrong(true, *LIES))
    done = run("actualizar", page, "--si", "--espera", WAIT)
    assert done.returncode == 0, done.stdout + done.stderr
    mended = page.read_text()
    # A row that was missing has its real age, and may be elsewhere among its like.
    assert as_told(mended) == as_told(true), done.stdout
    checked = run("verificar", page, "--sin-sitio")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    again = run("actualizar", page, "--si", "--espera", WAIT)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "No hay nada que cambiar" in again.stderr
    assert page.read_text() == mended


SHORT = """\
# Una página

```console
$ kubectl run mi-tarea --image=fedek3/workshop-uns:v0.1.0 --restart=Never
pod/mi-tarea created
$ kubectl wait --for=condition=Ready pod/mi-tarea
pod/mi-tarea condition met
$ kubectl get pods
NAME       READY   STATUS    RESTARTS   AGE
mi-tarea   1/1     Running   0          3s    # la nuestra
$ kubectl exec mi-tarea -- sh -c 'sleep 2; kill 1' &
$ kubectl get pods
NAME       READY   STATUS    RESTARTS   AGE
mi-tarea   1/1     Running   0          3s    # la nuestra
$ kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/mi-tarea
pod/mi-tarea condition met
```

```bash
kubectl delete pod mi-tarea
```
"""


def test_a_state_that_does_not_last_becomes_the_one_that_it_ends_in(tmp_path: Path) -> None:
    page = tmp_path / "pagina.md"
    page.write_text(SHORT)
    assert run("verificar", page, "--sin-sitio").returncode == 1
    done = run("actualizar", page, "--si", "--espera", WAIT)
    assert done.returncode == 0, done.stdout + done.stderr
    mended = page.read_text()
    assert re.search(r"mi-tarea   0/1     Completed   0 +3s +# la nuestra", mended), mended
    assert run("verificar", page, "--sin-sitio").returncode == 0
    again = run("actualizar", page, "--si", "--espera", WAIT)
    assert again.returncode == 0
    assert page.read_text() == mended


def test_a_command_that_fails_now_is_not_written_down_as_the_truth(tmp_path: Path) -> None:
    page = tmp_path / "pagina.md"
    text = '```console\n$ kubectl get pod no-esta\npod "no-esta" encontrado\n```\n'
    page.write_text(text)
    done = run("actualizar", page, "--si", "--espera", WAIT)
    assert done.returncode == 1
    assert page.read_text() == text
    assert "pagina.md:3" in done.stdout
