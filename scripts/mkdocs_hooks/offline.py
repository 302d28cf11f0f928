"""A site that opens from a folder, without a server: what browsers refuse there is done otherwise.

Works when Material's ``offline`` plugin is enabled (``TALLER_SIN_SERVIDOR=true``, as `./taller
construir --zip` does). That plugin names each page by its file and writes the search index as a
script. Here: navigation without fetch; a stand-in for workers, which search runs in; and mermaid
as one classic script, because a page opened from a file may not import modules.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files, InclusionLevel

_SCRIPTS = str(Path(__file__).resolve().parents[1])
if _SCRIPTS not in sys.path:  # a plain `mkdocs build` finds hooks by their file
    sys.path.append(_SCRIPTS)

from mkdocs_hooks import mermaid  # noqa: E402
from mkdocs_hooks.npm_package import NpmPackage, bring  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

SWITCH = "TALLER_SIN_SERVIDOR"  # the environment variable that mkdocs.yml reads
WORKER = NpmPackage(
    "iframe-worker",
    "1.0.4",
    "sha512-roeaaI+Lg1LJNfgpCjoRe/+WzEjy9+Z08LoEvu85MCPbBjwm+qXz8Ag5U05lHa6V1CysZyGzE0SOkAtSUA5q7Q==",
)
WORKER_SCRIPT = "assets/iframe-worker.js"  # Material's plugin knows it by this name
MERMAID_SCRIPT = "assets/mermaid/mermaid.min.js"
_NEEDS_FETCH = ("navigation.instant", "navigation.instant.prefetch", "navigation.instant.preview")


@event_priority(50)  # before Material's plugin, which would take its worker from a CDN
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out what needs a server."""
    if not is_offline(config):
        return config
    config.site_url = ""
    config.extra["polyfills"] = [WORKER_SCRIPT]
    features = config.theme["features"]
    features[:] = [name for name in features if name not in _NEEDS_FETCH]
    return config


@event_priority(-50)  # after the hook that adds mermaid's modules
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the two scripts; take away mermaid's modules, which nothing could load."""
    if not is_offline(config):
        return files
    folder = home(Path(config.docs_dir).parent)
    for file in [file for file in files if file.src_uri.startswith(f"{mermaid.SITE_FOLDER}/")]:
        files.remove(file)
    for name in (WORKER_SCRIPT, MERMAID_SCRIPT):
        source = folder / Path(name).name
        if not source.is_file():
            raise PluginError(
                f"Falta {source.name}, que usa el sitio sin servidor. "
                "`./taller construir --zip` lo trae y arma el zip."
            )
        files.append(
            File.generated(
                config, name, abs_src_path=str(source), inclusion=InclusionLevel.INCLUDED
            )
        )
    return files


def is_offline(config: MkDocsConfig) -> bool:
    """Whether this build is for a folder without a server."""
    plugins = [plugin for name, plugin in config.plugins.items() if name.endswith("offline")]
    return any(plugin.config.get("enabled") for plugin in plugins)


def home(project: Path) -> Path:
    """Where ``project`` keeps the scripts that only this site uses."""
    return project / ".taller" / "sin-servidor" / f"{mermaid.VERSION}-{WORKER.version}"


def ensure(project: Path) -> bool:
    """Bring the scripts if they are not there; True if they had to be brought.

    Raises:
        PackageError: npm is missing or fails, or a package is not the pinned one.
    """
    folder = home(project)
    if all((folder / Path(name).name).is_file() for name in (WORKER_SCRIPT, MERMAID_SCRIPT)):
        return False
    parts = folder.with_name("partes")
    wanted = {
        mermaid.PACKAGE: ("dist/mermaid.min.js", Path(MERMAID_SCRIPT).name),
        WORKER: ("shim/index.js", Path(WORKER_SCRIPT).name),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for package, (source, name) in wanted.items():
        bring(package, {source: name}.get, parts)
        (parts / name).replace(folder / name)
    parts.rmdir()
    return True
