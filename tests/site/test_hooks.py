"""The hooks: what they publish, and what a strict build still refuses."""

from __future__ import annotations

import logging
import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from mkdocs_hooks import extras, mermaid, npm_package

from .conftest import Site

HOOKS = Path(extras.__file__).parent
ROOT = HOOKS.parents[1]
SETTINGS = """
site_name: Prueba
hooks: [{hook}]
validation:
  links: {{not_found: warn, anchors: warn, absolute_links: warn, unrecognized_links: warn}}
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


def test_every_link_to_extras_gives_that_file(site: Site) -> None:
    linked = 0
    for page in site.folder.rglob("*.html"):
        article = page.read_text(encoding="utf-8").split("<article", 1)[-1]
        for link in set(re.findall(r'href="([^"#:]*extras/[^"#]+)"', article)):
            path = (page.parent / unquote(unescape(link))).resolve()
            name = path.relative_to(site.folder.resolve())
            assert path.read_bytes() == (ROOT / name).read_bytes(), f"{page}: {link}"
            linked += 1
    assert linked > 50


def test_a_link_to_a_missing_extra_fails(tmp_path: Path) -> None:
    with pytest.raises(Abort):
        build_site(project(tmp_path, "[el pod](../extras/04/podd.yaml)"))


@pytest.mark.parametrize(
    "link", ["otra.md", "index.md#nada", "#nada", "/extras/04/pod.yaml", "../extras/04/"]
)
def test_a_link_that_leads_nowhere_fails(tmp_path: Path, link: str) -> None:
    with pytest.raises(Abort):
        build_site(project(tmp_path, f"# Título\n\n[algo]({link})\n"))


def test_the_project_refuses_the_same_links() -> None:
    validation = load_config(str(ROOT / "mkdocs.yml")).validation
    levels = [validation.links[name] for name in validation.links]
    assert [*levels, validation.nav["not_found"], validation.nav["omitted_files"]] == [
        logging.WARNING
    ] * (len(levels) + 2)


def test_a_site_without_mermaid_says_what_brings_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Abort):
        build_site(project(tmp_path, "hola", hook="mermaid.py"))
    assert "`./taller construir`" in caplog.text


def test_a_package_with_another_content_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "mermaid.tgz"
    package.write_bytes(b"otra cosa")
    with pytest.raises(npm_package.PackageError, match="sha512"):
        npm_package.checked(package, mermaid.PACKAGE)


def test_a_library_comes_from_the_registry_that_npm_is_set_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("npm_config_registry", raising=False)
    assert npm_package.registry() == "https://registry.npmjs.org"
    (tmp_path / ".npmrc").write_text("fund=false\nregistry = http://127.0.0.1:9/de-casa/\n")
    assert npm_package.registry() == "http://127.0.0.1:9/de-casa"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9/del-entorno")
    assert npm_package.registry() == "http://127.0.0.1:9/del-entorno"


@pytest.mark.parametrize("registry", ["http://127.0.0.1:9", "file:///etc", "nada"])
def test_a_registry_that_gives_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: str
) -> None:
    monkeypatch.setenv("npm_config_registry", registry)
    with pytest.raises(npm_package.PackageError) as error:
        mermaid.ensure(tmp_path)
    assert registry in error.value.message
    assert "registro" in error.value.next_step
    assert list((tmp_path / ".taller" / "mermaid").iterdir()) == []
