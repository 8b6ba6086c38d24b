"""Whether a column could name somebody, of relations whose rows belong to nobody that is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.owners.kinds import closed, table_called
from pytest_readiness.judges.sql.lexis import underscored
from pytest_readiness.judges.sql.nouns import KEY_TYPES, PERSON_NAMES, PERSONS, TENANT_WORD, USER_WORD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.evidence.ownership import Ownership

_DESCRIPTION = re.compile(
    r"metadata|settings?|config|options?|attributes|features?|translations?|propert|tags|schema|rules|style|theme|images?|condition"
)
"""Names of documents that describe a thing, and no person."""

_SOMEBODY = re.compile(
    rf"{PERSON_NAMES}|org|tenant|team|company|workspace|merchant|account|person|people|email|e_mail|phone|msisdn|mobile|"
    r"address|login|subject|sub|uid|whatsapp"
)
_POINTS = re.compile(r"_by$|_for$|_to$|_from$|_id$|_uuid$|_key$|_ref$")
"""How columns end that may point at somebody; without any such, rows are nobody's."""

_KEY = re.compile(r"_(id|uuid|key|ref)$")
_ACTS = re.compile(
    r"(?<!sort)(?<!order)(?<!group)_by$|(assigned|sent|given|lent|owed|granted|reported|shared|sold|paid)_to$|"
    r"(^|_)(vet|carer|midwife|surgeon|broker|inspector|officer|guide|waiter|chef|pilot|captain|sitter|walker|groomer|"
    r"handler|assistant|manager|staff|visitor|caller|speaker|editor|reviewer|operator|clerk|engineer)$",
    re.IGNORECASE,
)
"""How the keys of those end who do something, beside the names that tables of people have."""

_DRAWN = re.compile(
    r"^(\w+\.)?(gen_random_uuid|uuid_generate_v\d\w*|uuidv\d|gen_ulid|ulid\w*|nextval)\(", re.IGNORECASE
)
_KIND = ("_type", "_kind")

_LEAST = 3
"""Tables of tenants' data, of which it is known how they say whose a row is."""


@dataclass(frozen=True, slots=True)
class Names:
    """Tells what columns may hold.

    Attributes:
        catalog: All relations.
        owned: Those that belong to somebody.
        keys: The types of the keys by which these name tenants, and those that name none their users; none
            unless each names somebody itself.
        called: What tables that belong to somebody are called, whole and by their last words.
    """

    catalog: CatalogEvidence
    owned: Mapping[str, Ownership]
    keys: frozenset[str]
    called: frozenset[str]

    @classmethod
    def of(cls, catalog: CatalogEvidence, owned: Mapping[str, Ownership], known: Collection[str]) -> Self:
        """Return the names of a catalog.

        Args:
            catalog: All relations.
            owned: Those that belong to somebody.
            known: Those of users and of tenants.
        """
        tables = [one for one in catalog.relations if one.kind in TABLE_KINDS]
        data = [one for one in tables if one.name in owned and one.name not in known]
        alike = len(data) >= _LEAST and all(owned[one.name].columns for one in data)
        whose = {one.name: owned[one.name].tenants or owned[one.name].users for one in data}
        places = {(name, column) for name, columns in whose.items() for column in columns}
        names = (one.table for one in map(catalog.relation, owned) if one)
        called = frozenset(word for name in names for word in (name, name.rpartition("_")[2]))
        return cls(catalog, owned, frozenset(_types(tables, places) if alike else ()), called)

    def may_name_somebody(self, relation: Relation, column: Column) -> bool:
        """Whether a column could hold a person's key or address, however it is called."""
        if any(column.name in key.columns for key in relation.foreign_keys):
            return False  # whose the row is that it refers to was followed already
        somebody = bool(_SOMEBODY.search(column.name))
        points = bool(_POINTS.search(column.name))
        if (column.name,) == relation.primary_key and not somebody and (not points or _is_drawn(column)):
            return False
        if not somebody and (self._is_of_a_thing(relation, column) or self._is_of_another_type(column)):
            return False
        named = bool(KEY_TYPES.match(column.type)) and (somebody or points)
        said = column.type in {"json", "jsonb"} and not _DESCRIPTION.search(column.name)
        return named or said or column.type in {"uuid", "uuid[]"}

    def _is_of_a_thing(self, relation: Relation, column: Column) -> bool:
        """Whether a closed list beside it says of what it is the key, and nobody is on that."""
        stem = _KEY.sub("", column.name)
        beside = [one for one in relation.columns if one.name in {f"{stem}{kind}" for kind in _KIND}]
        words = [word for one in beside for word in closed(relation, one)]
        return stem != column.name and bool(words) and not any(self._is_somebodys(relation, w) for w in words)

    def _is_somebodys(self, relation: Relation, word: str) -> bool:
        """Whether a word is one for people, or for rows that belong to them."""
        called = underscored(word).lower() if not word.isupper() else word.lower()
        if _SOMEBODY.search(called) or TENANT_WORD.search(called) or USER_WORD.search(called):
            return True
        table = table_called(self.catalog, relation, called)
        return table is not None and table.name in self.owned

    def _is_of_another_type(self, column: Column) -> bool:
        """Whether it is called like a key, and is none of those by which all others name tenants."""
        stem = _KEY.sub("", column.name)
        if not column.is_text or stem == column.name or not self.keys or "text" in self.keys:
            return False
        if PERSONS.search(stem) or _ACTS.search(stem):
            return False
        ends = {stem, stem.rpartition("_")[2]}
        return self.called.isdisjoint(f"{end}{plural}" for end in ends for plural in ("", "s", "es"))


def _types(tables: list[Relation], places: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the types of columns, all texts as one."""
    for one in tables:
        for column in one.columns:
            if (one.name, column.name) in places:
                yield "text" if column.is_text else column.type


def _is_drawn(column: Column) -> bool:
    """Whether the server draws its values."""
    return column.identity or bool(_DRAWN.search(column.default))
