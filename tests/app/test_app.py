"""What the chapters promise of the app: its page, health and metrics, its log, a quick end.

It runs on this machine under busybox, as it does in its image.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[2] / "extras/02-imagenes"
ALL, LATER, LAST = (1, 2, 3), (2, 3), (3,)  # which folder has what is asked of it
PATIENCE = 60.0  # seconds to wait for a condition on a busy machine
KUBERNETES_WAITS = 30  # seconds, for a container that does not heed the signal


@pytest.fixture(scope="session")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The busybox of this machine, or the one of Debian's package without installing it."""
    found = shutil.which("busybox")
    if found:
        return Path(found)
    folder = tmp_path_factory.mktemp("busybox")
    try:
        subprocess.run(
            ["apt-get", "download", "busybox-static"], cwd=folder, check=True, capture_output=True
        )
        (package,) = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.fail(f"Hace falta busybox para probar la app: instalen el paquete ({error}).")
    return folder / "bin/busybox"


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: str


@dataclass(frozen=True)
class App:
    process: subprocess.Popen[bytes]
    port: int
    log_file: Path

    not_ready: Path

    def ask(self, path: str, method: str = "GET") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            content_type = response.getheader("Content-Type", "")
            return Answer(response.status, content_type, response.read().decode())
        finally:
            connection.close()

    def log(self) -> list[str]:
        return self.log_file.read_text().splitlines()

    def wait_until_it_answers(self) -> None:
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        pytest.fail(f"The app does not listen on {self.port}: {self.log()}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def install(busybox: Path, root: Path, source: Path) -> Path:
    """Copy the app to ``root`` so that only busybox's applets, its shell included, run it."""
    applets = root / "bin"
    applets.mkdir()
    for name in ("sh", "nc", "cat", "wc", "sleep", "hostname"):
        (applets / name).symlink_to(busybox)
    (root / "app").mkdir()
    for script in source.iterdir():
        copy = root / "app" / script.name
        copy.write_text(script.read_text().replace("#!/bin/sh", f"#!{applets}/sh", 1))
        copy.chmod(0o755)
    return root / "app/servidor"


def folder(number: int) -> Path:
    return IMAGES / f"deploy-{number:02d}"


@pytest.fixture(params=ALL, ids=lambda number: f"v0.{number}.0")
def app(busybox: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[App]:
    port, log_file = free_port(), tmp_path / "log"
    not_ready = tmp_path / "no-listo"
    environment = {
        "PATH": str(tmp_path / "bin"),
        "VERSION": "v9.8.7",
        "PUERTO": str(port),
        "PEDIDOS": str(tmp_path / "pedidos"),
        "NO_LISTO": str(not_ready),
    }
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [install(busybox, tmp_path, folder(request.param) / "app")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    running = App(process, port, log_file, not_ready)
    try:
        running.wait_until_it_answers()
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_page_is_spanish_html_that_says_its_version(app: App) -> None:
    answer = app.ask("/")
    assert answer.status == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert '<html lang="es">' in answer.body
    assert "versión <strong>v9.8.7</strong>" in answer.body


def test_health_is_fine_even_with_a_query(app: App) -> None:
    assert (app.ask("/salud").status, app.ask("/salud?a=1").body) == (200, "bien\n")


def test_metrics_are_prometheus_text_and_count_the_requests(app: App) -> None:
    app.ask("/")
    answer = app.ask("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    lines = answer.body.splitlines()
    assert 'workshop_info{version="v9.8.7"} 1' in lines
    assert "workshop_pedidos_total 2" in lines
    names = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert names == {"workshop_info", "workshop_pedidos_total"}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nada", 404), ("POST", "/", 405), ("HEAD", "/", 200)]
)
def test_other_requests_get_the_fitting_status(
    app: App, method: str, path: str, status: int
) -> None:
    assert app.ask(path, method).status == status


def test_head_has_no_body(app: App) -> None:
    assert app.ask("/salud", "HEAD").body == ""


def test_the_log_says_the_start_and_what_people_asked_for(app: App) -> None:
    for path in ("/", "/salud", "/metrics", "/nada"):
        app.ask(path)
    assert app.log() == [
        f"workshop-uns v9.8.7 escuchando en el puerto {app.port}",
        "GET / 200",
        "GET /nada 404",
    ]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_soon_and_well(app: App, end: signal.Signals) -> None:
    app.process.send_signal(end)
    assert app.process.wait(timeout=KUBERNETES_WAITS / 2) == 0
    assert app.log() == [
        f"workshop-uns v9.8.7 escuchando en el puerto {app.port}",
        "workshop-uns v9.8.7 se despide",
    ]
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", app.port), timeout=1)


def test_a_silent_client_does_not_hold_up_the_others(app: App) -> None:
    with socket.create_connection(("127.0.0.1", app.port)):
        assert app.ask("/salud").status == 200


def test_many_clients_at_once_are_all_answered(app: App) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: app.ask("/salud").status, range(80)))
    assert statuses == [200] * 80
    assert "workshop_pedidos_total 81" in app.ask("/metrics").body


def only(numbers: tuple[int, ...]) -> pytest.MarkDecorator:
    """Run the test for these folders only."""
    return pytest.mark.parametrize(
        "app", numbers, indirect=True, ids=lambda number: f"v0.{number}.0"
    )


@only(LATER)
def test_readiness_can_be_switched_off_and_on_while_it_lives(app: App) -> None:
    name = socket.gethostname()
    assert app.ask("/listo") == Answer(200, "text/plain; charset=utf-8", f"{name} está listo\n")
    app.not_ready.touch()
    answer = app.ask("/listo")
    assert (answer.status, answer.body) == (503, f"{name} no está listo\n")
    assert app.ask("/salud").status == 200
    app.not_ready.unlink()
    assert app.ask("/listo").status == 200
    assert len(app.log()) == 1


@only(LAST)
def test_the_last_version_shows_who_answers(app: App) -> None:
    assert f"<p>Te atendió <strong>{socket.gethostname()}</strong>.</p>" in app.ask("/").body


@only(LATER)
def test_the_later_versions_say_who_answers(app: App) -> None:
    name = socket.gethostname()
    answer = app.ask("/hostname")
    assert (answer.status, answer.content_type.split(";")[0]) == (200, "text/plain")
    assert answer.body == f"{name}\n"


@only((1, 2))
def test_the_first_versions_do_not_show_it(app: App) -> None:
    assert "Te atendió" not in app.ask("/").body


@only((1,))
def test_the_first_version_does_not_say_it_at_all(app: App) -> None:
    assert app.ask("/hostname").status == 404


def test_a_reader_sees_each_version_change() -> None:
    pages = [(folder(n) / "app/responder").read_text() for n in ALL]
    colors = {page.partition("strong { color: ")[2].partition(" ")[0] for page in pages}
    assert len(colors) == len(ALL)


@pytest.mark.parametrize("number", LATER)
def test_between_versions_only_what_is_taught_changes(number: int) -> None:
    before, now = folder(number - 1), folder(number)
    assert (now / "app/servidor").read_bytes() == (before / "app/servidor").read_bytes()
    assert (now / "Dockerfile").read_text() == (before / "Dockerfile").read_text().replace(
        f"VERSION=v0.{number - 1}.0", f"VERSION=v0.{number}.0"
    )
