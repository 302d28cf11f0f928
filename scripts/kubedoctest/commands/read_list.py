"""The commands that are known to read, each with the options that make it change something.

A command that only runs another (``timeout 5 …``, ``kubectl exec … -- …``) reads as that one does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kubedoctest.commands.awk_sed import awk_reads, sed_reads
from kubedoctest.commands.kubectl_words import after_globals
from kubedoctest.commands.options import options
from kubedoctest.commands.shell_syntax import Words, names


def innermost(words: Words) -> Words:
    """The words of the command that runs in the end: of ``timeout 5 ls -l``, ``ls -l``."""
    while (inner := _run_by(words)) is not None:
        words = inner
    return words


def _run_by(words: Words) -> Words | None:
    """The words of the command that this one runs; None if it runs no other."""
    name, rest = (words[0], words[1:]) if words else (None, ())
    if name == "time":
        return rest
    if name == "timeout" and rest and re.fullmatch(r"[\d.]+[smhd]?", rest[0] or ""):
        return rest[1:]
    if name == "kubectl" and "--" in rest and list(after_globals(rest)[:1]) == ["exec"]:
        return rest[list(rest).index("--") + 1 :]
    return None


def shell_text(words: Words) -> str | None:
    """The commands that are given to a shell: TEXT of ``sh -c TEXT``; None if it is no such."""
    if len(words) == 3 and words[0] in ("sh", "bash") and words[1] == "-c":
        return words[2]
    return None


def command_reads(words: Words) -> bool:
    """Whether one simple command, `innermost` and given by its words, changes nothing."""
    if not words or words[0] is None:
        return False
    rule = _COMMANDS.get(words[0])
    return rule is not None and rule(words[1:])


def _always(_: Words) -> bool:
    return True


def _without(*options: str) -> Callable[[Words], bool]:
    """Reads unless one of these options is given: ``-x`` also among joined letters, ``--long``."""
    letters = "".join(o[1] for o in options if not o.startswith("--"))
    longs = tuple(o for o in options if o.startswith("--"))

    def rule(words: Words) -> bool:
        for word in words:
            if word is None or not word.startswith("-"):
                continue
            if word.startswith("--"):
                if word.partition("=")[0] in longs:
                    return False
            elif any(letter in word[1:] for letter in letters):
                return False
        return True

    return rule


def _no_words(words: Words) -> bool:
    return not words


def _at_most_one_file(words: Words) -> bool:
    return sum(word is None or not word.startswith("-") for word in words) <= 1


def _find(words: Words) -> bool:
    return all(
        word is None or not re.match(r"-(delete|exec|ok|fprint|fls)", word) for word in words
    )


def _first_in(*verbs: str) -> Callable[[Words], bool]:
    """Reads if the first words are one of these."""
    lists = [verb.split() for verb in verbs]

    def rule(words: Words) -> bool:
        return any(list(words[: len(verb)]) == verb for verb in lists)

    return rule


_CURL = options(
    "-s -S -f -L -k -v -i -I -4 -6 -g -N -G --silent --show-error --fail --fail-with-body"
    " --location --insecure --verbose --include --head --ipv4 --ipv6 --globoff --compressed"
    " --no-buffer --no-progress-meter --retry-connrefused --retry-all-errors --get --path-as-is"
    " --http1.1 --http2",
    "-H -m -w -A -u -b -e -o -X --header --max-time --connect-timeout --write-out --user-agent"
    " --user --cookie --referer --output --request --resolve --connect-to --retry --retry-delay"
    " --retry-max-time --cacert --cert --key --interface --unix-socket --url",
)
_WGET = options(
    "-q -S -4 -6 --quiet --server-response --no-verbose --spider --no-check-certificate",
    "-O -T -t -U --output-document --timeout --tries --header --user-agent",
)


def _curl(words: Words) -> bool:
    """Without a method other than GET and HEAD, data, or an output file."""
    split = _CURL.split(words)
    if split is None:
        return False
    for name, value in split[0]:
        if name in ("-o", "--output") and value not in ("/dev/null", "-"):
            return False
        if name in ("-X", "--request") and value not in ("GET", "HEAD"):
            return False
        if name in ("-w", "--write-out") and (
            value is None or "%output" in value or value[:1] == "@"
        ):
            return False
    return True


def _wget(words: Words) -> bool:
    """With its output on stdout or nowhere."""
    split = _WGET.split(words)
    if split is None:
        return False
    given = dict(split[0])
    output = given.get("-O", given.get("--output-document"))
    return output in ("-", "/dev/null") or "--spider" in given


# -- kubectl

_READING_VERBS = names(
    """
    get describe logs events top wait diff explain api-resources api-versions version options
    completion kustomize port-forward proxy
    """
)
_READING_SUBVERBS = {
    "auth": {"can-i", "whoami"},
    "rollout": {"status", "history"},
    "config": {"view", "current-context", "get-contexts", "get-clusters", "get-users"},
    "plugin": {"list"},
}
_DRY = frozenset({"--dry-run=client", "--dry-run=server"})


def _kubectl(words: Words) -> bool:
    rest = after_globals(words)
    if not rest or rest[0] is None:
        return False
    verb, rest = rest[0], rest[1:]
    if verb in _READING_VERBS:
        return not any(w is not None and w.startswith("--profile") for w in rest)
    if verb == "cluster-info":
        return "dump" not in rest
    if verb in _READING_SUBVERBS:
        return next(iter(after_globals(rest)), None) in _READING_SUBVERBS[verb]
    before = rest[: list(rest).index("--")] if "--" in rest else rest
    return verb != "exec" and any(word in _DRY for word in before)


_HELM = _first_in("list", "ls", "status", "get", "history", "template", "version", "show")
_DOCKER = _first_in(
    *("ps", "images", "logs", "inspect", "version", "info", "port", "history", "search"),
    *(f"image {verb}" for verb in ("ls", "list", "inspect", "history")),
    *(f"container {verb}" for verb in ("ls", "list", "ps", "inspect", "logs", "port")),
    *(f"{thing} {verb}" for thing in ("network", "volume") for verb in ("ls", "list", "inspect")),
    *("system df", "system info", "context ls", "context show", "manifest inspect"),
)
_KIND = _first_in("get", "version")

_COMMANDS: dict[str, Callable[[Words], bool]] = {
    **dict.fromkeys(
        names("""
        grep egrep fgrep head tail wc cut tr nl tac cat echo column jq true false : test [ sleep ls
        basename dirname seq expr base64 sha256sum md5sum whoami id pwd uname which type nproc
        uptime df du free ps rev paste fold fmt diff cmp comm printenv nslookup dig host getent ss
        stat file od
        """),
        _always,
    ),
    "awk": awk_reads,
    "gawk": awk_reads,
    "mawk": awk_reads,
    "curl": _curl,
    "date": _without("-s", "--set"),
    "docker": _DOCKER,
    "env": _no_words,
    "find": _find,
    "helm": _HELM,
    "hostname": _no_words,
    "jobs": lambda words: not words or words[0] != "-x",  # -x runs a command
    "kind": _KIND,
    "kubectl": _kubectl,
    "printf": lambda words: not words or words[0] != "-v",
    "sed": sed_reads,
    "sort": _without("-o", "--output", "--compress-program"),
    "uniq": _at_most_one_file,
    "wget": _wget,
}
