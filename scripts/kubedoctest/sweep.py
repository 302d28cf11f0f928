"""Puts a cluster back as a run had found it, when the run did not live to do so.

``python -m kubedoctest.sweep STATE_FILE`` is what the guardian runs after a ``kill -9``; the next
run does the same with a state file that it finds (a power cut).
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from kubedoctest import snapshot
from kubedoctest.cluster import ApiError, Cluster, ClusterLost


def state_file(cluster: Cluster) -> Path:
    """Where the snapshot of a run on this cluster is kept."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    # Not the address alone: it is used again by the next cluster on this machine.
    identity = cluster.get("/api/v1/namespaces/kube-system")["metadata"]["uid"]
    name = hashlib.sha256(str(identity).encode()).hexdigest()[:16]
    return Path(base) / "kubedoctest" / f"{name}.json"


def sweep(path: Path) -> snapshot.Difference:
    """Clean what a dead run left, and forget it; returns what that was.

    Raises:
        ClusterLost: the cluster does not answer; the file is kept for the next time.
    """
    kubeconfig, context, before = snapshot.load(path)
    cluster = Cluster(kubeconfig, context)
    left = snapshot.difference(before, snapshot.settled(cluster))
    if left:
        snapshot.clean(cluster, before, left)
    path.unlink(missing_ok=True)
    return left


def main(arguments: list[str]) -> int:
    """The command line."""
    try:
        sweep(Path(arguments[0]))
    except (ClusterLost, ApiError, OSError, ValueError, IndexError) as error:
        print(f"kubedoctest.sweep: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
