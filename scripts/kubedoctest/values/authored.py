"""What the author of a page decides: the words of its manifests and commands.

A node port that stands in a manifest is the author's and stays as written; one that the cluster
chose differs in every run (comparison rule 8). A value that a command takes from an earlier output
of the page is not the author's. By the same words it is known which kinds are to be recorded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubedoctest.commands.command import Command
from kubedoctest.page.document import Document, Role
from kubedoctest.page.transcript import Step
from kubedoctest.values.names import WORD
from kubedoctest.values.shapes import ANY_IPV4

_PATH = re.compile(r"(?<![\w./-])[\w-]+(?:/[\w.-]+)+")
_LARGEST = 1_000_000
_WORDS = re.compile(WORD.replace(r"(?<![A-Za-z0-9.-])", r"(?<![A-Za-z0-9])", 1))
_MANIFESTS = (Role.FILE, Role.MANIFEST, Role.COMMANDS, Role.PYTHON)


@dataclass(frozen=True)
class Authored:
    """The words of one page."""

    # those of its manifests, and those of its commands that no output before showed
    chosen: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()  # those of its manifests and of all its commands
    manifests: str = ""  # the text of its manifests
    # the names that it gives: words of its manifests, and of commands that make something
    made: frozenset[str] = frozenset()
    text: str = ""  # that of its manifests, its commands, and the files that these name
    # the text of the files that its commands apply, by path
    applied: Mapping[str, str] = field(default_factory=dict)


def authored(document: Document, steps: Sequence[Step], files: Path) -> Authored:
    """What the page's author decided.

    Args:
        files: the folder that the commands' paths are relative to.
    """
    shown_blocks = (b.code for b in document.blocks if b.role in _MANIFESTS)
    commands = [step.command for step in steps]
    manifest_files = {path for command in commands for path in Command.of(command).manifests}
    applied = dict(_texts(manifest_files, files))
    manifests = "\n".join([*shown_blocks, *applied.values()])
    chosen, named, made = (_words(manifests) for _ in range(3))
    shown: set[str] = set()
    for step in steps:
        words = _words(step.command)
        chosen |= words - shown
        named |= words
        made |= words - shown if Command.of(step.command).makes_something else set()
        for line in step.output:
            shown |= _words(line.text)
    named_files = {word for command in commands for word in _PATH.findall(command)}
    text = "\n".join([manifests, *commands, *(text for _, text in _texts(named_files, files))])
    return Authored(
        chosen=frozenset(chosen),
        named=frozenset(named),
        manifests=manifests,
        made=frozenset(made),
        text=text,
        applied=applied,
    )


def _words(text: str) -> set[str]:
    return set(_WORDS.findall(text))


def _texts(paths: Iterable[str], files: Path) -> Iterator[tuple[str, str]]:
    """The text of files, and of those in folders, each with its path."""
    for word in sorted(paths):
        path = files / word
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            if file.is_file() and file.stat().st_size < _LARGEST:
                yield (
                    os.path.relpath(file, files),
                    file.read_text(encoding="utf-8", errors="replace"),
                )


# -- the kinds whose objects its outputs may name: each one that is recorded costs a request

_WHERE_NAMED = {
    "replicasets": r"replicasets?|rs|deployments?|deploy|Deployment|ReplicaSet|replica set",
    "jobs": r"jobs?|cronjobs?|cj|Job|CronJob",
    "controllerrevisions": r"controllerrevisions?|ControllerRevision",
    "persistentvolumeclaims": r"pvcs?|pv|persistentvolume(?:claim)?s?|volumeClaimTemplates|pvc-\S+",
    "persistentvolumes": r"pv|persistentvolumes?|pvc-\S+",
    "endpointslices": r"endpointslices?|EndpointSlice",
}
_ADDRESS = re.compile(rf"(?<![0-9.]){ANY_IPV4}(?![0-9.])")
_NODE_PORT = re.compile(r":[0-9]{4,5}/(?:TCP|UDP|SCTP)|NodePort|nodePort")
_NODE = re.compile(
    r"\bNODE\b|nodeName|\bwide\b|Successfully assigned|^Node:|\bnode/|\bdrain\b", re.MULTILINE
)


def kinds_named(steps: Sequence[Step], authored: Authored) -> list[str]:
    """The kinds to record, as kubectl's users write them."""
    found = ["pods"]
    for step in steps:
        for query in Command.of(step.command).queries:
            if query.verb == "get" and query.format in ("", "wide"):
                found += query.kinds
    commands = "\n".join(step.command for step in steps)
    outputs = "\n".join(line.text for step in steps for line in step.output)
    text = f"{commands}\n{outputs}\n{authored.manifests}"
    for kind, named in _WHERE_NAMED.items():
        if re.search(rf"(?<![A-Za-z0-9-])(?:{named})(?![A-Za-z0-9-])", text):
            found.append(kind)
    found += _of_generate_name(text)
    addressed = _ADDRESS.search(outputs) is not None
    if addressed or _NODE_PORT.search(text):
        found.append("services")
    if addressed or _NODE.search(f"{commands}\n{outputs}"):
        found.append("nodes")
    return list(dict.fromkeys(found))


def _of_generate_name(text: str) -> Iterator[str]:
    """The kinds of manifests that leave the name's end to the cluster."""
    if "generateName" not in text:
        return
    for part in re.split(r"^---", text, flags=re.MULTILINE):
        if "generateName" in part:
            yield from re.findall(r"^\s*[\"']?kind[\"']?:\s*[\"']?([A-Z]\w+)", part, re.MULTILINE)
