"""What programs do, by the words that they are given: one entry a program, and ``kubectl`` in full.

A program that is not listed may do anything: nothing is known to only read, or to end, but what is
listed here. A page that is verified may hold it all the same; those that it may not hold are listed
with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kubedoctest.commands.kubectl import Invocation, Query, after_globals, invocation, query
from kubedoctest.commands.shell_syntax import Options, Words, names


class GoesOn(Enum):
    """What a command that does not end by itself goes on printing."""

    WATCH = "watch"  # rows of a table, one for each change (kubectl get -w)
    LINES = "lines"  # lines that come in a fixed order (logs -f, tail -f, port-forward, a server)
    LOOP = "loop"  # the same command's lines over and over


@dataclass(frozen=True)
class Refusal:
    """Why a command is refused, and what to write instead; both are Spanish sentences."""

    message: str
    next_step: str


def _never(_: Words) -> bool:
    return False


def _always(_: Words) -> bool:
    return True


def _ends(_: object) -> None:
    return None


@dataclass(frozen=True)
class Program:
    """What a program does, given the words after its name."""

    # whether it changes nothing, neither in a cluster, nor in files, nor in bash; raises
    # `UnknownOption` where that is not known
    reads: Callable[[Words], bool] = _never
    # what it goes on printing, or None if it ends by itself
    goes_on: Callable[[Words], GoesOn | None] = _ends
    # whether its answer may be another a moment later: it asks a cluster, a server, or a shell
    # whose job is on its way out
    answers_vary: bool = False
    # why a page may not hold the command, or None
    refused: Callable[[SimpleCommand], Refusal | None] = _ends


UNKNOWN = Program()


@dataclass(frozen=True)
class SimpleCommand:
    """A program and the words that it is given, as a command runs it."""

    words: tuple[str | None, ...]  # None for those that are known only when it runs
    in_subshell: bool = False  # whether it runs in another shell than the terminal's
    in_container: bool = False  # whether it runs in a container

    @property
    def name(self) -> str:
        """The program's name; "" if it is known only when it runs."""
        return (self.words[0] or "") if self.words else ""

    @property
    def given(self) -> tuple[str | None, ...]:
        """The words after the name."""
        return self.words[1:]

    @property
    def program(self) -> Program:
        """What is known of the program."""
        return PROGRAMS.get(self.name, UNKNOWN)

    @property
    def kubectl(self) -> Invocation | None:
        """Its words as kubectl's; None if it is another program."""
        return invocation(self.given) if self.name == "kubectl" else None

    @property
    def query(self) -> Query | None:
        """The objects that kubectl is asked for; None if it is asked for none."""
        return query(self.kubectl) if self.kubectl is not None else None

    def inner(self) -> SimpleCommand | None:
        """The command that it runs, if any."""
        words, contained = run_by(self.words), self.name in ("kubectl", "docker")
        if words is None and self.kubectl is not None:
            words = self.kubectl.inside
        elif words is None and self.name in ("watch", "xargs"):
            words = _after_options(self.given, _OF_XARGS)
        if not words:
            return None
        return SimpleCommand(
            tuple(words), self.in_subshell or contained, self.in_container or contained
        )


def run_by(words: Words) -> Words | None:
    """The words of the command that this one does nothing but run; None if there is none."""
    name, rest = (words[0], words[1:]) if words else (None, ())
    if name in ("time", "nohup", "builtin", "exec"):
        return rest or None
    if name == "command":
        return rest if rest and not (rest[0] or "-").startswith("-") else None
    if name == "timeout" and len(rest) > 1 and re.fullmatch(r"[\d.]+[smhd]?", rest[0] or ""):
        return rest[1:]
    if name == "kubectl" and (kubectl := invocation(rest)).verb == "exec":
        return kubectl.inside
    if name == "docker" and list(rest[:1]) == ["exec"]:
        return _after_options(rest[1:], _OF_DOCKER_EXEC)[1:] or None
    return None


