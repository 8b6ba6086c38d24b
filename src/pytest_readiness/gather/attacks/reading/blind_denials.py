"""Reads as somebody whom a row of hers keeps out, where policies ask for that row as he sees it.

A policy looks at other tables with the eyes of its reader. Whoever does not see that he was blocked is not.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, given_states
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.owners.denials import denying

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading

_WAYS = 4
"""Rows that may let him in, of which each is tried."""


def read_past_denials(
    field: Field, relations: Iterable[Relation], reading: Reading
) -> Iterator[tuple[str, Read]]:
    """Yield by relation what bob reads though a row names him that would keep him out if he saw it."""
    for relation in relations:
        for name in sorted(denying(field.texts, relation)):
            denial = _naming_bob(field, name, "that he does not see")
            for place in _places(field, relation, name) if denial else ():
                if denial and (found := _read(field, relation, reading, (*place, denial))):
                    yield relation.name, found
                    break


def _read(field: Field, relation: Relation, reading: Reading, given: tuple[State, ...]) -> Read | None:
    """Return what he reads, if he would not once he saw the row, and would again without it."""
    *place, denial = given
    seen = f"alter table {denial.relation} disable row level security"
    bob, row = field.cast.user(BOB), field.population.row(relation.name, ALICE.name)

    def look(*states: State, before: tuple[str, ...] = ()) -> Read:
        statements = (*(sql for state in states for sql in state.statements), *before)
        outcome = field.runner.one(Attempt(bob, (read(relation),), before=statements))
        return reading(relation, bob, BOB, outcome, row)

    found = look(*given)
    told = look(*given, before=(seen,)) if found.foreign else found
    if told.foreign or told.sqlstate or not look(*place, before=(seen,)).foreign:
        return None
    return given_states(found, bob, given)


def _places(field: Field, relation: Relation, denial: str) -> Iterator[tuple[State, ...]]:
    """Yield nothing, and each row of hers that may let him in: he follows her, or belongs where she does."""
    yield ()
    near = sorted(field.texts.depends_on(relation.name) - {relation.name, denial})
    found = (_naming_bob(field, name, "") for name in near)
    yield from ((state,) for state in islice(filter(None, found), _WAYS))


def _naming_bob(field: Field, name: str, said: str) -> State | None:
    """Return the state in which a row like hers names bob, as whom it is for; None if there is none."""
    relation, owned = field.catalog.relation(name), field.owners.owned.get(name)
    if relation is None or owned is None or not owned.users or relation.kind not in TABLE_KINDS:
        return None
    forger = Forger(field)
    model, mine = forger.model(relation, ALICE), forger.owner_keys(relation, BOB)
    if model is None:
        return None
    row = model | {column: mine[column] for column in receivers(relation, owned) if column in mine}
    statements = (QUIETLY, insert_sql(relation, row), AS_EVER)
    return State(name, " ".join(filter(None, (f"a row of hers in {name} for him", said))), statements)
