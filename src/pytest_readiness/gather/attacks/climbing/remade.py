"""Makes a row that names the attacker where he has one already: he deletes it first, or has none yet."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Privileges, Relation
    from pytest_readiness.gather.attacks.field import Field

_REMADE = 300
"""Inserts of one relation that are tried once more after a row of one's own is gone."""

_NEW = "as somebody who had no row there yet"


def remade(field: Field, relation: Relation, held: Privileges, inserts: Collection[str]) -> Iterator[Action]:
    """Yield the deletion of bob's row, and inserts after it.

    Args:
        field: With the rows of people.
        relation: In which his row is.
        held: What he may do there.
        inserts: Statements that make a row of his.
    """
    mine = field.population.row(relation.name, BOB.name)
    if mine is None:
        return
    touches = field.texts.touched_by(relation.name)
    delete = f"delete from {relation.name} where {mine.where}"
    if "delete" in held.others:
        for steps in ((delete,), *((delete, sql) for sql in itertools.islice(inserts, _REMADE))):
            yield Action(relation.name, steps, touches)
    elif _makes_his_own(field, relation):
        for sql in itertools.islice(inserts, _REMADE):
            yield Action(relation.name, (sql,), touches, (QUIETLY, delete, AS_EVER), said=_NEW)


def _makes_his_own(field: Field, relation: Relation) -> bool:
    """Whether there is one row for each user, which no trigger makes for him when he signs up."""
    owned = field.owners.owned.get(relation.name)
    alone = owned and any({*columns} <= {*owned.users} for columns in relation.unique)
    made = re.compile(rf"\binsert\s+into\s+(?:\w+\.)?{re.escape(word(relation.table))}(?!\w)", re.IGNORECASE)
    return bool(alone) and not any(
        function.returns == "trigger" and made.search(plain(function.body))
        for function in field.catalog.functions
    )
