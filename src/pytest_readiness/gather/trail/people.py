"""Users and the backend as a trail meets them, with keys of the target's own types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.judges.texts import texts_of
from pytest_readiness.target.identities import with_claims

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.target.identities import Identity
    from pytest_readiness.target.target import Target


class People:
    """Who acts on the tables of a target.

    Whoever has a token of the platform's is told by that alone: no setting that a trigger reads is made.
    """

    def __init__(self, target: Target, catalog: CatalogEvidence, owners: Owners) -> None:
        self._target = target
        self._cast = Cast(target, catalog, texts_of(catalog), owners)

    def user(self, person: Person) -> Identity | None:
        """Return a user; None where nothing says how the application lets one in."""
        if not self._cast.declared:
            return None
        profile = self._target.profile
        if profile.clients:
            return with_claims(profile, person.name, self.claims(person))
        return self._cast.user(person)

    def claims(self, person: Person) -> dict[str, Any]:
        """Return the token of a user, with the claims that the target's code reads."""
        return self._cast.claims(person)

    def anonymous(self) -> Identity | None:
        """Return the caller without a user, where the platform has one."""
        return self._target.anonymous()

    def service(self) -> Identity:
        """Return the backend itself."""
        return self._target.service()
