"""Values that differ in every run and are compared by their shape: a closed list.

All else is literal (comparison rule 12). A shape belongs to a program and a field: to a column of
one kind's table, to a key of ``describe`` or of an object, or to the lines of a program that tells
times. A value that the page's author wrote somewhere is the author's, and literal. ``<none>``,
``<pending>`` and ``<unknown>`` match only themselves: no shape here accepts them. Sources, by name:

- ages: k8s.io/apimachinery/pkg/util/duration.HumanDuration; events' ``3s (x2 over 10s)``:
  k8s.io/kubectl/pkg/describe (translateMicroTimestampSince, DescribeEvents);
- uids, resource versions: https://kubernetes.io/docs/reference/using-api/api-concepts/
- digests: https://github.com/opencontainers/image-spec (descriptor), ``sha256:`` and 64 digits;
- ``kube-api-access-xxxxx``: the ServiceAccount admission plugin's volume; ``debugger-xxxxx``:
  k8s.io/kubectl/pkg/cmd/debug;
- image pulls: pkg/kubelet/images/image_manager.go;
- quantities: k8s.io/apimachinery/pkg/api/resource; those of ``top`` and HPA:
  k8s.io/kubectl/pkg/metricsutil, pkg/printers/internalversion;
- klog's header: k8s.io/klog/v2 (``Lmmdd hh:mm:ss.uuuuuu threadid``);
- docker's ``2 minutes ago`` and sizes: docker/go-units (HumanDuration, HumanSize);
- ``pid:[4026531836]``: namespaces(7); processes' numbers: ps(1), ``docker top``;
- build steps' ``DONE 0.3s``: moby/buildkit util/progress/progressui;
- samples, ``0.4 @[1764288000.123]``: cmd/promtool (query.go, promqlPrinter).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.engine import INVENTED_NAME

AGE = (
    r"(?:[0-9]+y(?:[0-9]{1,3}d)?|[0-9]+d(?:(?:1?[0-9]|2[0-3])h)?|[0-9]+h(?:[1-5]?[0-9]m)?"
    r"|[0-9]+m(?:[1-5]?[0-9]s)?|[0-9]+s)"
)
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
ANY_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
UID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ENGINE_ID = "[0-9a-f]{12}"
"""An id of a container or an image, as docker prints it: the beginning of the whole one."""
WHOLE_ENGINE_ID = f"({ENGINE_ID})[0-9a-f]{{52}}"
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated names. Source: k8s.io/apimachinery/pkg/util/rand."""
SUFFIX = f"[{ALPHABET}]{{5}}"


@dataclass(frozen=True, eq=False)  # each is itself: sets of them are compared all the time
class Shape:
    """A volatile value: a part of a line, or a whole cell."""

    real: str  # what it looks like
    # what a page may write in its place, given the real value (None: only the value itself); by
    # default anything of the same shape
    documented: Callable[[str], str | None] | None = None
    # what the value identifies: a page's stands for one real one, and two of them for two. The
    # value itself first, then those that ``documented`` has a group for, in order.
    parts: Callable[[str], tuple[str, ...]] = lambda _: ()
    of_author: bool = False  # whether it is literal where the page's author wrote it somewhere
    # before, after: what must surround it in a line, as lookarounds
    before: str = ""
    after: str = ""

    @property
    def in_line(self) -> str:
        """The regex that finds it in a real line."""
        return f"{self.before}(?:{self.real}){self.after}"

    def allows(self, value: str) -> str:
        """The regex of what may be documented for this real value, a group for each part."""
        found = self.real if self.documented is None else self.documented(value)
        found = re.escape(value) if found is None else found
        return f"({found})" if self.parts(value) else f"(?:{found})"

    def is_whole(self, cell: str) -> bool:
        """Whether a whole cell is such a value."""
        if re.fullmatch(self.real, cell) is None:
            return False
        return self.documented is None or self.documented(cell) is not None


