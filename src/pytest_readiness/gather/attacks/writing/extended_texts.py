"""Deletes or renames one's own row while a text of hers goes on from a text of it: a folder below a folder.

What acts on rows may find those below by their paths alone. She puts hers there herself, and neither sees
the other's: where one sees what he goes on from, as in a thread, it goes with it as everybody means.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.sql.lookups import extended
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Privileges, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.judges.sql.lookups import Extended

_MOST = 12


def extended_texts(
    forger: Forger, changes: Changes, relation: Relation, held: Privileges
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield verb, statement of bob's, and what is done before it."""
    mine = forger.field.population.row(relation.name, BOB.name)
    if mine is None or not mine.where or forger.field.texts.inert(relation.name):
        return
    for verb in ("DELETE", "UPDATE"):
        for one in extended(forger.field.catalog, relation, verb):
            step = _step(relation, held, verb, one, mine) if _are_apart(forger, relation, one) else ""
            before = changes.unreferenced(relation, mine) if verb == "DELETE" else ()
            for hers in itertools.islice(_hers(forger, one, mine), _MOST) if step else ():
                yield verb, step, (*before, *hers)


def _are_apart(forger: Forger, relation: Relation, one: Extended) -> bool:
    """Whether neither reads rows of the other, in what he changes or in what hangs on it."""
    return not any(
        forger.field.reads_others(Attempt(forger.field.cast.user(person), ()), person, name)
        for person in (ALICE, BOB)
        for name in {relation.name, one.relation}
    )


def _step(relation: Relation, held: Privileges, verb: str, one: Extended, mine: SyntheticRow) -> str:
    """Return how bob deletes his row, or gives it another text; empty where he may not."""
    if verb == "DELETE":
        return f"delete from {relation.name} where {mine.where}" if "delete" in held.others else ""
    column = relation.column(one.own)
    if column is None or column.name not in held.update or column.generated:
        return ""
    return (
        f"update {relation.name} set {column.quoted} = {literal('x')} || {column.quoted} where {mine.where}"
    )


def _hers(forger: Forger, one: Extended, mine: SyntheticRow) -> Iterator[tuple[str, ...]]:
    """Yield what lets a row of hers go on from the text of his, as she may put one there."""
    field, said = forger.field, mine.texts.get(one.own)
    other, hers = field.catalog.relation(one.relation), field.population.row(one.relation, ALICE.name)
    column, model = (other.column(one.column), forger.model(other, ALICE)) if other else (None, None)
    alice = field.cast.user(ALICE)
    held = other.privileges.get(alice.role) if other else None
    if not (
        other and held and hers and hers.where and column and model and said and column.name in held.insert
    ):
        return
    for mark in one.marks or ("/", ""):
        row = model | {column.name: f"{said}{mark}x"}
        sql = insert_sql(other, {n: value for n, value in row.items() if n in held.insert})
        if not field.runner.one(Attempt(alice, (sql,))).state:
            yield change(other.name, column, row[column.name], hers).statements
