"""``python -m kubedoctest.cluster.sweep FILE``: puts a cluster back as a saved snapshot says.

The guardian runs it when the harness dies in the middle of a page, and the next run when it finds
the file of one that could not even do that. Both may happen at once: it is done by who has the
cluster's turn, for what a run that has begun leaves there is not for the guardian of another.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kubedoctest.cluster.api import ApiError, Cluster, ClusterLost
from kubedoctest.cluster.snapshot import clean, difference, load, settle
from kubedoctest.cluster.turn import Turn


class SweepError(Exception):
    """The cluster could not be put back. The message is for the user, in Spanish."""


def command(state: Path) -> tuple[list[str], dict[str, str]]:
    """How to run this as a process: its words, and its environment."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    return [sys.executable, "-m", "kubedoctest.cluster.sweep", str(state.absolute())], environment


def turn_of(state: Path) -> Path:
    """The file of the turn on the cluster whose state is kept in ``state``."""
    return state.with_suffix(".turn")


def sweep(state: Path, cluster: Cluster | None = None) -> list[str]:
    """Puts the cluster back and removes the file; what had been left, one Spanish line each.

    Nothing is touched, and the file goes, when the cluster that it speaks of is not there any more.

    Args:
        state: what :func:`snapshot.save` wrote.
        cluster: a connection to that cluster; by default the one that the file tells of, which may
            lead there no longer.

    Raises:
        SweepError: the cluster does not answer, or something could not be put back; the file stays.
    """
    try:
        saved = load(state)
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        state.unlink(missing_ok=True)
        raise SweepError(f"{state} no es el estado de una corrida: {error}") from error
    if cluster is None and not saved.kubeconfig.exists():
        state.unlink()
        return []
    try:
        cluster = cluster or Cluster(saved.kubeconfig, saved.context)
        now = settle(cluster, saved.snapshot)
        if now.cluster != saved.snapshot.cluster:  # made again since: none of this is in it
            state.unlink()
            return []
        found = difference(saved.snapshot, now)
        left = clean(cluster, saved.snapshot, found) if found else found
    except (ClusterLost, ApiError) as error:
        raise SweepError(f"no se pudo limpiar el cluster: {error}") from error
    if left.added or left.nodes:
        raise SweepError("no se pudo limpiar todo: " + "; ".join(left.lines()))
    state.unlink(missing_ok=True)
    return found.lines()


def main() -> int:
    """The command line."""
    if len(sys.argv) != 2:
        print("uso: python -m kubedoctest.cluster.sweep ARCHIVO", file=sys.stderr)
        return 2
    state = Path(sys.argv[1])
    try:
        turn = Turn(turn_of(state))
    except BlockingIOError:  # a run that has begun since, which found the file and sweeps
        return 0
    try:
        for line in sweep(state):
            print(line)
    except SweepError as error:
        print(f"{error}\n    → revisen el cluster, o créenlo de nuevo", file=sys.stderr)
        return 1
    finally:
        turn.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
