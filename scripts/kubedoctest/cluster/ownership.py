"""What of a cluster that others use too is a page's own.

Nothing in an object says who made it: everybody's kubectl signs ``managedFields`` with the same
names, and a controller makes objects for all. What a page makes is named somewhere, though: kind
and name stand together in one command, one documented line or one manifest, of the page or of a
file that its commands find. So only what has not been there before the page, and is named so, in a
namespace that the page names or works in, is its own.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from kubedoctest.cluster.api import Cluster, Resource
from kubedoctest.cluster.snapshot import Difference, Key
from kubedoctest.commands.shell_syntax import is_named
from kubedoctest.page.document import Document, Role
from kubedoctest.page.transcript import steps_of

_KIND_OF_VERB = {
    "run": "pods",
    "debug": "pods",
    "expose": "services",
    "autoscale": "horizontalpodautoscalers",
}
_NODE_VERBS = frozenset({"cordon", "drain", "taint", "uncordon"})
_NODES = frozenset({"no", "node", "nodes"})
_CHOSEN_LATER = ("$", "--all", "-l", "--selector")
_WORD = re.compile(r"[\w.-]+")
_PYTHON_VERB = re.compile(r"\bcreate_(?:namespaced_)?(\w+)\(")
_HEREDOC = re.compile(
    r"<<-?\s*(['\"]?)(?P<end>\w+)\1[^\n]*\n(?P<text>.*?)\n\s*(?P=end)(?:\n|$)", re.DOTALL
)


@dataclass(frozen=True)
class Claims:
    """What a page names."""

    # the words that stand together, each in one command, output line or manifest
    groups: tuple[frozenset[str], ...]
    namespace: str = "default"  # where its commands work if they do not name another one

    def split(self, found: Difference, cluster: Cluster) -> tuple[Difference, Difference]:
        """What is the page's of a difference, and what is somebody else's."""

        def own(keys: Iterable[Key], wanted: bool) -> tuple[Key, ...]:
            return tuple(k for k in keys if self._names(k, cluster.resource(k.kind)) is wanted)

        mine, others = (
            replace(
                found,
                added=own(found.added, wanted),
                removed=own(found.removed, wanted),
                changed=own(found.changed, wanted),
                nodes=tuple(name for name in found.nodes if self._changes_node(name) is wanted),
            )
            for wanted in (True, False)
        )
        return mine, others

    def _names(self, key: Key, resource: Resource | None) -> bool:
        if resource is None:
            return False
        if key.namespace not in ("", self.namespace) and not any(
            key.namespace in group for group in self.groups
        ):
            return False
        return any(
            any(map(resource.answers_to, group)) and is_named(key.name, group)
            for group in self.groups
        )

    def _changes_node(self, name: str) -> bool:
        """Whether a command is about that node, or about nodes that are known when it runs."""
        return any(
            name in group or any(word.startswith(_CHOSEN_LATER) for word in group)
            for group in self.groups
            if "kubectl" in group and group & (_NODE_VERBS | _NODES)
        )


def of_page(document: Document, files: Path, copied: Iterable[str], namespace: str) -> Claims:
    """What a page claims, and the files below ``files`` that its commands find."""
    groups: list[frozenset[str]] = []
    for block in document.blocks:
        if block.role in (Role.TRANSCRIPT, Role.COMMANDS):
            for step in steps_of(block):
                groups += _of_command(step.command)
                groups += (_words(line.text) for line in step.output)
        else:
            groups += _of_manifests(block.code)
    for path in chain.from_iterable(map(_files, (files / name for name in copied))):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = path.read_text(encoding="utf-8")
            groups += _of_command(text) if path.suffix in ("", ".sh") else _of_manifests(text)
    return Claims(tuple(group for group in dict.fromkeys(groups) if len(group) > 1), namespace)


def _files(path: Path) -> Iterator[Path]:
    return filter(Path.is_file, path.rglob("*")) if path.is_dir() else iter((path,))


def _of_command(text: str) -> Iterator[frozenset[str]]:
    """The words of each simple command, and the manifests in its here-documents."""
    for document in _HEREDOC.finditer(text):
        yield from _of_manifests(document["text"])
    rest = _HEREDOC.sub("\n", text).replace("\\\n", " ")
    for command in re.split(r"[;&|\n]+", rest):
        given = frozenset(word for word in command.split() if "=" not in word)
        verbs = frozenset(kind for verb, kind in _KIND_OF_VERB.items() if verb in given)
        yield _words(" ".join(given)) | verbs
        yield from (frozenset(word.split("=", 1)) for word in command.split() if "=" in word)


def _of_manifests(text: str) -> Iterator[frozenset[str]]:
    """Kind, name and namespace of each object; all words of what is no manifest (a program)."""
    for part in re.split(r"^---.*$", text, flags=re.MULTILINE):
        try:
            value = yaml.safe_load(part)
        except yaml.YAMLError:
            value = None
        items = value.get("items", [value]) if isinstance(value, dict) else []
        objects = [one for one in items if isinstance(one, dict) and "kind" in one]
        for one in objects:
            yield from _of_object(one)
        if not objects:
            program = {"".join(made.split("_")) for made in _PYTHON_VERB.findall(part)}
            yield frozenset(_WORD.findall(part)) | program


def _of_object(value: dict[str, Any]) -> Iterator[frozenset[str]]:
    metadata = value.get("metadata") or {}
    told = (metadata.get("name") or metadata.get("generateName"), metadata.get("namespace"))
    yield frozenset(map(str, filter(None, (value["kind"], *told))))
    for template in (value.get("spec") or {}).get("volumeClaimTemplates") or ():
        name = f"{template['metadata']['name']}-{metadata.get('name')}-"
        yield frozenset(("persistentvolumeclaims", name))


def _words(text: str) -> frozenset[str]:
    """The words of a line that may be a kind and a name (``pod/web created``)."""
    words = (word.strip("\"'(),") for word in re.split(r"[\s/]+", text))
    return frozenset(filter(None, words))
