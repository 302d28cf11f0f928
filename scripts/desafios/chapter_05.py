"""The tasks of chapter 05: an overlay, amounts, permissions, a node to empty, an autoscaler."""

from __future__ import annotations

from typing import Any

from desafios.challenge import Challenge, Step
from desafios.checks import amount, carries, listed, rolled_out
from desafios.cluster import Cluster

ENFORCED = "pod-security.kubernetes.io/enforce"


def _exists(name: str, namespace: str | None = None) -> Step:
    def check(cluster: Cluster) -> str | None:
        _in(cluster, namespace).deployment(name)
        return None

    asks = f"existe el Deployment {name}" if namespace is None else f"tiene el Deployment {name}"
    return Step(asks, check)


def _in(cluster: Cluster, namespace: str | None) -> Cluster:
    return cluster if namespace is None else cluster.in_namespace(namespace)


def _labels_of(cluster: Cluster, namespace: str) -> dict[str, str] | None:
    """The labels of a namespace; None if there is none of that name."""
    named = (one.metadata for one in cluster.namespaces() if one.metadata.name == namespace)
    return next((one.labels or {} for one in named), None)


def _template(deployment: Any) -> Any:
    return deployment.spec.template


def _container(deployment: Any) -> Any:
    return _template(deployment).spec.containers[0]


# -- 05-1

REHEARSAL = "ensayo"
OURS = "mi-deploy"
OWN_LABEL = {"entorno": REHEARSAL}


def _rehearsal_exists(cluster: Cluster) -> str | None:
    return "no está" if _labels_of(cluster, REHEARSAL) is None else None


def _two_are_asked_for(cluster: Cluster) -> str | None:
    replicas = cluster.in_namespace(REHEARSAL).deployment(OURS).spec.replicas
    return None if replicas == 2 else f"pide {replicas}"


def _its_pods_are_labelled(cluster: Cluster) -> str | None:
    labels = _template(cluster.in_namespace(REHEARSAL).deployment(OURS)).metadata.labels
    return None if carries(labels, OWN_LABEL) else "su template no lo tiene"


def _comes_from_the_base(cluster: Cluster) -> str | None:
    container = _container(cluster.in_namespace(REHEARSAL).deployment(OURS))
    there = {
        "startupProbe": container.startup_probe,
        "readinessProbe": container.readiness_probe,
        "livenessProbe": container.liveness_probe,
        "preStop": container.lifecycle and container.lifecycle.pre_stop,
    }
    lost = [name for name, one in there.items() if not one]
    return f"falta {lost[0]}" if lost else None


def _both_are_ready(cluster: Cluster) -> str | None:
    return rolled_out(cluster.in_namespace(REHEARSAL).deployment(OURS), 2)


def _the_service_finds_them(cluster: Cluster) -> str | None:
    inside = cluster.in_namespace(REHEARSAL)
    inside.service("mi-servicio")
    ready = inside.ready_endpoints("mi-servicio")
    return None if ready == 2 else f"endpoints listos: {ready}"


# -- 05-2

PUNCTUAL = "puntual"


def _asks_for(deployment: str, resource: str, wanted: str) -> Step:
    def check(cluster: Cluster) -> str | None:
        declared = _container(cluster.deployment(deployment)).resources
        there = ((declared and (declared.requests or declared.limits)) or {}).get(resource)
        if there is None:
            return "no lo dice"
        return None if amount(there) == amount(wanted) else f"pide {there}"

    what = {"cpu": "CPU", "memory": "memoria"}[resource]
    return Step(f"cada réplica pide {wanted} de {what}", check)


def _pods_go_last(cluster: Cluster) -> str | None:
    pods = cluster.pods(cluster.deployment(PUNCTUAL).spec.selector.match_labels)
    found = sorted({pod.status.qos_class for pod in pods})
    if found == ["Guaranteed"]:
        return None
    return f"hay pods {' y '.join(found)}" if found else "todavía no tiene ninguno"


def _two_are_ready(cluster: Cluster) -> str | None:
    return rolled_out(cluster.deployment(PUNCTUAL), 2)


# -- 05-3

FORT = "fuerte"
VIEWER = "visor"
NOTES = "/datos"


def _fort_is_restricted(cluster: Cluster) -> str | None:
    labels = _labels_of(cluster, FORT)
    if labels is None:
        return "no hay ningún namespace con ese nombre"
    level = labels.get(ENFORCED)
    return None if level == "restricted" else f"exige {level or 'lo que venga'}"


def _viewer(cluster: Cluster) -> Any:
    return cluster.in_namespace(FORT).deployment(VIEWER)


def _disk_is_read_only(cluster: Cluster) -> str | None:
    context = _container(_viewer(cluster)).security_context
    return None if context and context.read_only_root_filesystem else "puede escribir donde quiera"


def _still_takes_notes(cluster: Cluster) -> str | None:
    container = _container(_viewer(cluster))
    value = next((one.value for one in container.env or () if one.name == "PEDIDOS"), None)
    if not (value or "").startswith(f"{NOTES}/"):
        return f"anota en {value or 'otro lado'}"
    mounts = [one.mount_path.rstrip("/") for one in container.volume_mounts or ()]
    return None if NOTES in mounts else "ahí no hay nada montado"


