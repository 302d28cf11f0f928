from dataclasses import replace

from lab import app_images, official, registry, status, tools
from lab.obstacles import Obstacle

ENGINE = """
case "$*" in
  version*) echo 20.10.24 ;;
  ps*) echo taller-control-plane running; echo taller-worker exited ;;
esac
"""
NODES = """cat <<'J'
{"items": [
 {"metadata": {"name": "taller-control-plane"},
  "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
 {"metadata": {"name": "taller-worker"},
  "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}
J"""


def test_without_engine(stand_ins, own_folders):
    stand_ins.play("docker", "exit 1")
    seen = status()
    assert (seen.engine, seen.nodes, seen.registry) == ("", {}, False)
    assert not seen.is_whole
    shown = seen.render()
    assert "Docker     no responde" in shown
    assert "Modo       no hay laboratorio" in shown
    assert shown.endswith("Para crearlo o repararlo: ./taller lab crear")


def test_stopped_container_is_told_even_if_the_server_still_says_ready(
    stand_ins, own_folders, monkeypatch
):
    stand_ins.play("docker", ENGINE)
    tools.link(own_folders / "state/taller-kubernetes/bin", {"kubectl": stand_ins.play("k", NODES)})
    monkeypatch.setattr(registry, "answers", lambda: True)
    monkeypatch.setattr(registry, "config_digest", lambda *_: None)
    seen = status()
    assert seen.nodes == {"taller-control-plane": "Ready", "taller-worker": "contenedor detenido"}
    assert not seen.is_whole
    assert f"{app_images.ALL[0].tag}: falta" in seen.render()
    assert not any(seen.parts.values())
    assert "traefik:v3.6.12: se hace cuando un capítulo la usa" in seen.render()
    monkeypatch.setattr(registry, "config_digest", lambda *_: "sha256:1")
    assert "traefik:v3.6.12: en el registro" in status().render()


def test_what_keeps_a_cluster_from_standing_is_told_with_what_mends_it(stand_ins, own_folders):
    stand_ins.play("docker", "exit 1")
    found = (Obstacle("inotify", "128 instancias", "sudo sysctl x=512"),)
    shown = replace(status(), obstacles=found).render()
    assert "inotify    128 instancias:\n           sudo sysctl x=512\n" in shown
    assert "128" not in replace(status(), obstacles=()).render()


def test_nodes_without_an_api_server(stand_ins, own_folders):
    stand_ins.play("docker", ENGINE)
    tools.link(
        own_folders / "state/taller-kubernetes/bin", {"kubectl": stand_ins.play("k", "exit 1")}
    )
    assert status().nodes["taller-control-plane"] == "sin respuesta"


def test_versions_are_read(stand_ins):
    assert tools.go_version(stand_ins.play("go", "echo go1.26.8")) == (1, 26)
    assert tools.go_version(stand_ins.play("go", "exit 1")) == (0, 0)
    kubectl = stand_ins.play("kubectl", 'echo "Client Version: v1.37.1"')
    assert tools.kubectl_minor(kubectl) == 37
    kind = stand_ins.play("kind", "echo kind v0.33.0 go1.26.8 linux/amd64")
    assert official.kind_version(kind) == (0, 33)
    assert official.kind_version(stand_ins.folder / "nothing") == (0, 0)
