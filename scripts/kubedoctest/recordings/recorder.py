"""Keeps what pages are told by bash and by the cluster, for a recording (see ``recording``).

A page's :class:`~kubedoctest.run.chapter_context.ChapterContext` is wrapped: all that goes through
it is passed on, and noted beside the last moment that the chapter had reached.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kubedoctest.cluster.api import ApiError, Cluster, Request, Resource
from kubedoctest.cluster.timeline import Entry
from kubedoctest.page.document import Document, Role
from kubedoctest.page.transcript import steps_of
from kubedoctest.recordings.recording import Answer, PageRecording, Run
from kubedoctest.run.chapter_context import ChapterContext, Clock, Moment
from kubedoctest.run.run_session import PageSandbox, RunSession, Settings
from kubedoctest.shell.observation import Observation, Terminal
from kubedoctest.verdicts.results import Versions, content_hash

_KEPT_OF_METADATA = frozenset(
    {"name", "namespace", "uid", "generateName", "labels", "ownerReferences", "creationTimestamp"}
)
_LEFT_OUT = frozenset({"managedFields", "annotations"})
_CONTENTS = ("data", "stringData")


def content_of(document: Document) -> str:
    """What tells whether a page's blocks have been edited since they were recorded.

    Its prose and its diagrams may change: nothing of them was recorded.
    """
    blocks = [block for block in document.blocks if block.role is not Role.RENDERED]
    hashes = "\n".join(map(content_hash, blocks))
    return hashlib.sha256(hashes.encode()).hexdigest()[:16]


def request_key(request: Request) -> tuple[str, ...]:
    """A request as a recording names it."""
    body = request.body
    sent = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True).encode()
    known = hashlib.sha256(sent).hexdigest()[:16] if body is not None else ""
    params = json.dumps(dict(request.params or {}), sort_keys=True)
    return request.method, request.path, params, request.accept, known


def secrets_of(kubeconfig: Path | None) -> tuple[str, ...]:
    """What a kubeconfig holds to identify its user; never to be written to a recording."""
    if kubeconfig is None or not kubeconfig.is_file():
        return ()
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8")) or {}
    values = [v for user in config.get("users") or () for v in (user.get("user") or {}).values()]
    values += [
        (c.get("cluster") or {}).get("certificate-authority-data")
        for c in config.get("clusters") or ()
    ]
    return tuple(value for value in values if isinstance(value, str) and len(value) > 8)


class Recorder:
    """A run session whose pages are recorded, one after another.

    Attributes:
        live: the same session, to run pages that are not.
        entries: all that the cluster's watch has brought.
        pages: the recordings, by the pages' names.
    """

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        self.entries: list[Entry] = []
        self.live = RunSession(settings, tell, self.entries.append)
        self.pages: dict[str, PageRecording] = {}

    def versions(self) -> Versions:
        """As `RunSession.versions`."""
        return self.live.versions()

    def open(self, document: Document) -> RecordedSandbox:
        """A place for one page, in which what it is told is noted; as `RunSession.open`."""
        return RecordedSandbox(document, self.live.open(document), self)

    def close(self) -> None:
        """As `RunSession.close`."""
        self.live.close()


class RecordedSandbox:
    """One page's sandbox, noted until it is closed."""

    def __init__(self, document: Document, place: PageSandbox, recorder: Recorder) -> None:
        self._name = document.name
        self._place = place
        self._recorder = recorder
        self._page = PageRecorder(document, place.work)
        self.work = self._page.work

    def close(self, cut_short: bool = False) -> list[str]:
        """As `PageSandbox.close`."""
        left = self._place.close(cut_short)
        recording = self._page.recording(list(self._recorder.entries), left)
        self._recorder.pages[self._name] = recording
        return left


