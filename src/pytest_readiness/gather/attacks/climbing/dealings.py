"""Calls functions that write for another tenant, as one that has dealings with it, and reads on.

A function may say by a setting that somebody else acts, so that policies let it write a counter-entry. What
follows in the request is done as the other, unless it says afterwards who acts as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import asked_of, besides, named
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.meanings import compared
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.switches import acts_for_another, tables_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_CALLS = 12


def dealings(field: Field) -> Iterator[Action]:
    """Yield calls with her keys where rows say that the two have to do with one another."""
    forger, arguments, role = Forger(field), field.arguments, field.cast.user(BOB).role
    for function in field.catalog.functions:
        if role not in function.callers or not acts_for_another(function):
            continue
        reach = field.texts.function_reach(function)
        known = [row for name in sorted(reach) for row in _acquainted(forger, function, name)]
        before = (QUIETLY, *known, AS_EVER) if known else ()
        for given in arguments.calls(function, _CALLS):
            call = (call_sql(function, given),)
            yield Action(function.signature, call, reach, before, temporary=True, settings=True)


def _acquainted(forger: Forger, function: Function, name: str) -> Iterator[str]:
    """Yield rows of a relation that name either side beside the other, and say what a function asks for."""
    relation = forger.field.catalog.relation(name)
    # What it writes itself is no reason for it.
    if relation is None or relation.kind not in TABLE_KINDS or relation.table in tables_written(function):
        return
    states = (s for among in (named, besides) for s in among(forger.field, relation, function.body))
    asked = asked_of(relation, states)
    for own, other in _pairs(forger.field, relation, function):
        for one, another in ((BOB, ALICE), (ALICE, BOB)):
            row, key = forger.model(relation, one), forger.owner_keys(relation, another).get(own)
            if row is not None and key is not None:
                yield insert_sql(relation, row | asked | {other: key})


def _pairs(field: Field, relation: Relation, function: Function) -> Iterator[tuple[str, str]]:
    """Yield the column that says whose a row is, with each that may name with whom he has to do."""
    owned, body = field.owners.owned.get(relation.name), plain(function.body)
    told = {name for argument in function.arguments for name in compared(body, argument)}
    for columns in (owned.tenants, owned.users) if owned else ():
        first = relation.column(columns[0]) if columns else None
        for column in relation.columns if first else ():
            if first and column.type == first.type and column.name in {*columns[1:], *told} - {first.name}:
                yield first.name, column.name