def innermost(words: Words, *but: str) -> Words:
    """The words of the command that runs in the end: of ``timeout 5 ls -l``, ``ls -l``.

    Args:
        but: programs that do more than to run another.
    """
    while words and words[0] not in but and (inner := run_by(words)) is not None:
        words = inner
    return words


def shell_text(words: Words) -> str | None:
    """The commands that are given to a shell: TEXT of ``sh -c TEXT``; None if it is no such."""
    if len(words) == 3 and words[0] in ("sh", "bash") and words[1] == "-c":
        return words[2]
    return None


_OF_XARGS = re.compile("-[nILPd]")
_OF_DOCKER_EXEC = re.compile("-[euw]|--env|--user|--workdir|--env-file|--detach-keys")


def _after_options(words: Words, valued: re.Pattern[str]) -> Words:
    """The words after options, of which some take the next word as their value."""
    at = 0
    while at < len(words) and (words[at] or "").startswith("-"):
        at += 2 if valued.fullmatch(words[at] or "") else 1
    return words[at:]


# -- rules


def _given(words: Words, option: str) -> bool:
    pattern = re.compile(option)
    return any(word is not None and pattern.fullmatch(word) for word in words)


def _no_words(words: Words) -> bool:
    return not words


def _at_most_one_file(words: Words) -> bool:
    return sum(word is None or not word.startswith("-") for word in words) <= 1


def _without_words(pattern: str) -> Callable[[Words], bool]:
    """Reads unless one of the words is like that."""
    return lambda words: not _given(words, pattern)


def _without(*options: str) -> Callable[[Words], bool]:
    """Reads unless one of these options is given: ``-x`` also among joined letters, ``--long``."""
    letters = "".join(o[1] for o in options if not o.startswith("--"))
    longs = "|".join(o for o in options if o.startswith("--"))
    return _without_words(rf"-(?!-).*[{letters}].*|(?:{longs})(?:=.*)?")


def _first_in(*verbs: str) -> Callable[[Words], bool]:
    """Reads if the first words are one of these."""
    lists = [verb.split() for verb in verbs]
    return lambda words: any(list(words[: len(verb)]) == verb for verb in lists)


def _follows(option: str) -> Callable[[Words], GoesOn | None]:
    return lambda words: GoesOn.LINES if _given(words, option) else None


def _loops(_: Words) -> GoesOn:
    return GoesOn.LOOP


# -- single programs


_CURL = Options(
    flags=names(
        """
        -s -S -f -L -k -v -i -I -4 -6 -g -N -G --silent --show-error --fail --fail-with-body
        --location --insecure --verbose --include --head --ipv4 --ipv6 --globoff --compressed
        --no-buffer --no-progress-meter --retry-connrefused --retry-all-errors --get
        --path-as-is --http1.1 --http2
        """
    ),
    valued=names(
        """
        -H -m -w -A -u -b -e -o -X --header --max-time --connect-timeout --write-out --user-agent
        --user --cookie --referer --output --request --resolve --connect-to --retry --retry-delay
        --retry-max-time --cacert --cert --key --interface --unix-socket --url
        """
    ),
)
_WGET = Options(
    flags=names("-q -S -4 -6 --quiet --server-response --no-verbose --spider")
    | {"--no-check-certificate"},
    valued=names("-O -T -t -U --output-document --timeout --tries --header --user-agent"),
)


def _curl_reads(words: Words) -> bool:
    """Without a method other than GET and HEAD, data, or an output file."""
    for name, value in _CURL.split(words)[0]:
        if name in ("-o", "--output") and value not in ("/dev/null", "-"):
            return False
        if name in ("-X", "--request") and value not in ("GET", "HEAD"):
            return False
        if name in ("-w", "--write-out") and (
            value is None or "%output" in value or value[:1] == "@"
        ):
            return False
    return True