@dataclass(frozen=True)
class Shapes:
    """What may differ in the output of one command."""

    text: tuple[Shape, ...] = ()  # anywhere in its lines
    # by heading, in its tables
    columns: Mapping[str, Shape] = field(default_factory=dict, hash=False)
    # by a regex for a key and those above it, joined by slashes, where its lines are an outline
    fields: Mapping[str, Shape] = field(default_factory=dict, hash=False)

    def __or__(self, other: Shapes) -> Shapes:
        return Shapes(
            tuple(dict.fromkeys((*self.text, *other.text))),
            {**other.columns, **self.columns},
            {**other.fields, **self.fields},
        )

    def at(self, path: str) -> Shape | None:
        """The shape of a key's value, if it has one."""
        return next(
            (shape for keys, shape in self.fields.items() if re.fullmatch(keys, path)), None
        )


def _itself(value: str) -> tuple[str, ...]:
    return (value,)


# -- times

_CLOCK = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_ZONE = r"(?:[+-][0-9]{4}|[A-Z]{3,4})"
_DATES = (
    # RFC 3339: the API's timestamps, many programs' logs.
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}(?:\.[0-9]+)?(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})",
    # RFC 1123: kubectl describe in the reader's zone, HTTP's Date.
    rf"{_DAY}, [0-9]{{2}} {_MONTH} [0-9]{{4}} {_CLOCK} {_ZONE}",
    # Go's Time.String (docker, helm), Python's logging; Go's log and nginx's with slashes.
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_CLOCK}(?:[.,][0-9]+)?(?: [+-][0-9]{{4}}(?: [A-Z]+)?)?",
    rf"[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {_CLOCK}(?:\.[0-9]+)?",
    # nginx's and Apache's access logs.
    rf"[0-9]{{2}}/{_MONTH}/[0-9]{{4}}:{_CLOCK} [+-][0-9]{{4}}",
    # date, in the C locale and in English.
    rf"{_DAY} {_MONTH} [ 0-9][0-9] {_CLOCK}(?: {_ZONE})? [0-9]{{4}}",
    rf"{_DAY} [ 0-9]?[0-9] {_MONTH} [0-9]{{4}} {_CLOCK} (?:[AP]M )?{_ZONE}",
)
_DATED = tuple(Shape(date, of_author=True) for date in _DATES)
_LOGGED = (
    Shape(rf"[IWEF][0-9]{{4}} {_CLOCK}\.[0-9]{{6}}\s+[0-9]+", before="(?<![A-Za-z0-9])",
          after="(?= )"),
    Shape(rf"\[?{_CLOCK}(?:[.,][0-9]+)?", of_author=True, before="^"),
)  # fmt: skip
_FILE_DATE = (
    rf"(?:{_MONTH} [ 0-9][0-9]|[ 0-9][0-9] {_MONTH}) {{1,2}}(?:[0-9]{{2}}:[0-9]{{2}}|[0-9]{{4}})"
)
_LISTED = Shape(_FILE_DATE, before="(?<= )", after="(?= )")
_TIMED = (Shape(r"^(?:real|user|sys)\s+[0-9]+m[0-9.]+s$", lambda value:
                rf"{value.split()[0]}\s+[0-9]+m[0-9.]+s"),)  # fmt: skip


def _seen(real: str) -> str | None:
    """When an event was seen, and how often: a count that it has had.

    A count only grows, so a smaller one, or none, is an earlier state of the event.
    """
    match = re.fullmatch(_SEEN, real)
    if match is None:
        return None
    return AGE if match[1] is None else rf"{AGE}(?: \(x(?:{_reached(match[1])}) over {AGE}\))?"


def _reached(count: str) -> str:
    """The counts that kubectl printed until this one: it prints none for what came once."""
    return "|".join([*map(str, range(2, int(count))), count])


_SEEN = rf"{AGE}(?: \(x([0-9]+) over {AGE}\))?"
_AGO = rf"\({AGE} ago\)"
_AGED = Shape(AGE)
_EVENT_AGED = Shape(_SEEN, _seen)

