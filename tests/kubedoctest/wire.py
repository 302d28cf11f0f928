"""A proxy before a cluster's API server that keeps what each command asks, and what it is answered.

A command tells who it is by the address in its kubeconfig, whose path begins with its own word. The
proxy listens on the loopback interface, speaks TLS on both sides, and serves only who shows a
certificate of the cluster's; once a connection is upgraded (exec, port-forward) it passes on bytes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import socket
import ssl
import subprocess
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CHUNK = 65536
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_STREAMS = frozenset({"exec", "attach", "portforward", "log"})
_ONLY_ASKS = ("accessreviews", "rulesreviews", "subjectreviews")  # answers that are POSTed for


@dataclass
class Exchange:
    """A request and its answer.

    Attributes:
        path: that of the API server.
        params: those of the query, each once.
        body, answer: what was sent with it, and what was answered so far.
    """

    method: str
    path: str
    params: Mapping[str, str]
    accept: str
    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    answer: bytearray = field(default_factory=bytearray)

    @property
    def last_word(self) -> str:
        """The last part of its path: a resource, an object, or what is asked of one (``log``)."""
        return self.path.rpartition("/")[2]

    @property
    def writes(self) -> bool:
        """Whether it changes what the API server keeps, if it is let."""
        return (
            self.method in _WRITES
            and self.params.get("dryRun") != "All"
            and b'"dryRun":["All"]' not in self.body
            and not self.last_word.endswith(_ONLY_ASKS)
            and self.last_word not in _STREAMS
        )

    @property
    def goes_on(self) -> bool:
        """Whether the answer goes on until one of both hangs up."""
        if self.last_word == "log":
            return self.params.get("follow") == "true"
        return self.watches or self.last_word in _STREAMS

    @property
    def watches(self) -> bool:
        """Whether it is told of each change from now on."""
        return self.params.get("watch") in ("1", "true")

    @property
    def tables(self) -> list[Any]:
        """The tables that it was answered; of a watch, one for each event."""
        found = []
        with contextlib.suppress(ValueError):  # the last line may not be whole yet
            for line in bytes(self.answer).splitlines():
                event = json.loads(line)
                found.append(event.get("object", event))
        return [one for one in found if one.get("kind") == "Table"]


class Wire:
    """The proxy, and all that has passed through it. Close it.

    Args:
        kubeconfig, context: the cluster.
        folder: an empty one, for its certificate and the commands' kubeconfigs.
    """

    def __init__(self, kubeconfig: Path, context: str, folder: Path) -> None:
        view = ("config", "view", "--raw", "--minify", "--flatten", "-o", "json")
        told = subprocess.run(
            ["kubectl", f"--kubeconfig={kubeconfig}", f"--context={context}", *view],
            check=True,
            capture_output=True,
        ).stdout
        self._config = json.loads(told)
        self._folder = folder
        self._cluster = self._config["clusters"][0]["cluster"]
        self._exchanges: defaultdict[str, list[Exchange]] = defaultdict(list)
        self.changed = threading.Condition()
        self._upstream = urlsplit(self._cluster["server"])
        authority = base64.b64decode(self._cluster["certificate-authority-data"]).decode()
        self._asking = ssl.create_default_context(cadata=authority)
        self._asking.load_cert_chain(self._kept("client-certificate"), self._kept("client-key"))
        self._answering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority)
        self._answering.verify_mode = ssl.CERT_REQUIRED
        self._certificate = _certificate(folder)
        self._answering.load_cert_chain(self._certificate, folder / "wire.key")
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more requests."""
        self._listener.close()

    def kubeconfig(self, command: str, namespace: str) -> Path:
        """The kubeconfig by which a command's requests are known as those of this word.

        Args:
            namespace: what the command means when it names none.
        """
        path = self._folder / f"{command}.kubeconfig"
        authority = base64.b64encode(self._certificate.read_bytes()).decode()
        port = self._listener.getsockname()[1]
        cluster = {
            "server": f"https://127.0.0.1:{port}/{command}",
            "certificate-authority-data": authority,
        }
        name = self._config["clusters"][0]["name"]
        context = self._config["contexts"][0]
        context = {**context, "context": {**context["context"], "namespace": namespace}}
        config = {
            **self._config,
            "clusters": [{"name": name, "cluster": cluster}],
            "contexts": [context],
        }
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        return path

    def of(self, command: str) -> list[Exchange]:
        """What the command has asked so far, without what kubectl asks of every server."""
        with self.changed:
            asked = list(self._exchanges[command])
        discovery = ("/api", "/apis", "/version", "/openapi")
        return [
            one
            for one in asked
            if not (one.path in discovery or one.path.startswith("/openapi/") or _of_group(one))
        ]

    def _kept(self, what: str) -> Path:
        """The user's certificate or key, as a file."""
        path = self._folder / what
        path.touch(0o600)
        path.write_bytes(base64.b64decode(self._config["users"][0]["user"][f"{what}-data"]))
        return path

    # -- connections

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                caller, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError), caller:
            client = _Peer(self._answering.wrap_socket(caller, server_side=True))
            host, port = self._upstream.hostname or "", self._upstream.port or 443
            with socket.create_connection((host, port)) as upstream:
                server = _Peer(self._asking.wrap_socket(upstream, server_hostname=host))
                while self._pass_on(client, server):
                    pass

    def _pass_on(self, client: _Peer, server: _Peer) -> bool:
        """Pass on one request and its answer; whether another may follow."""
        line, headers = client.head()
        method, target, version = line.split(" ")
        _, command, rest = target.split("/", 2)
        url = urlsplit(f"/{rest}")
        exchange = Exchange(method, url.path, dict(parse_qsl(url.query)), headers.get("accept", ""))
        with self.changed:
            self._exchanges[command].append(exchange)
        headers.pop("accept-encoding", None)  # what is kept is read
        server.send_head(f"{method} /{rest} {version}", headers)
        for raw, content in client.body(headers, answer_to=None):
            exchange.body += content
            server.send(raw)
        line, headers = server.head()
        exchange.status = int(line.split(" ")[1])
        client.send_head(line, headers)
        self._notify()
        if exchange.status == 101:
            _tunnel(client, server)
            return False
        for raw, content in server.body(headers, answer_to=exchange):
            exchange.answer += content
            client.send(raw)
            self._notify()
        return headers.get("connection", "").lower() != "close"

    def _notify(self) -> None:
        with self.changed:
            self.changed.notify_all()


