"""Where the project is kept and published: mkdocs.yml says it, and in a fork's CI, GitHub does.

``edit_uri`` and ``site_url`` in mkdocs.yml are the one place where both addresses are written for
the site. Where ``GITHUB_REPOSITORY`` names another repository, the site is built for that one, and
what pages say of ours (``git clone …``) says theirs.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mkdocs.plugins import event_priority

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

HOST = "https://github.com/"
DRIFT = "desvío"  # the label of the issues that .github/abrir-desvio.sh opens
_NAME = re.compile(rf"{HOST}([^/]+/[^/]+)/")
_FORM = "no-me-da-igual.yml"  # in .github/ISSUE_TEMPLATE; its fields are filled by their ids

_written: list[str] = []  # of the build under way: the repository that mkdocs.yml names


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Build for the repository that GitHub names, if it is another one."""
    named = of(config)
    _written[:] = [named]
    fork = os.environ.get("GITHUB_REPOSITORY") or named
    if fork != named:
        config.edit_uri = str(config.edit_uri).replace(f"{HOST}{named}/", f"{HOST}{fork}/", 1)
        if config.site_url == site_of(named):  # not while it is served from this machine
            config.site_url = site_of(fork)
    return config


@event_priority(-100)  # after all that knows a block by its content
def on_page_content(html: str, *, config: MkDocsConfig, **_: object) -> str:
    """Have a page name the repository that it is built for."""
    (named,) = _written
    told = of(config)
    html = html.replace(f"{HOST}{named}", f"{HOST}{told}")
    folder = rf"(>cd</span>(?:<[^>]*>| )*){re.escape(_folder(named))}\b(?![\w.-])"
    return re.sub(folder, lambda cd: cd[1] + _folder(told), html)


def of(config: MkDocsConfig) -> str:
    """The repository, as ``owner/name``; "" when the site has none."""
    found = _NAME.match(str(config.edit_uri or ""))
    return found[1] if found else ""


def _folder(repository: str) -> str:
    """What `git clone` puts a repository in."""
    return repository.rpartition("/")[2]


def site_of(repository: str) -> str:
    """Where GitHub Pages publishes a repository's site."""
    owner, _, name = repository.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def drift(repository: str) -> str:
    """The address of the issues about chapters that were true no more."""
    return f"{HOST}{repository}/issues?" + urlencode({"q": f"is:issue label:{DRIFT}"})


def issue(repository: str, title: str, where: str) -> str:
    """The address of a new issue that says what differs there; the rest is for who opens it."""
    return f"{HOST}{repository}/issues/new?" + urlencode(
        {"template": _FORM, "title": title, "donde": where}
    )
