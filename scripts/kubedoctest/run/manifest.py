"""YAML without a file: it must be a manifest that the cluster would take, to the last field.

Each document is applied server-side as a dry run with strict field validation, which changes
nothing and works for objects that exist as well as for new ones. One that cannot be changed so may
still be what the page shows: it is tried as a new one then.
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation

A dry run leaves nothing for the next one: objects in a namespace that the same fence makes are
tried out in ``default``. kind's files are judged by kind's rules, not by the cluster's. And what a
page also has in a file that it applies says the same there: a reader takes both for one object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import yaml

from kubedoctest.cluster.api import ApiError, Cluster, Request, Resource
from kubedoctest.commands.shell_syntax import names
from kubedoctest.page.document import Block
from kubedoctest.verdicts.outcome import Failure

_DRY_RUN = {"dryRun": "All", "fieldValidation": "Strict", "fieldManager": "kubedoctest"}
_WAY_OUT = (
    'corrijan el manifiesto; si es un fragmento, digan de qué archivo: <!-- verificar: fragmento="'
    'carpeta/…" -->; si está mal a propósito, qué contesta el cluster: <!-- verificar: invalido='
    '"…" -->; y si no se puede comprobar, por qué: <!-- verificar: mostrar motivo="…" -->'
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


def failure(
    block: Block, cluster: Cluster | None, applied: Mapping[str, str] | None = None
) -> Failure | None:
    """Why the manifest in a fence is not what the page takes it for, or None.

    Args:
        applied: the text of the files that the page applies, by path.
    """
    files = {} if block.directives.refused is not None else applied or {}
    reasons = tuple(_reasons(block.code, cluster, files))
    wanted = block.directives.refused
    if wanted is not None:
        return _not_refused(block, wanted, reasons)
    if not reasons:
        return None
    return Failure(
        place=block.place_at(block.line_of(reasons[0].line)),
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
        place=block.place_at(block.line_of(reasons[0].line)),
        reasons=(f"{said}, y contesta otra cosa:", *(reason.text for reason in reasons)),
        next_step="copien en `invalido` una parte de lo que contesta",
    )


def _reasons(code: str, cluster: Cluster | None, applied: Mapping[str, str]) -> Iterator[Reason]:
    if cluster is None:
        yield Reason(0, "no hay cluster con el que comprobar este manifiesto")
        return
    try:
        documents = read_yaml(code)
    except YamlFault as fault:
        yield Reason(fault.line, str(fault))
        return
    if not documents:
        yield Reason(0, "no hay ningún objeto en este bloque")
    made = {_name(d.value) for d in documents if _kind(d.value) == ("Namespace", "v1")}
    for document in documents:
        yield from _refused(document, cluster, made)
        if (differs := _declared_otherwise(document, applied)) is not None:
            yield differs


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
    elif version == _OF_KIND:
        for path, text in _unknown_to_kind(document.value):
            yield Reason(document.line_of(path), text)
    elif version.startswith("kustomize.config.k8s.io/"):
        yield Reason(
            document.line,
            "una kustomization vale por los archivos que nombra: muéstrenla con "
            'title="carpeta/…/kustomization.yaml" y córranla con `kubectl kustomize`',
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
    if not _name(value):  # only the server can name it
        cluster.ask(Request("POST", path.rstrip("/"), _DRY_RUN, body))
        return
    try:
        forced, how = {**_DRY_RUN, "force": "true"}, "application/apply-patch+yaml"
        cluster.ask(Request("PATCH", path, forced, body, content_type=how))
    except ApiError:
        if not _could_be_new(cluster, path.rpartition("/")[0], body):
            raise


def _could_be_new(cluster: Cluster, path: str, body: bytes) -> bool:
    """Whether an object is refused only as a change of the one that has its name by now.

    The API server says that a name is taken once everything else about a new object is right.
    """
    try:
        cluster.ask(Request("POST", path, _DRY_RUN, body))
    except ApiError as error:
        return error.status == 409 and "already exists" in str(error)
    return False  # there is none: what was said holds


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


# -- kind's own files


_OF_KIND = "kind.x-k8s.io/v1alpha4"
_KIND_KEYS = {  # kind refuses a key that it does not know, and reads its files only to create one
    "cluster": names(
        """
        apiVersion kind name nodes networking featureGates runtimeConfig containerdConfigPatches
        containerdConfigPatchesJSON6902 kubeadmConfigPatches kubeadmConfigPatchesJSON6902
        """
    ),
    "node": names(
        """
        role image labels extraMounts extraPortMappings kubeadmConfigPatches
        kubeadmConfigPatchesJSON6902
        """
    ),
    "networking": names(
        """
        ipFamily apiServerPort apiServerAddress podSubnet serviceSubnet disableDefaultCNI
        kubeProxyMode dnsSearch
        """
    ),
    "mount": names("containerPath hostPath readOnly selinuxRelabel propagation"),
    "port": names("containerPort hostPort listenAddress protocol"),
    "patch": names("group version kind patch"),
}
"""Source: https://pkg.go.dev/sigs.k8s.io/kind/pkg/apis/config/v1alpha4"""
_INSIDE = {
    "nodes": "node",
    "networking": "networking",
    "extraMounts": "mount",
    "extraPortMappings": "port",
    "kubeadmConfigPatchesJSON6902": "patch",
}
_KIND_ROLES = ("control-plane", "worker")


