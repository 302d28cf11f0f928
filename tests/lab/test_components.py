import os
from pathlib import Path

import pytest

from lab import components, parts
from lab.components import Component, GoBuild, Instead
from lab.error import LabError


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of a component that needs no network, under a modules folder of the test's own."""
    modules = tmp_path / "modules"
    folder = modules / "hello"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module taller/hello\n\ngo 1.21\n")
    (folder / "main.go").write_text('package main\n\nfunc main() { println("hola") }\n')
    monkeypatch.setattr(components, "MODULES", modules)
    return folder


@pytest.fixture
def stand_in_go(tmp_path):
    """A program that plays Go: what it is asked goes to a log; it writes the output it is told."""
    go = tmp_path / "go"
    go.write_text(
        '#!/bin/sh\necho "$PWD $*" >>"$(dirname "$0")/asked"\n'
        '[ -z "$GO_BREAKS" ] || { echo "roto" >&2; exit 1; }\n'
        'while [ "$1" != -o ]; do shift; done; echo made >"$2"\n'
    )
    go.chmod(0o755)
    return go


def test_key_changes_with_any_input(module):
    hello = Component("hello", (("hello", "taller/hello"),))
    first = hello.key()
    assert first == Component("hello", (("hello", "taller/hello"),)).key()
    assert first != Component("hello", (("hello", "taller/hello"),), ldflags="-X a=b").key()
    assert first != Component("hello", (("hello", "taller/hello"),), tags="small").key()
    (module / "go.sum").write_text("x\n")
    assert first != hello.key()


def test_built_once_and_kept(module, stand_in_go, tmp_path):
    build = GoBuild(stand_in_go, tmp_path / "cache")
    programs = (("hello", "taller/hello"), ("other", "taller/other"))
    hello = Component("hello", programs, tags="small")
    folder = build.build(hello, tmp_path / "log")
    assert sorted(p.name for p in folder.iterdir()) == ["hello", "other"]
    build.build(hello, tmp_path / "log")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 2
    assert all(" -tags=small " in line for line in asked)


def test_failed_build_leaves_nothing_that_looks_finished(
    module, stand_in_go, tmp_path, monkeypatch
):
    monkeypatch.setenv("GO_BREAKS", "1")
    build = GoBuild(stand_in_go, tmp_path / "cache")
    hello = Component("hello", (("hello", "taller/hello"),))
    with pytest.raises(LabError, match="No se pudo compilar taller/hello"):
        build.build(hello, tmp_path / "log")
    assert not build.is_built(hello)
    assert list((tmp_path / "cache" / "components").iterdir()) == []
    assert "roto" in (tmp_path / "log").read_text()
    monkeypatch.delenv("GO_BREAKS")
    assert (build.build(hello, tmp_path / "log") / "hello").exists()


def test_file_of_ours_is_compiled_in_place_of_a_module_s(module, tmp_path, monkeypatch):
    theirs = tmp_path / "theirs"
    (theirs / "sub").mkdir(parents=True)
    (theirs / "sub" / "big.go").write_text("package sub // theirs\n")
    (module / "small.go.txt").write_text("package sub // ours\n")
    (module / "go.sum").write_text("sums\n")
    go = tmp_path / "go"
    go.write_text(
        f"""#!/bin/sh
case "$1 $2" in "mod download") echo '{{"Dir": "{theirs}"}}'; exit ;; esac
for option; do case "$option" in -modfile=*) mod=${{option#-modfile=}} ;; esac; done
replacement=$(sed -n 's/^replace example.org\\/m => //p' "$mod")
while [ "$1" != -o ]; do shift; done
cat "$(dirname "$mod")/go.sum" "$replacement/sub/big.go" >"$2"
"""
    )
    go.chmod(0o755)
    instead = Instead("example.org/m", "sub/big.go", "small.go.txt")
    hello = Component("hello", (("hello", "taller/hello"),), instead=instead)
    assert hello.key() != Component("hello", (("hello", "taller/hello"),)).key()
    build = GoBuild(go, tmp_path / "cache")
    folder = build.build(hello, tmp_path / "log")
    assert (folder / "hello").read_text() == "sums\npackage sub // ours\n"
    assert (theirs / "sub" / "big.go").read_text() == "package sub // theirs\n"
    assert [path.name for path in build.cache.iterdir()] == ["components"]


def test_older_build_goes_away(module, stand_in_go, tmp_path):
    build = GoBuild(stand_in_go, tmp_path / "cache")
    hello = Component("hello", (("hello", "taller/hello"),))
    old = build.build(hello, tmp_path / "log")
    (module / "main.go").write_text("package main\n\nfunc main() {}\n")
    new = build.build(hello, tmp_path / "log")
    assert new != old
    assert not old.exists()


def test_every_component_has_a_pinned_module():
    for component in (*components.ALL, *(part.component for part in parts.ALL)):
        folder = components.MODULES / component.name
        text = (folder / "go.mod").read_text()
        assert f"module taller/{component.name}\n" in text
        if "require" in text:
            assert (folder / "go.sum").is_file(), component.name


def test_build_environment_keeps_the_module_proxy_and_uses_own_caches(tmp_path, monkeypatch):
    monkeypatch.setenv("GOPROXY", "https://proxy.example")
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    environment = GoBuild(Path("go"), tmp_path).environment()
    assert environment["GOPROXY"] == "https://proxy.example"
    assert environment["GOMODCACHE"].startswith(str(tmp_path))
    assert "-mod=readonly" in environment["GOFLAGS"]
    assert environment["PATH"] == os.environ["PATH"]