def _wget_reads(words: Words) -> bool:
    """With its output on stdout or nowhere."""
    given = dict(_WGET.split(words)[0])
    output = given.get("-O", given.get("--output-document"))
    return output in ("-", "/dev/null") or "--spider" in given


# One sed command that writes nowhere, with its address; `s` with any delimiter.
_ADDRESS = r"(?:\d+(?:~\d+)?|\$|/(?:\\.|[^/\\\n])*/I?)"
_PART = r"(?:\\.|(?!(?P=delimiter))[^\\\n])*(?P=delimiter)"
_SUBSTITUTE = rf"s(?P<delimiter>[^\w\s\\]){_PART}{_PART}[gpiI\d]*"
_TRANSLATE = r"y/(?:\\.|[^/\\\n])*/(?:\\.|[^/\\\n])*/"
_SED_COMMAND = re.compile(
    rf"[\s;{{}}]*(?:{_ADDRESS}(?:,\s*\+?{_ADDRESS})?)?\s*!?\s*"
    rf"(?:{_SUBSTITUTE}|{_TRANSLATE}|[dDpPnNgGhHx=l]|q\d*|\{{)"
    r"\s*(?=[;\n}]|$|(?<=\{))[\s;{}]*"
)
_SED = Options(
    flags=names("-n -E -r -s -u -z --quiet --silent --regexp-extended --posix --null-data"),
    valued=names("-e --expression"),
)


def _sed_reads(words: Words) -> bool:
    """Without ``-i``, and each program made of commands that only print or substitute."""
    given, operands = _SED.split(words)
    programs = [value for name, value in given if name in ("-e", "--expression")] or operands[:1]
    return bool(programs) and all(p is not None and _sed_program_reads(p) for p in programs)


def _sed_program_reads(program: str) -> bool:
    at = 0
    while at < len(program):
        match = _SED_COMMAND.match(program, at)
        if match is None or match.end() == at:
            return program[at:].strip(" \t\n;}") == ""
        at = match.end()
    return True


_AWK = Options(flags=frozenset(), valued=names("-F -v"))


def _awk_reads(words: Words) -> bool:
    """With a program that neither redirects, nor pipes, nor runs commands."""
    program = next(iter(_AWK.split(words)[1]), None)
    if program is None:
        return False
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', program)
    if re.search(r"system|getline|(?<!\|)\|(?!\|)|@", bare):
        return False
    # `>` compares, unless it can follow what a print wrote.
    return not re.search(r"print[^;}\n]*>", bare)


def _docker_goes_on(words: Words) -> GoesOn | None:
    rest = [word or "" for word in words]
    if rest[:1] in (["container"], ["compose"]):
        del rest[0]
    if rest[:1] == ["logs"] and _given(rest, "-[a-z]*f|--follow"):
        return GoesOn.LINES
    if rest[:1] == ["events"] and not any(word.startswith("--until") for word in rest):
        return GoesOn.LINES
    return GoesOn.LOOP if rest[:1] == ["stats"] and "--no-stream" not in rest else None


def _tail_goes_on(words: Words) -> GoesOn | None:
    follows = _given(words, r"--follow(?:=(?!false).*)?|-[a-zA-Z0-9]*[fF]")
    return GoesOn.LINES if follows and not _given(words, "--pid.*") else None


def _python_goes_on(words: Words) -> GoesOn | None:
    return GoesOn.LINES if list(words[:2]) == ["-m", "http.server"] else None


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
_OF_A_JOB = re.compile(r"jobs?(?:\.batch)?/.+")  # its log ends when it does


def _kubectl_reads(words: Words) -> bool:
    kubectl = invocation(words)
    if kubectl.verb in _READING_VERBS:
        return not any(name.startswith("--profile") for name, _ in kubectl.options)
    if kubectl.verb == "cluster-info":
        return "dump" not in kubectl.words
    if kubectl.verb in _READING_SUBVERBS:
        subverb = next(iter(after_globals(kubectl.words)), None)
        return subverb in _READING_SUBVERBS[kubectl.verb]
    dry = kubectl.value("--dry-run") in ("client", "server")
    return dry and kubectl.verb not in ("", "exec")


