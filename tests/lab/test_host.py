import pytest

from lab import host, record
from lab.error import LabError
from lab.record import Record

BEFORE = """\
*filter
:INPUT ACCEPT [10:20]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
COMMIT
"""

NOW = """\
*filter
:INPUT ACCEPT [10:20]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
:MINE - [0:0]
-A INPUT -p tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i br-taller ! -o br-taller -j ACCEPT
-A DOCKER-USER -i br-taller ! -o br-taller -j REJECT
-A MINE -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
COMMIT
"""


def test_docker_goes_and_the_rest_stays():
    assert host.without_docker(NOW, BEFORE).splitlines() == [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        ":FORWARD ACCEPT [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        ":MINE - [0:0]",
        "-A INPUT -p tcp --dport 22 -j ACCEPT",
        "-A MINE -j DROP",
        "COMMIT",
        "*nat",
        ":PREROUTING ACCEPT [0:0]",
        "COMMIT",
    ]


def test_policy_that_was_drop_before_stays_drop():
    before = BEFORE.replace(":FORWARD ACCEPT", ":FORWARD DROP")
    assert ":FORWARD DROP [0:0]" in host.without_docker(NOW, before)


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    (tmp_path / "kernel").mkdir()
    (tmp_path / "vm").mkdir()
    (tmp_path / "kernel/panic").write_text("1\n")
    (tmp_path / "vm/overcommit_memory").write_text("0\n")
    monkeypatch.setattr(host, "_PROC_SYS", tmp_path)
    return tmp_path


def test_sysctls_come_back(kernel):
    saved = host.read_sysctls()
    assert saved == {"kernel.panic": "1", "vm.overcommit_memory": "0"}
    (kernel / "kernel/panic").write_text("10\n")
    (kernel / "vm/overcommit_memory").unlink()
    host.restore_sysctls(saved)
    assert (kernel / "kernel/panic").read_text() == "1"
    assert not (kernel / "vm/overcommit_memory").exists()


def test_record_is_whole_private_and_comes_back(tmp_path):
    path = tmp_path / "lab.json"
    assert record.load(path) == Record()
    wanted = Record("hermetico", {"kernel.panic": "1"}, {"iptables": BEFORE}, True, False)
    record.save(path, wanted)
    assert record.load(path) == wanted
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_record_that_makes_no_sense_says_what_to_do(tmp_path):
    path = tmp_path / "lab.json"
    path.write_text('{"mode": ')
    with pytest.raises(LabError, match="No se entiende") as refused:
        record.load(path)
    assert str(path) in refused.value.next_step
