import hashlib
import io
import json
import tarfile
from gzip import decompress

from lab import image_archive
from lab.image_archive import Image
from lab.node_image import busybox_image


def _base():
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as tar:
        member = tarfile.TarInfo("etc/hosts")
        member.size, member.uname, member.mtime = 3, "somebody", 12345
        tar.addfile(member, io.BytesIO(b"abc"))
    return output.getvalue()


def _read(path):
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive if m.isreg()}


def test_archive_is_what_docker_load_reads(tmp_path):
    program = tmp_path / "hello"
    program.write_bytes(b"\x7fELF")
    image = Image(
        "example/hello:1",
        programs={"usr/bin/hello": program},
        texts={"etc/motd": "hola"},
        links={"bin/hi": "../usr/bin/hello"},
        folders={"tmp/": 0o1777},
        root=_base(),
        entrypoint=("/usr/bin/hello",),
    )
    image_archive.write(tmp_path / "a.tar", (image,), "x86_64")
    parts = _read(tmp_path / "a.tar")
    [entry] = json.loads(parts["manifest.json"])
    assert entry["RepoTags"] == ["example/hello:1"]
    config = json.loads(parts[entry["Config"]])
    assert entry["Config"] == hashlib.sha256(parts[entry["Config"]]).hexdigest() + ".json"
    assert config["architecture"] == "amd64"
    assert config["config"]["Entrypoint"] == ["/usr/bin/hello"]
    layer = decompress(parts[entry["Layers"][0]])
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        modes = {m.name: (m.mode, m.uname, m.mtime) for m in tar}
        assert modes["usr/bin/hello"] == (0o755, "", 0)
        assert modes["etc/hosts"] == (0o644, "", 0)
        assert modes["tmp"][0] == 0o1777
        assert tar.extractfile("etc/hosts").read() == b"abc"
        assert tar.getmember("bin/hi").linkname == "../usr/bin/hello"


def test_same_inputs_same_bytes(tmp_path):
    image = Image("example/hello:1", texts={"a": "b"}, root=_base())
    image_archive.write(tmp_path / "1.tar", (image,), "x86_64")
    image_archive.write(tmp_path / "2.tar", (image,), "x86_64")
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()


def test_base_image_has_every_applet_and_nobody():
    image = busybox_image(b"\x7fELF", ["busybox", "sh", "nc"])
    assert image.tag == "docker.io/library/busybox:1.37.0"
    assert image.links == {"bin/sh": "busybox", "bin/nc": "busybox"}
    assert "nobody:x:65534" in image.texts["etc/passwd"]
