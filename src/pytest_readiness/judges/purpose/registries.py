"""What an application reads before it can say who calls: its tenants and users, and what they sign in with.

Where an application says of its sessions whose they are, it finds that out by the same role: whose the host
name is, who has the address, whose the token. Policies that ask for the caller cannot guard what tells him.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.purpose.given_credentials import gives_credentials
from pytest_readiness.judges.purpose.publication import is_secret, is_sensitive, shows_secrets
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.attacks import Assault
    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.evidence.ownership import Owners

_LEAST, _OF = 3, 5
"""Tables of tenants' data that policies guard, at least, and for each that they do not."""

SIGN = re.compile(
    r"(^|_)(name|title|label|brand|logo|theme|colou?r|favicon|icon|locale|language|lang|time_?zone)(_|$)",
    re.IGNORECASE,
)
"""How columns are called that say of a tenant what stands on its door."""

_BESIDE = re.compile(
    r"(^|_)(branding|currency|country|tagline|slogan|legal_notice|imprint|impressum|status|state)(_|$)",
    re.IGNORECASE,
)
"""The same of what whoever comes to the door is told."""

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

_SIGNED_IN_BY = re.compile(
    r"(^|_)(pass(word|wd|code|phrase)|pwd|secret|token|otp|pin|credentials?)(_|$)", re.IGNORECASE
)
"""How columns of users are called that an application reads to let them in."""

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
        giving: Functions that put what their caller gives in the place of what somebody else presents.
    """

    doors: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    giving: frozenset[str] = frozenset()

    def doubted(self, assault: Assault) -> Assault:
        """Return what came of writes: who signs in has no name yet that policies could ask for.

        What is kept of that is written before anybody knows whose it is, so that nothing is proven.
        """
        reached = {harm.relation for harm in assault.harms}
        asked = assault.verb == "CALL" and assault.subject not in self.giving
        called = asked and reached <= self.kept and all(harm.kind in _KEPT for harm in assault.harms)
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
    kept = [one for one in tables if _holds_credentials(one)]
    credentials = frozenset(one.name for one in kept)
    data = [one for one in read if _is_data(one, owners) and one.name not in credentials]
    guarded = sum(one.rls for one in data)
    if guarded < _LEAST or (len(data) - guarded) * _OF > guarded:
        return Registries()
    open_ = {one.name: one for one in read if not one.rls and not one.parent}
    tenants = open_.keys() & owners.roots.keys()
    doors = {name for name in tenants if not any(_beyond(open_[name], role))}
    secret = {name for name in tenants if shows_secrets(open_[name], [role])}
    secret |= {name for name in open_.keys() & owners.identifying if _tells_of_people(open_[name], role)}
    return Registries(
        frozenset(doors),
        frozenset(open_.keys() & owners.identifying - doors - secret),
        frozenset(open_.keys() & credentials),
        credentials,
        frozenset(
            function.signature
            for function in catalog.functions
            if any(gives_credentials(function, one, _presented(one)) for one in kept)
        ),
    )


def _is_data(relation: Relation, owners: Owners) -> bool:
    return relation.name in owners.owned and relation.name not in owners.identifying and not relation.parent


def _tells_of_people(relation: Relation, role: str) -> bool:
    """Whether a role reads what nobody signs in by, and that is published with nothing."""
    shown = (underscored(name) for name in relation.readable.get(role, ()))
    return any(is_secret(name) and not _SIGNED_IN_BY.search(name) for name in shown)


def _holds_credentials(relation: Relation) -> bool:
    """Whether rows are found by what somebody presents, and are over some day."""
    return bool(_presented(relation)) and any(_OVER.search(underscored(c.name)) for c in relation.columns)


def _presented(relation: Relation) -> tuple[str, ...]:
    """Return the columns by which rows are found that somebody presents, or that serve to compare with it."""
    alone = relation.single_keys
    return tuple(
        column.name
        for column in relation.columns
        if _COMPARED.search(spelt := underscored(column.name))
        or (column.name in alone and _PRESENTED.search(spelt) and not _BEARING.search(spelt))
    )


def _beyond(relation: Relation, role: str) -> Iterator[Column]:
    """Yield the columns of a tenant's row that a role reads, and that do not stand on a door."""
    shown = {*relation.readable.get(role, ())}
    on_it = {*stands_on_doors(relation)}
    return (column for column in relation.columns if column.name in shown - on_it)


def stands_on_doors(relation: Relation) -> Iterator[str]:
    """Yield the columns of a tenant's row that tell where it is found, and how it is called and looks."""
    keys = {name for columns in relation.all_keys for name in columns}
    for column in relation.columns:
        plain = column.name in keys or column.dated or column.kind == "e" or column.type in _ONE_OF
        spelt = underscored(column.name)
        if (plain or SIGN.search(spelt) or _BESIDE.search(spelt)) and not is_sensitive(column.name):
            yield column.name
