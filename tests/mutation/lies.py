"""Generators of lies: one edit each, after which the page is not true of the recorded run."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from mutants import VOLATILE_HEADINGS, Mutant, Shown, Source, bare, cells, put

from kubedoctest.commands.command import Command
from kubedoctest.commands.programs import GoesOn
from kubedoctest.comparison import output_format
from kubedoctest.page.document import Role
from kubedoctest.page.transcript import DocumentedLine, steps_of
from kubedoctest.values import shapes
from kubedoctest.values.authors_clock import printed, printed_for
from kubedoctest.values.names import NAME_END, NAME_START

_POD_STATUSES = (
    "CrashLoopBackOff",
    "Running",
    "Completed",
    "Error",
    "ImagePullBackOff",
    "Pending",
    "Terminating",
    "Evicted",
    "OOMKilled",
)
_OTHER_STATUSES = {"Ready": "NotReady", "Active": "Terminating", "Bound": "Lost"}
_OTHER_WORDS = {
    "created": "configured",
    "configured": "unchanged",
    "unchanged": "configured",
    "deleted": "created",
    "Running": "Pending",
    "true": "false",
    "yes": "no",
    "no": "yes",
    "successfully": "partially",
    "invalid": "valid",
}
_LABEL = re.compile(r"(?<![\w./-])[a-z][\w./-]*=(?P<value>[\w.-]+)")
_PORT = re.compile(r"(?:(?<=:)|(?<=puerto )|(?<![\w.:/-])(?=\d+/(?:TCP|UDP)))(?P<value>\d{2,5})\b")
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}(?P<value>\d{1,3})(?![\d.])")
_FIXED_ADDRESSES = frozenset({"127.0.0.1", "0.0.0.0", "10.96.0.1", "10.96.0.10"})
_IMAGE = re.compile(r"(?<![\w./-])[\w.-]+(?:/[\w.-]+)+:(?P<value>v?\d[\w.-]*)")
_NUMBER = re.compile(r"(?<![\w.:/=-])(?P<value>\d{1,6})(?![\w.:/-])")
_TIMES = re.compile(r"\(x(?P<value>\d+) over ")
_YOUNGER = 3.0  # seconds: more than rounding can make of it
_MORE_TIMES = 5  # than an event came in any run
_UID = re.compile(rf"(?<![\w-])(?P<value>{shapes.UID}|[0-9a-f]{{64}}|[0-9a-f]{{12}})(?![\w-])")
_KNOWN_BY = 12
"""Characters of an id that docker shows in a table; of a uid they are its own too."""
_MOST_OTHERS = 3
_UNIT = re.compile(r"(?<=[0-9])(?P<value> (?:second|minute|hour)s?|[kKMG]i?B)\b")
_WORD = re.compile(r"(?<![\w./=<:-])[A-Za-zÁÉÍÓÚáéíóúñ]{2,}(?![\w/=>:-]|\.\w)")
_VOLATILE = re.compile("|".join(f"(?:{shape.in_line})" for shape in shapes.DESCRIPTION.text))
_OF_ENGINE = re.compile("|".join(f"(?:{shape.in_line})" for shape in shapes.ENGINE.text))
_HASHES = ("pod-template-hash=", "controller-revision-hash=", "controller-uid=", "revision=")

Generator = Callable[[Source, random.Random], Iterator[Mutant]]


def status(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A status that no recorded object ever had."""
    never = [value for value in _POD_STATUSES if value not in source.statuses]
    for shown, line, at, headers in _rows(source):
        heading, value = headers[at], cells(line.text)[at]
        if heading not in ("STATUS", "PHASE"):
            continue
        usual = value.group() not in _OTHER_STATUSES
        other = dice.choice(never) if usual else _OTHER_STATUSES[value.group()]
        yield source.edited("status", shown.block, line, put(line.text, value, other))


