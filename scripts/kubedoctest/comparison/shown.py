"""The documented tables of a step, as tables of recorded objects."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kubedoctest.comparison import table
from kubedoctest.comparison.documented import versions
from kubedoctest.comparison.layout import Section, is_gap, sections
from kubedoctest.comparison.scope import Scope, View
from kubedoctest.comparison.stretch import ShownTable
from kubedoctest.page.transcript import DocumentedLine

_NOTHING = re.compile(r"No resources found(?: in \S+ namespace)?\.?")


@dataclass(frozen=True)
class Listing:
    """What a command lists of one kind, and how.

    Attributes:
        headings: those of its table where it prints none (``--no-headers``); otherwise empty.
    """

    scope: Scope
    view: View
    headings: tuple[str, ...] = ()


def tables(
    documented: Sequence[DocumentedLine], listings: Sequence[Listing], place: str
) -> tuple[ShownTable, ...]:
    """The documented tables; of several kinds, those that are not shown as tables without rows.

    Args:
        documented: what the page shows.
        listings: what the command lists, a kind each.
        place: where the command is, as ``page:line``.
    """
    texts = [versions(line.text)[-1] for line in documented]
    if listings and listings[0].headings and texts and not any(map(_NOTHING.fullmatch, texts)):
        return (_table(documented, listings[0].headings, listings[0], place),)
    found: list[ShownTable] = []
    for section in sections(texts):
        listing = _listing_of(section, listings)
        if section.is_table and listing is not None:
            lines = documented[section.start + 1 : section.start + len(section.lines)]
            found.append(_table(lines, table.headings(section.lines[0]), listing, place))
    complete = not any(map(is_gap, texts)) and (bool(found) or any(map(_NOTHING.fullmatch, texts)))
    if complete:
        shown = {one.scope for one in found}
        found += [
            ShownTable((), False, (), listing.scope, place, listing.view)
            for listing in listings
            if listing.scope not in shown
        ]
    return tuple(found)


def _table(
    lines: Sequence[DocumentedLine], headings: tuple[str, ...], listing: Listing, place: str
) -> ShownTable:
    return ShownTable(
        rows=tuple(line for line in lines if line.text and not is_gap(line.text)),
        excerpt=any(is_gap(line.text) for line in lines),
        headers=headings,
        scope=listing.scope,
        place=place,
        view=listing.view,
    )


def without(
    texts: Sequence[str], listings: Sequence[Listing], judged: Collection[Scope]
) -> list[int]:
    """The indices of the lines that are not in a table of one of these kinds.

    Args:
        texts: an output's lines, documented or real.
        listings: what the command lists.
        judged: the kinds whose tables are to be left out.
    """
    if listings and listings[0].headings and listings[0].scope in judged:
        return []
    left = set(range(len(texts)))
    for section in sections(texts):
        listing = _listing_of(section, listings)
        if section.is_table and listing is not None and listing.scope in judged:
            # The blank line that sets it apart goes with it.
            left -= set(range(section.start, section.start + len(section.lines) + 1))
    if all(listing.scope in judged for listing in listings):
        left -= {n for n, text in enumerate(texts) if _NOTHING.fullmatch(text)}
    return sorted(left)


def _listing_of(section: Section, listings: Sequence[Listing]) -> Listing | None:
    """The kind that a table lists, by the prefix of its names."""
    if len(listings) == 1:
        return listings[0]
    rows = [row for row in section.lines[1:] if row and not is_gap(row)]
    return next(
        (
            listing
            for listing in listings
            if rows and any(word.startswith(listing.view.prefix) for word in rows[0].split()[:2])
        ),
        None,
    )
