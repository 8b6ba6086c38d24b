"""Who writes entries: the functions that triggers reach, whose owners are no answer to who acted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation

_DEEP = 3
"""How many calls deep functions are looked at, that of the trigger among them."""


def recorders(catalog: CatalogEvidence, *relations: Relation) -> Iterator[Function]:
    """Yield the functions with their owner's rights that triggers of tables run, or call."""
    called = {trigger.function for relation in relations for trigger in relation.triggers}
    reached = [function for function in catalog.functions if function.name in called]
    for _ in range(_DEEP):
        yield from (function for function in reached if function.definer)
        said = {name for function in reached for name in names(function.body)}
        called |= {function.name for function in reached}
        reached = [f for f in catalog.functions if f.name not in called and last_name(f.name) in said]


def says_the_owner(
    held: Collection[tuple[tuple[str, str], Mapping[str, Any]]], owner: str, places: Collection[str]
) -> list[str]:
    """Return the places that name the owner of a function in entries of several roles, not all of them his.

    Where another place names whoever acted, that of the owner is one more, and no lie.

    Args:
        held: The role and the login of each who wrote, with an entry.
        owner: Of a function that writes entries.
        places: Of an entry, that may say who wrote.
    """
    roles = {role for (role, _), _ in held}
    if len(roles) < 2 or roles == {owner}:  # noqa: PLR2004  of one writer nobody can tell
        return []
    if any(all(entry.get(place) in who for who, entry in held) for place in places):
        return []
    return [place for place in places if all(entry.get(place) == owner for _, entry in held)]
