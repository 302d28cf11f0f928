"""The guard: chapters delete what they find, so they only run on a cluster meant for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.cluster import MARKER
from lab.command import run
from lab.error import LabError
from lab.places import Places


def guard(kubeconfig: Path, context: str) -> None:
    """Refuses a context whose cluster has neither been made by the lab nor been marked by hand."""
    own = Places.of_user().tools / "kubectl"
    kubectl = own if own.exists() else Path(shutil.which("kubectl") or "kubectl")
    reach = (kubectl, f"--kubeconfig={kubeconfig}", f"--context={context}", "--request-timeout=10s")
    known = run(*reach, "config", "get-contexts", "--output=name").split()
    if context not in known:
        raise LabError(
            f"El contexto «{context}» no está en {kubeconfig}.",
            "Los que hay: " + (", ".join(known) or "ninguno") + ".",
        )
    try:
        marked = run(
            *reach,
            "get",
            "configmap",
            MARKER,
            "--namespace=kube-system",
            "--ignore-not-found",
            "--output=name",
        )
    except LabError as error:
        raise LabError(
            f"El cluster del contexto «{context}» no responde:\n{error.message}",
            "Si es el del laboratorio, ./taller lab crear lo repara.",
        ) from None
    if not marked.strip():
        raise LabError(
            f"El contexto «{context}» no es de un laboratorio del taller, y los capítulos crean "
            "y borran objetos: no lo tocamos.",
            "Si es un cluster de pruebas, márquenlo y repitan el comando con "
            f"--contexto {context}:\n"
            f"  kubectl --context {context} -n kube-system create configmap {MARKER}",
        )
