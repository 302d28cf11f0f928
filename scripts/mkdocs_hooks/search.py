"""Search as people write Spanish: ``configuracion`` finds «configuración», and the other way round.

Material searches with lunr, in a worker that loads lunr's Spanish from the theme's own files. This
hook publishes that file followed by ``search.js``, which says how, and what ``search.yml`` knows;
nothing else is changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

SPANISH = "assets/javascripts/lunr/min/lunr.es.min.js"
OURS = Path(__file__).with_name("search.js")
KNOWN = Path(__file__).with_name("search.yml")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put ours after the theme's Spanish."""
    theirs = files.get_file_from_path(SPANISH)
    if theirs is None:
        raise PluginError(
            f"El tema no trae {SPANISH}: hay que mirar cómo busca ahora "
            "y corregir scripts/mkdocs_hooks/search.py."
        )
    known = json.dumps(yaml.safe_load(KNOWN.read_text(encoding="utf-8")), ensure_ascii=False)
    ours = OURS.read_text(encoding="utf-8")
    content = f"{theirs.content_string}\nself.taller = {known};\n{ours}"
    files.remove(theirs)
    files.append(
        File.generated(config, SPANISH, content=content, inclusion=InclusionLevel.INCLUDED)
    )
    return files