class _Peer:
    """One end of a connection, and what it has sent that has not been taken yet."""

    def __init__(self, end: ssl.SSLSocket) -> None:
        self.end = end
        self.waiting = b""

    def send(self, data: bytes) -> None:
        self.end.sendall(data)

    def send_head(self, line: str, headers: Mapping[str, str]) -> None:
        lines = [line, *(f"{name}: {value}" for name, value in headers.items())]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def head(self) -> tuple[str, dict[str, str]]:
        """A request's or answer's first line, and its headers by their names in small letters."""
        text = self._until(b"\r\n\r\n").decode("latin-1")
        line, *rest = text[:-4].split("\r\n")
        headers: dict[str, str] = {}
        for one in rest:
            name, _, value = one.partition(":")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return line, headers

    def body(
        self, headers: Mapping[str, str], answer_to: Exchange | None
    ) -> Iterator[tuple[bytes, bytes]]:
        """What follows the head, piece by piece: as it is sent, and what it says."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while True:
                line = self._until(b"\r\n")
                size = int(line.split(b";")[0], 16)
                content = self._exactly(size + 2)
                yield line + content, content[:-2]
                if size == 0:
                    return
        left = int(headers.get("content-length", "-1"))
        if left < 0 and answer_to is not None and answer_to.status not in (204, 304):
            left = 1 << 62  # until it hangs up
            headers = {"connection": "close"}
        while left > 0:
            data = self._some()
            content, self.waiting = data[:left], data[left:]
            left -= len(content)
            yield content, content

    def _some(self) -> bytes:
        data, self.waiting = self.waiting or self.end.recv(CHUNK), b""
        if not data:
            raise EOFError
        return data

    def _until(self, mark: bytes) -> bytes:
        data = b""
        while mark not in data:
            data += self._some()
        found, mark, self.waiting = data.partition(mark)
        return found + mark

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self._some()
        self.waiting = data[size:]
        return data[:size]


def _tunnel(one: _Peer, other: _Peer) -> None:
    """Pass on bytes both ways until one of both hangs up."""
    for peer, to in ((one, other), (other, one)):
        if peer.waiting:
            to.send(peer.waiting)
    while True:
        ready, _, _ = select.select([one.end, other.end], [], [])
        for peer, to in ((one, other), (other, one)):
            while peer.end in ready:
                data = peer.end.recv(CHUNK)
                if not data:
                    return
                to.send(data)
                if not peer.end.pending():
                    break


def _of_group(exchange: Exchange) -> bool:
    """Whether a request asks which kinds a group has: ``/apis/apps/v1``."""
    parts = exchange.path.strip("/").split("/")
    return parts[0] in ("api", "apis") and len(parts) <= (2 if parts[0] == "api" else 3)


def _certificate(folder: Path) -> Path:
    """A certificate for the loopback address, that is its own authority."""
    path = folder / "wire.crt"
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = ("-keyout", str(folder / "wire.key"), "-out", str(path))
    mask = os.umask(0o077)
    try:
        subprocess.run(
            ["openssl", "req", "-x509", *key, "-days", "1", *subject, *files],
            check=True,
            capture_output=True,
        )
    finally:
        os.umask(mask)
    return path
