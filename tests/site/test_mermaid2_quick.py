"""mermaid2 does what it does, and is spared the pages."""

from __future__ import annotations

from pathlib import Path

import mermaid2.plugin
import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from .conftest import ROOT

QUICK = ROOT / "scripts" / "mkdocs_hooks" / "mermaid2_quick.py"
SETTINGS = """
site_name: Prueba
plugins: [{{mermaid2: {{arguments: {{theme: forest}}}}}}]
hooks: [{hooks}]
extra_javascript: [mermaid-nuestro.js]
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - name: mermaid
          class: mermaid
          format: !!python/name:pymdownx.superfences.fence_div_format
"""
LATER = """def on_post_page(output, *, page, config):
    assert "<article>" not in output and "</html>" in output and "Hola" in output
    return output.replace("Hola", "Chau")
"""


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What mermaid2 parses."""
    seen: list[str] = []
    real = mermaid2.plugin.BeautifulSoup

    def spy(html: str, parser: str) -> object:
        seen.append(html)
        return real(html, parser)

    monkeypatch.setattr(mermaid2.plugin, "BeautifulSoup", spy)
    return seen


def built(folder: Path, page: str, *, quick: bool) -> str:
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs" / "index.md").write_text(page)
    (folder / "docs" / "mermaid-nuestro.js").write_text("")
    (folder / "despues.py").write_text(LATER)
    hooks = [folder / "despues.py"]
    if quick:
        hooks.insert(0, QUICK)
    (folder / "mkdocs.yml").write_text(SETTINGS.format(hooks=", ".join(map(str, hooks))))
    config = load_config(str(folder / "mkdocs.yml"), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    return (folder / "site" / "index.html").read_text()


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("diagrams", [0, 2])
def test_it_adds_its_settings_to_pages_with_diagrams(
    tmp_path: Path, parsed: list[str], quick: bool, diagrams: int
) -> None:
    page = "# Hola\n\nuna página\n" + "\n```mermaid\ngraph LR\n  A --> B\n```\n" * diagrams
    html = built(tmp_path, page, quick=quick)
    assert html.count("mermaid.initialize(") == bool(diagrams)
    assert html.count('<div class="mermaid">') == diagrams
    assert html.index("Chau") < html.index("una página"), "the later hook saw the page whole"
    if diagrams:
        assert "forest" in html[html.index("mermaid.initialize(") : html.rindex("</body>")]
    assert all(("una página" in html) is not quick for html in parsed)
    assert len(parsed) == (bool(diagrams) if quick else 1)


def test_code_that_it_converts_itself_is_left_to_it(tmp_path: Path, parsed: list[str]) -> None:
    raw = '# Hola\n\n<pre><code class="language-mermaid">graph LR</code></pre>\n'
    html = built(tmp_path, raw, quick=True)
    assert '<div class="mermaid">graph LR</div>' in html
    assert "<pre>" in parsed[0]
