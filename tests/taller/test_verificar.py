"""`verificar` on pages that need no cluster: what it prints, writes and answers."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import runs

from kubedoctest.verdicts import results
from taller import verificar
from taller.chapters import Chosen
from taller.exits import ExitCode, WrongUse
from taller.project import DOCS, shown
from taller.verificar import Order

pytestmark = pytest.mark.slow  # a process each
TRUE = "# Verdad\n\n```console\n$ echo hola\nhola\n```\n"
LIE = "# Mentira\n\n```console\n$ echo hola\nchau\n```\n"
PROSE = "# Prosa\n\nSin bloques.\n"


def verify(page: Path, text: str, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    page.write_text(text)
    return runs.python(
        "taller", ["verificar", page.name, "--sin-sitio", *options], page.parent, **more
    )


def test_a_true_page(tmp_path: Path, results_folder: Path) -> None:
    answer = verify(tmp_path / "p.md", TRUE, "--json", "salida/r.json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == "1 passed, 0 failed"
    assert "Ejecutados" in answer.stdout
    written = json.loads((tmp_path / "salida" / "r.json").read_text())
    assert written["schema"] == 4
    (block,) = written["blocks"]
    assert (block["line"], block["lang"], block["status"]) == (3, "console", "passed")
    assert written == json.loads((results_folder / "resultados.json").read_text())


def test_a_page_that_lies(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", LIE)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[-1] == "0 passed, 1 failed"
    assert "p.md:" in answer.stdout
    assert "chau" in answer.stdout


def test_a_malformed_page_runs_nothing(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", TRUE + "\n```console\n$ echo\n")
    assert answer.returncode == 2
    assert "p.md:8" in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout
    assert "passed" not in answer.stdout


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "ocupado").touch()
    answer = verify(tmp_path / "p.md", TRUE, "--json", "ocupado/r.json")
    assert answer.returncode == 2
    assert "No se pudo escribir" in answer.stderr


def test_a_page_without_blocks(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", PROSE)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_junit_names_each_block(tmp_path: Path) -> None:
    text = LIE + "\n```bash\ntouch a\n```\n"
    answer = verify(tmp_path / "p.md", text, "--junit", "salida/j.xml")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    lie, unrun, page = ET.parse(tmp_path / "salida" / "j.xml").iter("testcase")
    assert lie.get("name") == "línea 3: console echo hola"
    assert (lie.get("line"), unrun.get("line")) == ("3", "8")
    assert lie.get("file", "").endswith("p.md") and lie.get("classname", "").endswith("p.md")
    (failure,) = lie.iter("failure")
    assert "no es cierto" in failure.get("message", "") and "+ hola" in str(failure.text)
    (skipped,) = unrun.iter("skipped")
    assert "no se ejecutó porque falló" in skipped.get("message", "")
    assert "plugin.py" not in str(skipped.text)
    assert page.get("name") == "la página entera"


def test_in_github_failures_are_annotated_and_counted(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    answer = verify(tmp_path / "p.md", LIE, **github)
    (told,) = [line for line in answer.stdout.splitlines() if line.startswith("::")]
    assert told.startswith(f"::error file={tmp_path}/p.md,line=5,title=No es cierto%3A $ echo hola")
    assert "%0A  - chau%0A  + hola" in told
    assert "| 1 | 0 | 0 | 1 | 0 |" in summary.read_text()
    assert "::error" not in verify(tmp_path / "p.md", LIE, GITHUB_ACTIONS="").stdout


def test_in_github_malformed_pages_are_annotated_too(tmp_path: Path) -> None:
    answer = verify(tmp_path / "p.md", "```console\n$ echo\n", GITHUB_ACTIONS="true")
    assert answer.returncode == 2
    assert answer.stdout.startswith(f"::error file={tmp_path}/p.md,line=1,title=Este bloque")


def test_a_random_order_can_be_had_again() -> None:
    pages = [Chosen(Path(f"{n:02d}.md")) for n in range(20)]
    mixed = Order(7).of(pages)
    assert sorted(mixed) == pages and list(mixed) != pages
    assert Order(7).of(pages[::-1]) == mixed != Order(8).of(pages)
    assert "--semilla 7" in Order(7).told(mixed)
    assert len({Order.at_random().seed for _ in range(5)}) > 1


def test_pages_run_in_the_random_order_and_the_seed_is_told(
    tmp_path: Path, results_folder: Path
) -> None:
    names = [f"{letter}.md" for letter in "abcdef"]
    for name in names:
        (tmp_path / name).write_text(TRUE)
    others = names[1:]
    answer = verify(tmp_path / "a.md", TRUE, *others, "--orden-aleatorio")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    seed = int(answer.stderr.split("--semilla ")[1].split(")")[0])
    ran = [
        b["page"] for b in json.loads((results_folder / "resultados.json").read_text())["blocks"]
    ]
    assert ran == [str(page) for page in Order(seed).of([Chosen(tmp_path / n) for n in names])]
    again = verify(tmp_path / "a.md", TRUE, *others, "--semilla", str(seed))
    assert again.stderr.split("(para")[0] == answer.stderr.split("(para")[0]
    assert [
        b["page"] for b in json.loads((results_folder / "resultados.json").read_text())["blocks"]
    ] == ran


def test_a_chapter_that_cannot_be_run_alone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "04-prueba.md"
    page.write_text("# T\n\n```bash\nkubectl create configmap a\n```\n")
    assert len(verificar.read([Chosen(page)])) == 1, "elsewhere pages are what they like"
    monkeypatch.setattr(verificar, "DOCS", tmp_path)
    with pytest.raises(WrongUse, match="2 problemas"):
        verificar.read([Chosen(page)])
    said = capsys.readouterr().err
    assert "04-prueba.md:3: El capítulo cambia el cluster y no tiene un «Punto de partida»" in said
    assert "no tiene un «Limpieza»" in said


def test_a_partial_run_leaves_the_site_the_results_of_the_other_pages(
    tmp_path: Path, results_folder: Path
) -> None:
    verified = results_folder / "verificado.json"
    chapter = shown(DOCS / "04-hola-mundo-real.md")
    page = {"page": chapter, "status": "passed", "seconds": 1.0, "kubernetes": "v1.37.2"}
    page |= {"finished": "2026-11-24T20:30:00+00:00", "faults": [], "sections": []}
    before = results.document([], results.Versions("v1.37.2"))
    before["pages"] = [page, {**page, "page": "docs/ya-no-esta.md"}]
    results.write(verified, before)
    index = DOCS / "index.md"
    answer = verify(index, index.read_text())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    kept = json.loads(verified.read_text())
    assert [p["page"] for p in kept["pages"]] == [chapter, shown(index)]
    assert {b["page"] for b in kept["blocks"]} == {shown(index)}
    # What is no chapter does not get there.
    assert verify(tmp_path / "p.md", TRUE).returncode == 0
    assert json.loads(verified.read_text())["pages"] == kept["pages"]


SECTIONS = """# Página

