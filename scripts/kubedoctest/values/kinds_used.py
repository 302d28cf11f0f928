"""The kinds whose objects a page's outputs may name, so that what is generated can be known.

Each kind that is recorded costs a request, so only those are that the page has a use for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kubedoctest.commands.kubectl_get import kubectl_get
from kubedoctest.page.transcript import Step
from kubedoctest.values.addresses import ANY_IPV4
from kubedoctest.values.authored import Authored

_WHERE_NAMED = {
    "replicasets": r"replicasets?|rs|deployments?|deploy|Deployment|ReplicaSet|replica set",
    "jobs": r"jobs?|cronjobs?|cj|Job|CronJob",
    "controllerrevisions": r"controllerrevisions?|ControllerRevision",
    "persistentvolumeclaims": r"pvcs?|pv|persistentvolume(?:claim)?s?|volumeClaimTemplates|pvc-\S+",
    "persistentvolumes": r"pv|persistentvolumes?|pvc-\S+",
    "endpointslices": r"endpointslices?|EndpointSlice",
}
_ADDRESS = re.compile(rf"(?<![0-9.]){ANY_IPV4}(?![0-9.])")
_NODE_PORT = re.compile(r":[0-9]{4,5}/(?:TCP|UDP|SCTP)|NodePort|nodePort")
_NODE = re.compile(r"\bNODE\b|nodeName|Successfully assigned|^Node:", re.MULTILINE)


def words(steps: Sequence[Step], authored: Authored) -> list[str]:
    """The kinds to record, as kubectl's users write them."""
    found = ["pods"]
    for step in steps:
        get = kubectl_get(step.command)
        found += get.kinds if get is not None else ()
    commands = "\n".join(step.command for step in steps)
    outputs = "\n".join(line.text for step in steps for line in step.output)
    text = f"{commands}\n{outputs}\n{authored.manifests}"
    for kind, named in _WHERE_NAMED.items():
        if re.search(rf"(?<![A-Za-z0-9-])(?:{named})(?![A-Za-z0-9-])", text):
            found.append(kind)
    found += _of_generate_name(text)
    addressed = _ADDRESS.search(outputs) is not None
    if addressed or _NODE_PORT.search(text):
        found.append("services")
    if addressed or _NODE.search(f"{commands}\n{outputs}"):
        found.append("nodes")
    return list(dict.fromkeys(found))


def _of_generate_name(text: str) -> Iterator[str]:
    """The kinds of manifests that leave the name's end to the cluster."""
    if "generateName" not in text:
        return
    for part in re.split(r"^---", text, flags=re.MULTILINE):
        if "generateName" in part:
            yield from re.findall(r"^\s*[\"']?kind[\"']?:\s*[\"']?([A-Z]\w+)", part, re.MULTILINE)