def _viewer_is_ready(cluster: Cluster) -> str | None:
    return rolled_out(_viewer(cluster), 1)


# -- 05-4

DOORKEEPER = "portera"


def _more_than_one_is_ready(cluster: Cluster) -> str | None:
    deployment = cluster.deployment(DOORKEEPER)
    wanted = deployment.spec.replicas
    return rolled_out(deployment, wanted) if wanted > 1 else f"pide {wanted}"


def _budget(cluster: Cluster) -> Any:
    """The first PodDisruptionBudget for its pods; None if there is none."""
    labels = _template(cluster.deployment(DOORKEEPER)).metadata.labels
    selectors = ((one, one.spec.selector) for one in cluster.disruption_budgets())
    return next(
        (
            one
            for one, selector in selectors
            if selector and selector.match_labels and carries(labels, selector.match_labels)
        ),
        None,
    )


def _a_budget_is_for_them(cluster: Cluster) -> str | None:
    return None if _budget(cluster) else "no hay ninguno con sus labels"


def _one_may_leave(cluster: Cluster) -> str | None:
    status = _budget(cluster).status
    return None if status.disruptions_allowed else f"de {status.expected_pods}, a ninguna"


def _never_all(cluster: Cluster) -> str | None:
    return None if _budget(cluster).status.desired_healthy else "podrían salir todas"


# -- 05-5

ABSENT_MINDED = "distraida"


def _autoscaler(cluster: Cluster) -> Any:
    """The specification of the Deployment's only autoscaler; None if it has none, or several."""
    target = ("Deployment", ABSENT_MINDED)
    specs = (one.spec for one in cluster.autoscalers())
    found = [
        one for one in specs if (one.scale_target_ref.kind, one.scale_target_ref.name) == target
    ]
    return found[0] if len(found) == 1 else None


def _one_autoscaler_decides(cluster: Cluster) -> str | None:
    return None if _autoscaler(cluster) else "tiene que haber uno, y uno solo"


def _between_two_and_five(cluster: Cluster) -> str | None:
    spec = _autoscaler(cluster)
    least, most = spec.min_replicas, spec.max_replicas
    return None if (least, most) == (2, 5) else f"son entre {least} y {most}"


def _aims_at_seventy(cluster: Cluster) -> str | None:
    targets = [
        one.resource.target.average_utilization
        for one in _autoscaler(cluster).metrics or ()
        if one.resource and one.resource.name == "cpu"
    ]
    told = [f"{one} %" if one else "una cantidad" for one in targets]
    return None if targets == [70] else f"la meta es {listed(told)}"


def _at_least_two_are_ready(cluster: Cluster) -> str | None:
    deployment = cluster.deployment(ABSENT_MINDED)
    wanted = deployment.spec.replicas
    return f"pide {wanted}" if wanted < 2 else rolled_out(deployment, wanted)


CHALLENGES = (
    Challenge(
        "05-1",
        "Un entorno más",
        (
            Step(f"existe el namespace {REHEARSAL}", _rehearsal_exists),
            Step(f"tiene el Deployment {OURS}, con 2 réplicas", _two_are_asked_for),
            Step(f"sus pods llevan el label entorno={REHEARSAL}", _its_pods_are_labelled),
            Step("las sondas y la despedida son las de la base", _comes_from_the_base),
            Step("las dos réplicas están al día y listas", _both_are_ready),
            Step("el Service mi-servicio las encuentra", _the_service_finds_them),
        ),
    ),
    Challenge(
        "05-2",
        "Ni más ni menos",
        (
            _exists(PUNCTUAL),
            _asks_for(PUNCTUAL, "cpu", "100m"),
            _asks_for(PUNCTUAL, "memory", "32Mi"),
            Step("sus pods son Guaranteed", _pods_go_last),
            Step("las dos están al día y listas", _two_are_ready),
        ),
    ),
    Challenge(
        "05-3",
        "Entrar al fuerte",
        (
            Step(f"el namespace {FORT} exige restricted", _fort_is_restricted),
            _exists(VIEWER, FORT),
            Step("su disco es de solo lectura", _disk_is_read_only),
            Step(f"sigue anotando en {NOTES}", _still_takes_notes),
            Step("su réplica está al día y lista", _viewer_is_ready),
        ),
    ),
    Challenge(
        "05-4",
        "La que no deja salir a nadie",
        (
            _exists(DOORKEEPER),
            Step("tiene más de una réplica, y todas están listas", _more_than_one_is_ready),
            Step("un PodDisruptionBudget cuida a sus pods", _a_budget_is_for_them),
            Step("deja salir al menos a una", _one_may_leave),
            Step("y nunca a todas", _never_all),
        ),
    ),
    Challenge(
        "05-5",
        "Que no se distraiga",
        (
            _exists(ABSENT_MINDED),
            _asks_for(ABSENT_MINDED, "cpu", "50m"),
            Step("un HPA decide cuántas réplicas tiene", _one_autoscaler_decides),
            Step("son entre 2 y 5", _between_two_and_five),
            Step("la meta es el 70 % de la CPU que piden", _aims_at_seventy),
            Step("hay al menos dos, y todas están al día y listas", _at_least_two_are_ready),
        ),
    ),
)
