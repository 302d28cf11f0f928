"""The API server, as the harness talks to it: plain JSON.

The kubernetes client's generated models are not used, since the harness asks for representations
that they do not know (``Table``, ``PartialObjectMetadata``).
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

BUSY_TRIES = 10
"""How often a request is sent again to an API server that answers that it is busy."""
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})  # methods with the same effect when sent twice


class ClusterLost(Exception):
    """The API server cannot be reached (any more). The message is for the user, in Spanish."""


class ApiError(Exception):
    """The API server answered with an error status.

    Attributes:
        status: the HTTP status code.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Request:
    """What is asked of an API server."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: object = None  # bytes are sent as they are, anything else as JSON; None sends nothing
    accept: str = "application/json"
    content_type: str = "application/json"  # what the body is


MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Resource:
    """A kind that the cluster serves, as discovery describes it."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str
    short_names: tuple[str, ...]
    namespaced: bool
    verbs: frozenset[str]
    categories: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """The path of the list of all its objects, in all namespaces."""
        root = f"/apis/{self.group}" if self.group else "/api"
        return f"{root}/{self.version}/{self.plural}"

    def path_of(self, name: str, namespace: str | None) -> str:
        """The path of one object."""
        root = f"/apis/{self.group}" if self.group else "/api"
        within = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{root}/{self.version}{within}/{self.plural}/{name}"

    def answers_to(self, word: str) -> bool:
        """Whether ``word`` names this kind to kubectl (``po``, ``ds.apps``, ``no.v1.``)."""
        name, _, group = word.lower().partition(".")
        group = group.removeprefix(f"{self.version}.")
        if group and not (self.group == group or self.group.startswith(f"{group}.")):
            return False
        return name in (self.plural, self.singular, self.kind.lower(), *self.short_names)


class Cluster:
    """One cluster, by kubeconfig and context. Safe for use by several threads."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        connection = connect(kubeconfig, context)
        self.kubeconfig = kubeconfig
        self.context = context
        self.host = connection.host
        self._pool: Any = connection.pool
        self._auth = connection.headers

    def ask(self, request: Request) -> dict[str, Any]:
        """Send one request and return the JSON answer.

        Raises:
            ClusterLost: nobody answers.
            ApiError: the answer is an error.
        """
        response = self._send(request, READ_SECONDS, preload=True)
        return _answer(response.status, response.data)

    def get(self, path: str, accept: str = "application/json") -> dict[str, Any]:
        """GET ``path`` as JSON; errors as for :meth:`ask`."""
        return self.ask(Request("GET", path, accept=accept))

    def nodes_not_ready(self) -> tuple[str, ...]:
        """The nodes that do not say that they are ready.

        Raises:
            ClusterLost: nobody answers.
        """
        try:
            nodes = self.get("/api/v1/nodes")["items"]
        except ApiError:  # it answers, though not to us
            return ()
        return tuple(sorted(n["metadata"]["name"] for n in nodes if not _is_ready(n)))

    def watch(
        self, path: str, accept: str, params: Mapping[str, str], *, silence: float
    ) -> Iterator[dict[str, Any]]:
        """The events of a watch until the server ends it or ``silence`` seconds bring nothing."""
        import urllib3  # noqa: PLC0415 (see `_pool`)

        request = Request("GET", path, {**params, "watch": "1"}, accept=accept)
        response = self._send(request, silence, preload=False)
        if response.status != 200:
            _answer(response.status, response.read())
        rest = b""
        try:
            # read1-like chunks: an event must be seen when it comes, not when a buffer is full.
            for chunk in response.stream(amt=None, decode_content=True):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.strip():
                        yield json.loads(line)
        except urllib3.exceptions.HTTPError:
            return
        finally:
            response.close()

    @cached_property
    def version(self) -> str:
        """The server's version, such as ``v1.37.2``."""
        return str(self.get("/version")["gitVersion"])

    @property
    def uid(self) -> str:
        """What tells this cluster from any other: the uid of its ``kube-system`` namespace."""
        return str(self.get("/api/v1/namespaces/kube-system")["metadata"]["uid"])

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All kinds that the cluster serves, each in its preferred version, core first."""
        return tuple(
            resource
            for root in ("/api", "/apis")
            for group in self.get(root, accept=DISCOVERY)["items"]
            for resource in _preferred(group)
        )

    def look_again(self) -> None:
        """Ask again which kinds there are when that is needed next: a definition may have come."""
        self.__dict__.pop("resources", None)

    def resource(self, word: str) -> Resource | None:
        """The kind that kubectl means by ``word``, or None. Core kinds win over same-named ones."""
        return next((r for r in self.resources if r.answers_to(word)), None)

    def resources_of(self, word: str) -> tuple[Resource, ...]:
        """The kinds that kubectl means by ``word``: one, or those of a category (``all``)."""
        one = self.resource(word)
        return (one,) if one else tuple(r for r in self.resources if word in r.categories)

    def _send(self, request: Request, read: float, *, preload: bool) -> Any:
        import urllib3  # noqa: PLC0415 (see `_pool`)

        headers = {**self._auth, "Accept": request.accept}
        data = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            sent = request.body
            data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        query = f"?{urlencode(request.params)}" if request.params else ""

        def send() -> Any:
            return self._pool.request(
                request.method,
                f"{self.host}{request.path}{query}",
                headers=headers,
                body=data,
                # 429 asks to come back in a second: what serves a new kind is being made ready.
                retries=urllib3.Retry(
                    total=None,
                    connect=False,
                    read=False,
                    redirect=False,
                    other=False,
                    status=BUSY_TRIES,
                    status_forcelist=(429,),
                    allowed_methods=None,
                    backoff_factor=0.1,
                    raise_on_redirect=False,
                    raise_on_status=False,
                ),
                preload_content=preload,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read),
            )

        try:
            try:
                return send()
            except urllib3.exceptions.ProtocolError:
                # The server may close a connection that was idle (Kubernetes: for 90 s) just when
                # it is used again.
                # Source: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
                if request.method not in _IDEMPOTENT:
                    raise
                return send()
        except urllib3.exceptions.HTTPError as error:
            raise ClusterLost(f"el cluster en {self.host} no responde: {error}") from error


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _answer(status: int, data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data) if data else {}
    except ValueError:
        answer = {"message": data.decode(errors="replace")}
    if not 200 <= status < 300:
        raise ApiError(status, str(answer.get("message") or f"HTTP {status}"))
    return dict(answer)


def _preferred(group: dict[str, Any]) -> Iterator[Resource]:
    """The resources of a discovery group's versions, each kind once, preferred version first."""
    name = group["metadata"].get("name", "")
    seen: set[str] = set()
    for version in group["versions"]:
        for item in version.get("resources", ()):
            plural = item["resource"]
            if plural in seen or not item.get("responseKind", {}).get("kind"):
                continue
            seen.add(plural)
            yield Resource(
                group=name,
                version=version["version"],
                plural=plural,
                kind=item["responseKind"]["kind"],
                singular=item.get("singularResource") or item["responseKind"]["kind"].lower(),
                short_names=tuple(item.get("shortNames", ())),
                namespaced=item["scope"] == "Namespaced",
                verbs=frozenset(item["verbs"]),
                categories=frozenset(item.get("categories", ())),
            )


