"""What GitHub runs and shows: workflows, templates, the devcontainer, pre-commit."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from taller import probar, workflows
from taller.project import ROOT

WORKFLOWS = sorted(workflows.FOLDER.glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def test_actionlint_has_nothing_to_say_of_them() -> None:
    assert workflows.complaints() == ""


def test_actionlint_is_really_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (workflows.FOLDER / "taller.yml").read_text()
    (tmp_path / "mal.yml").write_text(text.replace("needs: [probar,", "needs: [provar,"))
    told = workflows.complaints(tmp_path)
    assert '"provar"' in told
    monkeypatch.setattr(probar.workflows, "complaints", lambda: told)
    assert probar._workflows() is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash(path: Path) -> None:
    used = [line.strip(" -") for line in path.read_text().splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_write_only_what_it_is_for(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    may_write = {
        (name, what)
        for name, job in workflow["jobs"].items()
        for what, how in job.get("permissions", {}).items()
        if how == "write"
    }
    assert may_write <= {("publicar", "pages"), ("publicar", "id-token"), ("desvio", "issues")}


def test_nothing_is_published_that_was_not_verified() -> None:
    jobs = read(workflows.FOLDER / "taller.yml")["jobs"]
    assert set(jobs["publicar"]["needs"]) == {"probar", "verificar"}
    assert jobs["publicar"]["if"] == "github.ref == 'refs/heads/main'"
    ran = [step.get("run", "") for step in jobs["verificar"]["steps"]]
    assert any(command.startswith("./taller verificar") for command in ran)
    assert not any(job.get("continue-on-error") for job in jobs.values())


def test_the_zip_that_the_site_links_to_is_published() -> None:
    steps = read(workflows.FOLDER / "taller.yml")["jobs"]["verificar"]["steps"]
    ran = "\n".join(step.get("run", "") for step in steps)
    assert "./taller construir --zip\n./taller construir # " in ran


def test_links_of_others_stop_nobody() -> None:
    weekly = read(workflows.FOLDER / "semanal.yml")
    assert weekly["jobs"]["enlaces"]["continue-on-error"] is True
    for path in WORKFLOWS:
        jobs = read(path)["jobs"]
        assert not any("enlaces" in job.get("needs", []) for job in jobs.values())


@pytest.fixture
def drifted(tmp_path: Path) -> Path:
    """A repository whose chapter `actualizar` corrects, and a gh that notes what it is asked."""
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "03.md"
    page.write_text("un pod\n")
    git = ["git", "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "uno"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "taller").write_text(
        '#!/bin/sh\necho "dos pods, y un acento: ó" > docs/03.md\nexit 1\n'
    )
    (programs / "gh").write_text(
        '#!/bin/sh\necho "$*" >> pedidos\n'
        'for last; do :; done; [ ! -f "$last" ] || cp "$last" cuerpo\n'
        'if [ "$1 $2" = "issue list" ]; then cat abierto; fi\n'
    )
    for program in (tmp_path / "taller", programs / "gh"):
        program.chmod(0o755)
    (tmp_path / "abierto").write_text("")
    return tmp_path


def open_issue(folder: Path) -> tuple[list[str], str]:
    """Run the script; what gh was asked, and the text of the issue."""
    subprocess.run(
        ["sh", ROOT / ".github" / "abrir-desvio.sh"],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "RUN_URL": "https://r",
        },
        check=True,
        capture_output=True,
    )
    return (folder / "pedidos").read_text().splitlines(), (folder / "cuerpo").read_text()


def test_drift_opens_an_issue_with_the_difference(drifted: Path) -> None:
    asked, body = open_issue(drifted)
    assert asked[-1].startswith("issue create --title Los capítulos")
    assert "-un pod\n+dos pods, y un acento: ó\n" in body
    assert "https://r" in body


def test_drift_that_is_known_gets_a_comment(drifted: Path) -> None:
    (drifted / "abierto").write_text("7\n")
    asked, _ = open_issue(drifted)
    assert asked[-1].startswith("issue comment 7 ")
    assert not any("create --title" in line for line in asked)


def test_drift_that_nothing_corrects_is_told(drifted: Path) -> None:
    (drifted / "taller").write_text("#!/bin/sh\nexit 1\n")
    _, body = open_issue(drifted)
    assert "hay que leer la corrida" in body
    assert "diff" not in body


def test_a_huge_difference_fits_in_an_issue(drifted: Path) -> None:
    (drifted / "taller").write_text("#!/bin/sh\nyes 'ñandú ó' | head -n 20000 > docs/03.md\n")
    _, body = open_issue(drifted)
    assert 50_000 < len(body.encode()) < 65_536
    assert body.endswith("\n````\n")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_issue_forms_are_whole(path: Path) -> None:
    form = read(path)
    if path.name == "config.yml":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "body", "labels"}
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    identifiers = [part["id"] for part in asked]
    assert asked
    assert len(identifiers) == len(set(identifiers))
    for part in asked:
        assert part["type"] in {"input", "textarea", "dropdown"}
        assert part["attributes"]["label"].endswith("?")


def test_the_devcontainer_has_what_readers_and_contributors_need() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    features = " ".join(container["features"])
    assert all(
        f"/{name}:" in features for name in ("docker-in-docker", "kubectl-helm-minikube", "kind")
    )
    command = container["postCreateCommand"].split()
    assert (ROOT / command[-1]).is_file()
    mapped = re.findall(
        r"hostPort: (\d+)", (ROOT / "extras/03-kubernetes/cluster.yaml").read_text()
    )
    assert {int(port) for port in mapped} <= set(container["forwardPorts"])


def test_pre_commit_runs_what_is_here() -> None:
    hooks = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        words = shlex.split(hook["entry"])
        if "-m" in words:
            assert find_spec(words[words.index("-m") + 1]), hook["id"]
        else:
            assert (ROOT / words[0]).is_file(), hook["id"]
        for word in words:
            if word.startswith("tests/"):
                assert (ROOT / word).is_file(), word
        re.compile(hook.get("files", ""))
