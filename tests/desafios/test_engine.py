"""The view of an engine: it cannot write, and finds the engine that docker's client would."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import socketserver
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest

from desafios import Unreachable, WriteRefused, engine
from desafios.engine import Engine
from desafios.errors import Missing


class Handler(BaseHTTPRequestHandler):
    """An engine that keeps what it was asked, and answers as it is told."""

    asked: ClassVar[list[str]] = []
    answers: ClassVar[dict[str, bytes]] = {}
    status = 200

    def answer(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        body = self.answers.get(self.path)
        self.send_response(404 if body is None else self.status)
        self.end_headers()
        self.wfile.write(body or b"{}")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Engine]:
    Handler.asked.clear()
    Handler.answers.clear()
    path = tmp_path / "docker.sock"
    with socketserver.UnixStreamServer(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Engine(f"unix://{path}")
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "path",
    [
        "/containers/x/attach/ws?stdin=1",
        "/containers/x/stop",
        "/containers/x",
        "/containers/create",
        "/containers/x/export",
        "/images/get?names=x",
        "/images/create?fromImage=x",
        "/build",
        "/exec/x/start",
        "/volumes/prune/now",
        "/containers/x/../y/json",
        "/_ping",
    ],
)
def test_what_is_no_read_is_refused_before_it_is_sent(there: Engine, path: str) -> None:
    with pytest.raises(WriteRefused):
        there.get(path)
    assert Handler.asked == []


def test_everything_is_asked_by_get(there: Engine) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("nota"))
    Handler.answers.update(
        {
            "/containers/uno/json": b'{"Id": "1"}',
            "/images/a%2Fb%3Av1/json": b'{"Id": "2"}',
            "/images/a%2Fb%3Av1/history": b'[{"CreatedBy": "RUN x"}, {}]',
            "/volumes/datos": b'{"Name": "datos"}',
            "/networks/red": b'{"Name": "red"}',
            "/containers/uno/archive?path=%2Fdatos%2Fnota": archive.getvalue(),
        }
    )
    assert there.container("uno") == {"Id": "1"}
    assert there.image("a/b:v1") == {"Id": "2"}
    assert there.history("a/b:v1") == ["RUN x", ""]
    assert there.volume("datos") and there.network("red")
    assert there.file("uno", "/datos/nota") == b""
    assert {one.partition(" ")[0] for one in Handler.asked} == {"GET"}
    assert len(Handler.asked) == len(Handler.answers)


def test_the_module_knows_no_other_verb() -> None:
    source = inspect.getsource(engine)
    assert source.count(".request(") == 1
    assert not any(f'"{verb}"' in source for verb in ("POST", "PUT", "DELETE", "PATCH"))


def test_what_is_not_there_is_told(there: Engine) -> None:
    for look in (there.container, there.image, there.volume, there.network, there.history):
        with pytest.raises(Missing, match="con ese nombre"):
            look("x")
    assert there.file("x", "/nota") is None


def test_an_engine_that_refuses_is_told(there: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "status", 500)
    Handler.answers["/volumes/x"] = b"{}"
    with pytest.raises(Unreachable, match="500"):
        there.volume("x")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("unix:///no/hay", "no contesta"),
        ("tcp://127.0.0.1:9", "no contesta"),
        ("ssh://otra", "no sabemos"),
    ],
)
def test_an_engine_that_cannot_be_reached_is_told(address: str, said: str) -> None:
    with pytest.raises(Unreachable, match=said) as error:
        Engine(address).volume("x")
    assert error.value.next_step


def context(folder: Path, name: str, host: str) -> None:
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(engine, "_USUAL", str(tmp_path / "usual.sock"))
    return tmp_path


def test_the_usual_socket_unless_only_the_person_s_own_is_there(home: Path) -> None:
    usual, own = home / "usual.sock", home / ".docker" / "run" / "docker.sock"
    assert engine.address() == f"unix://{usual}"
    own.parent.mkdir(parents=True)
    own.touch()
    assert engine.address() == f"unix://{own}"
    usual.touch()
    assert engine.address() == f"unix://{usual}"


def test_a_context_is_looked_up_by_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / ".docker"
    context(folder, "escritorio", "unix:///e.sock")
    context(folder, "otro", "unix:///o.sock")
    (folder / "config.json").write_text('{"currentContext": "escritorio"}')
    assert engine.address() == "unix:///e.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "otro")
    assert engine.address() == "unix:///o.sock"
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert engine.address().endswith("usual.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "ninguno")
    with pytest.raises(Unreachable, match="contexto ninguno"):
        engine.address()
    monkeypatch.setenv("DOCKER_HOST", "unix:///h.sock")
    assert engine.address() == "unix:///h.sock"
