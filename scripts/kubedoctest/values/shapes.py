"""Values that differ in every run and are compared by their shape: a closed list.

All else is literal (comparison rule 12). ``<none>``, ``<pending>`` and ``<unknown>`` match only
themselves: no shape here accepts them. Sources, by name:

- ages: k8s.io/apimachinery/pkg/util/duration.HumanDuration; events' ``3s (x2 over 10s)``:
  k8s.io/kubectl/pkg/describe (translateMicroTimestampSince, DescribeEvents);
- uids, resource versions: https://kubernetes.io/docs/reference/using-api/api-concepts/
- digests: https://github.com/opencontainers/image-spec (descriptor), ``sha256:`` and 64 digits;
- ``kube-api-access-xxxxx``: the ServiceAccount admission plugin's volume;
- image pulls: pkg/kubelet/images/image_manager.go;
- quantities of ``top`` and HPA: k8s.io/kubectl/pkg/metricsutil, pkg/printers/internalversion;
- docker's ``2 minutes ago`` and sizes: docker/go-units (HumanDuration, HumanSize);
- build steps' ``DONE 0.3s``: moby/buildkit util/progress/progressui.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

AGE = r"(?:[0-9]+y(?:[0-9]+d)?|[0-9]+d(?:[0-9]+h)?|[0-9]+h(?:[0-9]+m)?|[0-9]+m(?:[0-9]+s)?|[0-9]+s)"
IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
UID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, eq=False)  # each is itself: sets of them are compared all the time
class Shape:
    """A volatile value inside a line.

    Attributes:
        real: finds it in a real line, what must surround it included as lookarounds.
        documented: what a page may write in its place, given the real value; None: anything of
            the same shape, for shapes without lookarounds.
        identifies: whether the value is one thing's own: a page's stands for one real one, and two
            of them for two.
    """

    real: str
    documented: Callable[[str], str] | None = None
    identifies: bool = False

    def allows(self, value: str) -> str:
        """The regex of what may be documented for this real value."""
        return self.real if self.documented is None else self.documented(value)


def _always(regex: str) -> Callable[[str], str]:
    return lambda _: regex


_HEX64 = "[0-9a-f]{64}"
_CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_ZONE = r"(?:[+-][0-9]{4}|[A-Z]{3,4})"
_DATES = (
    # RFC 3339: the API's timestamps, many programs' logs.
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}(?:\.[0-9]+)?(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})",
    # RFC 1123: kubectl describe in the reader's zone, HTTP's Date.
    rf"{_DAY}, [0-9]{{2}} {_MONTH} [0-9]{{4}} {_CLOCK} {_ZONE}",
    # Go's Time.String (docker, helm), Python's logging.
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}(?:[.,][0-9]+)?(?: [+-][0-9]{{4}}(?: [A-Z]+)?)?",
    # nginx's and Apache's access logs.
    rf"[0-9]{{2}}/{_MONTH}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}",
)
_AGO = rf"\({AGE} ago\)"
_SECONDS = r"[0-9]+(?:\.[0-9]+)?(?:µs|ms|s)|[0-9]+m[0-9]+(?:\.[0-9]+)?s"


def _patch(value: str) -> str:
    """A version of which only the patch number may differ."""
    return re.escape(value[: value.rindex(".") + 1]) + "[0-9]+"


TEXT: tuple[Shape, ...] = (
    Shape(rf"(?<=sha256:){_HEX64}(?![0-9a-f])", _always(_HEX64)),
    Shape(rf"(?<=://){_HEX64}(?![0-9a-f])", _always(_HEX64)),
    Shape(rf"(?<![0-9a-f]){UID}(?![0-9a-f])", _always(UID), identifies=True),
    *(Shape(date) for date in _DATES),
    Shape(r"(?<=kube-api-access-)[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])",
          _always("[bcdfghjklmnpqrstvwxz2456789]{5}")),
    Shape(_AGO),
    Shape(rf"(?<= in )(?:{_SECONDS}) \((?:{_SECONDS}) including waiting\)",
          _always(rf"(?:{_SECONDS}) \((?:{_SECONDS}) including waiting\)")),
    Shape(r"(?<=Image size: )[0-9]+(?= bytes)", _always("[0-9]+")),
    # kubectl port-forward takes a port of the host by chance, and so does kind's API server.
    *(Shape(rf"(?<=Forwarding from {host}:)[0-9]+", _always("[0-9]{4,5}"), identifies=True)
      for host in (r"127\.0\.0\.1", r"\[::1\]")),
    Shape(r"(?<= is running at https://127\.0\.0\.1:)[0-9]+", _always("[0-9]{4,5}")),
    Shape(r"(?:Client|Server|Kustomize) Version: v[0-9]+\.[0-9]+\.[0-9]+", _patch),
)  # fmt: skip
"""Recognised anywhere in a line of any command."""

MANIFEST: tuple[Shape, ...] = (
    *TEXT,
    Shape(r"(?<=resourceVersion: \")[0-9]+(?=\")", _always("[0-9]+")),
    Shape(r"(?<=\"resourceVersion\": \")[0-9]+(?=\")", _always("[0-9]+")),
)
"""Recognised in ``-o yaml`` and ``-o json``."""


def _seen(real: str) -> str | None:
    """When an event was seen, and how often: a count that it has had.

    A count only grows, so a smaller one, or none, is an earlier state of the event.
    """
    match = re.fullmatch(rf"{AGE}(?: \(x([0-9]+) over {AGE}\))?", real)
    if match is None:
        return None
    return AGE if match[1] is None else rf"{AGE}(?: \(x(?:{_reached(match[1])}) over {AGE}\))?"


def _reached(count: str) -> str:
    """The counts that kubectl printed until this one: it prints none for what came once."""
    return "|".join([*map(str, range(2, int(count))), count])


def _cell(regex: str) -> str:
    """The regex as a whole cell: with two spaces or an end of the line on either side."""
    return rf"(?:(?<=\s\s)|(?<=\t)|^)(?:{regex})(?=\s\s|\t|$)"


_SEEN = rf"{AGE}(?: \(x[0-9]+ over {AGE}\))?"

DESCRIPTION: tuple[Shape, ...] = (
    *TEXT,
    # In a table inside the description (events, a node's pods): a cell before the last ones or
    # after others. `Grace Period:  30s` is a key's value, and literal.
    Shape(rf"(?<=\s\s){_SEEN}(?=\s\s+\S)", lambda value: _seen(value) or re.escape(value)),
    Shape(rf"(?<=%\)\s\s){AGE}$", _always(AGE)),
    Shape(r"[0-9]+% \([0-9]+m?\)(?= / )", _always(r"[0-9]+% \([0-9]+m?\)")),
    Shape(rf"^Duration:\s+{AGE}$", _always(rf"Duration:\s+{AGE}")),
    Shape(r"^(?:Machine ID|System UUID|Boot ID|Kernel Version|OS Image|Container Runtime Version"
          r"|Kubelet Version|Kube-Proxy Version):\s+\S.*$",
          lambda value: re.escape(value[: value.index(":") + 1]) + r"\s+\S.*"),
    Shape(r"ephemeral-storage:\s+[0-9]+(?:Ki)?$", _always(r"ephemeral-storage:\s+[0-9]+(?:Ki)?")),
    Shape(r"memory:\s+[0-9]+Ki$", _always(r"memory:\s+[0-9]+Ki")),
)  # fmt: skip
"""Recognised in ``kubectl describe``."""

LISTING: tuple[Shape, ...] = (
    *TEXT,
    Shape(rf" {_AGO}", _always(rf"(?: {_AGO})?")),
    Shape(_cell(_SEEN), lambda value: _seen(value) or re.escape(value)),
)
"""Recognised in rows that come without their header (``--no-headers``, ``| grep``)."""

USAGE: tuple[Shape, ...] = (
    *TEXT,
    *(Shape(_cell(q), _always(q)) for q in ("[0-9]+m", "[0-9]+%", "[0-9]+Ki", "[0-9]+Mi")),
)
"""Recognised in rows of ``kubectl top`` without their header."""

_AGO_IN_WORDS = (
    r"(?:Less than a second|About an? (?:minute|hour)|[0-9]+ (?:second|minute|hour|day|week|month"
    r"|year)s?)"
)
_HEX12 = "[0-9a-f]{12}"
_AMOUNT = r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_SIZE = rf"{_AMOUNT} ?(?:B|[kKMGT]i?B)"


def _words_of_time(real: str) -> str:
    before = "Up " if real.startswith("Up ") else ""
    after = " ago" if real.endswith(" ago") else ""
    return f"{before}{_AGO_IN_WORDS}{after}"


def _size(real: str) -> str | None:
    """A size: the number may differ, the unit not."""
    match = re.fullmatch(rf"{_AMOUNT}( ?[A-Za-z]+)", real) if re.fullmatch(_SIZE, real) else None
    return f"{_AMOUNT}{match[1]}" if match else None


ENGINE: tuple[Shape, ...] = (
    *TEXT,
    Shape(rf"^{_HEX64}$", _always(_HEX64)),
    Shape(rf"(?<![0-9A-Za-z]){_HEX12}(?![0-9A-Za-z])", _always(_HEX12)),
    Shape(rf"(?:Up )?{_AGO_IN_WORDS}(?: ago)?(?=\s\s|$)", _words_of_time),
    Shape(rf"(?<= ){_AMOUNT}s(?= done$|$)", _always(f"{_AMOUNT}s")),
    Shape(rf"(?<=DONE ){_AMOUNT}s$", _always(f"{_AMOUNT}s")),
    Shape(rf"(?<=Docker daemon  ){_SIZE}", _always(_SIZE)),
    Shape(rf"(?<=transferring context: ){_SIZE}", _always(_SIZE)),
    Shape(rf"(?<=transferring dockerfile: ){_SIZE}", _always(_SIZE)),
    Shape(r"(?<= size: )[0-9]+$", _always("[0-9]+")),
    Shape(r"Docker version [0-9.]+, build [0-9a-z+.-]+",
          _always(r"Docker version [0-9.]+, build [0-9a-z+.-]+")),
    Shape(r"^kind v0\.[0-9.]+ go[0-9.]+ [a-z0-9]+/[a-z0-9]+$",
          _always(r"kind v0\.[0-9.]+ go[0-9.]+ [a-z0-9]+/[a-z0-9]+")),
)  # fmt: skip
"""Recognised in what docker and kind write."""


def age_in_seconds(age: str) -> int | None:
    """How long an age is, up to what it leaves out; None if it is none."""
    if not re.fullmatch(AGE, age):
        return None
    units = {"y": 31536000, "d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(n) * units[unit] for n, unit in re.findall("([0-9]+)([ydhms])", age))


# -- by column


def _age(real: str) -> str | None:
    return AGE if re.fullmatch(AGE, real) else None


def _restarts(real: str) -> str | None:
    match = re.fullmatch(rf"([0-9]+)(?: {_AGO})?", real)
    return rf"{match[1]}(?: {_AGO})?" if match else None


def _version(real: str) -> str | None:
    return _patch(real) if re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+", real) else None


def _anything(real: str) -> str | None:
    return r"\S.*?" if real else None


def _one_of(*regexes: str) -> Callable[[str], str | None]:
    """The first of these that the real cell is."""
    return lambda real: next((r for r in regexes if re.fullmatch(r, real)), None)


_PERCENT = "[0-9]+(?:\\.[0-9]+)?%"
_CPU = "[0-9]+m"
_MEMORY = ("[0-9]+Ki", "[0-9]+Mi", "[0-9]+Gi")


_MEASURED = r"(?:[0-9]+(?:%|m|k|Ki|Mi|Gi)?)(?=/)"


def _targets(real: str) -> str | None:
    """An autoscaler's targets: what is measured may differ, what is wanted not."""
    wanted = re.split(_MEASURED, real)
    return None if len(wanted) == 1 else _MEASURED.join(map(re.escape, wanted))