def _kubectl_goes_on(words: Words) -> GoesOn | None:
    kubectl = invocation(words)
    if kubectl.verb in ("attach", "port-forward", "proxy"):
        return GoesOn.LINES
    if kubectl.verb in ("get", "events"):
        watches = kubectl.has("-w", "--watch", "--watch-only")
        gives_up = any(name == "--request-timeout" for name, _ in kubectl.options)
        return GoesOn.WATCH if watches and not gives_up else None
    if kubectl.verb == "logs" and kubectl.has("-f", "--follow"):
        of_a_job = any(word and _OF_A_JOB.fullmatch(word) for word in kubectl.operands)
        return None if of_a_job else GoesOn.LINES
    return None


# -- what no page can hold, and what to write instead


def _closes(command: SimpleCommand) -> Refusal | None:
    return (
        None
        if command.in_subshell
        else Refusal(
            f"`{command.name}` cierra la terminal del capítulo.",
            "Sáquenlo: cada comando corre en la terminal del capítulo, que se cierra sola.",
        )
    )


def _controls_jobs(command: SimpleCommand) -> Refusal:
    return Refusal(
        f"`{command.name}` necesita el control de trabajos de una terminal interactiva.",
        f"Sin `{command.name}`: lo que tiene que seguir corriendo va en otra terminal, "
        '```console title="Terminal 2", y `^C` lo corta.',
    )


def _awaits_a_person(
    command: SimpleCommand, instead: str = "Usen un comando que termine solo."
) -> Refusal:
    return Refusal(f"`{command.name}` espera a una persona delante de la terminal.", instead)


def _top_refused(command: SimpleCommand) -> Refusal | None:
    """``top -b`` only prints."""
    return None if _given(command.given, "-b.*") else _awaits_a_person(command)


def _watch_refused(command: SimpleCommand) -> Refusal:
    instead = "En su lugar, `kubectl get … -w` o un bucle `while true`, en otra terminal."
    return _awaits_a_person(command, instead)


def _wants_terminal(what: str) -> Refusal:
    return Refusal(
        f"`{what} -t` pide una terminal interactiva, y no hay quien escriba en ella.",
        "Escriban `kubectl exec mi-pod -- comando`, sin `-t`."
        if what == "kubectl exec"
        else f"Escriban `{what}` sin `-t`, y después un comando por vez con `exec`.",
    )


# Options of `docker run` and `docker exec` without a value; what follows the others is theirs.
_DOCKER_FLAGS = names(
    """
    -d --detach -i --interactive -t --tty --rm --init --privileged -P --publish-all --read-only
    --no-healthcheck --oom-kill-disable --sig-proxy --disable-content-trust -q --quiet
    """
)


def _docker_refused(command: SimpleCommand) -> Refusal | None:
    """``-t`` among docker's own options: those before the image or the container."""
    verb, *words = command.given or ("",)
    while verb in ("run", "exec") and words and (words[0] or "").startswith("-"):
        word = words.pop(0) or ""
        letters = [f"-{letter}" for letter in word[1:]] if word[:2] != "--" else [word]
        if ("-t" in letters and set(letters) <= _DOCKER_FLAGS) or word in ("--tty", "--tty=true"):
            return _wants_terminal(f"docker {verb}")
        if not set(letters) <= _DOCKER_FLAGS and "=" not in word:
            del words[:1]
    return None


