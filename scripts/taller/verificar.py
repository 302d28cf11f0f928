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
from kubedoctest.cluster import engine
from kubedoctest.page import inventory, sections
from kubedoctest.page.document import Document, PageError, Problem
from kubedoctest.page.transcript import needs_cluster
from kubedoctest.verdicts import report, results
from mkdocs_hooks import verified
from taller import independence, lab_commands, parts, summary
from taller.chapters import Chosen
from taller.context import find_kubeconfig
from taller.exits import ExitCode, WrongUse
from taller.pages import copy, run_pages
from taller.project import DOCS, DOWNLOADS, MKDOCS, RESULTS, ROOT, shown
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
        own: whether nobody else uses it.
    """

    kubeconfig: Path
    context: str
    tools: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    own: bool = False


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

    def of(self, pages: Sequence[Chosen]) -> tuple[Chosen, ...]:
        """The pages in this order, which does not depend on the one in which they are given."""
        mixed = sorted(pages)
        random.Random(self.seed).shuffle(mixed)  # noqa: S311 - nothing to guess here
        return tuple(mixed)

    def told(self, pages: Sequence[Chosen]) -> str:
        """What the user reads."""
        names = ", ".join(escape(str(page)) for page in pages)
        return f"Orden al azar: {names}\n  (para repetirlo: --semilla {self.seed})"


def verify(
    pages: Sequence[Chosen],
    mode: lab.Mode = "auto",
    context: str | None = None,
    reports: Reports = _NO_REPORTS,
    with_site: bool = True,
    order: Order | None = None,
    verbose: bool = False,
    keep_going: bool = False,
) -> ExitCode:
    """Verify ``pages`` and build the site.

    Args:
        pages: the Markdown pages, or sections of them.
        mode: which lab to make when it has to be made.
        context: a context of the user's own kubeconfig, instead of a lab.
        reports: files that the user wants, besides ``.taller/resultados.json``.
        with_site: whether to build ``site/`` too.
        order: the order to run them in, when it is not the one given.
        verbose: say each command as it runs.
        keep_going: go on with a page after an output that is not true.
    """
    documents = read(pages)
    if order is not None:
        pages = order.of(pages)
        say(order.told(pages))
    cluster = cluster_for(documents, mode, context)
    options = reports.options
    if verbose:
        options.append("--verbose")
    if keep_going:
        options.append("--kubedoctest-keep-going")
    if order is not None:
        options.append(f"--kubedoctest-shuffle={order.seed}")
    pages_code = _run_pages(pages, cluster, options)
    if RESULTS.is_file():
        if reports.json is not None:
            copy(RESULTS, reports.json)
        _keep_for_site()
    site_code = _build_site() if with_site else ExitCode.FINE
    code = pages_code or site_code
    if RESULTS.is_file():
        found = summary.read(RESULTS)
        summary.show(found)
        untrue = pages_code is not ExitCode.FINE
        summary.tell_github(found, untrue)
        print(found.closing_line(untrue), flush=True)
    return code


def _build_site() -> ExitCode:
    from taller.construir import build_site  # noqa: PLC0415 (mkdocs takes long to import)

    return build_site()


def cluster_for(
    documents: Sequence[Document], mode: lab.Mode, context: str | None
) -> Cluster | None:
    """The cluster that these pages run on, or whose engine; None when none of them needs one."""
    if not any(needs_cluster(one) or engine.is_used_by(one) for one in documents):
        return None
    cluster = _of_user(context) if context else _of_lab(mode, documents)
    parts.bring_downloads(documents, DOWNLOADS)
    if cluster.tools:
        parts.bring_programs(documents, Path(cluster.tools))
    return cluster


def read(pages: Sequence[Chosen]) -> list[Document]:
    """The parts of every page that are to be run.

    Raises:
        WrongUse: a page cannot be run as it is written, or has no such section; nothing has been
            run.
    """
    found: list[Document] = []
    problems: list[Problem] = []
    with contextlib.chdir(ROOT):  # pages are named from there, wherever the user is
        try:
            markdown = inventory.settings(MKDOCS)
            for each in pages:
                page = inventory.read_page(Path(shown(each.page)), markdown, ROOT)
                chosen = sections.parts(page)
                if each.section and not page.problems:
                    chosen = sections.select(page, each.section, markdown)
                wrong = [*page.problems, *(p for part in chosen for p in part.problems)]
                if each.page.is_relative_to(DOCS) and not wrong:
                    wrong = [*independence.problems(page), *lab_commands.problems(page, ROOT)]
                problems += wrong
                found += chosen
        except PageError as error:
            raise WrongUse(error.message, error.next_step) from error
    problems = list(dict.fromkeys(problems))
    if not problems:
        return found
    for problem in problems:
        say(f"[red]✗[/] {escape(str(problem))}")
        if report.active():
            print(report.of_problem(problem), flush=True)
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
        own=True,
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
    pages: Sequence[Chosen], cluster: Cluster | None, options: Sequence[str]
) -> ExitCode:
    """Run pytest on the pages; the results file is that of this run, or there is none."""
    RESULTS.unlink(missing_ok=True)
    return run_pytest(pages, cluster, f"--kubedoctest-json={RESULTS}", *options)


def run_pytest(pages: Sequence[Chosen], cluster: Cluster | None, *options: str) -> ExitCode:
    """Run pytest on the pages, with further options of its own or of the plugin's."""
    return run_pages(pages, *_reach(cluster), *options)


def _reach(cluster: Cluster | None) -> list[str]:
    """The plugin's options for a cluster."""
    if cluster is None:
        return []
    options = [f"--kubedoctest-kubeconfig={cluster.kubeconfig}"]
    options.append(f"--kubedoctest-context={cluster.context}")
    if cluster.own:
        options.append("--kubedoctest-own-cluster")
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
