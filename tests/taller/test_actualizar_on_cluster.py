"""`actualizar` on the real cluster: it writes what is true, and then has nothing to change.

That nothing else of a page is touched is in tests/kubedoctest/test_lies_about_chapter_04.py.
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


WAIT = "15"
"""Seconds for what the short page shows to come about, also on a busy machine."""
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
    done = run("actualizar", page, "--si", "--espera", WAIT)
    assert done.returncode == 0, done.stdout + done.stderr
    mended = page.read_text()
    assert re.search(r"mi-tarea   0/1     Completed   0 +3s +# la nuestra", mended), mended
    assert run("verificar", page, "--sin-sitio").returncode == 0
    again = run("actualizar", page, "--si", "--espera", WAIT)
    assert again.returncode == 0
    assert "No hay nada que cambiar" in again.stderr
    assert page.read_text() == mended


def test_a_command_that_fails_now_is_not_written_down_as_the_truth(tmp_path: Path) -> None:
    page = tmp_path / "pagina.md"
    text = '```console\n$ kubectl get pod no-esta\npod "no-esta" encontrado\n```\n'
    page.write_text(text)
    done = run("actualizar", page, "--si", "--espera", "1")  # it fails at once
    assert done.returncode == 1
    assert page.read_text() == text
    assert "pagina.md:3" in done.stdout
