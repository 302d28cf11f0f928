"""``--contexto``: a cluster that is not for tests is refused before anything of it is changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from taller import verificar
from taller.cli import main
from taller.exits import ExitCode

PAGE = "# P\n\n```console\n$ kubectl get pods\nNAME\n```\n"
CONFIG = """
apiVersion: v1
kind: Config
current-context: trabajo
contexts: [{name: trabajo, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: secreto}}]
"""
KUBECTL = """#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
  *get-contexts*) echo trabajo ;;
  *"get configmap"*) [ -z "$MARKED" ] || echo configmap/taller-lab ;;
esac
"""
READS = ("config get-contexts", "get configmap")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a kubectl of the user's was asked; the lab's own is not there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "kubectl").write_text(KUBECTL)
    (programs / "kubectl").chmod(0o755)
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "page.md").write_text(PAGE)
    asked = tmp_path / "asked"
    asked.touch()
    for name, value in {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "KUBECONFIG": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "ASKED": str(asked),
    }.items():
        monkeypatch.setenv(name, value)
    return asked


def test_a_cluster_that_is_not_marked_is_refused_and_the_way_is_told(
    asked: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(verificar, "_run_pages", lambda *_: pytest.fail("pages were run"))
    config = tmp_path / "config"
    before = config.read_bytes(), config.stat().st_mtime_ns
    code = main(["verificar", str(tmp_path / "page.md"), "--contexto", "trabajo", "--sin-sitio"])
    assert code == ExitCode.NO_CLUSTER
    said = capsys.readouterr().err
    assert "no es de un laboratorio del taller" in said and "no lo tocamos" in said
    assert "kubectl --context trabajo -n kube-system create configmap taller-lab" in said
    assert "--contexto trabajo" in said
    assert asked.read_text().splitlines(), "the guard asked"
    assert all(any(read in line for read in READS) for line in asked.read_text().splitlines())
    assert (config.read_bytes(), config.stat().st_mtime_ns) == before


def test_one_that_is_marked_is_used(
    asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKED", "1")
    used: list[verificar.Cluster | None] = []

    def run_pages(_: object, cluster: verificar.Cluster | None, *__: object) -> ExitCode:
        used.append(cluster)
        return ExitCode.FINE

    monkeypatch.setattr(verificar, "_run_pages", run_pages)
    monkeypatch.setattr(verificar, "RESULTS", tmp_path / "no-results.json")
    page = str(tmp_path / "page.md")
    assert main(["verificar", page, "--contexto", "trabajo", "--sin-sitio"]) == ExitCode.FINE
    assert used == [verificar.Cluster(tmp_path / "config", "trabajo")]
    assert asked.read_text()
