import pytest

from lab import debian_root
from lab.debian_root import DebianRoot, debian_site
from lab.error import LabError


@pytest.mark.parametrize(
    ("targets", "site"),
    [
        ("Debian-Security|http://m/debian-security\nDebian|http://m/deb\n", "http://m/deb"),
        ("Docker CE|https://d/linux/debian\nDebian|http://m/deb\n", "http://m/deb"),
        ("|http://m/debian-security\n|http://m/debian\n", "http://m/debian"),
        ("Ubuntu|http://m/ubuntu\n", "http://deb.debian.org/debian"),
        ("", "http://deb.debian.org/debian"),
    ],
)
def test_mirror_is_apt_s_own(targets, site):
    assert debian_site(targets) == site


@pytest.fixture
def stand_in_debootstrap(stand_ins):
    stand_ins.play("apt-get", 'echo "Debian|http://mirror/debian"')
    stand_ins.play(
        "debootstrap",
        "shift 3; root=$1\n"
        'mkdir -p "$root/usr/share/doc/x" "$root/etc"; echo trixie >"$root/etc/name"\n'
        '[ -z "$BREAKS" ] || { echo "no mirror" >&2; exit 1; }',
    )
    return stand_ins


def _bootstraps(stand_ins):
    return [line for line in stand_ins.asked() if line.startswith("debootstrap")]


def test_root_is_pruned_packed_and_kept(stand_in_debootstrap, tmp_path):
    root = DebianRoot(tmp_path)
    archive = root.build(tmp_path / "log")
    listed = debian_root.run("tar", "--list", "--file", archive).split()
    assert "./etc/name" in listed
    assert not [name for name in listed if "doc/x" in name]
    asked = _bootstraps(stand_in_debootstrap)
    assert len(asked) == 1
    assert asked[0].endswith(" http://mirror/debian")
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]
    root.build(tmp_path / "log")
    assert asked == _bootstraps(stand_in_debootstrap)


def test_root_that_fails_leaves_nothing(stand_in_debootstrap, tmp_path, monkeypatch):
    monkeypatch.setenv("BREAKS", "1")
    root = DebianRoot(tmp_path)
    with pytest.raises(LabError, match="debootstrap no pudo"):
        root.build(tmp_path / "log")
    assert not root.is_built()
    assert list((tmp_path / "components").iterdir()) == []
    assert "no mirror" in (tmp_path / "log").read_text()
