"""The live preview starts without a cluster and ends with Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from taller.cli import main
from taller.exits import ExitCode
from taller.project import ROOT, SCRIPTS

pytestmark = pytest.mark.slow  # the site is built
READY = 600.0  # seconds, fresh and busy machines included


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, limit: float) -> str:
    end = time.monotonic() + limit
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < end, f"{url} did not answer"
            time.sleep(0.1)


def test_the_preview_shows_the_site_until_ctrl_c() -> None:
    port = free_port()
    preview = subprocess.Popen(
        [sys.executable, "-m", "taller", "servir", "--puerto", str(port)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        page = get(f"http://127.0.0.1:{port}/taller-de-kubernetes/04-hola-mundo-real/", READY)
        assert "Self-healing" in page
        assert "livereload" in page
    finally:
        preview.send_signal(signal.SIGINT)
        assert preview.wait(60) == ExitCode.FINE
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "something still serves"


def test_a_taken_port_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["servir", "--puerto", str(port)]) == ExitCode.WRONG_USE
