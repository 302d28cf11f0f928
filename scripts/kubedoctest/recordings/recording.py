"""A recording: all that pages were told by bash and by the cluster, to judge them again without.

Schema 1, JSON (gzip if the name ends in ``.gz``)::

    {"schema": 1, "what": "kubedoctest recording",
     "pages": {"docs/04.md" or, of a part of a page, "docs/04.md#Its heading": {
       "kubernetes": "v1.37.2" or null (the page needs no cluster),
       "recorded": "2026-11-24T20:28:01+00:00",
       "content": "sha256 of its blocks, 16 hex digits",
       "seconds": 18.2,
       "steps": ["kubectl get pods", …],      the page's commands, as documented, in order
       "moments": [[step, phase, attempt, at], …],     as the chapter came to them (see clock)
       "runs": [{"step": 3, "terminal": "", "command": "as bash was given it", "began": at,
                 "partial": [[moment, at, "printed so far" or null, the same as before], …],
                 "over": the first moment at which it was known to have ended, or null,
                 "ended": at, "output": "", "code": 0, "stderr": false, "ending": "done",
                 "stages": [exit statuses of its pipeline, if it is one],
                 "late": "what jobs have printed meanwhile",
                 "jobs": "what bash told of its jobs"}, …],
       "namespaces": [[moment, "default"], …],  that of the session's context, when it changed
       "answers": [{"moment": 7, "request": [method, path, params, accept, body's sha256],
                    "answer": {…} or "status" and "message", the API's error}, …],
       "resources": [[group, version, plural, kind, singular, [short names], namespaced, [verbs],
                      [categories]], …],
       "kinds": {"/api/v1/pods": {"columns": [["Name", 0], …],
                 "entries": [[at, event, [[[cells], {metadata}], …], lost], …]}},
       "left": ["what was left in the cluster, one Spanish sentence each"]}}}

``at`` is seconds since the page began, ``moment`` an index into ``moments`` (-1: before the first).
Objects' annotations and managed fields, the contents of Secrets, and whatever a kubeconfig holds to
identify its user are left out.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubedoctest.cluster.api import Resource
from kubedoctest.cluster.timeline import Column, Entry
from kubedoctest.run.chapter_context import Moment, Phase
from kubedoctest.shell.observation import Ending, Observation
from kubedoctest.verdicts.results import write_whole

SCHEMA = 1
WHAT = "kubedoctest recording"


class RecordingError(Exception):
    """A file that is no recording, or not one that can be used. The message is Spanish."""


@dataclass
class Run:
    """One run of a command."""

    step: int  # the ordinal of its step in the page
    terminal: str  # the title of its terminal
    command: str  # what bash was given
    began: float  # seconds since the page began
    # what it had printed at some moments (index, seconds), in order; None when that was no more
    # than before
    partial: list[tuple[int, float, str | None]] = field(default_factory=list)
    over: int | None = None  # the first moment at which it was known to have ended by itself
    seen: Observation | None = None  # what it did, in the page's seconds; None while it runs


@dataclass(frozen=True)
class Answer:
    """What the API server answered to one request: JSON, or an error's status and message."""

    moment: int
    request: tuple[str, ...]
    body: Mapping[str, Any] | None
    status: int = 0
    message: str = ""