## Primera

**Punto de partida.** Nada.

```console
$ echo uno
uno
```

## Segunda

**Punto de partida.** Nada.

```console
$ echo dos
tres
```
"""


def test_section_alone_is_run_by_its_anchor(tmp_path: Path, results_folder: Path) -> None:
    (tmp_path / "p.md").write_text(SECTIONS)
    answer = verify(tmp_path / "otra.md", TRUE, "p.md#primera")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    blocks = json.loads((results_folder / "resultados.json").read_text())["blocks"]
    assert [b["status"] for b in blocks] == ["passed", "passed", "not-run"]
    assert blocks[-1]["reason"] == results.NOT_ASKED
    assert answer.stdout.splitlines()[-1] == "2 passed, 0 failed"


def test_unknown_section_is_wrong_use_and_lists_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text(SECTIONS)
    answer = verify(tmp_path / "otra.md", TRUE, "p.md#tercera")
    assert answer.returncode == 2
    assert "no tiene la sección «tercera»" in answer.stderr
    assert "primera, segunda" in answer.stderr


def test_sections_run_in_the_random_order_too(tmp_path: Path) -> None:
    text = "# P\n" + "".join(
        f"\n## S{n}\n\n**Punto de partida.**\n\n```bash\ntrue\n```\n" for n in range(6)
    )
    orders = set()
    for seed in ("1", "2", "1"):
        answer = verify(tmp_path / "p.md", text, "-v", "--semilla", seed)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        lines = answer.stdout.splitlines()
        ran = [line.split("::")[1].split()[0] for line in lines if "::L" in line]
        orders.add(tuple(ran))
    in_order = tuple(f"L{5 + 8 * n}" for n in range(6))
    assert len(orders) == 2
    assert in_order not in orders
    assert all(len(set(order)) == 6 for order in orders)


def test_page_that_could_not_start_is_counted_as_a_failure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "p.md"
    page.write_text("# P\n\n```console\n$ kubectl get nodes\n```\n\n```bash\ntrue\n```\n")
    monkeypatch.setattr(verificar, "cluster_for", lambda *_: None)
    kept = tmp_path / "r.json"
    monkeypatch.setattr(verificar, "RESULTS", tmp_path / "resultados.json")
    code = verificar.verify([Chosen(page)], reports=verificar.Reports(kept), with_site=False)
    assert code is ExitCode.NO_CLUSTER
    assert capfd.readouterr().out.splitlines()[-1] == "0 passed, 1 failed, 2 skipped"
    (told,) = json.loads(kept.read_text())["pages"]
    assert told["status"] == "failed"
    assert "no pudo empezar" in told["faults"][0]
