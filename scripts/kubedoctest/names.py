"""Names that Kubernetes generates: which ones they are, and what an author may write for them.

Real metadata decides what is generated, not how a name looks (comparison rule 5): an object with
``generateName``, or one whose controller names it with a hash.
Source of the alphabet and lengths: k8s.io/apimachinery/pkg/util/rand,
k8s.io/apiserver/pkg/storage/names (58 characters of the base are kept, five are added).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kubedoctest.timeline import Identity

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
SUFFIX = f"[{ALPHABET}]{{5}}"
HASH = f"[{ALPHABET}]{{6,10}}"
KEPT_OF_BASE = 58
NAME_START = r"(?<![A-Za-z0-9.-])"
NAME_END = r"(?![A-Za-z0-9-]|\.[A-Za-z0-9])"

_HASH_LABELS = ("pod-template-hash", "controller-revision-hash", "controller.kubernetes.io/hash")


@dataclass(frozen=True)
class Name:
    """A generated name.

    Attributes:
        real: the name in the cluster.
        parts: the name itself, then the generated name inside it, if any (the ReplicaSet's in its
            pod's).
        regex: what an author may write for it, one group for each part, in order.
        loose: like ``regex`` with any letters, to recognise names Kubernetes would never generate.
    """

    real: str
    parts: tuple[str, ...]
    regex: str
    loose: str


def generated(identity: Identity) -> Name | None:
    """The object's name as a generated one, or None when it is fixed by its author."""
    name = identity.name
    kept = identity.generate_name[:KEPT_OF_BASE]
    if kept and name.startswith(kept) and len(name) == len(kept) + 5:
        return _suffixed(identity, kept)
    if identity.owner is None:
        return None
    base = f"{identity.owner.name}-"
    tail = name.removeprefix(base)
    if tail == name:
        return None
    if any(identity.labels.get(label) == tail for label in _HASH_LABELS):
        return Name(name, (name,), f"({re.escape(base)}{HASH})", f"{re.escape(base)}[a-z0-9]+")
    if identity.owner.kind == "CronJob" and tail.isdigit():
        digits = f"{re.escape(base)}[0-9]{{8}}"
        return Name(name, (name,), f"({digits})", digits)
    return None


def owner_name(identity: Identity) -> Name | None:
    """The generated name of the object's ReplicaSet, known from its pods even if not watched."""
    hashed = identity.labels.get("pod-template-hash")
    if identity.owner is None or not hashed or not identity.owner.name.endswith(f"-{hashed}"):
        return None
    base = re.escape(identity.owner.name.removesuffix(hashed))
    return Name(identity.owner.name, (identity.owner.name,), f"({base}{HASH})", f"{base}[a-z0-9]+")


def known(identities: Iterable[Identity]) -> dict[str, Name]:
    """All generated names among these objects and their owners, by real name."""
    names: dict[str, Name] = {}
    for identity in identities:
        for name in (owner_name(identity), generated(identity)):
            if name is not None:
                names[name.real] = name
    return names


def impossible(text: str, names: Iterable[Name]) -> str | None:
    """A word of ``text`` that has a generated name's form but letters that are never generated."""
    for name in names:
        for match in re.finditer(f"{NAME_START}{name.loose}{NAME_END}", text):
            if not re.fullmatch(name.regex, match.group()):
                return match.group()
    return None


def _suffixed(identity: Identity, kept: str) -> Name:
    name = identity.name
    owner = owner_name(identity)
    if owner is not None and kept == f"{owner.real}-":
        return Name(
            name, (name, owner.real), f"({owner.regex}-{SUFFIX})", f"{owner.loose}-[a-z0-9]{{5}}"
        )
    stem = re.escape(kept)
    return Name(name, (name,), f"({stem}{SUFFIX})", f"{stem}[a-z0-9]{{5}}")
