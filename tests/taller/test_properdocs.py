"""The way out of MkDocs and Material: ProperDocs builds the same site from the same mkdocs.yml."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from taller import construir
from taller.project import MKDOCS, ROOT

pytestmark = pytest.mark.slow  # the site, twice
_OWN = re.compile(r'<meta name="generator"[^>]*>')  # what each says of itself
_ANY_TIME = {"sitemap.xml", "sitemap.xml.gz"}


def built_by(builder: str, folder: Path) -> dict[str, bytes]:
    """What ``builder`` makes of mkdocs.yml, strictly: by name, what each file holds."""
    command = [sys.executable, "-m", builder, "build", "--strict", "-f", str(MKDOCS)]
    done = subprocess.run(
        [*command, "--site-dir", str(folder)],
        cwd=ROOT,
        env=construir.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_properdocs_builds_the_same_site(tmp_path: Path) -> None:
    construir.bring_mermaid()
    mkdocs = built_by("mkdocs", tmp_path / "mkdocs")
    properdocs = built_by("properdocs", tmp_path / "properdocs")
    assert mkdocs.keys() == properdocs.keys()
    assert "archivos/03-kubernetes/index.html" in mkdocs, "the hooks ran"
    different = [name for name in mkdocs if mkdocs[name] != properdocs[name]]
    for name in set(different) - _ANY_TIME:
        assert name.endswith(".html"), name
        told = [_OWN.sub("", found[name].decode()) for found in (mkdocs, properdocs)]
        assert told[0] == told[1], name
