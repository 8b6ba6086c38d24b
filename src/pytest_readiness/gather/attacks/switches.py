"""Columns that decide by their names that a row is for everybody, with values by which it is and is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.attacks.states import PUBLIC_NAME, PUBLIC_VALUE, WITHHELD_NAME
from pytest_readiness.judges.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

_RELEASED = re.compile(r"^(live|approved|released|verified)$", re.IGNORECASE)
"""What a row is called that a view was made to show, once somebody has seen to it."""


def switches(
    field: Field, relation: Relation, given: tuple[State, ...] = ()
) -> Iterator[tuple[str, Column, str, str]]:
    """Yield relations and columns with the value by which alice's row is public, and one by which not.

    Args:
        field: Her rows.
        relation: That everybody reads.
        given: The states that her rows were brought into before.
    """
    changed = {(state.relation, state.value[0]): state.value[1] for state in given}
    for name in (relation.name, *sorted(field.texts.depends_on(relation.name) - {relation.name})):
        one, hers = field.catalog.relation(name), field.population.row(name, ALICE.name)
        text = " ".join([*(p.using for r in (one, relation) if r for p in r.policies), relation.view])
        for column in one.columns if one and hers else ():
            held = changed.get((name, column.name), hers.texts.get(column.name) if hers else None)
            if re.search(rf"(?<!\w){re.escape(column.quoted)}(?!\w)", text):
                found = _values_of(column, text, viewed=bool(relation.view))
                yield from ((name, column, value, other) for value, other in found if value == held)


def _values_of(column: Column, text: str, *, viewed: bool) -> Iterator[tuple[str, str]]:
    """Yield pairs of a value that publishes a row and one that does not."""
    if column.type == "boolean":
        if PUBLIC_NAME.search(column.name):
            yield "true", "false"
        elif WITHHELD_NAME.search(column.name):
            yield "false", "true"
        return
    named = [value for value in strings(text) if value]
    for value in dict.fromkeys(named):
        if PUBLIC_VALUE.match(value) or (viewed and _RELEASED.match(value)):
            for other in [label for label in column.labels if label not in named] or ["private", "draft"]:
                yield value, other
