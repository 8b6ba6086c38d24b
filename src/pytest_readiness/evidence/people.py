"""The people whose rows are put in place: two tenants, two members of one of them, and a newcomer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenant:
    """Several people together. It has one key for each type that a tenant column may have."""

    name: str
    uuid: str
    number: int

    @property
    def slug(self) -> str:
        """A key of letters: what most rules for slugs take."""
        return f"tenant{self.name}"

    def key(self, column_type: str) -> str | int:
        """Return the key for a column of this type."""
        return _key(self.uuid if column_type == "uuid" else self.slug, self.number, column_type)


@dataclass(frozen=True, slots=True)
class Person:
    """An end user of the target. One key for each type that a user column may have."""

    name: str
    uuid: str
    number: int
    tenant: Tenant | None = None

    @property
    def email(self) -> str:
        """The address that the person signed up with."""
        return f"{self.name}@example.test"

    def key(self, column_type: str) -> str | int:
        """Return the key for a column of this type."""
        return _key(self.uuid, self.number, column_type)


_SMALL = 30_000
"""What a smallint holds, roughly."""


def _key(text: str, number: int, column_type: str) -> str | int:
    if column_type in {"smallint", "integer", "bigint", "numeric"}:
        return number % _SMALL if column_type == "smallint" else number
    return text


RED = Tenant("red", "7ed00000-4815-4162-8342-000000000011", 481_600_011)
BLUE = Tenant("blue", "b1000000-4815-4162-8342-000000000012", 481_600_012)
ALICE = Person("alice", "a11ce000-4815-4162-8342-000000000001", 481_500_001, RED)
BOB = Person("bob", "b0b00000-4815-4162-8342-000000000002", 481_500_002, BLUE)
CAROL = Person("carol", "ca401000-4815-4162-8342-000000000003", 481_500_003, RED)
NEWCOMER = Person("newcomer", "cab1e000-4815-4162-8342-000000000004", 481_500_004)
NOBODY = Person("nobody", "", 0)
"""Stands for the owner of rows that name none."""

PEOPLE = (ALICE, BOB, CAROL, NEWCOMER)
TENANTS = (RED, BLUE)
