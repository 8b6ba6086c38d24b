"""Rows that are parts of another: they name a user, and it by its number among his."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.owners.kinds import alike, table_called
from pytest_readiness.judges.owners.namesakes import RANK, told_apart_within
from pytest_readiness.judges.owners.worded import passed
from pytest_readiness.judges.sql.lexis import snake_case, strings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.sql.texts import Texts

_COUNTED = frozenset({"smallint", "integer", "bigint"})
_NUMBER = re.compile(
    r"(^|_)(no|nr|num|number|nummer|numero|folio|ref|reference|code|slug|serial|sku|ean|gtin|upc|isbn|issn|barcode|"
    r"lot|batch|article)$"
)
"""How a text is called that numbers rows."""


def is_part(catalog: CatalogEvidence, texts: Texts, owners: Owners, relation: Relation, name: str) -> bool:
    """Whether policies show rows that name a user by the number of something of his in another relation.

    A list of users is asked in the same way, but for what they are listed for.

    Args:
        catalog: The relations.
        texts: Of the same catalog.
        owners: Of the same catalog.
        relation: That of the rows.
        name: Of the other relation.
    """
    target, owned = catalog.relation(name), owners.owned.get(relation.name)
    if target is None or owned is None or not owned.users:
        return False
    told = {
        name
        for name in told_apart_within(target, owners)
        if (column := target.column(name)) and numbers(catalog, target, column)
    }
    places = {(target.name, name) for name in told}
    return any(own not in owned.users for own in _compared_with(catalog, texts, relation, places))


def _compared_with(
    catalog: CatalogEvidence, texts: Texts, relation: Relation, places: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield the columns that policies compare with one of some columns, themselves or by a function."""
    pairs = hints_of(catalog).pairs if places else ()
    for column in relation.columns:
        if any(((relation.name, column.name), place) in pairs for place in places):
            yield column.name
    for policy in relation.shown_by if places else ():
        for function in texts.called([policy.using]):
            given = passed(catalog, texts, policy.using, function)
            yield from (own for own, place in given if place in places and relation.column(own))


def _says_something(relation: Relation) -> bool:
    """Whether a row says more than who is listed for what, and as what."""
    keys = {name for columns in relation.all_keys for name in columns}
    keys |= {name for key in relation.foreign_keys for name in key.columns}
    said = (column for column in relation.columns if column.name not in keys)
    return any(not RANK.search(column.name) and not is_state(relation, column) for column in said)


def numbers(catalog: CatalogEvidence, relation: Relation, column: Column) -> bool:
    """Whether a column numbers rows of its own relation, as its name tells, and not something else's.

    A list says who belongs to what, and of that nothing.
    """
    name = snake_case(column.name)
    if not _says_something(relation) or any(column.name in key.columns for key in relation.foreign_keys):
        return False
    noun = name.rpartition("_")[0]
    named = noun and not alike(noun.replace("_", ""), snake_case(relation.table).replace("_", ""))
    counted = column.type in _COUNTED or (column.is_text and _NUMBER.search(name))
    return bool(counted) and not named and not (not noun and table_called(catalog, relation, name))


def is_state(relation: Relation, column: Column) -> bool:
    """Whether a column says one of a few things."""
    said = any(strings(check.definition) for check in relation.checks if check.columns == (column.name,))
    return column.kind == "e" or column.type == "boolean" or said
