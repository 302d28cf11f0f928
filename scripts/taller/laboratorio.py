"""``lab crear|estado|borrar``: the cluster by itself."""

from __future__ import annotations

import lab
from taller.exits import ExitCode
from taller.voice import say


def create(
    mode: lab.Mode, *, ingress: bool = False, metrics: bool = False, prometheus: bool = False
) -> ExitCode:
    """Make the lab, or repair it, with the optional parts asked for, and say how to use it."""
    asked: dict[lab.PartName, bool] = {
        "ingress": ingress,
        "metrics": metrics,
        "prometheus": prometheus,
    }
    made = lab.create(mode, parts=[part for part, wanted in asked.items() if wanted])
    say(
        f"[green]✓[/] El laboratorio está listo: Kubernetes {made.kubernetes}, "
        f"contexto {made.context} (modo {made.mode}).\n"
        f"  Para usarlo desde la terminal:  export KUBECONFIG={made.kubeconfig}"
    )
    return ExitCode.FINE


def show() -> ExitCode:
    """Say how the lab is."""
    print(lab.status().render())
    return ExitCode.FINE


def delete() -> ExitCode:
    """Remove the lab from this machine."""
    lab.delete()
    say("[green]✓[/] No queda nada del laboratorio en esta máquina.")
    return ExitCode.FINE
