"""The lab's own bridge, and the rule that keeps what is on it inside."""

from __future__ import annotations

from lab.command import run, succeeds

NAME = "taller"
BRIDGE = "br-taller"
_RULE = ("DOCKER-USER", "-i", BRIDGE, "!", "-o", BRIDGE, "-j", "REJECT")


def make() -> None:
    """Creates the network unless it is there. kind uses the one that it finds."""
    if not exists():
        option = f"com.docker.network.bridge.name={BRIDGE}"
        run("docker", "network", "create", "--driver", "bridge", "--opt", option, NAME)


def exists() -> bool:
    """Whether the engine has the lab's network."""
    return succeeds("docker", "network", "inspect", NAME)


def is_closed() -> bool:
    """Whether the rule is there."""
    return succeeds("iptables", "--wait", "-C", *_RULE)


def close() -> None:
    """Rejects what would leave the lab.

    A hermetic lab never needs the outside, and a Service that is not programmed must fail at once
    instead of wandering off to an address that may be somebody's.
    """
    if not is_closed():
        run("iptables", "--wait", "-I", *_RULE)


def remove() -> None:
    """Removes the rule and the network, if they are there."""
    if succeeds("iptables", "--wait", "-C", *_RULE):
        run("iptables", "--wait", "-D", *_RULE)
    if exists():
        run("docker", "network", "rm", NAME)
