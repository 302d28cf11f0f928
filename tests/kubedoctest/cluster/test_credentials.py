"""Kubeconfigs that are read here, those left to the client, and those that cannot be used."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubedoctest.cluster import api
from kubedoctest.cluster.api import ClusterLost, connect

AUTHORITY = base64.b64encode(
    ssl.DER_cert_to_PEM_cert(
        ssl.create_default_context().get_ca_certs(binary_form=True)[0]
    ).encode()
).decode()


def kubeconfig(folder: Path, user: dict[str, Any], **cluster: Any) -> Path:
    path = folder / "kubeconfig"
    entry = {"server": "https://127.0.0.1:1", "certificate-authority-data": AUTHORITY, **cluster}
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "uno",
                "contexts": [{"name": "uno", "context": {"cluster": "c", "user": "u"}}],
                "clusters": [{"name": "c", "cluster": entry}],
                "users": [{"name": "u", "user": user}],
            }
        )
    )
    return path


@pytest.fixture
def by_client(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    asked: list[Path] = []
    real = api._by_client

    def remembering(path: Path, context: str | None) -> api.Connection:
        asked.append(path)
        return real(path, context)

    monkeypatch.setattr(api, "_by_client", remembering)
    return asked


def test_a_token_is_read_here(tmp_path: Path, by_client: list[Path]) -> None:
    connection = connect(kubeconfig(tmp_path, {"token": "abc"}), None)
    assert connection.host == "https://127.0.0.1:1"
    assert connection.headers == {"Authorization": "Bearer abc"}
    assert not by_client


def test_a_server_name_is_left_to_the_client(tmp_path: Path, by_client: list[Path]) -> None:
    path = kubeconfig(tmp_path, {"token": "abc"}, **{"tls-server-name": "otro"})
    connection = connect(path, "uno")
    assert by_client == [path]
    assert "Bearer abc" in connection.headers.values()


@pytest.mark.parametrize("text", ["", "contexts: [", "a: 1", "[]", "\x00"])
def test_what_cannot_be_understood_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(ClusterLost, match="no se puede usar el kubeconfig"):
        connect(path, None)


def test_a_missing_context_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterLost, match="contexto dos"):
        connect(kubeconfig(tmp_path, {"token": "abc"}), "dos")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterLost, match="no-existe"):
        connect(tmp_path / "no-existe", None)
