"""Rewrites whom a row names beside him: who gave him a mandate, whose key he holds, for whom he acts.

A row may be his to answer: he accepts it, or it was accepted. Then it speaks for whoever it names.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Privileges, Relation
    from pytest_readiness.gather.attacks.climbing.actions import Actions
    from pytest_readiness.gather.synthesis.refusals import Values

_MOST = 40
"""Updates of one relation."""


def rewritten(actions: Actions, relation: Relation) -> Iterator[Action]:
    """Yield updates by which a row of bob's names alice beside him, and says what lets it count.

    What he may not write of it somebody else has said before.
    """
    held = relation.privileges.get(actions.role)
    mine = actions.field.population.row(relation.name, BOB.name)
    if held and mine and relation.kind in TABLE_KINDS:
        yield from itertools.islice(_naming_her(actions, relation, held, mine.where), _MOST)


def _naming_her(actions: Actions, relation: Relation, held: Privileges, those: str) -> Iterator[Action]:
    touches = actions.field.texts.touched_by(relation.name)
    every = tuple(column.name for column in relation.columns)
    places = [place for place in actions.victims(relation) if place.keys() <= {*held.update}]
    for place, rank in itertools.product(places, actions.ranks(relation, every) if places else ()):
        said = rank.keys() <= {*held.update}
        update = f"{_update(relation, place | rank if said else place)} where {those}"
        given = f"{_update(relation, rank)} where {those}"
        yield Action(relation.name, (update,), touches, () if said else (QUIETLY, given, AS_EVER))


def _update(relation: Relation, values: Values) -> str:
    sets = ", ".join(f"{c.quoted} = {literal(values[c.name])}" for c in relation.columns if c.name in values)
    return f"update {relation.name} set {sets}"
