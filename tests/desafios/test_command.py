"""``./taller desafio`` from outside: what is printed, asked and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import desafios
from desafios import Challenge
from desafios.challenge import Step
from taller import desafio
from taller.cli import main

PAGE = """\
# Página

## Antes

Nada.

### Ahora ustedes: uno

Hagan esto.

??? tip "Una pista"
    Miren el `kind`.

??? tip "Otra"
    Y el nombre.

??? success "Una solución"

    ```console
    $ kubectl apply -f uno.yaml
    $ ./taller desafio 98-1
    ## no es un título
    ```

    Y listo.

### Otra cosa

??? tip "De otro"
    No es de este.
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's folder: a page with two tasks, a kubeconfig with two contexts, no progress."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "98.md").write_text(PAGE, encoding="utf-8")
    contexts = [
        {"name": name, "context": {"cluster": name, "user": "u"}}
        for name in ("kind-taller", "produccion")
    ]
    clusters = [
        {"name": name, "cluster": {"server": "http://127.0.0.1:9"}}
        for name in ("kind-taller", "produccion")
    ]
    config = {"clusters": clusters, "contexts": contexts, "users": [{"name": "u", "user": {}}]}
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(yaml.safe_dump({**config, "current-context": "produccion"}))
    monkeypatch.setattr(desafio, "DOCS", docs)
    monkeypatch.setattr(desafio, "shown", lambda path: path.name)
    monkeypatch.setattr(
        "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(kubeconfig)
    )
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    first = Step("hay uno", lambda _: None)
    missing = Step("hay dos", lambda _: "hay 1")
    unseen = Step("hay tres", lambda _: pytest.fail("looked at past the first that is missing"))
    monkeypatch.setattr(
        desafios,
        "CHALLENGES",
        (
            Challenge("98-1", "El que falta", (first, missing, unseen)),
            Challenge("98-2", "El que está", (first,)),
        ),
    )
    return tmp_path


def test_each_step_is_told_up_to_the_first_that_is_missing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desafio", "98-1"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "✓ hay uno",
        "✗ hay dos: hay 1",
        "· hay tres",
        "Una pista: Miren el `kind`.",
    ]


def test_a_done_task_is_kept_and_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desafio", "98-2"]) == 0
    assert capsys.readouterr().out == "✓ hay uno\n¡Desafío cumplido!\n"
    assert main(["desafio"]) == 0
    listed = capsys.readouterr().out
    assert "  98-1  El que falta  (98.md:7)\n✓ 98-2  El que está\n" in listed
    assert "Hechos: 1 de 2." in listed
    assert "Sigue el 98-1" in listed


def test_hints_come_one_after_another(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for said in ("Miren el `kind`.", "Y el nombre.", "No quedan más pistas."):
        assert main(["desafio", "98-1", "--pista"]) == 0
        assert said in capsys.readouterr().out
    assert main(["desafio", "98-1"]) == 1
    assert "Una pista: Y el nombre." in capsys.readouterr().out


def test_the_solution_is_the_page_s(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desafio", "98-1", "--solucion", "--si"]) == 0
    said = capsys.readouterr().out
    assert "$ kubectl apply -f uno.yaml" in said
    assert "Y listo." in said
    assert "No es de este" not in said


def test_json_for_programs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desafio", "98-1", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["schema"], answer["done"]) == (1, False)
    assert [step["state"] for step in answer["steps"]] == ["done", "missing", "not looked at"]
    assert main(["desafio", "--json"]) == 0
    assert [c["number"] for c in json.loads(capsys.readouterr().out)["challenges"]] == [
        "98-1",
        "98-2",
    ]


def test_another_cluster_is_named_and_not_looked_at_unasked(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desafio", "98-2", "--contexto", "produccion"]) == 2
    said = capsys.readouterr().err
    assert "contexto produccion" in said
    assert "Solo leemos" in said
    assert main(["desafio", "98-2", "--contexto", "produccion", "--si"]) == 0
    assert main(["desafio", "98-2", "--contexto", "otro"]) == 3
    assert "kind-taller, produccion" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["97-1"], 2, "Los que hay: 98-1, 98-2"),
        (["--pista"], 2, "de qué desafío"),
        (["98-2", "--solucion", "--si"], 2, "no tiene una solución"),
    ],
)
def test_wrong_use_is_told(
    home: Path, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desafio", *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_ends_with_3(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asks = Step("hay un pod", lambda cluster: cluster.pod("x") and None)
    monkeypatch.setattr(desafios, "CHALLENGES", (Challenge("98-1", "Uno", (asks,)),))
    assert main(["desafio", "98-1"]) == 3
    assert "kubectl get nodes" in capsys.readouterr().err


def test_a_spoilt_progress_file_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = home / "state" / "taller-de-kubernetes" / "desafios.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{")
    assert main(["desafio", "98-2"]) == 1
    assert "bórrenlo" in capsys.readouterr().err
