"""Statements that run as a person's, so that triggers see a caller; what reaches outside is undone."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.people import PEOPLE
from pytest_readiness.gather.synthesis import platform
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside, may_change_roles, shared
from pytest_readiness.gather.synthesis.values import secret_sent
from pytest_readiness.judges.owners.accounts import registered
from pytest_readiness.judges.owners.digests import digests
from pytest_readiness.judges.sql.requests import headers_in
from pytest_readiness.judges.sql.texts import texts_of
from pytest_readiness.target.identities import claims, claims_statement
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.settings import Session
    from pytest_readiness.target.identities import Identity


_CALLS = re.compile(r"\b([a-z_]\w*)\s*\(", re.IGNORECASE)
_SETS = {"set_config", "nullif", "json_build_object", "json_build_array", "jsonb_build_object"}
"""What a session may call before there is any row: whatever else may look its user up."""


def introductions(session: Session | None, identify: Callable[[Person], Identity]) -> dict[str, str]:
    """Return by person the statement by which an application says whose a transaction is.

    Where it does more than make settings there are none: it may ask for rows that are yet to be made.
    """
    called = {*map(str.lower, _CALLS.findall(session.become))} if session else set()
    if not called or called - _SETS:
        return {}
    return {person.name: ";".join(identify(person).statements) for person in PEOPLE}


@dataclass(frozen=True)
class Acting:
    """Acts as people in one database.

    Attributes:
        connection: Of a superuser, in autocommit mode.
        users: Table of the platform's users; empty when it has none.
        introduced: By person, what an application outside such a platform says first.
    """

    connection: psycopg.Connection
    catalog: CatalogEvidence
    owners: Owners
    users: str
    introduced: Mapping[str, str] = field(default_factory=dict)
    _known: list[object] = field(default_factory=list)

    def caller(self, person: Person) -> str:
        """Return the statement after which triggers see a person as the caller, for this transaction."""
        return claims_statement(claims(person)) if self.users else self.introduced.get(person.name, "select")

    def run(self, person: Person, sql: str) -> Any:  # noqa: ANN401  whatever the statement returns
        """Run a statement with a person's claims set.

        Returns the first column of the first row, or None.

        Raises:
            psycopg.Error: The server refuses it.
            ReachedOutsideError: It changes what outlives the database.
        """
        try:
            return self._run(person, sql)
        except ReachedOutsideError:
            self._known.clear()  # somebody else may have, since it was read
            return self._run(person, sql)

    def _run(self, person: Person, sql: str) -> Any:  # noqa: ANN401  whatever the statement returns
        limits = "set local statement_timeout = '5s'; set local lock_timeout = '1s'"
        with self._transaction():
            cursor = self.connection.execute(f"{limits}; {self.caller(person)}; {sql}".encode())
            *_, last = cursor.results()
            row = last.fetchone() if last.description else None
        return row[0] if row else None

    def digested(self, relation: Relation, person: Person) -> dict[str, str | None]:
        """Return what a row has that is the digest of what an application says of a person, or he sends."""
        found: dict[str, str | None] = {}
        for column in relation.columns:
            if expression := self._digests.get((relation.name, column.name)):
                sent = json.dumps({name: secret_sent(name, person) for name in headers_in([expression])})
                says = f"select set_config('request.headers', {literal(sent)}, true)"
                with suppress(psycopg.Error, ReachedOutsideError):
                    found[column.name] = self.run(person, f"{says}; select ({expression})::text")
        return {name: value for name, value in found.items() if value is not None}

    @cached_property
    def _digests(self) -> dict[tuple[str, str], str]:
        return digests(self.catalog, texts_of(self.catalog))

    def sign_up(self, person: Person) -> str:
        """Insert the person into the platform's table of users; its triggers run as they would.

        The platform does that itself: no caller is set yet. Returns the statement, the one that says of
        which tenant the person is unless the target refuses it.
        """
        plainly = self.sign_up_sql(person, {})
        for sql in dict.fromkeys((self.sign_up_sql(person, self.registered(person)), plainly)):
            with suppress(psycopg.Error, ReachedOutsideError):
                with self._transaction():
                    self.connection.execute(sql.encode())
                return sql
        # A trigger of the target refuses: it may ask for what only the real sign-up form sends.
        with self.connection.transaction():
            self.connection.execute("set local session_replication_role = replica")
            self.connection.execute(plainly.encode())
            # It would last as long as the transaction around this one.
            self.connection.execute("set local session_replication_role = default")
        return plainly

    def registered(self, person: Person) -> dict[str, object]:
        """Return what an administrator says of the person, as far as the target's code asks for it."""
        return registered(self.catalog, self.owners, person)

    def sign_up_sql(self, person: Person, said: Mapping[str, object]) -> str:
        """Return the statement that signs a person up of whom an administrator says this."""
        return platform.sign_up(self.users, self._user_columns, person, registered=said)

    @cached_property
    def _user_columns(self) -> frozenset[str]:
        return platform.columns_of(self.connection, self.users)

    def _transaction(self) -> AbstractContextManager[object]:
        """Return a transaction; where triggers may change roles, one that undoes that."""
        if not self.wary:
            return self.connection.transaction()
        if not self._known:
            self._known.append(shared(self.connection))
        return inside(self.connection, self._known[0])

    @cached_property
    def wary(self) -> bool:
        """Whether triggers may change roles, so that each row has to be watched."""
        return may_change_roles(self.catalog)
