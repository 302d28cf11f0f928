"""The shape of the house: which package may use which, and no module in a circle."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
HARNESS = SCRIPTS / "kubedoctest"
MAY_USE = {
    "desafios": {"desafios"},
    "kubedoctest": {"kubedoctest"},
    "lab": {"lab"},
    "mkdocs_hooks": {"kubedoctest", "mkdocs_hooks"},
    "taller": {"desafios", "kubedoctest", "lab", "mkdocs_hooks", "taller"},
}


def modules() -> dict[str, Path]:
    """Every module of the project, by its dotted name."""
    found = {}
    for path in SCRIPTS.rglob("*.py"):
        parts = path.relative_to(SCRIPTS).with_suffix("").parts
        if parts[0] in MAY_USE:
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path) -> Iterator[str]:
    """The modules, and the names in them, that a module imports anywhere in its text."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import, which says not what it uses"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def used(known: dict[str, Path], name: str) -> set[str]:
    """The project's modules that one of them uses."""
    found = set()
    for full in imported(known[name]):
        while full and full not in known:
            full = full.rpartition(".")[0]
        found.add(full)
    return found - {"", name}


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    known = modules()
    assert {"taller.cli", "lab", "kubedoctest.plugin", "kubedoctest.run.chapter"} <= known.keys()
    return {name: used(known, name) for name in known}


def test_the_parts_depend_one_way(graph: dict[str, set[str]]) -> None:
    wrong = [
        f"{name} uses {other}"
        for name, others in graph.items()
        for other in sorted(others)
        if other.partition(".")[0] not in MAY_USE[name.partition(".")[0]]
    ]
    assert wrong == []


def test_the_harness_is_built_from_the_top_of_its_list_down(graph: dict[str, set[str]]) -> None:
    listed = re.findall(r"^    (\w+) {2,}", (HARNESS / "__init__.py").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.parent.name for path in HARNESS.glob("*/__init__.py"))
    wrong = [
        f"{name} uses {other}"
        for name, others in graph.items()
        for other in sorted(others)
        if name.count(".") == 2 and name.startswith("kubedoctest.")
        if other.split(".")[1] not in listed[: listed.index(name.split(".")[1]) + 1]
    ]
    assert wrong == []


def test_no_module_stands_in_a_circle(graph: dict[str, set[str]]) -> None:
    tuple(graphlib.TopologicalSorter(graph).static_order())
