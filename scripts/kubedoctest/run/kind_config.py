"""kind's own files, which no cluster can validate and which kind reads only to create one.

kind refuses a key that it does not know, so it is enough to know its keys: those of
``kind.x-k8s.io/v1alpha4``. Source: https://kind.sigs.k8s.io/docs/user/configuration/ and
https://pkg.go.dev/sigs.k8s.io/kind/pkg/apis/config/v1alpha4
"""

from __future__ import annotations

from collections.abc import Iterator

API_VERSION = "kind.x-k8s.io/v1alpha4"
_PATCHES = {"kubeadmConfigPatches": None, "kubeadmConfigPatchesJSON6902": "patch"}
_KEYS: dict[str, dict[str, str | None]] = {  # of each part: its keys, and what is inside
    "cluster": {
        "apiVersion": None,
        "kind": None,
        "name": None,
        "nodes": "node",
        "networking": "networking",
        "featureGates": None,
        "runtimeConfig": None,
        "containerdConfigPatches": None,
        "containerdConfigPatchesJSON6902": None,
        **_PATCHES,
    },
    "node": {
        "role": None,
        "image": None,
        "labels": None,
        "extraMounts": "mount",
        "extraPortMappings": "port",
        **_PATCHES,
    },
    "networking": dict.fromkeys(
        (
            "ipFamily",
            "apiServerPort",
            "apiServerAddress",
            "podSubnet",
            "serviceSubnet",
            "disableDefaultCNI",
            "kubeProxyMode",
            "dnsSearch",
        )
    ),
    "mount": dict.fromkeys(
        ("containerPath", "hostPath", "readOnly", "selinuxRelabel", "propagation")
    ),
    "port": dict.fromkeys(("containerPort", "hostPort", "listenAddress", "protocol")),
    "patch": dict.fromkeys(("group", "version", "kind", "patch")),
}
_ROLES = ("control-plane", "worker")


def faults(config: dict[str, object]) -> Iterator[tuple[str, str]]:
    """What kind would not take: (path as ``.nodes[0].rol``, reason in Spanish)."""
    if config.get("kind") != "Cluster":
        yield ".kind", f"kind no conoce {config.get('kind')}: sus archivos son de `kind: Cluster`"
        return
    yield from _faults("", config, "cluster")
    nodes = config.get("nodes")
    for n, node in enumerate(nodes if isinstance(nodes, list) else ()):
        role = node.get("role", "control-plane") if isinstance(node, dict) else None
        if role not in _ROLES:
            yield f".nodes[{n}].role", f"kind no conoce el rol `{role}`: es {' o '.join(_ROLES)}"


def _faults(path: str, value: object, part: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from _faults(f"{path}[{n}]", one, part)
        return
    if not isinstance(value, dict):
        yield path, f"`{path.lstrip('.')}` tendría que tener claves adentro"
        return
    for key, inside in value.items():
        within = f"{path}.{key}"
        if key not in _KEYS[part]:
            yield within, f"kind no conoce la clave `{key}` (en `{within.lstrip('.')}`)"
        elif (deeper := _KEYS[part][key]) is not None:
            yield from _faults(within, inside, deeper)
