"""The synthetic rows of several people, in a copy of the target that all attackers start from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import CAROL, PEOPLE

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners

CANARY = re.compile(r"canary-[0-9a-f]{10}")
"""A text by which a row of somebody's is recognised wherever it comes out."""


@dataclass(frozen=True, slots=True)
class SyntheticRow:
    """A row of one person in one relation.

    Attributes:
        where: A condition that finds it.
        insert: The statement that made it; empty when a trigger did.
        setup: The statements that bring it about in a fresh copy of the target.
        canaries: The recognisable texts in it.
        stored: The row as JSON.
        texts: The same row, each column as the text of a literal.
    """

    where: str
    insert: str
    setup: tuple[str, ...]
    canaries: tuple[str, ...]
    stored: dict[str, Any]
    texts: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Population:
    """All synthetic rows.

    Attributes:
        database: Where they are committed; nobody is connected to it, so it can be copied.
        rows: By relation and person.
        unfilled: By relation, why no row could be made.
        held: By relation, the rows that are compared after each attempt.
        barred: Why nobody can act as a user of the target; empty when somebody can.
        ranks: By where a claim stands and how it is called, what it says that members of tenants are there.
        forms: By the same, the type that policies take it for, where that is told.
        raised: By relation, what gives alice the rank by which alone her row is seen.
        spare: By relation that is empty and nobody's, the statements that would make a row of it.
        unmade: By relation that is, why no row of it could be made.
    """

    database: str
    rows: dict[tuple[str, str], SyntheticRow]
    unfilled: dict[str, str]
    held: dict[str, tuple[dict[str, Any], ...]]
    barred: str = ""
    ranks: dict[tuple[str, str], str] = field(default_factory=dict)
    forms: dict[tuple[str, str], str] = field(default_factory=dict)
    raised: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spare: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unmade: dict[str, str] = field(default_factory=dict)

    def row(self, relation: str, person: str) -> SyntheticRow | None:
        """Return the person's row in a relation."""
        return self.rows.get((relation, person))

    @property
    def lists_carol_alone(self) -> bool:
        """Whether there are lists on which carol alone is."""
        others = {name for name, person in self.rows if person != CAROL.name}
        return any(name not in others for name, person in self.rows if person == CAROL.name)

    def spelt(self, owners: Owners, catalog: CatalogEvidence | None = None) -> dict[str, str]:
        """Return the keys that tenants have in the target, with the tenants' names.

        Args:
            owners: Of all relations.
            catalog: If given, only keys in columns of texts are returned.
        """
        return {
            str(key): person.tenant.name
            for relation, column in owners.roots.items()
            for person in PEOPLE
            if person.tenant
            and (catalog is None or _is_text(catalog, relation, column))
            and (row := self.row(relation, person.name))
            and (key := row.texts.get(column)) is not None
        }

    def canaries(self, person: str) -> frozenset[str]:
        """All recognisable texts of a person."""
        return frozenset(c for (_, name), row in self.rows.items() if name == person for c in row.canaries)


def _is_text(catalog: CatalogEvidence, relation: str, name: str) -> bool:
    known = catalog.relation(relation)
    column = known.column(name) if known else None
    return bool(column and column.is_text)
