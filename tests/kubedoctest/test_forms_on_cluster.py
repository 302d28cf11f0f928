"""Every form of output on the real cluster: one page that is true, and its lies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from edited_pages import Told, ToldTogether, edited, told, told_together

from kubedoctest.recordings.recording import PageRecording
from kubedoctest.testing import Harness

NAMESPACE = "formas"
PAGE = r"""# Formas

```console
$ kubectl create deployment mi-formas --image=fedek3/workshop-uns:v0.1.0 --replicas=2
deployment.apps/mi-formas created
$ kubectl get deploy,pods -l app=mi-formas
NAME                        READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/mi-formas   0/2     2            0           1s

NAME                              READY   STATUS              RESTARTS   AGE
pod/mi-formas-7c6b5f9d8-zzzzz     0/1     ContainerCreating   0          1s
pod/mi-formas-7c6b5f9d8-ccccc     0/1     ContainerCreating   0          1s
$ kubectl rollout status deployment mi-formas
...
deployment "mi-formas" successfully rolled out
$ kubectl get deploy,pods -l app=mi-formas
NAME                        READY   UP-TO-DATE   AVAILABLE   AGE
deployment.apps/mi-formas   2/2     2            2           9s

NAME                              READY   STATUS    RESTARTS   AGE
pod/mi-formas-7c6b5f9d8-zzzzz     1/1     Running   0          9s
pod/mi-formas-7c6b5f9d8-ccccc     1/1     Running   0          9s
$ kubectl get deploy -L app --field-selector metadata.name=mi-formas
NAME        READY   UP-TO-DATE   AVAILABLE   AGE   APP
mi-formas   2/2     2            2           9s    mi-formas
$ kubectl get deploy -A | grep mi-formas
formas   mi-formas   2/2   2   2   9s
$ kubectl get pods -l app=mi-formas --no-headers
mi-formas-7c6b5f9d8-ccccc   1/1   Running   0   9s
mi-formas-7c6b5f9d8-zzzzz   1/1   Running   0   9s
$ kubectl get pods -l app=mi-formas -o custom-columns=Pod:.metadata.name,Imagen:.spec.containers[0].image
Pod      Imagen
mi-formas-7c6b5f9d8-ccccc   fedek3/workshop-uns:v0.1.0
mi-formas-7c6b5f9d8-zzzzz   fedek3/workshop-uns:v0.1.0
$ kubectl describe deployment mi-formas
Name:       mi-formas
...
Selector:   app=mi-formas
Replicas:   2 desired | 2 updated | 2 total | 2 available | 0 unavailable
...
  Containers:
   workshop-uns:
    Image:   fedek3/workshop-uns:v0.1.0
...
Events:
  Type   Reason   Age   From   Message
  ----   ------   ----  ----   -------
...
$ kubectl get deployment mi-formas -o yaml
apiVersion: apps/v1
kind: Deployment
metadata:
...
  creationTimestamp: "2024-01-01T00:00:00Z"
...
  resourceVersion: "7"
...
spec:
...
  replicas: 2
...
$ kubectl events --for deployment/mi-formas
LAST SEEN   TYPE     REASON              OBJECT                 MESSAGE
3m          Normal   ScalingReplicaSet   Deployment/mi-formas   Scaled up replica set mi-formas-7c6b5f9d8 from 0 to 2
$ kubectl rollout history deployment mi-formas
deployment.apps/mi-formas
REVISION  CHANGE-CAUSE
1         <none>

$ kubectl auth can-i create pods
yes
```

```console
$ kubectl patch deployment mi-formas --patch '{"spec": {"minReadySeconds": 2}}'  # se ve el avance
deployment.apps/mi-formas patched
$ kubectl scale deployment mi-formas --replicas=3
deployment.apps/mi-formas scaled
$ kubectl rollout status deployment mi-formas
Waiting for deployment "mi-formas" rollout to finish: 2 of 3 updated replicas are available...
deployment "mi-formas" successfully rolled out
$ kubectl get deploy mi-formas
NAME        READY   UP-TO-DATE   AVAILABLE   AGE
mi-formas   2/3     3            2           9s
$ kubectl get deploy
NAME        READY   UP-TO-DATE   AVAILABLE   AGE
mi-formas   3/3     3            3           9s
$ kubectl get rs
NAME                  DESIRED   CURRENT   READY   AGE
mi-formas-7c6b5f9d8   3         3         3       9s
```

```console
$ kubectl delete deployment mi-formas
deployment.apps "mi-formas" deleted from formas namespace
$ kubectl wait --for=delete pod -l app=mi-formas
```
"""  # noqa: E501

LIES = [
    ("0/2     2            0", "1/2     2            0"),
    ("ccccc     0/1     ContainerCreating", "ccccc     0/1     ErrImagePull"),
    ("2/2     2            2           9s\n\n", "2/2     2            1           9s\n\n"),
    ("9s    mi-formas", "9s    otra"),
    ("formas   mi-formas   2/2", "formas   mi-formas   1/2"),
    ("   workshop-uns:\n", "  workshop-uns:\n"),
    ('  resourceVersion: "7"', '  resourceVersion: "siete"'),
    ("7c6b5f9d8 from 0 to 2", "7c6b5f9d8 from 1 to 2"),
    ("2 of 3 updated", "0 of 3 updated"),
    ("2/3     3            2", "1/3     3            1"),
    ("3         3         3", "3         3         2"),
]  # fmt: skip


def on_cluster(harness: Harness) -> tuple[PageRecording, ToldTogether]:
    lies = [edited(PAGE, true, lie) for true, lie in LIES]
    return told(harness, PAGE), told_together(harness, lies)


pytestmark = [pytest.mark.cluster, pytest.mark.at_once(on_cluster, namespace=NAMESPACE)]
AtOnce = Callable[..., tuple[PageRecording, ToldTogether]]


@pytest.fixture(scope="module")
def page(at_once: AtOnce, alone: Harness) -> Told:
    return Told(alone, at_once(on_cluster)[0])


def test_every_form_is_true_on_the_cluster(page: Told) -> None:
    assert page.recording.runs


@pytest.mark.parametrize(("true", "lie"), LIES)
def test_lie_about_a_form_is_red_in_its_block(page: Told, true: str, lie: str) -> None:
    assert PAGE.count(true) == 1
    page.check(edited(PAGE, true, lie))


def test_lies_about_forms_are_red_on_the_cluster(at_once: AtOnce) -> None:
    at_once(on_cluster)[1].check()
