"""``verificar``: run the chapters on a cluster, build the site, say what is true."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape

import lab
from kubedoctest.page import inventory
from kubedoctest.page.document import Document
from kubedoctest.run.workbench import needs_cluster
from kubedoctest.verdicts import github, results
from mkdocs_hooks import verified
from taller import independence, parts, summary
from taller.construir import build_site
from taller.context import find_kubeconfig
from taller.exits import ExitCode, WrongUse
from taller.pages import copy, run_pages
from taller.project import DOCS, MKDOCS, RESULTS, ROOT, shown
from taller.voice import say

VERIFIED = verified.home(ROOT)
"""The latest results of every chapter, for the site; those of the last run are RESULTS."""

_ENVIRONMENT_OF_ITS_OWN = ("PATH", "KUBECONFIG")  # handed over by options of their own


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


@dataclass(frozen=True)
class Reports:
    """Files that the user asked for, absolute.

    Attributes:
        json, junit: the results, and the same as JUnit writes them.
        recording: what the cluster answered.
    """

    json: Path | None = None
    junit: Path | None = None
    recording: Path | None = None

    @property
    def options(self) -> list[str]:
        """pytest's options for those that it writes itself."""
        options = []
        if self.junit is not None:  # xunit1 has file and line
            options += [f"--junitxml={self.junit}", "-o", "junit_family=xunit1"]
        if self.recording is not None:
            options.append(f"--kubedoctest-record={self.recording}")
        return options


_NO_REPORTS = Reports()


@dataclass(frozen=True)
class Order:
    """A random order that can be had again."""

    seed: int

    @classmethod
    def at_random(cls) -> Order:
        """One that nobody chose."""
        return cls(secrets.randbelow(1_000_000))

    def of(self, pages: Sequence[Path]) -> tuple[Path, ...]:
        """The pages in this order, which does not depend on the one in which they are given."""
        mixed = sorted(pages)
        random.Random(self.seed).shuffle(mixed)  # noqa: S311 - nothing to guess here
        return tuple(mixed)

    def told(self, pages: Sequence[Path]) -> str:
        """What the user reads."""
        names = ", ".join(escape(shown(page)) for page in pages)
        return f"Orden al azar: {names}\n  (para repetirlo: --semilla {self.seed})"


def verify(
    pages: Sequence[Path],
    mode: lab.Mode = "auto",
    context: str | None = None,
    reports: Reports = _NO_REPORTS,
    with_site: bool = True,
    order: Order | None = None,
    verbose: bool = False,
) -> ExitCode:
    """Verify ``pages`` and build the site.

    Args:
        pages: the Markdown pages.
        mode: which lab to make when it has to be made.
        context: a context of the user's own kubeconfig, instead of a lab.
        reports: files that the user wants, besides ``.taller/resultados.json``.
        with_site: whether to build ``site/`` too.
        order: the order to run them in, when it is not the one given.
        verbose: say each command as it runs.
    """
    documents = read(pages)
    if order is not None:
        pages = order.of(pages)
        say(order.told(pages))
    cluster = cluster_for(documents, mode, context)
    pages_code = _run_pages(pages, cluster, reports, verbose)
    if RESULTS.is_file():
        if reports.json is not None:
            copy(RESULTS, reports.json)
        _keep_for_site()
    site_code = build_site() if with_site else ExitCode.FINE
    code = pages_code or site_code
    if RESULTS.is_file():
        found = summary.read(RESULTS)
        summary.show(found)
        summary.tell_github(found, untrue=pages_code is ExitCode.NOT_TRUE)
        print(found.closing_line(untrue=pages_code is ExitCode.NOT_TRUE), flush=True)
    return code


def cluster_for(
    documents: Sequence[Document], mode: lab.Mode, context: str | None
) -> Cluster | None:
    """The cluster that these pages run on; None when none of them needs one."""
    if not any(needs_cluster(document) for document in documents):
        return None
    return _of_user(context) if context else _of_lab(mode, documents)


def read(pages: Sequence[Path]) -> list[Document]:
    """The inventory of every page.

    Raises:
        WrongUse: a page cannot be run as it is written; nothing has been run.
    """
    with contextlib.chdir(ROOT):  # pages are named from there, wherever the user is
        try:
            markdown = inventory.settings(MKDOCS)
            documents = [inventory.read_page(Path(shown(page)), markdown, ROOT) for page in pages]
        except inventory.SettingsError as error:
            raise WrongUse(error.message, error.next_step) from error
        problems = [problem for document in documents for problem in document.problems]
        for page, document in zip(pages, documents, strict=True):
            if page.is_relative_to(DOCS) and not document.problems:
                problems += independence.problems(document)
    if not problems:
        return documents
    for problem in problems:
        say(f"[red]✗[/] {escape(str(problem))}")
        if github.active():
            print(github.of_problem(problem), flush=True)
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


def _run_pages(
    pages: Sequence[Path], cluster: Cluster | None, reports: Reports, verbose: bool
) -> ExitCode:
    """Run pytest on the pages; the results file is that of this run, or there is none."""
    RESULTS.unlink(missing_ok=True)
    options = [f"--kubedoctest-json={RESULTS}", *reports.options]
    if verbose:
        options.append("--verbose")
    return run_pytest(pages, cluster, *options)


def run_pytest(pages: Sequence[Path], cluster: Cluster | None, *options: str) -> ExitCode:
    """Run pytest on the pages, with further options of its own or of the plugin's."""
    return run_pages(pages, *_reach(cluster), *options)


def _reach(cluster: Cluster | None) -> list[str]:
    """The plugin's options for a cluster."""
    if cluster is None:
        return []
    options = [f"--kubedoctest-kubeconfig={cluster.kubeconfig}"]
    options.append(f"--kubedoctest-context={cluster.context}")
    if cluster.tools:
        options.append(f"--kubedoctest-path={cluster.tools}")
    return options + [f"--kubedoctest-env={k}={v}" for k, v in cluster.environment.items()]


def _keep_for_site() -> None:
    """Add this run's results to the latest of every chapter; those of other pages stay."""
    newer = results.read(RESULTS)
    assert newer is not None
    try:
        older = results.read(VERIFIED)
    except results.ResultsError:
        older = None  # of an older version of this project
    docs = f"{shown(DOCS)}/"
    kept = results.merged(older, newer, lambda p: p.startswith(docs) and (ROOT / p).is_file())
    if older is None and not kept["pages"]:
        return
    try:
        results.write(VERIFIED, kept)
    except OSError as error:
        say(
            f"[yellow]El sitio no va a mostrar estos resultados:[/] no se pudo escribir "
            f"{shown(VERIFIED)}: {escape(str(error))}"
        )
