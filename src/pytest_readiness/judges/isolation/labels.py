"""Whose a row is, told from its own values: the names of the people and tenants that it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.evidence.people import DANA, PEOPLE, TENANTS
from pytest_readiness.judges.owners.folders import leading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey
    from pytest_readiness.evidence.ownership import Owners, Ownership
    from pytest_readiness.evidence.people import Person

Row = dict[str, Any]

_USERS = {str(key): p.name for p in PEOPLE for key in (p.uuid, p.number, p.key("smallint"), p.email)}
_NARROW = tuple(f"character({length})" for length in (3, 4, 5))
"""Types of columns that hold the end of a tenant's key, which still tells whose it is."""

_TENANTS = {
    str(key): t.name
    for t in TENANTS
    for key in (t.uuid, t.slug, t.number, t.domain, *(t.key(kind) for kind in ("smallint", *_NARROW)))
}


@dataclass
class Labels:
    """Reads labels off rows; rows that are known label those that refer to them.

    Attributes:
        known: By relation, its rows in the populated target.
        spelt: Keys of tenants that rules of the target spell in another way, with the tenants' names.
    """

    catalog: CatalogEvidence
    owners: Owners
    known: Mapping[str, Iterable[Row]] = field(default_factory=dict)
    spelt: Mapping[str, str] = field(default_factory=dict)
    _parents: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], frozenset[str]]] = field(
        default_factory=dict
    )

    def of(self, relation: str, row: Row, depth: int = 5) -> frozenset[str]:
        """Return the names of those whom a row belongs to; none when it is nobody's."""
        ownership = self.owners.owned.get(relation)
        if ownership is None:
            return frozenset()
        found = {_USERS.get(leading(key)) for name in ownership.users for key in _each(row.get(name))}
        found |= {self._tenant_of(leading(key)) for name in ownership.tenants for key in _each(row.get(name))}
        found |= set(_inside(ownership, row))
        if (place := ownership.within) and depth:
            (name,) = place.columns
            found |= self._of_parent(place, {name: leading(row.get(name))}, depth)
        labels = frozenset(name for name in found if name)
        if labels or not depth:
            return labels
        ways = self.ways(relation, ownership.via) if ownership.via else _said(ownership, row)
        row = row | {name: leading(row[name]) for name, _, _ in ownership.paths if row.get(name)}
        return frozenset(name for way in ways for name in self._of_parent(way, row, depth))

    def people(self, relation: str, row: Row) -> frozenset[str]:
        """Return the names of those of them that are people."""
        return self.of(relation, row) & frozenset(_USERS.values())

    def signers(self, relation: str, row: Row) -> frozenset[str]:
        """Return the names of those who made a row, as it says."""
        ownership = self.owners.owned.get(relation)
        found = {_USERS.get(str(row.get(name))) for name in ownership.signed} if ownership else set()
        return frozenset(name for name in found if name)

    def above(self, relation: str, row: Row, but: Iterable[str] = ()) -> frozenset[str]:
        """Return the names of those to whom the rows belong that a row refers to, but for by some columns."""
        known, left = self.catalog.relation(relation), {*but}
        keys = [key for key in known.foreign_keys if not left & {*key.columns}] if known else []
        return frozenset(name for key in keys for name in self._of_parent(key, row, 5))

    def parents(self, relation: str, row: Row) -> Iterable[tuple[str, Row]]:
        """Yield the known rows that a row refers to, with their relations."""
        known = self.catalog.relation(relation)
        for key in known.foreign_keys if known else ():
            named = [str(row.get(name)) for name in key.columns]
            for parent in self.known.get(key.target, ()):
                if [str(parent.get(name)) for name in key.target_columns] == named:
                    yield key.target, parent

    def ways(self, relation: str, via: ForeignKey) -> tuple[ForeignKey, ...]:
        """Return all references to the relation by which rows are owned: a transfer has two purses."""
        known = self.catalog.relation(relation)
        alike = (key for key in known.foreign_keys if key.target == via.target) if known else ()
        return tuple(dict.fromkeys((via, *alike)))

    def _tenant_of(self, key: str) -> str | None:
        return _TENANTS.get(key.rstrip(" ")) or self.spelt.get(key)

    def _of_parent(self, way: ForeignKey, row: Row, depth: int) -> frozenset[str]:
        place = (way.target, way.target_columns)
        if place not in self._parents:
            self._parents[place] = {
                tuple(str(parent.get(name)) for name in way.target_columns): self.of(
                    way.target, parent, depth - 1
                )
                for parent in self.known.get(way.target, ())
            }
        return self._parents[place].get(tuple(str(row.get(name)) for name in way.columns), frozenset())

    def _is_dana(self, relation: str, labels: frozenset[str]) -> bool:
        """Whether a row is dana's in no tenant, or says who she is: members of either may know her."""
        return labels == {DANA.name} or (relation in self.owners.people and DANA.name in labels)

    def shares(self, relation: str, row: Row, reader: Person | None) -> bool:
        """Whether a row lies in what names two people, of whom one is the reader: a chat, a deal."""
        known = self.catalog.relation(relation)
        for key in known.foreign_keys if known and reader else ():
            owned = self.owners.owned.get(key.target)
            if owned and len(owned.users) > 1 and reader and reader.name in self._of_parent(key, row, 5):
                return True
        return False

    def only(self, relation: str, row: Row, person: Person | None) -> bool:
        """Whether a row names somebody or the tenant, and nobody else."""
        labels = self.of(relation, row)
        own = {person.name, person.tenant.name if person.tenant else ""} if person else set()
        return bool(labels) and labels <= own

    def foreign(self, relation: str, row: Row, reader: Person | None) -> frozenset[str]:
        """Return whose a row is, if it is somebody else's than the reader's; else nothing."""
        labels = self.of(relation, row)
        ownership = self.owners.owned.get(relation)
        personal = ownership is not None and ownership.personal
        people = self.people(relation, row)
        if reader is None or not labels:
            return labels
        if {*reader.tenants} & {*DANA.tenants} and not personal and self._is_dana(relation, labels):
            return frozenset()
        own = {reader.name} if personal and people else {reader.name, *_tenants(reader)}
        return frozenset() if labels & own else labels


def _each(value: object) -> Iterable[object]:
    """Return what a list holds, or what is none."""
    return value if isinstance(value, list) else (value,)


def _said(ownership: Ownership, row: Row) -> tuple[ForeignKey, ...]:
    """Return the reference that a word in a row stands for."""
    kinds = ownership.kinds
    return tuple(way for word, way in kinds.ways if row.get(kinds.column) == word) if kinds else ()


def _tenants(person: Person) -> tuple[str, ...]:
    return tuple(tenant.name for tenant in person.tenants)


def _inside(ownership: Ownership, row: Row) -> Iterable[str | None]:
    for key in ownership.json:
        value = row.get(key.column)
        if isinstance(value, dict):
            yield (_TENANTS if key.who is Who.TENANT else _USERS).get(str(value.get(key.name)))
