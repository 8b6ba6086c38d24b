"""Columns that decide by their names that a row is for everybody, with values by which it is and is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.attacks.states import FUTURE, PUBLIC_NAME, PUBLIC_VALUE, WITHHELD_NAME
from pytest_readiness.judges.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

_RELEASED = re.compile(r"^(live|approved|released|verified)$", re.IGNORECASE)
"""What a row is called that a view was made to show, once somebody has seen to it."""

_SINCE = re.compile(r"publish|public|visib|released", re.IGNORECASE)
"""What a time is called from which on everybody may read a row."""


def switches(
    field: Field, relation: Relation, given: tuple[State, ...] = ()
) -> Iterator[tuple[str, Column, str, str | None]]:
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
            if held is not None and re.search(rf"(?<!\w){re.escape(column.quoted)}(?!\w)", text):
                others = _by_which_not(column, held, text, viewed=bool(relation.view))
                yield from ((name, column, held, other) for other in others)


def _by_which_not(column: Column, held: str, text: str, *, viewed: bool) -> Iterator[str | None]:
    """Yield values by which a row is not public; none if the value that it has does not publish it."""
    if column.type == "boolean":
        public = PUBLIC_NAME if held == "true" else WITHHELD_NAME
        if public.search(column.name):
            yield "false" if held == "true" else "true"
    elif column.type.startswith(("timestamp", "date")):
        if _SINCE.search(column.name):
            yield FUTURE if column.not_null else None
    elif held and (PUBLIC_VALUE.match(held) or (viewed and _RELEASED.match(held))):
        named = strings(text)
        if held in named:
            yield from [label for label in column.labels if label not in named] or ["private", "draft"]
