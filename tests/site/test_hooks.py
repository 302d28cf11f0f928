"""The hooks: what they publish, and what a strict build still refuses."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from mkdocs_hooks import extras, mermaid

HOOKS = Path(extras.__file__).parent
SETTINGS = """
site_name: Prueba
hooks: [{hook}]
validation: {{links: {{not_found: warn}}}}
"""


@pytest.fixture(autouse=True)
def loud_mkdocs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="mkdocs")


def project(folder: Path, page: str, hook: str = "extras.py") -> Path:
    (folder / "docs").mkdir()
    (folder / "docs" / "index.md").write_text(page)
    (folder / "extras" / "04").mkdir(parents=True)
    (folder / "extras" / "04" / "pod.yaml").write_text("kind: Pod\n")
    (folder / "extras" / "04" / ".oculto").write_text("secreto\n")
    (folder / "mkdocs.yml").write_text(SETTINGS.format(hook=HOOKS / hook))
    return folder


def build_site(folder: Path) -> Path:
    config = load_config(str(folder / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return folder / "site"


def test_extras_are_published_as_they_are(tmp_path: Path) -> None:
    site = build_site(project(tmp_path, "[el pod](../extras/04/pod.yaml)"))
    assert (site / "extras" / "04" / "pod.yaml").read_text() == "kind: Pod\n"
    assert 'href="extras/04/pod.yaml"' in (site / "index.html").read_text()
    assert not (site / "extras" / "04" / ".oculto").exists()


def test_a_link_to_a_missing_extra_fails(tmp_path: Path) -> None:
    with pytest.raises(Abort):
        build_site(project(tmp_path, "[el pod](../extras/04/podd.yaml)"))


def test_a_site_without_mermaid_says_what_brings_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Abort):
        build_site(project(tmp_path, "hola", hook="mermaid.py"))
    assert "`./taller construir`" in caplog.text


def test_a_package_with_another_content_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "mermaid.tgz"
    package.write_bytes(b"otra cosa")
    with pytest.raises(mermaid.MermaidError, match="sha512"):
        mermaid._checked(package)


def test_without_npm_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mermaid, "npm", lambda: None)
    with pytest.raises(mermaid.MermaidError) as error:
        mermaid.ensure(tmp_path)
    assert ".venv" in error.value.next_step
    assert list((tmp_path / ".taller" / "mermaid").iterdir()) == []
