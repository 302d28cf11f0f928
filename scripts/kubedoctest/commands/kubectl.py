"""kubectl's command line: its verb, its options, and the objects that it asks for.

Sources: k8s.io/kubectl/pkg/cmd (the flags of each verb), k8s.io/cli-runtime/pkg/resource
(builder.go: ``KIND NAME…``, ``KIND,KIND`` and ``KIND/NAME…``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kubedoctest.commands.shell_syntax import Options, Words, names

_GLOBAL_VALUED = names(
    """
    -n --namespace --context --cluster --user --kubeconfig -s --server --request-timeout -v --token
    --as --as-group --as-uid --cache-dir --certificate-authority --client-certificate --client-key
    --tls-server-name --profile --profile-output --password --username --log-flush-frequency
    --vmodule --kuberc
    """
)
_GLOBAL_FLAGS = names(
    "--insecure-skip-tls-verify --match-server-version --warnings-as-errors --disable-compression"
)
# Options of single verbs that take a value; `-f` and `-p` do so for some verbs only.
_VALUED = _GLOBAL_VALUED | names(
    """
    -o --output -l --selector -L --label-columns --sort-by --chunk-size --field-selector --filename
    -k --kustomize -c --container --replicas --current-replicas --timeout --for --patch --type
    --types --image --port --target-port --name --since --since-time --tail --max-log-requests
    --template --grace-period --revision --to-revision --env --labels --overrides --limits
    --requests --min --max --cpu-percent --schedule --from --from-literal --from-file
    --from-env-file --subresource --field-manager --patch-file --raw --pod-selector --restart
    --pod-running-timeout --address --resource-version --target --copy-to
    """
)
_OF_FILES = names("-f --filename -k --kustomize")
# Options by which `get` asks another cluster, or chooses by something else than kinds and names.
_ELSEWHERE = _OF_FILES | names(
    "--context --cluster --user --kubeconfig --server -s -R --recursive --raw --subresource"
)
_OF_KINDS = names(  # the verbs that are given kinds of objects
    "get describe delete edit label annotate patch scale autoscale expose wait taint top explain"
    " rollout set"
)
_OF_KINDS_AFTER_A_WORD = names("rollout set")
_EVENTS = re.compile(r"(?:events?|ev)(?:\..*)?")
_NODES = names("node nodes no")


def after_globals(words: Words) -> Words:
    """kubectl's words from the verb on; none if an option before it is not known."""
    rest = list(words)
    while rest and rest[0] is not None and rest[0].startswith("-"):
        name, equals, _ = rest.pop(0).partition("=")  # type: ignore[union-attr]
        if name in _GLOBAL_FLAGS or (equals and name in _GLOBAL_VALUED):
            continue
        if name in _GLOBAL_VALUED and rest:
            rest.pop(0)
        elif not re.match(r"-[nsv].", name):
            return ()
    return rest


@dataclass(frozen=True)
class Invocation:
    """One use of kubectl."""

    verb: str  # ``get``, ``apply``…; "" if it has none or is known only when it runs
    words: tuple[str | None, ...]  # its own words after the verb
    # those given anywhere, with their values; None for none, or one not known yet
    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str | None, ...]  # the words after the verb that are no options
    inside: tuple[str | None, ...] | None  # the command after ``--``, or None

    def value(self, *names: str) -> str | None:
        """The value of an option, by any of its names; the last one if it is repeated."""
        return next((v for name, v in reversed(self.options) if name in names), None)

    def has(self, *names: str) -> bool:
        """Whether a flag is given, and not as ``--flag=false``."""
        return any(value != "false" for name, value in self.options if name in names)

    @property
    def files(self) -> tuple[str, ...]:
        """The files and folders whose manifests it reads (``-f``, ``-k``, ``kustomize``)."""
        given = [value for name, value in self.options if name in _OF_FILES and value]
        if self.verb == "kustomize":
            given += [word for word in self.operands[:1] if word]
        return tuple(file for value in given for file in value.split(",") if file != "-")


@lru_cache(maxsize=1024)
def _invocation(words: tuple[str | None, ...]) -> Invocation:
    at = words.index("--") if "--" in words else len(words)
    own, inside = words[:at], words[at + 1 :] if at < len(words) else None
    rest = after_globals(own)
    verb = (rest[0] or "") if rest else ""
    before = own[: len(own) - len(rest)]
    letters = {"logs": (), "patch": ("-f", "-p")}.get(verb, ("-f",))
    given, operands = Options(valued=_VALUED.union(letters)).split((*before, *rest[1:]))
    return Invocation(verb, tuple(rest[1:]), tuple(given), tuple(operands), inside)


