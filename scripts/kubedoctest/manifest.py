"""YAML without a file: it must be a manifest that the cluster would take, to the last field.

Each document is applied server-side as a dry run with strict field validation, which changes
nothing and works for objects that exist as well as for new ones.
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any

import yaml

from kubedoctest.cluster import ApiError, Cluster, Resource
from kubedoctest.document import Block
from kubedoctest.outcome import Failure

_DRY_RUN = {
    "dryRun": "All",
    "fieldValidation": "Strict",
    "fieldManager": "kubedoctest",
    "force": "true",
}


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, which YAML forbids and the API server lets pass."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loader.flatten_mapping(node)
    mapping: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in mapping:
            line = key_node.start_mark.line + 1
            raise yaml.MarkedYAMLError(problem=f"la clave «{key}» está dos veces (línea {line})")
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def failure(block: Block, cluster: Cluster | None) -> Failure | None:
    """Why the manifest in a fence is not valid, or None when it is."""
    reasons = tuple(_reasons(block, cluster))
    if not reasons:
        return None
    return Failure(
        place=block.place,
        reasons=reasons,
        next_step=(
            'corrijan el manifiesto; si es un fragmento, muestren el archivo con title="extras/…" '
            'o digan por qué no se comprueba: <!-- verificar: mostrar motivo="…" -->'
        ),
    )


def _reasons(block: Block, cluster: Cluster | None) -> Iterator[str]:
    if cluster is None:
        yield "no hay cluster con el que comprobar este manifiesto"
        return
    try:
        documents = [d for d in yaml.load_all(block.code, _StrictLoader) if d]
    except yaml.YAMLError as error:
        yield f"no es YAML válido: {getattr(error, 'problem', None) or error}"
        return
    if not documents:
        yield "no hay ningún objeto en este bloque"
    for document in documents:
        yield from _refused(document, cluster)


def _refused(document: object, cluster: Cluster) -> Iterator[str]:
    if not isinstance(document, dict) or not {"apiVersion", "kind"} <= document.keys():
        yield "no es un objeto de Kubernetes: le faltan apiVersion o kind"
        return
    kind, version = str(document["kind"]), str(document["apiVersion"])
    resource = _resource(cluster, kind, version)
    if resource is None:
        yield f"el cluster no conoce {kind} de {version}"
        return
    metadata = document.get("metadata") or {}
    path = resource.path_of(str(metadata.get("name")), metadata.get("namespace") or "default")
    try:
        cluster.request(
            "PATCH",
            path,
            params=_DRY_RUN,
            body=yaml.safe_dump(document).encode(),
            content_type="application/apply-patch+yaml",
        )
    except ApiError as error:
        yield f"el cluster rechaza {kind} «{metadata.get('name')}»: {error}"


def _resource(cluster: Cluster, kind: str, version: str) -> Resource | None:
    group, _, number = version.rpartition("/")
    return next(
        (
            r
            for r in cluster.resources
            if r.kind == kind and r.group == group and r.version == number
        ),
        None,
    )
