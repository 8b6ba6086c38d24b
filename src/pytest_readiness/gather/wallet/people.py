"""Signs up the people whom wallets belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from pytest_readiness.evidence.people import Person
from pytest_readiness.gather.synthesis.platform import sign_up

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody whom wallets belong to.

    Attributes:
        lines: By which a person makes the owner.
        names: What these lines call the owner; empty where they write the id.
    """

    id: str
    lines: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)


class People:
    """Those of one copy of the target.

    Args:
        connection: To the copy, as superuser.
        users: The platform's table of users; empty where it has none.
    """

    def __init__(self, connection: psycopg.Connection, users: str) -> None:
        self._connection = connection
        self._users = users

    def signed_up(self, numbers: Iterable[int]) -> list[Owner]:
        """Make a person of each number; where there are no users, there is nobody to make.

        Raises:
            psycopg.Error: One was refused, without triggers too.
        """
        people = [_person(number) for number in numbers]
        if not self._users:
            return [Owner(person.uuid) for person in people]
        statements = [sign_up(self._users, self._columns, person) for person in people]
        batch = ";\n".join(statements).encode()
        try:
            self._connection.execute(batch)
        except psycopg.Error:
            # A trigger of the target asks for what only the real sign-up form sends.
            with self._connection.transaction():
                self._connection.execute("set local session_replication_role = replica")
                self._connection.execute(batch)
        return [Owner(p.uuid, (f"{line};",)) for p, line in zip(people, statements, strict=True)]

    @cached_property
    def _columns(self) -> frozenset[str]:
        found = self._connection.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", (self._users,)
        )
        return frozenset(row[0] for row in found.fetchall())


def _person(number: int) -> Person:
    return Person(f"payer{number}", str(UUID(int=(0xA11CE << 96) + number)), 9000 + number)