@dataclass
class PageRecording:
    """What one page was told; see the module for each part."""

    content: str
    recorded: str
    steps: tuple[str, ...]
    kubernetes: str | None = None
    seconds: float = 0.0
    moments: list[tuple[Moment, float]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    namespaces: list[tuple[int, str]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    resources: tuple[Resource, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    left: tuple[str, ...] = ()


def read(path: Path) -> dict[str, PageRecording]:
    """The recorded pages, by the path that they were run under.

    Raises:
        RecordingError: it is not a recording of this schema.
    """
    again = "Graben una con --kubedoctest-record=ARCHIVO."
    try:
        data = path.read_bytes()
        found = json.loads(gzip.decompress(data) if path.name.endswith(".gz") else data)
    except OSError as error:
        why = f"{path}: no se puede leer: {error.strerror or error}."
        raise RecordingError(f"{why} {again}") from error
    except (ValueError, EOFError):
        found = None
    if not isinstance(found, dict) or found.get("what") != WHAT:
        raise RecordingError(f"{path} no es una grabación. {again}")
    if found.get("schema") != SCHEMA:
        raise RecordingError(
            f"{path} es una grabación de otra versión (esquema {found.get('schema')}; "
            f"acá se usa el {SCHEMA}). {again}"
        )
    try:
        return {page: _page_from(value) for page, value in found["pages"].items()}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"{path} está dañado: {error!r}. {again}") from error


def write(path: Path, pages: Mapping[str, PageRecording], secrets: tuple[str, ...] = ()) -> None:
    """Write the recording whole or not at all; ``secrets`` never get into it."""
    found = {
        "schema": SCHEMA,
        "what": WHAT,
        "pages": {page: _page_to(pages[page]) for page in sorted(pages)},
    }
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    for secret in secrets:
        text = text.replace(json.dumps(secret, ensure_ascii=False)[1:-1], "(secreto)")
    data = text.encode(errors="surrogatepass")
    if path.name.endswith(".gz"):
        data = gzip.compress(data, mtime=0)  # the same recording is the same file
    write_whole(path, data)


def _page_to(page: PageRecording) -> dict[str, Any]:
    return {
        "kubernetes": page.kubernetes,
        "recorded": page.recorded,
        "content": page.content,
        "seconds": _short(page.seconds),
        "steps": page.steps,
        "moments": [
            [moment.step, moment.phase.value, moment.attempt, _short(at)]
            for moment, at in page.moments
        ],
        "runs": [_run_to(run) for run in page.runs],
        "namespaces": page.namespaces,
        "answers": [_answer_to(answer) for answer in page.answers],
        "resources": [
            [
                *(r.group, r.version, r.plural, r.kind, r.singular),
                *(r.short_names, r.namespaced, sorted(r.verbs), sorted(r.categories)),
            ]
            for r in page.resources
        ],
        "kinds": _kinds_to(page.entries),
        "left": page.left,
    }


def _page_from(value: Mapping[str, Any]) -> PageRecording:
    resources = tuple(map(_resource_from, value["resources"]))
    return PageRecording(
        content=value["content"],
        recorded=value["recorded"],
        steps=tuple(value["steps"]),
        kubernetes=value["kubernetes"],
        seconds=value["seconds"],
        moments=[(Moment(s, Phase(p), n), at) for s, p, n, at in value["moments"]],
        runs=[_run_from(run) for run in value["runs"]],
        namespaces=[(moment, name) for moment, name in value["namespaces"]],
        answers=[_answer_from(answer) for answer in value["answers"]],
        resources=resources,
        entries=_entries_from(value["kinds"], resources),
        left=tuple(value["left"]),
    )


_SEEN = {
    "ended": "ended",
    "output": "output",
    "code": "exit_code",
    "stderr": "wrote_stderr",
    "late": "late",
    "jobs": "jobs",
}
"""How a recording calls what an observation holds."""


def _run_to(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = {
        "step": run.step,
        "terminal": run.terminal,
        "command": run.command,
        "began": _short(run.began),
        "partial": [[moment, _short(at), text] for moment, at, text in run.partial],
        "over": run.over,
    }
    if run.seen is not None:
        told |= {key: getattr(run.seen, name) for key, name in _SEEN.items()}
        told |= {"ending": run.seen.ending.value, "stages": run.seen.stages}
    return told


def _run_from(value: Mapping[str, Any]) -> Run:
    run = Run(value["step"], value["terminal"], value["command"], value["began"])
    run.partial = [(moment, at, text) for moment, at, text in value["partial"]]
    run.over = value["over"]
    if "ended" in value:
        run.seen = Observation(
            command=value["command"],
            started=value["began"],
            ending=Ending(value["ending"]),
            stages=tuple(value.get("stages", ())),
            **{name: value[key] for key, name in _SEEN.items() if key in value},
        )
    return run


def _answer_to(answer: Answer) -> dict[str, Any]:
    known: dict[str, Any] = {"moment": answer.moment, "request": answer.request}
    if answer.body is not None:
        return known | {"answer": answer.body}
    return known | {"status": answer.status, "message": answer.message}


def _answer_from(value: Mapping[str, Any]) -> Answer:
    return Answer(
        value["moment"],
        tuple(value["request"]),
        value.get("answer"),
        value.get("status", 0),
        value.get("message", ""),
    )


def _resource_from(fields: Sequence[Any]) -> Resource:
    *names, short_names, namespaced, verbs, categories = fields
    group, version, plural, kind, singular = names
    known = tuple(short_names), namespaced, frozenset(verbs), frozenset(categories)
    return Resource(group, version, plural, kind, singular, *known)


def _kinds_to(entries: list[Entry]) -> dict[str, Any]:
    kinds: dict[str, Any] = {}
    for entry in entries:
        kind = kinds.setdefault(entry.resource.path, {"entries": []})
        kind["columns"] = [[column.name, column.priority] for column in entry.columns]
        rows = [[row["cells"], row["object"]["metadata"]] for row in entry.rows]
        kind["entries"].append([_short(entry.at), entry.event, rows, _short(entry.lost)])
    return kinds


def _entries_from(kinds: Mapping[str, Any], resources: tuple[Resource, ...]) -> list[Entry]:
    by_path = {resource.path: resource for resource in resources}
    entries = []
    for path, kind in kinds.items():
        columns = tuple(Column(name, priority) for name, priority in kind["columns"])
        for at, event, rows, lost in kind["entries"]:
            made = tuple({"cells": cells, "object": {"metadata": m}} for cells, m in rows)
            entries.append(Entry(at, by_path[path], event, made, columns, lost))
    return sorted(entries, key=lambda entry: entry.at)


def _short(seconds: float) -> float:
    """Seconds to the microsecond: enough to keep what came first before what came next."""
    return round(seconds, 6)
