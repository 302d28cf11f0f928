"""Every manifest of the chapters is used by one, and valid for the Kubernetes that we verify on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from lab.components import KUBERNETES_VERSION

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "extras/03-kubernetes",
    "extras/04-hola-mundo-real",
    "extras/05-buenas-practicas",
    "extras/06-observabilidad",
    "extras/07-resolucion-de-problemas",
)
OTHERS = ("cluster.yaml", "kustomization.yaml")
"""Files of formats that are not the API server's: kind's and kustomize's."""
ADDED = "gateway.networking.k8s.io/"
"""Kinds that a page adds to the cluster: the API server alone holds their objects to them, when the
page applies them."""
VERSION = KUBERNETES_VERSION.removeprefix("v").rpartition(".")[0]
CHAPTERS = "".join(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))


class NoDuplicates(yaml.SafeLoader):
    """YAML in which a key may stand only once, as strict validation wants it."""


def _mapping(loader: NoDuplicates, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"a key stands twice at {node.start_mark}"
    return loader.construct_mapping(node, deep=True)


NoDuplicates.add_constructor("tag:yaml.org,2002:map", _mapping)


def manifests() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return [path for path in found if path.name not in OTHERS]


def objects(text: str) -> Iterator[dict[str, Any]]:
    yield from (one for one in yaml.load_all(text, NoDuplicates) if one is not None)


def check(text: str) -> None:
    for one in objects(text):
        if not one["apiVersion"].startswith(ADDED):
            kubernetes_validate.validate(one, VERSION, strict=True)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_are_manifests() -> None:
    assert len(manifests()) > 15


@pytest.mark.parametrize("path", manifests(), ids=shown)
def test_a_manifest_is_valid(path: Path) -> None:
    check(path.read_text())


@pytest.mark.parametrize("path", manifests(), ids=shown)
def test_a_manifest_is_used_by_a_chapter(path: Path) -> None:
    folder = shown(path.parent)
    whole = f"-k {folder}\n" if (path.parent / "kustomization.yaml").exists() else f"-f {folder}\n"
    assert shown(path) in CHAPTERS or whole in CHAPTERS


@pytest.mark.parametrize(
    ("true", "lie"),
    [
        ("replicas: 3", "replica: 3"),
        ("replicas: 3", 'replicas: "3"'),
        ("image:", "name: x\n          name:"),
    ],
)
def test_a_wrong_manifest_is_found(true: str, lie: str) -> None:
    text = (ROOT / "extras/04-hola-mundo-real/deploy-03/replicaSet-mi-app.yaml").read_text()
    assert true in text
    with pytest.raises((kubernetes_validate.ValidationError, AssertionError)):
        check(text.replace(true, lie, 1))
