"""Names that Kubernetes generates: which ones they are, and what an author may write for them.

Real metadata decides what is generated, not how a name looks (comparison rule 5): an object with
``generateName``, or one whose controller names it with a hash. Names are nested as Kubernetes nests
them: a pod's holds its ReplicaSet's, and that one the hash of its template.
Source of the lengths: k8s.io/apiserver/pkg/storage/names (58 characters of the base are kept, five
are added).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from kubedoctest.cluster.timeline import Identity
from kubedoctest.values.shapes import ALPHABET, ENGINE_ID, SUFFIX, UID, WHOLE_ENGINE_ID

HASH = f"[{ALPHABET}]{{6,10}}"
KEPT_OF_BASE = 58
NAME_START = r"(?<![A-Za-z0-9.-])"
NAME_END = r"(?![A-Za-z0-9-]|\.[A-Za-z0-9])"
WORD = rf"{NAME_START}[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*{NAME_END}"
"""A word that can be a name, a hash, an address or a port."""

_TEMPLATE_HASH = "pod-template-hash"
_REVISION_HASH = "controller-revision-hash"
_NODE_DEBUGGER = re.compile(rf"(?P<base>node-debugger-.+-){SUFFIX}")  # kubectl debug node/…
_HASH_LABELS = (_TEMPLATE_HASH, _REVISION_HASH, "controller.kubernetes.io/hash")


Pair = tuple[str, str]
"""A documented value and the real one that it stands for."""


@lru_cache(maxsize=4096)
def compiled(regex: str) -> re.Pattern[str]:
    """The regex, compiled when it is first needed: a page's are more than ``re`` itself keeps."""
    return re.compile(regex)


class Family(Enum):
    """What a generated value is."""

    NAME = "name"
    HASH = "hash"
    ADDRESS = "address"
    PORT = "port"
    NODE = "node"
    ENGINE_ID = "engine id"


class Local(str):
    """A real value that a documented one stands for within one comparison only."""

    __slots__ = ()


@dataclass(frozen=True)
class Name:
    """A generated value: a name, or one of the other families."""

    # the value itself, then the generated ones inside it, outermost first (the ReplicaSet's name in
    # its pod's, the hash in the ReplicaSet's); none if it is its author's
    parts: tuple[str, ...]
    regex: str  # what an author may write for it, one group for each part, in order
    family: Family = Family.NAME

    @property
    def real(self) -> str:
        """The value in the cluster."""
        return self.parts[0]

    def pairs(self, documented: str) -> tuple[Pair, ...] | None:
        """What ``documented`` would stand for, part by part; None when it cannot be this value."""
        match = compiled(self.regex).fullmatch(documented)
        return None if match is None else tuple(zip(match.groups(), self.parts, strict=True))


def known(identities: Iterable[Identity]) -> dict[str, Name]:
    """All generated names and hashes among these objects and their owners, by real value."""
    others = {identity.uid: identity for identity in identities}
    found = [_names_of(_lineage(identity, others)) for identity in others.values()]
    names = {name.real: name for implied, _ in found for name in implied}
    names.update((own.real, own) for _, own in found if own is not None)
    return names


@lru_cache(maxsize=4096)  # asked again whenever an object comes or goes
def _names_of(lineage: tuple[Identity, ...]) -> tuple[tuple[Name, ...], Name | None]:
    """The generated values that an object tells of besides its own name, and that one."""
    return tuple(_implied(lineage)), generated(lineage)


def of_engine(shown: Iterable[str]) -> dict[str, Name]:
    """The ids of containers and images among real values that a page has shown.

    Any program may write them: a container's is its hostname too, and variables hold them.
    """
    found = {}
    for real in shown:
        if re.fullmatch(ENGINE_ID, real):
            found[real] = Name((real,), f"({ENGINE_ID})", Family.ENGINE_ID)
        elif re.fullmatch(WHOLE_ENGINE_ID, real):
            parts = (real, real[:12])
            found[real] = Name(parts, f"({WHOLE_ENGINE_ID})", Family.ENGINE_ID)
    return found


def sparing(names: Mapping[str, Name], made: frozenset[str]) -> dict[str, Name]:
    """The same names, none of which an author may write as one that he gave something himself."""
    return {real: replace(name, regex=_but(name.regex, made)) for real, name in names.items()}


@lru_cache(maxsize=4096)  # asked again whenever an object comes or goes
def _but(regex: str, made: frozenset[str]) -> str:
    taken = sorted(filter(compiled(regex).fullmatch, made))
    return f"(?!(?:{'|'.join(map(re.escape, taken))}){NAME_END}){regex}" if taken else regex


