"""YAML without a file: it must be a manifest that the cluster would take, to the last field.

Each document is applied server-side as a dry run with strict field validation, which changes
nothing and works for objects that exist as well as for new ones.
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation

A dry run leaves nothing for the next one: objects in a namespace that the same fence makes are
tried out in ``default``. kind's files are judged by kind's rules, not by the cluster's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubedoctest.cluster.api import ApiError, Cluster, Resource
from kubedoctest.page.document import Block
from kubedoctest.run import kind_config, yaml_lines
from kubedoctest.run.yaml_lines import YamlDocument, YamlFault
from kubedoctest.verdicts.outcome import Failure

_DRY_RUN = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "kubedoctest"}
_WAY_OUT = (
    'corrijan el manifiesto; si es un fragmento, digan de qué archivo: <!-- verificar: fragmento="'
    'extras/…" -->; si está mal a propósito, qué contesta el cluster: <!-- verificar: invalido="…" '
    '-->; y si no se puede comprobar, por qué: <!-- verificar: mostrar motivo="…" -->'
)
_PATHS = (  # where the API server's messages name a field
    re.compile(r"(?:^|: |, )(\.[\w.\[\]=\",-]+): "),
    re.compile(r'unknown field "([\w.\[\]]+)"'),
    re.compile(r"(?:^|: |, |\[)((?:metadata|spec|data|status|rules|subjects)[\w.\[\]]*): "),
)


@dataclass(frozen=True)
class Reason:
    """Something that is wrong, in Spanish, and the 0-based line of the fence where it is."""

    line: int
    text: str


def failure(block: Block, cluster: Cluster | None) -> Failure | None:
    """Why the manifest in a fence is not what the page takes it for, or None."""
    reasons = tuple(_reasons(block.code, cluster))
    wanted = block.directives.refused
    if wanted is not None:
        return _not_refused(block, wanted, reasons)
    if not reasons:
        return None
    return Failure(
        place=f"{block.page}:{block.line_of(reasons[0].line)}",
        reasons=tuple(reason.text for reason in reasons),
        next_step=_WAY_OUT,
    )


def _not_refused(block: Block, wanted: str, reasons: tuple[Reason, ...]) -> Failure | None:
    """Why a manifest that the page shows as wrong is not, or not for the reason that it gives."""
    if any(wanted in reason.text for reason in reasons):
        return None
    said = f"la página dice que el cluster lo rechaza con «{wanted}»"
    if not reasons:
        return Failure(
            place=block.place,
            reasons=(f"{said}, y el cluster lo acepta",),
            next_step="si ya no está mal, saquen `invalido` de la directiva y corrijan el texto",
        )
    return Failure(
        place=f"{block.page}:{block.line_of(reasons[0].line)}",
        reasons=(f"{said}, y contesta otra cosa:", *(reason.text for reason in reasons)),
        next_step="copien en `invalido` una parte de lo que contesta",
    )


def _reasons(code: str, cluster: Cluster | None) -> Iterator[Reason]:
    if cluster is None:
        yield Reason(0, "no hay cluster con el que comprobar este manifiesto")
        return
    try:
        documents = yaml_lines.read(code)
    except YamlFault as fault:
        yield Reason(fault.line, str(fault))
        return
    if not documents:
        yield Reason(0, "no hay ningún objeto en este bloque")
    made = {_name(d.value) for d in documents if _kind(d.value) == ("Namespace", "v1")}
    for document in documents:
        yield from _refused(document, cluster, made)


def _kind(value: object) -> tuple[str, str]:
    """A document's kind and apiVersion; empty where it has none."""
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("kind") or ""), str(value.get("apiVersion") or "")


def _metadata(value: Any) -> dict[str, Any]:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _name(value: Any) -> str:
    return str(_metadata(value).get("name") or "")


def _refused(document: YamlDocument, cluster: Cluster, made: set[str]) -> Iterator[Reason]:
    kind, version = _kind(document.value)
    if not kind or not version:
        yield Reason(document.line, "no es un objeto de Kubernetes: le faltan apiVersion o kind")
    elif version == kind_config.API_VERSION:
        for path, text in kind_config.faults(document.value):
            yield Reason(document.line_of(path), text)
    elif version.startswith("kustomize.config.k8s.io/"):
        yield Reason(
            document.line,
            "una kustomization vale por los archivos que nombra: muéstrenla con "
            'title="extras/…/kustomization.yaml" y córranla con `kubectl kustomize`',
        )
    elif (kind, version) == ("List", "v1"):
        yield Reason(document.line_of(".kind"), "muestren cada objeto aparte, separados por ---")
    elif (resource := _resource(cluster, kind, version)) is None:
        yield Reason(
            document.line_of(".kind"),
            f'el cluster no conoce {kind} de {version} (no matches for kind "{kind}" in version '
            f'"{version}"); si lo trae un CRD, la página tiene que aplicarlo antes de este bloque',
        )
    else:
        yield from _tried(document, resource, cluster, made)


def _tried(
    document: YamlDocument, resource: Resource, cluster: Cluster, made: set[str]
) -> Iterator[Reason]:
    namespace = str(_metadata(document.value).get("namespace") or "default")
    if not _name(document.value) and not _metadata(document.value).get("generateName"):
        yield Reason(document.line_of(".metadata.name"), "al objeto le falta metadata.name")
        return
    try:
        _dry_run(
            document.value, resource, namespace if namespace not in made else "default", cluster
        )
    except ApiError as error:
        message = str(error)
        if f'namespaces "{namespace}" not found' in message:
            yield Reason(
                document.line_of(".metadata.namespace"),
                f"el namespace «{namespace}» no existe en este punto de la página ({message}): "
                "créenlo antes, o agréguenlo a este bloque",
            )
            return
        name = _name(document.value)
        yield Reason(
            document.line_of(_path(message)),
            f"el cluster rechaza {resource.kind} «{name}»: {message}",
        )


def _dry_run(value: dict[str, Any], resource: Resource, namespace: str, cluster: Cluster) -> None:
    """Try an object out in a namespace.

    Raises:
        ApiError: the cluster would not take it.
    """
    metadata = dict(_metadata(value))
    if resource.namespaced:
        metadata["namespace"] = namespace
    body = json.dumps({**value, "metadata": metadata}, default=str).encode()
    path = resource.path_of(_name(value), namespace)
    if _name(value):
        cluster.request(
            "PATCH",
            path,
            params={**_DRY_RUN, "force": "true"},
            body=body,
            content_type="application/apply-patch+yaml",
        )
    else:  # only the server can name it
        cluster.request("POST", path.rstrip("/"), params=_DRY_RUN, body=body)


def _path(message: str) -> str:
    """The field that a message of the API server is about; "" if it names none."""
    found = (pattern.search(message) for pattern in _PATHS)
    return next((match[1] for match in found if match is not None), "")


def _resource(cluster: Cluster, kind: str, version: str) -> Resource | None:
    """The kind in this very version, as the cluster serves it now: a page may have added it."""
    group, _, number = version.rpartition("/")
    try:
        served = cluster.get(f"/apis/{version}" if group else f"/api/{version}")
    except ApiError:
        return None
    for one in served.get("resources", ()):
        if one["kind"] == kind and "/" not in one["name"]:
            return Resource(
                group=group,
                version=number,
                plural=one["name"],
                kind=kind,
                singular=one.get("singularName") or kind.lower(),
                short_names=tuple(one.get("shortNames") or ()),
                namespaced=bool(one["namespaced"]),
                verbs=frozenset(one["verbs"]),
            )
    return None
