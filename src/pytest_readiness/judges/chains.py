"""Tells whether the entries of a log are linked, each to the one before it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Row

_SHORTEST = 8
"""What is shorter is no hash and no key."""
_LINKS = 2
"""How many entries have to be linked: one may be so by chance."""


def link_of(entries: Sequence[Row]) -> str:
    """Return the column that holds what another column of the entry before held; empty where none does.

    Args:
        entries: All entries, in their order.
    """
    for name in _hashes(entries):
        for other in _hashes(entries):
            own = [entry[other] for entry in entries]
            linked = sum(entry[name] in own[:index] for index, entry in enumerate(entries))
            if name != other and len(set(own)) == len(own) and linked >= _LINKS:
                return name
    return ""


def forks(entries: Sequence[Row], link: str) -> dict[str, int]:
    """Return what more than one entry links to, and how many do."""
    return {held: count for held, count in Counter(entry[link] for entry in entries).items() if count > 1}


def _hashes(entries: Sequence[Row]) -> Iterator[str]:
    for name in entries[0] if entries else ():
        held = [entry.get(name) for entry in entries]
        if all(isinstance(text, str) for text in held) and max(len(str(text)) for text in held) >= _SHORTEST:
            yield name
