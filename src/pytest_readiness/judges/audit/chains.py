"""Tells whether the entries of a log are linked, each to one before it, and whether a chain of them forks."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_readiness.evidence.audit import Log, Row
    from pytest_readiness.evidence.catalog import Relation

_SHORTEST = 8
"""What is shorter is no hash and no key."""
_LINKS = 2
"""How many entries have to be linked: one may be so by chance."""
_KINDS = frozenset({"bytea", "text", "uuid", "character varying", "character"})


def linkable(log: Log, relation: Relation, tables: Collection[Relation]) -> tuple[str, ...]:
    """Return the columns of a log that may hold a hash or a key of an entry; fewer than two link nothing.

    What is known to hold something else is none: images, who acted, the row, and the columns of a table
    that its history repeats.
    """
    known = {getattr(log.columns, role.name) for role in fields(log.columns)}
    if log.mirrored:
        known |= {column.name for table in tables for column in table.columns}
    return tuple(
        column.name
        for column in relation.columns
        if column.name not in known and column.type.split("(")[0] in _KINDS
    )


def in_order(entries: Iterable[Row], names: Sequence[str]) -> list[Row]:
    """Return the entries in the order of numbers and times; one without any comes first."""
    return sorted(entries, key=lambda entry: [_place(value(entry, name)) for name in names])


def _place(held: object) -> tuple[bool, float, str]:
    return held is not None, held if isinstance(held, int | float) else 0.0, str(held)


def link_of(entries: Sequence[Row], columns: Collection[str]) -> str:
    """Return the column that holds what another column of an earlier entry held; empty where none does.

    Args:
        entries: All entries, in their order.
        columns: Those that may link.
    """
    own = own_of(entries, columns)
    for name in columns:
        if any(_links(entries, name, other) for other in own if other != name):
            return name
    return ""


def _all_differ(held: Sequence[object]) -> bool:
    return len(set(map(str, held))) == len(held) and all(
        isinstance(text, str) and len(text) >= _SHORTEST for text in held
    )


def _links(entries: Sequence[Row], name: str, own: str) -> bool:
    """Whether all entries are linked but the first of each chain, which hold nothing or the same."""
    unlinked = [entries[place].get(name) for place in _first(entries, name, own)]
    return (
        len(entries) - len(unlinked) >= _LINKS and len({held for held in unlinked if held is not None}) <= 1
    )


def _first(entries: Sequence[Row], name: str, own: str) -> list[int]:
    """Return the places of the entries that are linked to none before them."""
    before: set[object] = set()
    places = []
    for place, entry in enumerate(entries):
        if entry.get(name) not in before:
            places.append(place)
        before.add(entry.get(own))
    return places


def may_link(entries: Sequence[Row], columns: Collection[str]) -> bool:
    """Whether entries may be linked: too few to tell, or one holds what an earlier one holds elsewhere.

    Fewer have to be than of a link: where there is a chain for each owner, most may be the first of theirs.
    """
    if len(entries) <= _LINKS:
        return True
    own = own_of(entries, columns)
    return any(
        len(_first(entries, name, other)) < len(entries) for name in columns for other in own if other != name
    )


def chain_of(entries: Sequence[Row], link: str, place: int) -> int:
    """Return the place of the entry with which the chain of an entry begins."""
    while (before := _before(entries, link, place)) is not None:
        place = before
    return place


def _before(entries: Sequence[Row], link: str, place: int) -> int | None:
    """Return the place of the entry to which an entry is linked."""
    wanted = entries[place].get(link)
    return next(
        (
            other
            for other in range(place - 1, -1, -1)
            if wanted is not None
            and any(name != link and held == wanted for name, held in entries[other].items())
        ),
        None,
    )


def forks(before: Sequence[Row], after: Sequence[Row], link: str) -> dict[str, int]:
    """Return what two entries or more came to link to at once that none linked to before, and how many do."""
    old = Counter(entry.get(link) for entry in before)
    new = Counter(entry.get(link) for entry in after)
    return {held: count for held, count in new.items() if held is not None and count > 1 and not old[held]}


def branches(before: Sequence[Row], after: Sequence[Row], link: str, own: Collection[str]) -> dict[str, int]:
    """Return the forks that one statement left.

    Entries that have one hash together are a block, and one link of a chain.

    Args:
        before: All entries before it.
        after: All entries after it.
        link: The column that links them.
        own: Those in which entries that were written one by one all differ.
    """
    found = {}
    for held, count in forks(before, after, link).items():
        together = [entry for entry in after if entry.get(link) == held]
        if all(len({str(entry.get(name)) for entry in together}) > 1 for name in own):
            found[held] = count
    return found


def own_of(entries: Sequence[Row], columns: Collection[str]) -> tuple[str, ...]:
    """Return the columns that may hold a hash or key of each entry itself: all differ."""
    return tuple(name for name in columns if _all_differ([entry.get(name) for entry in entries]))
