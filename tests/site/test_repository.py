"""Where the project is kept: one place says it, and a fork's CI another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig

from mkdocs_hooks import repository
from taller import enlaces

from .conftest import ROOT

OURS = "https://yo.github.io/taller/"


def config(site: str = OURS) -> MkDocsConfig:
    made = MkDocsConfig()
    made.site_url, made.edit_uri = site, "https://github.com/yo/taller/edit/main/docs/"
    return made


@pytest.mark.parametrize(
    ("fork", "site", "edit"),
    [
        ("yo/taller", OURS, "https://github.com/yo/taller/edit/main/docs/"),
        (
            "Otra/curso",
            "https://otra.github.io/curso/",
            "https://github.com/Otra/curso/edit/main/docs/",
        ),
        (
            "otra/otra.github.io",
            "https://otra.github.io/",
            "https://github.com/otra/otra.github.io/edit/main/docs/",
        ),
    ],
)
def test_fork_s_ci_builds_for_the_fork(
    monkeypatch: pytest.MonkeyPatch, fork: str, site: str, edit: str
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", fork)
    built = repository.on_config(config())
    assert (built.site_url, built.edit_uri) == (site, edit)
    page = (
        "<a href='https://github.com/yo/taller/issues'>git clone https://github.com/yo/taller\n"
        '<span class="nb">cd</span><span class="w"> </span>{}\n'
        '<span class="nb">cd</span><span class="w"> </span>taller-2; el taller'
    )
    told = repository.on_page_content(page.format("taller"), config=built)
    assert told == page.replace("yo/taller", fork).format(fork.split("/")[1])


def test_site_that_is_served_from_this_machine_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "otra/curso")
    here = "http://127.0.0.1:8000/taller/"
    assert repository.on_config(config(here)).site_url == here


def test_what_people_read_on_github_names_the_repository_of_mkdocs_yml() -> None:
    _, edit = enlaces.own_addresses()
    own = re.match(r"https://github\.com/([^/]+/[^/]+)/", edit)
    assert own is not None
    named = r"https://github\.com/(?=[^\s)\"]*taller-de-kubernetes)([^/\s]+/[\w.-]+)"
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        assert set(re.findall(named, path.read_text())) <= {own[1]}, path
    published = Path(ROOT / "README.md").read_text()
    assert repository.site_of(own[1]) in published, "the badge"
