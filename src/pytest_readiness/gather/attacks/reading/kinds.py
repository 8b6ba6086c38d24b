"""States of rows that say by a word on which kind of row they hang."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, change, rows_of_hers
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, ForeignKey, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field


def of_other_kinds(field: Field) -> Iterator[State]:
    """Yield states in which alice's row hangs on one of hers of another kind, if bob does not read that."""
    for relation, row in rows_of_hers(field):
        owned = field.owners.owned.get(relation.name)
        kinds = owned.kinds if owned else None
        word = relation.column(kinds.column) if kinds else None
        for kind, way in kinds.ways if kinds and word else ():
            number, hers = relation.column(way.columns[0]), field.population.row(way.target, ALICE.name)
            key = hers.texts.get(way.target_columns[0]) if hers else None
            if word is None or number is None or hers is None or key is None or row.texts[word.name] == kind:
                continue
            if not _is_shown(field, way.target, hers):
                values = ((word, kind), (number, key))
                said = ", ".join(f"{column.quoted} = {literal(value)}" for column, value in values)
                update = f"update {relation.name} set {said} where {row.where}"
                yield State(relation.name, f"{said} in {relation.name}", (QUIETLY, update, AS_EVER))


def _is_shown(field: Field, name: str, row: SyntheticRow) -> bool:
    """Whether bob reads the row of hers: what hangs on it may be his to read as well."""
    relation, bob = field.catalog.relation(name), field.cast.user(BOB)
    if relation is None or bob.role not in relation.readable:
        return False
    seen = field.runner.run([Attempt(bob, (read(relation, row.where),))])
    return any(outcome.rows and not outcome.state for _, outcome in seen)


def numbered_alike(field: Field) -> Iterator[State]:
    """Yield states in which bob's row has the number of another kind of row, on which alice's hangs."""
    for relation, row in rows_of_hers(field):
        owned = field.owners.owned.get(relation.name)
        kinds = owned.kinds if owned else None
        for kind, way in kinds.ways if kinds else ():
            value = row.texts.get(way.columns[0])
            if kinds and value is not None and row.texts[kinds.column] != kind:
                hung = next((other for word, other in kinds.ways if word == row.texts[kinds.column]), way)
                if state := renumbered(field, way, value, beside=hung):
                    yield state


def renumbered(field: Field, way: ForeignKey, value: str, beside: ForeignKey) -> State | None:
    """Return the state in which bob's row has a number that his sequence may come to; None if it does not.

    Args:
        field: Where.
        way: To his row.
        value: The number, which a row of another kind has.
        beside: The way to that.
    """
    target, mine = field.catalog.relation(way.target), field.population.row(way.target, BOB.name)
    key = target.column(way.target_columns[0]) if target else None
    other = field.catalog.relation(beside.target)
    drawn = other.column(beside.target_columns[0]) if other else None
    if target is None or key is None or mine is None or key.type == "uuid":
        return None  # what is drawn out of so many is not the same for two
    if drawn and drawn is not key and key.default and key.default == drawn.default:
        return None  # one sequence numbers both
    if drawn and other and _extended(target, key) & _extended(other, drawn):
        return None  # both are numbered by what they say more of
    texts = {c.name: mine.texts[c.name] for c in target.columns if not c.generated}
    again = insert_sql(target, texts | {key.name: value})
    # Hers of the same kind may have the number as well, where both are counted from the same.
    free = f"delete from {target.name} where {mine.where} or {key.quoted} = {literal(value)}"
    anew = (QUIETLY, free, again, AS_EVER)
    return replace(change(target.name, key, value, mine), statements=anew)


def _extended(relation: Relation, key: Column) -> frozenset[str]:
    """Return the relations of whose rows those of a relation say more: they have the same key."""
    return frozenset(one.target for one in relation.foreign_keys if one.columns == (key.name,))
