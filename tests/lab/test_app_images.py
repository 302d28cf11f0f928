import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lab import app_images, official, registry
from lab.app_images import AppImage
from lab.error import LabError

ID = "sha256:" + "a" * 64


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM busybox:1.37.0\n")
    (folder / "start").write_text("#!/bin/sh\n")
    return AppImage("fedek3/workshop-uns:v0.1.0", folder)


@pytest.fixture
def images(tmp_path, stand_ins):
    """A docker that keeps tags as files."""
    stand_ins.play(
        "docker",
        f"""
store="{tmp_path}/store"; mkdir -p "$store"
file() {{ echo "$store/$(echo "$1" | tr /: __)"; }}
case "$1 $2" in
  "image inspect") [ -e "$(file "$5")" ] && cat "$(file "$5")" ;;
  "build --tag") echo "{ID}" >"$(file "$3")" ;;
  tag*) cp "$(file "$2")" "$(file "$3")" ;;
  push*) echo pushed >"$store/pushed" ;;
esac
""",
    )
    return stand_ins


def _verbs(stand_ins):
    return [line.split()[1] for line in stand_ins.asked() if "inspect" not in line]


def test_hash_follows_names_modes_and_contents(app):
    keys = {app.key()}
    (app.folder / "start").chmod(0o755)
    keys.add(app.key())
    (app.folder / "start").write_text("#!/bin/sh\necho\n")
    keys.add(app.key())
    (app.folder / "start").rename(app.folder / "begin")
    keys.add(app.key())
    assert len(keys) == 4


def test_built_tagged_and_pushed_once(app, images, monkeypatch):
    in_registry = []
    monkeypatch.setattr(
        registry, "config_digest", lambda *_: in_registry[0] if in_registry else None
    )
    assert app_images.ensure(app)
    assert _verbs(images) == ["build", "tag", "tag", "push"]
    in_registry.append(ID)
    assert not app_images.ensure(app)
    assert _verbs(images) == ["build", "tag", "tag", "push"]


def test_missing_in_the_registry_is_only_pushed(app, images, monkeypatch):
    monkeypatch.setattr(registry, "config_digest", lambda *_: None)
    app_images.ensure(app)
    app_images.ensure(app)
    assert _verbs(images) == ["build", "tag", "tag", "push", "push"]


def test_changed_folder_is_built_again(app, images, monkeypatch):
    monkeypatch.setattr(registry, "config_digest", lambda *_: ID)
    app_images.ensure(app)
    (app.folder / "start").write_text("#!/bin/sh\necho otra\n")
    app_images.ensure(app)
    assert _verbs(images).count("build") == 2


def test_folder_without_dockerfile(app, images, monkeypatch):
    (app.folder / "Dockerfile").unlink()
    with pytest.raises(LabError, match=r"Falta .*Dockerfile"):
        app_images.ensure(app)


def test_every_app_image_has_its_folder():
    for image in app_images.ALL:
        assert (image.folder / "Dockerfile").is_file(), image.tag


class _Api(BaseHTTPRequestHandler):
    def do_GET(self):
        known = {
            "/v2/": {},
            "/v2/fedek3/workshop-uns/manifests/v0.1.0": {"config": {"digest": ID}},
        }
        body = json.dumps(known.get(self.path, {"errors": []})).encode()
        self.send_response(200 if self.path in known else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def registry_api(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), _Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(registry, "PORT", server.server_port)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_registry_says_what_it_has(registry_api):
    assert registry.answers()
    assert registry.config_digest("fedek3/workshop-uns", "v0.1.0") == ID
    assert registry.config_digest("fedek3/workshop-uns", "v9") is None


def test_registry_that_is_not_there(registry_api, monkeypatch):
    monkeypatch.setattr(registry, "PORT", 1)
    assert not registry.answers()
    assert registry.config_digest("fedek3/workshop-uns", "v0.1.0") is None


def test_nodes_ask_the_lab_first_and_docker_only_where_there_is_a_network():
    alone = registry.Registry("r", "taller", only=True).hosts_file()
    assert alone.count("http://taller-registry:5000") == 2
    assert "docker.io" not in alone
    shared = registry.Registry("registry:3", "kind", only=False).hosts_file()
    assert shared.startswith('server = "https://registry-1.docker.io"')
    assert '[host."http://taller-registry:5000"]' in shared


def test_without_a_network_the_lab_stands_for_every_registry(stand_ins):
    stand_ins.play("docker", "")
    registry.Registry("r", "taller", only=True).tell("taller-worker")
    registry.Registry("registry:3", "kind", only=False).tell("taller-worker2")
    asked = "\n".join(stand_ins.asked())
    alone, shared = asked.split("taller-worker2")
    assert "certs.d/docker.io/hosts.toml" in alone
    assert "certs.d/_default/hosts.toml" in alone
    assert "certs.d/docker.io/hosts.toml" in shared
    assert "_default" not in shared


def test_readers_registry_is_like_the_lab_s():
    script = (app_images.EXTRAS / "03-kubernetes" / "registro.sh").read_text()
    script = script.replace("$registro", registry.CONTAINER)
    ours = registry.Registry(official.REGISTRY_IMAGE, official.NETWORK, only=False)
    assert f"<<TOML\n{ours.hosts_file()}TOML\n" in script
    assert f"registro={registry.CONTAINER}\n" in script
    published = f"--network {ours.network} --publish 127.0.0.1:{registry.PORT}:5000 {ours.image}"
    assert published in script
