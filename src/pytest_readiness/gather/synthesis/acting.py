"""Statements that run as a person's, so that triggers see a caller; what reaches outside is undone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.gather.synthesis import platform
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside, may_change_roles
from pytest_readiness.target.identities import claims, claims_statement

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.people import Person


@dataclass(frozen=True)
class Acting:
    """Acts as people in one database.

    Attributes:
        connection: Of a superuser, in autocommit mode.
        users: Table of the platform's users; empty when it has none.
    """

    connection: psycopg.Connection
    catalog: CatalogEvidence
    users: str

    def caller(self, person: Person) -> str:
        """Return the statement after which triggers see a person as the caller, for this transaction."""
        return claims_statement(claims(person)) if self.users else "select"

    def run(self, person: Person, sql: str) -> Any:  # noqa: ANN401  whatever the statement returns
        """Run a statement with a person's claims set.

        Returns the first column of the first row, or None.

        Raises:
            psycopg.Error: The server refuses it.
            ReachedOutsideError: It changes what outlives the database.
        """
        limits = "set local statement_timeout = '5s'; set local lock_timeout = '1s'"
        with self._transaction():
            cursor = self.connection.execute(f"{limits}; {self.caller(person)}; {sql}".encode())
            *_, last = cursor.results()
            row = last.fetchone() if last.description else None
        return row[0] if row else None

    def sign_up(self, person: Person) -> None:
        """Insert the person into the platform's table of users; its triggers run as they would.

        The platform does that itself: no caller is set yet.
        """
        if not self.users:
            return
        try:
            with self._transaction():
                self.connection.execute(self.sign_up_sql(person).encode())
        except (psycopg.Error, ReachedOutsideError):
            # A trigger of the target refuses: it may ask for what only the real sign-up form sends.
            with self.connection.transaction():
                self.connection.execute("set local session_replication_role = replica")
                self.connection.execute(self.sign_up_sql(person).encode())

    def sign_up_sql(self, person: Person) -> str:
        """Return the statement that signs a person up."""
        return platform.sign_up(self.users, self._user_columns, person)

    @cached_property
    def _user_columns(self) -> frozenset[str]:
        return platform.columns_of(self.connection, self.users)

    def _transaction(self) -> AbstractContextManager[object]:
        """Return a transaction; where triggers may change roles, one that undoes that."""
        return inside(self.connection) if self.wary else self.connection.transaction()

    @cached_property
    def wary(self) -> bool:
        """Whether triggers may change roles, so that each row has to be watched."""
        return may_change_roles(self.catalog)
