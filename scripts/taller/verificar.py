"""``verificar``: run the chapters on a cluster, build the site, say what is true."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape

import lab
from kubedoctest import inventory
from kubedoctest.document import Document
from kubedoctest.workbench import needs_cluster
from taller import child, parts, summary
from taller.construir import build_site
from taller.context import find_kubeconfig
from taller.exits import ExitCode, WrongUse
from taller.project import MKDOCS, RESULTS, ROOT, SCRIPTS, STATE, shown
from taller.voice import say

_ENVIRONMENT_OF_ITS_OWN = ("PATH", "KUBECONFIG")  # handed over by options of their own
_FROM_PYTEST = {
    0: ExitCode.FINE,
    1: ExitCode.NOT_TRUE,
    2: ExitCode.WRONG_USE,  # a page could not be collected
    3: ExitCode.NO_CLUSTER,
    4: ExitCode.WRONG_USE,
    5: ExitCode.WRONG_USE,  # no block at all
}


@dataclass(frozen=True)
class Cluster:
    """Where the blocks run.

    Attributes:
        kubeconfig, context: how to reach it.
        tools: the folder of the kubectl to use, or None for the PATH's.
        environment: what else the commands need.
    """

    kubeconfig: Path
    context: str
    tools: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


def verify(
    pages: Sequence[Path],
    mode: lab.Mode = "auto",
    context: str | None = None,
    json: Path | None = None,
    with_site: bool = True,
) -> ExitCode:
    """Verify ``pages`` and build the site.

    Args:
        pages: the Markdown pages.
        mode: which lab to make when it has to be made.
        context: a context of the user's own kubeconfig, instead of a lab.
        json: a file for the results, besides ``.taller/resultados.json``.
        with_site: whether to build ``site/`` too.
    """
    documents = read(pages)
    cluster = None
    if any(needs_cluster(document) for document in documents):
        cluster = _of_user(context) if context else _of_lab(mode, documents)
    pages_code = _run_pages(pages, cluster)
    if json is not None and RESULTS.is_file():
        _copy(RESULTS, json)
    site_code = build_site() if with_site else ExitCode.FINE
    code = pages_code or site_code
    if RESULTS.is_file():
        results = summary.read(RESULTS)
        summary.show(results)
        print(results.closing_line(untrue=pages_code is ExitCode.NOT_TRUE), flush=True)
    return code


def read(pages: Sequence[Path]) -> list[Document]:
    """The inventory of every page.

    Raises:
        WrongUse: a page cannot be run as it is written; nothing has been run.
    """
    try:
        markdown = inventory.settings(MKDOCS)
        documents = [inventory.read_page(Path(shown(page)), markdown, ROOT) for page in pages]
    except inventory.SettingsError as error:
        raise WrongUse(error.message, error.next_step) from error
    problems = [problem for document in documents for problem in document.problems]
    if not problems:
        return documents
    for problem in problems:
        say(f"[red]✗[/] {escape(str(problem))}")
    raise WrongUse(
        f"{_count(len(problems))} en las páginas; no se ejecutó nada.",
        "Corríjanlo donde dice arriba y vuelvan a verificar.",
    )


def _count(problems: int) -> str:
    return "Hay un problema" if problems == 1 else f"Hay {problems} problemas"


def _of_lab(mode: lab.Mode, documents: Iterable[Document]) -> Cluster:
    made = lab.create(mode, parts=parts.needed(documents, ROOT))
    return Cluster(
        made.kubeconfig,
        made.context,
        made.environment["PATH"].split(os.pathsep)[0],
        {k: v for k, v in made.environment.items() if k not in _ENVIRONMENT_OF_ITS_OWN},
    )


def _of_user(context: str) -> Cluster:
    if shutil.which("kubectl") is None:
        raise WrongUse(
            "Con --contexto usamos el kubectl de ustedes, y no está en el PATH.",
            "Instálenlo (https://kubernetes.io/es/docs/tasks/tools/) o verifiquen sin --contexto.",
        )
    kubeconfig = find_kubeconfig(context)
    lab.guard(kubeconfig, context)
    say(f"Usamos el contexto «{escape(context)}» de {escape(str(kubeconfig))}.")
    return Cluster(kubeconfig, context)


def _run_pages(pages: Sequence[Path], cluster: Cluster | None) -> ExitCode:
    """Run pytest on the pages; the results file is that of this run, or there is none."""
    STATE.mkdir(exist_ok=True)
    RESULTS.unlink(missing_ok=True)
    code = child.run(
        [sys.executable, *_pytest(pages, cluster)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
    )
    if code < 0:
        say(f"[red]✗[/] La verificación terminó de golpe (señal {-code}).")
        return ExitCode.INTERRUPTED
    return _FROM_PYTEST.get(code, ExitCode.NOT_TRUE)


def _pytest(pages: Sequence[Path], cluster: Cluster | None) -> list[str]:
    """pytest's arguments: the plugin, none of the project's own settings, the pages."""
    arguments = ["-m", "pytest", "-p", "kubedoctest.plugin", "-p", "no:cacheprovider"]
    arguments += ["-c", os.devnull, f"--rootdir={ROOT}", "--import-mode=importlib"]
    arguments += [f"--kubedoctest-files={ROOT}", "--kubedoctest-copy=extras"]
    arguments += [f"--kubedoctest-mkdocs={MKDOCS}", f"--kubedoctest-json={RESULTS}"]
    arguments.append(f"--kubedoctest-python={sys.executable}")  # it has the package kubernetes
    if cluster is not None:
        arguments.append(f"--kubedoctest-kubeconfig={cluster.kubeconfig}")
        arguments.append(f"--kubedoctest-context={cluster.context}")
        if cluster.tools:
            arguments.append(f"--kubedoctest-path={cluster.tools}")
        arguments += [f"--kubedoctest-env={k}={v}" for k, v in cluster.environment.items()]
    return [*arguments, *(shown(page) for page in pages)]


def _copy(source: Path, target: Path) -> None:
    """Copy a file whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.nuevo")
        shutil.copyfile(source, fresh)
        fresh.replace(target)
    except OSError as error:
        raise WrongUse(
            f"No se pudo escribir {target}: {error.strerror}.",
            f"Los resultados quedaron en {shown(source)}.",
        ) from error