# -- from a kubeconfig to a connection

# What kind, minikube and kubeadm write (certificates or a token, inline) is read here, since
# importing the kubernetes client takes half a second, as much as all else before the first command.
# The rest (exec plugins, auth providers, proxies) is left to the client.
# Source of the fields: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/

POOL_SIZE = 16

_PLAIN_CLUSTER = frozenset({"server", "certificate-authority-data", "extensions"})
_CERTIFICATE = frozenset({"client-certificate-data", "client-key-data"})
_TOKEN = frozenset({"token"})
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, StopIteration)
"""What a file of another shape leads to."""


@dataclass(frozen=True)
class Connection:
    """How to reach an API server."""

    host: str  # such as ``https://127.0.0.1:6443``
    pool: Any  # a urllib3 pool manager that trusts it and is trusted by it
    headers: Mapping[str, str] = field(hash=False)  # what every request carries


def connect(kubeconfig: Path, context: str | None) -> Connection:
    """The connection of a context, the current one when None; nothing is sent yet.

    Raises:
        ClusterLost: there is no such file or context, or it cannot be understood.
    """
    return _plain(kubeconfig, context) or _by_client(kubeconfig, context)


def _plain(kubeconfig: Path, context: str | None) -> Connection | None:
    try:
        config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8")) or {}
        chosen = _named(config, "contexts", context or config["current-context"])["context"]
        cluster = _named(config, "clusters", chosen["cluster"])["cluster"]
        user = _named(config, "users", chosen["user"])["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    except (OSError, yaml.YAMLError, *_MALFORMED):
        return None  # the client says what is wrong with it
    if not cluster.keys() <= _PLAIN_CLUSTER or user.keys() not in (_CERTIFICATE, _TOKEN):
        return None
    headers = {"Authorization": f"Bearer {user['token']}"} if "token" in user else {}
    return Connection(str(cluster["server"]), _pool(authority, user), headers)


def _by_client(kubeconfig: Path, context: str | None) -> Connection:
    from kubernetes.config import ConfigException, new_client_from_config  # noqa: PLC0415

    try:
        client = new_client_from_config(config_file=str(kubeconfig), context=context)
    except (ConfigException, OSError, yaml.YAMLError, *_MALFORMED) as error:
        raise ClusterLost(
            f"no se puede usar el kubeconfig {kubeconfig} (contexto {context or 'actual'}): {error}"
        ) from error
    settings = client.configuration.auth_settings().values()
    headers = {one["key"]: one["value"] for one in settings if one["in"] == "header"}
    pool = client.rest_client.pool_manager
    pool.connection_pool_kw["maxsize"] = POOL_SIZE
    return Connection(client.configuration.host, pool, headers)


def _pool(authority: str, user: Mapping[str, str]) -> Any:
    import ssl  # noqa: PLC0415 (with the next one, a tenth of a second)

    import urllib3  # noqa: PLC0415 (that a page without a cluster need not pay)

    context = ssl.create_default_context(cadata=authority)
    if "client-key-data" in user:
        # The ssl module takes certificates from files only.
        with tempfile.TemporaryDirectory(prefix="kubedoctest-") as folder:
            certificate, key = Path(folder) / "certificate", Path(folder) / "key"
            certificate.write_bytes(base64.b64decode(user["client-certificate-data"]))
            key.touch(mode=0o600)
            key.write_bytes(base64.b64decode(user["client-key-data"]))
            context.load_cert_chain(certificate, key)
    return urllib3.PoolManager(maxsize=POOL_SIZE, ssl_context=context)


def _named(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    return next(entry for entry in config[kind] if entry["name"] == name)
