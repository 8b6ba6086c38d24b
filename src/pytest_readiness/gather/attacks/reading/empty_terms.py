"""Reads as somebody whose place in another tenant is for no time at all: its term is an empty range.

A term that is cut off before it begins is empty, and an empty range has no bounds. Code that asks for these
one by one, and takes one that is missing for none, takes no time for all time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.reading.former import BEGAN, TERMS
from pytest_readiness.gather.attacks.states import FUTURE, given_states
from pytest_readiness.judges.sql.terms import may_be_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.reading.former import Former

_LASTING = f"[{BEGAN},{FUTURE})"
_EMPTY, HELD = (
    {kind: many if "multi" in kind else one for kind in TERMS}
    for one, many in (("empty", "{}"), (_LASTING, f"{{{_LASTING}}}"))
)


def read_in_no_time(places: Former, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
    """Yield by relation what bob reads for no time, and while a term holds, and not once it is over."""
    wanted = {relation.name for relation in relations}
    bob, bodies = places.field.cast.user(BOB), [one.body for one in places.field.catalog.functions]
    for relation in places.field.catalog.relations:
        if not any(column.type in TERMS for column in relation.columns):
            continue
        ways = zip(*(places.ends_in(relation, terms) for terms in (_EMPTY, HELD, TERMS)), strict=True)
        for empty, held, over in ways:
            if not empty.term or not may_be_empty(relation, empty.column, bodies):
                continue
            left = places.open(places.below(empty, wanted), empty.over)
            during = {one.name for one, _ in places.open([one for one, _ in left], held.over)}
            after = {one.name for one, _ in places.open([one for one, _ in left], over.over)}
            said = f"a place in {relation.name} for no time ({empty.column.quoted} is empty)"
            for one, then in left:
                if one.name in during - after:
                    yield one.name, given_states(then, bob, (replace(empty.over, said=said),))
