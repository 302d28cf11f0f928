"""The API server, as the harness talks to it: plain JSON.

The kubernetes client's generated models are not used, since the harness asks for representations
that they do not know (``Table``, ``PartialObjectMetadata``).
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from kubedoctest.cluster.credentials import KubeconfigError, connect

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0


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
    """What is asked of an API server.

    Attributes:
        body: bytes are sent as they are, anything else as JSON; None sends nothing.
    """

    method: str
    path: str
    params: Mapping[str, str] | None = None
    body: object = None
    accept: str = "application/json"
    content_type: str = "application/json"


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
        """Whether ``word`` names this kind the way kubectl users write it (``po``, ``ds.apps``)."""
        name, _, group = word.lower().partition(".")
        if group and not (self.group == group or self.group.startswith(f"{group}.")):
            return False
        return name in (self.plural, self.singular, self.kind.lower(), *self.short_names)


class Cluster:
    """One cluster, by kubeconfig and context. Safe for use by several threads."""

    def __init__(self, kubeconfig: Path, context: str | None = None) -> None:
        try:
            connection = connect(kubeconfig, context)
        except KubeconfigError as error:
            raise ClusterLost(str(error)) from error
        self.kubeconfig = kubeconfig
        self.context = context
        self.host = connection.host
        self._pool: Any = connection.pool
        self._auth = connection.headers

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        accept: str = "application/json",
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """Send one request and return the JSON answer.

        Raises:
            ClusterLost: nobody answers.
            ApiError: the answer is an error.
        """
        return self.ask(Request(method, path, params, body, accept, content_type))

    def ask(self, request: Request) -> dict[str, Any]:
        """As :meth:`request`; what stands between the harness and a cluster overrides this."""
        response = self._send(request, READ_SECONDS, preload=True)
        return _answer(response.status, response.data)

    def get(
        self, path: str, accept: str = "application/json", params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """GET ``path`` as JSON; errors as for :meth:`request`."""
        return self.request("GET", path, params=params, accept=accept)

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
        import urllib3  # noqa: PLC0415 (see credentials)

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

    @cached_property
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

    def resource(self, word: str) -> Resource | None:
        """The kind that kubectl means by ``word``, or None. Core kinds win over same-named ones."""
        return next((r for r in self.resources if r.answers_to(word)), None)

    def resources_of(self, word: str) -> tuple[Resource, ...]:
        """The kinds that kubectl means by ``word``: one, or those of a category (``all``)."""
        one = self.resource(word)
        return (one,) if one else tuple(r for r in self.resources if word in r.categories)

    def _send(self, request: Request, read: float, *, preload: bool) -> Any:
        import urllib3  # noqa: PLC0415 (see credentials)

        headers = {**self._auth, "Accept": request.accept}
        data = None
        if request.body is not None:
            headers["Content-Type"] = request.content_type
            sent = request.body
            data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        query = f"?{urlencode(request.params)}" if request.params else ""
        try:
            return self._pool.request(
                request.method,
                f"{self.host}{request.path}{query}",
                headers=headers,
                body=data,
                retries=False,
                preload_content=preload,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=read),
            )
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
