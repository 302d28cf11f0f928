"""What tests share: the lab that `./taller probar` made for them."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

# A shell has its background jobs ignore SIGINT, and nohup has them ignore SIGHUP. Programs that
# tests start would inherit that, and some tests send them; handled signals are not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


@dataclass(frozen=True)
class LabUnderTest:
    """How to reach the cluster: its kubeconfig and context, and the folder of its kubectl."""

    kubeconfig: Path
    context: str
    path: Path


@pytest.fixture(scope="session")
def lab() -> LabUnderTest:
    """The lab; a test that needs it and does not find it fails, it is not skipped."""
    try:
        return LabUnderTest(
            kubeconfig=Path(os.environ["TALLER_LAB_KUBECONFIG"]),
            context=os.environ["TALLER_LAB_CONTEXT"],
            path=Path(os.environ["TALLER_LAB_PATH"]),
        )
    except KeyError as missing:
        pytest.fail(
            f"Este test necesita el laboratorio y falta {missing}: corran ./taller probar, "
            "o dejen afuera los tests del cluster con -m 'not cluster'.",
            pytrace=False,
        )
