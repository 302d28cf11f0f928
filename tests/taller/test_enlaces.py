"""`enlaces`: which links leave the site, and which of them no longer answer."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from taller import enlaces
from taller.cli import main
from taller.exits import ExitCode

OWN = ("https://nuestro.example/", "https://github.com/yo/taller/edit/")
PAGE = '<a href="https://tema.example">del tema</a><article class="x">{}</article>'


class _Server(http.server.BaseHTTPRequestHandler):
    """Answers /bien, sends /viejo on to it, and knows nothing else."""

    def do_GET(self) -> None:
        code = {"/bien": 200, "/viejo": 301}.get(self.path, 404)
        self.send_response(code)
        if code == 301:
            self.send_header("Location", "/bien")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def test_links_are_listed_once_with_their_pages(tmp_path: Path) -> None:
    pages = {
        "index.html": '<a class="b" href="https://k8s.example/?a=1&amp;b=2#c">k8s</a>',
        "03/index.html": '<a href="https://k8s.example/?a=1&amp;b=2#c">otra vez</a>'
        '<a href="https://k8s.example/?a=1&amp;b=2#c">y otra</a>'
        '<a href="../04/">adentro</a><a href="https://nuestro.example/03/">también</a>'
        '<a href="https://github.com/yo/taller/edit/main/docs/03.md">editar</a>'
        '<a href="http://mi-app.localhost:8080">su cluster</a>'
        '<a href="https://github.com/yo/taller/issues/new?donde=03">otra cosa</a>',
        "imprimir/index.html": '<a href="https://copia.example">copia</a>',
    }
    for name, inner in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PAGE.format(inner))
    assert enlaces.external(tmp_path, OWN) == {"https://k8s.example/?a=1&b=2#c": ["03/", "inicio"]}


def test_our_own_addresses_are_those_of_mkdocs_yml() -> None:
    site, edit = enlaces.own_addresses()
    assert site.startswith("https://")
    assert edit.endswith("/docs/")


def test_what_does_not_answer_is_told_with_its_reason(server: str) -> None:
    gone = "http://127.0.0.1:1/nadie"
    urls = [f"{server}/bien#parte", f"{server}/viejo", f"{server}/no-esta", gone]
    broken = enlaces.broken_of(urls)
    assert set(broken) == {f"{server}/no-esta", gone}
    assert broken[f"{server}/no-esta"].startswith("404")


def test_a_broken_link_ends_with_1_and_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    links = {"https://a.example": ["03/"], "https://b.example": ["04/"]}
    monkeypatch.setattr(enlaces, "build_into", lambda folder: ExitCode.FINE)
    monkeypatch.setattr(enlaces, "external", lambda site, own: links)
    monkeypatch.setattr(enlaces, "broken_of", lambda urls: {"https://b.example": "404 No"})
    assert main(["enlaces", "--revisar"]) == ExitCode.NOT_TRUE
    said = capsys.readouterr().out
    assert "https://b.example\n    404 No\n    04/\n" in said
    assert "a.example" not in said
    monkeypatch.setattr(enlaces, "broken_of", lambda urls: {})
    assert main(["enlaces", "--revisar"]) == ExitCode.FINE
