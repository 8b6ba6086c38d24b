"""Requests on one connection, one after another, as a pool serves them: what each gets, and who is next."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

LIMITS = "set statement_timeout = '2s'; set lock_timeout = '300ms'"


class Pool:
    """Real connections as the platform's login, to copies of the populated target."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.alice, self.bob = (_as_the_api_does(field.cast.user(one)) for one in (ALICE, BOB))

    @contextmanager
    def connection(self, name: str = "") -> Iterator[psycopg.Connection]:
        """Connect to a copy of its own, as superuser who acts as the login role from the start.

        Args:
            name: A copy that is there, instead of one of its own.
        """
        like = "" if name else self.field.population.database
        connection = self.field.target.database(name, like=like)
        try:
            connection.execute(LIMITS)
            yield connection
        finally:
            connection.close()

    def request(
        self, connection: psycopg.Connection, who: Identity, *steps: str, committing: bool = False
    ) -> list[str]:
        """Serve one request, in a transaction of its own, and return the rows of its last query.

        Args:
            connection: To a copy of its own.
            who: Makes the request.
            *steps: Its statements.
            committing: Whether they may change what is not the copy's own, which is undone.
        """
        rows: list[str] = []
        try:
            with inside(connection) if committing else connection.transaction():
                connection.execute(becoming(who).encode())
                for step in steps:
                    cursor = connection.execute(step.removeprefix(QUERY).encode())
                    found = cursor.fetchall() if cursor.description else []
                    rows = [" ".join(map(str, row)) for row in found]
        except (psycopg.Error, ReachedOutsideError):
            return []
        finally:
            connection.execute("reset session authorization; reset role")
        return rows

    def told(self, rows: list[str]) -> list[str]:
        """Return the recognisable texts of others than bob in rows."""
        return self.field.recognition.canaries_of_others("\n".join(rows), BOB)

    def next_request(self, who: Identity, call: str, look: str) -> str:
        """Return what a person pastes: a request of somebody's, and bob's on the same connection."""
        return "\n".join(
            [
                "begin;",
                f"{becoming(who)};",
                f"{call.removeprefix(QUERY)};",
                "commit; reset session authorization; reset role; begin;",
                f"{becoming(self.bob)};",
                f"{look.removeprefix(QUERY)};",
                "rollback;",
            ]
        )


def _as_the_api_does(who: Identity) -> Identity:
    """Return somebody whose requests begin as the API's do: what the application sets is not its work."""
    claims = tuple(statement for statement in who.statements if "request.jwt.claims" in statement)
    return replace(who, statements=claims or who.statements)


def becoming(who: Identity) -> str:
    """Return the statements that begin a request of somebody's."""
    login = [f"set local session authorization {identifier(who.login)}"] if who.login else []
    return "; ".join([*login, *who.becoming])
