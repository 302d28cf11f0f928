"""What several tasks look at: readiness, images, amounts, words of Spanish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kubernetes.utils import parse_quantity

APP = "fedek3/workshop-uns"


def is_ready(pod: Any) -> bool:
    """Whether a pod's condition Ready is true."""
    return any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions or ())


def images(spec: Any) -> list[str]:
    """The images of a pod's specification."""
    return [container.image for container in spec.containers]


def is_image(image: str, version: str) -> bool:
    """Whether an image is the app's of that version, whatever registry it is named with."""
    return image == f"{APP}:{version}" or image.endswith(f"/{APP}:{version}")


def variable(config: Any, name: str) -> str | None:
    """A variable of a container's or an image's environment; None if it has none of that name."""
    pairs = (pair.partition("=") for pair in config["Env"] or ())
    return next((value for key, _, value in pairs if key == name), None)


def amount(quantity: str | None) -> Decimal | None:
    """A Kubernetes quantity as a number: ``100m`` and ``0.1`` are the same amount."""
    return None if quantity is None else Decimal(parse_quantity(quantity))


def carries(labels: Mapping[str, str] | None, wanted: Mapping[str, str]) -> bool:
    """Whether all wanted labels are there."""
    return all((labels or {}).get(key) == value for key, value in wanted.items())


def rolled_out(deployment: Any, wanted: int) -> str | None:
    """What keeps a Deployment from having that many replicas, all as its template says."""
    status = deployment.status
    updated = min(status.updated_replicas or 0, status.ready_replicas or 0)
    old = (status.replicas or 0) - (status.updated_replicas or 0)
    if updated == wanted and old == 0:
        return None
    return f"al día y listas: {updated} de {wanted}" + (
        f"; de la anterior quedan {old}" if old else ""
    )


def owners(thing: Any) -> list[str]:
    """The kinds of an object's owners."""
    return [owner.kind for owner in thing.metadata.owner_references or ()]


def listed(words: Sequence[str]) -> str:
    """Names in a Spanish sentence: ``a, b y c``."""
    if len(words) < 2:
        return "".join(words) or "ninguno"
    return f"{', '.join(words[:-1])} y {words[-1]}"
