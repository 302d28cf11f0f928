"""Requests to an API server."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_in_cluster import stand_in

from kubedoctest.cluster.api import BUSY_TRIES, ApiError, Cluster, ClusterLost, Request


def test_a_busy_api_server_is_asked_again(tmp_path: Path) -> None:
    with stand_in(tmp_path) as (server, kubeconfig):
        server.busy["nodes"] = 2
        answer = Cluster(kubeconfig).get("/api/v1/nodes")
    assert [node["metadata"]["name"] for node in answer["items"]] == ["w1"]


def test_an_api_server_that_stays_busy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubedoctest.cluster.api.BUSY_TRIES", 2)
    with stand_in(tmp_path) as (server, kubeconfig):
        server.busy["nodes"] = BUSY_TRIES
        with pytest.raises(ApiError, match="initializing"):
            Cluster(kubeconfig).get("/api/v1/nodes")


def test_a_read_on_a_connection_that_the_server_just_closed_is_sent_again(tmp_path: Path) -> None:
    with stand_in(tmp_path) as (server, kubeconfig):
        server.silent["nodes"] = 1
        answer = Cluster(kubeconfig).get("/api/v1/nodes")
    assert [node["metadata"]["name"] for node in answer["items"]] == ["w1"]


def test_a_change_is_never_sent_twice(tmp_path: Path) -> None:
    with stand_in(tmp_path) as (server, kubeconfig):
        server.silent["nodes"] = 1
        with pytest.raises(ClusterLost):
            Cluster(kubeconfig).ask(Request("PATCH", "/api/v1/nodes/w1", body={"metadata": {}}))
        assert server.requests == [("PATCH", "/api/v1/nodes/w1")]


def test_a_server_that_never_answers_is_told(tmp_path: Path) -> None:
    with stand_in(tmp_path) as (server, kubeconfig):
        server.silent["nodes"] = 2
        with pytest.raises(ClusterLost, match="no responde"):
            Cluster(kubeconfig).get("/api/v1/nodes")
