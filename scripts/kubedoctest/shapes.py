"""Values that differ in every run and are compared by their shape alone: a closed list.

All else is literal (comparison rule 12). ``<none>``, ``<pending>`` and ``<unknown>`` match only
themselves. Source of the ages: k8s.io/apimachinery/pkg/util/duration.HumanDuration.
"""

from __future__ import annotations

import re
from collections.abc import Callable

AGE = r"(?:[0-9]+y(?:[0-9]+d)?|[0-9]+d(?:[0-9]+h)?|[0-9]+h(?:[0-9]+m)?|[0-9]+m(?:[0-9]+s)?|[0-9]+s)"
IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"

_DIGEST = r"sha256:[0-9a-f]{64}"
_CONTAINER_ID = r"containerd://[0-9a-f]{64}"
_UID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9:]{5})"
_DATE = (
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
    r"[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}"
)
_ACCESS_VOLUME = r"kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}"
_AGO = rf"\({AGE} ago\)"

IN_TEXT: tuple[str, ...] = (_DIGEST, _CONTAINER_ID, _UID, _INSTANT, _DATE, _ACCESS_VOLUME, _AGO)
"""Shapes recognised anywhere in a line."""

IN_DESCRIPTIONS: tuple[str, ...] = (rf"(?<=\s){AGE}(?=\s)",)
"""Shapes recognised only in kubectl's own listings (describe, events), where ages stand bare."""


def _age(real: str) -> str | None:
    return AGE if re.fullmatch(AGE, real) else None


def _restarts(real: str) -> str | None:
    match = re.fullmatch(rf"([0-9]+)(?: {_AGO})?", real)
    return rf"{match[1]}(?: {_AGO})?" if match else None


def _version(real: str) -> str | None:
    match = re.fullmatch(r"(v[0-9]+\.[0-9]+)\.[0-9]+", real)
    return rf"{re.escape(match[1])}\.[0-9]+" if match else None


def _anything(real: str) -> str | None:
    return r"\S.*?" if real else None


BY_COLUMN: dict[str, Callable[[str], str | None]] = {
    "AGE": _age,
    "DURATION": _age,
    "LAST SEEN": _age,
    "RESTARTS": _restarts,
    "VERSION": _version,
    "OS-IMAGE": _anything,
    "KERNEL-VERSION": _anything,
    "CONTAINER-RUNTIME": _anything,
}
"""By column: what may be written for a real cell, as a regex; None means only the cell itself."""
