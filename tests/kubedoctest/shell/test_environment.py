"""The environment of a page's commands: what is given, and nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import yaml

from kubedoctest.shell import environment
from kubedoctest.shell.session import Terminal
from kubedoctest.shell.supervisor import Supervisor

CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "kind-taller",
    "contexts": [
        {"name": "kind-taller", "context": {"cluster": "taller", "user": "taller"}},
        {"name": "trabajo", "context": {"cluster": "trabajo", "user": "trabajo"}},
    ],
    "clusters": [
        {"name": "taller", "cluster": {"server": "https://a", "certificate-authority": "ca.crt"}},
        {"name": "trabajo", "cluster": {"server": "https://b"}},
    ],
    "users": [
        {"name": "taller", "user": {"client-key": "/abs/key"}},
        {"name": "trabajo", "user": {"token": "secreto-del-trabajo"}},
    ],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(CONFIG))
    return path


def test_commands_see_what_is_given_and_nothing_else(
    home: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "no-se-ve")
    monkeypatch.setenv("HTTPS_PROXY", "http://no-se-ve")
    built = environment.build(home, kubeconfig, "/usr/bin:/bin", {"DOCKER_HOST": "unix:///x"})
    with (
        closing(Supervisor()) as supervisor,
        closing(Terminal(home, built, supervisor)) as terminal,
    ):
        seen = terminal.run("env -0 | tr '\\0' '\\n'", 10).output
    given = dict(line.split("=", 1) for line in seen.splitlines())
    assert given.pop("DOCKER_HOST") == "unix:///x"
    assert given["HOME"] == str(home) and given["PATH"] == "/usr/bin:/bin"
    assert set(given) - set(built) <= {"PWD", "SHLVL", "_", "OLDPWD"}
    assert "no-se-ve" not in seen


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "https_proxy", "HTTP_PROXY", "MY_PASSWORD"]
)
def test_names_of_secrets_are_refused(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        environment.build(home, None, "/bin", {name: "x"})


def test_names_that_only_look_like_it_are_not(home: Path) -> None:
    assert "DOCKER_HOST" in environment.build(home, None, "/bin", {"DOCKER_HOST": "x"})


def test_what_is_set_here_cannot_be_replaced(home: Path) -> None:
    built = environment.build(home, None, "/bin", {"HOME": "/root", "KUBECONFIG": "/root/.kube"})
    assert built["HOME"] == str(home)
    assert built["KUBECONFIG"].startswith(str(home))
    assert not Path(built["KUBECONFIG"]).exists()


def test_the_kubeconfig_is_a_private_copy_of_one_context(home: Path, kubeconfig: Path) -> None:
    before = kubeconfig.read_text()
    copy = Path(
        environment.build(home, kubeconfig, "/bin", {}, context="kind-taller")["KUBECONFIG"]
    )
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "trabajo" not in copy.read_text()
    config = yaml.safe_load(copy.read_text())
    assert config["current-context"] == "kind-taller"
    assert config["clusters"][0]["cluster"]["certificate-authority"] == str(
        kubeconfig.parent / "ca.crt"
    )
    assert config["users"][0]["user"]["client-key"] == "/abs/key"
    copy.write_text("")
    assert kubeconfig.read_text() == before


def test_the_context_can_be_another(home: Path, kubeconfig: Path) -> None:
    copy = environment.build(home, kubeconfig, "/bin", {}, context="trabajo")["KUBECONFIG"]
    assert yaml.safe_load(Path(copy).read_text())["current-context"] == "trabajo"
