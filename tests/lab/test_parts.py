import re
from pathlib import Path

import pytest
import yaml

from lab import components, image_archive, lifecycle, parts, registry
from lab.components import GoBuild
from lab.error import LabError
from lab.parts import INGRESS, METRICS, PROMETHEUS
from lab.places import Places
from lab.progress import Silence

EXTRAS = Path(__file__).parents[2] / "extras"
ID = "sha256:" + "b" * 64


@pytest.fixture
def engine(tmp_path, stand_ins):
    """A docker that keeps tags as files."""
    stand_ins.play(
        "docker",
        f"""
store="{tmp_path}/store"; mkdir -p "$store"
file() {{ echo "$store/$(echo "$1" | tr /: __)"; }}
case "$1 $2" in
  "image inspect") [ -e "$(file "$5")" ] && cat "$(file "$5")" ;;
  "load --input") echo "{ID}" >"$(file "{INGRESS.tag}")" ;;
  tag*) cp "$(file "$2")" "$(file "$3")" ;;
  images*) echo "{INGRESS.tag}"; echo taller/traefik:older ;;
esac
""",
    )
    return stand_ins


@pytest.fixture
def go(tmp_path):
    build = GoBuild(Path("go"), tmp_path / "cache")
    folder = build.folder(components.TRAEFIK)
    folder.mkdir(parents=True)
    (folder / "traefik").write_bytes(b"program")
    return build


def _verbs(stand_ins):
    return [line.split(maxsplit=1)[1] for line in stand_ins.asked() if "inspect" not in line]


def test_image_s_name_in_the_registry():
    assert (INGRESS.repository, INGRESS.version) == ("library/traefik", "v3.6.12")
    assert METRICS.repository == "metrics-server/metrics-server"


def test_its_programs_are_where_those_of_the_published_image_are(engine, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(image_archive, "write", lambda _, images, machine: written.extend(images))
    (tmp_path / "cache").mkdir()
    parts.ensure(PROMETHEUS, GoBuild(Path("go"), tmp_path / "cache"))
    (image,) = written
    assert set(image.programs) == {"bin/prometheus", "bin/promtool"}
    assert image.entrypoint == ("/bin/prometheus",)


def test_made_once_and_pushed_under_the_published_name(engine, go, monkeypatch):
    known = []
    monkeypatch.setattr(registry, "config_digest", lambda *_: known[0] if known else None)
    assert parts.ensure(INGRESS, go)
    address = "localhost:5001/library/traefik:v3.6.12"
    done = _verbs(engine)
    assert done[0].startswith("load --input")
    assert done[2:] == [
        "image rm taller/traefik:older",
        f"tag {INGRESS.tag} {address}",
        f"push {address}",
    ]
    known.append(ID)
    assert not parts.ensure(INGRESS, go)
    assert _verbs(engine) == done


def test_nothing_is_compiled_whose_image_is_there(engine, go, tmp_path):
    elsewhere = GoBuild(Path("go"), tmp_path / "empty")
    assert parts.unbuilt((INGRESS, METRICS), elsewhere) == [
        components.TRAEFIK,
        components.METRICS_SERVER,
    ]
    assert parts.unbuilt((INGRESS,), go) == []
    parts._load(INGRESS, go)
    assert parts.unbuilt((INGRESS,), elsewhere) == []


def test_only_what_is_asked_for_is_made(engine, own_folders, monkeypatch):
    places = Places.of_user()
    places.make()
    compiled = []
    monkeypatch.setattr(lifecycle.disk, "check", lambda *_: None)
    monkeypatch.setattr(
        lifecycle._Creation,
        "_build_components",
        lambda self, image, missing, debian: compiled.append({c.name for c in missing}),
    )
    go = GoBuild(Path("go"), places.cache)

    class Image:
        def __init__(self):
            self.go = go

        def exists(self):
            return True

    for component in components.ALL:
        go.folder(component).mkdir(parents=True)
    lifecycle._Creation(places, Silence())._build(Image())
    assert compiled == []
    lifecycle._Creation(places, Silence(), (INGRESS,))._build(Image())
    assert compiled == [{"traefik"}]


def test_unknown_part():
    assert parts.named([]) == ()
    assert parts.named(["metrics", "ingress", "metrics"]) == (INGRESS, METRICS)
    with pytest.raises(LabError, match="ninguna parte «cafetera»") as refused:
        parts.named(["cafetera"])
    assert "ingress, metrics, prometheus" in refused.value.next_step


def test_parts_that_a_text_names():
    assert parts.mentioned("image: docker.io/library/traefik:v3.6.12\n") == ("ingress",)
    assert parts.mentioned("image: traefik:v3.6.12\n") == ("ingress",)
    assert parts.mentioned(f"image: {METRICS.image}") == ("metrics",)
    assert parts.mentioned("image: prom/prometheus:v3.16.0") == ("prometheus",)
    assert parts.mentioned("image: traefik:v3.6.1") == ()
    assert parts.mentioned("namespace: traefik") == ()


@pytest.mark.parametrize(
    ("part", "manifest"),
    [
        (INGRESS, EXTRAS / "03-kubernetes" / "ingress-controller.yaml"),
        (METRICS, EXTRAS / "06-observabilidad" / "metrics-server.yaml"),
        (PROMETHEUS, EXTRAS / "06-observabilidad" / "prometheus.yaml"),
    ],
    ids=["ingress", "metrics", "prometheus"],
)
def test_the_lab_makes_the_image_and_the_version_of_the_readers_manifest(part, manifest):
    (image,) = re.findall(r"image: (\S+)", manifest.read_text())
    assert image == part.image
    pinned = (components.MODULES / part.component.name / "go.mod").read_text()
    module = part.component.programs[0][1].partition("/cmd/")[0]
    version = part.version
    if part is PROMETHEUS:  # v3.16.0, as a module of Go's, is v0.316.0
        version = re.sub(r"v(\d)\.(\d\d)\.", r"v0.\1\2.", version)
        assert part.version.removeprefix("v") in part.component.ldflags
    assert re.search(rf"{module} {version} ", pinned)


def test_traefik_gets_the_port_of_its_node_that_the_cluster_opens():
    objects = list(
        yaml.safe_load_all((EXTRAS / "03-kubernetes" / "ingress-controller.yaml").read_text())
    )
    (deployment,) = [o for o in objects if o["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = [port["hostPort"] for port in container["ports"] if "hostPort" in port]
    cluster = yaml.safe_load((EXTRAS / "03-kubernetes" / "cluster.yaml").read_text())
    mappings = {m["containerPort"]: m for m in cluster["nodes"][0]["extraPortMappings"]}
    assert [mappings[port]["hostPort"] for port in ports] == [8080]
    assert mappings[30100]["hostPort"] == 30100
    assert {m["listenAddress"] for m in mappings.values()} == {"127.0.0.1"}