def _engine_status(real: str) -> str | None:
    """``Up 2 minutes (healthy)``, ``Exited (0) 3 seconds ago``: the time may differ."""
    if not re.match(r"(?:Up|Exited|Created|Restarting)\b", real):
        return None
    match = re.search(_AGO_IN_WORDS, real)
    if match is None:
        return None
    return f"{re.escape(real[: match.start()])}{_AGO_IN_WORDS}{re.escape(real[match.end() :])}"


def _published(real: str) -> str | None:
    """Docker's ports: IPv6 twins may be left out, and the port of kind's API server is random."""
    parts = [p for p in real.split(", ") if p and not re.match(r"(?:\[::\]|::):", p)]
    if not any("->" in part for part in parts):
        return None
    sources = []
    for part in parts:
        source = re.sub(r"(?<=:)[0-9]+(?=\\->6443/)", "[0-9]{4,5}", re.escape(part))
        target = re.escape(part.partition(":")[2])
        twin = rf"(?:, (?:\[::\]|::):{target})?" if part.startswith("0.0.0.0:") else ""
        sources.append(source + twin)
    return ", ".join(sources)


BY_COLUMN: dict[str, Callable[[str], str | None]] = {
    "AGE": _age,
    "DURATION": _age,
    "FIRST SEEN": _age,
    "LAST SEEN": _seen,
    "LAST SCHEDULE": _age,
    "RESTARTS": _restarts,
    "VERSION": _version,
    "OS-IMAGE": _anything,
    "KERNEL-VERSION": _anything,
    "CONTAINER-RUNTIME": _anything,
    # kubectl top, autoscalers
    "CPU(cores)": _one_of(_CPU),
    "CPU(%)": _one_of(_PERCENT),
    "MEMORY(bytes)": _one_of(*_MEMORY),
    "MEMORY(%)": _one_of(_PERCENT),
    "TARGETS": _targets,
    # docker
    "CONTAINER ID": _one_of(_HEX12),
    "IMAGE": _one_of(_HEX12),  # docker history; elsewhere it is a name
    "IMAGE ID": _one_of(_HEX12),
    "ID": _one_of(_HEX12),
    "CREATED": _one_of(f"{_AGO_IN_WORDS} ago"),
    "SIZE": _size,
    "DISK USAGE": _size,
    "CONTENT SIZE": _size,
    "STATUS": _engine_status,
    "PORTS": _published,
    "CPU %": _one_of(_PERCENT),
    "MEM %": _one_of(_PERCENT),
    "MEM USAGE / LIMIT": _one_of(rf"{_SIZE} / {_SIZE}"),
    "NET I/O": _one_of(rf"{_SIZE} / {_SIZE}"),
    "BLOCK I/O": _one_of(rf"{_SIZE} / {_SIZE}"),
    "PIDS": _one_of("[0-9]+"),
}
"""By column: what may be written for a real cell, as a regex; None means only the cell itself."""