class PageRecorder:
    """What one page is told."""

    def __init__(self, document: Document, work: ChapterContext) -> None:
        self._cluster = work.cluster
        self._clock = _NotingClock(work.clock, self._reached)
        self._began = self._clock.now()
        self._page = PageRecording(
            content=content_of(document),
            recorded=datetime.now(UTC).isoformat(timespec="seconds"),
            steps=tuple(step.command for block in document.blocks for step in steps_of(block)),
        )
        self.work = replace(
            work,
            terminal=cache(lambda title: _NotingTerminal(work.terminal(title), title, self)),
            cluster=_NotingCluster(work.cluster, self.answered) if work.cluster else None,
            namespace=self._namespace(work.namespace),
            clock=self._clock,
        )

    def now(self) -> float:
        """Seconds since the page began."""
        return self._since(self._clock.now())

    @property
    def here(self) -> int:
        """The index of the last moment that was reached."""
        return len(self._page.moments) - 1

    def began(self, terminal: str, command: str) -> Run:
        """A command is being started."""
        step = self._page.moments[-1][0].step if self._page.moments else 0
        run = Run(step, terminal, command, self.now())
        self._page.runs.append(run)
        return run

    def seen(self, observation: Observation) -> Observation:
        """An observation in the page's own seconds."""
        return replace(
            observation,
            started=self._since(observation.started),
            ended=self._since(observation.ended),
        )

    def answered(self, answer: Answer) -> None:
        """The API server answered; what it had said to the same request before is not repeated."""
        last = next((a for a in reversed(self._page.answers) if a.request == answer.request), None)
        if last is None or replace(last, moment=0) != answer:
            self._page.answers.append(replace(answer, moment=self.here))

    def recording(self, entries: list[Entry], left: list[str]) -> PageRecording:
        """All of it, now that the page is over."""
        page = self._page
        page.seconds = self.now()
        page.left = tuple(left)
        if self._cluster is not None:
            page.kubernetes = self._cluster.version
            page.entries = self._entries(entries)
            used = {entry.resource.path for entry in page.entries}
            page.resources = tuple(
                r for r in self._cluster.resources if r.path in used or "list" in r.verbs
            )
        return page

    def _since(self, moment: float) -> float:
        return moment - self._began

    def _reached(self, moment: Moment, now: float) -> None:
        self._page.moments.append((moment, self._since(now)))

    def _namespace(self, ask: Callable[[], str]) -> Callable[[], str]:
        def namespace() -> str:
            name = ask()
            if not self._page.namespaces or self._page.namespaces[-1][1] != name:
                self._page.namespaces.append((self.here, name))
            return name

        return namespace

    def _entries(self, entries: list[Entry]) -> list[Entry]:
        """The page's own, and before them what there was when it began."""
        known: dict[str, dict[str, Mapping[str, Any]]] = {}
        first: dict[str, Entry] = {}
        own: list[Entry] = []
        for entry in entries:
            if entry.at >= self._began:
                lost = self._since(entry.lost) if entry.event == "LIST" else 0.0
                own.append(_bare(replace(entry, at=self._since(entry.at), lost=lost)))
                continue
            rows = known.setdefault(entry.resource.path, {})
            if entry.event in ("FIRST", "LIST"):
                rows.clear()
            for row in entry.rows:
                uid = row["object"]["metadata"]["uid"]
                if entry.event == "DELETED":
                    rows.pop(uid, None)
                else:
                    rows[uid] = row
            first[entry.resource.path] = entry
        before = [
            _bare(replace(e, at=0.0, event="FIRST", rows=tuple(known[path].values()), lost=0.0))
            for path, e in first.items()
        ]
        return before + own


class _NotingClock(Clock):
    """A clock that tells which moments were reached."""

    def __init__(self, clock: Clock, note: Callable[[Moment, float], None]) -> None:
        self._clock = clock
        self._note = note

    def now(self) -> float:
        return self._clock.now()

    def reached(self, moment: Moment) -> float:
        now = self._clock.reached(moment)
        self._note(moment, now)
        return now

    def wait(self, seconds: float) -> None:
        self._clock.wait(seconds)

    def goes_on(self) -> bool:
        return self._clock.goes_on()


class _NotingTerminal(Terminal):
    """A terminal whose commands are noted."""

    def __init__(self, terminal: Terminal, title: str, page: PageRecorder) -> None:
        self._terminal = terminal
        self._title = title
        self._page = page
        self._run: Run | None = None

    @property
    def alive(self) -> bool:
        return self._terminal.alive

    def begin(self, command: str) -> None:
        self._run = self._page.began(self._title, command)
        self._terminal.begin(command)

    def partial(self) -> str:
        text = self._terminal.partial()
        if self._run is not None:
            told, here = self._run.partial, self._page.here
            if told and told[-1][0] == here:
                told.pop()
            before = next((t for _, _, t in reversed(told) if t is not None), "")
            told.append((here, self._page.now(), None if text == before else text))
        return text

    def ended(self) -> bool:
        over = self._terminal.ended()
        if over and self._run is not None and self._run.over is None:
            self._run.over = self._page.here
        return over

    def interrupt(self) -> None:
        self._terminal.interrupt()

    def finish(self, limit: float) -> Observation:
        observation = self._terminal.finish(limit)
        if self._run is not None:
            self._run.seen = self._page.seen(observation)
        return observation


class _NotingCluster(Cluster):
    """A cluster whose answers are noted."""

    def __init__(self, cluster: Cluster, note: Callable[[Answer], None]) -> None:
        self._inner = cluster
        self._answered = note

    def ask(self, request: Request) -> dict[str, Any]:
        key = request_key(request)
        try:
            answer = self._inner.ask(request)
        except ApiError as error:
            self._answered(Answer(0, key, None, error.status, str(error)))
            raise
        self._answered(Answer(0, key, _public(answer)))
        return answer

    def nodes_not_ready(self) -> tuple[str, ...]:
        return self._inner.nodes_not_ready()

    @property
    def resources(self) -> tuple[Resource, ...]:
        return self._inner.resources

    def look_again(self) -> None:
        self._inner.look_again()


def _bare(entry: Entry) -> Entry:
    """An entry with what of its objects' metadata tells them apart."""
    rows = []
    for row in entry.rows:
        told = row["object"]["metadata"].items()
        kept = {key: value for key, value in told if key in _KEPT_OF_METADATA}
        rows.append({"cells": row["cells"], "object": {"metadata": kept}})
    return replace(entry, rows=tuple(rows))


def _public(value: Any, secret: bool = False) -> Any:
    """An answer without what is long and says nothing, nor the contents of Secrets."""
    if isinstance(value, list):
        return [_public(item, secret) for item in value]
    if not isinstance(value, dict):
        return value
    secret = secret or str(value.get("kind", "")).startswith("Secret")
    return {
        key: _public(item, secret)
        for key, item in value.items()
        if key not in _LEFT_OUT and not (secret and key in _CONTENTS)
    }
