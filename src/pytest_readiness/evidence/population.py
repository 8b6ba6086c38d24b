"""The synthetic rows of two users, in a copy of the target that all readers share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SyntheticRow:
    """A row of one person in one relation.

    Attributes:
        where: A condition that finds it.
        setup: The statements that bring it about in a fresh copy of the target.
        canaries: The recognisable texts in it.
    """

    where: str
    setup: tuple[str, ...]
    canaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Population:
    """All synthetic rows.

    Attributes:
        database: Where they are committed.
        rows: By relation and person.
        unfilled: By relation, why no row could be made.
        owned: By relation, how its rows are known to belong to somebody.
        owner_columns: By relation, the columns that hold the owner's key.
        public: Relations that settings declare readable by everybody.
        nobodys: Relations in which nothing could name a person.
    """

    database: str
    rows: dict[tuple[str, str], SyntheticRow]
    unfilled: dict[str, str]
    owned: dict[str, str]
    owner_columns: dict[str, tuple[str, ...]]
    public: frozenset[str]
    nobodys: frozenset[str]

    def canaries(self, person: str) -> frozenset[str]:
        """All recognisable texts of a person."""
        return frozenset(c for (_, name), row in self.rows.items() if name == person for c in row.canaries)
