"""Sets a word in one's own row that something acts on: what is closed, sent or signed may reach further."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.states import change, words_of
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.judges.sql.lookups import looked_up
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Privileges, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

_WORDS, _TURNS = 6, 16
"""Words of one column, and changes from one to another."""


def words_set(field: Field, relation: Relation, held: Privileges) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield updates of bob's own row from each word to each other, with what a superuser does before.

    The word that it has comes first: what asks for another is tried once the row has that.
    """
    mine = field.population.row(relation.name, BOB.name)
    acting = [one for one in relation.triggers if one.enabled != "D" and "UPDATE" in one.events]
    if mine is None or not mine.where or not acting or field.texts.inert(relation.name):
        return
    said = tuple(dict.fromkeys(text for one in acting for text in strings(one.body)))
    alike = tuple(_called_alike(field, relation, mine))
    for column in relation.columns:
        if (
            column.name not in held.update
            or column.generated
            or not (holds_text(column) or column.kind == "e")
        ):
            continue
        now, words = mine.texts.get(column.name), _closed(field, relation, column, said)
        turns = ((one, other) for one, other in itertools.product((now, *words), words) if one != other)
        for one, other in itertools.islice(dict.fromkeys(turns), _TURNS):
            before = () if one == now else change(relation.name, column, one, mine).statements
            update = f"update {relation.name} set {column.quoted} = {literal(other)} where {mine.where}"
            yield update, (*alike, *before)


def _called_alike(field: Field, relation: Relation, mine: SyntheticRow) -> Iterator[str]:
    """Yield what gives her rows the texts by which triggers find rows for bob's, as others may."""
    for own, name, other in looked_up(field.catalog, relation, "UPDATE"):
        table, hers = field.catalog.relation(name), field.population.row(name, ALICE.name)
        column, value = table.column(other) if table else None, mine.texts.get(own)
        if table is None or column is None or hers is None or value is None or not hers.where:
            continue
        owned = field.owners.owned.get(name)
        kept = {
            *(owned.columns if owned else ()),
            *(one for key in table.foreign_keys for one in key.columns),
        }
        if holds_text(column) and other not in kept and hers.texts.get(other) not in {None, value}:
            yield from change(name, column, value, hers).statements


def _closed(field: Field, relation: Relation, column: Column, said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a closed list, or those that triggers say."""
    listed = column.kind == "e" or any(column.name in check.columns for check in relation.checks)
    return (words_of(field, relation, column) if listed else said)[:_WORDS]
