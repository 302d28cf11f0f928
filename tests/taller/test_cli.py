"""The command line from outside: Spanish, exit codes, never a traceback."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lab
from taller import construir, verificar
from taller.cli import main
from taller.exits import ExitCode

ENGLISH = re.compile(r"\b(Usage|Options|Arguments|Commands|Show|default|No such|Missing|Try)\b")
COMMANDS = (
    [],
    ["verificar"],
    ["actualizar"],
    ["probar"],
    ["servir"],
    ["construir"],
    ["lab"],
    ["lab", "crear"],
    ["lab", "estado"],
    ["lab", "borrar"],
)
NEEDS_CLUSTER = "# Prueba\n\n```console\n$ kubectl get pods\nNAME\n```\n"


@pytest.fixture
def no_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> lab.Lab:
        raise lab.LabError("No hay Docker y no somos root.", "Instalen Docker.")

    monkeypatch.setattr(lab, "create", refuse)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_is_in_spanish(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "Uso: ./taller" in said
    assert "Muestra esta ayuda y termina." in said
    assert not ENGLISH.search(said), said


def test_without_arguments_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "verificar" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verificra"], "no hay un comando «verificra». ¿Será 'verificar'?"),
        (["verificar", "--nada"], "no conocemos la opción --nada."),
        (["verificar", "--contxto", "x"], "no conocemos la opción --contxto. ¿Será"),
        (["verificar", "--json"], "a la opción --json le falta el valor."),
        (["verificar", "--lab", "x"], "«x» no sirve para --lab; los valores que hay son 'auto'"),
        (["servir", "--puerto", "x"], "--puerto lleva un número entero."),
        (["servir", "--puerto", "70000"], "se pasa del límite (65535)"),
        (["probar", "todo"], "sobra esto: todo."),
        (["lab"], "falta decir qué comando."),
        (["verificar", "99"], "No hay un capítulo 99."),
        (["verificar", "no-esta.md"], "No encontramos «no-esta.md»."),
    ],
)
def test_wrong_use_is_explained(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.WRONG_USE
    said = capsys.readouterr().err
    assert message in said
    assert "→" in said
    assert not ENGLISH.search(said), said


@pytest.mark.usefixtures("no_lab")
def test_without_a_cluster_the_lab_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "pagina.md"
    page.write_text(NEEDS_CLUSTER)
    assert main(["verificar", str(page)]) == ExitCode.NO_CLUSTER
    said = capsys.readouterr().err
    assert "No hay Docker y no somos root." in said
    assert "→ Instalen Docker." in said
    assert main(["lab", "crear"]) == ExitCode.NO_CLUSTER


@pytest.mark.parametrize(
    "page",
    [
        "```console\n$ kubectl get pods\n",
        "```fortran\nEND\n```\n",
        "```bash\napiVersion: v1\nkind: Pod\n```\n",
        "<!-- verificar: nada=1 -->\n```console\n$ echo hola\nhola\n```\n",
        '```yaml title="extras/no-esta.yaml"\nkind: Pod\n```\n',
    ],
    ids=["unclosed", "language", "yaml in bash", "directive", "missing file"],
)
def test_a_malformed_page_stops_everything_before_the_cluster(
    tmp_path: Path,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(lab, "create", lambda *_: pytest.fail("the lab was asked for"))
    file = tmp_path / "pagina.md"
    file.write_text(page)
    assert main(["verificar", str(file)]) == ExitCode.WRONG_USE
    assert re.search(r"pagina\.md:\d+: ", capsys.readouterr().err)


def test_an_interruption_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> ExitCode:
        raise KeyboardInterrupt

    monkeypatch.setattr(construir, "build_site", interrupted)
    assert main(["construir"]) == ExitCode.INTERRUPTED
    assert "Interrumpido." in capsys.readouterr().err


def test_an_unknown_context_names_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("contexts: [{name: trabajo}]\n")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'no-esta'}:{kubeconfig}")
    monkeypatch.setattr(verificar.shutil, "which", lambda _: "/usr/bin/kubectl")
    page = tmp_path / "pagina.md"
    page.write_text(NEEDS_CLUSTER)
    assert main(["verificar", str(page), "--contexto", "otro"]) == ExitCode.WRONG_USE
    said = capsys.readouterr().err
    assert "No hay un contexto «otro»" in said
    assert "trabajo" in said