def _unknown_to_kind(config: dict[str, object]) -> Iterator[tuple[str, str]]:
    """What kind would not take: (path as ``.nodes[0].rol``, reason in Spanish)."""
    if config.get("kind") != "Cluster":
        yield ".kind", f"kind no conoce {config.get('kind')}: sus archivos son de `kind: Cluster`"
        return
    yield from _unknown_keys("", config, "cluster")
    nodes = config.get("nodes")
    for n, node in enumerate(nodes if isinstance(nodes, list) else ()):
        role = node.get("role", "control-plane") if isinstance(node, dict) else None
        if role not in _KIND_ROLES:
            known = " o ".join(_KIND_ROLES)
            yield f".nodes[{n}].role", f"kind no conoce el rol `{role}`: es {known}"


def _unknown_keys(path: str, value: object, part: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from _unknown_keys(f"{path}[{n}]", one, part)
        return
    if not isinstance(value, dict):
        yield path, f"`{path.lstrip('.')}` tendría que tener claves adentro"
        return
    for key, inside in value.items():
        within = f"{path}.{key}"
        if key not in _KIND_KEYS[part]:
            yield within, f"kind no conoce la clave `{key}` (en `{within.lstrip('.')}`)"
        elif key in _INSIDE:
            yield from _unknown_keys(within, inside, _INSIDE[key])


# -- objects that the page also declares in a file


_MISSING = object()


def _declared_otherwise(document: YamlDocument, files: Mapping[str, str]) -> Reason | None:
    """Where a document first differs from the files that declare its object.

    None if none of them declares it, or one of them says the same.
    """
    key = _key(document.value)
    same = [(path, value) for path, value in _objects(files) if key and _key(value) == key]
    if not same or any(value == document.value for _, value in same):
        return None
    path, value = same[0]
    field = next(_fields_that_differ(document.value, value), "")
    named = "/".join(key[1:])
    return Reason(
        document.line_of(field),
        f"`{named}` no es así en `{path}`, que la página aplica: difiere `{field}`",
    )


def _objects(files: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for path, text in files.items():
        try:
            documents = read_yaml(text)
        except YamlFault:
            continue
        yield from ((path, document.value) for document in documents)


def _key(value: Any) -> tuple[str, ...]:
    """What tells an object from others; empty for what is none."""
    name = _name(value)
    return (str(_metadata(value).get("namespace") or ""), _kind(value)[0], name) if name else ()


def _fields_that_differ(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """The paths of what is not the same, as ``YamlDocument.line_of`` takes them."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs: Iterable[tuple[str, Any, Any]] = (
            (f"{path}.{key}", one.get(key, _MISSING), other.get(key, _MISSING))
            for key in dict.fromkeys((*one, *other))
        )
    elif isinstance(one, list) and isinstance(other, list):
        both = zip_longest(one, other, fillvalue=_MISSING)
        pairs = ((f"{path}[{n}]", a, b) for n, (a, b) in enumerate(both))
    else:
        if one != other:
            yield path
        return
    for where, a, b in pairs:
        yield from _fields_that_differ(a, b, where)


# -- YAML documents with the lines on which their values stand

_STEP = re.compile(r"\.?(?P<key>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<match>[^\]]+=[^\]]*)\]")
_PAIR = re.compile(r'(?P<key>\w+)=(?P<value>"[^"]*"|[^,]*)')


class YamlFault(Exception):
    """A text that is not YAML, or says something twice. The message is Spanish.

    Attributes:
        line: the 0-based line of the text where it shows.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class YamlDocument:
    """One document."""

    line: int  # the 0-based line where it begins
    value: Any  # what it says
    node: yaml.Node  # the same as a tree that knows its lines

    def line_of(self, path: str) -> int:
        """The 0-based line of the deepest part of a field path that the document has.

        Paths are as the API server writes them: ``.spec.containers[0].image``, or, in lists that
        it merges by key, ``.spec.containers[name="web"].image``.
        """
        node, line = self.node, self.line
        for step in _STEP.finditer(path):
            found = _enter(node, step)
            if found is None:
                break
            node, line = found
        return line


def read_yaml(text: str) -> list[YamlDocument]:
    """The documents of a text; empty ones are left out.

    Raises:
        YamlFault: it is not valid YAML, or a key is given twice, which YAML forbids and the API
            server lets pass.
    """
    loader = _Loader(text)
    documents = []
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            value = loader.construct_document(node)
            if value is not None:
                documents.append(YamlDocument(node.start_mark.line, value, node))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line if mark is not None else 0
        said = "" if isinstance(error, _GivenTwice) else "no es YAML válido: "
        raise YamlFault(min(line, text.count("\n")), f"{said}{error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlFault(0, f"no es YAML válido: {error}") from error
    finally:
        loader.dispose()
    return documents


class _GivenTwice(yaml.MarkedYAMLError):
    """A key that stands twice in one mapping."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    given: set[Hashable] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            break  # construct_mapping says so
        if key in given:
            raise _GivenTwice(
                problem=f"la clave «{key}» está dos veces", problem_mark=key_node.start_mark
            )
        given.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _enter(node: yaml.Node, step: re.Match[str]) -> tuple[yaml.Node, int] | None:
    """One step down a field path: what is there, and its line."""
    if isinstance(node, yaml.MappingNode) and step["key"] is not None:
        keys = (pair for pair in node.value if pair[0].value == step["key"])
        return next(((value, key.start_mark.line) for key, value in keys), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    items = node.value
    if step["match"] is not None:
        wanted = {(pair["key"], pair["value"].strip('"')) for pair in _PAIR.finditer(step["match"])}
        # The server adds defaults, as the protocol of a port, that the text need not say.
        items = [item for item in items if wanted & set(_scalars(item))]
        items.sort(key=lambda item: -len(wanted & set(_scalars(item))))
    elif step["index"] is not None:
        items = items[int(step["index"]) :]
    return (items[0], items[0].start_mark.line) if items else None


def _scalars(node: yaml.Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode):
                yield key.value, value.value