def invocation(words: Words) -> Invocation:
    """What kubectl is given by these words, its name not among them."""
    return _invocation(tuple(words))


@dataclass(frozen=True)
class Query:
    """The objects that a use of kubectl is about, and how it shows them."""

    # the kinds as written, each once (``po``, ``deployments.apps``); none if they are not known, or
    # the objects are those of files
    kinds: tuple[str, ...]
    names: tuple[str, ...] = ()  # the names as written, as far as they are known
    namespace: str | None = None  # the one given, or None
    all_namespaces: bool = False  # whether ``-A`` is given
    output: str | None = None  # None, "wide", or another format with its argument
    # kinds and names as written together (``pod/mi-pod``); otherwise empty
    pairs: tuple[tuple[str, str], ...] = ()
    # selector, field_selector: those given, or None
    selector: str | None = None
    field_selector: str | None = None
    watch: bool = False  # whether it goes on (``-w``)
    # no_headers, show_labels, show_kind: whether those are given
    no_headers: bool = False
    show_labels: bool = False
    show_kind: bool = False
    label_columns: tuple[str, ...] = ()  # the labels of ``-L``
    sort_by: str | None = None  # the path of ``--sort-by``, or None
    verb: str = "get"  # the verb

    def names_of(self, kind: str) -> tuple[str, ...]:
        """The names asked for of one of the kinds, as written; empty for all."""
        return tuple(n for k, n in self.pairs if k == kind) if self.pairs else self.names

    @property
    def format(self) -> str:
        """The name of its format: ``""``, ``wide``, ``yaml``, ``custom-columns``, ``jsonpath``…"""
        return (self.output or "").partition("=")[0]

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The headings and paths of ``-o custom-columns=…``."""
        if self.format != "custom-columns":
            return ()
        columns = (self.output or "").partition("=")[2].split(",")
        return tuple((head, path) for head, _, path in (one.partition(":") for one in columns))

    @property
    def of_nodes(self) -> bool:
        """Whether it is about nodes themselves."""
        return not _NODES.isdisjoint(self.kinds)

    @property
    def of_events(self) -> bool:
        """Whether it is about events, and nothing else."""
        return bool(self.kinds) and all(map(_EVENTS.fullmatch, self.kinds))


def query(kubectl: Invocation) -> Query | None:
    """The objects that a use of kubectl is about; None if its verb is about no kind of them."""
    if kubectl.verb not in _OF_KINDS:
        return None
    words = kubectl.operands[kubectl.verb in _OF_KINDS_AFTER_A_WORD :]
    operands = [word for word in words if word is not None]
    pairs = [(kind, name) for kind, _, name in (word.partition("/") for word in operands)]
    if any(name for _, name in pairs):
        kinds, named = [kind for kind, _ in pairs], [name for _, name in pairs]
    else:
        pairs = []
        kinds, named = (operands[0].split(",") if words and words[0] else []), operands[1:]
    return Query(
        kinds=tuple(dict.fromkeys(kinds)),
        names=tuple(named),
        namespace=kubectl.value("-n", "--namespace"),
        all_namespaces=kubectl.has("-A", "--all-namespaces"),
        output=kubectl.value("-o", "--output"),
        pairs=tuple(pairs),
        selector=kubectl.value("-l", "--selector"),
        field_selector=kubectl.value("--field-selector"),
        watch=kubectl.has("-w", "--watch", "--watch-only"),
        no_headers=kubectl.has("--no-headers"),
        show_labels=kubectl.has("--show-labels"),
        show_kind=kubectl.has("--show-kind"),
        label_columns=tuple(
            key
            for name, keys in kubectl.options
            if name in ("-L", "--label-columns")
            for key in (keys or "").split(",")
            if key
        ),
        sort_by=kubectl.value("--sort-by"),
        verb=kubectl.verb,
    )


def listing(words: Words) -> Query | None:
    """The query of a ``kubectl get`` whose every word is known before it runs; None otherwise.

    None too if it asks another cluster, or chooses its objects by something else than kinds and
    names (``-f``, ``--raw``, …).
    """
    if None in words:
        return None
    kubectl = invocation(words)
    if kubectl.verb != "get" or kubectl.inside is not None:
        return None
    found = query(kubectl) if _ELSEWHERE.isdisjoint(dict(kubectl.options)) else None
    if found is None or not found.kinds:
        return None
    apart = all(re.fullmatch(r"[^/,]+", part) for pair in found.pairs for part in pair)
    return found if apart else None