# -- quantities

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<binary>[KMGTPE])i|(?P<decimal>[numkMGTPE])|[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_UNITS = {
    "": Fraction(1),
    **{unit: Fraction(f"1e{power}") for unit, power in _DECIMAL.items()},
    **{f"{unit}i": Fraction(1 << 10 * n) for n, unit in enumerate("KMGTPE", start=1)},
}
_MOST_DIGITS = 12


def quantity(text: str) -> Fraction | None:
    """What ``50m`` or ``1Gi`` amounts to; None for what is no quantity."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    number = Fraction(match["number"])
    if match["binary"]:
        return number * _UNITS[f"{match['binary']}i"]
    power = match["exponent"] or _DECIMAL.get(match["decimal"] or "", 0)
    return number * Fraction(f"1e{power}")


def _same_amount(real: str) -> str | None:
    """All that says the same amount: ``1`` and ``1000m``."""
    amount = quantity(real)
    if amount is None:
        return None
    written = (
        f"{_decimal(amount / worth)}{unit}"
        for unit, worth in _UNITS.items()
        if (amount / worth * 1000).denominator == 1
    )
    return "|".join(re.escape(w) for w in [real, *written] if len(w) <= _MOST_DIGITS)


def _decimal(number: Fraction) -> str:
    """A number with at most three decimals."""
    whole, rest = divmod(number * 1000, 1000)
    return f"{whole}.{int(rest):03}".rstrip("0").rstrip(".")


_AMOUNT = Shape(re.sub(r"\?P<\w+>", "?:", _QUANTITY.pattern), _same_amount)


def _amounts(real: str) -> str | None:
    """Quantities among other words: ``cpu: 100m/900m``."""
    pieces = re.split(r"([A-Za-z0-9.]+)", real)
    return "".join(f"(?:{_same_amount(p) or re.escape(p)})" for p in pieces)


# -- anything's


def _patch(value: str) -> str:
    """A version of which only the patch number may differ."""
    return re.escape(value[: value.rindex(".") + 1]) + "[0-9]+"


_HEX64 = "[0-9a-f]{64}"
_ANYTHING = Shape(r"\S.*?")
_DIGITS = Shape("[0-9]+")
_VERSION = Shape(r"v[0-9]+\.[0-9]+\.[0-9]+", _patch)
_UID = Shape(UID, None, _itself, of_author=True, before="(?<![0-9a-f])", after="(?![0-9a-f])")
_DIGEST = Shape(_HEX64, None, _itself, of_author=True, before="(?<=sha256:)", after="(?![0-9a-f])")
_NAMESPACE = Shape("40265[0-9]{5}", None, _itself, before=r"(?<=[a-z]:\[)", after=r"(?=\])")

LITERAL = Shapes((_UID,))
"""Of a program that writes what it is given: ``cat``, ``echo``, ``grep``."""

CLOCK = Shapes((_UID, _DIGEST, _NAMESPACE, *_DATED))
"""Of any other program: a date that its author did not write is that of the run."""

LISTS_FILES = CLOCK | Shapes((_LISTED,))
TIMES_COMMANDS = LITERAL | Shapes(_TIMED)


def _but_the_first(value: str) -> str | None:
    """Any process but 1, from which all of its namespace come."""
    return None if value == "1" else "(?!1$)[0-9]+"


_INSIDE = Shape("[0-9]+", _but_the_first)
_OUTSIDE = replace(_INSIDE, parts=lambda value: () if value == "1" else (value,), of_author=True)
_PROCESS = {"C": _DIGITS, **dict.fromkeys(("STIME", "START", "TIME"), Shape("[A-Z0-9:-]+"))}


def processes(shape: Shape) -> Shapes:
    """Of a list of processes, whose numbers are of that shape; the first may stand by the next."""
    numbers = dict.fromkeys(("PID", "PPID"), shape)
    begins = replace(shape, before="^", after=r"(?=\s+\S)")
    return CLOCK | Shapes((begins,), {**_PROCESS, **numbers})


PROCESSES = processes(_OUTSIDE)
"""Of the machine's own: each number is one process's."""

PROCESSES_INSIDE = processes(_INSIDE)
"""Of a container: another's have the same numbers."""

# -- kubectl's

_API_PORT = Shape("[0-9]{4,5}", of_author=True, before=r"(?<=https://127\.0\.0\.1:)")
_FORWARDED = tuple(
    Shape("[0-9]{4,5}", None, _itself, of_author=True, before=rf"(?<=Forwarding from {host}:)")
    for host in (r"127\.0\.0\.1", r"\[::1\]")
)
_PULLED_IN = r"[0-9]+(?:\.[0-9]+)?(?:µs|ms|s)|[0-9]+m[0-9]+(?:\.[0-9]+)?s"

KUBECTL = CLOCK | Shapes((
    replace(_DIGEST, before="(?<![0-9a-f])"),
    Shape(SUFFIX, before="(?<=kube-api-access-)", after="(?![a-z0-9])"),
    Shape(f"debugger-{SUFFIX}", None, _itself, of_author=True, before="(?<![a-z0-9-])",
          after="(?![a-z0-9-])"),
    _LOGGED[0],
))  # fmt: skip
LOGS = KUBECTL | Shapes(_LOGGED)
CLUSTER_INFO = KUBECTL | Shapes((_API_PORT,))
PORT_FORWARD = KUBECTL | Shapes(_FORWARDED)
KUBECTL_VERSION = KUBECTL | Shapes(
    (Shape(r"(?:Client|Server|Kustomize) Version: v[0-9]+\.[0-9]+\.[0-9]+", _patch),)
)
DIFF = KUBECTL | Shapes(  # in the folder for temporary files, wherever that is
    tuple(
        Shape(rf"\S*/{side}-[0-9]+", before=r"(?<=\s)", after="(?=/)")
        for side in ("LIVE", "MERGED")
    )
)

_MESSAGES = (
    Shape(rf"(?:{_PULLED_IN}) \((?:{_PULLED_IN}) including waiting\)", before="(?<= in )"),
    Shape("[0-9]+", before="(?<=Image size: )", after="(?= bytes)"),
)

# -- kubectl get: by kind

_RESTARTS = Shape(rf"[0-9]+(?: {_AGO})?", lambda real: rf"{real.partition(' ')[0]}(?: {_AGO})?")
_MEASURED = r"(?:[0-9]+(?:%|m|k|Ki|Mi|Gi)?)(?=/)"


def _targets(real: str) -> str | None:
    """An autoscaler's targets: what is measured may differ, what is wanted not."""
    wanted = re.split(_MEASURED, real)
    return None if len(wanted) == 1 else _MEASURED.join(map(re.escape, wanted))


_OF_KIND: dict[str, Mapping[str, Shape]] = {
    "pods": {"RESTARTS": _RESTARTS},
    "jobs": {"DURATION": _AGED},
    "cronjobs": {"LAST SCHEDULE": _AGED},
    "horizontalpodautoscalers": {"TARGETS": Shape(".*", _targets)},
    "persistentvolumes": {"CAPACITY": _AMOUNT},
    "persistentvolumeclaims": {"CAPACITY": _AMOUNT},
    "resourcequotas": dict.fromkeys(("REQUEST", "LIMIT"), Shape(".+", _amounts)),
    "nodes": {
        "VERSION": _VERSION,
        "OS-IMAGE": _ANYTHING,
        "KERNEL-VERSION": _ANYTHING,
        "CONTAINER-RUNTIME": _ANYTHING,
    },
}


LISTING = KUBECTL | Shapes((), {"AGE": _AGED})
"""Of a table of a kind of which only the age is known."""


def listing(resource: Resource) -> Shapes:
    """Of the table of a kind; of those that are not Kubernetes' own only the age is known."""
    own = "." not in resource.group or resource.group.endswith(".k8s.io")
    return LISTING | Shapes((), _OF_KIND.get(resource.plural, {}) if own else {})


# -- describe, and objects as YAML or JSON

_CAPACITY = Shape("[0-9]+(?:Ki)?")
_MEASUREMENT = Shape("[0-9]+(?:%|[mkM]|[KMG]i)?")
_CURRENT = Shape(
    r"[0-9].* / .*", lambda real: r"[0-9][^/]*? / " + re.escape(real.rpartition(" / ")[2])
)
_RESOURCE = r"(?:requests\.|limits\.)?(?:cpu|memory|(?:ephemeral-)?storage|hugepages-\w+)"
_PERCENT_OF_NODE = Shape(r".*\([0-9]+%\)", lambda real:
                         re.escape(real[: real.rindex("(")]) + r"\([0-9]+%\)")  # fmt: skip

DESCRIPTION = KUBECTL | Shapes(
    _MESSAGES,
    {
        "Age": _EVENT_AGED,
        **dict.fromkeys(
            ("CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits"), _PERCENT_OF_NODE
        ),
        **dict.fromkeys(("Requests", "Limits"), _PERCENT_OF_NODE),
        **dict.fromkeys(("Used", "Hard", "Min", "Max"), _AMOUNT),
        **dict.fromkeys(("Default Request", "Default Limit"), _AMOUNT),
    },
    {
        "Duration": _AGED,
        f"(?:Capacity|Allocatable)/{_RESOURCE}": _CAPACITY,
        "System Info/(?:Machine ID|System UUID|Boot ID|Kernel Version|OS Image"
        "|Container Runtime Version)": _ANYTHING,
        "System Info/(?:Kubelet|Kube-Proxy) Version": _VERSION,
        "PodCIDRs?": Shape(rf"{ANY_IPV4}/[0-9]+"),
        "Metrics/.*": _CURRENT,
        "Metadata/Resource Version": _DIGITS,
        f".*/(?:Limits|Requests)/{_RESOURCE}": _AMOUNT,
    },
)

MANIFEST = KUBECTL | Shapes(
    (),
    {},
    {
        "(?:items/)?metadata/resourceVersion": _DIGITS,
        f"(?:items/)?status/(?:capacity|allocatable)/{_RESOURCE}": _CAPACITY,
        "(?:items/)?status/nodeInfo/(?:machineID|systemUUID|bootID|kernelVersion|osImage"
        "|containerRuntimeVersion)": _ANYTHING,
        "(?:items/)?status/nodeInfo/kube(?:let|Proxy)Version": _VERSION,
        "(?:items/)?status/images/sizeBytes": _DIGITS,
        "(?:items/)?status/currentMetrics/.*(?:averageUtilization|[vV]alue)": _MEASUREMENT,
        f".*/(?:limits|requests|hard|used|max|min|default|defaultRequest)/{_RESOURCE}": _AMOUNT,
    },
)


def of_path(path: str) -> Shape | None:
    """The shape of a field that a column of one's own shows (``-o custom-columns``)."""
    return MANIFEST.at(re.sub(r"\[[^\]]*\]", "", path).strip("{}. ").replace(".", "/"))


# -- kubectl top

_PERCENT = Shape(r"[0-9]+(?:\.[0-9]+)?%")
_MEMORY = Shape("[0-9]+(?:Ki|Mi|Gi)", lambda real: f"[0-9]+{real[-2:]}")
_MILLICORES = Shape("[0-9]+m")


def _cell(shape: Shape) -> Shape:
    """The shape as a whole cell of a line: two spaces or an end of it on either side."""
    return replace(shape, before=r"(?:(?<=\s\s)|(?<=\t)|^)", after=r"(?=\s\s|\t|$)")


USAGE = KUBECTL | Shapes(
    tuple(map(_cell, (_MILLICORES, _PERCENT, _MEMORY))),
    {
        "CPU(cores)": _MILLICORES,
        "CPU(%)": _PERCENT,
        "MEMORY(bytes)": _MEMORY,
        "MEMORY(%)": _PERCENT,
    },
)
EVENTS = KUBECTL | Shapes(
    (*_MESSAGES, _cell(_EVENT_AGED)), {"LAST SEEN": _EVENT_AGED, "FIRST SEEN": _AGED}
)

# -- promtool's

_AT = Shape(r"[0-9]+(?:\.[0-9]+)?", before=r"(?<= @\[)", after=r"(?=\])")
_NUMBER_OF_GO = r"[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?"
_SPEED = Shape(rf"(?:(?<==> )|^){_NUMBER_OF_GO}(?= @\[)",
               lambda real: None if real == "0" else rf"(?!0 ){_NUMBER_OF_GO}")  # fmt: skip
_OF_SPEED = re.compile(r"\b(?:i?rate|i?delta|increase|deriv)\(")


def promtool(words: Sequence[str | None]) -> Shapes:
    """Of the samples of a query: their times, and how much what it counts goes up or down."""
    measures = any(_OF_SPEED.search(word or "") for word in words)
    return CLOCK | Shapes((_AT, _SPEED) if measures else (_AT,))


# -- docker's and kind's

_AGO_IN_WORDS = (
    r"(?:Less than a second|About an? (?:minute|hour)|[0-9]+ (?:second|minute|hour|day|week|month"
    r"|year)s?)"
)
_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_SIZE = rf"{_NUMBER} ?(?:B|[kKMGT]i?B)"


def _words_of_time(real: str) -> str:
    return re.sub(_AGO_IN_WORDS, lambda _: _AGO_IN_WORDS, real)


def _size(real: str) -> str:
    """A size: the number may differ, the unit not."""
    return re.sub(rf"^{_NUMBER}", lambda _: _NUMBER, real)


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


def _and_its_start(value: str) -> tuple[str, ...]:
    """A whole id, and the part that docker prints of it: both are one object's."""
    return value, value[:12]


_APART = {"before": "(?<![0-9A-Za-z])", "after": "(?![0-9A-Za-z])"}
_SHORT_ID = Shape(ENGINE_ID, None, _itself, of_author=True, **_APART)
_WHOLE_ID = Shape(_HEX64, lambda _: WHOLE_ENGINE_ID, _and_its_start, of_author=True, **_APART)
_BEGINNING = Shape(r"^[0-9a-f]{4,11}$", lambda real: f"[0-9a-f]{{{len(real)}}}", _itself)
_NAME = Shape(
    INVENTED_NAME.pattern, None, _itself, of_author=True, before=r"(?<![\w-])", after=r"(?![\w-])"
)
_SIZED = Shape(_SIZE, _size)
_SIZES = Shape(rf"{_SIZE} / {_SIZE}")

ENGINE = Shapes((_WHOLE_ID, _UID, _NAMESPACE, *_DATED, _SHORT_ID, _NAME, *_LOGGED,
    Shape(rf"(?:Up )?{_AGO_IN_WORDS}(?: ago)?(?=\s\s|$| \((?:(?:un)?healthy|health: |Paused))",
          _words_of_time),
    Shape(f"{_NUMBER}s", before="(?<= )", after="(?= done$|$)"),
    Shape(f"{_NUMBER}s", before="(?<=DONE )", after="$"),
    Shape(_SIZE, before="(?<=Docker daemon  )"),
    Shape(_SIZE, before="(?<=transferring context: )"),
    Shape(_SIZE, before="(?<=transferring dockerfile: )"),
    Shape("[0-9]+", before="(?<= size: )", after="$"),
    Shape(r"Docker version [0-9.]+, build [0-9a-z+.-]+"),
    Shape(r"kind v0\.[0-9.]+ go[0-9.]+ [a-z0-9]+/[a-z0-9]+"),
))  # fmt: skip
"""Recognised in what docker and kind write."""

_OF_ENGINE_VERB: dict[str, Mapping[str, Shape]] = {
    "ps": {"PORTS": Shape(".+", _published), "SIZE": _SIZED},
    **dict.fromkeys(
        ("images", "history"), dict.fromkeys(("SIZE", "DISK USAGE", "CONTENT SIZE"), _SIZED)
    ),
    "stats": {
        **dict.fromkeys(("CPU %", "MEM %"), _PERCENT),
        **dict.fromkeys(("MEM USAGE / LIMIT", "NET I/O", "BLOCK I/O"), _SIZES),
        "PIDS": _DIGITS,
    },
    "df": dict.fromkeys(("SIZE", "RECLAIMABLE"), Shape(rf"{_SIZE}(?: \([0-9]+%\))?")),
}


_ECHOING = frozenset({"start", "stop", "restart", "kill", "rm", "pause", "unpause"})
_HOST_PROCESS = replace(_OUTSIDE, before="^", after="$")
_INSPECTED = Shapes((), {}, {"(?:.*/)?State/Pid": _DIGITS})


def engine(words: Sequence[str], process: bool = False) -> Shapes:
    """Of what docker writes.

    Args:
        process: whether it writes the number of a container's process, and nothing else.
    """
    known = (*_OF_ENGINE_VERB, *_ECHOING, "ls", "list", "top", "inspect")
    verb = next((word for word in words if word in known), "")
    if verb in ("ls", "list"):
        verb = "images" if "image" in words else "ps"
    if verb == "top":
        return ENGINE | PROCESSES
    if verb == "inspect":
        return ENGINE | (Shapes((_HOST_PROCESS,)) if process else _INSPECTED)
    beginning = (_BEGINNING,) if verb in _ECHOING else ()
    return ENGINE | Shapes(beginning, _OF_ENGINE_VERB.get(verb, {}))
