"""kubectl's command line: the flags that may stand before the verb."""

from __future__ import annotations

import re

from kubedoctest.commands.shell_syntax import Words, names

# kubectl's flags that take a value and may come before the verb (`kubectl options`).
GLOBAL_VALUED = names(
    """
    -n --namespace --context --cluster --user --kubeconfig -s --server --request-timeout -v --token
    --as --as-group --as-uid --cache-dir --certificate-authority --client-certificate --client-key
    --tls-server-name --profile --profile-output --password --username --log-flush-frequency
    --vmodule --kuberc
    """
)
GLOBAL_FLAGS = frozenset(
    {"--insecure-skip-tls-verify", "--match-server-version", "--warnings-as-errors"}
    | {"--disable-compression"}
)


def after_globals(words: Words) -> Words:
    """kubectl's words from the verb on."""
    rest = list(words)
    while rest and rest[0] is not None and rest[0].startswith("-"):
        name, equals, _ = rest[0].partition("=")
        del rest[0]
        if name in GLOBAL_FLAGS or (equals and name in GLOBAL_VALUED):
            continue
        if name in GLOBAL_VALUED and rest:
            rest.pop(0)
        elif not re.match(r"-[nsv].", name):
            return ()
    return rest
