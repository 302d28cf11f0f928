"""Publish ``extras/`` under the site's ``extras/``.

A chapter links to ``../extras/NN-name/…/x.yaml``: on GitHub that is the file beside ``docs/``. For
the site this hook adds each of those files with that very path relative to ``docs_dir``, so that
MkDocs resolves the link, and a strict build still refuses a link to a file that is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

FOLDER = "extras"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every file of ``extras/``, as it is, to what MkDocs copies to the site."""
    docs = Path(config.docs_dir)
    folder = docs.parent / FOLDER
    for path in published(folder):
        name = path.relative_to(folder).as_posix()
        file = File.generated(
            config,
            Path(os.path.relpath(path, docs)).as_posix(),
            abs_src_path=str(path),
            inclusion=InclusionLevel.INCLUDED,  # without it MkDocs drops the file silently
        )
        file.dest_uri = f"{FOLDER}/{name}"
        files.append(file)
    return files


def published(folder: Path) -> Iterator[Path]:
    """The files of ``folder`` that readers may open, in order.

    Hidden files are left out, and so is Markdown, which MkDocs would take for pages of the site.
    """
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "__pycache__")) for part in parts)
        if path.is_file() and not hidden and path.suffix != ".md":
            yield path
