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
FOLDERS = ("extras/03-kubernetes", "extras/04-hola-mundo-real")
VERSION = KUBERNETES_VERSION.removeprefix("v").rpartition(".")[0]
CHAPTERS = "".join(path.read_text() for path in sorted((ROOT / "docs").glob("[0-9]*.md")))


class NoDuplicates(yaml.SafeLoader):
    """YAML in which a key may stand only once, as strict validation wants it."""


def _mapping(loader: NoDuplicates, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"a key stands twice at {node.start_mark}"
    return loader.construct_mapping(node, deep=True)


NoDuplicates.add_constructor("tag:yaml.org,2002:map", _mapping)


def manifests() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.yaml"))]
    return [path for path in found if path.name != "cluster.yaml"]  # kind's own format


def objects(text: str) -> Iterator[dict[str, Any]]:
    yield from (one for one in yaml.load_all(text, NoDuplicates) if one is not None)


def check(text: str) -> None:
    for one in objects(text):
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
    whole_folder = f"-f {shown(path.parent)}\n"
    assert shown(path) in CHAPTERS or whole_folder in CHAPTERS


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