def _lineage(identity: Identity, others: Mapping[str, Identity]) -> tuple[Identity, ...]:
    """The object, its owner, the owner's owner… as far as they are known."""
    found = [identity]
    while (above := found[-1].owner) is not None and above.uid in others:
        found.append(others[above.uid])
    return tuple(found)


def impossible(text: str, names: Iterable[Name]) -> str | None:
    """A word of ``text`` that has a generated name's form but letters that are never generated."""
    for name in names:
        if name.family in (Family.NAME, Family.HASH):
            start = NAME_START if name.family is Family.NAME else "(?<=-hash=)"
            any_letters = name.regex.replace(f"[{ALPHABET}]", "[a-z0-9]")
            for match in compiled(f"{start}{any_letters}{NAME_END}").finditer(text):
                if not compiled(name.regex).fullmatch(match.group()):
                    return match.group()
    return None


def generated(lineage: tuple[Identity, ...]) -> Name | None:
    """An object's name as a generated one, or None when it is fixed by its author.

    Args:
        lineage: the object, its owner, the owner's owner… as far as they are known.
    """
    identity = lineage[0]
    name = identity.name
    debugger = _NODE_DEBUGGER.fullmatch(name) if identity.kind == "Pod" else None
    kept = debugger["base"] if debugger else identity.generate_name[:KEPT_OF_BASE]
    if kept and name.startswith(kept) and len(name) == len(kept) + 5:
        stem = _stem(kept, lineage)
        return Name((name, *stem.parts), f"({stem.regex}{SUFFIX})")
    if identity.kind == "PersistentVolume" and re.fullmatch(f"pvc-{UID}", name):
        return _claimed(name)
    if identity.owner is None or not name.startswith(f"{identity.owner.name}-"):
        return None
    tail = name.removeprefix(f"{identity.owner.name}-")
    base = _owner(lineage)
    if any(identity.labels.get(label) == tail for label in _HASH_LABELS):
        return _hashed(base, name, tail)
    if identity.owner.kind == "CronJob" and tail.isdigit():
        return Name((name, *base.parts), f"({base.regex}-[0-9]{{8}})")
    return None


def _stem(kept: str, lineage: tuple[Identity, ...]) -> Name:
    """What stands before a random suffix: usually the owner's name and a dash."""
    owner = lineage[0].owner
    if owner is not None and kept.startswith(owner.name):
        form = _owner(lineage)
        return Name(form.parts, form.regex + re.escape(kept.removeprefix(owner.name)))
    hashed = lineage[0].labels.get(_TEMPLATE_HASH)
    if owner is not None and hashed and kept.startswith(owner.name.removesuffix(hashed)):
        # The name was too long: what is left of the hash cannot be told from any other.
        base = owner.name.removesuffix(hashed)
        return Name((), f"{re.escape(base)}[{ALPHABET}]{{{len(kept) - len(base)}}}")
    return fixed(kept)


def _owner(lineage: tuple[Identity, ...]) -> Name:
    """The name of the object's owner; a ReplicaSet's is known from its pods' labels alone."""
    owner = lineage[0].owner
    assert owner is not None
    form = generated(lineage[1:]) if len(lineage) > 1 else None
    if form is not None:
        return form
    hashed = lineage[0].labels.get(_TEMPLATE_HASH)
    if owner.kind == "ReplicaSet" and hashed and owner.name.endswith(f"-{hashed}"):
        return _hashed(fixed(owner.name.removesuffix(f"-{hashed}")), owner.name, hashed)
    return fixed(owner.name)


def fixed(name: str) -> Name:
    """A name that its author gave, in which nothing is generated."""
    return Name((), re.escape(name))


def _hashed(base: Name, name: str, hashed: str, family: Family = Family.NAME) -> Name:
    return Name((name, *base.parts, hashed), f"({base.regex}-({HASH}))", family)


def _claimed(name: str) -> Name:
    """The volume made for a claim, named by the claim's uid."""
    return Name((name, name.removeprefix("pvc-")), f"(pvc-({UID}))")


def _implied(lineage: tuple[Identity, ...]) -> Iterator[Name]:
    """The generated values that an object tells of besides its own name."""
    identity = lineage[0]
    if identity.kind == "PersistentVolumeClaim":
        yield _claimed(f"pvc-{identity.uid}")
    if identity.owner is None:
        return
    owner = _owner(lineage)
    if owner.parts:
        yield owner
    for label in _HASH_LABELS:
        value = identity.labels.get(label)
        if not value:
            continue
        tail = value.removeprefix(f"{identity.owner.name}-")
        if tail != value:  # a StatefulSet's pods carry the whole name of the revision
            yield _hashed(owner, value, tail, Family.HASH)
        yield Name((tail,), f"({HASH})", Family.HASH)