def count(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another number in a row, such that no recorded object ever read so."""
    for shown, line, at, headers in _rows(source):
        if headers[at] in VOLATILE_HEADINGS:
            continue
        texts = [cell.group() for cell in cells(line.text)]
        for other in _other_numbers(texts[at], dice):
            if not source.occurred(headers, (*texts[:at], other, *texts[at + 1 :])):
                new = put(line.text, cells(line.text)[at], other)
                yield source.edited("count", shown.block, line, new)
                break
    for shown, line in _text(source):
        volatile = _OF_ENGINE if shown.step.command.startswith("docker ") else _VOLATILE
        for match in _NUMBER.finditer(bare(line.text)):
            if not _inside(match.span("value"), volatile, line.text):
                yield _with(source, "count", shown, line, match, str(int(match["value"]) + 1))
    for shown in source.shown:
        for line in shown.lines:
            for match in _TIMES.finditer(bare(line.text)):
                more = str(int(match["value"]) + _MORE_TIMES)
                yield _with(source, "count", shown, line, match, more)


def age(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A time of no run: younger than in an earlier table, of before the birth, or never printed."""
    del dice
    before: dict[tuple[str, ...], float] = {}
    for shown, line, at, headers in _rows(source):
        if shown.streams and not shown.step.interrupted:
            continue  # a watch's times are judged as a whole, in the block that ends it
        texts = [cell.group() for cell in cells(line.text)]
        cell = cells(line.text)[at]
        told = printed_for(texts[at])
        if headers[at] == "AGE" and told is not None:
            thing = (texts[0], *headers)
            if _YOUNGER <= before.get(thing, 0.0) <= told[0]:
                younger = put(line.text, cell, printed(before[thing] - _YOUNGER))
                yield source.edited("age", shown.block, line, younger)
            before[thing] = told[0]
            yield source.edited("age", shown.block, line, put(line.text, cell, "1m75s"))
        if headers[at] == "RESTARTS" and texts[at].endswith(" ago)"):
            long_ago = f"{texts[at].partition(' (')[0]} (5d ago)"
            yield source.edited("age", shown.block, line, put(line.text, cell, long_ago))


def placeholder(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """``<none>`` and its like are literal."""
    del dice
    others = {"<none>": "<pending>", "<pending>": "<none>", "<unknown>": "<none>"}
    for shown, line, at, headers in _rows(source):
        cell = cells(line.text)[at]
        if cell.group() in others:
            texts = [c.group() for c in cells(line.text)]
            texts[at] = others[cell.group()]
            if not source.occurred(headers, tuple(texts)):
                new = put(line.text, cell, texts[at])
                yield source.edited("placeholder", shown.block, line, new)


def row_removed(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """One line less."""
    del dice
    for shown in source.shown:
        lines = shown.rows if shown.header else shown.lines
        for line in lines:
            last = line is lines[-1]
            goes_on = Command.of(shown.step.command).goes_on
            if (shown.streams and not last) or goes_on is GoesOn.LINES:
                continue  # other runs print fewer of these
            if not shown.excerpt and not source.document.blocks[shown.block].directives.partial:
                yield source.edited("row removed", shown.block, line)


def row_added(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """One row more, like another but for its name."""
    del dice
    for shown in source.shown:
        for line in shown.rows if shown.header else ():
            text = bare(line.text)
            generated = source.generated_in(text)
            first = cells(line.text)[0]
            name = _other_name(source, generated, first.group())
            if name is not None:
                rows = (line.text, put(text, first, name))
                yield source.edited("row added", shown.block, line, *rows)


def name(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another name: of those that authors gave, or of one that a command has used."""
    del dice
    for shown in source.shown:
        for line in shown.lines:
            text = bare(line.text)
            for word in sorted((source.fixed & set(_names(text))) | shown.used):
                where = re.search(f"{NAME_START}{re.escape(word)}{NAME_END}", text)
                if where is None:
                    continue
                other = (
                    _unused(source, word) if word in shown.used else f"{word[:-1]}{_next(word[-1])}"
                )
                yield source.edited("name", shown.block, line, put(line.text, where, other))


def stranger(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """One more name, in a table of the very objects that the table before it showed."""
    del dice
    for before, shown in itertools.pairwise(s for s in source.shown if s.header):
        names = [_only_name(source, line) for line in shown.rows]
        same = set(names) == {_only_name(source, line) for line in before.rows}
        if before.stretch != shown.stretch or before.excerpt or shown.excerpt or not same:
            continue
        for line, word in zip(shown.rows, names, strict=True):
            if word is not None:
                new = line.text.replace(word, _unused(source, word))
                yield source.edited("stranger", shown.block, line, new)


def identity(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A name that earlier commands left there, given to an object that came later."""
    del dice
    for shown in source.shown:
        earlier = {
            word
            for other in source.shown
            if other.stretch < shown.stretch
            for line in other.lines
            for word in source.generated_in(bare(line.text))
        }
        rows = [(line, _only_name(source, line)) for line in shown.rows if shown.header]
        for new, fresh in rows:
            for old, known in rows:
                if fresh is None or fresh in earlier or known not in earlier:
                    continue
                if _masked(source, new.text) == _masked(source, old.text):
                    continue
                first = min(new, old, key=lambda line: line.number)
                count = abs(new.number - old.number) + 1
                offset = first.number - source.document.blocks[shown.block].line - 1
                code = source.document.blocks[shown.block].code.split("\n")
                lines = [
                    re.sub(f"{fresh}|{known}", lambda m, f=fresh, k=known: k if m[0] == f else f, t)
                    for t in code[offset : offset + count]
                ]
                yield source.edited("identity", shown.block, first, *lines, count=count)


def uid(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """The uid or id of another object, or another one for an object whose own was shown before."""
    del dice
    earlier: dict[str, str] = {}
    for shown in source.shown:
        for line in shown.lines:
            for match in _UID.finditer(bare(line.text)):
                value, known = match["value"], match["value"][:_KNOWN_BY]
                others = [_as_long(one, value) for key, one in earlier.items() if key != known]
                if known in earlier:
                    others.append(f"{known[:-1]}{_next(known[-1])}{value[_KNOWN_BY:]}")
                for other in others[-_MOST_OTHERS:]:
                    yield _with(source, "uid", shown, line, match, other)
                earlier[known] = max(value, earlier.get(known, ""), key=len)


def _as_long(other: str, value: str) -> str:
    """Another object's id, written as this one is."""
    return (other + value[len(other) :])[: len(value)]


def command_id(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A command of docker's that names a container by an id that the page has not shown."""
    del dice
    for shown in source.shown:
        if shown.step.command.startswith("docker ") and "\n" not in shown.step.command:
            code = source.document.blocks[shown.block]
            text = code.code.split("\n")[shown.step.line - code.line - 1]
            for match in re.finditer(r"(?<![\w:.-])(?P<value>[0-9a-f]{12})(?![\w-])", text):
                line = DocumentedLine(shown.step.line, text)
                other = f"{match['value'][:-1]}{_next(match['value'][-1])}"
                yield _with(source, "command id", shown, line, match, other)


def unit(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A size or a time of docker's in a unit that it does not write there."""
    del dice
    for shown in source.shown:
        if shown.step.command.startswith("docker "):
            for line in shown.lines:
                for match in _UNIT.finditer(bare(line.text)):
                    yield _with(source, "unit", shown, line, match, f"{match['value']}x")


def prose(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A generated name in the prose that no block of the page shows."""
    del dice
    block = len(source.document.blocks)
    for number, line in enumerate(source.document.prose):
        for word in sorted(source.generated_in(line.text)):
            other = _unused(source, word)
            for marked in (other, f"**{other}**", f"<code>{other}</code>", f"[aquí](#{other})"):
                text = line.text.replace(word, marked)
                yield Mutant("prose", block, line.line, line.text, text, prose=(number, text))
            text = line.text.replace(word, f"…{other[-6:]}")
            yield Mutant("prose", block, line.line, line.text, text, prose=(number, text))


def address(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another address, where it is fixed or a command has used it."""
    del dice
    for shown in source.shown:
        for line in shown.lines:
            for match in _ADDRESS.finditer(bare(line.text)):
                whole = match.group()
                if whole in _FIXED_ADDRESSES or whole in {
                    m.group() for m in _ADDRESS.finditer(shown.commands)
                }:
                    other = str(int(match["value"]) % 250 + 3)
                    yield _with(source, "address", shown, line, match, other)


def label(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another value of a label."""
    del dice
    for shown in source.shown:
        for line in shown.lines:
            for match in _LABEL.finditer(bare(line.text)):
                if not match.group().rpartition("/")[2].startswith(_HASHES):
                    yield _with(source, "label", shown, line, match, f"{match['value']}x")


def port(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another port, where it was not chosen by the cluster."""
    del dice
    for shown in source.shown:
        for line in shown.lines:
            for match in _PORT.finditer(bare(line.text)):
                number = int(match["value"])
                chosen = number >= 30000 and match["value"] not in shown.commands
                if not chosen and not _inside(match.span("value"), _VOLATILE, line.text):
                    yield _with(source, "port", shown, line, match, str(number + 1))


def image(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another tag of an image."""
    del dice
    for shown in source.shown:
        for line in shown.lines:
            for match in _IMAGE.finditer(bare(line.text)):
                yield _with(source, "image tag", shown, line, match, "v9.9.9")


def exit_code(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A block that says how it exits, and it is not so."""
    del dice
    for number, block in source.blocks:
        if block.role not in (Role.TRANSCRIPT, Role.COMMANDS) or not block.code.strip():
            continue
        now = block.directives.exit_code
        steps = steps_of(block)
        shown = bool(steps and steps[-1].output)  # then what it writes tells that it fails
        for code in {7, None if now and not shown else 8} - {now}:
            yield Mutant(
                "exit code",
                number,
                block.line,
                f"codigo={now or 0}",
                f"codigo={code or 0}",
                directives=replace(block.directives, exit_code=code),
            )


def message(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another word in a line of text, or in a heading."""
    for shown in source.shown:
        lines = shown.lines[:1] if shown.header else shown.lines
        for line in lines:
            text = bare(line.text)
            generated = source.generated_in(text)
            words = [
                match
                for match in _WORD.finditer(text)
                if not _inside(match.span(), _VOLATILE, text)
                and not any(match.group() in word for word in generated)
            ]
            if words:
                word = dice.choice(words)
                other = _OTHER_WORDS.get(word.group(), f"{word.group()}x")
                yield source.edited("message", shown.block, line, put(line.text, word, other))


def order(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Two neighbours change places, where their order is the cluster's."""
    del dice
    for shown in source.shown:
        lines = shown.rows if shown.header else shown.lines
        for one, other in itertools.pairwise(lines):
            alike = _masked(source, one.text) == _masked(source, other.text)
            both = source.generated_in(one.text) and source.generated_in(other.text)
            both = both and not _sorted_apart(shown, one, other)
            neighbours = other.number == one.number + 1
            alike = alike or _renames(source, one, other)
            if neighbours and not alike and not (shown.header and both) and not shown.streams:
                yield source.edited("order", shown.block, one, other.text, one.text, count=2)


def _renames(source: Source, one: DocumentedLine, other: DocumentedLine) -> bool:
    """Whether two lines differ only in ids that nothing else shows: then it is their renaming."""
    whole = "\n".join(block.code for _, block in source.blocks)
    ids = [match["value"] for line in (one, other) for match in _UID.finditer(line.text)]
    masked = {_UID.sub("*", bare(line.text)) for line in (one, other)}
    shown = [match["value"][:_KNOWN_BY] for match in _UID.finditer(whole)]
    return len(masked) == 1 and all(shown.count(value[:_KNOWN_BY]) == 1 for value in ids)


def _sorted_apart(shown: Shown, one: DocumentedLine, other: DocumentedLine) -> bool:
    """Whether what the rows are sorted by is shown, and is not the same."""
    sorting = output_format.of(shown.step.command).sorted_by
    if sorting is None or shown.header is None or sorting.heading not in shown.header:
        return False
    column = shown.header.index(sorting.heading)
    return cells(one.text)[column].group() != cells(other.text)[column].group()


def manifest(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """Another value, or one line less, in the copy of a file."""
    for number, block in source.blocks:
        if block.role is not Role.FILE:
            continue
        for offset, text in enumerate(block.code.split("\n")):
            match = re.match(r"\s*(?:- )?[\w./-]+: (?P<value>[^#\s]+)", text)
            if match is None:
                continue
            line = DocumentedLine(block.line_of(offset), text)
            gone = dice.random() < 0.2
            new = () if gone else (put(text, match, match.group() + "x"),)
            yield source.edited("manifest", number, line, *new)


def indentation(source: Source, dice: random.Random) -> Iterator[Mutant]:
    """A line of an outline under another one, or under none."""
    for shown in source.shown:
        if output_format.of(shown.step.command).outline is not None:
            for line in shown.lines:
                blanks = len(line.text) - len(line.text.lstrip())
                other = dice.choice(
                    [n for n in (0, blanks - 2, blanks + 2, 14) if 0 <= n != blanks]
                )
                text = " " * other + line.text.lstrip()
                yield source.edited("indentation", shown.block, line, text)


OPERATORS: dict[str, Generator] = {
    "indentation": indentation,
    "status": status,
    "count": count,
    "age": age,
    "placeholder": placeholder,
    "row removed": row_removed,
    "row added": row_added,
    "name": name,
    "stranger": stranger,
    "identity": identity,
    "uid": uid,
    "command id": command_id,
    "unit": unit,
    "prose": prose,
    "address": address,
    "label": label,
    "port": port,
    "image tag": image,
    "exit code": exit_code,
    "message": message,
    "order": order,
    "manifest": manifest,
}


def _rows(source: Source) -> Iterator[tuple[Shown, DocumentedLine, int, tuple[str, ...]]]:
    """Every cell of every documented table whose rows have as many cells as headings."""
    for shown in source.shown:
        for line in shown.rows if shown.header else ():
            assert shown.header is not None
            if len(cells(line.text)) == len(shown.header):
                for at in range(len(shown.header)):
                    yield shown, line, at, shown.header


def _text(source: Source) -> Iterator[tuple[Shown, DocumentedLine]]:
    """Every documented line that is not in a table."""
    for shown in source.shown:
        for line in () if shown.header else shown.lines:
            yield shown, line


def _with(
    source: Source,
    operator: str,
    shown: Shown,
    line: DocumentedLine,
    match: re.Match[str],
    value: str,
) -> Mutant:
    start, end = match.span("value")
    return source.edited(operator, shown.block, line, line.text[:start] + value + line.text[end:])


def _only_name(source: Source, line: DocumentedLine) -> str | None:
    """The generated name that a row is about, if it has but one."""
    names = source.generated_in(bare(line.text))
    return names.pop() if len(names) == 1 else None


def _other_numbers(text: str, dice: random.Random) -> list[str]:
    if fraction := re.fullmatch(r"(\d+)/(\d+)", text):
        some, all_ = int(fraction[1]), int(fraction[2])
        near = [f"{some - 1}/{all_}"] * (some > 0) + [f"{some + 1}/{all_}"] * (some < all_)
        dice.shuffle(near)
        return [*near, f"{some}/{all_ + 1}", f"{some + 1}/{all_ + 1}"]
    if number := re.fullmatch(r"(\d+)( \(.*\))?", text):
        value, rest = int(number[1]), number[2] or ""
        near = [f"{value - 1}{rest}"] * (value > 0) + [f"{value + 1}{rest}"]
        dice.shuffle(near)
        return [*near, f"{value + 2}{rest}", f"{value + 7}{rest}"]
    return []


def _other_name(source: Source, generated: set[str], first: str) -> str | None:
    if first in generated:
        return _unused(source, first)
    return f"{first}-x" if not generated and re.fullmatch(r"[a-z0-9.-]+", first) else None


def _unused(source: Source, word: str) -> str:
    """A generated name like ``word`` that is nowhere in the page."""
    whole = "\n".join(block.code for _, block in source.blocks)
    stem = word[:-5]
    return next(
        stem + tail for tail in ("zzzzz", "xxxxx", "vvvvv", "wwwww") if stem + tail not in whole
    )


def _next(letter: str) -> str:
    """Another letter for a letter, and another figure for a figure."""
    if letter.isalpha():
        return "b" if letter == "a" else chr(ord(letter) - 1)
    return "8" if letter == "7" else "7"


def _names(text: str) -> list[str]:
    return re.findall(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", text)


def _inside(span: tuple[int, int], volatile: re.Pattern[str], text: str) -> bool:
    return any(m.start() <= span[0] and span[1] <= m.end() for m in volatile.finditer(text))


def _masked(source: Source, text: str) -> str:
    for word in source.generated_in(text):
        text = text.replace(word, "*")
    return re.sub(r"\s+", " ", re.sub(shapes.AGE, "*", bare(text)))
