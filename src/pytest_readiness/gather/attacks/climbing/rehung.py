"""Hangs one's own node of a tree below one of hers: what is said to all below is said to him then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import named
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.judges.sql.reach import deciding_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field


def rehung(field: Field, hidden: Collection[Relation]) -> Iterator[Action]:
    """Yield updates by which a row of bob's refers to one of alice's in the same relation.

    What he could read then may be in a state in which it is for all below.

    Args:
        field: Where.
        hidden: Of which he sees nothing of others so far.
    """
    for relation in field.catalog.relations:
        for update in _moves(field, relation):
            touches = field.texts.touched_by(relation.name)
            yield Action(relation.name, (update,), touches)
            for one in hidden:
                if relation.name in field.texts.depends_on(one.name):
                    said = " ".join(deciding_of(one))
                    for state in named(field, one, said):
                        yield Action(
                            relation.name, (update,), touches, state.statements, said=f"where {state.said}"
                        )


def _moves(field: Field, relation: Relation) -> Iterator[str]:
    mine, hers = (field.population.row(relation.name, person.name) for person in (BOB, ALICE))
    held = relation.privileges.get(field.cast.user(BOB).role)
    if not (held and mine and hers and mine.where) or relation.kind not in TABLE_KINDS:
        return
    for key in relation.foreign_keys:
        if key.target != relation.name or len(key.columns) != 1:
            continue
        column, value = relation.column(key.columns[0]), hers.texts.get(key.target_columns[0])
        if column and value is not None and column.name in held.update:
            yield f"update {relation.name} set {column.quoted} = {literal(value)} where {mine.where}"
