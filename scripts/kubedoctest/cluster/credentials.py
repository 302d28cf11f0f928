"""From a kubeconfig to a connection.

What kind, minikube and kubeadm write (certificates or a token, inline) is read here, since
importing the kubernetes client takes half a second, as much as all else before the first command.
The rest (exec plugins, auth providers, proxies) is left to the client.
Source of the fields: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

POOL_SIZE = 16

_PLAIN_CLUSTER = frozenset({"server", "certificate-authority-data", "extensions"})
_CERTIFICATE = frozenset({"client-certificate-data", "client-key-data"})


_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, StopIteration)
"""What a file of another shape leads to."""


class KubeconfigError(Exception):
    """The kubeconfig cannot be used. The message is for the user, in Spanish."""


@dataclass(frozen=True)
class Connection:
    """How to reach an API server.

    Attributes:
        host: such as ``https://127.0.0.1:6443``.
        pool: a urllib3 pool manager that trusts it and is trusted by it.
        headers: what every request carries.
    """

    host: str
    pool: Any
    headers: Mapping[str, str] = field(hash=False, default_factory=dict)


def connect(kubeconfig: Path, context: str | None) -> Connection:
    """The connection of a context, the current one when None; nothing is sent yet.

    Raises:
        KubeconfigError: there is no such file or context, or it cannot be understood.
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
    if not cluster.keys() <= _PLAIN_CLUSTER:
        return None
    if user.keys() == _CERTIFICATE:
        return Connection(str(cluster["server"]), _pool(authority, user))
    if user.keys() == {"token"}:
        bearer = {"Authorization": f"Bearer {user['token']}"}
        return Connection(str(cluster["server"]), _pool(authority, {}), bearer)
    return None


def _by_client(kubeconfig: Path, context: str | None) -> Connection:
    from kubernetes.config import ConfigException, new_client_from_config  # noqa: PLC0415

    try:
        client = new_client_from_config(config_file=str(kubeconfig), context=context)
    except (ConfigException, OSError, yaml.YAMLError, *_MALFORMED) as error:
        raise KubeconfigError(
            f"no se puede usar el kubeconfig {kubeconfig} (contexto {context or 'actual'}): {error}"
        ) from error
    headers: dict[str, str] = {}
    client.update_params_for_auth(headers, [], ["BearerToken"], "", "GET", None)
    pool = client.rest_client.pool_manager
    pool.connection_pool_kw["maxsize"] = POOL_SIZE
    return Connection(client.configuration.host, pool, headers)


def _pool(authority: str, user: Mapping[str, str]) -> Any:
    import urllib3  # noqa: PLC0415 (a tenth of a second that a page without a cluster need not pay)

    context = ssl.create_default_context(cadata=authority)
    if user:
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
