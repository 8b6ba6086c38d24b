"""Users and the backend as a trail meets them, with keys of the target's own types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.judges.sql.memberships import above
from pytest_readiness.judges.sql.texts import texts_of
from pytest_readiness.target.identities import claims, with_claims

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.target.identities import Identity
    from pytest_readiness.target.target import Target


class People:
    """Who acts on the tables of a target.

    Whoever has a token of the platform's is told by that alone: no setting that a trigger reads is made.

    Attributes:
        nobody: Why there are no users, as far as it was asked; empty where there are.
    """

    def __init__(self, target: Target, catalog: CatalogEvidence, owners: Owners) -> None:
        self._target = target
        self._roles = catalog.roles
        self.nobody = ""
        self._cast = Cast(target, catalog, texts_of(catalog), owners)

    def user(self, person: Person) -> Identity | None:
        """Return a user; None where nothing says how the application lets one in."""
        if self.nobody or not self._cast.declared:
            return None
        return self._target.identity(person) if self._target.profile.clients else self._cast.user(person)

    def ask(self, connection: psycopg.Connection) -> None:
        """Find out whether somebody can become a user, in a transaction in which alice has signed up."""
        self.nobody = ""
        alice = self.user(ALICE)
        if alice is None:
            self.nobody = self._target.undeclared or "the target lets no users in"
            return
        connection.execute("savepoint asked")
        try:
            connection.execute(alice.script().encode())
        except psycopg.Error as error:
            said = f"{error.sqlstate} {(error.diag.message_primary or str(error)).splitlines()[0]}"
            self.nobody = f"nobody can become a user: as {alice.role}, {said}"
        finally:
            connection.execute("rollback to asked")

    def with_claims(self, person: Person) -> Identity | None:
        """Return the same whose token has the claims that code reads; None where it reads none."""
        profile, told = self._target.profile, self._cast.claims(person)
        if not profile.clients or told == claims(person, profile.user):
            return None
        return with_claims(profile, person.name, told)

    def becoming(self, role: str) -> Identity | None:
        """Return the one of the application in a role, or who may become it; None where none may.

        Where nobody says in which role the application acts, it is in none.
        """
        if not self._cast.declared:
            return None
        callers = [one for one in (self.service(), self.user(BOB), self.anonymous()) if one]
        for caller in callers:
            if role == caller.role:
                return caller
        for caller in callers:
            if role in {*above(caller.login, self._roles), *above(caller.role, self._roles)}:
                return replace(caller, name=f"{caller.name} as {role}", role=role)
        return None

    def anonymous(self) -> Identity | None:
        """Return the caller without a user, where the platform has one."""
        return self._target.anonymous()

    def service(self) -> Identity:
        """Return the backend itself."""
        return self._target.service()
