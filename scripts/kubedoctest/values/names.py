"""Names that Kubernetes generates: which ones they are, and what an author may write for them.

Real metadata decides what is generated, not how a name looks (comparison rule 5): an object with
``generateName``, or one whose controller names it with a hash. Names are nested as Kubernetes nests
them: a pod's holds its ReplicaSet's, and that one the hash of its template.
Source of the alphabet and lengths: k8s.io/apimachinery/pkg/util/rand,
k8s.io/apiserver/pkg/storage/names (58 characters of the base are kept, five are added).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from kubedoctest.cluster.timeline import Identity
from kubedoctest.values.shapes import UID

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
SUFFIX = f"[{ALPHABET}]{{5}}"
HASH = f"[{ALPHABET}]{{6,10}}"
KEPT_OF_BASE = 58
NAME_START = r"(?<![A-Za-z0-9.-])"
NAME_END = r"(?![A-Za-z0-9-]|\.[A-Za-z0-9])"
WORD = rf"{NAME_START}[A-Za-z0-9]+(?:[.-]+[A-Za-z0-9]+)*{NAME_END}"
"""A word that can be a name, a hash, an address or a port."""

_TEMPLATE_HASH = "pod-template-hash"
_REVISION_HASH = "controller-revision-hash"
_HASH_LABELS = (_TEMPLATE_HASH, _REVISION_HASH, "controller.kubernetes.io/hash")


class Family(Enum):
    """What a generated value is."""

    NAME = "name"
    HASH = "hash"
    ADDRESS = "address"
    PORT = "port"
    NODE = "node"


class Local(str):
    """A real value that a documented one stands for within one comparison only."""

    __slots__ = ()


@dataclass(frozen=True)
class Name:
    """A generated value: a name, or one of the other families.

    Attributes:
        real: the value in the cluster.
        parts: the value itself, then the generated ones inside it, outermost first (the
            ReplicaSet's name in its pod's, the hash in the ReplicaSet's).
        regex: what an author may write for it, one group for each part, in order.
        loose: like ``regex`` with any letters, to recognise names Kubernetes would never generate.
    """

    real: str
    parts: tuple[str, ...]
    regex: str
    loose: str
    family: Family = Family.NAME


@dataclass(frozen=True)
class _Form:
    """What an author may write for a name that may hold generated ones."""

    regex: str
    loose: str
    parts: tuple[str, ...] = ()


def generated(identity: Identity, others: Mapping[str, Identity] | None = None) -> Name | None:
    """The object's name as a generated one, or None when it is fixed by its author.

    Args:
        identity: the object.
        others: the objects known, by uid, to see whether its owner's name is generated too.
    """
    form = _form(identity, others or {})
    return None if form is None else Name(identity.name, form.parts, form.regex, form.loose)


def known(identities: Iterable[Identity]) -> dict[str, Name]:
    """All generated names and hashes among these objects and their owners, by real value."""
    return Register().names(identities)


class Register:
    """Works out each object's names once: they change only if it or one of its owners does."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def names(self, identities: Iterable[Identity]) -> dict[str, Name]:
        """All generated names and hashes among the objects of a moment, as :func:`known`."""
        others = {identity.uid: identity for identity in identities}
        entries = [self._entry(identity, others) for identity in others.values()]
        names = {name.real: name for entry in entries for name in entry.implied}
        names.update((entry.own.real, entry.own) for entry in entries if entry.own is not None)
        return names

    def _entry(self, identity: Identity, others: Mapping[str, Identity]) -> _Entry:
        lineage = _lineage(identity, others)
        entry = self._entries.get(identity.uid)
        if entry is None or entry.lineage != lineage:
            implied = tuple(_implied(identity, others))
            entry = _Entry(lineage, implied, generated(identity, others))
            self._entries[identity.uid] = entry
        return entry


@dataclass(frozen=True)
class _Entry:
    """What is known of one object.

    Attributes:
        lineage: the object and its owners, which is what the names depend on.
        implied: the generated values that it tells of.
        own: its own name, if it is generated.
    """

    lineage: tuple[Identity, ...]
    implied: tuple[Name, ...]
    own: Name | None


def _lineage(identity: Identity, others: Mapping[str, Identity]) -> tuple[Identity, ...]:
    """The object, its owner, the owner's owner… as far as they are known."""
    found = [identity]
    while (above := found[-1].owner) is not None and above.uid in others:
        found.append(others[above.uid])
    return tuple(found)


def impossible(text: str, names: Iterable[Name]) -> str | None:
    """A word of ``text`` that has a generated name's form but letters that are never generated."""
    for name in names:
        if name.family not in (Family.NAME, Family.HASH):
            continue
        for match in re.finditer(f"{NAME_START}{name.loose}{NAME_END}", text):
            if not re.fullmatch(name.regex, match.group()):
                return match.group()
    return None


def _form(identity: Identity, others: Mapping[str, Identity]) -> _Form | None:
    name = identity.name
    kept = identity.generate_name[:KEPT_OF_BASE]
    if kept and name.startswith(kept) and len(name) == len(kept) + 5:
        stem = _stem(kept, identity, others)
        return _Form(f"({stem.regex}{SUFFIX})", f"{stem.loose}[a-z0-9]{{5}}", (name, *stem.parts))
    if identity.kind == "PersistentVolume" and re.fullmatch(f"pvc-{UID}", name):
        return _claimed(name)
    if identity.owner is None or not name.startswith(f"{identity.owner.name}-"):
        return None
    tail = name.removeprefix(f"{identity.owner.name}-")
    base = _owner(identity, others)
    if any(identity.labels.get(label) == tail for label in _HASH_LABELS):
        return _hashed(base, name, tail)
    if identity.owner.kind == "CronJob" and tail.isdigit():
        digits = "-[0-9]{8}"
        return _Form(f"({base.regex}{digits})", f"{base.loose}{digits}", (name, *base.parts))
    return None


def _stem(kept: str, identity: Identity, others: Mapping[str, Identity]) -> _Form:
    """What stands before a random suffix: usually the owner's name and a dash."""
    owner = identity.owner
    if owner is not None and kept.startswith(owner.name):
        form = _owner(identity, others)
        rest = re.escape(kept.removeprefix(owner.name))
        return _Form(form.regex + rest, form.loose + rest, form.parts)
    hashed = identity.labels.get(_TEMPLATE_HASH)
    if owner is not None and hashed and kept.startswith(owner.name.removesuffix(hashed)):
        # The name was too long: what is left of the hash cannot be told from any other.
        base = owner.name.removesuffix(hashed)
        rest = f"[{ALPHABET}]{{{len(kept) - len(base)}}}"
        return _Form(re.escape(base) + rest, re.escape(base) + rest)
    return _Form(re.escape(kept), re.escape(kept))


def _owner(identity: Identity, others: Mapping[str, Identity]) -> _Form:
    """The name of the object's owner; a ReplicaSet's is known from its pods' labels alone."""
    owner = identity.owner
    assert owner is not None
    if owner.uid in others:
        form = _form(others[owner.uid], others)
        if form is not None:
            return form
    hashed = identity.labels.get(_TEMPLATE_HASH)
    if owner.kind == "ReplicaSet" and hashed and owner.name.endswith(f"-{hashed}"):
        base = re.escape(owner.name.removesuffix(f"-{hashed}"))
        return _hashed(_Form(base, base), owner.name, hashed)
    return _Form(re.escape(owner.name), re.escape(owner.name))


def _hashed(base: _Form, name: str, hashed: str) -> _Form:
    return _Form(
        f"({base.regex}-({HASH}))", f"{base.loose}-[a-z0-9]{{6,10}}", (name, *base.parts, hashed)
    )


def _claimed(name: str) -> _Form:
    """The volume made for a claim, named by the claim's uid."""
    return _Form(f"(pvc-({UID}))", f"pvc-{UID}", (name, name.removeprefix("pvc-")))


def _implied(identity: Identity, others: Mapping[str, Identity]) -> Iterator[Name]:
    """The generated values that an object tells of besides its own name."""
    if identity.kind == "PersistentVolumeClaim":
        form = _claimed(f"pvc-{identity.uid}")
        yield Name(form.parts[0], form.parts, form.regex, form.loose)
    if identity.owner is None:
        return
    owner = _owner(identity, others)
    if owner.parts:
        yield Name(identity.owner.name, owner.parts, owner.regex, owner.loose)
    for label in _HASH_LABELS:
        value = identity.labels.get(label)
        if not value:
            continue
        tail = value.removeprefix(f"{identity.owner.name}-")
        if tail != value:  # a StatefulSet's pods carry the whole name of the revision
            form = _hashed(owner, value, tail)
            yield Name(value, form.parts, form.regex, form.loose, Family.HASH)
        yield Name(tail, (tail,), f"({HASH})", r"(?<=-hash=)[a-z0-9]+", Family.HASH)
