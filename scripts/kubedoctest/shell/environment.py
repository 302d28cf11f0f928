"""What a page's commands see of the environment: an allow-list, never the caller's variables.

A page's command could print a token, or send it away through a proxy; and what it did would depend
on the machine it ran on. So nothing is inherited: each name is set here, or given by name.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|(^|_)PROXY$|^(AWS|AZURE|GITHUB|GH|GOOGLE|GCP)_|API_?KEY|ACCESS_KEY",
    re.IGNORECASE,
)

_FILES = frozenset({"certificate-authority", "client-certificate", "client-key", "tokenFile"})

# A reader's curl writes to a terminal, and then shows no progress; here it writes to a file.
_CURL = "no-progress-meter\n"


def build(
    home: Path,
    kubeconfig: Path | None,
    path: str,
    extra: Mapping[str, str],
    context: str | None = None,
) -> dict[str, str]:
    """The environment of a page's commands.

    Args:
        home: an existing, empty directory: HOME, with a directory for temporary files in it.
        kubeconfig: the cluster's credentials, or None where a page uses none. The commands get a
            copy of their own, which they may change, and which holds no other context.
        path: their PATH.
        extra: further variables, such as DOCKER_HOST. They do not replace those set here.
        context: the current context of the copy; the file's own when None.

    Raises:
        ValueError: a name in ``extra`` is one that secrets or proxies go by.
    """
    if refused := secrets(extra):
        raise ValueError(f"variables that a page must not see: {', '.join(refused)}")
    temporary = home / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    (home / ".curlrc").write_text(_CURL, encoding="utf-8")
    user = getpass.getuser()
    own = {
        "HOME": str(home),
        "KUBECONFIG": str(_copy(kubeconfig, context, home / ".kube" / "config")),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "LOGNAME": user,
        "PATH": path,
        "SHELL": "/bin/bash",
        "TERM": "dumb",
        "TMPDIR": str(temporary),
        "TZ": "UTC",
        "USER": user,
    }
    return {**extra, **own}


def secrets(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that secrets and proxies go by, sorted."""
    return sorted(name for name in names if _SECRET.search(name))


def _copy(kubeconfig: Path | None, context: str | None, copy: Path) -> Path:
    """A private copy; without a kubeconfig the path of none, so that no other is found."""
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if kubeconfig is None:
        return copy
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8")) or {}
    copy.touch(mode=0o600)
    copy.write_text(yaml.safe_dump(_only(config, context, kubeconfig.parent)), encoding="utf-8")
    return copy


def _only(config: dict[str, Any], context: str | None, beside: Path) -> dict[str, Any]:
    """The configuration with one context, its cluster and its user, and paths made absolute."""
    chosen = context or config.get("current-context")
    contexts = [c for c in config.get("contexts") or () if c["name"] == chosen]
    kept = {}
    for kind, one in (("clusters", "cluster"), ("users", "user")):
        wanted = {context["context"].get(one) for context in contexts}
        kept[kind] = [entry for entry in config.get(kind) or () if entry["name"] in wanted]
        for given in (entry.get(one) or {} for entry in kept[kind]):
            given |= {key: str(beside / given[key]) for key in _FILES & given.keys()}
    return {**config, **kept, "contexts": contexts, "current-context": chosen or ""}
