"""What an application reads before it can say who calls: its tenants and users, and what they sign in with.

Where an application says of its sessions whose they are, it finds that out by the same role: whose the host
name is, who has the address, whose the token. Policies that ask for the caller cannot guard what tells him.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.purpose.publication import is_sensitive, shows_secrets
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.attacks import Assault
    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.evidence.ownership import Owners

_LEAST, _OF = 3, 5
"""Tables of tenants' data that policies guard, at least, and for each that they do not."""

SIGN = re.compile(
    r"(^|_)(name|title|label|brand(ing)?|logo|theme|colou?r|favicon|icon|locale|language|lang|time_?zone|"
    r"currency|country|tagline|slogan|legal_notice|imprint|impressum|status|state)(_|$)",
    re.IGNORECASE,
)
"""How columns are called that say of a tenant what stands on its door."""

_PRESENTED = re.compile(
    r"(^|_)(token|otp|challenge|nonce|session_(id|key)|magic_?link|verifier)(_|$)", re.IGNORECASE
)
"""How columns are called that hold what somebody presents to say who he is."""

_COMPARED = re.compile(
    r"(^|_)((token|code|key|secret|session|otp|link)_?(hash|digest)|hash(ed)?_?(token|code|key|secret))(_|$)",
    re.IGNORECASE,
)
"""The same of what only serves to be compared with that."""

_BEARING = re.compile(
    r"(^|_)(access|refresh|bearer|oauth|api|bot|webhook|push|device)_?token(_|$)", re.IGNORECASE
)
"""Tokens with which the tenant says to others who it is."""

_OVER = re.compile(r"(^|_)(expir\w*|valid_(until|to)|consumed|used|redeemed|revoked)(_|$)", re.IGNORECASE)
_ONE_OF = frozenset({"boolean", "date"})

_KEPT = frozenset({"altered", "destroyed", "forged"})

DOUBT = "rows by which the application learns who calls"


@dataclass(frozen=True, slots=True)
class Registries:
    """Tables without row-level security that tell who calls.

    Attributes:
        doors: Of tenants, that show what stands on a door and no more.
        doubtful: Of tenants with more than that, of users, and of who belongs where.
        credentials: Of what is presented to sign in, that can be used once, or until a day.
        kept: The same, guarded or not.
    """

    doors: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def doubted(self, assault: Assault) -> Assault:
        """Return what came of writes: who signs in has no name yet that policies could ask for.

        What is kept of that is written before anybody knows whose it is, so that nothing is proven.
        """
        reached = {harm.relation for harm in assault.harms}
        called = (
            assault.verb == "CALL" and reached <= self.kept and all(h.kind in _KEPT for h in assault.harms)
        )
        if not reached or not (
            called or (assault.subject in self.credentials and reached == {assault.subject})
        ):
            return assault
        named = min(reached)
        said = f"what is presented to sign in is kept in {named}, before the application can say who calls"
        return replace(assault, harms=(), unclear=f'{said}\n[isolation]\nworld_readable = ["{named}"]')


def registries(catalog: CatalogEvidence, owners: Owners, role: str) -> Registries:
    """Return what a role may have to read that an application finds out by who calls.

    Nothing is taken for that unless policies guard what tenants have: who forgets them forgets them anywhere.
    """
    read = [one for one in catalog.relations if role in one.readable and one.kind in TABLE_KINDS]
    tables = (one for one in catalog.relations if one.kind in TABLE_KINDS)
    credentials = frozenset(one.name for one in tables if _holds_credentials(one))
    data = [one for one in read if _is_data(one, owners) and one.name not in credentials]
    guarded = sum(one.rls for one in data)
    if guarded < _LEAST or (len(data) - guarded) * _OF > guarded:
        return Registries()
    open_ = {one.name: one for one in read if not one.rls and not one.parent}
    tenants = open_.keys() & owners.roots.keys()
    doors = {name for name in tenants if not any(_beyond(open_[name], role))}
    secret = {name for name in tenants if shows_secrets(open_[name], [role])}
    return Registries(
        frozenset(doors),
        frozenset(open_.keys() & owners.identifying - doors - secret),
        frozenset(open_.keys() & credentials),
        credentials,
    )


def _is_data(relation: Relation, owners: Owners) -> bool:
    return relation.name in owners.owned and relation.name not in owners.identifying and not relation.parent


def _holds_credentials(relation: Relation) -> bool:
    """Whether rows are found by what somebody presents, and are over some day."""
    alone = {columns[0] for columns in (relation.primary_key, *relation.unique) if len(columns) == 1}
    names = [underscored(column.name) for column in relation.columns]
    presented = (underscored(name) for name in alone if not _BEARING.search(underscored(name)))
    found = any(map(_COMPARED.search, names)) or any(map(_PRESENTED.search, presented))
    return found and any(map(_OVER.search, names))


def _beyond(relation: Relation, role: str) -> Iterator[Column]:
    """Yield the columns of a tenant's row that a role reads, and that do not stand on a door."""
    shown = {*relation.readable.get(role, ())}
    keys = {name for columns in (relation.primary_key, *relation.unique) for name in columns}
    for column in relation.columns:
        plain = column.name in keys or column.dated or column.kind == "e" or column.type in _ONE_OF
        on_it = (plain or SIGN.search(underscored(column.name))) and not is_sensitive(column.name)
        if column.name in shown and not on_it:
            yield column
