"""The kinds of Gateway API: the file that a page downloads, put together from a Go module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from lab import gateway_api
from lab.components import MODULES, GoBuild


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module whose standard channel has two kinds; it is what Go would bring."""
    standard = tmp_path / "module/config/crd/standard"
    standard.mkdir(parents=True)
    for name in ("gateway_walls", "gateway_doors"):
        (standard / f"{name}.yaml").write_text(f"kind: {name}\n")
    (standard / "kustomization.yaml").write_text("resources: []\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(GoBuild, "source", lambda *_: tmp_path / "module")
    return standard


def test_file_holds_the_kinds_of_the_module_in_their_order(module: Path, tmp_path: Path) -> None:
    gateway_api.ensure(tmp_path / "descargas")
    text = (tmp_path / "descargas" / gateway_api.NAME).read_text()
    kinds = [one["kind"] for one in yaml.safe_load_all(text)]
    assert kinds == ["gateway_doors", "gateway_walls"]


def test_file_that_is_there_is_left_as_it_is(module: Path, tmp_path: Path) -> None:
    (tmp_path / gateway_api.NAME).write_text("downloaded")
    gateway_api.ensure(tmp_path)
    assert (tmp_path / gateway_api.NAME).read_text() == "downloaded"


def test_version_is_the_one_that_traefik_is_built_with() -> None:
    pinned = re.search(rf"{gateway_api.MODULE} (\S+)", (MODULES / "traefik/go.mod").read_text())
    assert pinned and pinned[1] == gateway_api.VERSION
