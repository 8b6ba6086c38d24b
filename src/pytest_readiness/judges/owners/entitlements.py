"""Rights that are listed by name: which tables give them to ranks, and which to the roles of one tenant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.owners.denials import denied
from pytest_readiness.judges.owners.tenancy import asked_about, tells_state
from pytest_readiness.judges.purpose.visibility import is_withdrawn
from pytest_readiness.judges.sql.lexis import plain, underscored, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.sql.texts import Texts

_NUMBERS = frozenset({"smallint", "integer", "bigint"})


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A table with one row for each right that somebody has in a tenant.

    Attributes:
        column: That names the right.
        catalogue: The relation and column that it refers to, as they stand in a statement; empty where any
            word may stand there.
        words: What code asks for, or all labels of an enum.
        against: Words by which somebody is kept out.
    """

    relation: Relation
    column: Column
    catalogue: tuple[str, str]
    words: tuple[str, ...]
    against: frozenset[str] = frozenset()

    def gives(self, right: str) -> bool:
        """Whether a row that says this lets somebody do more, and takes nothing from him.

        Beside other words a state is what a right is about: to see what is hidden.
        """
        takes = is_withdrawn(right) and underscored(right).isalpha()
        return right not in self.against and not takes


def entitlements(catalog: CatalogEvidence, texts: Texts, owners: Owners) -> Iterator[Entitlement]:
    """Yield the tables that list rights in tenants, by which code decides."""
    for relation in catalog.relations:
        if relation.kind in TABLE_KINDS and relation.name in texts.deciding:
            for column in relation.columns if _leads_to_tenant(catalog, owners, relation) else ():
                found = _entitlement(catalog, texts, owners, relation, column)
                if found and (any(map(found.gives, found.words)) or found.catalogue[0]):
                    yield found


def _entitlement(
    catalog: CatalogEvidence, texts: Texts, owners: Owners, relation: Relation, column: Column
) -> Entitlement | None:
    several = [set(key) for key in relation.all_keys if len(key) > 1]
    if not any(column.name in key for key in several) or column.name in owners.owned[relation.name].columns:
        return None
    against = denied(texts, relation)
    if against is None:
        return None
    keys = [key for key in relation.foreign_keys if column.name in key.columns]
    if keys:
        key = keys[0]
        alone = len(keys) == 1 and len(key.columns) == 1 and key.target in owners.nobodys
        place = (key.target, _quoted(catalog, key.target, key.target_columns[0]))
        return Entitlement(relation, column, place, (), against) if alone else None
    if tells_state(column.name) or not (column.is_text or column.kind == "e"):
        return None
    words = column.labels or tuple(sorted(asked_about(texts, relation)))
    return Entitlement(relation, column, ("", ""), words, against)


def _leads_to_tenant(catalog: CatalogEvidence, owners: Owners, relation: Relation, depth: int = 4) -> bool:
    """Whether rows are for one tenant, by a column of theirs or through what they refer to."""
    owned = owners.owned.get(relation.name)
    if owned is None or owned.tenants:
        return owned is not None
    parent = catalog.relation(owned.via.target) if owned.via else None
    return bool(depth and parent and _leads_to_tenant(catalog, owners, parent, depth - 1))


@dataclass(frozen=True, slots=True)
class Shipped:
    """Ranks that migrations bring along.

    Attributes:
        relation: Of memberships.
        column: Its column that gives rank.
        places: The relations and columns that say something of each rank, one row for each thing.
        levels: Relations, columns of ranks and numbers that code asks to be great enough.
    """

    relation: Relation
    column: Column
    places: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str, str], ...] = ()


def shipped_ranks(catalog: CatalogEvidence, texts: Texts, owners: Owners) -> Iterator[Shipped]:
    """Yield where memberships give a rank by a word that lists of all tenants have too."""
    lists = [r for r in catalog.relations if r.name in owners.nobodys & texts.deciding]
    for relation in filter(None, (catalog.relation(one.relation) for one in owners.memberships)):
        referring = {name for key in relation.foreign_keys for name in key.columns}
        owned = owners.owned.get(relation.name)
        known = {*referring, *(owned.columns if owned else ())}
        for column in relation.columns:
            worded = column.is_text or column.kind == "e"
            if column.name in known or not worded or not column.writable or tells_state(column.name):
                continue
            places = tuple((one.name, c.quoted) for one in lists if (c := _same(one, column)))
            if places:
                levels = [
                    (one.name, c.quoted, level)
                    for one in lists
                    if (c := _same(one, column))
                    for level in _levels(one, texts)
                ]
                yield Shipped(relation, column, places, tuple(levels))


def extremes(listed: Iterable[tuple[str, float]]) -> tuple[str, str]:
    """Return the ranks with most and with least; neither where all have the same, and no least of one."""
    known = sorted(listed, key=lambda one: (-one[1], one[0]))
    if not known or (len(known) > 1 and known[0][1] == known[-1][1]):
        return "", ""
    return known[0][0], known[-1][0] if len(known) > 1 else ""


def _levels(relation: Relation, texts: Texts) -> Iterator[str]:
    """Yield numbers of which code asks that they are great enough, and never that they are small."""
    for column in relation.columns:
        if column.type in _NUMBERS and column.name not in relation.primary_key:
            name = rf"(?<!\w){re.escape(word(column.name))}[\s)]*"
            said = [unsaid(plain(text)) for text in texts.all()]
            great, small = (any(re.search(name + sign, text) for text in said) for sign in (r">", r"<(?!>)"))
            if great and not small:
                yield column.quoted


def _same(relation: Relation, column: Column) -> Column | None:
    found = relation.column(column.name)
    return found if found and found.kind == column.kind and found.is_text == column.is_text else None


def said_of(catalog: CatalogEvidence, owners: Owners, target: str) -> tuple[tuple[str, str, str], ...]:
    """Return what refers to rows that belong to nobody and does not either.

    Returns:
        Relation, column and column there, as they stand in a statement.
    """
    return tuple(
        (
            relation.name,
            _quoted(catalog, relation.name, key.columns[0]),
            _quoted(catalog, target, key.target_columns[0]),
        )
        for relation in catalog.relations
        if relation.name in owners.nobodys and relation.name != target
        for key in relation.foreign_keys
        if key.target == target and len(key.columns) == 1
    )


def _quoted(catalog: CatalogEvidence, name: str, column: str) -> str:
    relation = catalog.relation(name)
    found = relation.column(column) if relation else None
    return found.quoted if found else column