def _kubectl_refused(command: SimpleCommand) -> Refusal | None:
    kubectl = invocation(command.given)
    if kubectl.verb == "edit":
        return Refusal(
            "`kubectl edit` abre un editor.",
            "Usen `kubectl patch`, `kubectl set` o un manifiesto.",
        )
    if kubectl.verb in ("exec", "run", "attach", "debug") and kubectl.has("-t", "--tty"):
        return _wants_terminal(f"kubectl {kubectl.verb}")
    if kubectl.verb == "run" and kubectl.has("--rm") and kubectl.has("-i", "--stdin", "--attach"):
        return Refusal(
            "`kubectl run --rm -i` a veces pierde la salida del pod.",
            "Creen el pod, espérenlo con `kubectl wait`, lean `kubectl logs` y bórrenlo.",
        )
    return None


# -- the list

_FILTERS = names(
    """
    grep egrep fgrep head wc cut tr nl tac cat echo column jq true false : test [ ls basename
    dirname seq expr base64 sha256sum md5sum whoami id pwd uname which type nproc uptime df du free
    ps rev paste fold fmt diff cmp comm printenv ss stat file od
    """
)
_DOCKER_READS = _first_in(
    *("ps", "images", "logs", "inspect", "version", "info", "port", "history", "search"),
    *(f"image {verb}" for verb in ("ls", "list", "inspect", "history")),
    *(f"container {verb}" for verb in ("ls", "list", "ps", "inspect", "logs", "port")),
    *(f"{thing} {verb}" for thing in ("network", "volume") for verb in ("ls", "list", "inspect")),
    *("system df", "system info", "context ls", "context show", "manifest inspect"),
)
_HELM_READS = _first_in("list", "ls", "status", "get", "history", "template", "version", "show")

PROGRAMS: dict[str, Program] = {
    **dict.fromkeys(_FILTERS, Program(_always)),
    **dict.fromkeys(names("awk gawk mawk"), Program(_awk_reads)),
    **dict.fromkeys(names("nslookup dig host getent"), Program(_always, answers_vary=True)),
    **dict.fromkeys(
        names("vi vim nvim nano emacs less more man htop k9s ssh"),
        Program(refused=_awaits_a_person),
    ),
    **dict.fromkeys(names("exit logout"), Program(refused=_closes)),
    **dict.fromkeys(names("fg bg disown"), Program(refused=_controls_jobs)),
    **dict.fromkeys(names("python python3"), Program(goes_on=_python_goes_on)),
    "command": Program(_first_in("-v", "-V")),
    "curl": Program(_curl_reads, answers_vary=True),
    "date": Program(_without("-s", "--set")),
    "docker": Program(_DOCKER_READS, _docker_goes_on, True, _docker_refused),
    "env": Program(_no_words),
    "find": Program(_without_words("-(?:delete|exec|ok|fprint|fls).*")),
    "helm": Program(_HELM_READS, answers_vary=True),
    "hostname": Program(_no_words),
    "jobs": Program(_without_words("-x"), answers_vary=True),  # -x runs a command
    "journalctl": Program(goes_on=_follows("-f|--follow")),
    "kind": Program(_first_in("get", "version"), answers_vary=True),
    "kubectl": Program(_kubectl_reads, _kubectl_goes_on, True, _kubectl_refused),
    "nc": Program(answers_vary=True),
    "ping": Program(goes_on=lambda words: None if _given(words, "-[cw].*") else GoesOn.LOOP),
    "printf": Program(_without_words("-v")),
    "promtool": Program(_first_in("query", "check", "test"), answers_vary=True),
    "sed": Program(_sed_reads),
    "sleep": Program(_always, _follows("infinity")),
    "sort": Program(_without("-o", "--output", "--compress-program")),
    "tail": Program(_always, _tail_goes_on),
    "uniq": Program(_at_most_one_file),
    "top": Program(lambda words: _given(words, "-b.*"), refused=_top_refused),
    "watch": Program(goes_on=_loops, refused=_watch_refused),
    "wget": Program(_wget_reads, answers_vary=True),
    "yes": Program(goes_on=_loops),
}
