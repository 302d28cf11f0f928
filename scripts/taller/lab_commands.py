"""What a page shows and does not run prepares the same lab as the one its chapters run on.

The commands that create the cluster, build the app's images and push them are shown, for they have
been run before: they name the lab's own configuration, folders and tags, and leave none out.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator
from pathlib import Path

from kubedoctest.page.document import Block, Document, Problem, Role
from lab import app_images, cluster, gateway_api, registry, scanner
from taller.project import DOWNLOADS

_SHELLS = ("bash", "console", "sh")
_IMAGES = {f"{registry.ADDRESS}/{image.tag}": image.folder for image in app_images.ALL}


def problems(page: Document, root: Path) -> list[Problem]:
    """Where the shown commands of a page are not those of the lab.

    Args:
        page: any page.
        root: the folder that its commands' paths are relative to.
    """
    shown = [b for b in page.blocks if b.role is Role.SHOWN and b.lang in _SHELLS]
    return [
        Problem(page.path, block.line_of(offset), message, "Corrijan el comando o el laboratorio.")
        for block in shown
        for offset, message in (
            *_paths(block, root),
            *_cluster(block, root),
            *_images(block, root),
            *_downloads(block),
            *_programs(block),
        )
    ]


def _commands(block: Block) -> Iterator[tuple[int, list[str]]]:
    for offset, line in enumerate(block.code.split("\n")):
        try:
            words = shlex.split(line.removeprefix("$ "), comments=True)
        except ValueError:
            continue  # it goes on in the next line
        if words:
            yield offset, words


def _paths(block: Block, root: Path) -> Iterator[tuple[int, str]]:
    """The files and folders of the project that a command names."""
    for offset, words in _commands(block):
        for word in words:
            first, slash, _ = word.partition("/")
            inside = (
                slash and first and not first.startswith((".", "~")) and (root / first).is_dir()
            ) and first != DOWNLOADS.name
            if inside and not (root / word).exists():
                yield offset, f"`{word}` no existe."


def _cluster(block: Block, root: Path) -> Iterator[tuple[int, str]]:
    wanted = cluster.CONFIG.relative_to(root).as_posix()
    for offset, words in _commands(block):
        if words[:3] == ["kind", "create", "cluster"] and wanted not in words:
            yield offset, f"El cluster del taller se crea con `--config {wanted}`."


def _downloads(block: Block) -> Iterator[tuple[int, str]]:
    made = f"{DOWNLOADS.name}/{gateway_api.NAME}"
    for offset, words in _commands(block):
        to = [word for word in words if word.startswith(f"{DOWNLOADS.name}/")]
        if words[0] == "curl" and to and not {made, gateway_api.URL} <= set(words):
            yield offset, f"Lo que el laboratorio tiene es `{made}`, y sale de {gateway_api.URL}."


def _programs(block: Block) -> Iterator[tuple[int, str]]:
    wanted = scanner.requirement()
    for offset, words in _commands(block):
        if any(word.partition("==")[0] == scanner.NAME and word != wanted for word in words[1:]):
            yield offset, f"El que tiene el laboratorio es `{wanted}`."


def _images(block: Block, root: Path) -> Iterator[tuple[int, str]]:
    built: dict[str, int] = {}
    pushed: set[str] = set()
    for offset, words in _commands(block):
        if words[:2] == ["docker", "build"]:
            tags = [tag for option, tag in itertools.pairwise(words) if option == "-t"]
            folder = _IMAGES.get(tags[0]) if tags else None
            if folder is None:
                yield offset, f"El laboratorio no tiene esa imagen; tiene: {', '.join(_IMAGES)}."
            elif (root / words[-1]).resolve() != folder.resolve():
                real = folder.relative_to(root).as_posix()
                yield offset, f"Esa imagen se construye con `{real}`."
            built.update(dict.fromkeys(tags, offset))
        elif words[:2] == ["docker", "push"]:
            every = "--all-tags" in words or "-a" in words
            named = {tag: tag.rpartition(":")[0] if every else tag for tag in _IMAGES}
            pushed |= {tag for tag, name in named.items() if name == words[-1]}
    if built:
        last = max(built.values())
        for tag in _IMAGES:
            if tag not in built:
                yield last, f"Falta construir `{tag}`, que los capítulos usan."
            elif tag not in pushed:
                yield built[tag], f"Falta subir `{tag}` al registro."
