"""The people whose rows are put in place: two tenants, members of one or both, and a newcomer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_LENGTH = re.compile(r"^character(?: varying)?\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Tenant:
    """Several people together. It has one key for each type that a tenant column may have."""

    name: str
    uuid: str
    number: int

    @property
    def slug(self) -> str:
        """A key of six letters: what most rules for slugs take, and what short columns for codes hold."""
        return f"ten{self.name[:3]}"

    @property
    def domain(self) -> str:
        """Where its members get their mail."""
        return f"{self.name}.example.test"

    def key(self, column_type: str) -> str | int:
        """Return the key for a column of this type."""
        element = column_type.removesuffix("[]")
        text = self.uuid if element == "uuid" else _fitted(self.slug, element)
        return _key(text, self.number, column_type)


@dataclass(frozen=True, slots=True)
class Person:
    """An end user of the target. One key for each type that a user column may have.

    Attributes:
        tenant: In whose name the user acts.
        also: Another that the user belongs to.
    """

    name: str
    uuid: str
    number: int
    tenant: Tenant | None = None
    also: Tenant | None = None

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        """All that the user belongs to."""
        return tuple(tenant for tenant in (self.tenant, self.also) if tenant)

    @property
    def email(self) -> str:
        """The address that the person signed up with."""
        return f"{self.name}@{self.tenant.domain if self.tenant else 'example.test'}"

    def key(self, column_type: str) -> str | int:
        """Return the key for a column of this type."""
        return _key(self.uuid, self.number, column_type)


_SMALL = 30_000
"""What a smallint holds, roughly."""


def _key(text: str, number: int, column_type: str) -> str | int:
    """Return the one or the other; a list has it for its only element."""
    if column_type.endswith("[]"):
        return f"{{{_key(text, number, column_type[:-2])}}}"
    if column_type in {"smallint", "integer", "bigint", "numeric"}:
        return number % _SMALL if column_type == "smallint" else number
    return text


def _fitted(text: str, column_type: str) -> str:
    """Return the end of a text, as much of it as a column of this type holds."""
    size = _LENGTH.match(column_type)
    return text[-int(size[1]) :] if size else text


def content_of(person: Person) -> str:
    """Return what a file of the person's holds."""
    return f"what is in a file of {person.name}"


RED = Tenant("red", "7ed00000-4815-4162-8342-000000000011", 481_600_011)
BLUE = Tenant("blue", "b1000000-4815-4162-8342-000000000012", 481_600_012)
ALICE = Person("alice", "a11ce000-4815-4162-8342-000000000001", 481_500_001, RED)
BOB = Person("bob", "b0b00000-4815-4162-8342-000000000002", 481_500_002, BLUE)
CAROL = Person("carol", "ca401000-4815-4162-8342-000000000003", 481_500_003, RED)
NEWCOMER = Person("newcomer", "cab1e000-4815-4162-8342-000000000004", 481_500_004)
MALLORY = Person("mallory", "3a110000-4815-4162-8342-000000000006", 481_500_006)
"""Signs up after all others, and is nobody's."""

DANA = Person("dana", "da4a0000-4815-4162-8342-000000000005", 481_500_005, RED, BLUE)
"""A plain member of alice's tenant who belongs to bob's as well, where she has rank."""

DANA_IN_BLUE = replace(DANA, name="dana in blue", tenant=BLUE, also=None)
"""The same user, with what she is in bob's tenant."""

NOBODY = Person("nobody", "", 0)
"""Stands for the owner of rows that name none."""

PEOPLE = (ALICE, BOB, CAROL, NEWCOMER, DANA)
EVERYBODY = (*PEOPLE, MALLORY)
TENANTS = (RED, BLUE)


def strangers_to(person: Person | None) -> tuple[Person, ...]:
    """Return those whose rows are others' to bob; to anybody else, and to nobody, bob's are as well."""
    those = (ALICE, CAROL, DANA, NEWCOMER)
    return those if person is BOB else (*those, BOB, DANA_IN_BLUE)
